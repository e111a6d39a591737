"""Carry-over and saturation of the simulated company: the two formulas that turn spend into response."""

from __future__ import annotations

import numpy as np

L_MAX = 8
"""Weeks over which one week's spend works, the week itself included."""


def geometric_weights(alpha: float, *, l_max: int = L_MAX) -> np.ndarray:
    """Normalised weights `alpha**lag` for lags 0 … `l_max` − 1.

    Examples
    --------
    >>> geometric_weights(0.5, l_max=2).round(3).tolist()
    [0.667, 0.333]
    """
    weights = alpha ** np.arange(l_max, dtype=float)
    return weights / weights.sum()


def delayed_weights(alpha: float, theta: float, *, l_max: int = L_MAX) -> np.ndarray:
    """Normalised weights `alpha**((lag - theta)**2)`: the effect peaks `theta` weeks after the spend.

    Source: Jin, Wang, Sun, Chan & Koehler (2017), "Bayesian methods for media mix modeling with carryover
    and shape effects", equation 3.

    Examples
    --------
    >>> delayed_weights(0.5, 1.0, l_max=3).tolist()
    [0.25, 0.5, 0.25]
    """
    weights = alpha ** (np.arange(l_max) - theta) ** 2
    return weights / weights.sum()


def carry_over(amount: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Spread each period's amount over the periods that follow.

    Parameters
    ----------
    amount : array (periods, …); what lies before its first row counts as zero.
    weights : array (lags,), lag 0 first.

    Returns
    -------
    Array of the shape of `amount`: row t is the weighted sum of rows t, t − 1, ….

    Examples
    --------
    >>> carry_over(np.array([1.0, 0.0, 0.0]), np.array([0.5, 0.3])).tolist()
    [0.5, 0.3, 0.0]
    """
    carried = np.zeros_like(amount, dtype=float)
    for lag, weight in enumerate(weights[: len(amount)]):
        carried[lag:] += weight * amount[: len(amount) - lag]
    return carried


def hill(amount: np.ndarray, kappa: np.ndarray | float, slope: float) -> np.ndarray:
    """Saturation between 0 and 1: `amount**slope / (kappa**slope + amount**slope)`, one half at `kappa`.

    Examples
    --------
    >>> float(hill(np.array(3.0), 1.0, 1.0))
    0.75
    """
    powered = np.asarray(amount, dtype=float) ** slope
    return powered / (np.asarray(kappa, dtype=float) ** slope + powered)


def hill_kappa(mean: np.ndarray | float, share: float, slope: float) -> np.ndarray | float:
    """Half-saturation point that puts the response at `mean` at `share` of the maximum."""
    return mean * ((1 - share) / share) ** (1 / slope)
