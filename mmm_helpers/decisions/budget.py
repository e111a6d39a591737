"""The budget plan: today's total, moved within bounds to where it is expected to bring more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mmm_helpers.decisions.limits import Limit, require_plan, share_limits
from mmm_helpers.decisions.responses import GRID, TODAY, Cell, response_at
from mmm_helpers.decisions.solver import Task, solve
from mmm_helpers.estimands.groups import members
from mmm_helpers.intervals import summarize

OBSERVATIONAL_CHANGE = 0.2
"""A cell without an experiment moves by at most this share of its spend."""


def plan_bounds(
    cells: list[Cell],
    marks: pd.DataFrame,
    options: dict,
    groups: pd.DataFrame | None = None,
    *,
    limits: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper multiples of today's spend per cell.

    Parameters
    ----------
    marks : columns region, channel, decision_grade, cut_only; a cell that is neither stays where it is, one that may
        only be cut gets at most what it has today.
    options : `budget` section of the portfolio file: locked, bounds and max_change per channel.
    groups : table `channel_groups`. The cells of a group move by the same multiple, as far as all of them may,
        or not at all if the group is not decision-grade.
    limits : (cell,) multiples that no cell may grow beyond (`frequency.frequency_limits`); None for none.
    """
    own_marks = marks.set_index(["region", "channel"])
    grade, cut_only = own_marks["decision_grade"], own_marks["cut_only"]
    member, joint = _members(groups)
    lower, upper = [], []
    limits = np.full(len(cells), np.inf) if limits is None else limits
    for cell, limit in zip(cells, limits, strict=True):
        low, high = _own_bounds(cell, options)
        key, group = (cell.region, cell.channel), member.get(cell.channel)
        falls = group is None and cut_only.get(key, False)
        free = joint.get(group, grade.get(key, False) or falls) and cell.channel not in options.get(
            "locked", []
        )
        high = min(high, 1.0) if falls else high
        lower.append(max(min(low, 1.0), 0.0) if free else 1.0)
        upper.append(min(max(min(high, cell.support, limit), 1.0), GRID[-1]) if free else 1.0)
    steps = plan_steps(cells, groups)
    lower, upper = np.array(lower), np.array(upper)
    for step in np.unique(steps):
        lower[steps == step], upper[steps == step] = lower[steps == step].max(), upper[steps == step].min()
    return lower, upper


def _own_bounds(cell: Cell, options: dict) -> tuple[float, float]:
    change = options.get("max_change")
    own = change.get(cell.channel) if isinstance(change, dict) else change
    most = OBSERVATIONAL_CHANGE if own is None else float(own)
    return options.get("bounds", {}).get(cell.channel, (1 - most, 1 + most))


def _members(groups: pd.DataFrame | None) -> tuple[dict[str, str], dict[str, bool]]:
    """Channel → group, and group → whether it is decision-grade."""
    if groups is None or groups.empty:
        return {}, {}
    return members(groups), groups.set_index("group")["decision_grade"].astype(bool).to_dict()


def plan_steps(cells: list[Cell], groups: pd.DataFrame | None = None) -> np.ndarray:
    """(cell,) number of the step in which a cell moves: its own, or one for all cells of a group."""
    member, _ = _members(groups)
    names = [member.get(cell.channel, f"{i}") for i, cell in enumerate(cells)]
    return np.unique(names, return_inverse=True)[1]


