"""Public holidays of a market's calendar, counted per period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.grid import Axes
from mmm_helpers.inputs.nearest import did_you_mean, nearest
from mmm_helpers.inputs.portfolio import Portfolio


def count_holidays(portfolio: Portfolio, market: str, axes: Axes) -> pd.Series:
    """Number of public holidays on Monday to Friday in each period; 0 where no calendar is declared.

    The calendar is a country ("DE") or a country and its subdivision ("DE-BY"), as in the `holidays` package.

    Raises
    ------
    InputError : the calendar is unknown.
    """
    calendar = portfolio.markets[market].holidays
    if calendar is None:
        return pd.Series(0.0, index=axes.periods)
    days = holiday_dates(calendar, axes.periods[0], axes.ends[-1], market=market, file=portfolio.path.name)
    weekdays = days[days.day_of_week < 5]
    position = np.searchsorted(axes.periods.to_numpy(), weekdays.to_numpy(), side="right") - 1
    counts = np.bincount(position, minlength=len(axes.periods))
    return pd.Series(counts.astype("float64"), index=axes.periods)


def holiday_dates(
    calendar: str, first: pd.Timestamp, last: pd.Timestamp, *, market: str, file: str
) -> pd.DatetimeIndex:
    """Public holidays from `first` to `last`, days observed instead included.

    Examples
    --------
    >>> start, end = pd.Timestamp("2025-10-01"), pd.Timestamp("2025-10-31")
    >>> list(holiday_dates("DE", start, end, market="DE", file="portfolio.yml").strftime("%d.%m."))
    ['03.10.']
    """
    import holidays

    country, _, subdivision = calendar.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    choices = known.get(country, known)
    if country not in known or (subdivision and subdivision not in choices):
        raise InputError(_unknown(calendar, country if country in known else None, choices, market, file))
    years = range(first.year, last.year + 1)
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=years)
    days = pd.DatetimeIndex(sorted(found)).as_unit("ns")
    return days[(days >= first) & (days <= last)]


def _unknown(calendar: str, country: str | None, choices, market: str, file: str) -> Problem:
    near = did_you_mean(calendar, [f"{country}-{c}" for c in choices]) if country else _nearest(calendar)
    expected = f"a country code, or country and subdivision ({near})"
    where = f"{file}, key markets.{market}.holidays"
    return Problem(f"holiday calendar '{calendar}' is unknown", where, expected, "correct the code", market)


def _nearest(calendar: str) -> str:
    """The country that was probably meant, also where it was written by its name or another of its codes."""
    from holidays.registry import COUNTRIES

    codes = {name: names[1] for names in COUNTRIES.values() for name in names}
    return f"the nearest is '{codes[nearest(calendar.partition('-')[0], codes)]}'"
