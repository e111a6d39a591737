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


PUBLISHED = {
    # gov.uk/bank-holidays, England and Wales
    ("GB-ENG", "2022-04-01", "2022-06-30"): ["04-15", "04-18", "05-02", "06-02", "06-03"],
    # Feiertagsgesetze der Länder: Karfreitag, Ostermontag, Himmelfahrt and Pfingstmontag move with Easter
    ("DE", "2024-03-01", "2024-05-31"): ["03-29", "04-01", "05-01", "05-09", "05-20"],
    ("DE", "2025-04-01", "2025-06-30"): ["04-18", "04-21", "05-01", "05-29", "06-09"],
    # Cabinet Office of Japan: the Golden Week of the year in which the emperor changed, and an ordinary one
    ("JP", "2019-04-27", "2019-05-06"): [f"04-{d}" for d in (29, 30)] + [f"05-0{d}" for d in range(1, 7)],
    ("JP", "2024-04-27", "2024-05-06"): ["04-29", "05-03", "05-04", "05-05", "05-06"],
    # Ministry of Manpower, Singapore: Chinese New Year and the end of Ramadan
    ("SG", "2024-02-01", "2024-04-15"): ["02-10", "02-11", "02-12", "03-29", "04-10"],
    ("SG", "2025-01-20", "2025-04-05"): ["01-29", "01-30", "03-31"],
    # Türkiye: the three days of Ramazan Bayramı
    ("TR", "2023-04-15", "2023-04-25"): ["04-21", "04-22", "04-23"],
}


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda c: f"{c[0]} {c[1][:4]}")
def test_published_dates(case):
    calendar, first, last = case
    days = holiday_dates(calendar, pd.Timestamp(first), pd.Timestamp(last), market="XX", file="p.yml")
    assert list(days.strftime("%m-%d")) == PUBLISHED[case]


@pytest.mark.parametrize(
    ("anchor", "first", "expected"),
    [("monday", "2024-04-29", [2, 1]), ("sunday", "2024-04-28", [2, 1]), ("friday", "2024-04-26", [1, 2])],
)
def test_golden_week_by_each_anchor(small, anchor, first, expected):
    # 29 April 2024 is a Monday, 3 May a Friday, 4 and 5 May a weekend, 6 May a Monday.
    assert counts(small, "JP", first, 2, anchor) == expected


@pytest.mark.parametrize(
    ("calendar", "near"),
    [("DEU", "DE"), ("UK", "GB"), ("Germany", "DE"), ("USA", "US"), ("germany", "DE"), ("GB-ENGL", "GB-ENG")],
)
def test_unknown_calendar(calendar, near):
    with pytest.raises(InputError) as caught:
        holiday_dates(
            calendar, pd.Timestamp("2025-01-01"), pd.Timestamp("2025-01-02"), market="DE", file="p.yml"
        )
    problem = caught.value.problems[0]
    assert problem.what == f"holiday calendar '{calendar}' is unknown"
    assert problem.where == "p.yml, key markets.DE.holidays"
    assert problem.expected == f"a country code, or country and subdivision (the nearest is '{near}')"


def test_no_calendar_is_an_assumption_on_record(small):
    data = small.check(small.yaml.replace(", holidays: DE", ""))
    assert set(data.panel["holiday"]) == {0.0}
    assert any("No holiday calendar" in a for a in data.provenance["assumptions"])
