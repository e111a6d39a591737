"""Power by simulation: against closed forms, and what it says of plans."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from mmm_helpers.experiments.power import (
    PLAN_COLUMNS,
    POWER_COLUMNS,
    Plan,
    average_power,
    compute_plan_power,
    compute_power,
    draws_of_interval,
    lay_tests,
    plan_spend,
    smallest_effect,
    with_effect,
)

SETTINGS = {"l_max": 3, "channels": {"tv": {}, "search": {}, "organic": {"paid": False}}}
ASKED = {"channel": "tv", "regions": ["R0"]}


def _panel(seed, *, regions=4, weeks=120, noise=2.0):
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 5, weeks)
    dates = pd.date_range("2023-01-02", periods=weeks, freq="7D")
    parts = [
        pd.DataFrame(
            {"date": dates, "region": f"R{r}", "outcome": 100 + common + rng.normal(0, noise, weeks)}
        )
        for r in range(regions)
    ]
    return pd.concat(parts, ignore_index=True)


def _tests(panel, settings=SETTINGS, duration=8, **options):
    return list(lay_tests(panel, settings, **ASKED, duration=duration, **options))


@pytest.fixture(scope="module")
def curve():
    """Power over the histories of twelve panels, test of 8 weeks and 2 of cool-down."""
    options = {"durations": (8,), "effects": (-0.04, -0.02, 0.02, 0.03, 0.04), "windows": 8}
    each = [compute_power(_panel(seed), SETTINGS, **ASKED, **options) for seed in range(12)]
    return pd.concat(each).groupby(["duration", "effect"], as_index=False).mean()


@pytest.fixture(scope="module")
def errors():
    """Forecast error of a gap of independent weeks, by least squares on a level, a line and a yearly cycle."""
    found = []
    for test in _tests(_panel(1), windows=8):
        days = (test.dates - test.dates[0]).days.to_numpy() / 365.25
        angle = 2 * np.pi * days
        x = np.column_stack([np.ones(len(days)), days, np.sin(angle), np.cos(angle)])
        before, mean = x[test.pre], x[test.during].mean(axis=0)
        variance = 1 / test.during.sum() + mean @ np.linalg.inv(before.T @ before) @ mean
        found.append(2.0 * np.sqrt((1 + 1 / 3) * variance))
    return np.array(found)


def test_power_is_that_of_the_forecast_error(curve, errors):
    z = curve["effect"].to_numpy()[:, None] * 100 / errors
    bound = norm.ppf(0.95)
    exact = pd.Series((norm.sf(bound - z) + norm.cdf(-bound - z)).mean(axis=1))
    by_size = pd.DataFrame({"size": curve["effect"].abs(), "own": curve["power"], "exact": exact})
    means = by_size.groupby("size").mean()
    assert means["own"].to_numpy() == pytest.approx(means["exact"].to_numpy(), abs=0.1)


def test_smallest_effect_is_a_multiple_of_the_forecast_error(curve, errors):
    exact = (norm.ppf(0.95) + norm.ppf(0.8)) * errors.mean() / 100
    assert smallest_effect(curve, 1) == pytest.approx(exact, rel=0.25)
    assert smallest_effect(curve, -1) == pytest.approx(exact, rel=0.25)


def test_usual_is_the_outcome_of_test_and_cooldown(curve):
    assert curve["usual"].iloc[0] == pytest.approx(1000, rel=0.05)


def test_longer_tests_find_smaller_effects():
    each = [compute_power(_panel(s), SETTINGS, **ASKED, durations=(2, 16), effects=(0.02,)) for s in range(4)]
    power = pd.concat(each).query("effect > 0").groupby("duration")["power"].mean()
    assert power[16] > power[2]


def test_tests_lie_in_the_second_half_of_the_history():
    tests = _tests(_panel(1))
    dates = pd.DatetimeIndex(sorted(_panel(1)["date"].unique()))
    assert len(tests) == 30
    assert tests[0].start == dates[110]
    assert tests[-1].start == dates[60]
    assert all(test.during.sum() == 10 for test in tests)
    assert all(test.dates[-1] <= dates[-1] for test in tests)


def test_earlier_tests_are_no_history_of_the_treated_region():
    dates = pd.DatetimeIndex(sorted(_panel(1)["date"].unique()))
    declared = {
        "experiment": "old", "region": "R0", "channel": "tv", "design": "go_dark",
        "start": str(dates[70].date()), "end": str(dates[79].date()), "spend_change": -1.0,
    }  # fmt: skip
    tests = _tests(_panel(1), SETTINGS | {"lift_tests": [declared]}, windows=60)
    disturbed = dates[70:82]
    assert tests
    assert not any(test.dates[test.during].isin(disturbed).any() for test in tests)
    elsewhere = declared | {"region": "R1"}
    tests = _tests(_panel(1), SETTINGS | {"lift_tests": [elsewhere]}, windows=60)
    inside = [test for test in tests if test.dates[test.during].isin(disturbed).any()]
    assert inside
    assert all("R1" not in test.donors for test in inside)


def test_effect_is_multiplied_onto_test_and_cooldown_only():
    test = _tests(_panel(1))[0]
    changed = with_effect(test, 0.5).outcome / test.outcome
    assert changed.loc[test.during, list(test.treated)].to_numpy() == pytest.approx(1.5)
    assert (changed.loc[~test.during] == 1).all(axis=None)
    assert (changed[test.donors] == 1).all(axis=None)


@pytest.mark.parametrize("weeks", [40, 156])
@pytest.mark.parametrize("regions", [2, 3, 5])
def test_everyday_panels_have_a_power(regions, weeks):
    found = compute_power(
        _panel(1, regions=regions, weeks=weeks),
        SETTINGS,
        **ASKED,
        durations=(4, 8),
        effects=(0.3,),
        windows=4,
    )
    assert list(found) == POWER_COLUMNS
    assert set(found["duration"]) == {4, 8}
    assert (found.loc[found["effect"] == 0.3, "power"] == 1).all()


def test_what_cannot_be_measured_has_no_rows():
    one, short = _panel(1, regions=1), _panel(1, weeks=14)
    for panel in (one, short):
        found = compute_power(panel, SETTINGS, **ASKED, durations=(8,))
        assert found.empty
        assert list(found) == POWER_COLUMNS


def _curve(effects, power, duration=8, usual=1000.0):
    table = pd.DataFrame({"effect": effects, "power": power})
    return table.assign(duration=duration, tests=30, usual=usual)[POWER_COLUMNS]


def test_a_lucky_small_effect_is_not_the_smallest():
    lucky = _curve([0.0, 0.05, 0.1, 0.2], [0.1, 0.9, 0.4, 1.0])
    assert smallest_effect(lucky, 1) == pytest.approx(0.1 + 0.1 * 0.4 / 0.6)


def test_nothing_is_the_smallest_where_all_or_none_is_found():
    assert np.isnan(smallest_effect(_curve([0.0, 0.1], [0.1, 0.5]), 1))
    assert np.isnan(smallest_effect(_curve([0.0, 0.1], [0.9, 1.0]), 1))


def test_method_that_cries_wolf_has_no_power():
    wolf = pd.concat([_curve([0.0, 0.1], [0.6, 1.0]), _curve([0.0, 0.1], [0.9, 1.0], duration=16)])
    row = compute_plan_power(wolf, [Plan("heavy_up", 8, 100.0, np.full(9, 90.0))]).iloc[0]
    assert row[["mde", "exceeds", "power", "size_80", "duration_80"]].isna().all()
    assert row["false_alarms"] == pytest.approx(0.6)


def test_short_histories_of_regions_with_their_own_seasons_are_told():
    panel = _panel(1, regions=2, weeks=40, noise=1.0)
    season = 15 * np.sin(2 * np.pi * np.arange(40) / 52)
    own = panel["region"] == "R0"
    panel.loc[own, "outcome"] += season
    found = compute_power(panel, SETTINGS, **ASKED, durations=(8,), effects=(0.1,), windows=6)
    row = compute_plan_power(found, [Plan("heavy_up", 8, 100.0, np.full(9, 50.0))]).iloc[0]
    assert row["false_alarms"] > 0.5
    assert np.isnan(row["power"])


@pytest.fixture
def power():
    """Linear curves: 80 % at 7 % of 1,000 with 8 periods, at 3.5 % of 2,000 with 16."""
    short = _curve([-0.09, 0.0, 0.09], [1.0, 0.1, 1.0])
    return pd.concat([short, _curve([-0.045, 0.0, 0.045], [1.0, 0.1, 1.0], duration=16, usual=2000.0)])


def test_effect_that_is_sure_has_the_power_of_the_curve(power):
    row = compute_plan_power(power, [Plan("go_dark", 8, -100.0, np.full(9, -45.0))]).iloc[0]
    assert row["power"] == pytest.approx(0.55)
    assert row["mde"] == pytest.approx(70.0)
    assert row["exceeds"] == 0
    assert row["expected_effect_mean"] == -45.0
    assert row["false_alarms"] == pytest.approx(0.1)
    assert np.isnan(row["size_80"])  # there is no more to hold back
    # twice as long: 90 of 2000 is 4.5 %, where the curve is at 1
    assert row["duration_80"] == 16


def test_size_for_power_is_a_multiple_of_the_effect(power):
    row = compute_plan_power(power, [Plan("heavy_up", 8, 100.0, np.full(9, 45.0))]).iloc[0]
    assert row["size_80"] == pytest.approx(1.6)  # 72 of 1000; 1.5 times it would be 67.5
    plenty = compute_plan_power(power, [Plan("go_dark", 8, -100.0, np.full(9, -90.0))]).iloc[0]
    assert plenty["size_80"] == pytest.approx(0.8)


def test_doubt_about_the_effect_is_averaged_over(power):
    effect = draws_of_interval(70.0, 20.0, 120.0)
    row = compute_plan_power(power, [Plan("heavy_up", 8, 100.0, effect)]).iloc[0]
    assert row["exceeds"] == pytest.approx(0.5, abs=0.01)
    single = [average_power(power[power["duration"] == 8], np.array([e])) for e in effect]
    assert row["power"] == pytest.approx(np.mean(single))
    assert row["power"] < 0.8


def test_effect_of_the_wrong_sign_does_not_exceed(power):
    row = compute_plan_power(power, [Plan("heavy_up", 8, 100.0, np.full(9, -90.0))]).iloc[0]
    assert row["exceeds"] == 0


def test_lengths_that_were_not_simulated_are_left_out(power):
    table = compute_plan_power(power, [Plan("go_dark", 3, -1.0, np.zeros(5))])
    assert table.empty
    assert list(table) == PLAN_COLUMNS


@pytest.mark.parametrize(("usual", "raises", "name"), [(0.0, 1.0, "usual"), (1.0, 0.0, "raises")])
def test_spend_that_cannot_change_is_refused(usual, raises, name):
    with pytest.raises(ValueError, match=f"'{name}' must be above zero"):
        plan_spend(usual, 8, raises=raises)


def test_interval_the_wrong_way_round_is_refused():
    with pytest.raises(ValueError, match="must not be above"):
        draws_of_interval(1.0, 2.0, 0.0)
