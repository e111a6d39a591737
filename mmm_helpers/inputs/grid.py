"""From cells to a complete grid region × period: what a missing cell means, or that it is refused.

| missing cell of | means |
|---|---|
| spend, activity and counts in a daily export with a channel column, in the file's dates | no delivery: 0 |
| the same in any source, before the channel's first date, if that is later than the outcome's | not started yet: 0 |
| any series in a declared unknown range | unknown: NaN |
| any series outside the region's span, from its first known outcome to its last | unknown: NaN |
| the outcome before the region's first | the region begins later: NaN |
| other delivery metrics | not measured: NaN |
| anything else | a gap: refused |
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mmm_helpers.errors import Problem
from mmm_helpers.inputs.calendar import middle_day, period_end, period_start
from mmm_helpers.inputs.reading import Reading
from mmm_helpers.inputs.series import Series
from mmm_helpers.inputs.spec_sources import Unknown

A_WHOLE_PERIOD = 10_000
"""Days that a value counts for where the source gives whole periods: more than any period has."""


@dataclass(frozen=True)
class Axes:
    """The panel's grid and the calendar behind it; `before` periods of it precede the first outcome."""

    periods: pd.DatetimeIndex
    regions: list[str]
    frequency: str
    week_start: str
    before: int = 0

    @property
    def main(self) -> Axes:
        """The same without the periods before the first outcome."""
        return replace(self, periods=self.periods[self.before :], before=0)

    @property
    def ends(self) -> pd.DatetimeIndex:
        return period_end(self.periods, self.frequency)

    @property
    def days(self) -> np.ndarray:
        """Days in each period."""
        return ((self.ends - self.periods).days + 1).to_numpy()


@dataclass
class Filled:
    """A series on the grid.

    Parameters
    ----------
    values : (periods, regions).
    gaps : (periods, regions), cells that must not be missing and are.
    zeros : number of cells set to zero as periods without delivery.
    late : number of cells set to zero as before the start.
    aside : total of incomplete periods at a region's start, which are not used.
    """

    values: np.ndarray
    gaps: np.ndarray
    zeros: int = 0
    late: int = 0
    aside: float = 0.0


def fill_outcome(series: Series, readings: list[Reading], axes: Axes, *, unknown: np.ndarray) -> Filled:
    """The outcome on the grid; before a region's first complete period it is unknown, later gaps are refused.

    A region that ended is declared unknown from then on: a late export is more likely than a closed region.

    Parameters
    ----------
    readings : those with the outcome; cells by period, with `days`.
    unknown : (periods, regions), declared unknown.
    """
    values, complete = _on_grid(series, readings, axes)
    begun = np.maximum.accumulate(complete, axis=0)
    values[unknown] = np.nan
    aside = float(np.nansum(values[~begun]))
    values[~begun] = np.nan
    never = ~complete.any(axis=0)
    return Filled(values, ~complete & ~unknown & (begun | never), aside=aside)


def fill_series(
    series: Series, readings: list[Reading], axes: Axes, *, unknown: np.ndarray, span: np.ndarray
) -> Filled:
    """One series beside the outcome on the grid, from the readings that give it.

    Parameters
    ----------
    readings : those with this series; cells by period, with `days`.
    unknown : (periods, regions), declared unknown.
    span : (periods, regions), from the region's first known outcome to its last.
    """
    values, complete = _on_grid(series, readings, axes)
    missing = ~complete & ~unknown
    values[unknown] = np.nan
    if series.kind in ("control", "value_per_unit"):
        return Filled(values, missing & span)
    if series.rule == "mean":
        return Filled(values, np.zeros_like(missing))
    sparse = any(r.sparse for r in readings)
    settled = _exported(readings, axes, span)[:, None] if sparse else _before_start(complete, span)
    empty = missing & settled & np.isnan(values)
    values[empty] = 0.0
    gaps = missing & ~settled & span & series.is_input
    count = int(empty.sum())
    return Filled(values, gaps, zeros=count if sparse else 0, late=0 if sparse else count)


def fill_coarse(series: Series, readings: list[Reading], axes: Axes, *, span: np.ndarray) -> Filled:
    """A control coarser than the panel: the value of the (month or week) that holds each period's middle."""
    middle = pd.Series(middle_day(axes.periods, axes.frequency))
    wanted = period_start(middle, readings[0].frequency, axes.week_start)
    cells = pd.concat([r.by_series[series.name] for r in readings])
    table = cells.pivot(index="date", columns="region", values="value")
    values = table.reindex(index=wanted, columns=axes.regions).to_numpy(copy=True)
    return Filled(values, np.isnan(values) & span)


def unknown_mask(entries: list[Unknown], axes: Axes) -> np.ndarray:
    """(periods, regions): where any of the declared unknown ranges touches a period."""
    mask = np.zeros((len(axes.periods), len(axes.regions)), dtype="bool")
    for entry in entries:
        touched = (axes.periods <= pd.Timestamp(entry.end)) & (axes.ends >= pd.Timestamp(entry.start))
        concerned = [entry.region in (None, region) for region in axes.regions]
        mask |= np.outer(touched, concerned)
    return mask


