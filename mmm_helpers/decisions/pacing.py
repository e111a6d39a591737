"""When to spend within the horizon: a channel's total spread over periods, under carry-over and saturation.

Saturation acts on what is carried over in each period, what was spent before still works, and what works on after the
horizon counts, beside the spend that goes on then. The model knows one strength of a channel for all seasons
(`model.varying_media` carries its last one on), so the season moves nothing unless the worth of an effect differs
between periods (`Course.worth`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mmm_helpers.model.transforms import lag_matrix

STARTS = 3
"""Random starts beside even spending, bursts and spending early or late."""
WORTHWHILE = 1e-6
"""A plan must gain more than this share of what even spending brings, else even spending is kept."""
ROUNDS, PAIRS = 4, 80
"""How often moves between two periods are tried, and how many pairs at a time."""
NUDGE = 1e-4
"""Relative step of the numerical slope of saturation."""


@dataclass(frozen=True)
class Course:
    """How a channel's spend over the coming periods works.

    Parameters
    ----------
    before : (lags, r) media of the last observed periods, which still carry over.
    even : (r,) media per period if the total is spread evenly.
    after : (r,) media per period after the horizon. If nothing followed, whatever is spent last would seem to work
        best, because what it leaves behind would meet no other spend.
    weights : (sample, lags + 1) carry-over, lag 0 first.
    saturate : (sample, t, r) carried-over media → effect of the same shape; any shape of curve, zero at zero.
    worth : (sample or 1, t, r) money per unit of effect in each period; t = horizon + lags, so the tail counts.
    horizon : periods in which money is spent.
    most : the most that may be spent in a period, as a multiple of even spending; at least 1.
    """

    before: np.ndarray
    even: np.ndarray
    after: np.ndarray
    weights: np.ndarray
    saturate: Callable[[np.ndarray], np.ndarray]
    worth: np.ndarray
    horizon: int
    most: float

    def path(self, plan: np.ndarray) -> np.ndarray:
        """(t, r) media: what came before, the plan's periods, what follows while it fades."""
        tail = np.tile(self.after, (len(self.before), 1))
        return np.concatenate([self.before, plan[:, None] * self.even, tail])

    def carried(self, plan: np.ndarray) -> np.ndarray:
        """(sample, horizon + lags, r) media after carry-over from the horizon's first period on."""
        lags = lag_matrix(self.path(plan), self.weights.shape[1])[:, len(self.before) :]
        return (self.weights @ lags.reshape(len(lags), -1)).reshape(len(self.weights), *lags.shape[1:])

    def value(self, plan: np.ndarray) -> np.ndarray:
        """(sample,) money from the horizon's first period on until nothing of the plan is left, carry-in included.

        Parameters
        ----------
        plan : (horizon,) spend of each period as a multiple of even spending; its mean is 1.
        """
        return (self.worth * self.saturate(self.carried(plan))).sum(axis=(1, 2))

    def slope(self, plan: np.ndarray) -> np.ndarray:
        """(horizon,) mean money that a little more in each period brings, per multiple of even spending."""
        carried = self.carried(plan)
        step = NUDGE * np.maximum(carried, self.even)
        above, below = self.saturate(carried + step), self.saturate(np.maximum(carried - step, 0.0))
        steep = self.worth * (above - below) / (carried + step - np.maximum(carried - step, 0.0))
        landed = (steep * self.even).sum(axis=2)
        periods = np.arange(self.horizon)
        ahead = [landed[:, lag + periods] * self.weights[:, [lag]] for lag in range(self.weights.shape[1])]
        return sum(ahead).mean(axis=0)


