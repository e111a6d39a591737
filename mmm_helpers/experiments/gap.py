"""The gap between treated and control regions as one series: its level, seasons and memory, and a test's effect.

The periods of a gap are not independent, and with one series there are no clusters to resample (Bertrand, Duflo &
Mullainathan 2004). So the gap is regressed on a level, a line and a yearly cycle of its own (two regions rarely have
the same season) and on the test, with errors that remember by a first-order autoregression (Prais & Winsten 1954).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t

from mmm_helpers.intervals import UPPER

LARGEST_RHO = 0.9
YEAR = 365.25
PER_COVARIATE = 4
"""Periods before a test that each coefficient needs."""
ROUNDS = 3
"""Times that memory and coefficients are estimated in turn."""


@dataclass(frozen=True)
class GapEffect:
    """A test's mean effect on a gap.

    Parameters
    ----------
    effect, error, freedom : per period, its standard error and degrees of freedom.
    expected : (t,) gap to be expected without the test.
    """

    effect: float
    error: float
    freedom: float
    expected: np.ndarray

    @property
    def interval(self) -> tuple[float, float]:
        """90 % interval."""
        half = t.ppf(UPPER, self.freedom) * self.error
        return self.effect - half, self.effect + half

    @property
    def p_value(self) -> float:
        """Two-sided, from the statistic that gives the interval."""
        return float(2 * t.sf(abs(self.effect) / self.error, self.freedom))


def measure_gap(
    gap: np.ndarray,
    dates: pd.DatetimeIndex,
    pre: np.ndarray,
    during: np.ndarray,
    *,
    covariates: np.ndarray | None = None,
) -> GapEffect:
    """Mean effect of a test on a gap.

    Parameters
    ----------
    gap : (t,) treated minus control. pre, during : (t,) periods before the test, and of it with its cool-down.
    covariates : (t, k) what else moves the gap; used where there are `PER_COVARIATE` periods before the test for each.

    Raises
    ------
    ValueError : too few periods before the test for its level, line and cycle.
    """
    base = background(dates, pre)
    if covariates is not None and pre.sum() >= PER_COVARIATE * (base.shape[1] + covariates.shape[1]):
        base = np.column_stack([base, covariates])
    kept = pre | during
    tested = np.flatnonzero(during[kept])
    own = np.eye(int(kept.sum()))[:, tested]
    x, y = np.column_stack([base[kept], own]), gap[kept]
    if pre.sum() < base.shape[1] + 4:
        raise ValueError(f"{int(kept.sum())} periods are too few to tell a test from a level and a line")
    mean = np.concatenate([np.zeros(base.shape[1]), np.full(len(tested), 1 / len(tested))])
    rho = 0.0
    for _ in range(ROUNDS):
        xs, ys = _whiten(x, rho), _whiten(y[:, None], rho)[:, 0]
        inverse = np.linalg.pinv(xs.T @ xs)
        coefficients = inverse @ (xs.T @ ys)
        rho = memory((y - x @ coefficients)[pre[kept]], fitted=base.shape[1])
    whitened = ys - xs @ coefficients
    freedom = max(len(y) - x.shape[1], 1)
    error = float(np.sqrt((whitened**2).sum() / freedom * (mean @ inverse @ mean)))
    expected = base @ coefficients[: base.shape[1]]
    return GapEffect(float(mean @ coefficients), max(error, 1e-12), float(freedom), expected)


def background(dates: pd.DatetimeIndex, pre: np.ndarray) -> np.ndarray:
    """(t, k) what a gap may do without a test: a level; a line and a yearly cycle where the history tells them.

    A line needs half a year, a cycle one and a quarter, its second harmonic two years before the test.
    """
    days = (dates - dates[0]).days.to_numpy(dtype=float)
    history = days[pre].max() - days[pre].min() if pre.any() else 0.0
    columns = [np.ones(len(dates))]
    if history >= YEAR / 2:
        columns.append((days - days.mean()) / YEAR)
    for harmonic, needed in ((1, 0.8), (2, 2.0)):
        if history >= needed * YEAR:
            angle = 2 * np.pi * harmonic * days / YEAR
            columns += [np.sin(angle), np.cos(angle)]
    if len(dates) > 1 and (dates[1] - dates[0]).days == 1:
        weekday = dates.day_of_week.to_numpy()
        columns += [(weekday == d).astype(float) - (weekday == 6) for d in range(6)]
    return np.column_stack(columns)


def _whiten(x: np.ndarray, rho: float) -> np.ndarray:
    """Prais–Winsten: each row minus rho times the one before, the first one scaled."""
    first = np.sqrt(1 - rho**2) * x[:1]
    return np.concatenate([first, x[1:] - rho * x[:-1]])


def memory(residuals: np.ndarray, *, fitted: int = 1) -> float:
    """First-order autocorrelation of residuals, between 0 and `LARGEST_RHO`.

    Corrected for the bias that fitting brings: about −(fitted + 3 rho) / n (after Kendall 1954).
    """
    n, square = len(residuals), float((residuals**2).sum())
    if n <= fitted + 4 or square <= 0:
        return 0.0
    plain = float((residuals[1:] * residuals[:-1]).sum()) / square
    return float(np.clip((n * plain + fitted) / (n - 3), 0.0, LARGEST_RHO))
