"""From a test's totals to pymc-marketing's rows: units, split, carry-over, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.lift import Lift, SpendPaths, sd_of_interval, spend_paths
from mmm_helpers.experiments.translate import (
    check_rows,
    compute_lift_rows,
    compute_return_rows,
    describe_gap,
    forward_lift,
    steady_state_gap,
    steady_state_lift,
)

DATES = pd.date_range("2024-01-01", periods=40, freq="7D")
FIRST, PERIODS, LAGS = 20, 6, 8
BASE = np.array([30.0, 10.0, 20.0])
REGIONS = ["north", "south", "west"]


def _spend(factor=0.0):
    """Three regions' spend, multiplied during a test of the first two."""
    rng = np.random.default_rng(1)
    values = BASE * rng.uniform(0.8, 1.2, (len(DATES), 3))
    values[FIRST : FIRST + PERIODS, :2] *= factor
    return pd.DataFrame(values, DATES, REGIONS)


def _lift(**changes):
    fields = {
        "experiment": "dark", "channel": "tv", "regions": ("north", "south"), "start": DATES[FIRST],
        "end": DATES[FIRST + PERIODS - 1], "periods": PERIODS, "total": -480.0, "sd": 90.0, "spend_change": -240.0,
    }  # fmt: skip
    return Lift(**fields | changes)


def _geometric(alpha, lags=LAGS):
    weights = np.power.outer(np.atleast_1d(alpha), np.arange(lags))
    return weights / weights.sum(axis=1, keepdims=True)


def _linear(returns):
    return lambda carried: np.reshape(returns, (-1, 1, 1)) * carried


def _concave(carried):
    return 100 * carried / (carried + 15.0)


# Rows


def test_rows_add_up_to_the_test():
    rows = compute_lift_rows(_lift(), spend_paths(_spend(), _lift(), lags=LAGS))
    assert rows["delta_y"].sum() * PERIODS == pytest.approx(-480.0)
    assert rows["delta_x"].sum() * PERIODS == pytest.approx(-240.0)
    assert np.sqrt(((rows["sigma"] * PERIODS) ** 2).sum()) == pytest.approx(90.0)


@pytest.mark.parametrize("regions", [("north",), ("north", "south")])
def test_rows_carry_the_information_of_one_test(regions):
    """About a return that the regions share: Σ (delta_x / sigma)² of the rows is (spend / sd)² of the test."""
    lift = _lift(regions=regions, spend_change=-180.0 if len(regions) == 1 else -240.0)
    rows = compute_lift_rows(lift, spend_paths(_spend(), lift, lags=LAGS))
    assert ((rows["delta_x"] / rows["sigma"]) ** 2).sum() == pytest.approx((lift.spend_change / lift.sd) ** 2)


def test_return_rows_carry_it_as_well():
    rows = compute_return_rows(_lift(), spend_paths(_spend(), _lift(), lags=LAGS))
    assert rows["roas"].tolist() == pytest.approx([2.0, 2.0])
    assert (rows["sigma"] ** -2).sum() == pytest.approx((240.0 / 90.0) ** 2)


@pytest.mark.parametrize("changes", [{"spend_change": -400.0}, {"regions": ("north",)}, {"periods": 5}])
def test_paths_of_another_test_are_refused(changes):
    with pytest.raises(ValueError, match="'paths' must be those of the test"):
        compute_lift_rows(_lift(**changes), spend_paths(_spend(), _lift(), lags=LAGS))


def test_dark_regions_end_at_exactly_nothing():
    """A power of a spend just below zero would be no number."""
    rows = compute_lift_rows(_lift(), spend_paths(_spend(), _lift(), lags=LAGS))
    assert (rows["x"] + rows["delta_x"] == 0).all()


def test_a_part_of_the_spend_tells_no_return_of_all():
    spend = _spend(1.5)
    added = float(spend.iloc[FIRST : FIRST + PERIODS, :2].to_numpy().sum() / 3)
    lift = _lift(total=100.0, spend_change=added)
    with pytest.raises(ValueError, match="Got 33% of it"):
        compute_return_rows(lift, spend_paths(spend, lift, lags=LAGS))


# Paths


def test_money_held_back_goes_where_it_was_before():
    paths = spend_paths(_spend(), _lift(), lags=LAGS)
    before = _spend().iloc[FIRST - 13 : FIRST, :2].mean()
    assert paths.level.to_numpy() == pytest.approx((before / before.sum() * 40.0).to_numpy())
    assert len(paths.actual) == LAGS - 1 + PERIODS + LAGS - 1
    assert paths.during.sum() == PERIODS


def test_money_added_is_taken_out_in_proportion():
    spend = _spend(2.0)
    spent = spend.iloc[FIRST : FIRST + PERIODS, :2]
    lift = _lift(total=100.0, spend_change=float(spent.to_numpy().sum() / 2))
    paths = spend_paths(spend, lift, lags=LAGS)
    np.testing.assert_allclose(paths.without[paths.during], spent / 2)


