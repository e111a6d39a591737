"""The lift tests file row by row: names, dates and numbers, and what is wrong with a row by itself."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.parse import is_blank, parse_dates, parse_numbers
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.spec_sources import DateColumn, Read

DESIGNS = ("go_dark", "scale", "roas")
"""Spend held back in some regions; spend added in some regions; people held out, the return of all the spend."""
REQUIRED = ("experiment", "market", "region", "channel", "design", "start", "end", "spend_change")
OUTCOME = ("outcome_change", "outcome_low", "outcome_high")
COLUMNS = (*REQUIRED, *OUTCOME, "explanation")
ALL = "all"
"""What a region cell may say instead of the names of all regions."""

Fault = tuple[str, str, str, str]
"""Column, what is wrong, what was expected, how to mend it."""


@dataclass(frozen=True)
class LiftTest:
    """One row of the file.

    Parameters
    ----------
    row : as an editor counts it.
    start, end : first day of the first period; first or last day of the last one.
    spend_change, outcome_change, outcome_low, outcome_high : totals of the test, signed, in market currency (the
        outcome in its own unit); the outcome's are NaN where it is left to be measured.
    explanation : why the result may contradict what other weeks show; "" if none.
    """

    row: int
    experiment: str
    regions: tuple[str, ...]
    channel: str
    design: str
    start: pd.Timestamp
    end: pd.Timestamp
    spend_change: float
    outcome_change: float
    outcome_low: float
    outcome_high: float
    explanation: str

    @property
    def is_stated(self) -> bool:
        """Whether the file gives the result; else it is measured from the panel."""
        return not math.isnan(self.outcome_change)

    def plain(self) -> dict[str, Any]:
        """The test as JSON; a result or an explanation that is not given is left out."""
        stated = {name: getattr(self, name) for name in OUTCOME} if self.is_stated else {}
        why = {"explanation": self.explanation} if self.explanation else {}
        return {
            "experiment": self.experiment,
            "region": "|".join(self.regions),
            "channel": self.channel,
            "design": self.design,
            "start": str(self.start.date()),
            "end": str(self.end.date()),
            "spend_change": self.spend_change,
            **stated,
            **why,
        }


def read_rows(
    raw: pd.DataFrame, portfolio: Portfolio, market: str, regions: list[str], place: Place
) -> list[LiftTest]:
    """A market's rows of the file as tests, in the file's order.

    Parameters
    ----------
    raw : cells as text, indexed by the file's rows.
    regions : of the market's outcome.

    Raises
    ------
    InputError
        All problems found at the first stage that finds any: columns; markets; names; dates and numbers; results.
    """
    raise_any(_column_problems(raw, place))
    raise_any(_market_problems(raw, portfolio, place))
    own = raw[raw["market"].str.strip() == market]
    if own.empty:
        return []
    own = own.reindex(columns=list(COLUMNS), fill_value="").apply(lambda text: text.str.strip())
    raise_any(_name_problems(own, portfolio, regions, place))
    tests = _tests(own, regions, place)
    faults = [(test, _spend_fault(test) or _outcome_fault(test)) for test in tests]
    raise_any(fault_problems(faults, place))
    return tests


def raise_any(problems: list[Problem]) -> None:
    """Raise all problems at once."""
    if problems:
        raise InputError(*problems)


def fault_problems(faults: Iterable[tuple[LiftTest, Fault | None]], place: Place) -> list[Problem]:
    """The faults of tests with the row where they stand; None is no fault."""
    return [
        place.problem(what, row=test.row, column=column, expected=expected, mend=mend)
        for test, (column, what, expected, mend) in ((t, fault) for t, fault in faults if fault is not None)
    ]


def _column_problems(raw: pd.DataFrame, place: Place) -> list[Problem]:
    problems = []
    for name in (c for c in REQUIRED if c not in raw.columns):
        expected = f"'{name}' among the columns ({did_you_mean(name, raw.columns)})"
        what, mend = f"column '{name}' is missing", "rename or add the column"
        problems.append(place.problem(what, expected=expected, mend=mend))
    for name in (c for c in raw.columns if c not in COLUMNS):
        expected = f"one of {listed(COLUMNS, limit=12)} ({did_you_mean(name, COLUMNS)})"
        what, mend = f"column '{name}' is unknown", "rename or remove the column"
        problems.append(place.problem(what, expected=expected, mend=mend))
    return problems


def _market_problems(raw: pd.DataFrame, portfolio: Portfolio, place: Place) -> list[Problem]:
    codes = raw["market"].str.strip()
    strange = codes[~codes.isin(list(portfolio.markets))]
    return [_unknown(place, row, "market", code, portfolio.markets) for row, code in strange.items()]


def _unknown(place: Place, row: int, column: str, name: str, known: Iterable[str]) -> Problem:
    """A name that is none of the known ones; the nearest is named."""
    expected = f"one of {listed(known)} ({did_you_mean(name, known)})"
    what = f"{column} '{name}' is unknown" if name else f"{column} is blank"
    mend = f"{'correct the name' if name else 'fill it in'}, or remove the row"
    return place.problem(what, row=row, column=column, expected=expected, mend=mend)


def _name_problems(
    own: pd.DataFrame, portfolio: Portfolio, regions: list[str], place: Place
) -> list[Problem]:
    paid = [code for code, channel in portfolio.channels.items() if channel.paid]
    problems = _experiment_problems(own["experiment"], place)
    for column, known in (("channel", paid), ("design", DESIGNS)):
        strange = own.loc[~own[column].isin(known), column]
        problems += [_unknown(place, row, column, name, known) for row, name in strange.items()]
    for row, cell in own["region"].items():
        problems += _region_problems(place, row, _split(cell), regions)
    return problems


def _experiment_problems(names: pd.Series, place: Place) -> list[Problem]:
    expected, problems = "a name for each experiment of a market", []
    for row, name in names[(names == "") | names.duplicated()].items():
        what = f"experiment '{name}' stands twice" if name else "the experiment has no name"
        mend = "rename or remove one of the two rows" if name else "give it a name"
        problems.append(place.problem(what, row=row, column="experiment", expected=expected, mend=mend))
    return problems


def _split(cell: str) -> list[str]:
    return [name.strip() for name in cell.split("|") if name.strip()]


def _region_problems(place: Place, row: int, names: list[str], regions: list[str]) -> list[Problem]:
    if names == [ALL]:
        return []
    where = {"row": row, "column": "region"}
    if not names:
        expected = f"some of {listed(regions)}, with | between them, or {ALL}"
        return [place.problem("the test names no region", **where, expected=expected, mend="fill it in")]
    problems = [_unknown(place, row, "region", name, regions) for name in names if name not in regions]
    for name in sorted({n for n in names if n in regions and names.count(n) > 1}):
        what, mend = f"region '{name}' stands twice in one test", "remove one of the two"
        problems.append(place.problem(what, **where, expected="each region once", mend=mend))
    return problems


def _tests(own: pd.DataFrame, regions: list[str], place: Place) -> list[LiftTest]:
    """Rows as tests, their dates and numbers read."""
    days, numbers, problems = {}, {}, []
    for name in ("start", "end"):
        days[name], bad = parse_dates(own[name], DateColumn(column=name), place)
        problems += bad
    for name in ("spend_change", *OUTCOME):
        numbers[name], bad = parse_numbers(own[name], Read(), place)
        problems += bad
    raise_any(problems)
    why = own["explanation"].mask(is_blank(own["explanation"]), "")
    return [
        LiftTest(
            row=row,
            **own.loc[row, ["experiment", "channel", "design"]],
            regions=tuple(regions if own.at[row, "region"] == ALL else _split(own.at[row, "region"])),
            **{name: column[row] for name, column in days.items()},
            **{name: float(column[row]) for name, column in numbers.items()},
            explanation=why[row],
        )
        for row in own.index
    ]


_TOTAL = "the test's total over its regions and periods, signed"


def _spend_fault(test: LiftTest) -> Fault | None:
    """A change of spend that is not there, or of the wrong sign for the design."""
    change = test.spend_change
    if math.isnan(change) or change == 0:
        what = "the change of spend is blank or zero"
        return "spend_change", what, _TOTAL, "take it from the test's plan, or remove the row"
    if test.design == "go_dark" and change > 0:
        what = f"the test went dark with a change of spend of {change:+,.10g}"
        return "spend_change", what, _TOTAL, "write it with a minus, or set design to scale"
    if test.design == "scale" and change < 0:
        what = f"design is scale with a change of spend of {change:+,.10g}"
        mend = "write it without a minus, or set design to go_dark, where money was held back"
        return "spend_change", what, f"{_TOTAL}: above zero where spend was added", mend
    return None


def _outcome_fault(test: LiftTest) -> Fault | None:
    given = [name for name in OUTCOME if not math.isnan(getattr(test, name))]
    if len(given) == len(OUTCOME):
        return _interval_fault(test)
    if given:
        lacking = next(name for name in OUTCOME if name not in given)
        what = f"the result is stated in part ({lacking} is blank, {listed(given)} not)"
        mend = "fill it in from the test's report, or leave all blank to have it measured from the panel"
        return lacking, what, "the result and its 90 % interval, or none of them", mend
    if test.design == "roas":
        what = "a test among people (design roas) states no result, and leaves no trace in the panel"
        mend = "fill in outcome_change, outcome_low and outcome_high from its report"
        return "outcome_change", what, "the result and its 90 % interval", mend
    return None


def _interval_fault(test: LiftTest) -> Fault | None:
    change, low, high = test.outcome_change, test.outcome_low, test.outcome_high
    expected = "outcome_low < outcome_high, a 90 % interval that holds outcome_change"
    if low > high:
        what = f"outcome_low {low:,.10g} lies above outcome_high {high:,.10g}"
        return "outcome_low", what, expected, "swap the two (of two losses the larger one is low)"
    if low == high:
        what = f"the result has no width: outcome_low and outcome_high are both {low:,.10g}"
        mend = "take the interval from the test's report: every test has an error above zero"
        return "outcome_high", what, expected, mend
    if not low <= change <= high:
        what = f"outcome_change {change:,.10g} lies outside its own range, {low:,.10g} to {high:,.10g}"
        mend = "give all three for the same total of the test's regions and periods"
        return "outcome_change", what, expected, mend
    if (high < 0 < test.spend_change) or (low > 0 > test.spend_change):
        what = f"the result {change:+,.10g} has the other sign than the change of spend {test.spend_change:+,.10g}"
        mend = "write both changes as they were: what is lost or held back with a minus"
        return "outcome_change", what, "less outcome for less spend, more for more", mend
    return None