def gap_problems(gaps: dict[Series, np.ndarray], readings: list[Reading], axes: Axes) -> list[Problem]:
    """One problem per file, region and stretch of missing periods, naming every column concerned."""
    grouped: dict[tuple, list[str]] = {}
    for series, mask in gaps.items():
        sources = [r for r in readings if series.name in r.columns]
        for column, region in enumerate(axes.regions):
            missing = axes.periods[mask[:, column]]
            if len(missing):
                key = (id(sources[-1]), region, missing[0], len(missing), series.kind)
                grouped.setdefault(key, []).append(sources[-1].columns[series.name])
    by_id = {id(r): r for r in readings}
    return [_gap(by_id[key[0]], *key[1:], columns, axes) for key, columns in grouped.items()]


def _gap(
    reading: Reading, region: str, first, count: int, kind: str, columns: list[str], axes: Axes
) -> Problem:
    names = ", ".join(f"'{c}'" for c in dict.fromkeys(columns))
    what = f"{names} has no complete data for {_periods(axes.frequency, first, count)}"
    what += f" in region '{region}'" if len(axes.regions) > 1 else ""
    what += f"; the file's rows run from {reading.first.date()} to {reading.last.date()}"
    mends = {
        "outcome": "add the rows, or declare the range under the market's unknown, also where a region ended",
        "control": "add the rows, or remove the control",
        "value_per_unit": "add the rows",
    }
    mend = mends.get(kind, "add the rows (0 where nothing was spent), or declare the range under unknown")
    expected = f"every {_UNIT[axes.frequency]} from {axes.main.periods[0].date()} to {axes.ends[-1].date()}"
    return reading.place.problem(what, expected=expected, mend=mend)


_UNIT = {"daily": "day", "weekly": "week", "monthly": "month"}


def _periods(frequency: str, first: pd.Timestamp, count: int) -> str:
    unit = _UNIT[frequency]
    start = f"the {unit} of {first.date()}"
    return start if count == 1 else f"{count} {unit}s, the first of {first.date()}"


def _on_grid(series: Series, readings: list[Reading], axes: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Values on the grid, and where every day of the period was given."""
    parts = []
    for reading in readings:
        cells = reading.by_series.get(series.name, reading.cells.iloc[:0])
        by_day = reading.frequency == "daily" or series.name in reading.spread
        whole = by_day and axes.frequency != "daily"
        parts.append(cells if whole else cells.assign(days=A_WHOLE_PERIOD))
    cells = pd.concat(parts) if len(parts) > 1 else parts[0]
    if cells.duplicated(["date", "region"]).any():
        cells = _merged(cells, series.rule)
    days = _matrix(cells, "days", 0, axes)
    return _matrix(cells, "value", np.nan, axes), days >= axes.days[:, None]


def _matrix(cells: pd.DataFrame, column: str, empty: float, axes: Axes) -> np.ndarray:
    """One column of long cells as (periods, regions)."""
    grid = np.full((len(axes.periods), len(axes.regions)), empty, dtype="float64")
    row = axes.periods.get_indexer(pd.DatetimeIndex(cells["date"]))
    column_of = pd.Index(axes.regions).get_indexer(pd.Index(cells["region"]))
    grid[row, column_of] = cells[column]
    return grid


def _merged(cells: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Two daily files that meet within a period: their parts added up, means weighted by days."""
    weight = cells["days"] if rule == "mean" else 1
    cells = cells.assign(value=cells["value"] * weight)
    grouped = cells.groupby(["date", "region"], as_index=False)
    if rule == "max":
        return grouped.agg(value=("value", "max"), days=("days", "sum"))
    merged = grouped.agg(value=("value", lambda v: v.sum(skipna=False)), days=("days", "sum"))
    return merged.assign(value=merged["value"] / (merged["days"] if rule == "mean" else 1))


def _exported(readings: list[Reading], axes: Axes, span: np.ndarray) -> np.ndarray:
    """(periods,) that the files cover, and those before them if they begin after the first known outcome."""
    first = min(r.first for r in readings)
    begins = (axes.periods <= first) & (axes.ends >= first)
    later = first > axes.ends[span.any(axis=1).argmax()]
    return covered(readings, axes.periods, axes.ends) | begins | ((axes.ends < first) & later)


def covered(readings: list[Reading], starts: pd.DatetimeIndex, ends: pd.DatetimeIndex) -> np.ndarray:
    """(periods,) of which every day lies in the files' dates."""
    spans = sorted((r.first, r.last) for r in readings)
    joined = [list(spans[0])]
    for first, last in spans[1:]:
        if first <= joined[-1][1] + pd.Timedelta(days=1):
            joined[-1][1] = max(joined[-1][1], last)
        else:
            joined.append([first, last])
    return np.any([(starts >= first) & (ends <= last) for first, last in joined], axis=0)


def _before_start(complete: np.ndarray, span: np.ndarray) -> np.ndarray:
    """Periods before a region's first complete one, if the region's outcome was known before it."""
    started = np.maximum.accumulate(complete, axis=0)
    later = (span & ~started).any(axis=0) & complete.any(axis=0)
    return ~started & later
