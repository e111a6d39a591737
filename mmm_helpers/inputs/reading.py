"""One source as a market sees it: its rows, dates and numbers checked and brought to the panel's series."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.calendar import anchor_problems, period_start
from mmm_helpers.inputs.checks import check_values
from mmm_helpers.inputs.columns import Columns, resolve_columns
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.parse import parse_dates, parse_numbers
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.series import Series
from mmm_helpers.inputs.sources import RawTable, read_raw
from mmm_helpers.inputs.spec_sources import Source

NO_REGION = ""
"""Stands for the region of values that a source gives for the whole market."""


@dataclass
class Step:
    """A transformation for the record: rows and totals before and after."""

    step: str
    rows_in: int
    rows_out: int
    totals_before: dict[str, float]
    totals_after: dict[str, float]


@dataclass
class Reading:
    """A source's values of one market, long, at the source's own frequency.

    Parameters
    ----------
    place : market and file, for messages.
    sha256, rows_read, rows_used : of the file.
    columns : series name in the panel → column of the file.
    frequency : daily, weekly or monthly.
    is_long : whether the file has a channel column.
    sparse : whether days without a row are days without delivery (a daily ad-platform export).
    cells : series, region (`NO_REGION` for the whole market), date, value, row.
    first, last : first and last date among the market's rows.
    steps : what was done so far.
    spread : series whose amounts were spread evenly over the days of the source's coarser periods.
    """

    place: Place
    sha256: str
    rows_read: int
    rows_used: int
    columns: dict[str, str]
    unused: list[str]
    frequency: str
    is_long: bool
    sparse: bool
    cells: pd.DataFrame
    first: pd.Timestamp
    last: pd.Timestamp
    steps: list[Step] = field(default_factory=list)
    spread: tuple[str, ...] = ()

    @cached_property
    def by_series(self) -> dict[str, pd.DataFrame]:
        """The cells of each series."""
        return dict(iter(self.cells.groupby("series", sort=False)))


def totals(cells: pd.DataFrame, additive: set[str]) -> dict[str, float]:
    """Sum of each additive series, for the record of what came in and what went out."""
    kept = cells[cells["series"].isin(additive)]
    sums = kept.groupby("series", observed=True)["value"].sum()
    return {str(name): round(float(value), 6) for name, value in sums.sort_index().items()}


def read_market_source(
    portfolio: Portfolio, market: str, source: Source, *, series: dict[str, Series]
) -> Reading:
    """Read one source for one market.

    Parameters
    ----------
    portfolio, market, source : what to read.
    series : the market's series by canonical column (`market_series`).

    Raises
    ------
    InputError
        Every fault found in the file: columns, market, regions, channels, currency, dates, numbers,
        duplicates, week anchors, negative values.
    """
    place = Place(source.name, market)
    raw = read_raw(source, portfolio.folder, place)
    columns = resolve_columns(portfolio, source, raw.frame, series=series, place=place)
    frame = _of_market(portfolio, market, raw.frame, columns, place)
    _check_currency(frame, columns, portfolio.currency(market), place)
    rows_of_market = len(frame)
    frame = _known_channels(frame, source, columns, place)
    keys = _keys(portfolio, market, frame, source, columns, place)
    cells = _cells(frame, keys, source, columns, series, place)
    reading = _reading(portfolio, source, raw, columns, keys, cells, place)
    additive = {s.name for s in series.values() if s.rule == "sum"}
    sums = totals(cells, additive)
    reading.steps.append(Step("read the market's rows", len(raw.frame), rows_of_market, {}, sums))
    if source.ignore:
        reading.steps.append(Step(f"leave out {listed(source.ignore)}", rows_of_market, len(frame), {}, sums))
    return reading


def _reading(portfolio, source, raw: RawTable, columns: Columns, keys, cells, place: Place) -> Reading:
    frequency = source.frequency or portfolio.frequency
    return Reading(
        place=place,
        sha256=raw.sha256,
        rows_read=len(raw.frame),
        rows_used=len(keys),
        columns=columns.values,
        unused=columns.unused,
        frequency=frequency,
        is_long=source.channel_column is not None,
        sparse=source.channel_column is not None and frequency == "daily",
        cells=cells,
        first=keys["date"].min(),
        last=keys["date"].max(),
    )


def _of_market(portfolio: Portfolio, market: str, frame: pd.DataFrame, columns: Columns, place: Place):
    if columns.market is None:
        if source_is_shared(portfolio, place) and len(portfolio.markets) > 1:
            what = "the shared data file has no market column"
            mend = "add a column market, or name it with market_column"
            raise InputError(place.problem(what, expected="column 'market'", mend=mend))
        return frame
    codes = frame[columns.market].astype("str").str.strip()
    own = frame[codes == market]
    if own.empty:
        expected = f"rows with '{market}' ({did_you_mean(market, codes.unique())})"
        mend = "correct the codes in the file or in the portfolio file"
        problem = place.problem("the market has no rows", column=columns.market, expected=expected, mend=mend)
        raise InputError(problem)
    return own


def source_is_shared(portfolio: Portfolio, place: Place) -> bool:
    """Whether this file is the portfolio's `data`, which all markets read."""
    return portfolio.data is not None and portfolio.data.name == place.file


