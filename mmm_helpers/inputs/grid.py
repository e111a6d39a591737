"""From cells to a complete grid region × period: what a missing cell means, or that it is refused.

| missing cell of | means |
|---|---|
| spend, activity and counts in a daily export with a channel column, in the file's dates | no delivery: 0 |
| the same in any source, before the channel's first date | not started yet: 0 |
| any series in a declared unknown range | unknown: NaN |
| other delivery metrics | not measured: NaN |
| anything else | a gap: refused |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.errors import Problem
from mmm_helpers.inputs.calendar import middle_day, period_end, period_start
from mmm_helpers.inputs.reading import Reading
from mmm_helpers.inputs.series import Series


@dataclass(frozen=True)
class Axes:
    """The panel's grid and the calendar behind it."""

    periods: pd.DatetimeIndex
    regions: list[str]
    frequency: str
    week_start: str

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
    zeros : number of cells set to zero as days or weeks without delivery.
    late : number of cells set to zero as before the start.
    """

    values: pd.DataFrame
    gaps: pd.DataFrame
    zeros: int = 0
    late: int = 0


def fill_series(series: Series, readings: list[Reading], axes: Axes, *, unknown: pd.DataFrame) -> Filled:
    """One series on the grid, from the readings that give it.

    Parameters
    ----------
    readings : those with this series; cells by period, with `days`.
    unknown : (periods, regions), declared unknown.
    """
    values, complete = _on_grid(series, readings, axes)
    missing = ~complete & ~unknown
    values = values.mask(unknown)
    if series.kind in ("outcome", "control", "value_per_unit"):
        return Filled(values, missing)
    sparse = any(r.sparse for r in readings)
    settled = _covered(readings, axes) if sparse else _before_start(complete)
    if series.rule == "mean":
        return Filled(values, missing & False)
    zero = missing & settled
    gaps = missing & ~settled if series.is_input else missing & False
    filled = values.mask(zero, values.fillna(0.0))
    empty = int((zero & values.isna()).to_numpy().sum())
    return Filled(filled, gaps, zeros=empty if sparse else 0, late=0 if sparse else empty)


def fill_coarse(series: Series, reading: Reading, axes: Axes) -> Filled:
    """A control that is coarser than the panel: the value of the period that holds each period's middle."""
    middle = pd.Series(middle_day(axes.periods, axes.frequency), index=axes.periods)
    wanted = period_start(middle, reading.frequency, axes.week_start)
    cells = reading.cells[reading.cells["series"] == series.name]
    table = cells.pivot(index="date", columns="region", values="value").reindex(columns=axes.regions)
    values = table.reindex(wanted).set_axis(axes.periods, axis=0)
    return Filled(values, values.isna())


def unknown_mask(entries: list, axes: Axes) -> pd.DataFrame:
    """(periods, regions): where any of the declared unknown ranges touches a period."""
    mask = pd.DataFrame(False, index=axes.periods, columns=axes.regions)
    for entry in entries:
        touched = (axes.periods <= pd.Timestamp(entry.end)) & (axes.ends >= pd.Timestamp(entry.start))
        mask.loc[touched, [entry.region] if entry.region else axes.regions] = True
    return mask


def gap_problems(gaps: dict[Series, pd.DataFrame], readings: list[Reading], axes: Axes) -> list[Problem]:
    """One problem per file, region and stretch of missing periods, naming every column concerned."""
    grouped: dict[tuple, list[str]] = {}
    for series, mask in gaps.items():
        sources = [r for r in readings if series.name in r.columns]
        for region in axes.regions:
            missing = mask.index[mask[region]]
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
        "outcome": "add the rows, or declare the range under the market's unknown",
        "control": "add the rows, or remove the control",
        "value_per_unit": "add the rows",
    }
    mend = mends.get(kind, "add the rows (0 where nothing was spent), or declare the range under unknown")
    expected = f"every {_UNIT[axes.frequency]} from {axes.periods[0].date()} to {axes.ends[-1].date()}"
    return reading.place.problem(what, expected=expected, mend=mend)


_UNIT = {"daily": "day", "weekly": "week", "monthly": "month"}


def _periods(frequency: str, first: pd.Timestamp, count: int) -> str:
    unit = _UNIT[frequency]
    start = f"the {unit} of {first.date()}"
    return start if count == 1 else f"{count} {unit}s, the first of {first.date()}"


def _on_grid(series: Series, readings: list[Reading], axes: Axes) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Values on the grid, and where every day of the period was given."""
    parts = []
    for reading in readings:
        cells = reading.cells[reading.cells["series"] == series.name]
        whole = reading.frequency == "daily" and axes.frequency != "daily"
        parts.append(cells.assign(days=cells["days"] if whole else 10_000))
    cells = pd.concat(parts)
    if cells.duplicated(["date", "region"]).any():
        cells = _merged(cells, series.rule)
    values = cells.pivot(index="date", columns="region", values="value")
    days = cells.pivot(index="date", columns="region", values="days")
    values = values.reindex(index=axes.periods, columns=axes.regions)
    days = days.reindex(index=axes.periods, columns=axes.regions).fillna(0)
    return values, days.ge(axes.days, axis=0)


def _merged(cells: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Two daily files that meet within a period: their parts added up, means weighted by days."""
    weight = cells["days"] if rule == "mean" else 1
    cells = cells.assign(value=cells["value"] * weight)
    grouped = cells.groupby(["date", "region"], as_index=False)
    if rule == "max":
        return grouped.agg(value=("value", "max"), days=("days", "sum"))
    merged = grouped.agg(value=("value", lambda v: v.sum(skipna=False)), days=("days", "sum"))
    return merged.assign(value=merged["value"] / (merged["days"] if rule == "mean" else 1))


def _covered(readings: list[Reading], axes: Axes) -> pd.DataFrame:
    """Periods of which every day lies in some file's dates, or before the first of them."""
    days = pd.date_range(axes.periods[0], axes.ends[-1], freq="D")
    inside = days < min(r.first for r in readings)
    for reading in readings:
        inside |= (days >= reading.first) & (days <= reading.last)
    starts = period_start(pd.Series(days), axes.frequency, axes.week_start).to_numpy()
    whole = pd.Series(inside).groupby(starts).all().reindex(axes.periods, fill_value=False)
    return pd.DataFrame(dict.fromkeys(axes.regions, whole), index=axes.periods)


def _before_start(complete: pd.DataFrame) -> pd.DataFrame:
    """Periods before a region's first complete one; none for a region without any."""
    started = complete.cummax()
    return ~started & complete.any()
