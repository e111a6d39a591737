"""Adstock in numpy: the same function that the model samples with; saturation is in `model.predict`."""

from __future__ import annotations

import numpy as np


def geometric_weights(alpha: np.ndarray, l_max: int) -> np.ndarray:
    """Lag weights of the normalised geometric adstock.

    Parameters
    ----------
    alpha : retention per period, shape (draws,), in [0, 1).
    l_max : number of lags, the period of the spend itself included.

    Returns
    -------
    Weights of shape (draws, l_max); each row sums to 1 (Jin et al. 2017, with the normalisation of
    pymc-marketing).

    Examples
    --------
    >>> geometric_weights(np.array([0.5]), 3).round(3).tolist()
    [[0.571, 0.286, 0.143]]
    """
    powers = np.power(np.asarray(alpha, float)[:, None], np.arange(l_max)[None, :])
    return powers / powers.sum(axis=1, keepdims=True)


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
