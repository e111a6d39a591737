"""The posterior of a simulated market against its truth.

Left out where stated: TV and online video (their true carry-over has a delayed peak, which the model lacks) and
brand search (its spend follows demand, which the controls measure imperfectly).
"""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.effects import compute_channel_effects
from mmm_helpers.estimands.money import Money
from mmm_helpers.model.health import plausibility_checks
from mmm_helpers.model.noise_draws import predictive
from mmm_helpers.model.predict import components
from mmm_helpers.simulation.truth import compute_channel_effects as true_effects

MISSES = ("tv", "online_video", "search_brand")
WINDOWS = {"all_history": "all history", "last_52_weeks": "last 52 weeks"}


@pytest.fixture(scope="module")
def both(fitted) -> pd.DataFrame:
    """Estimates beside the truth (columns ending in `_true`)."""
    money = Money.of(fitted.design, fitted.settings)
    estimates = compute_channel_effects(fitted.design, fitted.draws, money, margin=0.4)
    truth = true_effects(fitted.company).replace({"window": WINDOWS})
    return estimates.merge(
        truth.rename(columns={c: f"{c}_true" for c in ("roas", "mroas", "landed", "incremental", "spend")}),
        on=["region", "channel", "window"],
    )


def _covered(table: pd.DataFrame, name: str) -> float:
    inside = table[f"{name}_true"].between(table[f"{name}_q05"], table[f"{name}_q95"])
    return float(inside.mean())


def _cells(both: pd.DataFrame, window: str = "all history") -> pd.DataFrame:
    regional = both[(both["region"] != "all") & (both["window"] == window) & both["roas_true"].notna()]
    return regional[~regional["channel"].isin(MISSES)]


def test_regional_returns_lie_in_their_intervals(both):
    assert _covered(_cells(both), "roas") >= 0.7


def test_returns_of_the_last_year_lie_in_their_intervals(both):
    assert _covered(_cells(both, "last 52 weeks"), "roas") >= 0.7


def test_marginal_returns_lie_in_their_intervals(both):
    assert _covered(_cells(both), "mroas") >= 0.7


def test_spend_is_the_truths_to_the_coin(both):
    cells = both[both["spend_true"].notna()]
    assert cells["spend"].to_numpy() == pytest.approx(cells["spend_true"].to_numpy(), rel=1e-9)


def _total(both: pd.DataFrame, *, without: tuple[str, ...]) -> float:
    market = both[(both["region"] == "all") & (both["window"] == "all history")]
    market = market[~market["channel"].isin(without)]
    return float(market["landed_mean"].sum() / market["landed_true"].sum())


def test_total_media_contribution_is_within_forty_per_cent(both):
    assert _total(both, without=()) == pytest.approx(1.0, abs=0.4)


def test_paid_media_without_the_stated_misses_is_within_thirty_per_cent(both):
    assert _total(both, without=(*MISSES, "organic")) == pytest.approx(1.0, abs=0.3)


def test_brand_search_is_overestimated_as_stated(both):
    row = both.query("region == 'all' and channel == 'search_brand' and window == 'all history'").iloc[0]
    assert row["roas_mean"] > row["roas_true"]


def test_in_sample_coverage_is_near_ninety_per_cent(fitted):
    rng = np.random.default_rng(0)
    parts = components(fitted.design, fitted.draws)
    predicted = predictive(fitted.design, fitted.draws, parts["fitted"], rng=rng)
    rows = plausibility_checks(fitted.design, fitted.draws, parts, predicted, rng=rng)
    coverage = next(r for r in rows if "coverage" in r["check"])
    assert coverage["value"] == pytest.approx(0.9, abs=0.07)


def test_fitted_outcome_follows_the_observed(fitted):
    mean = components(fitted.design, fitted.draws)["fitted"].mean(axis=0)
    known = fitted.design.observed
    error = np.abs(mean - fitted.design.outcome)[known].sum() / fitted.design.outcome[known].sum()
    assert error < 0.05


def test_noise_is_that_of_the_recipe(fitted):
    world = fitted.company.markets["DE"]
    true = (world.noise / world.outcome.mean(axis=0)).std(axis=0)
    order = [world.regions.index(r) for r in fitted.design.regions]
    estimate = fitted.draws["sigma"].mean("sample").to_numpy()
    assert estimate == pytest.approx(true[order], rel=0.3)


def test_deviations_of_regions_average_to_one_by_spend(fitted):
    relative = np.exp(fitted.own["region_deviation"].transpose(..., "region", "channel").to_numpy())
    assert (relative * fitted.design.region_weights).sum(axis=-2) == pytest.approx(1.0, abs=1e-9)


def test_a_stored_fit_holds_parameters_only(fitted):
    assert fitted.own.nbytes < 10e6
