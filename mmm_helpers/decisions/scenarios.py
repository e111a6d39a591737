"""What-ifs on the same draws: plans and contexts, the change of outcome, its chance of a loss, its bad tail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.decisions.context import (
    AS_EXPECTED,
    DEFAULT_CONTEXTS,
    NO_CHANGE,
    Context,
    explain_context,
    make_context,
    outcome_under,
    profit_under,
)
from mmm_helpers.decisions.plans import default_moves, explain_plan, stated_plan
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import Cell
from mmm_helpers.decisions.worth import Worth
from mmm_helpers.intervals import LOWER, UPPER, summarize

FOLLOW = "follow the recommendation"
PLAN, CONTEXT, BOTH = "plan", "context", "both"
"""Kinds of scenarios."""
SCENARIO_COLUMNS = [
    "market", "scenario", "spend_change", *(f"outcome_change_{s}" for s in ("mean", "q05", "q50", "q95")),
    "p_loss", "p_loss_predictive", "cvar_10", "share_outside_support", "kind", "applicable", "reason",
    "outcome_mean", "outcome_q05", "outcome_q95", "control_steps"
]  # fmt: skip
"""Columns of the table `scenarios`; it has no rows where nothing was spent in the last year."""
TAIL = 0.1
"""Share of the worst draws whose mean is reported as cvar_10."""


@dataclass(frozen=True)
class WhatIf:
    """One scenario of a market.

    Parameters
    ----------
    plan : (cell,) multiples of today's spend. context : what happens around it. kind : plan, context or both.
    reason : why it cannot be computed here, as a sentence; empty if it can.
    """

    plan: np.ndarray
    context: Context = NO_CHANGE
    kind: str = PLAN
    reason: str = ""


def default_scenarios(
    cells: list[Cell],
    plan: np.ndarray | None,
    group_of: Mapping[str, str] | None = None,
    *,
    labels: Mapping[str, str] | None = None,
) -> dict[str, np.ndarray]:
    """Multiples per cell of each plan that every report has; the recommendation only where one moves something.

    Parameters
    ----------
    plan : multiples that are recommended; None where nothing is.
    group_of : channel → group of channels that cannot be told apart; only the group as a whole goes dark.
    labels : channel → name; beside codes they tell which channels are search, social and TV.
    """
    if not cells:
        return {}
    ones = np.ones(len(cells))
    scenarios = {"10 % more everywhere": 1.1 * ones, "10 % less everywhere": 0.9 * ones}
    moves = default_moves(cells, labels or {})
    scenarios |= {n: stated_plan(s, cells) for n, s in moves.items() if not explain_plan(s, cells, {})}
    names = [(group_of or {}).get(c.channel, c.channel) for c in cells]
    for name in dict.fromkeys(names):
        scenarios[f"dark:{name}"] = np.array([0.0 if own == name else 1.0 for own in names])
    moves = plan is not None and bool((plan != 1).any())
    return scenarios | ({FOLLOW: plan} if moves else {})


def stated_scenarios(
    stated: Mapping[str, Mapping[str, Any]],
    prospects: Prospects,
    *,
    labels: Mapping[str, str],
    is_revenue: bool = True,
    periods_per_year: float = 52,
) -> dict[str, WhatIf]:
    """The portfolio file's scenarios in one market; what cannot be computed here says why, and the others go on.

    Parameters
    ----------
    stated : name → scenario, as the specification holds it.
    """
    about = {"labels": labels, "is_revenue": is_revenue, "periods_per_year": periods_per_year}
    return {name: _what_if(own, prospects, **about) for name, own in stated.items()}


def default_contexts(prospects: Prospects, **about: Any) -> dict[str, WhatIf]:
    """The contexts that every report has, the first without any change; `about` as for `stated_scenarios`."""
    if not prospects.cells:
        return {}
    stated = {name: {"context": own} for name, own in DEFAULT_CONTEXTS.items()}
    expected = WhatIf(np.ones(len(prospects.cells)), kind=CONTEXT)
    return {AS_EXPECTED: expected} | stated_scenarios(stated, prospects, **about)


def _what_if(
    stated: Mapping[str, Any],
    prospects: Prospects,
    *,
    labels: Mapping[str, str],
    is_revenue: bool,
    periods_per_year: float,
) -> WhatIf:
    has_plan, context = bool(stated.get("change") or stated.get("move")), stated.get("context") or {}
    kind = BOTH if has_plan and context else CONTEXT if context else PLAN
    ones = np.ones(len(prospects.cells))
    reason = explain_plan(stated, prospects.cells, labels) if has_plan else ""
    if not reason and context:
        reason = explain_context(context, prospects, periods_per_year=periods_per_year)
    if reason:
        return WhatIf(ones, kind=kind, reason=reason)
    plan = stated_plan(stated, prospects.cells) if has_plan else ones
    around = make_context(context, prospects, is_revenue=is_revenue) if context else NO_CHANGE
    return WhatIf(plan, around, kind)


def scenario_table(
    prospects: Prospects, scenarios: Mapping[str, np.ndarray | WhatIf], *, worth: Worth
) -> pd.DataFrame:
    """One row per scenario, over the plan's horizon, money in the reporting currency.

    Parameters
    ----------
    scenarios : name → what-if, or only its multiples per cell.
    worth : profit is worth × outcome − spend. Where the margin is unknown the chance of a loss is known only for
        plans that keep the total as nothing else changes, and missing for the others.

    Returns
    -------
    Columns market, scenario, spend_change, outcome_change_* (against today's plan with everything as expected),
    p_loss (of the expected profit), p_loss_predictive (with chance added), cvar_10 (mean change of profit of the worst
    tenth), share_outside_support (of spend), kind, applicable, reason, outcome_* (missing where the baseline was not
    foreseen), control_steps (largest change of a control, in sds of what was seen). Draws are those that chose no
    plan. A scenario that is not applicable has no numbers.
    """
    named = {n: own if isinstance(own, WhatIf) else WhatIf(own) for n, own in scenarios.items()}
    rows = [_row(prospects, name, own, worth) for name, own in named.items()]
    return pd.DataFrame(rows, columns=SCENARIO_COLUMNS)


def _row(prospects: Prospects, name: str, own: WhatIf, worth: Worth) -> dict[str, Any]:
    row = {"market": prospects.market, "scenario": name, "kind": own.kind, "reason": own.reason}
    row["applicable"] = not own.reason
    if own.reason:
        return row
    cells, plan = prospects.cells, own.plan
    outcome, today = (outcome_under(prospects, *at) for at in ((plan, own.context), (None, NO_CHANGE)))
    change = (outcome - today)[1::2]
    spend = sum((m - 1) * c.spend for c, m in zip(cells, plan, strict=True))
    profit, factor = profit_change(prospects, own, worth)
    row |= {"spend_change": spend} | summarize(change, "outcome_change")
    row |= {
        "p_loss": share_below_zero(profit),
        "p_loss_predictive": share_below_zero(profit + factor * _chance(prospects, own)),
        "cvar_10": worst_mean(profit),
        "share_outside_support": share_outside(cells, plan),
        "control_steps": own.context.steps,
    }
    if prospects.baseline is None:
        return row
    level = outcome[1::2]
    low, high = np.quantile(level, [LOWER, UPPER])
    return row | {"outcome_mean": level.mean(), "outcome_q05": low, "outcome_q95": high}


def profit_change(prospects: Prospects, own: WhatIf, worth: Worth) -> tuple[np.ndarray, float]:
    """(half of the samples,) change of profit against today's plan as expected, and what a unit of outcome is worth.

    Without a margin it is the change of outcome where total spend stays and nothing else changes; else missing.
    """
    cells, spend = prospects.cells, sum(c.spend for c in prospects.cells)
    moved = sum((m - 1) * c.spend for c, m in zip(cells, own.plan, strict=True))
    if worth.market is None and own.context is NO_CHANGE and abs(moved) < 1e-6 * spend:
        worth = Worth(1.0)
    before = profit_under(prospects, None, NO_CHANGE, worth)
    after = profit_under(prospects, own.plan, own.context, worth)
    return (after - before)[1::2], worth.after_price(own.context.price).overall


def _chance(prospects: Prospects, own: WhatIf) -> np.ndarray:
    """(half of the samples,) what chance adds to the outcome, as far as it can be supplied."""
    noise = prospects.noise[1::2]
    if not np.isfinite(own.context.cap):
        return noise
    free = replace(own.context, cap=np.inf)
    outcome = outcome_under(prospects, own.plan, free)[1::2]
    return np.minimum(outcome + noise, own.context.cap) - np.minimum(outcome, own.context.cap)


def share_below_zero(profit: np.ndarray) -> float:
    """Chance of a loss: share of draws below zero; NaN where profit is unknown."""
    return float((profit < 0).mean()) if np.isfinite(profit).all() else np.nan


def worst_mean(profit: np.ndarray) -> float:
    """Mean of the worst tenth of draws (CVaR at 10 %)."""
    worst = np.sort(profit)[: max(1, int(TAIL * len(profit)))]
    return float(worst.mean())


def share_outside(cells: list[Cell], plan: np.ndarray) -> float:
    """Share of the plan's spend that lies above what was ever (95 %) spent per period in its cell."""
    total = sum(m * c.spend for c, m in zip(cells, plan, strict=True))
    above = sum(max(m - max(c.support, 1.0), 0.0) * c.spend for c, m in zip(cells, plan, strict=True))
    return float(above / total) if total > 0 else 0.0
