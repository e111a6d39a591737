"""A market's lift tests: the file's rows, held against the panel that they are to inform."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.errors import Problem
from mmm_helpers.inputs.lift_rows import Fault, LiftTest, fault_problems, raise_any, read_rows
from mmm_helpers.inputs.lift_totals import UNIT, Cells, total_fault
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.sources import read_side_table

MIN_BEFORE = 4
"""Periods before a test that a measurement from the panel needs at the least."""


def market_tests(portfolio: Portfolio, market: str, panel: pd.DataFrame) -> list[dict[str, Any]]:
    """A market's experiments as the portfolio's file declares them, checked; none without a file.

    Parameters
    ----------
    panel : the market's panel: region, date, outcome, spend_<channel>.

    Returns
    -------
    A dict each, in the file's order: experiment, region (several by |), channel, design, start, end (ISO days),
    spend_change; outcome_change, outcome_low, outcome_high where the result is stated; explanation where given.
    `end` may be the first or the last day of the last period.

    Raises
    ------
    InputError
        What `lift_rows.read_rows` refuses; dates outside the data, out of order or within a period; a channel that
        is not bought where it was tested; results that are left to the panel though it cannot show them; changes of
        spend or outcome that cannot be totals; tests of one region that meet, what they leave behind included.

    Examples
    --------
    >>> market_tests(load_portfolio("data/demo/portfolio.yml"), "DE", panel)[0]["channel"]  # doctest: +SKIP
    'search_generic'
    """
    if portfolio.lift_tests is None:
        return []
    place, cells = Place(portfolio.lift_tests, market), Cells.of(panel, portfolio.frequency)
    raw = read_side_table(portfolio.resolve(portfolio.lift_tests), place).frame
    tests = read_rows(raw, portfolio, market, cells.regions, place)
    checks = (
        lambda test: _dates_fault(test, cells),
        lambda test: _bought_fault(test, cells, portfolio, market) or _panel_fault(test, cells),
        lambda test: total_fault(test, cells, portfolio.currency(market)),
    )
    for check in checks:
        raise_any(fault_problems([(test, check(test)) for test in tests], place))
    raise_any(_meeting_problems(tests, portfolio, market, cells, place))
    return [test.plain() for test in tests]


def _dates_fault(test: LiftTest, cells: Cells) -> Fault | None:
    first, last = cells.dates[0], cells.ends[-1]
    for name, day in (("start", test.start), ("end", test.end)):
        if not first <= day <= last:
            what = f"test '{test.experiment}': its {name} {day.date()} lies outside the data"
            expected = f"a day from {first.date()} to {last.date()}"
            return name, what, expected, "correct the date, or remove the row"
    if test.end < test.start:
        what = f"test '{test.experiment}' ends on {test.end.date()}, before it starts on {test.start.date()}"
        return "end", what, "start ≤ end", "swap the two"
    ends = cells.dates.union(cells.ends)
    return _period_fault("start", test.start, cells.dates) or _period_fault("end", test.end, ends)


def _period_fault(name: str, day: pd.Timestamp, known: pd.DatetimeIndex) -> Fault | None:
    """A test that begins or ends within a period: a part of that period's outcome would not be its own."""
    if day in known:
        return None
    near = known[np.abs(known - day).argmin()].date()
    allowed = "the first day of a period" if name == "start" else "the first or the last day of a period"
    what = f"the test's {name} {day.date()} lies within a period of the data"
    return (
        name,
        what,
        f"{allowed}, such as {near}, the nearest",
        "write the period that it held from or until",
    )


def _bought_fault(test: LiftTest, cells: Cells, portfolio: Portfolio, market: str) -> Fault | None:
    """A channel that is not bought where it was tested, or not by region."""
    for region in test.regions:
        bought = [c for c in cells.channels if np.nansum(cells.spend(c, [region])) > 0]
        if test.channel not in bought:
            what = f"channel '{test.channel}' is never bought in region '{region}'"
            expected = f"one of {listed(bought)} ({did_you_mean(test.channel, bought)})"
            return "channel", what, expected, "correct the channel or the region, or remove the row"
    national = portfolio.market_channels(market)[test.channel].level == "national"
    if national and set(test.regions) != set(cells.regions):
        what = (
            f"channel '{test.channel}' is bought for the whole market, the test treats {listed(test.regions)}"
        )
        mend = "name all regions, or take level: national from the channel if its spend by region is known"
        return "region", what, "a test of the whole market", mend
    return None


def _panel_fault(test: LiftTest, cells: Cells) -> Fault | None:
    """A result that is left to the panel though the panel cannot show it."""
    if test.is_stated:
        return None
    mend = "fill in outcome_change, outcome_low and outcome_high from the test's report, or remove the row"
    if set(test.regions) == set(cells.regions):
        what = "the test treats every region and states no result: nothing is left to compare with"
        return "region", what, "an untreated region, or a stated result", mend
    before = cells.period_of(test.start)
    if before < MIN_BEFORE:
        what = f"the test states no result, and the data hold {before} periods before it"
        return "start", what, f"at least {MIN_BEFORE} periods before it, or a stated result", mend
    return None


def _meeting_problems(
    tests: Sequence[LiftTest], portfolio: Portfolio, market: str, cells: Cells, place: Place
) -> list[Problem]:
    """Tests of one region of which the later begins while the earlier still works: neither is seen by itself."""
    channels, unit, problems = portfolio.market_channels(market), UNIT[cells.frequency], []
    for pair in combinations(tests, 2):
        one, two = sorted(pair, key=lambda test: (test.start, test.row))
        reach = (channels[one.channel].l_max or portfolio.l_max) - 1
        last = cells.period_of(one.end) + reach
        shared = [region for region in two.regions if region in one.regions]
        if shared and cells.period_of(two.start) <= last:
            until = cells.ends[min(last, len(cells.ends) - 1)].date()
            what = f"tests '{one.experiment}' and '{two.experiment}' overlap in {', '.join(shared)}"
            what += f", where the first works until {until}"
            expected = (
                f"one test at a time in a region, whatever the channel, and {reach} {unit}s after its end"
            )
            mend = "keep the one that tells more, or correct the dates"
            problems.append(place.problem(what, row=two.row, column="start", expected=expected, mend=mend))
    return problems
