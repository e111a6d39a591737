"""The best split of one total over the cells of several markets, each with its bounds, each market with its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import linprog, minimize

from mmm_helpers.decisions.responses import GRID

STARTS = 2
"""Random starts beside the solution of the piecewise linear problem and today's plan."""
STEP = GRID[1] - GRID[0]


@dataclass(frozen=True)
class Problem:
    """One budget over several markets.

    Parameters
    ----------
    spend : (step,) today's spend; a step is what moves by one multiple.
    values : (step, multiples) what each brings at `GRID` multiples of today's, in the money that counts.
    market : (step,) number of its market, from 0 on.
    lower, upper : (step,) bounds as multiples of today's spend.
    market_lower, market_upper : (market,) bounds of a market's spend, in money.
    """

    spend: np.ndarray
    values: np.ndarray
    market: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    market_lower: np.ndarray
    market_upper: np.ndarray

    def spent(self, plan: np.ndarray) -> np.ndarray:
        """(market,) spend of a plan."""
        return np.bincount(self.market, plan * self.spend, minlength=len(self.market_lower))

    def reach(self) -> tuple[float, float]:
        """The least and the most that can be spent in all within every bound."""
        low = np.maximum(self.spent(self.lower), self.market_lower)
        high = np.minimum(self.spent(self.upper), self.market_upper)
        return float(low.sum()), float(high.sum())


def allocate(problem: Problem, total: float, *, seed: int = 0) -> np.ndarray:
    """(step,) multiples of today's spend that bring the most at a total.

    The problem with straight lines between grid points is solved exactly as a linear program where responses are
    concave; from there, from today and from random starts the smooth one is solved by sequential quadratic programming.
    The best of all that keep every bound is returned.

    Parameters
    ----------
    total : money over the horizon; taken to what the bounds can reach (`Problem.reach`).
    """
    total = float(np.clip(total, *problem.reach()))
    curves = PchipInterpolator(GRID, problem.values, axis=1)
    base = _linear(problem, total)
    free = problem.upper > problem.lower + 1e-12
    if not free.any():
        return base
    rng = np.random.default_rng(seed)
    starts = [base, np.ones(len(base)), *(rng.uniform(problem.lower, problem.upper) for _ in range(STARTS))]
    found = [base, *(_smooth(problem, total, curves, s) for s in starts)]
    good = [plan for plan in found if _keeps(problem, total, plan)]
    return max(good or [base], key=lambda plan: _at(curves, plan).sum())


def _at(curves: PchipInterpolator, plan: np.ndarray, *, slope: bool = False) -> np.ndarray:
    """(step,) value, or slope, of each curve at its own multiple."""
    piece = np.clip((plan / STEP).astype(int), 0, len(GRID) - 2)
    rest = plan - GRID[piece]
    a, b, c, d = (curves.c[k][piece, np.arange(len(plan))] for k in range(4))
    return (3 * a * rest + 2 * b) * rest + c if slope else ((a * rest + b) * rest + c) * rest + d


def _linear(problem: Problem, total: float) -> np.ndarray:
    """(step,) multiples by a linear program over the pieces of each curve."""
    owner, width, gain = [], [], []
    for i, (low, high) in enumerate(zip(problem.lower, problem.upper, strict=True)):
        inside = GRID[(low + 1e-9 < GRID) & (high - 1e-9 > GRID)]
        edges = np.array([low, *inside, high])
        values = np.interp(edges, GRID, problem.values[i])
        for k in np.flatnonzero(np.diff(edges) > 1e-12):
            owner.append(i)
            width.append(edges[k + 1] - edges[k])
            gain.append(values[k + 1] - values[k])
    if not owner:
        return problem.lower.copy()
    owner, width, gain = np.array(owner), np.array(width), np.array(gain)
    cost, scale = problem.spend[owner] * width, problem.spend.sum()
    rows = (problem.market[owner] == np.arange(len(problem.market_lower))[:, None]) * cost
    least = problem.spent(problem.lower)
    found = linprog(
        -gain / max(np.abs(gain).sum(), 1e-12),
        A_ub=np.concatenate([rows, -rows]) / scale,
        b_ub=np.concatenate([problem.market_upper - least, least - problem.market_lower]) / scale + 1e-12,
        A_eq=cost[None, :] / scale,
        b_eq=[(total - least.sum()) / scale],
        bounds=(0, 1),
    )
    filled = np.bincount(owner, (found.x if found.success else 0) * width, minlength=len(problem.spend))
    return problem.lower + filled


def _smooth(problem: Problem, total: float, curves: PchipInterpolator, start: np.ndarray) -> np.ndarray:
    """(step,) multiples near a local optimum of the smooth problem; only what may move is moved."""
    free = problem.upper > problem.lower + 1e-12
    spend, scale = problem.spend[free], problem.spend.sum()
    worth = max(float(np.abs(_at(curves, start)).sum()), 1e-12)
    plan = np.where(free, start, problem.lower)

    def whole(x: np.ndarray) -> np.ndarray:
        plan[free] = x
        return plan

    rows = (problem.market[free] == np.arange(len(problem.market_lower))[:, None]) * spend / scale
    kept = problem.spent(np.where(free, 0.0, problem.lower))
    low, high = (problem.market_lower - kept) / scale, (problem.market_upper - kept) / scale
    found = minimize(
        lambda x: -_at(curves, whole(x)).sum() / worth,
        plan[free].copy(),
        jac=lambda x: -_at(curves, whole(x), slope=True)[free] / worth,
        bounds=list(zip(problem.lower[free], problem.upper[free], strict=True)),
        constraints=[
            {
                "type": "eq",
                "fun": lambda x: (spend @ x + kept.sum() - total) / scale,
                "jac": lambda _: spend / scale,
            },
            {"type": "ineq", "fun": lambda x: high - rows @ x, "jac": lambda _: -rows},
            {"type": "ineq", "fun": lambda x: rows @ x - low, "jac": lambda _: rows},
        ],
        method="SLSQP",
        options={"maxiter": 200, "ftol": 1e-10},
    )
    return np.clip(whole(found.x).copy(), problem.lower, problem.upper)


def _keeps(problem: Problem, total: float, plan: np.ndarray) -> bool:
    """Whether a plan keeps the total and every market's bounds."""
    spent, slack = problem.spent(plan), 1e-9 * problem.spend.sum()
    within = (spent >= problem.market_lower - slack) & (spent <= problem.market_upper + slack)
    return bool(np.isfinite(plan).all() and within.all() and abs(spent.sum() - total) <= slack)
