"""What it is worth to know more before a decision: perfect knowledge, and a test with an error of its own.

Preposterior analysis (Raiffa & Schlaifer, 1961): before a test is run, every result that it may have is weighed with
its probability, and the best action after each result is compared with the best action without one. The expected
gain of an action given what a test measures is found by regression over the draws, as Strong, Oakley, Brennan &
Breeze (2015) do it; they regress on simulated results, here the true effect is regressed on and the test's normal
error is then taken in by Bayes' rule. That leaves no noise of a simulation, and a test that says nothing is worth
exactly nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmm_helpers.intervals import LOWER, SUFFIXES, UPPER

KNOTS = 5
"""Knots of the regression's natural cubic spline, at quantiles of the effect."""
STEPS_PER_SD = 4
"""Results of a test are weighed on a grid this fine; a normal density is integrated exactly enough."""
REACH = 5.0
"""Sds of the test beyond the effects' range that the grid covers."""
FINEST = 1500.0
"""A test whose sd is the effects' range over this or less counts as perfect."""


@dataclass(frozen=True)
class Preposterior:
    """What may be known after a test.

    Parameters
    ----------
    weight : (results,) probability of each result; sums to 1.
    gain : (results, actions) expected gain of each action after each result.
    """

    weight: np.ndarray
    gain: np.ndarray

    @property
    def improvement(self) -> np.ndarray:
        """(results,) gain of the action that is best after a result over the one that is best without: 0 or more."""
        best = int(np.argmax(self.weight @ self.gain))
        return self.gain.max(axis=1) - self.gain[:, best]

    @property
    def value(self) -> float:
        """Expected value of sample information, in the gains' unit."""
        return float(self.weight @ self.improvement)

    @property
    def chance_to_change(self) -> float:
        """Probability of a result after which another action is best."""
        return float(self.weight[self.improvement > 0].sum())

    def summarize(self, name: str) -> dict[str, float]:
        """Mean and quantiles of what the result will turn out to be worth, keyed as in `intervals.summarize`."""
        levels = np.quantile(
            self.improvement, [LOWER, 0.5, UPPER], weights=self.weight, method="inverted_cdf"
        )
        values = (self.value, *levels)
        return {f"{name}_{s}": float(v) for s, v in zip(SUFFIXES, values, strict=True)}


def value_of_perfect_information(gains: np.ndarray) -> float:
    """Expected value of perfect information: what never choosing wrongly would add to the best choice of today.

    Parameters
    ----------
    gains : (sample, actions) gain of each action in each draw, in any one unit.

    Examples
    --------
    >>> value_of_perfect_information(np.array([[0.0, 4.0], [0.0, -2.0]]))
    1.0
    """
    gains = _checked(gains)
    return max(float(gains.max(axis=1).mean() - gains.mean(axis=0).max()), 0.0)  # rounding may leave −1e-9


def value_of_sample_information(gains: np.ndarray, effect: np.ndarray, test_sd: float) -> float:
    """Expected value of sample information: what a test's result is expected to add to the best choice of today.

    Parameters
    ----------
    gains : (sample, actions) gain of each action in each draw.
    effect : (sample,) what the test would measure without an error, in the same draws.
    test_sd : standard deviation of the test's normal error, in the effect's unit; infinite for no test.

    Returns
    -------
    0 or more, in the gains' unit.

    Raises
    ------
    ValueError : a negative or missing sd, or gains and effect that do not match.

    Examples
    --------
    >>> effect = np.linspace(-1.0, 1.0, 201)
    >>> gains = np.column_stack([0 * effect, effect])
    >>> [round(value_of_sample_information(gains, effect, sd), 2) for sd in (0.0, 0.5, np.inf)]
    [0.25, 0.19, 0.0]
    """
    return foresee(gains, effect, test_sd).value


