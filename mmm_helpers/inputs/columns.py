"""Which column of a file is which series: renamed by the source, or present under its canonical name."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.nearest import did_you_mean
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.series import Series
from mmm_helpers.inputs.spec_sources import DateColumn, Source


@dataclass(frozen=True)
class Use:
    """A series, the file's column that holds it, and the channel values of its rows (None: all rows)."""

    series: Series
    file_column: str
    values: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Columns:
    """The columns of one file by their role; None where the file has none."""

    date: str
    date_spec: DateColumn
    market: str | None
    region: str | None
    currency: str | None
    uses: list[Use]
    unused: list[str]

    @property
    def values(self) -> dict[str, str]:
        """Series name → file column."""
        return {use.series.name: use.file_column for use in self.uses}


def resolve_columns(
    portfolio: Portfolio, source: Source, frame: pd.DataFrame, *, series: dict[str, Series], place: Place
) -> Columns:
    """Find every column that a source is declared to have.

    Raises
    ------
    InputError
        A declared column is not in the file (the nearest present one is named), or no column is used.
    """
    finder = _Finder(list(frame.columns), place)
    date_spec = source.date or DateColumn(column=source.columns.get("date", "date"))
    date = finder.require(date_spec.column, "date")
    market = finder.optional(source.market_column or source.columns.get("market"), "market")
    region = finder.optional(source.region or source.columns.get("region"), "region")
    currency = finder.optional(source.currency_column, None)
    uses = _long(source, finder, series) if source.channel_column else []
    uses += _wide(source, finder, series, taken={u.series.name for u in uses})
    if finder.problems:
        raise InputError(*finder.problems)
    if not uses:
        raise InputError(_nothing_used(portfolio, finder, place))
    known = {date, market, region, currency, source.channel_column, *(u.file_column for u in uses)}
    unused = [c for c in frame.columns if c not in known]
    return Columns(date, date_spec, market, region, currency, uses, unused)


@dataclass
class _Finder:
    """Looks columns up in a file's header and collects what is missing."""

    present: list[str]
    place: Place

    def __post_init__(self) -> None:
        self.problems: list[Problem] = []

    def require(self, column: str, purpose: str) -> str:
        if column not in self.present:
            near = did_you_mean(column, self.present)
            self.problems.append(
                self.place.problem(
                    f"column '{column}' ({purpose}) is missing",
                    row="of the header",
                    expected=f"'{column}' among the columns ({near})",
                    mend="correct the column's name in the source, or the file",
                )
            )
        return column

    def optional(self, declared: str | None, canonical: str | None) -> str | None:
        """A declared column must be there; the canonical name is taken if it happens to be."""
        if declared is not None:
            return self.require(declared, canonical or "currency")
        return canonical if canonical in self.present else None


def _long(source: Source, finder: _Finder, series: dict[str, Series]) -> list[Use]:
    """Series of a long file: each declared measure of each declared channel."""
    finder.require(source.channel_column, "channel_column")
    for measure, column in source.metrics.items():
        finder.require(column, measure)
    by_name = {s.name: s for s in series.values()}
    uses = []
    for channel, values in source.channels.items():
        for measure, column in source.metrics.items():
            found = by_name.get(f"{measure}_{channel}")
            if found is not None:
                uses.append(Use(found, column, tuple(values)))
    return uses


def _wide(source: Source, finder: _Finder, series: dict[str, Series], *, taken: set[str]) -> list[Use]:
    """Series of a wide file: columns renamed by the source, or present under their canonical name."""
    uses = []
    for column, found in series.items():
        declared = source.columns.get(column)
        name = finder.optional(declared, None if source.channel_column else column)
        if name is not None and found.name not in taken:
            uses.append(Use(found, name))
    return uses


def _nothing_used(portfolio: Portfolio, finder: _Finder, place: Place) -> Problem:
    outcome = portfolio.outcome.column
    near = did_you_mean(outcome, finder.present)
    return place.problem(
        "no column of this file is one of the portfolio's",
        row="of the header",
        expected=f"'{outcome}' or another canonical column ({near})",
        mend="name the columns with columns: {canonical: file column}",
    )
