"""From a panel to a test's matrix: who is compared with whom, on which scale, over which periods."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.panels import TREATED, geo_test

DATES = pd.date_range("2024-01-01", periods=60, freq="7D")
SIZE = {"A": 100.0, "B": 50.0, "C": 10.0, "D": 200.0}


@pytest.fixture
def panel():
    rng = np.random.default_rng(1)
    season = 1 + 0.2 * np.sin(np.arange(60) / 8)
    parts = [
        pd.DataFrame({"date": DATES, "region": r, "outcome": size * season * rng.uniform(0.95, 1.05, 60)})
        for r, size in SIZE.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _test(first=40, last=45, regions=("A", "C"), **changes):
    own = {"experiment": "dark", "regions": regions, "start": DATES[first], "end": DATES[last]}
    return own | {"spend_change": -500.0} | changes


def test_treated_regions_are_added_up_and_controls_have_their_level(panel):
    test = geo_test(panel, _test(), cooldown=3)
    wide = panel.pivot(index="date", columns="region", values="outcome")
    assert test.treated == (TREATED,)
    assert test.donors == ["B", "D"]
    assert test.outcome[TREATED].to_numpy() == pytest.approx((wide["A"] + wide["C"]).to_numpy()[:49])
    level = test.outcome.loc[test.pre].mean()
    assert level.to_numpy() == pytest.approx(level[TREATED])
    ratio = test.outcome["B"] / wide["B"].iloc[:49]
    assert ratio.std() < 1e-12


def test_test_lasts_until_its_effect_has_landed(panel):
    test = geo_test(panel, _test(), cooldown=3)
    assert test.during.sum() == 9
    assert test.dates[-1] == DATES[48]
    assert test.pre.sum() == 40


def test_days_within_a_period_mean_that_period(panel):
    test = geo_test(panel, _test(end=DATES[45] + pd.Timedelta(days=6)), cooldown=0)
    assert test.end == DATES[45]


def test_region_under_another_test_at_the_time_is_no_control(panel):
    other = _test(44, 50, ("B",), experiment="other")
    assert geo_test(panel, _test(), cooldown=3, others=[other]).donors == ["D"]


def test_periods_of_earlier_tests_are_no_history(panel):
    earlier = _test(10, 14, ("B",), experiment="earlier")
    test = geo_test(panel, _test(), cooldown=3, others=[earlier])
    assert test.pre.sum() == 40 - 8
    assert DATES[12] not in test.dates
    assert test.donors == ["B", "D"]


def test_unknown_outcome_of_a_control_takes_it_out_and_of_the_past_its_period(panel):
    panel.loc[(panel["region"] == "B") & (panel["date"] == DATES[42]), "outcome"] = np.nan
    panel.loc[(panel["region"] == "D") & (panel["date"] == DATES[5]), "outcome"] = np.nan
    test = geo_test(panel, _test(), cooldown=3)
    assert test.donors == ["D"]
    assert DATES[5] not in test.dates


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"regions": tuple(SIZE)}, "no region was left alone"),
        ({"first": 3, "last": 6}, "only 3 undisturbed periods"),
    ],
)
def test_test_that_cannot_be_measured_says_why(panel, changes, says):
    with pytest.raises(ValueError, match=says):
        geo_test(panel, _test(**changes), cooldown=0)


def test_unknown_outcome_of_a_treated_region_cannot_be_measured(panel):
    panel.loc[(panel["region"] == "A") & (panel["date"] == DATES[42]), "outcome"] = np.nan
    with pytest.raises(ValueError, match="unknown during the test"):
        geo_test(panel, _test(), cooldown=0)
