"""Whether the plan is the best there is within its limits: several starts, a proven bound, equal marginal returns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.optimize import lsq_linear

from mmm_helpers.decisions.choice import Choice
from mmm_helpers.decisions.responses import GRID
from mmm_helpers.decisions.scenarios import share_outside
from mmm_helpers.decisions.solver import Task, fill, pieces, solve

CHECK_COLUMNS = ["market", "check", "status", "value", "threshold", "detail"]
"""Columns of the table `budget_check`; value is missing where a check does not apply."""
AGREE, GAP, KKT, EQUAL, OUTSIDE, MOVED = 0.001, 0.002, 0.01, 0.05, 0.0, 0.0005
"""Thresholds; the first two are shares of what today's plan brings, the next two of the marginal return."""
EDGE = 1e-4
"""A multiple this near to its bound is at it."""


def check_plan(market: str, choice: Choice, plan: np.ndarray) -> pd.DataFrame:
    """One row per check of a plan (cell,) at the choice's total, on the draws that choose."""
    task = choice.task()
    steps = np.array([plan[choice.steps == s][0] for s in range(len(task.spend))])
    rows = [
        _starts(choice, task),
        _gap(task, steps),
        _kkt(task, steps),
        _moved(task, steps),
        _equal(task, steps),
        _support(choice, plan),
    ]
    return pd.DataFrame([{"market": market, **row} for row in rows], columns=CHECK_COLUMNS)


def conflict_check(market: str, reason: str) -> pd.DataFrame:
    """The table where limits leave no plan: one row that says which."""
    row = {"market": market, "check": "limits agree", "status": "fail", "detail": reason}
    return pd.DataFrame([row], columns=CHECK_COLUMNS)


def _row(
    check: str, good: bool, value: float, threshold: float, detail: str, *, other: str = "review"
) -> dict:
    status = "pass" if good else other
    return {"check": check, "status": status, "value": value, "threshold": threshold, "detail": detail}


def _size(task: Task) -> float:
    return max(abs(float(task.today.mean())), 1e-12)


def _starts(choice: Choice, task: Task) -> dict:
    values = solve(task, seed=choice.seed + 1)[1]
    good = values[np.isfinite(values)]
    spread = float(np.ptp(good) / _size(task)) if len(good) else 0.0
    detail = "all starts lead to the same value" if spread <= AGREE else "starts end in several local optima"
    return _row("several starts agree", spread <= AGREE, spread, AGREE, detail)


def _gap(task: Task, steps: np.ndarray) -> dict:
    if task.risk > 0:
        return _row(
            "proven bound", True, np.nan, GAP, "only for plans that count the mean alone", other="review"
        )
    gap = (best_possible(task) - task.value(steps)) / _size(task)
    detail = "no plan within the limits can be better by more than the value"
    return _row("proven bound", gap <= GAP, float(gap), GAP, detail)


def best_possible(task: Task) -> float:
    """A value that no plan within the limits exceeds: that of the curves' upper concave hulls, by a linear program.

    Only of the mean (risk 0). Where responses are concave it is the optimum but for rounding.
    """
    fine = np.linspace(GRID[0], GRID[-1], 401)
    curves = [_hull(task, i, fine) for i in range(len(task.spend))]
    start = sum(np.interp(low, fine, c) for low, c in zip(task.lower, curves, strict=True))
    owner, width, gain = pieces(task, np.array(curves), fine)
    filled = fill(task, owner, width, gain) if len(owner) else np.zeros(0)
    return float(start + filled @ gain - task.today.mean())


def _hull(task: Task, step: int, fine: np.ndarray) -> np.ndarray:
    """The least concave curve above a step's mean between its bounds."""
    piece = np.clip(np.searchsorted(GRID, fine, side="right") - 1, 0, len(GRID) - 2)
    a, b, c, d = task.mean_curves[:, piece, step]
    rest = fine - GRID[piece]
    values = ((a * rest + b) * rest + c) * rest + d
    low, high = task.lower[step], task.upper[step]
    inside = np.flatnonzero((fine >= low - 0.005) & (fine <= high + 0.005))
    corners: list[int] = []
    for k in inside:
        while len(corners) > 1 and _below(fine, values, corners[-2], corners[-1], k):
            corners.pop()
        corners.append(int(k))
    return np.interp(fine, fine[corners], values[corners])


