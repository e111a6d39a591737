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

CAUTION = {
    "time_regression": "takes periods as independent: too sure where the gap remembers or has seasons",
    "synthetic_difference": "too sure where regions have seasons of their own",
    "interrupted": "too sure: its fitted parameters are taken as known",
    "synthetic_control": "somewhat too sure where regions have seasons of their own",
    "ridge": "somewhat too sure where regions have seasons of their own",
}
"""Methods that are not to be trusted by themselves on panels of few regions, and why: what the A/A runs of
`make bench ONLY=experiments` find. The primary method is not among them."""

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
