"""How far a market's data reach: spend before the first outcome, and regions that begin late or end early.

Outside a region's span its outcome is unknown, and so is spend that no source gives: neither is zero.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs import unify
from mmm_helpers.inputs.calendar import period_end, period_range
from mmm_helpers.inputs.grid import Axes, covered
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.reading import Reading
from mmm_helpers.inputs.series import Series

MIN_PERIODS = 26
"""Periods of known outcome under which nothing is estimated."""


def panel_axes(portfolio: Portfolio, market: str, readings: list[Reading], series: dict[str, Series]) -> Axes:
    """The grid: from the outcome's first complete period to its last, and before it what spend is known.

    Spend of the periods before the first outcome, at most as many as spend works in, carries into the first
    weeks; without it those are masked.
    """
    frequency, anchor = portfolio.frequency, portfolio.markets[market].week_start
    dates = _outcome_dates(readings, frequency)
    first, last = dates.min(), dates.max()
    longest = max(c.l_max or portfolio.l_max for c in portfolio.market_channels(market).values())
    regions = unify.outcome_regions(readings)
    main = Axes(period_range(first, last, frequency), regions, frequency, anchor)
    inputs = [s for s in series.values() if s.is_input]
    before = _periods_before(first, longest, frequency)
    known = _known_before(before, inputs, readings, main)
    kept = int(np.argmin([*known[::-1], False]))
    periods = before[len(before) - kept :].append(main.periods)
    return Axes(pd.DatetimeIndex(periods, name="date"), regions, frequency, anchor, before=kept)


def _outcome_dates(readings: list[Reading], frequency: str) -> pd.DatetimeIndex:
    dates = pd.DatetimeIndex([])
    for reading in readings:
        cells = reading.cells[reading.cells["series"] == "outcome"]
        if reading.frequency == "daily" and frequency != "daily" and not cells.empty:
            cells = unify.complete_periods(cells, frequency)
        dates = dates.union(pd.DatetimeIndex(cells["date"].unique()))
    if dates.empty:
        what = f"the outcome covers no complete {frequency} period"
        place = next(r.place for r in readings if "outcome" in r.columns)
        raise InputError(place.problem(what, expected="at least one", mend="supply more rows"))
    return dates


def _periods_before(first: pd.Timestamp, count: int, frequency: str) -> pd.DatetimeIndex:
    step = {"daily": pd.DateOffset(days=1), "weekly": pd.DateOffset(weeks=1)}
    back = step.get(frequency, pd.DateOffset(months=1))
    return period_range(first - count * back, first - back, frequency)


def _known_before(
    before: pd.DatetimeIndex, inputs: list[Series], readings: list[Reading], main: Axes
) -> np.ndarray:
    """(periods,) whether some channel's spend is given in a period before the outcome's first, and all known.

    A channel whose data begin after the outcome's had not started yet; a region that begins later is not asked.
    """
    there = _regions_there(readings, main)
    sources = {s: [r for r in readings if s.name in r.columns] for s in inputs}
    given = [_series_given(s, own, before, there, main) for s, own in sources.items() if own]
    given = [g for g in given if g is not None]
    return np.all(given, axis=0) if given else np.zeros(len(before), bool)


def _regions_there(readings: list[Reading], main: Axes) -> list[str]:
    """Regions with an outcome in the market's first period."""
    cells = pd.concat([r.cells[r.cells["series"] == "outcome"] for r in readings])
    return sorted(cells.loc[cells["date"] == main.periods[0], "region"].unique())


def _series_given(
    one: Series, sources: list[Reading], before: pd.DatetimeIndex, there: list[str], main: Axes
) -> np.ndarray | None:
    """(periods,) where a series is given in all regions that have it by then; None if it had not started."""
    ends = period_end(before, main.frequency)
    sparse = [r for r in sources if r.sparse]
    if sparse:
        not_started = min(r.first for r in sparse) > main.ends[0]
        return None if not_started else covered(sparse, before, ends)
    cells = pd.concat([r.by_series.get(one.name, r.cells.iloc[:0]) for r in sources])
    days = cells.groupby(["date", "region"])["days"].sum().unstack().reindex(columns=there)
    started = days.loc[: main.periods[0]].notna().any()
    asked = days.loc[:, started[started].index].reindex(before)
    whole = asked.ge(((ends - before).days + 1).to_numpy(), axis=0)
    return whole.all(axis=1).to_numpy() if started.any() else None


def span_of(outcome: np.ndarray) -> np.ndarray:
    """(periods, regions): from each region's first known outcome to its last.

    Examples
    --------
    >>> span_of(np.array([[np.nan], [1.0], [np.nan], [2.0], [np.nan]]))[:, 0].tolist()
    [False, True, True, True, False]
    """
    known = ~np.isnan(outcome)
    begun = np.maximum.accumulate(known, axis=0)
    still = np.maximum.accumulate(known[::-1], axis=0)[::-1]
    return begun & still


def too_short(outcome: np.ndarray, market: str, place: str) -> list[Problem]:
    """The problem of a market with too little outcome for any estimate, if it has it.

    Parameters
    ----------
    outcome : (periods, regions), NaN where unknown.
    """
    count = int((~np.isnan(outcome)).any(axis=1).sum())
    if count >= MIN_PERIODS:
        return []
    what = f"only {count} periods have a known outcome, too little for any estimate"
    mend = "add history, or leave the market out of the run"
    return [Problem(what, place, f"at least {MIN_PERIODS}", mend, market)]
