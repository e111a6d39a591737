"""How much mean a plan gives up for a better bad tail: one plan for each weight of the tail."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.decisions.choice import Choice
from mmm_helpers.decisions.solver import tail_weights
from mmm_helpers.intervals import SUFFIXES, summarize

RISKS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Weights of the bad tail that are compared."""
FRONTIER_COLUMNS = [
    "market", "risk", *(f"{name}_change_{s}" for name in ("outcome", "profit") for s in SUFFIXES),
    "cvar", "profit_cvar", "level", "p_loss", "spend_moved", "share_moved", "chosen",
]  # fmt: skip
"""Columns of the table `budget_frontier`; it has no rows where there is no recommendation."""


def compute_frontier(market: str, choice: Choice) -> pd.DataFrame:
    """Mean against bad tail, over the cells (region × channel) at the plan's total.

    The tail is the mean change over the worst share `level` of draws (conditional value at risk, Rockafellar and
    Uryasev 2000), before chance. Plans are chosen on one half of the draws, numbers are of the other.

    Returns
    -------
    One row per weight of the tail: risk, outcome_change_*, profit_change_* (missing where the margin is unknown),
    cvar (of outcome), profit_cvar, p_loss, spend_moved (money that changes its cell), share_moved, chosen.
    """
    rows = []
    for risk in sorted({*RISKS, choice.risk}):
        plan = choice.plan(risk=risk)
        change, profit = (x.sum(axis=0) for x in (choice.changes(plan), choice.profits(plan)))
        known = np.isfinite(profit).all()
        counts = profit if known else change
        moved = float(np.abs((plan - 1) * choice.spend).sum() / 2)
        row = {"market": market, "risk": risk, "level": choice.level, "chosen": risk == choice.risk}
        row |= summarize(change, "outcome_change") | {"cvar": _tail(change, choice.level)}
        if known:
            row |= summarize(profit, "profit_change") | {"profit_cvar": _tail(profit, choice.level)}
        same = known or abs(choice.reserve) < 1e-12
        row |= {"spend_moved": moved, "share_moved": moved / float(choice.spend.sum())}
        rows.append(row | {"p_loss": float((counts < 0).mean()) if same else np.nan})
    return pd.DataFrame(rows, columns=FRONTIER_COLUMNS)


def _tail(gains: np.ndarray, level: float) -> float:
    return float(tail_weights(gains, level) @ gains)
