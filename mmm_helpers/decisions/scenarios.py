"""What-if plans on the same cells: the change of outcome, its chance of a loss, its bad tail."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mmm_helpers.decisions.responses import TODAY, Cell, response_at
from mmm_helpers.intervals import summarize

FOLLOW = "follow the recommendation"
SCENARIO_COLUMNS = [
    "market", "scenario", "spend_change", *(f"outcome_change_{s}" for s in ("mean", "q05", "q50", "q95")),
    "p_loss", "p_loss_predictive", "cvar_10", "share_outside_support"
]  # fmt: skip
"""Columns of the table `scenarios`; it has no rows where nothing was spent in the last year."""
TAIL = 0.1
"""Share of the worst draws whose mean is reported as cvar_10."""


def default_scenarios(
    cells: list[Cell], plan: np.ndarray | None, group_of: Mapping[str, str] | None = None
) -> dict[str, np.ndarray]:
    """Multiples per cell of each scenario; the recommendation only where there is one that moves something.

    Parameters
    ----------
    plan : multiples that are recommended; None where nothing is.
    group_of : channel → group of channels that cannot be told apart; only the group as a whole goes dark.
    """
    if not cells:
        return {}
    ones = np.ones(len(cells))
    scenarios = {"10 % more everywhere": 1.1 * ones, "10 % less everywhere": 0.9 * ones}
    names = [(group_of or {}).get(c.channel, c.channel) for c in cells]
    for name in dict.fromkeys(names):
        scenarios[f"dark:{name}"] = np.array([0.0 if own == name else 1.0 for own in names])
    moves = plan is not None and bool((plan != 1).any())
    return scenarios | ({FOLLOW: plan} if moves else {})


def scenario_table(
    market: str,
    cells: list[Cell],
    scenarios: dict[str, np.ndarray],
    *,
    margin: float | None,
    noise: np.ndarray,
) -> pd.DataFrame:
    """One row per scenario, over the plan's horizon, money in the reporting currency.

    Parameters
    ----------
    margin : contribution margin; profit = margin × change of outcome − change of spend. Without it the chance
        of a loss is known only for plans that keep the total, and missing for the others.
    noise : (sample,) money, what chance alone adds to the horizon's outcome.

    Returns
    -------
    Columns market, scenario, spend_change, outcome_change_*, p_loss (of the expected profit), p_loss_predictive
    (with chance added), cvar_10 (mean profit of the worst tenth), share_outside_support (of spend).
    """
    rows = []
    for name, plan in scenarios.items():
        spend = sum((m - 1) * c.spend for c, m in zip(cells, plan, strict=True))
        change = sum(
            (response_at(c, m) - c.response[:, TODAY])[1::2]
            for c, m in zip(cells, plan, strict=True)
            if m != 1
        )
        change = np.zeros(len(noise[1::2])) + change
        same_total = abs(spend) < 1e-6 * sum(c.spend for c in cells)
        factor = margin if margin else (1.0 if same_total else np.nan)
        profit, chance = factor * change - spend, factor * noise[1::2]
        rows.append(
            {"market": market, "scenario": name, "spend_change": spend}
            | summarize(change, "outcome_change")
            | {
                "p_loss": _share_below_zero(profit),
                "p_loss_predictive": _share_below_zero(profit + chance),
                "cvar_10": _worst_mean(profit),
                "share_outside_support": _outside(cells, plan),
            }
        )
    return pd.DataFrame(rows, columns=SCENARIO_COLUMNS)


def _share_below_zero(profit: np.ndarray) -> float:
    return float((profit < 0).mean()) if np.isfinite(profit).all() else np.nan


def _worst_mean(profit: np.ndarray) -> float:
    worst = np.sort(profit)[: max(1, int(TAIL * len(profit)))]
    return float(worst.mean())


def _outside(cells: list[Cell], plan: np.ndarray) -> float:
    """Share of the plan's spend that lies above what was ever (95 %) spent per period in its cell."""
    total = sum(m * c.spend for c, m in zip(cells, plan, strict=True))
    above = sum(max(m - max(c.support, 1.0), 0.0) * c.spend for c, m in zip(cells, plan, strict=True))
    return float(above / total) if total > 0 else 0.0
