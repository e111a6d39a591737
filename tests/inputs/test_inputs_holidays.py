"""Holidays are counted on weekdays, in the period they fall into."""

from __future__ import annotations

import pandas as pd
import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.grid import Axes
from mmm_helpers.inputs.holidays import count_holidays, holiday_dates


def counts(small, calendar: str, first: str, periods: int, anchor: str = "monday"):
    portfolio = small.load(small.yaml.replace("holidays: DE", f'holidays: "{calendar}"'))
    weeks = pd.date_range(first, periods=periods, freq="7D")
    return list(count_holidays(portfolio, "DE", Axes(weeks, ["all"], "weekly", anchor)))


def test_german_christmas_2024(small):
    # 25 and 26 December 2024 are Wednesday and Thursday; 1 January 2025 is a Wednesday.
    assert counts(small, "DE", "2024-12-16", 3) == [0, 2, 1]


def test_holidays_on_a_weekend_do_not_count(small):
    # 3 October 2026 is a Saturday.
    assert counts(small, "DE", "2026-09-28", 1) == [0]


def test_day_observed_instead_counts(small):
    # 4 July 2026 is a Saturday, observed on Friday, 3 July.
    assert counts(small, "US", "2026-06-28", 1, "sunday") == [1]


def test_state_holiday(small):
    # 6 January 2025 (Monday) is a holiday in Bavaria, not in all of Germany.
    assert counts(small, "DE-BY", "2025-01-06", 1) == [1]
    assert counts(small, "DE", "2025-01-06", 1) == [0]


def test_moving_holiday():
    days = holiday_dates(
        "DE", pd.Timestamp("2025-04-01"), pd.Timestamp("2025-04-30"), market="DE", file="p.yml"
    )
    assert [d.isoformat()[:10] for d in days] == ["2025-04-18", "2025-04-21"]


@pytest.mark.parametrize(("calendar", "near"), [("DEU", "DE"), ("DE-BX", "DE-BB")])
def test_unknown_calendar(calendar, near):
    with pytest.raises(InputError) as caught:
        holiday_dates(
            calendar, pd.Timestamp("2025-01-01"), pd.Timestamp("2025-01-02"), market="DE", file="p.yml"
        )
    problem = caught.value.problems[0]
    assert problem.what == f"holiday calendar '{calendar}' is unknown"
    assert problem.where == "p.yml, key markets.DE.holidays"


def test_no_calendar_is_an_assumption_on_record(small):
    data = small.check(small.yaml.replace(", holidays: DE", ""))
    assert set(data.panel["holiday"]) == {0.0}
    assert any("No holiday calendar" in a for a in data.provenance["assumptions"])
