"""Who does what in which week: the list of actions under a summary, from the plan, the checks and the next test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mmm_helpers.report.advice import SMALL, moved_share, net_moves, withheld, without_plan
from mmm_helpers.report.experiments.next_experiment_page import name_test
from mmm_helpers.report.grouped import group_labels, merge_channels
from mmm_helpers.report.words import count, day, join, money

LEAD, ANALYST, FINANCE = "Market lead", "Analyst", "Finance"
"""Owners of actions."""
MOST_TAKEAWAYS = 5
MOST_NAMED = 4
"""Channels that an action names; the budget page has all."""
ACTION_COLUMNS = ["week", "owner", "action"]


def takeaways(lines: Sequence[str], room: str, trust: str) -> list[str]:
    """At most five sentences of a market's summary: what happened, then where the next unit of money goes, or trust.

    Parameters
    ----------
    lines : result of `summary_page.what_happened`. room, trust : `room_sentence` and `trust_sentence`.
    """
    return [*lines, *(t for t in (room, trust) if t not in " ".join(lines))][:MOST_TAKEAWAYS]


def plan_start(dates: pd.Series) -> pd.Timestamp:
    """First day of the plan: one period after the last period of the data.

    Parameters
    ----------
    dates : period starts of the panel.
    """
    starts = pd.Series(sorted(dates.unique()))
    return starts.iloc[-1] + (starts.diff().median() if len(starts) > 1 else pd.Timedelta(days=7))


def compute_actions(here: Any) -> pd.DataFrame:
    """A market's actions in the order of time.

    Parameters
    ----------
    here : the open market.

    Returns
    -------
    Columns week (its number and first day, counted from the plan's start), owner, action.
    """
    health, plan = here.table("model_health"), here.table("budget_plan")
    reason = withheld(health, preview=here.is_preview)
    first = _mend(health, preview=here.is_preview) if reason else _move(here, plan)
    days = {"day": 1, "week": 7, "month": 30}[here.unit] * here.horizon
    rows = [*first, *_test(here, bool(reason)), (1 + days // 7, ANALYST, _look_back(bool(reason)))]
    start = plan_start(here.panel["date"])
    dated = [(_week(start, week), owner, action) for week, owner, action in sorted(rows, key=lambda r: r[0])]
    return pd.DataFrame(dated, columns=ACTION_COLUMNS)


def _week(start: pd.Timestamp, number: int) -> str:
    return f"{number} (from {day(start + pd.Timedelta(weeks=number - 1))})"


def _mend(health: pd.DataFrame, *, preview: bool) -> list[tuple[int, str, str]]:
    """What to do where there is no recommendation."""
    keep = (1, LEAD, "Keep today's budget; move nothing on these numbers.")
    if preview:
        return [(1, ANALYST, "Run the standard profile: this run is a preview."), keep]
    failed = health[health["status"] == "fail"]
    what = [f"{row.check} ({row.action})" for row in failed.itertuples()]
    return [(1, ANALYST, f"Mend what the health check found: {join(what)}."), keep]


def _move(here: Any, plan: pd.DataFrame) -> list[tuple[int, str, str]]:
    """Approve and make the plan's moves, or keep today's."""
    if plan.empty:
        reason = without_plan(here.table("budget_check")).removeprefix("No recommendation: ")
        return [(1, LEAD, f"{reason[:1].upper()}{reason[1:]}")]
    if moved_share(plan) < SMALL:
        return [(1, LEAD, "Keep today's budget: no move is well enough founded or expected to bring more.")]
    groups = here.table("channel_groups")
    labels, moves = group_labels(here.labels, groups), net_moves(merge_channels(plan, groups))
    named = moves[moves.abs().sort_values(ascending=False).index[:MOST_NAMED]]
    parts = [
        f"{labels.get(c, c)} {money(v / here.horizon, here.reporting_currency, digits=2, sign=True)}"
        for c, v in named.items()
        if abs(v) >= SMALL * plan["current"].sum() / here.horizon
    ]
    what = f"{', '.join(parts)} a {here.unit}" if parts else "money between regions, as the plan says"
    total = money(plan["current"].sum(), here.reporting_currency)
    return [
        (1, FINANCE, f"Approve the plan: {total} over {count(here.horizon, here.unit)}, total unchanged."),
        (2, LEAD, f"Book the moves: {what}."),
    ]


def _test(here: Any, is_withheld: bool) -> list[tuple[int, str, str]]:
    """Prepare and start the test that is worth most, or say that none is."""
    tests = here.table("next_experiments")
    good = tests[tests["worth_it"].fillna(False).astype(bool)] if len(tests) else tests
    if is_withheld or good.empty:
        return []
    name = name_test(good.iloc[0], labels=here.labels, unit=here.unit)
    return [
        (2, ANALYST, f"Fix regions, dates and success measure of the test: {name}."),
        (4, LEAD, "Start the test, and change nothing else in its regions."),
    ]


def _look_back(is_withheld: bool) -> str:
    if is_withheld:
        return "Run the report again with the new data, and see whether the health check passes."
    return "Set what happened beside what the plan expected, and run the report again."


def describe_test(here: Any, *, is_withheld: bool) -> str:
    """The next experiment in one or two sentences, or that none is worth its cost."""
    from mmm_helpers.report.experiments.next_experiment_page import describe_next_experiment

    if is_withheld:
        return "No test is valued while the model fails its health check: how much is unknown is itself not known."
    return describe_next_experiment(
        here.table("next_experiments"),
        labels=here.labels,
        currency=here.reporting_currency,
        unit=here.unit,
        horizon=here.periods_per_year,
        margin=here.margin,
    )
