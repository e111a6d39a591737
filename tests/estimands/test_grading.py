"""Which cells may ground a decision."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mmm_helpers.estimands.grading import (
    CAUSE_MARK,
    add_marks,
    advice,
    identification,
    identification_check,
)


def _draws(effects: np.ndarray, regions: list[str]) -> xr.Dataset:
    coords = {"region": regions, "channel": ["tv", "search", "organic"]}
    return xr.Dataset({"log_effect": (("sample", "region", "channel"), effects)}, coords=coords)


def _effects(sd: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, sd, (4000, 2, 3))


def test_cells_that_the_data_speak_about_are_identified(small_design):
    cells = identification(small_design(2), _draws(_effects(0.2), ["R1", "R2"]))
    assert cells["identified"].all()


def test_sd_ratio_is_posterior_over_prior(small_design):
    cells = identification(small_design(2), _draws(_effects(0.45), ["R1", "R2"]))
    assert cells.loc[cells["region"] == "R1", "sd_ratio"].to_numpy() == pytest.approx(0.5, rel=0.05)


def test_cells_as_wide_as_the_prior_are_not_identified(small_design):
    cells = identification(small_design(2), _draws(_effects(0.9), ["R1", "R2"]))
    assert not cells.loc[cells["region"] != "all", "identified"].any()


def test_channels_that_cannot_be_told_apart_name_each_other(small_design):
    effects = _effects(0.2)
    effects[:, 0, 1] = -effects[:, 0, 0]
    cells = identification(small_design(2), _draws(effects, ["R1", "R2"])).set_index(["region", "channel"])
    assert cells.loc[("R1", "tv"), "twin"] == "search"
    assert not cells.loc[("R1", "search"), "identified"]
    assert cells.loc[("R2", "tv"), "twin"] == ""


def test_health_line_is_the_share_of_regional_cells(small_design):
    effects = _effects(0.2)
    effects[:, 1, 2] *= 10
    cells = identification(small_design(2), _draws(effects, ["R1", "R2"]))
    line = identification_check(cells)
    assert line["value"] == pytest.approx(5 / 6)
    assert line["status"] == "review"


def test_market_of_one_region_is_counted_by_its_only_area(small_design):
    cells = identification(small_design(1, regions=["all"]), _draws(_effects(0.2)[:, :1], ["all"]))
    line = identification_check(cells)
    assert len(cells) == 3
    assert line["value"] == 1.0


def _marked(p_above: float, *, identified: bool = True, market_may: bool = True) -> pd.Series:
    keys = {"region": ["R1"], "channel": ["tv"]}
    effects = pd.DataFrame(keys | {"p_above": [p_above]})
    shrinkage = pd.DataFrame(keys | {"pooling_factor": [0.4], "data_tier": ["partially_pooled"]})
    cells = pd.DataFrame(keys | {"identified": [identified]})
    return add_marks(effects, shrinkage, cells, market_may=market_may).iloc[0]


@pytest.mark.parametrize("p_above", [0.8, 0.95, 0.2, 0.01])
def test_a_return_surely_on_one_side_is_decision_grade(p_above):
    assert _marked(p_above)["decision_grade"]


@pytest.mark.parametrize("p_above", [0.79, 0.5, 0.21, np.nan])
def test_a_return_that_may_lie_on_either_side_is_not(p_above):
    assert not _marked(p_above)["decision_grade"]


@pytest.mark.parametrize(
    ("p_above", "way"),
    [
        (0.8, "more"),
        (1.0, "more"),
        (0.79, "hold"),
        (0.21, "hold"),
        (0.2, "less"),
        (0.0, "less"),
        (np.nan, "hold"),
    ],
)
def test_advice_is_one_of_three_words(p_above, way):
    assert advice(p_above) == way


def test_an_unidentified_cell_is_not_decision_grade():
    assert not _marked(0.95, identified=False)["decision_grade"]


def test_no_cell_is_decision_grade_where_the_market_may_not():
    assert not _marked(0.95, market_may=False)["decision_grade"]


def test_every_cell_carries_tier_and_cause():
    row = _marked(0.9)
    assert (row["data_tier"], row["cause_mark"]) == ("partially_pooled", CAUSE_MARK)
