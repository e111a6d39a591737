"""Columns of the single-region regression."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.regression import design


@pytest.fixture
def panel() -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", periods=104, freq="7D")
    rows = pd.DataFrame({"region": np.repeat(["a", "b"], 104), "date": np.tile(dates, 2), "outcome": 1.0})
    rows["spend_tv"] = np.tile(np.arange(104.0), 2)
    rows["spend_ooh"] = 5.0
    rows["control_price"] = np.tile(np.arange(104.0), 2)
    rows["control_launch"] = 0.0
    rows.loc[rows["region"] == "b", "outcome"] = 2.0
    return rows


def build(panel: pd.DataFrame, **options) -> design.RegressionData:
    return design.build_regression_data(panel, **{"region": "a", "channels": ["tv"]} | options)


def test_carry_over_conserves_spend():
    spend = np.r_[np.array([5.0, 0.0, 3.0]), np.zeros(8)]
    assert design.adstock(spend, 0.6, l_max=8).sum() == pytest.approx(8.0)


def test_carry_over_falls_by_the_retention():
    effect = design.adstock(np.array([1.0, 0.0, 0.0, 0.0]), 0.5, l_max=4)
    assert effect[1:] / effect[:-1] == pytest.approx([0.5, 0.5, 0.5])


def test_without_retention_nothing_carries_over():
    assert design.adstock(np.array([1.0, 2.0]), 0.0).tolist() == [1.0, 2.0]


def test_unknown_spend_stays_unknown_as_long_as_it_carries():
    effect = design.adstock(np.array([np.nan, 1.0, 1.0, 1.0]), 0.5, l_max=3)
    assert np.isnan(effect).tolist() == [True, True, True, False]


def test_largest_region(panel):
    assert design.largest_region(panel) == "b"


def test_control_that_never_moves_is_left_out(panel):
    data = build(panel)
    assert "control_launch" not in data.others
    assert data.others["control_price"].std() == pytest.approx(1.0)


def test_control_that_only_moved_before_the_first_usable_week_is_left_out(panel):
    panel.loc[panel["date"] == panel["date"].min(), "control_launch"] = 1.0
    assert "control_launch" not in build(panel).others


def test_short_history_gets_no_yearly_wave(panel):
    data = build(panel[panel["date"] < "2024-10-01"])
    assert not [c for c in data.others if c.startswith("season")]


def test_yearly_wave_repeats_after_a_year(panel):
    wave = build(panel).others["season_sin_1"]
    assert wave.iloc[13] == pytest.approx(np.sin(2 * np.pi * 13 * 7 / 365.25))


def test_daily_data_have_weekdays(panel):
    dates = pd.date_range("2024-01-01", periods=60, freq="D")  # a Monday first
    rows = pd.DataFrame({"region": "a", "date": dates, "outcome": 1.0, "spend_tv": np.arange(60.0)})
    others = build(rows, unit="day").others
    assert others.loc["2024-01-06", "saturday"] == 1
    assert others.loc["2024-01-01", list(design.WEEKDAYS)].sum() == 0


def test_first_weeks_only_supply_spend(panel):
    data = build(panel, lags=8)
    assert data.usable.tolist() == [False] * 7 + [True] * 97


def test_longest_carry_over_decides(panel):
    data = build(panel, channels=["tv", "ooh"], lags={"tv": 3, "ooh": 5})
    assert int(np.argmax(data.usable)) == 4


def test_unknown_spend_and_outcome_are_left_out(panel):
    own = panel[panel["region"] == "a"].index
    panel.loc[own[20], "spend_tv"] = np.nan
    panel.loc[own[60], "outcome"] = np.nan
    left_out = np.flatnonzero(~build(panel, lags=4).usable)
    assert left_out.tolist() == [0, 1, 2, 20, 21, 22, 23, 60]


def test_group_adds_up_its_channels(panel):
    data = build(panel, channels=["tv+ooh"], lags={"tv": 3, "ooh": 5})
    assert data.spend["tv+ooh"].iloc[:2].tolist() == [5.0, 6.0]
    assert data.lags == {"tv+ooh": 5}


def test_coefficients_count_the_constant(panel):
    # one channel, trend, four waves, price, constant
    assert build(panel).coefficients == 8


def test_names_of_columns(panel):
    names = design.name_columns(build(panel), labels={"tv": "TV"}, controls={"price": "Our price"})
    assert names["tv"] == "TV"
    assert names["control_price"] == "Our price"
    assert names["season_cos_2"] == "Yearly wave 2 (cosine)"


def test_unknown_region_is_refused_by_name(panel):
    with pytest.raises(ValueError, match=r"must be one of a, b\. Got 'c' instead"):
        build(panel, region="c")