@pytest.mark.parametrize("change", [-900.0, 700.0])
def test_paths_are_those_of_the_model(small_design, change):
    """The model's own counterfactual, written independently, in the same market."""
    from mmm_helpers.model.lifts import counterfactual_media

    design = small_design(2, 60)
    c = design.channels.index("tv")
    spend = pd.DataFrame(design.spend[:, :, c], design.dates, design.regions)
    if change < 0:
        spend.iloc[30:35, 0] *= 0.1
    media = design.media.copy()
    media[:, :, c] = spend.to_numpy() / design.media_unit[:, c]
    test = {
        "experiment": "one", "channel": "tv", "regions": ("R1",), "start": design.dates[30],
        "end": design.dates[34], "spend_change": -400.0 if change < 0 else 0.5 * spend.iloc[30:35, 0].sum(),
    }  # fmt: skip
    theirs = counterfactual_media(replace(design, media=media), test)[:, 0] * design.media_unit[0, c]
    lift = Lift.of(test | {"lift": np.sign(change), "sd": 1.0}, design.dates)
    ours = spend_paths(spend, lift, lags=4)
    np.testing.assert_allclose(ours.without["R1"], theirs[27:38])


# Forward pass


@pytest.mark.parametrize("factor", [0.0, 3.0])
def test_under_a_linear_response_the_lift_is_return_times_spend(factor):
    """Geometric carry-over with weights that add up to 1, of which nothing is cut off."""
    spend = _spend(factor)
    moved = -240.0 if factor == 0 else float(spend.iloc[FIRST : FIRST + PERIODS, :2].to_numpy().sum() / 3)
    paths = spend_paths(spend, _lift(total=moved, spend_change=moved), lags=LAGS)
    returns, weights = np.array([0.5, 1.0, 3.0]), _geometric([0.2, 0.5, 0.8])
    found = forward_lift(
        paths.actual.to_numpy(), paths.without.to_numpy(), weights=weights, response=_linear(returns)
    )
    np.testing.assert_allclose(found.sum(axis=1), returns * moved)
    np.testing.assert_allclose(found, returns[:, None] * paths.change.to_numpy())
    gap = steady_state_gap(paths, weights=weights, response=_linear(returns))
    np.testing.assert_allclose(gap, 0.0, atol=1e-9)


def test_without_a_cool_down_the_tail_is_missing():
    """A single week of an extra unit in the panel's last week: the first weight of the geometric series, 1 − α."""
    actual, without = np.zeros((30, 1)), np.zeros((30, 1))
    actual[-1] = 1.0
    found = forward_lift(actual, without, weights=_geometric(0.5, 30), response=_linear(1.0))
    assert found.item() == pytest.approx(0.5)


def test_forward_lift_is_the_sum_written_out():
    rng = np.random.default_rng(2)
    without = rng.uniform(5, 25, (12, 2))
    actual = without.copy()
    actual[3:6] *= 0.3
    weights = _geometric([0.3, 0.6], 4)
    expected = np.zeros((2, 2))
    for s in range(2):
        for r in range(2):
            for t in range(3, 12):
                one, other = (
                    sum(weights[s, k] * path[t - k, r] for k in range(4)) for path in (actual, without)
                )
                expected[s, r] += _concave(one) - _concave(other)
    np.testing.assert_allclose(forward_lift(actual, without, weights=weights, response=_concave), expected)


def test_without_carry_over_a_flat_test_is_a_steady_state():
    spend = _spend()
    spend.iloc[:, :] = BASE
    spend.iloc[FIRST : FIRST + PERIODS, :2] = 0.0
    paths = spend_paths(spend, _lift(), lags=LAGS)
    weights = np.eye(LAGS)[:1]
    np.testing.assert_allclose(steady_state_gap(paths, weights=weights, response=_concave), 0.0, atol=1e-9)
    total = -PERIODS * (_concave(30.0) + _concave(10.0))
    assert steady_state_lift(paths, _concave).sum() == pytest.approx(total)


def test_saturation_makes_a_dark_test_lose_less_than_its_steady_state():
    """Media that linger keep a saturated market nearly full at first."""
    paths = spend_paths(_spend(), _lift(), lags=LAGS)
    gap = steady_state_gap(paths, weights=_geometric([0.3, 0.6]), response=_concave)
    assert (gap > 0).all()
    assert gap[1] > gap[0]


def test_the_gap_is_added_in_quadrature_and_said():
    gap = np.array([-120.0, 120.0])
    known = _lift().with_gap(gap)
    assert known.sd == pytest.approx(150.0)
    rows = compute_lift_rows(known, spend_paths(_spend(), known, lags=LAGS))
    assert np.sqrt(((rows["sigma"] * PERIODS) ** 2).sum()) == pytest.approx(150.0)
    assert "+0 [-108, +108] of a lift of -480: the error grows from 90 to 150" in describe_gap(_lift(), gap)