def foresee(gains: np.ndarray, effect: np.ndarray, test_sd: float) -> Preposterior:
    """Every result that a test may have, and what each action is expected to bring after it.

    Parameters are those of `value_of_sample_information`.

    Examples
    --------
    >>> effect = np.linspace(-1.0, 1.0, 201)
    >>> seen = foresee(np.column_stack([0 * effect, effect]), effect, 0.5)
    >>> round(seen.chance_to_change, 1)
    0.5
    """
    gains, effect = _checked(gains), np.asarray(effect, dtype=float)
    if effect.shape != gains.shape[:1] or not np.isfinite(effect).all():
        raise ValueError(f"'effect' must hold {len(gains)} finite numbers. Got shape {effect.shape} instead.")
    if not test_sd >= 0:
        raise ValueError(f"'test_sd' must be 0 or more. Got {test_sd} instead.")
    spread = np.ptp(effect)
    if not np.isfinite(test_sd) or spread == 0:
        return Preposterior(np.ones(1), gains.mean(axis=0, keepdims=True))
    expected = regress(gains, effect)
    if test_sd <= spread / FINEST:
        return Preposterior(np.full(len(gains), 1 / len(gains)), expected)
    return _after_results(expected, effect, test_sd)


def _after_results(expected: np.ndarray, effect: np.ndarray, test_sd: float) -> Preposterior:
    """The draws weighed anew by Bayes' rule, for each of a grid of results."""
    low, high = effect.min() - REACH * test_sd, effect.max() + REACH * test_sd
    results = np.linspace(low, high, int(np.ceil((high - low) / test_sd * STEPS_PER_SD)) + 1)
    logs = -0.5 * ((results[:, None] - effect[None, :]) / test_sd) ** 2
    most = logs.max(axis=1, keepdims=True)
    likelihood = np.exp(logs - most)
    total = likelihood.sum(axis=1)
    weight = total * np.exp(most[:, 0])
    return Preposterior(weight / weight.sum(), (likelihood @ expected) / total[:, None])


def regress(gains: np.ndarray, effect: np.ndarray) -> np.ndarray:
    """(sample, actions) expected gain of each action given the effect, by least squares on a natural cubic spline.

    Fitted values are drawn towards the mean as far as chance alone would explain them (adjusted R² over R²): of an
    effect that says nothing about a gain, nothing is learned.

    Examples
    --------
    >>> effect = np.linspace(0.0, 1.0, 50)
    >>> bool(np.allclose(regress(np.column_stack([effect, 1 - effect]), effect)[:, 1], 1 - effect))
    True
    """
    mean = gains.mean(axis=0)
    if np.ptp(effect) == 0:
        return np.broadcast_to(mean, gains.shape)
    basis = _spline((effect - effect.mean()) / effect.std())
    fitted = basis @ np.linalg.lstsq(basis, gains - mean, rcond=None)[0]
    spread = ((gains - mean) ** 2).sum(axis=0)
    explained = np.divide((fitted**2).sum(axis=0), spread, out=np.zeros(len(spread)), where=spread > 0)
    freedom, free = basis.shape[1], len(basis) - basis.shape[1] - 1
    adjusted = np.clip(1 - (1 - explained) * (free + freedom) / max(free, 1), 0.0, None)
    return mean + fitted * np.divide(adjusted, explained, out=np.zeros(len(spread)), where=explained > 0)


def _spline(x: np.ndarray) -> np.ndarray:
    """(sample, terms) natural cubic spline without constant, centred: linear beyond the outer knots."""
    knots = np.unique(np.quantile(x, np.linspace(LOWER, UPPER, KNOTS)))
    terms = [x]
    if len(knots) > 2:
        last = knots[-1]
        cubes = [
            (np.clip(x - k, 0, None) ** 3 - np.clip(x - last, 0, None) ** 3) / (last - k) for k in knots[:-1]
        ]
        terms += [cube - cubes[-1] for cube in cubes[:-1]]
    basis = np.column_stack(terms)
    return basis - basis.mean(axis=0)


def _checked(gains: np.ndarray) -> np.ndarray:
    gains = np.asarray(gains, dtype=float)
    if gains.ndim != 2 or not np.isfinite(gains).all():
        raise ValueError(f"'gains' must be finite, draws × actions. Got shape {gains.shape} instead.")
    return gains
