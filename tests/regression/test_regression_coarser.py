"""Weeks summed to months, days to weeks: totals, cut ends, and what the regression then says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.regression import coarser, design, grid, ols


def weekly(start: str, weeks: int) -> pd.DataFrame:
    dates = pd.date_range(start, periods=weeks, freq="7D")
    values = np.arange(1.0, weeks + 1)
    return pd.DataFrame({"region": "a", "date": dates, "outcome": values, "spend_tv": 2 * values})


def test_month_is_the_mean_of_its_weeks_by_their_fourth_day():
    # Thursdays of the weeks from 2024-01-01: 4, 11, 18, 25 January; 1, 8, 15, 22, 29 February
    found = coarser.sum_to(weekly("2024-01-01", 9), region="a", unit="week", to="month")
    assert found["date"].dt.strftime("%Y-%m").tolist() == ["2024-01", "2024-02"]
    assert found["outcome"].tolist() == [2.5, 7.0]
    assert found["spend_tv"].tolist() == [5.0, 14.0]


def test_months_that_are_covered_in_part_are_left_out():
    # from the week of 8 January (January lacks its first) to that of 11 March (March lacks two)
    found = coarser.sum_to(weekly("2024-01-08", 10), region="a", unit="week", to="month")
    assert found["date"].dt.strftime("%Y-%m").tolist() == ["2024-02"]


def test_one_unknown_week_makes_the_month_unknown():
    panel = weekly("2024-01-01", 9)
    panel.loc[6, "outcome"] = np.nan
    found = coarser.sum_to(panel, region="a", unit="week", to="month")
    assert found["outcome"].isna().tolist() == [False, True]


def test_days_become_whole_weeks():
    dates = pd.date_range("2024-01-03", periods=20, freq="D")  # a Wednesday
    panel = pd.DataFrame({"region": "a", "date": dates, "outcome": np.arange(20.0)})
    found = coarser.sum_to(panel, region="a", unit="day", to="week")
    assert found["date"].tolist() == [pd.Timestamp("2024-01-08"), pd.Timestamp("2024-01-15")]
    assert found["outcome"].tolist() == [8.0, 15.0]


def test_days_become_whole_months():
    dates = pd.date_range("2024-01-31", "2024-03-01", freq="D")
    panel = pd.DataFrame({"region": "a", "date": dates, "outcome": 1.0})
    found = coarser.sum_to(panel, region="a", unit="day", to="month")
    assert found["date"].tolist() == [pd.Timestamp("2024-02-01")]


def compare(panel: pd.DataFrame, unit: str) -> coarser.Comparison:
    data = design.build_regression_data(panel, region="all", channels=["tv", "social"], unit=unit)
    fit = ols.fit_ols(data, grid.search_retentions(data).best)
    return coarser.compare_units(panel, data, fit, channels=["tv", "social"])


@pytest.fixture(scope="module")
def by_month(make_panel):
    return compare(make_panel(260), "week")


def test_months_beside_weeks(by_month):
    summary = by_month.summary.set_index("unit")
    # 260 weeks, the first 7 only for their spend; 59 whole months, the first two likewise
    assert summary["periods"].to_dict() == {"week": 253, "month": 57}
    assert (summary["spare"] == summary["periods"] - summary["coefficients"]).all()
    assert by_month.obstacles == []


def test_longer_periods_widen_intervals(by_month):
    width = by_month.returns.assign(width=lambda r: r["roas_q95"] - r["roas_q05"])
    width = width.pivot(index="channel", columns="unit", values="width")
    assert (width["month"] > 1.5 * width["week"]).all()
    expected = (width["month"] / width["week"]).median()
    assert by_month.summary.set_index("unit").loc["month", "width"] == pytest.approx(expected)


def test_months_still_find_the_return_of_what_does_not_carry_over(by_month, true_return):
    row = by_month.returns[by_month.returns["unit"] == "month"].set_index("channel").loc["social"]
    assert row["roas_q05"] < true_return["social"] < row["roas_q95"]


def test_daily_data_are_compared_with_weeks_and_months(make_panel):
    found = compare(make_panel(600, unit="day"), "day")
    assert found.summary["unit"].tolist() == ["day", "week", "month"]
    assert found.returns["variant"].unique().tolist() == ["every day", "every week", "every month"]


def test_monthly_data_have_nothing_longer(make_panel):
    found = compare(make_panel(120, unit="month"), "month")
    assert found.summary["unit"].tolist() == ["month"]


def test_too_few_months_are_said(make_panel):
    found = compare(make_panel(30), "week")
    assert found.summary["unit"].tolist() == ["week"]
    assert "A regression for the market would have" in found.obstacles[0]
    assert "months for" in found.obstacles[0]
