"""Which of a few plans holds up best whatever happens: minimax regret over contexts (Savage 1951).

A plan's regret in a context is the expected profit of the plan that would be best there, less its own. The plan that
holds up best is the one whose largest regret is smallest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mmm_helpers.decisions.context import AS_EXPECTED, NO_CHANGE, Context, outcome_under, profit_under
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import GRID, Cell, response_at
from mmm_helpers.decisions.scenarios import FOLLOW
from mmm_helpers.decisions.worth import Worth
from mmm_helpers.intervals import summarize

TODAY_PLAN, BEST_PROFIT = "today's plan", "the most profitable plan within bounds"
_SUFFIXES = ("mean", "q05", "q50", "q95")
REGRET_COLUMNS = [
    "market", "plan", "context", "spend_change", *(f"outcome_change_{s}" for s in _SUFFIXES),
    *(f"profit_change_{s}" for s in _SUFFIXES), *(f"regret_{s}" for s in _SUFFIXES), "largest_regret", "chosen"
]  # fmt: skip
"""Columns of the table `scenario_regret`; it has no rows where the margin is unknown or nothing was spent."""


def regret_table(
    prospects: Prospects,
    plans: Mapping[str, np.ndarray],
    contexts: Mapping[str, Context],
    worth: Worth,
    *,
    may_choose: bool = True,
) -> pd.DataFrame:
    """One row per plan and context, over the plan's horizon, money in the reporting currency.

    Parameters
    ----------
    plans : name → multiples of today's spend. contexts : name → context; "as expected" is added.
    may_choose : whether a plan may be named; not where the gate withholds recommendations.

    Returns
    -------
    Columns market, plan, context, spend_change, outcome_change_* and profit_change_* (against today's plan with
    everything as expected), regret_* (profit of the context's best plan less the plan's own, draw by draw; its mean is
    the expected regret), largest_regret (mean, over contexts), chosen. Draws are those that chose no plan.
    """
    if worth.market is None or not prospects.cells or not plans:
        return pd.DataFrame(columns=REGRET_COLUMNS)
    contexts = {AS_EXPECTED: NO_CHANGE} | dict(contexts)
    profit = np.array(
        [[profit_under(prospects, x, c, worth)[1::2] for c in contexts.values()] for x in plans.values()]
    )
    today = profit_under(prospects, None, NO_CHANGE, worth)[1::2]
    regret = compute_regret(profit)
    largest = regret.mean(axis=2).max(axis=1)
    best = int(np.argmin(largest))
    rows = []
    for p, (plan, multiples) in enumerate(plans.items()):
        about = {
            "market": prospects.market,
            "plan": plan,
            "spend_change": _spend_change(prospects, multiples),
        }
        about |= {"largest_regret": largest[p], "chosen": may_choose and p == best}
        for c, (name, context) in enumerate(contexts.items()):
            change = outcome_under(prospects, multiples, context) - outcome_under(prospects, None, NO_CHANGE)
            row = about | {"context": name} | summarize(change[1::2], "outcome_change")
            row |= summarize(profit[p, c] - today, "profit_change") | summarize(regret[p, c], "regret")
            rows.append(row)
    return pd.DataFrame(rows, columns=REGRET_COLUMNS)


def compute_regret(profit: np.ndarray) -> np.ndarray:
    """(plan, context, sample) profit that the plan with the best expectation in a context makes more.

    Parameters
    ----------
    profit : (plan, context, sample).

    Examples
    --------
    >>> compute_regret(np.array([[[3.0], [1.0]], [[2.0], [2.0]]]))[:, :, 0].tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    best = profit.mean(axis=2).argmax(axis=0)
    return profit[best, np.arange(profit.shape[1])][None] - profit


def candidate_plans(
    cells: list[Cell],
    plan: np.ndarray | None,
    worth: Worth,
    *,
    bounds: tuple[np.ndarray, np.ndarray] | None = None,
    steps: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """The plans between which to choose: today's, 10 % more and less, and, where advice may be given, two more.

    Parameters
    ----------
    plan : the recommendation; None where nothing is recommended. bounds : lower and upper multiples; None where no
        advice may be given. steps : (cell,) numbers; cells of the same step move by the same multiple.
    """
    ones = np.ones(len(cells))
    plans = {TODAY_PLAN: ones, "10 % more everywhere": 1.1 * ones, "10 % less everywhere": 0.9 * ones}
    if plan is not None and (plan != 1).any():
        plans = {FOLLOW: plan} | plans
    if bounds is not None and worth.market is not None:
        best = most_profit(cells, worth, bounds, steps=steps)
        if (best != 1).any():
            plans[BEST_PROFIT] = best
    return plans


def most_profit(
    cells: list[Cell],
    worth: Worth,
    bounds: tuple[np.ndarray, np.ndarray],
    *,
    steps: np.ndarray | None = None,
) -> np.ndarray:
    """(cell,) multiples within bounds that earn most with the total left free, on the draws that choose plans.

    Without a common total each step can be looked at by itself; responses are linear between grid points, so the best
    multiple is one of them or a bound. Of equals the one nearest to today's is taken.
    """
    steps = np.arange(len(cells)) if steps is None else steps
    values, plan = worth.of_cells(cells), np.ones(len(cells))
    for step in np.unique(steps):
        own = np.flatnonzero(steps == step)
        low, high = bounds[0][own[0]], bounds[1][own[0]]
        inside = GRID[(low <= GRID) & (high >= GRID)]
        choices = np.unique(np.concatenate([[low, high], inside]))
        choices = choices[np.argsort(np.abs(choices - 1), kind="stable")]
        profit = [sum(_expected_profit(cells[i], values[i], m) for i in own) for m in choices]
        plan[own] = choices[int(np.argmax(profit))]
    return plan


def _expected_profit(cell: Cell, value: float, multiple: float) -> float:
    return float(value * response_at(cell, float(multiple))[::2].mean() - multiple * cell.spend)


def _spend_change(prospects: Prospects, multiples: np.ndarray) -> float:
    return float(sum((m - 1) * c.spend for c, m in zip(prospects.cells, multiples, strict=True)))
