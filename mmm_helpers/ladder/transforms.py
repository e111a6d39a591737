"""Carry-over and saturation of the worlds: more families than the template can fit."""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma

import numpy as np


def geometric_kernel(alpha: float, *, reach: int) -> np.ndarray:
    """Weights proportional to `alpha**lag` for lags 0 … `reach` − 1, sum 1.

    Examples
    --------
    >>> geometric_kernel(0.5, reach=2).round(3).tolist()
    [0.667, 0.333]
    """
    return _normalised(float(alpha) ** np.arange(reach))


def negative_binomial_kernel(size: float, chance: float, *, reach: int) -> np.ndarray:
    """Weights of a negative binomial distribution of lags: with `size` above 1 it starts slowly or peaks late.

    Before it is cut at `reach`, its mean is `size * chance / (1 - chance)`; `size` 1 is the geometric kernel.
    """
    ways = [lgamma(lag + size) - lgamma(lag + 1) - lgamma(size) for lag in range(reach)]
    return _normalised(np.exp(ways) * float(chance) ** np.arange(reach))


def delayed_kernel(delay: float, *, reach: int) -> np.ndarray:
    """A hump around `delay` periods: binomial weights over the lags 0 … `reach` − 1, with mean `delay`.

    Examples
    --------
    >>> delayed_kernel(1.0, reach=3).round(3).tolist()
    [0.25, 0.5, 0.25]
    """
    lags, trials = np.arange(reach), reach - 1
    ways = np.exp([lgamma(trials + 1) - lgamma(lag + 1) - lgamma(trials - lag + 1) for lag in lags])
    return _normalised(ways * (delay / trials) ** lags * (1 - delay / trials) ** (trials - lags))


def two_speed_kernel(fast: float, slow: float, slow_share: float, *, reach: int) -> np.ndarray:
    """A part of the effect that fades with `fast` per period, and `slow_share` of it that fades with `slow`."""
    quick, lasting = geometric_kernel(fast, reach=reach), geometric_kernel(slow, reach=reach)
    return (1 - slow_share) * quick + slow_share * lasting


def weibull_kernel(shape: float, scale: float, *, reach: int) -> np.ndarray:
    """Weibull probabilities of each whole period; with `shape` 1 the geometric kernel of `exp(-1 / scale)`."""
    survival = np.exp(-((np.arange(reach + 1) / scale) ** shape))
    return _normalised(-np.diff(survival))


def _normalised(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()


def mean_lag(kernel: np.ndarray) -> float:
    """Mean number of periods between spend and effect."""
    return float(kernel @ np.arange(len(kernel)))


def carry_over(amount: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Spread each period's amount over the periods that follow.

    Parameters
    ----------
    amount : array (periods, …); before its first row nothing was spent.
    kernel : array (lags,), lag 0 first.

    Returns
    -------
    Array of the shape of `amount`: row t is the weighted sum of rows t, t − 1, ….

    Examples
    --------
    >>> carry_over(np.array([1.0, 0.0, 0.0]), np.array([0.6, 0.4])).tolist()
    [0.6, 0.4, 0.0]
    """
    carried = np.zeros(amount.shape)
    for lag, weight in enumerate(kernel[: len(amount)]):
        carried[lag:] += weight * amount[: len(amount) - lag]
    return carried


def hill(x: np.ndarray, half: float, slope: float) -> np.ndarray:
    """Response between 0 and 1, one half at `half`; S-shaped with `slope` above 1."""
    powered = np.asarray(x, float) ** slope
    return powered / (half**slope + powered)


def exponential(x: np.ndarray, rate: float) -> np.ndarray:
    """`1 - exp(-rate x)`."""
    return -np.expm1(-rate * np.asarray(x, float))


def power(x: np.ndarray, exponent: float) -> np.ndarray:
    """`x ** exponent`, which never saturates."""
    return np.asarray(x, float) ** exponent


def logarithm(x: np.ndarray, rate: float) -> np.ndarray:
    """`log(1 + rate x)`, which never saturates."""
    return np.log1p(rate * np.asarray(x, float))


def tangent(x: np.ndarray, rate: float) -> np.ndarray:
    """`tanh(rate x)`: nearly a straight line first, then flat at once."""
    return np.tanh(rate * np.asarray(x, float))


def gompertz(x: np.ndarray, displacement: float, rate: float) -> np.ndarray:
    """S-shaped with a threshold: `exp(-displacement exp(-rate x))`, less its value at zero."""
    return np.exp(-displacement * np.exp(-rate * np.asarray(x, float))) - np.exp(-displacement)


SHAPES = {
    "hill": hill,
    "threshold": hill,
    "exponential": exponential,
    "power": power,
    "log": logarithm,
    "tanh": tangent,
    "gompertz": gompertz,
}
"""Saturation by family; `threshold` is a Hill curve with a slope above 1."""


@dataclass(frozen=True)
class Curve:
    """A saturation curve scaled to 0 at 0 and 1 at 1, where 1 is the market's mean spend per head.

    Parameters
    ----------
    family : one of `SHAPES`.
    values : the family's parameters, in the order of its function.

    Examples
    --------
    >>> Curve("hill", (1.0, 1.0))(np.array([0.0, 1.0, 3.0])).tolist()
    [0.0, 1.0, 1.5]
    """

    family: str
    values: tuple[float, ...]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        shape = SHAPES[self.family]
        return shape(x, *self.values) / shape(1.0, *self.values)

    @property
    def elasticity(self) -> float:
        """Relative change of the response per relative change of spend at the mean: about mROAS / ROAS."""
        step = 1e-5
        return float((self(1 + step) - self(1 - step)) / (2 * step))
