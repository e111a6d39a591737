"""The Qini curve of a ranking of users, against drawing them by lot; and the tables about a market's holdouts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.experiments.uplift import (
    UPLIFT_COLUMNS,
    compute_arm_balance,
    compute_learner_uplift,
    compute_simple_uplift,
    difference_p_value,
    predict_uplift,
)
from mmm_helpers.intervals import LOWER, SUFFIXES, UPPER, summarize

DRAWS = 400
POINTS = 51
"""Places at which the curve is given: every 2 % of the users."""
CROSS_FITTED = 2**0.5
"""Folds judge each other's models: what two folds have in common by chance counts in both, and makes up to half of
the variance, which a bootstrap with fixed scores does not see (Bates, Hastie & Tibshirani 2024 on cross-validation)."""
OUTCOMES = ("converted", "value")
MIN_ARM = 500
"""Users that a model needs in each arm; with fewer there are differences of means only, and no ranking."""
COLUMNS = {
    "uplift": ["market", "channel", "outcome", "method", *UPLIFT_COLUMNS],
    "uplift_curve": ["market", "channel", "share", "uplift_mean", "uplift_q05", "uplift_q95", "random"],
    "uplift_qini": [
        "market", "channel", "users", *(f"area_{s}" for s in SUFFIXES), *(f"coefficient_{s}" for s in SUFFIXES),
        "segment_p_value", "region_p_value",
    ],
    "uplift_balance": ["market", "channel", "what", "treated", "control", "difference_sd", "p_value"],
}  # fmt: skip


@dataclass(frozen=True)
class Qini:
    """How good a ranking of users is.

    Parameters
    ----------
    curve : share (of users treated, the highest ranked first), uplift_mean, uplift_q05, uplift_q95 (incremental
        outcome for each user of all), random (the same when the share is drawn by lot).
    area : mean, q05, q50, q95 of the area between curve and random line, in outcome for each user.
    coefficient : the same for the area as a share of that of the best curve there could be without losses; NaN for an
        outcome other than 0 and 1, or where treating everybody brings nothing.
    """

    curve: pd.DataFrame
    area: dict[str, float]
    coefficient: dict[str, float]


def measure_qini(
    users: pd.DataFrame,
    score: pd.Series,
    *,
    outcome: str = "converted",
    rng: np.random.Generator,
    draws: int = DRAWS,
    widen: float = 1.0,
) -> Qini:
    """Qini curve and coefficient of a ranking, with bootstrap intervals.

    Among the users ranked highest the treated's outcome, less that of the left out in proportion to their number, is
    what treating them brings; as a share of all treated users it ends at the uplift of everybody (Radcliffe 2007).
    Users with equal scores are treated together: between two scores the curve is straight. The coefficient is q0 of
    Radcliffe & Surry (2011): the area over the random line relative to that of a curve that rises by one outcome for
    each user until all the uplift is found, and stays.

    The bootstrap draws users with their scores, so the intervals are those of judging this ranking, not of fitting
    it anew.

    Parameters
    ----------
    users : treated (0 or 1) and `outcome`. score : by user, higher is treated first; from a model that has not seen
        the user (`uplift.predict_uplift`), or the judgement flatters it.
    widen : factor of the spread of what the ranking adds over the random line; `CROSS_FITTED` for scores that come
        from models of the other folds.

    Raises
    ------
    ValueError : an arm is empty.

    Examples
    --------
    >>> users = pd.DataFrame({"treated": [1, 0, 1, 0] * 50, "converted": [1, 0, 0, 0] * 50})
    >>> found = measure_qini(users, pd.Series([2.0, 2, 1, 1] * 50), rng=np.random.default_rng(1), draws=20)
    >>> round(found.area["mean"], 3), round(found.coefficient["mean"], 3)
    (0.125, 1.0)
    """
    treated = users["treated"].to_numpy(dtype=float)
    if treated.min() == treated.max():
        raise ValueError(f"A ranking is judged by both arms. Got users with treated = {treated[0]:g} only.")
    ranked = _Ranked.of(treated, users[outcome].to_numpy(dtype=float), score.to_numpy(dtype=float))
    binary = bool(np.isin(users[outcome], (0, 1)).all())
    share = np.linspace(0.0, 1.0, POINTS)
    gain, area, end = _draw(ranked, np.ones(len(users)), share)
    counts = (
        np.bincount(rng.integers(0, len(users), len(users)), minlength=len(users)) for _ in range(draws)
    )
    gains, areas, ends = map(np.array, zip(*(_draw(ranked, c, share) for c in counts), strict=True))
    by_lot = np.outer(ends, share)
    gains = by_lot + _stretched(gains - by_lot, gain - end * share, widen)
    areas = _stretched(areas, area, widen)
    low, high = np.quantile(gains, [LOWER, UPPER], axis=0)
    curve = {"share": share, "uplift_mean": gain, "uplift_q05": low, "uplift_q95": high}
    return Qini(
        curve=pd.DataFrame(curve).assign(random=share * end),
        area=_interval(area, areas),
        coefficient=_interval(_relative(area, end, binary), _relative(areas, ends, binary)),
    )


def compute_uplift_tables(
    users: pd.DataFrame, *, market: str, rng: np.random.Generator, rate: float = 1.0
) -> dict[str, pd.DataFrame]:
    """All tables about a market's holdouts, one channel after the other.

    Parameters
    ----------
    users : from `inputs.holdout.read_holdout`. market : its code.
    rng : draws folds and bootstraps. rate : reporting currency for one unit of the market's.

    Returns
    -------
    The tables of `COLUMNS` by name: `uplift` (a row for each outcome, method, region and segment), `uplift_curve`,
    `uplift_qini` (with the chances of segments and of regions as different as these if all were alike) and
    `uplift_balance`. Without users they have no rows.
    """
    parts = (
        [{name: pd.DataFrame(columns=columns) for name, columns in COLUMNS.items()}] if users.empty else []
    )
    for channel, own in users.groupby("channel", observed=True):
        tables = _channel_tables(own.assign(value=own["value"] * rate), rng)
        parts.append({name: t.assign(market=market, channel=channel) for name, t in tables.items()})
    return {
        name: pd.concat([part[name] for part in parts], ignore_index=True)[columns]
        for name, columns in COLUMNS.items()
    }


def _channel_tables(users: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    simple = {name: compute_simple_uplift(users, outcome=name) for name in OUTCOMES}
    rows = [table.assign(outcome=name, method="simple") for name, table in simple.items()]
    chances = {
        f"{by}_p_value": difference_p_value(simple["converted"], by=by) for by in ("segment", "region")
    }
    summary, curve = {"users": len(users)} | chances, pd.DataFrame(columns=COLUMNS["uplift_curve"])
    if users["treated"].value_counts().min() >= MIN_ARM:
        predicted = {name: predict_uplift(users, outcome=name, rng=rng) for name in OUTCOMES}
        learned = {n: compute_learner_uplift(users, predicted[n], outcome=n) for n in OUTCOMES}
        rows += [table.assign(outcome=name, method="t_learner") for name, table in learned.items()]
        found = measure_qini(users, predicted["converted"]["uplift"], rng=rng, widen=CROSS_FITTED)
        curve, known = found.curve, {"area": found.area, "coefficient": found.coefficient}
        summary |= {f"{name}_{s}": value for name, of in known.items() for s, value in of.items()}
    return {
        "uplift": pd.concat(rows, ignore_index=True),
        "uplift_curve": curve,
        "uplift_qini": pd.DataFrame([summary]).reindex(columns=COLUMNS["uplift_qini"]),
        "uplift_balance": compute_arm_balance(users),
    }


def gain_curve(treated: np.ndarray, outcome: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The Qini curve at each distinct score: share of users treated, incremental outcome for each user.

    Parameters
    ----------
    treated : (n,) 0 or 1. outcome, score : (n,).

    Examples
    --------
    >>> share, gain = gain_curve(np.array([1, 0, 1, 0]), np.array([1, 0, 0, 0]), np.array([2.0, 2, 1, 1]))
    >>> share.tolist(), gain.tolist()
    ([0.0, 0.5, 1.0], [0.0, 0.5, 0.5])
    """
    return _Ranked.of(treated.astype(float), outcome.astype(float), score).curve(np.ones(len(score)))


