"""Bringing what the sources gave to one footing: the market's regions, and the panel's periods.

Each function takes `Reading`s, returns them with other `cells`, and writes what it did into their steps.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.calendar import is_coarser, period_end, period_start
from mmm_helpers.inputs.grid import A_WHOLE_PERIOD
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.reading import NO_REGION, Reading, Step, totals
from mmm_helpers.inputs.series import Series
from mmm_helpers.inputs.spec_sources import Unknown

ALL = "all"
"""Name of the one region of a market whose data have no regions."""


def outcome_regions(readings: list[Reading]) -> list[str]:
    """The market's regions: those of its outcome, in alphabetical order; `all` if it has none.

    Raises
    ------
    InputError : a region called `all` beside others, the name that tables give to the whole market.
    """
    names = {r for reading in readings for r in _of(reading, "outcome")["region"].unique()}
    if ALL in names and len(names) > 1:
        expected = f"regions by their names ({listed(sorted(names - {ALL}))})"
        what = f"a region is called '{ALL}', the name of the market as a whole"
        raise InputError(Problem(what, "the outcome's regions", expected, "leave totals out, or rename it"))
    return [ALL] if names == {NO_REGION} else sorted(names)


def mark_unknown(
    reading: Reading, unknown: list[Unknown], series: dict[str, Series], *, additive: set[str]
) -> Reading:
    """Values in declared unknown ranges become NaN, whatever the file says there."""
    hidden = _declared(reading, unknown, series)
    if not hidden.any():
        return reading
    after = reading.cells.assign(value=reading.cells["value"].mask(hidden))
    return _changed(reading, after, "set declared unknown values to missing", additive)


def blank_problems(reading: Reading, unknown: list[Unknown], series: dict[str, Series]) -> list[Problem]:
    """Blank cells of outcome, spend, activity and controls that were not declared unknown."""
    by_name = {s.name: s for s in series.values()}
    blank = reading.cells[reading.cells["value"].isna() & ~_declared(reading, unknown, series)]
    groups = blank.groupby("series", sort=False)
    return [_blank_problem(reading, by_name[n], rows) for n, rows in groups if by_name[n].kind != "metric"]


def _declared(reading: Reading, unknown: list[Unknown], series: dict[str, Series]) -> pd.Series:
    """Whether each cell touches a declared unknown range of its series and region."""
    cells = reading.cells
    ends = period_end(pd.DatetimeIndex(cells["date"]), reading.frequency)
    declared = pd.Series(False, index=cells.index)
    for entry in unknown:
        inside = (cells["date"] <= pd.Timestamp(entry.end)) & (ends >= pd.Timestamp(entry.start))
        inside &= cells["series"] == series[entry.column].name
        declared |= inside & ((cells["region"] == entry.region) if entry.region else True)
    return declared


def _blank_problem(reading: Reading, series: Series, rows: pd.DataFrame) -> Problem:
    first, more = rows.iloc[0], f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
    what = f"{series.column} is blank for {first['date'].date()}{more}"
    column = reading.columns[series.name]
    mends = {
        "outcome": "fill it in, or declare the range under the market's unknown",
        "control": "fill it in, or remove the control",
        "value_per_unit": "fill it in",
    }
    mend = mends.get(
        series.kind, "write 0 if nothing was spent, or declare the range under the market's unknown"
    )
    return reading.place.problem(what, row=first["row"], column=column, expected="a number", mend=mend)


def region_problems(reading: Reading, regions: list[str], series: dict[str, Series]) -> list[Problem]:
    """Regions that the outcome does not have, and values without region that cannot be given one."""
    named = reading.cells[reading.cells["region"] != NO_REGION]
    strange = named[~named["region"].isin(regions)].drop_duplicates("region")
    problems = [_strange_region(reading, row, regions) for row in strange.to_dict("records")]
    if len(regions) == 1:
        return problems
    by_name = {s.name: s for s in series.values()}
    bare = reading.cells.loc[reading.cells["region"] == NO_REGION, "series"].unique()
    stuck = [by_name[n].column for n in bare if not (by_name[n].shared_by_regions or by_name[n].national)]
    if stuck:
        what = f"{listed(stuck)} come without region, but the market has {len(regions)} regions"
        mend = "name the region column, or mark the channel level: national"
        expected = "a region for each row (only controls and national channels may lack one)"
        problems.append(reading.place.problem(what, expected=expected, mend=mend))
    return problems


def _strange_region(reading: Reading, row: dict, regions: list[str]) -> Problem:
    what = f"region '{row['region']}' is not among the regions of the outcome"
    expected = f"one of {listed(regions)} ({did_you_mean(row['region'], regions)})"
    mend = "correct the name, or translate it with the source's regions: {region: name in file}"
    return reading.place.problem(what, row=row["row"], expected=expected, mend=mend)


def give_regions(
    reading: Reading, shares: pd.Series, series: dict[str, Series], *, additive: set[str], by: str
) -> Reading:
    """Values of the whole market brought to its regions: shared series copied, sums split by `shares`.

    Parameters
    ----------
    shares : region → share, adding to one.
    by : what the shares are ("population", "outcome"), for the record.
    """
    cells = reading.cells
    bare = cells["region"] == NO_REGION
    if not bare.any():
        return reading
    copied = {s.name for s in series.values() if s.shared_by_regions}
    split = (
        cells[bare]
        .drop(columns="region")
        .merge(shares.rename("share").rename_axis("region").reset_index(), how="cross")
    )
    split["value"] = split["value"].where(split["series"].isin(copied), split["value"] * split["share"])
    after = pd.concat([cells[~bare], split[cells.columns]], ignore_index=True)
    return _changed(reading, after, f"bring values of the whole market to its regions (by {by})", additive)


def to_periods(
    reading: Reading, frequency: str, week_start: str, series: dict[str, Series], *, additive: set[str]
) -> Reading:
    """Values summed, averaged or maximised over the panel's periods; adds the column `days` (dates counted).

    Of a source coarser than the panel, amounts are spread evenly over its periods' days first; controls are
    left as they are (see `fill_coarse`).
    """
    if is_coarser(reading.frequency, frequency):
        return _spread(reading, frequency, week_start, series, additive=additive)
    cells = reading.cells
    if reading.frequency == frequency:
        return replace(reading, cells=cells.assign(days=A_WHOLE_PERIOD))
    rules = {s.name: s.rule for s in series.values()}
    cells = cells.assign(period=period_start(cells["date"], frequency, week_start))
    parts = [_aggregate(part, rule) for rule, part in cells.groupby(cells["series"].map(rules), sort=True)]
    after = pd.concat(parts, ignore_index=True).rename(columns={"period": "date"})
    weeks = f", weeks beginning on {week_start}" if frequency == "weekly" else ""
    return _changed(reading, after, f"{reading.frequency} to {frequency}{weeks}", additive)


def _spread(
    reading: Reading, frequency: str, week_start: str, series: dict[str, Series], *, additive: set[str]
) -> Reading:
    """A coarser source's amounts spread evenly over its periods' days, then brought to the panel's periods."""
    held = reading.cells["series"].isin([s.name for s in series.values() if s.is_held])
    rest = reading.cells[~held]
    if rest.empty:
        return replace(reading, cells=reading.cells.assign(days=1))
    daily = replace(reading, cells=_by_day(rest, reading.frequency, additive), frequency="daily")
    if frequency != "daily":
        daily = to_periods(daily, frequency, week_start, series, additive=additive)
    spread = daily.cells if "days" in daily.cells else daily.cells.assign(days=1)
    cells = pd.concat([reading.cells[held].assign(days=1), spread])
    names = tuple(rest["series"].unique())
    unit = {"monthly": "month", "weekly": "week"}[reading.frequency]
    step = f"spread amounts evenly over the days of each {unit} (an assumption), then {frequency}"
    return replace(_changed(reading, cells.reset_index(drop=True), step, additive), spread=names)