def optimize_plan(
    cells: Sequence[Cell],
    lower: np.ndarray,
    upper: np.ndarray,
    *,
    total: float | None = None,
    steps: np.ndarray | None = None,
    seed: int = 0,
    risk: float = 0.0,
    level: float = 0.1,
    most_share: float | None = None,
    limits: Sequence[Limit] = (),
) -> np.ndarray:
    """Multiples of today's spend that bring the most at a total, on every other draw.

    The other half of the draws is kept for reporting: a plan looks too good on the draws that chose it. See `solver`
    for the method.

    Parameters
    ----------
    cells : of one market or of several, in one currency, with the same number of draws.
    lower, upper : (cell,) bounds as multiples of today's spend.
    total : money over the horizon, all cells together; None for today's.
    steps : (cell,) numbers from 0 on; cells of the same step have the same multiple (`plan_steps`). None: each
        cell by itself.
    risk : 0 counts the mean, 1 only the mean of the worst share `level` of draws (CVaR), between them a mix.
    most_share : largest share of the total that a channel may have; None for no such limit.
    limits : further limits that join cells (`limits.channel_limits`).

    Returns
    -------
    (cell,) multiples within the bounds. At today's total, where that plan keeps every limit: today's plan (ones)
    where nothing better was found, or where what was found is not expected to bring more by the half of the draws
    that did not choose it.

    Raises
    ------
    InputError
        Where no plan keeps all limits; the sentence names the two that conflict. A total of zero or less.

    Examples
    --------
    >>> cells = [Cell("R1", c, 100.0, 2.0, np.tile(s * GRID**0.5, (4, 1))) for c, s in (("tv", 3), ("search", 1))]
    >>> optimize_plan(cells, np.full(2, 0.5), np.full(2, 1.5), total=220.0).round(2).tolist()
    [1.5, 0.7]
    """
    task = make_task(
        cells,
        lower,
        upper,
        total=total,
        steps=steps,
        risk=risk,
        level=level,
        most_share=most_share,
        limits=limits,
    )
    steps = np.arange(len(cells)) if steps is None else steps
    plan, ones = solve(task, seed=seed)[0], np.ones(len(task.spend))
    if task.keeps(ones) and (
        task.value(plan) <= task.value(ones) + 1e-9 * abs(task.today.mean())
        or (risk == 0 and _reported_gain(cells, plan[steps]) <= 0)
    ):
        plan = ones
    return plan[steps]


def make_task(
    cells: Sequence[Cell],
    lower: np.ndarray,
    upper: np.ndarray,
    *,
    total: float | None = None,
    steps: np.ndarray | None = None,
    risk: float = 0.0,
    level: float = 0.1,
    most_share: float | None = None,
    limits: Sequence[Limit] = (),
) -> Task:
    """What `optimize_plan` solves, on the draws that choose; parameters and errors as there."""
    spend = np.array([c.spend for c in cells], float)
    total = float(spend.sum() if total is None else total)
    limits = [*limits, *share_limits(cells, total, most_share)]
    require_plan(spend, lower, upper, total, limits)
    steps = np.arange(len(cells)) if steps is None else steps
    count = int(steps.max(initial=-1)) + 1
    draws = np.zeros((count, *cells[0].response[::2].shape))
    for cell, step in zip(cells, steps, strict=True):
        draws[step] += cell.response[::2]
    rows = [np.bincount(steps, spend * limit.cells, minlength=count) for limit in limits]
    return Task(
        spend=np.bincount(steps, spend),
        lower=np.array([lower[steps == s].max() for s in range(count)]),
        upper=np.array([upper[steps == s].min() for s in range(count)]),
        draws=draws,
        total=total,
        rows=np.array(rows).reshape(len(limits), count),
        low=np.array([limit.low for limit in limits]),
        high=np.array([limit.high for limit in limits]),
        risk=risk,
        level=level,
    )


def _reported_gain(cells: Sequence[Cell], plan: np.ndarray) -> float:
    """Mean gain of a plan on the draws that did not choose it."""
    gains = [(response_at(c, m) - c.response[:, TODAY])[1::2] for c, m in zip(cells, plan, strict=True)]
    return float(sum(gains).mean())


def budget_table(
    market: str,
    cells: list[Cell],
    plan: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    marks: pd.DataFrame,
) -> pd.DataFrame:
    """One row per cell: today's and recommended spend over the horizon, bounds, what each brings.

    Outcomes are money in the reporting currency, on the draws that did not choose the plan.
    """
    evidence = marks.set_index(["region", "channel"])[["data_tier", "cause_mark"]]
    rows = []
    for cell, multiple, low, high in zip(cells, plan, *bounds, strict=True):
        row = {"market": market, "region": cell.region, "channel": cell.channel, "current": cell.spend}
        row |= {"recommended": cell.spend * multiple, "lower": cell.spend * low, "upper": cell.spend * high}
        row |= summarize(cell.response[1::2, TODAY], "outcome_current")
        row |= summarize(response_at(cell, multiple)[1::2], "outcome_recommended")
        rows.append(row | evidence.loc[(cell.region, cell.channel)].to_dict())
    return pd.DataFrame(rows, columns=BUDGET_COLUMNS)


_OUTCOMES = [
    f"outcome_{plan}_{s}" for plan in ("current", "recommended") for s in ("mean", "q05", "q50", "q95")
]
BUDGET_COLUMNS = [
    "market", "region", "channel", "current", "recommended", "lower", "upper", *_OUTCOMES, "data_tier", "cause_mark"
]  # fmt: skip
"""Columns of the table `budget_plan`; it has no rows where there is no recommendation."""