@dataclass(frozen=True)
class _Ranked:
    """Users by falling score: one, treated, outcome of the treated and of the left out (4, n); where a score ends."""

    order: np.ndarray
    columns: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, treated: np.ndarray, outcome: np.ndarray, score: np.ndarray) -> _Ranked:
        order = np.argsort(-score, kind="stable")
        t, y, s = treated[order], outcome[order], score[order]
        ends = np.append(np.flatnonzero(np.diff(s)), len(s) - 1)
        return cls(order, np.stack([np.ones(len(t)), t, t * y, (1 - t) * y]), ends)

    def curve(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Share treated and gain for each user, from nobody to everybody, each user counted `weights` times."""
        sums = np.cumsum(self.columns * weights[self.order], axis=1)[:, self.ends]
        count, treated, with_treatment, without = np.concatenate([np.zeros((4, 1)), sums], axis=1)
        left_out = count - treated
        alike = np.divide(treated, left_out, out=np.zeros_like(treated), where=left_out > 0)
        return count / count[-1], (with_treatment - without * alike) / treated[-1]


def _draw(ranked: _Ranked, weights: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The curve at `share`, its area over the random line, and its end."""
    known, gain = ranked.curve(weights)
    return np.interp(share, known, gain), float(np.trapezoid(gain, known) - gain[-1] / 2), float(gain[-1])


def _stretched(draws: np.ndarray, value, factor: float) -> np.ndarray:
    """Draws whose distance from the estimate is multiplied."""
    return value + factor * (draws - value)


def _relative(area, end, binary: bool):
    """The area as a share of that of finding all the uplift first, one outcome a user; NaN where there is none."""
    best = np.where((np.asarray(end) > 0) & binary, np.asarray(end) * (1 - np.asarray(end)) / 2, np.nan)
    return area / best


def _interval(value: float, draws: np.ndarray) -> dict[str, float]:
    """The estimate as mean, and the draws' quantiles; NaN where some draws have no value."""
    named = summarize(np.asarray(draws, dtype=float), "x")
    return {"mean": float(value)} | {s: float(named[f"x_{s}"]) for s in ("q05", "q50", "q95")}
