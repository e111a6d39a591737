"""A weighted sum of a series that remembers, beyond what its past foretells, and the error of that sum.

Methods differ in the series that they look at and in how they weigh its periods; their error is the same matter.
What is foretold is a regression on the periods before the test, by generalised least squares (Aitken 1936); its
residuals remember as a first-order autoregression.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import t

from mmm_helpers.experiments.gap import background, memory
from mmm_helpers.experiments.geo import GeoTest

ROUNDS = 3
"""Times that memory and coefficients are estimated in turn."""


@dataclass(frozen=True)
class Contrast:
    """A weighted sum and how well it is known.

    Parameters
    ----------
    total, scale, freedom : its Student's t distribution. residual : (t,) series less what was foretold.
    """

    total: float
    scale: float
    freedom: int
    residual: np.ndarray

    def quantile(self, level: float) -> float:
        """Quantile of its t distribution."""
        return self.total + float(t.ppf(level, self.freedom)) * self.scale

    @property
    def p_value(self) -> float:
        """Two-sided, from the distribution that gives the quantiles."""
        return float(2 * t.sf(abs(self.total) / self.scale, self.freedom))


def correlation(periods: int, rho: float) -> np.ndarray:
    """(t, t) correlation of a first-order autoregression."""
    steps = np.arange(periods)
    return rho ** np.abs(steps[:, None] - steps).astype(float)


def coefficients(design: np.ndarray, pre: np.ndarray, rho: float) -> np.ndarray:
    """(k, t) what turns a series into its coefficients: least squares before the test, nothing after.

    Parameters
    ----------
    design : (t, k). pre : (t,) periods that are fitted. rho : memory of the errors.
    """
    root = np.linalg.cholesky(correlation(int(pre.sum()), rho))
    solve = np.zeros((design.shape[1], len(design)))
    solve[:, pre] = np.linalg.pinv(np.linalg.solve(root, design[pre])) @ np.linalg.inv(root)
    return solve


def estimate_memory(series: np.ndarray, design: np.ndarray, pre: np.ndarray) -> float:
    """First-order autocorrelation of what the design leaves of a series before the test, at least 0."""
    rho = 0.0
    for _ in range(ROUNDS):
        left = series - design @ (coefficients(design, pre, rho) @ series)
        rho = memory(left[pre], fitted=design.shape[1])
    return rho


def sum_weights(weights: np.ndarray, design: np.ndarray, pre: np.ndarray, rho: float) -> np.ndarray:
    """(t,) weights of the series itself, the forecast being a weighted sum of its past."""
    return weights - (weights @ design) @ coefficients(design, pre, rho)


def without_background(test: GeoTest) -> GeoTest:
    """The test with each region's own line and seasons taken out, as they were before it; levels stay.

    Regions rarely have the same season. As with covariates in Arkhangelsky et al. (2021): what is known to move a
    region is regressed away first, and the rest is weighted.
    """
    base = background(test.dates, test.pre)
    outcome = test.outcome.to_numpy(dtype=float)
    moves = base[:, 1:] @ (coefficients(base, test.pre, 0.0) @ outcome)[1:]
    return replace(test, outcome=test.outcome - moves)


def measure_contrast(
    series: np.ndarray, design: np.ndarray, weights: np.ndarray, pre: np.ndarray, *, rho: float = 0.0
) -> Contrast:
    """The weighted sum of a series beyond what the design foretells, and its error.

    Parameters
    ----------
    series : (t,). design : (t, k) what foretells it, fitted to `pre`. weights : (t,) of the periods in the sum.
    rho : memory of the errors (`estimate_memory`); without one this is ordinary least squares and its forecast error.

    Raises
    ------
    ValueError : fewer than three periods before the test beyond what the design takes up.

    Examples
    --------
    >>> series, pre = np.array([1.0, 3.0, 1.0, 3.0, 5.0, 5.0]), np.arange(6) < 4
    >>> found = measure_contrast(series, np.ones((6, 1)), ~pre / 2, pre)
    >>> found.total, found.freedom, round(found.scale**2, 6)  # (4 / 3) (1 / 2 + 1 / 4)
    (3.0, 3, 1.0)
    """
    freedom = int(pre.sum()) - design.shape[1]
    if freedom < 3:
        raise ValueError(
            f"{int(pre.sum())} periods before the test are too few for {design.shape[1]} coefficients"
        )
    residual = series - design @ (coefficients(design, pre, rho) @ series)
    own = sum_weights(weights, design, pre, rho)
    before = np.linalg.solve(np.linalg.cholesky(correlation(int(pre.sum()), rho)), residual[pre])
    variance = float(before @ before) / freedom * float(own @ correlation(len(series), rho) @ own)
    return Contrast(float(weights @ residual), max(float(np.sqrt(variance)), 1e-12), freedom, residual)