def _by_day(cells: pd.DataFrame, frequency: str, additive: set[str]) -> pd.DataFrame:
    """One row per day of each period: amounts divided by its days, averages copied."""
    starts = pd.DatetimeIndex(cells["date"])
    days = ((period_end(starts, frequency) - starts).days + 1).to_numpy()
    shared = cells["value"] / days
    each = cells.assign(value=shared.where(cells["series"].isin(additive), cells["value"]))
    each = each.loc[each.index.repeat(days)]
    offset = each.groupby(level=0).cumcount()
    return each.assign(date=each["date"] + pd.to_timedelta(offset, unit="D")).reset_index(drop=True)


def _aggregate(cells: pd.DataFrame, rule: str) -> pd.DataFrame:
    """One rule's cells by period; an unknown day makes a sum unknown, but not a mean."""
    grouped = cells.groupby(["series", "region", "period"], sort=False, observed=True)
    result = grouped.agg(
        value=("value", {"sum": "sum", "mean": "mean", "max": "max"}[rule]),
        known=("value", "count"),
        days=("date", "size"),
        row=("row", "first"),
    ).reset_index()
    if rule == "sum":
        result["value"] = result["value"].where(result["known"] == result["days"])
    return result.drop(columns="known")


def frequency_problems(reading: Reading, frequency: str, series: dict[str, Series]) -> list[Problem]:
    """Series that cannot be brought to the panel's periods without inventing or re-cutting values."""
    if reading.frequency == frequency or (reading.frequency == "daily" and frequency != "daily"):
        return []
    by_name = {s.name: s for s in series.values()}
    names = reading.cells["series"].unique()
    coarser = is_coarser(reading.frequency, frequency)
    wrong = [by_name[n].column for n in names if not coarser or by_name[n].kind == "outcome"]
    if not wrong:
        return []
    what = f"{listed(wrong)} are {reading.frequency}, the panel is {frequency}"
    expected = f"{frequency} or daily values"
    mend = "supply finer data, or correct the source's frequency"
    if coarser:
        expected += " (an outcome spread over days would show a response that nobody saw)"
        mend = f"supply a {frequency} outcome, or set the portfolio's frequency to {reading.frequency}"
    return [reading.place.problem(what, expected=expected, mend=mend)]


