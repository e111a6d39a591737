"""The methods that measure a geo test, and the one that speaks for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mmm_helpers.experiments.difference import estimate_difference
from mmm_helpers.experiments.geo import Estimate, GeoTest
from mmm_helpers.experiments.interrupted import estimate_interrupted
from mmm_helpers.experiments.ridge import estimate_ridge
from mmm_helpers.experiments.synthetic_control import estimate_synthetic_control
from mmm_helpers.experiments.synthetic_difference import estimate_synthetic_difference
from mmm_helpers.experiments.time_regression import estimate_time_regression

SHORT_DAYS = 280
"""Days before a test below which no method holds its level."""
CAUTION = "too sure: with less than 40 weeks before the test, seasons of a region's own cannot be told"
"""What is said of every method on a short history (simulated panels: up to twice as many false alarms as stated; on
longer ones all hold their level: `make bench ONLY=experiments`)."""

Estimator = Callable[..., Estimate]

METHODS: dict[str, Estimator] = {
    "difference": estimate_difference,
    "synthetic_control": estimate_synthetic_control,
    "ridge": estimate_ridge,
    "synthetic_difference": estimate_synthetic_difference,
    "time_regression": estimate_time_regression,
    "interrupted": estimate_interrupted,
}
"""Method → estimator; the Bayesian one takes a minute a test and is run by `full` only."""
PRIMARY = "difference"
"""The method that speaks for a test, chosen before any result: the one whose false alarms and coverage hold up best
in simulated panels of few regions (`make bench ONLY=experiments`)."""


def caution(test: GeoTest) -> str:
    """Why a test's results are to be taken with caution; empty if they need not be."""
    before = test.dates[test.pre]
    return CAUTION if (before[-1] - before[0]).days < SHORT_DAYS else ""


def estimate_all(test: GeoTest, *, seed: int = 0) -> dict[str, Estimate]:
    """What each method says about a test; a method that cannot be used on it is left out.

    Parameters
    ----------
    seed : of the methods that permute or simulate; each has a stream of its own.
    """
    found = {}
    for k, (name, estimate) in enumerate(METHODS.items()):
        try:
            found[name] = estimate(test, rng=np.random.default_rng([seed, k]))
        except ValueError as reason:
            print(f"{test.name}: {name} cannot be used: {reason}", flush=True)
    return found


def estimate_primary(test: GeoTest, *, seed: int = 0) -> Estimate:
    """What the method that speaks for a test says."""
    return METHODS[PRIMARY](test, rng=np.random.default_rng([seed, list(METHODS).index(PRIMARY)]))