def pace(course: Course, *, seed: int = 0) -> np.ndarray:
    """Spread one total over periods so that it brings the most on the mean of the course's draws.

    Sequential quadratic programming from even spending, early and late spending, bursts of two to four periods and
    random starts, since curves that are S-shaped have several local optima; then moves of money between two periods.

    Returns
    -------
    (horizon,) multiples of even spending, mean 1, within 0 and `course.most`; even spending (ones) where nothing
    better was found.

    Examples
    --------
    >>> root = Course(np.zeros((0, 1)), np.ones(1), np.ones(1), np.ones((1, 1)), np.sqrt, np.ones((1, 4, 1)), 4, 3.0)
    >>> pace(root).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    even = np.ones(course.horizon)
    if course.horizon < 2 or course.most <= 1:
        return even
    best, most = even, _worth_having(course)
    for start in _starts(course.horizon, course.most, seed):
        plan = _climb(course, start)
        reached = float(course.value(plan).mean())
        if reached > most:
            best, most = plan, reached
    return _exchange(course, best, most, seed)


def _worth_having(course: Course) -> float:
    """Mean money that a plan must bring to be taken instead of even spending."""
    usual = float(course.value(np.ones(course.horizon)).mean())
    return usual + WORTHWHILE * abs(usual)


def _climb(course: Course, start: np.ndarray) -> np.ndarray:
    """(horizon,) a local optimum near a start."""
    scale = max(abs(float(course.value(start).mean())), 1e-12)
    found = minimize(
        lambda x: -course.value(x).mean() / scale,
        start,
        jac=lambda x: -course.slope(x) / scale,
        bounds=[(0.0, course.most)] * course.horizon,
        constraints={
            "type": "eq",
            "fun": lambda x: x.mean() - 1,
            "jac": lambda x: np.full(len(x), 1 / len(x)),
        },
        method="SLSQP",
        options={"maxiter": 60, "ftol": 1e-9},
    )
    return _feasible(found.x, course.most)


def _exchange(course: Course, plan: np.ndarray, most: float, seed: int) -> np.ndarray:
    """(horizon,) a plan that no move of money between two periods betters; each better one is climbed from."""
    rng = np.random.default_rng(seed)
    pairs = np.array([(i, j) for i in range(course.horizon) for j in range(course.horizon) if i != j])
    for _ in range(ROUNDS):
        some = pairs[rng.permutation(len(pairs))[:PAIRS]]
        moved = [_move(plan, i, j, step, course.most) for i, j in some for step in (0.5, 1.0)]
        reached = [float(course.value(other).mean()) for other in moved]
        other = _climb(course, moved[int(np.argmax(reached))])
        value = float(course.value(other).mean())
        if value <= most * (1 + WORTHWHILE * np.sign(most)):
            return plan
        plan, most = other, value
    return plan


def _move(plan: np.ndarray, source: int, target: int, step: float, most: float) -> np.ndarray:
    """The plan with up to `step` taken from one period and given to another."""
    amount, moved = min(step, plan[source], most - plan[target]), plan.copy()
    moved[source] -= amount
    moved[target] += amount
    return moved


def _starts(horizon: int, most: float, seed: int) -> list[np.ndarray]:
    """(horizon,) plans to start from, each within the bounds and with mean 1."""
    periods, rng = np.arange(horizon), np.random.default_rng(seed)
    early = np.linspace(1.5, 0.5, horizon)
    bursts = [((periods + shift) // length) % 2 == 0 for length in (1, 2, 3, 4) for shift in (0, length)]
    random = [rng.uniform(0, 2, horizon) for _ in range(STARTS)]
    tilts = [np.ones(horizon), early, early[::-1]]
    return [_feasible(np.asarray(p, float), most) for p in (*tilts, *bursts, *random)]


def _feasible(plan: np.ndarray, most: float) -> np.ndarray:
    """The nearest plan (in squares) with mean 1 between 0 and `most`."""
    low, high = plan.min() - most - 1, plan.max() + 1
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if np.clip(plan - middle, 0, most).mean() > 1 else (low, middle)
    found = np.clip(plan - high, 0, most)
    return np.where(np.abs(found - 1) < 1e-9, 1.0, found)
