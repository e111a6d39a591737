"""One budget over all markets: the same total, a tenth more, a tenth less, decided market by market.

Money is in the reporting currency at the stated budget rates. Draws of different markets are joined by their order.
The portfolio stage permutes each market's draws by itself (`portfolio_stage.take_along`), so a draw of one market goes
with any draw of another: given the data, markets count as independent. What they share through the common prior is in
each market's own draws; that their errors may go together is not in the intervals of a sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mmm_helpers.decisions.between import EVERYWHERE, change_of_plans, total_spend
from mmm_helpers.decisions.budget import BUDGET_COLUMNS, budget_table
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import TODAY, response_at
from mmm_helpers.decisions.scenarios import SCENARIO_COLUMNS
from mmm_helpers.decisions.solver import Task, solve
from mmm_helpers.decisions.worth import Worth

MARKET_CHANGE = 0.2
"""A market's total moves by at most this share unless the portfolio file says otherwise."""
SAME, MORE, LESS = "same total", "10 % more", "10 % less"
"""Names of the plans."""
TOTALS = {SAME: 1.0, MORE: 1.1, LESS: 0.9}
"""Plan → its total as a multiple of today's spend of all markets."""
EVENLY = {"10 % more everywhere": 1.1, "10 % less everywhere": 0.9}
"""What-ifs beside the plans: every cell of every market moves alike."""
PLAN_COLUMNS = ["market", "plan", *BUDGET_COLUMNS[1:], "withheld"]
"""Columns of the table `portfolio_plan`; it has no rows where no market may be given a recommendation."""


@dataclass(frozen=True)
class Part:
    """What one market brings into the portfolio's budget.

    Parameters
    ----------
    bounds : (cell,) lower and upper multiples, by the market's own rules; None where its gate withholds advice.
    steps : (cell,) numbers of the steps in which cells move, from 0 on.
    evidence : columns region, channel, data_tier, cause_mark, one row a cell.
    max_change : most that the market's total may move, as a share of it.
    seeks_profit : whether its plans seek profit where the margin is known, or outcome.
    """

    prospects: Prospects
    worth: Worth
    bounds: tuple[np.ndarray, np.ndarray] | None
    steps: np.ndarray
    evidence: pd.DataFrame
    max_change: float = MARKET_CHANGE
    seeks_profit: bool = True

    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """The bounds; today's spend where advice is withheld."""
        ones = np.ones(len(self.prospects.cells))
        return (ones, ones) if self.bounds is None else self.bounds


def counts_profit(parts: Mapping[str, Part]) -> bool:
    """Whether plans seek profit: every market does and its margin is known. Else all markets alike seek outcome."""
    return all(part.seeks_profit and part.worth.market is not None for part in parts.values())


def plan_portfolio(parts: Mapping[str, Part], *, seed: int = 0) -> dict[str, dict[str, np.ndarray]]:
    """The plans over all markets.

    Parameters
    ----------
    parts : by market.

    Returns
    -------
    Plan (`TOTALS`) → market → (cell,) multiples of today's spend; empty where no market may be given a recommendation.
    Half of the draws choose. A plan with the same total that is not expected to bring more by the other half is
    today's. Where bounds leave no room for a total, the plan goes as far as they reach.
    """
    if all(part.bounds is None for part in parts.values()):
        return {}
    task = _task(parts)
    totals = {name: float(np.clip(share * task.total, *_reach(task))) for name, share in TOTALS.items()}
    found = {
        name: _by_market(parts, solve(replace(task, total=total), seed=seed)[0])
        for name, total in totals.items()
    }
    if _reported_gain(parts, found[SAME]) <= 0:
        found[SAME] = {m: np.ones(len(part.prospects.cells)) for m, part in parts.items()}
    return found


def _weights(parts: Mapping[str, Part], market: str) -> np.ndarray:
    """(cell,) what a unit of outcome counts."""
    cells = parts[market].prospects.cells
    return parts[market].worth.of_cells(cells) if counts_profit(parts) else np.ones(len(cells))


