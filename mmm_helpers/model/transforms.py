"""Carry-over and saturation in numpy: the same functions, family by family, that the model samples with."""

from __future__ import annotations

import numpy as np

LOG_PACE = 3.5
"""The logarithmic curve's pace relative to its `fullness`: at it, the curve is as steep at mean spend as
Michaelis–Menten's around the prior's centre."""


def log_kernel(family: str, lags: np.ndarray, **shape: np.ndarray) -> np.ndarray:
    """Logarithm of the unnormalised lag weights of a carry-over family.

    Parameters
    ----------
    family : geometric, delayed (both Jin et al. 2017) or weibull (density at lag + 1, as in Robyn).
    lags : (l,) 0, 1, 2, …
    shape : `alpha` (retention), `delay` (lag of the peak), `weibull_shape`, `weibull_scale`; each (draws,).

    Returns
    -------
    Shape (draws, l).
    """
    if family == "weibull":
        k, scale = shape["weibull_shape"][:, None], shape["weibull_scale"][:, None]
        relative = (lags[None, :] + 1.0) / scale
        return (k - 1) * np.log(relative) - relative**k
    log_alpha = np.log(np.maximum(shape["alpha"], 1e-12))[:, None]
    distance = lags[None, :] if family == "geometric" else (lags[None, :] - shape["delay"][:, None]) ** 2
    return log_alpha * distance


def lag_weights(family: str, l_max: int, **shape: np.ndarray) -> np.ndarray:
    """Lag weights, summing to 1 (see `log_kernel`); lag 0 is the period of the spend itself.

    Returns
    -------
    Shape (draws, l_max).

    Examples
    --------
    >>> lag_weights("geometric", 3, alpha=np.array([0.5])).round(3).tolist()
    [[0.571, 0.286, 0.143]]
    """
    logs = log_kernel(family, np.arange(l_max, dtype=float), **shape)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def saturate(family: str, x: np.ndarray, fullness: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Response to carried-over media `x` (1 = the market's mean per head), before scaling.

    Parameters
    ----------
    family : hill, michaelis_menten (Hill with slope 1), logistic (as in pymc-marketing) or log.
    fullness : log-odds of the share of the maximum reached at x = 1; for `log`, which has no maximum, the
        logarithm of its pace.

    Examples
    --------
    >>> float(saturate("logistic", np.array(1.0), np.array(0.0), np.array(1.0)).round(3))
    0.5
    """
    if family == "logistic":
        return np.tanh(x * np.log1p(2 * np.exp(fullness)) / 2)
    if family == "log":
        return np.log1p(LOG_PACE * np.exp(fullness) * x)
    steepness = slope if family == "hill" else np.ones_like(slope)
    return 1.0 / (1.0 + np.exp(-fullness - steepness * np.log(x + 1e-9)))


def lag_matrix(series: np.ndarray, l_max: int) -> np.ndarray:
    """Stack a series with its lags; what lies before the first period counts as zero.

    Parameters
    ----------
    series : shape (periods, regions).

    Returns
    -------
    Shape (l_max, periods, regions); entry [l, t] is the series at t − l.
    """
    padded = np.concatenate([np.zeros((l_max - 1, series.shape[1])), series])
    return np.stack([padded[l_max - 1 - lag : padded.shape[0] - lag] for lag in range(l_max)])


def adstock(series: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Carry-over of `series` (periods, regions) under lag `weights` (draws, l_max).

    Returns
    -------
    Shape (draws, periods, regions).
    """
    lags = lag_matrix(series, weights.shape[1])
    flat = weights @ lags.reshape(lags.shape[0], -1)
    return flat.reshape(weights.shape[0], *series.shape)


def hat_basis(periods: int, every: float) -> np.ndarray:
    """Linear interpolation between knots `every` periods apart, the last knot at or after the last period.

    Returns
    -------
    Shape (periods, knots); rows sum to 1.

    Examples
    --------
    >>> hat_basis(5, 2).tolist()[1]
    [0.5, 0.5, 0.0]
    """
    knots = np.arange(0, periods - 1 + every, every)
    distance = np.abs(np.arange(periods)[:, None] - knots[None, :]) / every
    return np.maximum(0.0, 1.0 - distance)
