"""Events of the portfolio file against a market's data: their regions must exist, their dates should matter."""

from __future__ import annotations

import pandas as pd

from mmm_helpers.errors import Problem
from mmm_helpers.inputs.grid import Axes
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.spec_model import Event


def market_events(portfolio: Portfolio, market: str) -> list[Event]:
    """The events that concern a market: those that name it, and those that name none."""
    return [e for e in portfolio.events if not e.markets or market in e.markets]


def event_problems(portfolio: Portfolio, market: str, regions: list[str]) -> list[Problem]:
    """What is wrong with a market's events: regions it does not have, dates in the wrong order, a name twice."""
    where = f"{portfolio.path.name}, key events"
    events = market_events(portfolio, market)
    names = [event.name for event in events]
    problems = [
        Problem(
            f"event '{name}' stands twice", where, "a name for each event", "rename one of the two", market
        )
        for name in sorted({n for n in names if names.count(n) > 1})
    ]
    for event in events:
        if event.end < event.start:
            what = f"event '{event.name}' ends on {event.end}, before it starts on {event.start}"
            problems.append(Problem(what, where, "start ≤ end", "swap the two", market))
        for region in event.regions:
            if region not in regions:
                what = f"event '{event.name}' names the region '{region}'"
                expected = f"one of {listed(regions)} ({did_you_mean(region, regions)})"
                mend = "correct the region's name, or name the event's own market under markets"
                problems.append(Problem(what, where, expected, mend, market))
    return problems


def idle_events(portfolio: Portfolio, market: str, axes: Axes) -> list[tuple[Event, str]]:
    """Events that cannot bear on the fit, and why: outside the data, or from their first to their last day."""
    first, last = axes.main.periods[0], axes.ends[-1]
    idle = []
    for event in market_events(portfolio, market):
        start, end = pd.Timestamp(event.start), pd.Timestamp(event.end)
        if end < first or start > last:
            span = f"{event.start} to {event.end} lies outside the data ({first.date()} to {last.date()})"
            idle.append((event, span))
        elif start <= axes.ends[0] and end >= axes.periods[-1] and not event.regions:
            idle.append((event, "it covers every period, so nothing tells it from the level"))
    return idle