def _task(parts: Mapping[str, Part]) -> Task:
    """Today's total over the steps of all markets, on the mean of every other draw; a limit for each market's total."""
    spend, values, market, lower, upper = [], [], [], [], []
    for code, part in parts.items():
        cells, weights, limits = part.prospects.cells, _weights(parts, code), part.limits()
        for step in range(int(part.steps.max(initial=-1)) + 1):
            own = np.flatnonzero(part.steps == step)
            spend.append(sum(cells[i].spend for i in own))
            values.append(sum(weights[i] * cells[i].response[::2].mean(axis=0) for i in own))
            market.append(code)
            lower.append(limits[0][own].max())
            upper.append(limits[1][own].min())
    totals = np.array([total_spend(part.prospects) for part in parts.values()])
    change = np.array([part.max_change for part in parts.values()])
    spend = np.array(spend)
    return Task(
        spend,
        np.array(lower),
        np.array(upper),
        np.array(values)[:, None, :],
        total=float(spend.sum()),
        rows=np.array([spend * (np.array(market) == code) for code in parts]),
        low=totals * (1 - change),
        high=totals * (1 + change),
    )


def _reach(task: Task) -> tuple[float, float]:
    """The least and the most that can be spent in all within every bound."""
    low = np.maximum(task.rows @ task.lower, task.low)
    high = np.minimum(task.rows @ task.upper, task.high)
    return float(low.sum()), float(high.sum())


def _by_market(parts: Mapping[str, Part], plan: np.ndarray) -> dict[str, np.ndarray]:
    """Market → (cell,) multiples, from those of the steps of all markets."""
    found, start = {}, 0
    for code, part in parts.items():
        count = int(part.steps.max(initial=-1)) + 1
        found[code] = plan[start : start + count][part.steps] if count else np.ones(0)
        start += count
    return found


def _reported_gain(parts: Mapping[str, Part], plan: Mapping[str, np.ndarray]) -> float:
    """Mean gain of a plan on the draws that did not choose it."""
    return sum(
        float(w * (response_at(c, m) - c.response[:, TODAY])[1::2].mean())
        for code, part in parts.items()
        for c, m, w in zip(part.prospects.cells, plan[code], _weights(parts, code), strict=True)
    )


def portfolio_plan_table(
    parts: Mapping[str, Part], plans: Mapping[str, Mapping[str, np.ndarray]]
) -> pd.DataFrame:
    """One row per plan and cell: the columns of `budget_plan`, and whether the market's own advice is withheld."""
    tables = []
    for name, plan in plans.items():
        for code, part in parts.items():
            if not part.prospects.cells:
                continue
            own = budget_table(code, part.prospects.cells, plan[code], part.limits(), part.evidence)
            tables.append(own.assign(plan=name, withheld=part.bounds is None))
    return (pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()).reindex(columns=PLAN_COLUMNS)


def portfolio_scenario_table(
    parts: Mapping[str, Part], plans: Mapping[str, Mapping[str, np.ndarray]]
) -> pd.DataFrame:
    """One row per plan for all markets together (market `all`) and for each market; the columns of `scenarios`.

    Beside the plans stand a tenth more and a tenth less in every cell of every market, which are no advice.
    """
    prospects = {code: part.prospects for code, part in parts.items() if part.prospects.cells}
    worths = {code: parts[code].worth for code in prospects}
    alike = {
        name: {code: np.full(len(own.cells), multiple) for code, own in prospects.items()}
        for name, multiple in EVENLY.items()
    }
    rows = []
    for name, plan in {**plans, **alike}.items() if prospects else ():
        groups = {EVERYWHERE: list(prospects)} | {code: [code] for code in prospects}
        for market, codes in groups.items():
            row = {"market": market, "scenario": name, "kind": "plan", "reason": "", "applicable": True}
            rows.append(row | change_of_plans({c: plan[c] for c in codes}, prospects, worths))
    return pd.DataFrame(rows, columns=SCENARIO_COLUMNS)
