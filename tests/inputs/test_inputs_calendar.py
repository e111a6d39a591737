"""Weeks keep their anchor; a label is the ISO week that holds most of the days."""

from __future__ import annotations

import pandas as pd
import pytest

from mmm_helpers.inputs.calendar import (
    anchor_problems,
    iso_week_label,
    middle_day,
    period_end,
    period_range,
    period_start,
)
from mmm_helpers.inputs.place import Place

PLACE = Place("sales.csv", "US")


def days(*values: str) -> pd.Series:
    return pd.Series(pd.to_datetime(list(values)).as_unit("ns"), index=range(2, 2 + len(values)))


@pytest.mark.parametrize(
    ("anchor", "start"),
    [
        ("monday", "2025-12-29"),
        ("sunday", "2025-12-28"),
        ("friday", "2025-12-26"),
        ("wednesday", "2025-12-31"),
    ],
)
def test_week_starts_on_the_anchor(anchor, start):
    assert period_start(days("2025-12-31"), "weekly", anchor).iloc[0] == pd.Timestamp(start)


def test_month_start_and_end():
    starts = pd.DatetimeIndex(period_start(days("2024-02-17"), "monthly"))
    assert starts[0] == pd.Timestamp("2024-02-01")
    assert period_end(starts, "monthly")[0] == pd.Timestamp("2024-02-29")


def test_range_of_weeks_keeps_the_anchor():
    weeks = period_range(pd.Timestamp("2021-10-15"), pd.Timestamp("2024-01-05"), "weekly")
    assert len(weeks) == 117
    assert set(weeks.day_name()) == {"Friday"}


def test_middle_of_a_week_is_its_fourth_day():
    assert middle_day(pd.DatetimeIndex(["2025-12-29"]), "weekly")[0] == pd.Timestamp("2026-01-01")


@pytest.mark.parametrize(
    ("start", "label"),
    [
        ("2025-12-29", "2026-W01"),  # Monday: the ISO week itself
        ("2025-12-28", "2026-W01"),  # Sunday: six of seven days lie in the next ISO week
        ("2025-12-25", "2025-W52"),  # Thursday: four days lie in W52, three in W01
        ("2025-12-26", "2026-W01"),  # Friday: three days lie in W52, four in W01
        ("2020-12-28", "2020-W53"),
    ],
)
def test_label_is_the_iso_week_of_most_days(start, label):
    assert iso_week_label(days(start)).iloc[0] == label


def test_changing_anchor_names_the_first_row():
    dates = days("2023-01-01", "2023-01-08", "2023-01-16")
    problem = anchor_problems(dates, declared="sunday", market_anchor="sunday", place=PLACE)[0]
    assert problem.what == "week anchors change: 2023-01-16 is a monday, other weeks begin on other days"
    assert problem.where == "sales.csv, row 4"


def test_another_anchor_than_declared_says_which_to_declare():
    problem = anchor_problems(days("2023-01-06"), declared="monday", market_anchor="monday", place=PLACE)[0]
    assert problem.what == "weeks begin on friday (2023-01-06), declared is monday"
    assert problem.mend == "set week_start: friday"


def test_source_and_market_must_share_an_anchor():
    problem = anchor_problems(days("2023-01-01"), declared="sunday", market_anchor="monday", place=PLACE)[0]
    assert problem.what == "weeks of this file begin on sunday, those of the market on monday"
    assert "weeks are never re-cut" in problem.expected
