"""The plan that brings the most at a total within linear limits: the mean of the draws, its bad tail, or both.

The mean is a smooth curve through the grid points of each response (monotone cubic, Fritsch and Carlson 1980), whose
slope is exact. The bad tail is the conditional value at risk (Rockafellar and Uryasev 2000): the mean change over the
worst share of draws; its gradient is the mean slope over these draws. Where responses are concave the first start, a
linear program over straight pieces, is next to the only optimum; S-shaped responses may have several, so the plan is
the best of several starts and no proof of the best there is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import linprog, minimize
from threadpoolctl import threadpool_limits

from mmm_helpers.decisions.responses import GRID

STARTS = 2
"""Random starts beside the linear program's plan and today's."""
STEP = GRID[1] - GRID[0]


@dataclass(frozen=True)
class Task:
    """What is to be solved; a step is what moves by one multiple.

    Parameters
    ----------
    spend, lower, upper : (step,) today's spend, and bounds as multiples of it.
    draws : (step, sample, multiples) what each step brings at `GRID`, in the money that counts.
    total : money over the horizon.
    rows : (limit, step) money that counts for a limit at today's spend. low, high : (limit,) its bounds.
    risk : weight of the bad tail, 0 to 1. level : share of draws in the bad tail.
    """

    spend: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    draws: np.ndarray
    total: float
    rows: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    low: np.ndarray = field(default_factory=lambda: np.zeros(0))
    high: np.ndarray = field(default_factory=lambda: np.zeros(0))
    risk: float = 0.0
    level: float = 0.1

    @cached_property
    def means(self) -> np.ndarray:
        """(step, multiples) mean over draws."""
        return self.draws.mean(axis=1)

    @cached_property
    def mean_curves(self) -> np.ndarray:
        """(4, pieces, step) coefficients of the mean's smooth curves."""
        return PchipInterpolator(GRID, self.means, axis=1).c

    @cached_property
    def draw_curves(self) -> np.ndarray:
        """(4, pieces, step, sample) coefficients of each draw's smooth curve."""
        return PchipInterpolator(GRID, self.draws, axis=2).c

    @cached_property
    def today(self) -> np.ndarray:
        """(sample,) what today's plan brings."""
        return self.draws[:, :, int(np.argmin(np.abs(GRID - 1)))].sum(axis=0)

    def value(self, plan: np.ndarray) -> float:
        """(1 − risk) × mean + risk × bad tail of the change against today's plan."""
        value = 0.0
        if self.risk < 1:
            value += (1 - self.risk) * (_at(self.mean_curves, plan).sum() - self.today.mean())
        if self.risk > 0:
            value += self.risk * float(self._tail(plan) @ self.gains(plan))
        return float(value)

    def slope(self, plan: np.ndarray) -> np.ndarray:
        """(step,) change of `value` for one more multiple of each step."""
        slope = np.zeros(len(plan))
        if self.risk < 1:
            slope += (1 - self.risk) * _at(self.mean_curves, plan, slope=True)
        if self.risk > 0:
            slope += self.risk * (_at(self.draw_curves, plan, slope=True) @ self._tail(plan))
        return slope

    def gains(self, plan: np.ndarray) -> np.ndarray:
        """(sample,) change against today's plan."""
        return _at(self.draw_curves, plan).sum(axis=0) - self.today

    def _tail(self, plan: np.ndarray) -> np.ndarray:
        return tail_weights(self.gains(plan), self.level)

    def keeps(self, plan: np.ndarray, *, slack: float = 1e-6) -> bool:
        """Whether a plan keeps its total, its bounds and every limit."""
        room = slack * max(self.total, 1.0)
        if not np.isfinite(plan).all() or abs(self.spend @ plan - self.total) > room:
            return False
        inside = (plan >= self.lower - slack).all() and (plan <= self.upper + slack).all()
        if not len(self.low):
            return bool(inside)
        spent = self.rows @ plan
        return bool(inside and (spent >= self.low - room).all() and (spent <= self.high + room).all())


def tail_weights(gains: np.ndarray, level: float) -> np.ndarray:
    """(sample,) weights that average the worst share `level` of draws; the last one in it counts in part.

    Examples
    --------
    >>> [float(w) for w in tail_weights(np.array([3.0, 1.0, 2.0, 4.0]), 0.375).round(3)]
    [0.0, 0.667, 0.333, 0.0]
    """
    order, share = np.argsort(gains, kind="stable"), level * len(gains)
    weights = np.zeros(len(gains))
    weights[order] = np.clip(share - np.arange(len(gains)), 0, 1)
    return weights / weights.sum()


def _at(curves: np.ndarray, plan: np.ndarray, *, slope: bool = False) -> np.ndarray:
    """(step, …) value, or slope, of each step's curves at its own multiple."""
    piece = np.clip((plan / STEP).astype(int), 0, len(GRID) - 2)
    a, b, c, d = curves[:, piece, np.arange(len(plan))]
    rest = (plan - GRID[piece]).reshape(-1, *([1] * (a.ndim - 1)))
    return (3 * a * rest + 2 * b) * rest + c if slope else ((a * rest + b) * rest + c) * rest + d


