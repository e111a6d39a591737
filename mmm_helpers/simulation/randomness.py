"""Random streams that do not disturb each other, and the noise shapes drawn from them."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, *names: str) -> np.random.Generator:
    """The generator of one topic: the same for a seed and names, whatever else is simulated.

    Examples
    --------
    >>> stream(1, "DE", "noise").random() == stream(1, "DE", "noise").random()
    True
    """
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def ar1(rng: np.random.Generator, shape: tuple[int, ...], rho: float) -> np.ndarray:
    """Stationary first-order autoregression along axis 0 with sd 1 and lag-1 autocorrelation `rho`."""
    shocks = rng.standard_normal(shape)
    wave = np.empty(shape)
    wave[0] = shocks[0]
    for t in range(1, shape[0]):
        wave[t] = rho * wave[t - 1] + np.sqrt(1 - rho**2) * shocks[t]
    return wave


def shared_and_own(
    rng: np.random.Generator, weeks: int, regions: int, rho: float, shared: float
) -> np.ndarray:
    """Waves (weeks, regions) with sd 1 of which `shared`² of the variance is common to all regions."""
    common = ar1(rng, (weeks, 1), rho)
    return shared * common + np.sqrt(1 - shared**2) * ar1(rng, (weeks, regions), rho)


def bursts(rng: np.random.Generator, weeks: int, on: tuple[int, int], off: tuple[int, int]) -> np.ndarray:
    """True in the weeks of a burst; bursts last `on` weeks, gaps `off` weeks (both bounds included)."""
    pattern: list[bool] = []
    active = bool(rng.integers(2))
    while len(pattern) < weeks:
        low, high = on if active else off
        pattern += [active] * int(rng.integers(low, high + 1))
        active = not active
    return np.array(pattern[:weeks])


def round_to_total(amount: np.ndarray, decimals: int) -> np.ndarray:
    """Round along axis 0 so that the total is the rounded total: the rounding error is carried forward.

    Examples
    --------
    >>> round_to_total(np.array([0.4, 0.4, 0.4]), 0).tolist()
    [0.0, 1.0, 0.0]
    """
    return np.round(np.diff(np.round(np.cumsum(amount, axis=0), decimals), axis=0, prepend=0.0), decimals)
