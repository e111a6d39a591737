"""Ridge-augmented synthetic control: what weights leave of the gap before the test is regressed away."""

from __future__ import annotations

from functools import partial

import numpy as np

from mmm_helpers.experiments.geo import Estimate, GeoTest
from mmm_helpers.experiments.synthetic_control import (
    estimate_with_weights,
    own_movements,
    simplex_weights,
    without_base,
)

PENALTIES = 1e-8 ** (np.arange(21) / 20)
"""Penalties tried, relative to the largest squared singular value of the donors (as augsynth's)."""


def ridge_weights(donors: np.ndarray, target: np.ndarray, penalty: float | np.ndarray) -> np.ndarray:
    """Synthetic control weights plus the ridge correction of what they leave (Ben-Michael, Feller & Rothstein 2021).

    Parameters
    ----------
    donors : (t, n) and target : (t,), less what they do by themselves.
    penalty : > 0, one or (k,); without bound it leaves the weights as they are.

    Returns
    -------
    (n,) or (k, n) weights; they may be negative, and add up to 1.
    """
    weights = simplex_weights(donors, target)
    spread = between(donors)
    # n × n rather than the paper's t × t: the same by the push-through identity, and regions are few.
    penalties = np.asarray(penalty, dtype=float)[..., None, None] * np.eye(donors.shape[1])
    left = spread.T @ (target - donors @ weights)
    return weights + np.linalg.solve(spread.T @ spread + penalties, left[:, None])[..., 0]


def between(donors: np.ndarray) -> np.ndarray:
    """(t, n) donors less their mean in each period: over these a correction adds nothing to the sum of weights."""
    return donors - donors.mean(axis=1, keepdims=True)


def choose_penalty(donors: np.ndarray, target: np.ndarray) -> float:
    """The largest penalty whose error on periods left out, one at a time, is within one se of the smallest.

    Parameters
    ----------
    donors : (t, n) and target : (t,) before the test, less what they do by themselves.
    """
    if donors.shape[1] < 2:
        return 1.0  # one control: there is nothing to weigh
    penalties = PENALTIES * np.linalg.norm(between(donors), 2) ** 2
    errors = np.empty((len(target), len(penalties)))
    for t in range(len(target)):
        kept = np.arange(len(target)) != t
        errors[t] = (target[t] - ridge_weights(donors[kept], target[kept], penalties) @ donors[t]) ** 2
    mean, se = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(len(target))
    best = int(mean.argmin())
    return float(penalties[mean <= mean[best] + se[best]].max())


def estimate_ridge(test: GeoTest, *, rng: np.random.Generator | None = None) -> Estimate:
    """Ridge-augmented synthetic control with fixed effects and conformal inference.

    Parameters
    ----------
    rng : not used; all methods take it.
    """
    test = test.until_end()
    series = np.column_stack([test.control_outcome, test.treated_mean])
    left = without_base(series, test.pre, own_movements(test.dates, test.pre))[test.pre]
    penalty = choose_penalty(left[:, :-1], left[:, -1])
    return estimate_with_weights(test, "ridge", partial(ridge_weights, penalty=penalty))
