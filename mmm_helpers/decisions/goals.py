"""Other totals than today's: where a tenth more goes, what a tenth less costs least, the total that pays best."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.decisions.choice import Choice
from mmm_helpers.decisions.responses import TODAY
from mmm_helpers.errors import InputError
from mmm_helpers.intervals import SUFFIXES, summarize

MORE, LESS, BEST = "10 % more", "10 % less", "most profit"
TARGET, MARGINAL = "target return", "target marginal return"
GOALS = (MORE, LESS, BEST, TARGET, MARGINAL)
"""Goals beside the plan at today's total."""
EVERY = "all"
POINTS = 21
"""Totals between the least and the most that can be spent, at which the best plan is computed."""
GOAL_COLUMNS = [
    "market", "goal", "region", "channel", "current", "recommended", "lower", "upper",
    *(f"{name}_change_{s}" for name in ("outcome", "profit") for s in SUFFIXES),
    "p_loss", "target", "p_met", "status",
]  # fmt: skip
"""Columns of the table `budget_goals`; it has no rows where there is no recommendation."""
REACHED, LIMITED, MISSED = "reached", "as far as allowed", "not reached"


def compute_goals(market: str, choice: Choice, *, target: float | None = None) -> pd.DataFrame:
    """The plans for other goals, one row a cell and one (`all`) for their sum, over the plan's horizon.

    Cells that may not move stay at today's spend. A tenth more or less goes as far as bounds allow (status). The
    best total, and the largest that meets a target, are looked for among `POINTS` totals within the bounds, each with
    its own best plan, on the draws that choose; all else is on the draws that report.

    Parameters
    ----------
    target : outcome in money per unit of spend; None for no goals about it.

    Returns
    -------
    `GOAL_COLUMNS`; profit and p_loss are missing where the margin is unknown; p_met is the chance that the target
    is met.
    """
    low, high = choice.reach()
    today, rows = float(choice.spend.sum()), []
    if low >= high - 1e-9 * today:
        return pd.DataFrame(columns=GOAL_COLUMNS)
    for goal, wanted in ((MORE, 1.1 * today), (LESS, 0.9 * today)):
        total = float(np.clip(wanted, low, high))
        status = REACHED if abs(total - wanted) < 1e-6 * today else LIMITED
        plan = _plan(choice, total)
        rows += [] if plan is None else _rows(market, choice, goal, plan, status)
    plans = [p for t in np.linspace(low, high, POINTS) if (p := _plan(choice, t)) is not None]
    plans = sorted([*plans, choice.plan()], key=lambda p: p @ choice.spend)
    if choice.worth.market is not None:
        best = max(plans, key=lambda p: choice.profits(p, chosen=True).sum(axis=0).mean())
        rows += _rows(market, choice, BEST, best, _at_edge(choice, best))
    for goal, returns in ((TARGET, _returns), (MARGINAL, _marginal)):
        if target is not None:
            rows += _to_target(market, choice, goal, plans, returns(choice, plans), target)
    return pd.DataFrame(rows, columns=GOAL_COLUMNS)


def _plan(choice: Choice, total: float) -> np.ndarray | None:
    """The best plan at a total; None where joint limits leave none."""
    try:
        return choice.plan(total)
    except InputError:
        return None


def _at_edge(choice: Choice, plan: np.ndarray) -> str:
    spent, (low, high) = float(plan @ choice.spend), choice.reach()
    edge = min(spent - low, high - spent) < 1e-6 * high
    return LIMITED if edge else REACHED


def _outcome(choice: Choice, plan: np.ndarray, half: slice) -> np.ndarray:
    """(half of the samples,) all that a plan brings."""
    today = sum(c.response[half, TODAY] for c in choice.cells)
    return today + choice.changes(plan, chosen=half.start == 0).sum(axis=0)


CHOSE, REPORTS = slice(0, None, 2), slice(1, None, 2)


def _returns(choice: Choice, plans: list[np.ndarray]) -> list[np.ndarray]:
    """Of each plan, by all draws that chose and all that report: outcome for each unit of spend."""
    halves = (CHOSE, REPORTS)
    return [np.array([_outcome(choice, p, h).tolist() for h in halves]) / (p @ choice.spend) for p in plans]


def _marginal(choice: Choice, plans: list[np.ndarray]) -> list[np.ndarray]:
    """The same of the last money: the step from the next smaller total, or to the next larger one for the first."""
    brought = [np.array([_outcome(choice, p, h).tolist() for h in (CHOSE, REPORTS)]) for p in plans]
    spent, found = [float(p @ choice.spend) for p in plans], []
    for i in range(len(plans)):
        a, b = (i - 1, i) if i else (0, min(1, len(plans) - 1))
        step = spent[b] - spent[a]
        if step > 1e-6 * spent[b]:
            found.append((brought[b] - brought[a]) / step)
        else:
            found.append(found[-1] if found else np.full(brought[0].shape, np.nan))
    return found


def _to_target(
    market: str, choice: Choice, goal: str, plans: list, returns: list[np.ndarray], target: float
) -> list[dict]:
    """The largest spend that meets the target; the plan with the highest return where none does."""
    chose = np.array([r[0].mean() for r in returns])
    meets = np.flatnonzero(chose >= target)
    at = int(meets[-1]) if len(meets) else int(np.nanargmax(chose))
    status = MISSED if not len(meets) else LIMITED if at == len(plans) - 1 else REACHED
    rows = _rows(market, choice, goal, plans[at], status)
    met = float((returns[at][1] >= target).mean())
    return [row | {"target": target, "p_met": met} for row in rows]


def _rows(market: str, choice: Choice, goal: str, plan: np.ndarray, status: str) -> list[dict]:
    """One row per cell, then their sum."""
    change, profit = choice.changes(plan), choice.profits(plan)
    spend, (lower, upper) = choice.spend, choice.bounds
    cells = [(c.region, c.channel, [i]) for i, c in enumerate(choice.cells)]
    rows = []
    for region, channel, own in [*cells, (EVERY, EVERY, list(range(len(spend))))]:
        gain = profit[own].sum(axis=0)
        known = np.isfinite(gain).all()
        row = {"market": market, "goal": goal, "region": region, "channel": channel, "status": status}
        money = {"current": 1.0, "recommended": plan, "lower": lower, "upper": upper}
        row |= {name: float((spend * x)[own].sum()) for name, x in money.items()}
        row |= summarize(change[own].sum(axis=0), "outcome_change")
        row |= summarize(gain, "profit_change") if known else {}
        rows.append(row | {"p_loss": float((gain < 0).mean()) if known else np.nan})
    return rows