def keep_dates(
    reading: Reading, first: pd.Timestamp, last: pd.Timestamp, *, additive: set[str], held: set[str]
) -> Reading:
    """Only periods of the panel; what lies outside is written down with its totals.

    Parameters
    ----------
    held : series that are kept whole, as they are looked up by coarser dates.
    """
    inside = reading.cells["date"].between(first, last) | reading.cells["series"].isin(held)
    if inside.all():
        return reading
    what = f"keep the outcome's periods {first.date()} to {last.date()}"
    return _changed(reading, reading.cells[inside], what, additive)


def duplicate_problems(readings: list[Reading]) -> list[Problem]:
    """Two sources that give the same cell, found before and after periods were formed."""
    key = ["series", "region", "date"]
    cells = pd.concat([r.cells.assign(source=i) for i, r in enumerate(readings)], ignore_index=True)
    again = cells[cells.duplicated(key, keep=False)].drop_duplicates([*key, "source"])
    again = again[again.duplicated(key, keep=False)]
    problems = []
    for name, rows in again.groupby("series", sort=True):
        pair = rows[rows["date"] == rows["date"].iloc[0]]
        pair = pair[pair["region"] == pair["region"].iloc[0]].iloc[:2]
        one, two = (readings[s] for s in pair["source"])
        what = f"{one.place.file} and {two.place.file} both give {name} for {rows['date'].iloc[0].date()}"
        mend = "keep the column in one of the two sources"
        row = pair["row"].iloc[1]
        column = two.columns[name]
        problems.append(two.place.problem(what, row=row, column=column, expected="each cell once", mend=mend))
    return problems


def mixed_frequency_problems(readings: list[Reading], frequency: str) -> list[Problem]:
    """Series given for the same periods at two frequencies, or by files of which only some are coarse."""
    daily = [r for r in readings if r.frequency == "daily"]
    problems = [
        p for r in readings if r.frequency != "daily" for d in daily for p in duplicate_problems([r, d])
    ]
    for coarse in (r for r in readings if is_coarser(r.frequency, frequency)):
        for other in (r for r in readings if r.frequency != coarse.frequency):
            both = sorted(set(coarse.columns) & set(other.columns))
            if both:
                what = (
                    f"{listed(both)} come {coarse.frequency} here and {other.frequency} in {other.place.file}"
                )
                mend = "give the series by one frequency"
                problems.append(coarse.place.problem(what, expected="one frequency for a series", mend=mend))
    return problems


def complete_periods(cells: pd.DataFrame, frequency: str) -> pd.DataFrame:
    """Cells without the incomplete first and last period of each region."""
    starts = pd.DatetimeIndex(cells["date"])
    short = cells["days"].to_numpy() < (period_end(starts, frequency) - starts).days.to_numpy() + 1
    by_region = cells.groupby("region")["date"]
    edge = (cells["date"] == by_region.transform("min")) | (cells["date"] == by_region.transform("max"))
    return cells[~(edge & short)]


def raise_all(problems: list[Problem]) -> None:
    """Raise every problem at once, each of them once."""
    if problems:
        raise InputError(*dict.fromkeys(problems))


def _of(reading: Reading, name: str) -> pd.DataFrame:
    return reading.cells[reading.cells["series"] == name]


def _changed(reading: Reading, cells: pd.DataFrame, step: str, additive: set[str]) -> Reading:
    record = Step(
        step, len(reading.cells), len(cells), totals(reading.cells, additive), totals(cells, additive)
    )
    return replace(reading, cells=cells, steps=[*reading.steps, record])