def _below(x: np.ndarray, y: np.ndarray, i: int, j: int, k: int) -> bool:
    return bool((y[j] - y[i]) * (x[k] - x[i]) <= (y[k] - y[i]) * (x[j] - x[i]))


def _kkt(task: Task, steps: np.ndarray) -> dict:
    residual = kkt_residual(task, steps)
    detail = "what one more unit brings, beyond what the total and the limits explain, relative to its mean"
    return _row("first-order conditions", residual <= KKT, residual, KKT, detail)


def kkt_residual(task: Task, steps: np.ndarray) -> float:
    """Largest marginal return that no multiplier explains, relative to the mean one (Karush, Kuhn and Tucker).

    A bound that holds may take up a marginal return on its own side only, and so may a joint limit.
    """
    free = task.upper > task.lower + 1e-12
    if not free.any():
        return 0.0
    slope, n = (task.slope(steps) / task.spend)[free], int(free.sum())
    columns, low, high = [np.ones(n)], [-np.inf], [np.inf]
    for i, k in enumerate(np.flatnonzero(free)):
        for at, sign in ((task.upper[k], 1.0), (task.lower[k], -1.0)):
            if abs(steps[k] - at) < EDGE:
                columns.append(sign * np.eye(n)[i])
    near = EDGE * task.total
    for row, least, most in zip(task.rows, task.low, task.high, strict=True):
        for at, sign in ((most, 1.0), (least, -1.0)):
            if np.isfinite(at) and abs(row @ steps - at) < near:
                columns.append(sign * (row / task.spend)[free])
    low += [0.0] * (len(columns) - 1)
    high += [np.inf] * (len(columns) - 1)
    found = lsq_linear(np.array(columns).T, slope, bounds=(low, high))
    return float(np.abs(found.fun).max() / max(np.abs(slope).mean(), 1e-12))


def _moved(task: Task, steps: np.ndarray) -> dict:
    moved = float(np.abs((steps - 1) * task.spend).sum() / 2 / task.spend.sum())
    today = np.ones(len(steps))
    if moved > MOVED:
        return _row("not the starting point", True, moved, MOVED, "the plan moves this share of the money")
    if not (task.upper > task.lower + 1e-12).sum() > 1:
        return _row("not the starting point", True, moved, MOVED, "fewer than two cells may move")
    best = kkt_residual(task, today) <= KKT
    detail = (
        "today's plan is the best within the limits"
        if best
        else "no better plan holds on the draws kept aside"
    )
    return _row("not the starting point", best, moved, MOVED, detail)


def _equal(task: Task, steps: np.ndarray) -> dict:
    inside = (steps > task.lower + EDGE) & (steps < task.upper - EDGE)
    for row, least, most in zip(task.rows, task.low, task.high, strict=True):
        if min(abs(row @ steps - least), abs(row @ steps - most)) < EDGE * task.total:
            inside &= row == 0
    returns = (task.slope(steps) / task.spend)[inside]
    bent = int(is_s_shaped(task.means, task.lower, task.upper).sum())
    where = f"; {bent} responses are S-shaped, so it holds locally" if bent else ""
    if len(returns) < 2:
        return _row(
            "equal marginal returns", True, np.nan, EQUAL, f"fewer than two cells lie inside bounds{where}"
        )
    spread = float(np.ptp(returns) / max(abs(returns.mean()), 1e-12))
    return _row(
        "equal marginal returns", spread <= EQUAL, spread, EQUAL, f"{len(returns)} cells inside bounds{where}"
    )


def is_s_shaped(means: np.ndarray, lower: Sequence[float], upper: Sequence[float]) -> np.ndarray:
    """(step,) whether a mean response bends upwards between its bounds by more than rounding."""
    bend, found = np.diff(means, 2, axis=1), []
    for i, (low, high) in enumerate(zip(lower, upper, strict=True)):
        inside = (GRID[1:-1] >= low) & (GRID[1:-1] <= high)
        size = max(float(np.abs(np.diff(means[i])).max()), 1e-12)
        found.append(bool((bend[i][inside] > 1e-3 * size).any()))
    return np.array(found, bool)


def _support(choice: Choice, plan: np.ndarray) -> dict:
    share = share_outside(choice.cells, plan)
    detail = "share of the plan's money above the 95 % quantile of spend that was seen"
    return _row("within what was seen", share <= OUTSIDE + 1e-9, share, OUTSIDE, detail)
