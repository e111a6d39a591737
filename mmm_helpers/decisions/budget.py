"""The budget plan: today's total, moved within bounds to where it is expected to bring more."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator
from scipy.optimize import minimize

from mmm_helpers.decisions.responses import GRID, TODAY, Cell, response_at
from mmm_helpers.estimands.groups import members
from mmm_helpers.intervals import summarize

OBSERVATIONAL_CHANGE = 0.2
"""A cell without an experiment moves by at most this share of its spend."""
STARTS = 4


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
    marks : columns region, channel, decision_grade; a cell that is not decision-grade stays where it is.
    options : `budget` section of the portfolio file: locked, bounds and max_change per channel.
    groups : table `channel_groups`. The cells of a group move by the same multiple, as far as all of them may,
        or not at all if the group is not decision-grade.
    limits : (cell,) multiples that no cell may grow beyond (`frequency.frequency_limits`); None for none.
    """
    grade = marks.set_index(["region", "channel"])["decision_grade"]
    member, joint = _members(groups)
    lower, upper = [], []
    limits = np.full(len(cells), np.inf) if limits is None else limits
    for cell, limit in zip(cells, limits, strict=True):
        low, high = _own_bounds(cell, options)
        graded = grade.get((cell.region, cell.channel), False)
        free = joint.get(member.get(cell.channel), graded) and cell.channel not in options.get("locked", [])
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
    cells: list[Cell],
    lower: np.ndarray,
    upper: np.ndarray,
    *,
    seed: int = 0,
    steps: np.ndarray | None = None,
) -> np.ndarray:
    """Multiples of today's spend that bring the most at today's total, on the mean of every other draw.

    The other half of the draws is kept for reporting: a plan looks too good on the draws that chose it.

    Parameters
    ----------
    steps : (cell,) numbers from 0 on; cells of the same step have the same multiple (`plan_steps`). None: each
        cell by itself.

    Returns
    -------
    (cell,) multiples within the bounds; today's plan (ones) where nothing better was found, or where what was
    found is not expected to bring more by the half of the draws that did not choose it.
    """
    steps = np.arange(len(cells)) if steps is None else steps
    spend = np.bincount(steps, [c.spend for c in cells])
    means = [sum(c.response[::2].mean(axis=0) for c in _of(cells, steps, s)) for s in range(len(spend))]
    low, high = (np.array([limit[steps == s][0] for s in range(len(spend))]) for limit in (lower, upper))
    plan = _best(spend, [PchipInterpolator(GRID, m) for m in means], low, high, seed)[steps]
    return plan if _reported_gain(cells, plan) > 0 else np.ones(len(cells))


def _reported_gain(cells: list[Cell], plan: np.ndarray) -> float:
    """Mean gain of a plan on the draws that did not choose it."""
    gains = [(response_at(c, m) - c.response[:, TODAY])[1::2] for c, m in zip(cells, plan, strict=True)]
    return float(sum(gains).mean())


def _of(cells: list[Cell], steps: np.ndarray, step: int) -> list[Cell]:
    return [cell for cell, own in zip(cells, steps, strict=True) if own == step]


def _best(
    spend: np.ndarray, curves: list[PchipInterpolator], lower: np.ndarray, upper: np.ndarray, seed: int
) -> np.ndarray:
    """Multiples of several curves that bring the most at the same total, from several starts."""
    slopes = [curve.derivative() for curve in curves]
    scale = max(sum(float(c(1.0)) for c in curves), 1e-9)

    def loss(x: np.ndarray) -> float:
        return -sum(float(c(v)) for c, v in zip(curves, x, strict=True)) / scale

    def gradient(x: np.ndarray) -> np.ndarray:
        return -np.array([float(s(v)) for s, v in zip(slopes, x, strict=True)]) / scale

    same_total = {
        "type": "eq",
        "fun": lambda x: (spend @ x) / spend.sum() - 1,
        "jac": lambda _: spend / spend.sum(),
    }
    best, least = np.ones(len(spend)), loss(np.ones(len(spend)))
    for start in _starts(lower, upper, seed):
        found = minimize(
            loss,
            start,
            jac=gradient,
            bounds=list(zip(lower, upper, strict=True)),
            constraints=same_total,
            method="SLSQP",
        )
        if found.success and found.fun < least - 1e-9:
            best, least = np.clip(found.x, lower, upper), found.fun
    return best


def _starts(lower: np.ndarray, upper: np.ndarray, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [np.ones(len(lower)), *(rng.uniform(lower, upper) for _ in range(STARTS - 1))]


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
