"""Money that leaves one market for another: the change in both, and for the portfolio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.decisions.context import NO_CHANGE, outcome_under
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import GRID
from mmm_helpers.decisions.scenarios import (
    SCENARIO_COLUMNS,
    WhatIf,
    profit_change,
    share_below_zero,
    share_outside,
    worst_mean,
)
from mmm_helpers.decisions.worth import Worth
from mmm_helpers.intervals import summarize

SHARE = 0.1
"""Share of a market's budget that the report's own moves take to another."""
EVERYWHERE = "all"
"""Stands for the markets together."""


def default_market_moves(
    prospects: Mapping[str, Prospects], labels: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Moves between the two markets that spend most, both ways, as a portfolio file would state them."""
    spend = {m: total_spend(p) for m, p in prospects.items() if p.cells}
    largest = sorted(spend, key=spend.get, reverse=True)[:2]
    pairs = [(a, b) for a in largest for b in largest if a != b]
    return {
        f"{SHARE:.0%} of {labels.get(a, a)}'s budget to {labels.get(b, b)}".replace("%", " %"): {
            "move": {"from_market": a, "to_market": b, "share": SHARE}
        }
        for a, b in pairs
    }


def total_spend(prospects: Prospects) -> float:
    """Today's spend over the horizon, in the reporting currency."""
    return float(sum(c.spend for c in prospects.cells))


def explain_move(
    move: Mapping[str, Any], prospects: Mapping[str, Prospects], labels: Mapping[str, str]
) -> str:
    """Why money cannot go from one market to the other, as a sentence; empty if it can."""
    for market in (move["from_market"], move["to_market"]):
        name = labels.get(market, market)
        if market not in prospects:
            return f"{name} has no results in this run."
        if not prospects[market].cells:
            return f"{name} spent nothing in the last year."
    multiple = _multiples(move, prospects)[1]
    if multiple > GRID[-1] + 1e-9:
        name = labels.get(move["to_market"], move["to_market"])
        most = f"responses are computed up to {GRID[-1]:g} times today's"
        return f"{name} would have {multiple:.1f} times today's spend; {most}."
    return ""


def _multiples(move: Mapping[str, Any], prospects: Mapping[str, Prospects]) -> tuple[float, float]:
    """Multiples of today's spend in the market that gives and in the one that takes, the same in all its cells."""
    gives, takes = (total_spend(prospects[move[m]]) for m in ("from_market", "to_market"))
    return 1 - move["share"], 1 + move["share"] * gives / takes


def _plans(move: Mapping[str, Any], prospects: Mapping[str, Prospects]) -> dict[str, np.ndarray]:
    """Multiples of the cells of both markets."""
    markets = (move["from_market"], move["to_market"])
    both = zip(markets, _multiples(move, prospects), strict=True)
    return {m: np.full(len(prospects[m].cells), multiple) for m, multiple in both}


def market_move_table(
    prospects: Mapping[str, Prospects],
    stated: Mapping[str, Mapping[str, Any]],
    worths: Mapping[str, Worth],
    labels: Mapping[str, str],
) -> pd.DataFrame:
    """One row per move between markets, with the columns of `scenarios`; market is `all`.

    Within a market the move is in proportion to today's spend. Draws of the markets are joined in their order.

    Parameters
    ----------
    prospects, worths : by market. stated : name → scenario with a `move` between markets.
    """
    rows = []
    for name, scenario in stated.items():
        move = scenario["move"]
        reason = explain_move(move, prospects, labels)
        row = {
            "market": EVERYWHERE,
            "scenario": name,
            "kind": "plan",
            "reason": reason,
            "applicable": not reason,
        }
        rows.append(row if reason else row | change_of_plans(_plans(move, prospects), prospects, worths))
    return pd.DataFrame(rows, columns=SCENARIO_COLUMNS)


def change_of_plans(
    plans: Mapping[str, np.ndarray], prospects: Mapping[str, Prospects], worths: Mapping[str, Worth]
) -> dict[str, float]:
    """What plans of several markets change together, as columns of `scenarios`, on the draws that chose no plan.

    Parameters
    ----------
    plans : market → (cell,) multiples of today's spend. prospects, worths : by market.
    """
    change, profit, chance, outside, spent, moved, level = [], [], [], 0.0, 0.0, 0.0, []
    moves = {
        m: sum((x - 1) * c.spend for c, x in zip(prospects[m].cells, plans[m], strict=True)) for m in plans
    }
    stays = abs(sum(moves.values())) < 1e-6 * sum(total_spend(prospects[m]) for m in plans)
    if stays and all(worths[m].market is None for m in plans):
        # The total stays, so that more outcome is more profit at any common margin.
        worths = dict.fromkeys(worths, Worth(1.0))
    for market, plan in plans.items():
        own = prospects[market]
        outcome = outcome_under(own, plan, NO_CHANGE)[1::2]
        gain, factor = profit_change(own, WhatIf(plan), worths[market])
        after = total_spend(own) + moves[market]
        change.append(outcome - outcome_under(own, None, NO_CHANGE)[1::2])
        profit.append(gain)
        chance.append(factor * own.noise[1::2])
        level.append(outcome if own.baseline is not None else np.full(len(outcome), np.nan))
        outside += share_outside(own.cells, plan) * after
        spent += after
        moved += moves[market]
    change, profit, chance, level = (_joined(parts) for parts in (change, profit, chance, level))
    levels = summarize(level, "outcome")
    return {"spend_change": moved, **summarize(change, "outcome_change")} | {
        "p_loss": share_below_zero(profit),
        "p_loss_predictive": share_below_zero(profit + chance),
        "cvar_10": worst_mean(profit),
        "share_outside_support": outside / spent if spent else 0.0,
        "control_steps": 0.0,
        **{name: levels[name] for name in ("outcome_mean", "outcome_q05", "outcome_q95")},
    }


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """Sum over markets, draw by draw; the shortest decides how many draws there are."""
    length = min(len(p) for p in parts)
    return sum(p[:length] for p in parts)