def _check_currency(frame: pd.DataFrame, columns: Columns, currency: str, place: Place) -> None:
    if columns.currency is None:
        return
    given = frame[columns.currency].astype("str").str.strip()
    wrong = given[given != currency]
    if wrong.empty:
        return
    mixed = given.nunique() > 1
    what = f"currencies are mixed: {listed(given.unique())}" if mixed else f"the currency is {wrong.iloc[0]}"
    mend = f"convert the rows to {currency}, or correct the market's currency in the portfolio file"
    raise InputError(
        place.problem(
            what, row=wrong.index[0], column=columns.currency, expected=f"only {currency}", mend=mend
        )
    )


def _known_channels(frame: pd.DataFrame, source: Source, columns: Columns, place: Place) -> pd.DataFrame:
    """Rows of declared channels; those of `ignore` are left out, others are refused."""
    if source.channel_column is None:
        return frame
    values = frame[source.channel_column].astype("str").str.strip()
    declared = [v for names in source.channels.values() for v in names]
    strange = values[~values.isin([*declared, *source.ignore])]
    if strange.empty:
        return frame[~values.isin(source.ignore)]
    problems = []
    for value, rows in strange.groupby(strange).groups.items():
        expected = f"one of {listed(declared)} ({did_you_mean(value, declared)})"
        mend = "add it to the source's channels, or to ignore"
        what = f"'{value}' is no declared channel"
        problems.append(
            place.problem(what, row=rows[0], column=source.channel_column, expected=expected, mend=mend)
        )
    raise InputError(*problems)


def _keys(portfolio, market, frame, source: Source, columns: Columns, place: Place) -> pd.DataFrame:
    """Region, date and channel value of each row, checked."""
    date, problems = parse_dates(frame[columns.date], columns.date_spec, place)
    keys = pd.DataFrame({"date": date, "region": NO_REGION}, index=frame.index)
    if columns.region is not None:
        keys["region"], more = _regions(frame[columns.region], source, place)
        problems += more
    keys["channel"] = frame[source.channel_column].astype("str").str.strip() if source.channel_column else ""
    if problems:
        raise InputError(*problems)
    frequency = source.frequency or portfolio.frequency
    if frequency == "weekly":
        anchor = portfolio.markets[market].week_start
        declared = source.week_start or anchor
        problems += anchor_problems(keys["date"], declared=declared, market_anchor=anchor, place=place)
    keys["date"] = keys["date"] if frequency == "weekly" else period_start(keys["date"], frequency)
    problems += _duplicates(keys, place)
    if problems:
        raise InputError(*problems)
    return keys


def _regions(values: pd.Series, source: Source, place: Place) -> tuple[pd.Series, list[Problem]]:
    """Canonical region names; an undeclared or blank name is a problem."""
    names = values.astype("str").str.strip()
    if source.regions:
        to_canonical = {v: k for k, v in source.regions.items()}
        strange = names[~names.isin(list(to_canonical))]
        names = names.map(to_canonical).fillna(NO_REGION)
    else:
        to_canonical, strange = {}, names[names == ""]
    problems = []
    for value, rows in strange.groupby(strange).groups.items():
        expected = (
            f"one of {listed(to_canonical)} ({did_you_mean(value, to_canonical)})"
            if to_canonical
            else "a name"
        )
        problems.append(
            place.problem(
                f"'{value}' is no declared region",
                row=rows[0],
                column=str(values.name),
                expected=expected,
                mend="correct the cell, or declare it under the source's regions",
            )
        )
    return names.astype("str"), problems


def _duplicates(keys: pd.DataFrame, place: Place) -> list[Problem]:
    again = keys[keys.duplicated(["region", "date", "channel"])]
    if again.empty:
        return []
    key = again.iloc[0]
    same = keys[(keys[["region", "date", "channel"]] == key[["region", "date", "channel"]]).all(axis=1)]
    parts = [str(key["date"].date()), *(p for p in (key["region"], key["channel"]) if p)]
    more = f" (and {len(again) - 1} more such rows)" if len(again) > 1 else ""
    what = f"rows {same.index[0]} and {same.index[1]} both give {', '.join(parts)}{more}"
    expected = "each date, region and channel once in a file"
    return [
        place.problem(what, row=same.index[1], expected=expected, mend="remove or add up the repeated rows")
    ]


def _cells(frame, keys, source: Source, columns: Columns, series, place: Place) -> pd.DataFrame:
    """The numbers, long: one row per series, region and date."""
    numbers, problems = {}, []
    for use in {u.file_column: u for u in columns.uses}.values():
        numbers[use.file_column], bad = parse_numbers(frame[use.file_column], source.read, place)
        problems += bad or check_values(numbers[use.file_column], series=use.series, place=place)
    if problems:
        raise InputError(*problems)
    parts = []
    for use in columns.uses:
        own = slice(None) if use.values is None else keys["channel"].isin(use.values)
        part = keys.loc[own, ["region", "date"]].assign(series=use.series.name)
        parts.append(part.assign(value=numbers[use.file_column][part.index], row=part.index))
    cells = pd.concat(parts, ignore_index=True)
    if source.channel_column is not None and any(len(v) > 1 for v in source.channels.values()):
        cells = _joined(cells, series)
    return cells[["series", "region", "date", "value", "row"]]


def _joined(cells: pd.DataFrame, series: dict[str, Series]) -> pd.DataFrame:
    """Several channel values of the file that are one channel: counts added up, averages averaged."""
    averaged = cells["series"].isin([s.name for s in series.values() if s.rule == "mean"])
    key = ["series", "region", "date"]
    parts = [
        part.groupby(key, sort=False, as_index=False).agg(value=("value", how), row=("row", "first"))
        for part, how in ((cells[~averaged], "sum"), (cells[averaged], "mean"))
    ]
    return pd.concat(parts, ignore_index=True)