# Refusals


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sd": 0.0}, "'sd' must be above zero.*Got 0.0"),
        ({"sd": -1.0}, "'sd' must be above zero.*Got -1.0"),
        ({"sd": np.nan}, "'sd' must be above zero.*Got nan"),
        ({"total": np.nan}, "'total' must be a number"),
        ({"spend_change": 0.0}, "'spend_change' must not be zero"),
        ({"total": 480.0}, r"Signs contradict.*\+480 ± 90 for a spend of -240"),
        ({"regions": ()}, "each treated region once"),
        ({"regions": ("north", "north")}, "each treated region once"),
        ({"start": DATES[30]}, "start before it ends"),
        ({"periods": 0}, "1 period at least"),
    ],
)
def test_a_lift_that_cannot_be(changes, message):
    with pytest.raises(ValueError, match=message):
        _lift(**changes)


def test_a_result_beside_zero_is_no_contradiction():
    assert _lift(total=100.0).total == 100.0


@pytest.mark.parametrize(
    ("factor", "changes", "message"),
    [
        (0.0, {"spend_change": -40.0}, "must be the total of all periods and regions.*Got -40 instead"),
        (2.0, {"spend_change": 5000.0, "total": 1.0}, "must be a part of the"),
        (0.0, {"regions": ("east",)}, r"columns of 'spend'.*Got \['east'\]"),
        (0.0, {"start": DATES[3]}, "7 periods before the test must be known. Got 3"),
    ],
)
def test_a_change_of_spend_that_cannot_be(factor, changes, message):
    with pytest.raises(ValueError, match=message):
        spend_paths(_spend(factor), _lift(**changes), lags=LAGS)


def test_unknown_spend_and_stray_changes_are_refused():
    spend = _spend()
    spend.iloc[FIRST - 2, 0] = np.nan
    with pytest.raises(ValueError, match="'actual' must be known"):
        spend_paths(spend, _lift(), lags=LAGS)
    paths = spend_paths(_spend(), _lift(), lags=LAGS)
    with pytest.raises(ValueError, match="during the test only"):
        SpendPaths(paths.actual, paths.without + 1, paths.during)
    with pytest.raises(ValueError, match="in one direction"):
        SpendPaths(paths.actual, paths.without.assign(north=paths.actual["north"]), paths.during)


def test_what_is_carried_into_a_test_must_be_known():
    actual = np.array([[0.0], [5.0], [5.0]])
    with pytest.raises(ValueError, match="agree in their first 1 periods"):
        forward_lift(actual, np.full((3, 1), 5.0), weights=_geometric(0.5, 2), response=_concave)
    with pytest.raises(ValueError, match="of one shape, 4 periods at least"):
        forward_lift(actual, actual, weights=_geometric(0.5, 4), response=_concave)


def test_an_interval_becomes_an_sd():
    assert sd_of_interval(80.0, 112.897) == pytest.approx(10.0, abs=1e-4)
    with pytest.raises(ValueError, match="Got 3 and 2 instead"):
        sd_of_interval(3, 2)


def test_a_test_is_placed_in_its_panel():
    """The end may be the last day of the last period."""
    test = {"experiment": "dark", "channel": "tv", "regions": ("north",), "spend_change": -1.0, "sd": 1.0}
    end = DATES[25] + pd.Timedelta(days=6)
    assert Lift.of(test | {"lift": -1.0, "start": DATES[20], "end": end}, DATES).periods == 6
    with pytest.raises(ValueError, match="within the panel's, 2024-01-01 to 2024-09-30"):
        Lift.of(test | {"lift": -1.0, "start": DATES[39], "end": DATES[39] + pd.Timedelta(days=7)}, DATES)


def _panel():
    cells = (
        _spend(1.5).rename_axis("date").reset_index().melt("date", var_name="region", value_name="spend_tv")
    )
    return cells.assign(outcome=500.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"channel": "radio"}, r"Row 0 \(radio, north\): channel and region must be those"),
        ({"region": "east"}, r"Row 0 \(tv, east\): channel and region must be those"),
        ({"sigma": 0.0}, "sigma above zero"),
        ({"delta_y": np.nan}, "all values must be known"),
        ({"delta_x": -240.0}, "must not fall below zero.*are they per period"),
        ({"delta_x": 240.0, "delta_y": 80.0}, "x and delta_x must be per period.*Got 270"),
        ({"delta_y": -3000.0}, "delta_y must be per period, whose mean outcome is 500. Got -3,000: a total"),
        ({"delta_y": 60.0}, "signs contradict"),
    ],
)
def test_rows_that_cannot_be(changes, message):
    sound = {"channel": "tv", "region": "north", "x": 30.0, "delta_x": -30.0, "delta_y": -60.0, "sigma": 15.0}
    assert len(check_rows(pd.DataFrame([sound]), _panel())) == 1
    with pytest.raises(ValueError, match=message):
        check_rows(pd.DataFrame([sound | changes]), _panel())


def test_rows_without_a_column():
    with pytest.raises(ValueError, match=r"Missing: \['region', 'sigma'\]"):
        check_rows(pd.DataFrame(columns=["channel", "x", "delta_x", "delta_y"]), _panel())
