"""Conformal inference: how unusual a test's periods are among all periods, were there no effect.

Under a supposed effect, that effect is taken out of the treated regions, the method is fitted to all periods, test
included, and the residuals of the test are compared with those of other stretches of equal length (Chernozhukov,
Wüthrich & Zhu 2021). Whole stretches are compared, by cyclic shifts, because residuals remember; comparing single
periods drawn at random (`iid`) is only there to reproduce published figures. The interval holds every effect that the
same comparison does not reject, so it never contradicts the p-value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mmm_helpers.intervals import LOWER, UPPER

Expect = Callable[[np.ndarray], np.ndarray]
"""Target (t,) → what the method expects of it in all periods, fitted to all of them."""
ALPHA = round(1 - (UPPER - LOWER), 10)
STEPS = np.concatenate([np.arange(0.5, 8.5, 0.5), [9, 10, 12, 14, 17, 20, 25, 32, 40]])
"""Supposed effects tried on each side of the estimate, in sds of the residuals' mean over the test."""
HALVINGS = 10
"""Times that the stretch in which the interval ends is halved."""


@dataclass(frozen=True)
class Inference:
    """Two-sided p-value of no effect, and the interval of effects that are not rejected."""

    p_value: float
    low: float
    high: float


def shift_sums(series: np.ndarray, during: np.ndarray) -> np.ndarray:
    """Sum of each series over the test's periods and over all their cyclic shifts, the test's own first.

    Parameters
    ----------
    series : (t, …). during : (t,).

    Examples
    --------
    >>> shift_sums(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1])).round(9).tolist()
    [7.0, 5.0, 3.0, 5.0]
    """
    window = np.conj(np.fft.rfft(during.astype(float))).reshape(-1, *[1] * (series.ndim - 1))
    return np.fft.irfft(np.fft.rfft(series, axis=0) * window, n=len(series), axis=0)


def shift_scales(base: np.ndarray, during: np.ndarray) -> np.ndarray:
    """(t,) sd of the sum of residuals over each stretch, in sds of the noise, after the base has been fitted.

    A line or a cycle bends towards the ends of a series, so that residuals there are smaller than in its middle and
    stretches could not be compared as they are.

    Parameters
    ----------
    base : (t, k) what is fitted by least squares beside the weights. during : (t,).
    """
    fitted = (shift_sums(np.linalg.qr(base)[0], during) ** 2).sum(axis=1)
    return np.sqrt(np.maximum(during.sum() - fitted, 1e-6 * during.sum()))


def shift_p_value(residuals: np.ndarray, during: np.ndarray, scales: np.ndarray | float = 1.0) -> float:
    """Share of all cyclic shifts whose stretch has a sum at least as far from zero as the test's.

    Parameters
    ----------
    residuals : (t,). during : (t,) the test's periods. scales : result of `shift_scales`.
    """
    size = np.abs(shift_sums(residuals, during)) / scales
    return float((size >= size[0] * (1 - 1e-9)).mean())


def iid_p_value(
    residuals: np.ndarray, during: np.ndarray, *, draws: int, rng: np.random.Generator, power: float = 1.0
) -> float:
    """Share of random orders of the periods whose test has a mean |residual|^power at least as large (GeoLift's)."""
    size = np.abs(residuals) ** power
    own, n = size[during].sum(), int(during.sum())
    picked = rng.permuted(np.tile(size, (draws, 1)), axis=1)[:, :n].sum(axis=1)
    return float((picked >= own * (1 - 1e-12)).mean())


def infer(
    target: np.ndarray, during: np.ndarray, expect: Expect, effect: float, *, base: np.ndarray
) -> Inference:
    """p-value of no effect and interval of one method.

    A p-value is the largest of all effects as far from the estimate as the supposed one or farther on its side: what
    is rejected is then whatever lies outside of an interval.

    Parameters
    ----------
    target : (t,) from the first period to the end of the test. during : (t,).
    expect : the method. effect : its estimate; the interval is looked for around it.
    base : (t, k) what `expect` fits by least squares beside the weights; a column of ones at the least.

    Returns
    -------
    Inference; its interval is infinite where no effect can be rejected, the periods being too few.
    """
    scales = shift_scales(base, during)

    def p_value(supposed: float) -> float:
        without = target - supposed * during
        return shift_p_value(without - expect(without), during, scales)

    without = target - effect * during
    spread = float((without - expect(without)).std()) / np.sqrt(during.sum())
    spread = max(spread, 1e-9 * float(np.abs(target).max()), 1e-300)
    low, p_below = _side(p_value, effect, -spread)
    high, p_above = _side(p_value, effect, spread)
    return Inference(p_below if effect > 0 else p_above, low, high)


def _side(p_value: Callable[[float], float], effect: float, spread: float) -> tuple[float, float]:
    """Where the interval ends on one side, and the p-value of no effect if that lies on this side."""
    steps = np.append(0.0, STEPS)
    none = -effect / spread
    if none >= 0:
        steps = np.unique(np.append(steps, none))
    found = np.array([p_value(effect + step * spread) for step in steps])
    beyond = float(found[steps >= none].max()) if none <= steps[-1] else float(found[-1])
    kept = np.flatnonzero(found >= ALPHA)
    last = int(kept[-1]) if len(kept) else 0
    if last == len(steps) - 1:
        return float(np.sign(spread) * np.inf), beyond
    near, far = steps[last], steps[last + 1]
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        near, far = (middle, far) if p_value(effect + middle * spread) >= ALPHA else (near, middle)
    return effect + (near + far) / 2 * spread, beyond
