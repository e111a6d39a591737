"""The table of what experiments changed, and which channels they speak for."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from mmm_helpers.estimands.calibration import (
    CALIBRATION_COLUMNS,
    channels_contradicted,
    channels_tested,
    compute_calibration,
)
from mmm_helpers.estimands.money import Money
from mmm_helpers.model.lifts import expected_lifts, with_lifts

RATE = 2.0


@pytest.fixture
def tested(small_design):
    """A design with a recent test of search and one of TV that ended more than 18 months before the data do."""
    design = small_design(2, 120)
    cells = {"regions": ("R1",), "lift": -4000.0, "sd": 300.0}
    search = cells | {"experiment": "search dark", "channel": "search", "spend_change": -900.0}
    tv = cells | {"experiment": "tv more", "channel": "tv", "spend_change": 500.0, "lift": 700.0}
    search |= {"start": design.dates[100], "end": design.dates[105]}
    tv |= {"start": design.dates[20], "end": design.dates[25]}
    return with_lifts(design, [search, tv])


@pytest.fixture
def found(tested, small_draws):
    before = expected_lifts(tested, small_draws(tested, seed=5))
    values = {"before": (("before_sample", "lift"), before), "conflict": ("lift", [0.4, 0.01])}
    return xr.Dataset(values | {"used": ("lift", [True, False])}, coords={"lift": list(tested.lifts.names)})


def _table(design, draws, found, **explained):
    money = Money(rate=RATE, value=np.ones(2), is_revenue=True)
    return compute_calibration(design, draws, found, money, explained=explained).set_index("experiment")


def test_returns_are_money_of_outcome_per_unit_of_spend(tested, found, small_draws):
    table = _table(tested, small_draws(tested), found)
    search = table.loc["search dark"]
    assert search["experiment_mean"] == pytest.approx(4000 / 900)
    low, high = stats.norm.interval(0.9, 4000 / 900, 300 / 900)
    assert (search["experiment_q05"], search["experiment_q95"]) == pytest.approx((low, high))
    after = expected_lifts(tested, small_draws(tested))[:, 0] / -900
    assert search["after_mean"] == pytest.approx(after.mean())
    assert search["after_q95"] == pytest.approx(np.quantile(after, 0.95))
    assert search["before_mean"] == pytest.approx((found["before"][:, 0] / -900).mean())
    assert search["prior_q05"] < search["prior_q50"] < search["prior_q95"]
    assert search["regions"] == "R1"


def test_currency_does_not_change_a_return(tested, found, small_draws):
    draws = small_draws(tested)
    dear = compute_calibration(
        tested, draws, found, Money(rate=50.0, value=np.ones(2), is_revenue=True), explained={}
    )
    assert dear["after_mean"].tolist() == pytest.approx(_table(tested, draws, found)["after_mean"].tolist())


def test_units_of_outcome_are_worth_their_money(tested, found, small_draws):
    draws = small_draws(tested)
    units = compute_calibration(
        tested, draws, found, Money(rate=1.0, value=np.full(2, 30.0), is_revenue=False), explained={}
    )
    assert units["experiment_mean"].iloc[0] == pytest.approx(30 * 4000 / 900)


def test_verdict_says_why_a_test_counts_or_not(tested, found, small_draws):
    reasons = _table(tested, small_draws(tested), found)["reason"]
    assert reasons.to_list() == [
        "agrees with what the model expects",
        "contradicts the model and nobody has explained why",
    ]
    explained = _table(tested, small_draws(tested), found, **{"tv more": "a strike"})["reason"]
    assert explained["tv more"] == "contradicts the model; explained: a strike"


def test_market_without_tests_has_the_columns_only(small_design, small_draws):
    design = small_design(2)
    table = compute_calibration(design, small_draws(design), None, Money(1.0, np.ones(2), True), explained={})
    assert table.empty
    assert list(table) == CALIBRATION_COLUMNS


def test_recent_used_tests_speak_for_cause_and_unused_ones_against(tested):
    assert channels_tested(tested) == {"search"}  # the test of TV is too old
    assert channels_contradicted(tested) == set()
    only_old = replace(tested, lifts=tested.lifts.only(np.array([False, True])))
    assert channels_tested(only_old) == set()
    assert channels_contradicted(only_old) == {"search"}
