"""Periods: days, weeks on a market's own anchor, and months.

Weekly data are never re-cut: a week keeps the day on which it begins. Daily data are brought to the market's
anchor. Only for tables over several markets is a week labelled, by the ISO week that holds most of its days.
"""

from __future__ import annotations

import pandas as pd

from mmm_helpers.errors import Problem
from mmm_helpers.inputs.place import Place

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ORDER = {"daily": 0, "weekly": 1, "monthly": 2}


def period_start(dates: pd.Series, frequency: str, week_start: str = "monday") -> pd.Series:
    """First day of the period that holds each date.

    Examples
    --------
    >>> period_start(pd.Series(pd.to_datetime(["2025-12-25"])), "weekly", "sunday").dt.date.iloc[0]
    datetime.date(2025, 12, 21)
    """
    if frequency == "weekly":
        back = (dates.dt.day_of_week - WEEKDAYS.index(week_start)) % 7
        starts = dates - pd.to_timedelta(back, unit="D")
    elif frequency == "monthly":
        starts = dates.dt.to_period("M").dt.to_timestamp()
    else:
        starts = dates.dt.normalize()
    return starts.astype("datetime64[ns]")


def period_end(starts: pd.DatetimeIndex, frequency: str) -> pd.DatetimeIndex:
    """Last day of each period."""
    if frequency == "monthly":
        return starts + pd.offsets.MonthEnd(0)
    return starts + pd.Timedelta(days=6 if frequency == "weekly" else 0)


def period_range(first: pd.Timestamp, last: pd.Timestamp, frequency: str) -> pd.DatetimeIndex:
    """Starts of all periods from `first` to `last`, both of them starts."""
    step = {"daily": "D", "weekly": "7D", "monthly": "MS"}[frequency]
    return pd.date_range(first, last, freq=step, unit="ns", name="date")


def middle_day(starts: pd.DatetimeIndex, frequency: str) -> pd.DatetimeIndex:
    """The day in the middle of each period."""
    return starts + (period_end(starts, frequency) - starts) // 2


def iso_week_label(starts: pd.Series) -> pd.Series:
    """'2025-W52': the ISO week that holds most of the seven days from each start.

    The fourth day of any seven lies in the ISO week that holds at least four of them.

    Examples
    --------
    >>> list(iso_week_label(pd.Series(pd.to_datetime(["2025-12-21", "2025-12-26"]))))
    ['2025-W52', '2026-W01']
    """
    iso = (starts + pd.Timedelta(days=3)).dt.isocalendar()
    return iso["year"].astype("str") + "-W" + iso["week"].astype("str").str.zfill(2)


def is_coarser(frequency: str, than: str) -> bool:
    """Whether one period of `frequency` holds several of `than`."""
    return _ORDER[frequency] > _ORDER[than]


def anchor_problems(dates: pd.Series, *, declared: str, market_anchor: str, place: Place) -> list[Problem]:
    """What is wrong with the days on which weekly data begin; `dates` is indexed by the file's rows.

    Parameters
    ----------
    dates : days of a weekly source.
    declared : the source's week_start (the market's where the source states none).
    market_anchor : the market's week_start.
    """
    if declared != market_anchor:
        what = f"weeks of this file begin on {declared}, those of the market on {market_anchor}"
        mend = f"set the market's week_start to {declared}, or supply daily data"
        return [place.problem(what, expected="one anchor per market, as weeks are never re-cut", mend=mend)]
    days = dates.dt.day_of_week
    wrong = dates[days != WEEKDAYS.index(declared)]
    if wrong.empty:
        return []
    row, found = wrong.index[0], WEEKDAYS[wrong.iloc[0].weekday()]
    if days.nunique() == 1:
        what = f"weeks begin on {found} ({wrong.iloc[0].date()}), declared is {declared}"
        mend = f"set week_start: {found}"
    else:
        what = f"week anchors change: {wrong.iloc[0].date()} is a {found}, other weeks begin on other days"
        mend = "give every week by the same first day, or declare frequency: daily if these are days"
    return [place.problem(what, row=row, expected=f"weeks that begin on {declared}", mend=mend)]
