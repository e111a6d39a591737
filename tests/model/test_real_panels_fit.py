"""One panel with everything at once, through the model itself: the truth lies in its intervals.

The south starts a year later and the east ends early; search starts late in the north; TV is bought for the whole
market, and four weeks of it are unknown, as are four weeks of the north's outcome; spend is known from eight weeks
before the first outcome. The same cells filled with zeros give a return on search of the south ten times too high.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.model.design import Design
from mmm_helpers.model.posterior import with_cell_effects
from mmm_helpers.model.predict import components, effect_at_mean, flatten

EFFORT = {"chains": 2, "tune": 200, "draws": 150, "target_accept": 0.8, "seed": 7}
LATE_NORTH, LATE_SOUTH, END_OF_EAST = 40, 60, 96


@dataclass(frozen=True)
class Fit:
    """A design, its draws, and by channel and region what spend at the mean level truly brings per head."""

    design: Design
    draws: xr.Dataset
    truth: dict[str, np.ndarray]
    heads: np.ndarray

    def estimate(self, channel: str) -> np.ndarray:
        """(sample, r) the same as the truth, by the model."""
        return effect_at_mean(self.design, self.draws, channel)[:, 0] / self.heads


@pytest.fixture(scope="module")
def fit(panels) -> Fit:
    """About 40 s on one core, most of it compilation."""
    from mmm_helpers.model.build import build_model
    from mmm_helpers.model.sample import compile_model, sample

    design = _patchy(panels)
    draws = sample(compile_model(build_model(design).model), **EFFORT)
    heads = np.array([panels.heads[r] for r in design.regions])
    level = dict(zip(design.channels, (design.mean_spend / heads[:, None]).T, strict=True))
    truth = {c: panels.truth[c] * x / (x + panels.half[c]) for c, x in level.items()}
    return Fit(design, flatten(with_cell_effects(draws, design.regions)), truth, heads)


def _patchy(panels) -> Design:
    media = panels.spend()
    media["search"][:LATE_NORTH, 1] = 0.0
    tables = panels.world(media).tables()
    tables["sales"] = tables["sales"][tables["sales"]["date"] >= panels.week(panels.l_max)]
    tables = panels.without(tables, "South", 0, LATE_SOUTH - 1)
    tables = panels.without(tables, "East", END_OF_EAST, panels.weeks)
    tables = panels.without(tables, "North", 0, LATE_NORTH - 1, "search")
    busy = int(tables["tv"]["tv_spend"].rolling(4).sum().iloc[20:50].idxmax())
    ranges = (
        f"column: revenue, region: East, start: {panels.week(END_OF_EAST)}, end: 2030-01-01",
        f"column: revenue, region: North, start: {panels.week(70)}, end: {panels.week(73)}",
        f"column: tv_spend, start: {panels.week(busy - 3)}, end: {panels.week(busy)}",
    )
    return panels.design(tables, unknown=", ".join(f"{{{r}}}" for r in ranges))


def test_the_short_regions_return_lies_in_its_interval(fit):
    south = fit.design.regions.index("South")
    low, high = np.quantile(fit.estimate("search")[:, south], [0.05, 0.95])
    assert low < fit.truth["search"][south] < high


@pytest.mark.parametrize("channel", ["tv", "search"])
def test_effects_of_all_regions_are_near_the_truth(fit, channel):
    mean = fit.estimate(channel).mean(axis=0)
    assert mean == pytest.approx(fit.truth[channel], rel=0.15)


def test_a_shorter_region_is_less_certain(fit):
    log_sd = np.log(fit.estimate("search")).std(axis=0)
    regions = fit.design.regions
    assert log_sd[regions.index("South")] > log_sd[regions.index("North")]


def test_a_national_channel_moves_nationally_only(fit):
    tv = fit.draws["log_effect"].sel(channel="tv")
    assert float(np.abs(tv - tv.isel(region=0)).max()) == 0.0
    assert float(fit.draws["log_effect"].sel(channel="search").std("region").mean()) > 0.0


def test_the_fitted_outcome_follows_what_is_known(fit):
    fitted = components(fit.design, fit.draws)["fitted"].mean(axis=0)
    known = fit.design.observed
    assert np.abs(fitted - fit.design.outcome)[known] / fit.design.outcome[known] == pytest.approx(
        0, abs=0.12
    )


def test_zeros_in_place_of_the_gaps_would_be_far_off(panels, fit):
    assert panels.miss(fit.design) < 0.1
    assert panels.miss(fit.design, zeros=True) > 1.0