def solve(task: Task, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The best plan of several starts.

    Returns
    -------
    plan : (step,) multiples of today's spend. values : (start,) what each start led to, NaN where it led nowhere.
    """
    rng = np.random.default_rng(seed)
    first = linear_plan(task)
    if not (task.upper > task.lower + 1e-12).any():
        return first, np.array([task.value(first)])
    starts = [
        first,
        np.clip(np.ones(len(first)), task.lower, task.upper),
        *(rng.uniform(task.lower, task.upper) for _ in range(STARTS)),
    ]
    found = [_climb(task, start) for start in starts]
    values = np.array([task.value(plan) if task.keeps(plan) else np.nan for plan in found])
    best = first if np.isnan(values).all() else found[int(np.nanargmax(values))]
    if task.keeps(first) and task.value(first) > task.value(best):
        best = first
    return best, values


def _climb(task: Task, start: np.ndarray) -> np.ndarray:
    """(step,) plan at a local optimum near a start, by sequential quadratic programming."""
    free = task.upper > task.lower + 1e-12
    plan, scale = np.where(free, start, task.lower), task.total
    worth = max(abs(float(task.slope(plan) @ np.ones(len(plan)))), 1e-12)

    def whole(x: np.ndarray) -> np.ndarray:
        plan[free] = np.clip(x, task.lower[free], task.upper[free])
        return plan

    fixed = np.where(free, 0.0, task.lower)
    spend, left = task.spend[free] / scale, (task.total - task.spend @ fixed) / scale
    keep = [{"type": "eq", "fun": lambda x: spend @ x - left, "jac": lambda _: spend}]
    if len(task.low):
        rows, moved = task.rows[:, free] / scale, task.rows @ fixed / scale
        for sign, side in ((1.0, task.low), (-1.0, task.high)):
            has = np.isfinite(side)
            if has.any():
                own, at = sign * rows[has], sign * (side[has] / scale - moved[has])
                keep.append(
                    {"type": "ineq", "fun": lambda x, a=own, b=at: a @ x - b, "jac": lambda _, a=own: a}
                )
    # Threads of the linear algebra wait for each other longer than such small matrices take.
    with threadpool_limits(1):
        found = minimize(
            lambda x: -task.value(whole(x)) / worth,
            plan[free].copy(),
            jac=lambda x: -task.slope(whole(x))[free] / worth,
            bounds=list(zip(task.lower[free], task.upper[free], strict=True)),
            constraints=keep,
            method="SLSQP",
            options={"maxiter": 200, "ftol": 1e-9},
        )
    return whole(found.x).copy()


def pieces(task: Task, values: np.ndarray, grid: np.ndarray = GRID) -> tuple[np.ndarray, ...]:
    """Owner, width (multiples) and gain of each straight piece of each step's curve between its bounds."""
    owner, width, gain = [], [], []
    for i, (low, high) in enumerate(zip(task.lower, task.upper, strict=True)):
        edges = np.array([low, *grid[(low + 1e-9 < grid) & (high - 1e-9 > grid)], high])
        at = np.interp(edges, grid, values[i])
        some = np.flatnonzero(np.diff(edges) > 1e-12)
        owner.append(np.full(len(some), i))
        width.append(np.diff(edges)[some])
        gain.append(np.diff(at)[some])
    return tuple(np.concatenate(x) for x in (owner, width, gain))


def linear_plan(task: Task) -> np.ndarray:
    """(step,) the best plan for the means with straight lines between grid points, where these are concave."""
    owner, width, gain = pieces(task, task.means)
    if not len(owner):
        return task.lower.copy()
    filled = fill(task, owner, width, gain)
    at = task.lower + np.bincount(owner, filled * width, minlength=len(task.spend))
    return np.clip(at, task.lower, task.upper)


def fill(task: Task, owner: np.ndarray, width: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """(piece,) shares of the pieces, each worth `gain`, that bring the most within the total and every limit."""
    scale, cost = task.total, task.spend[owner] * width
    upper_rows, upper_ends = np.zeros((0, len(owner))), np.zeros(0)
    if len(task.low):
        own, least = task.rows[:, owner] * width / scale, task.rows @ task.lower / scale
        low, high = np.isfinite(task.low), np.isfinite(task.high)
        upper_rows = np.concatenate([own[high], -own[low]])
        ends = [task.high[high] / scale - least[high], least[low] - task.low[low] / scale]
        upper_ends = np.concatenate(ends) + 1e-9
    found = linprog(
        -gain / max(np.abs(gain).sum(), 1e-12),
        A_ub=upper_rows,
        b_ub=upper_ends,
        A_eq=cost[None, :] / scale,
        b_eq=[(task.total - task.spend @ task.lower) / scale],
        bounds=(0, 1),
    )
    return found.x if found.success else np.zeros(len(owner))
