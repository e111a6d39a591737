"""Difference in differences: the treated regions' change beyond that of the regions that were left alone."""

from __future__ import annotations

import numpy as np

from mmm_helpers.experiments.gap import measure_gap
from mmm_helpers.experiments.geo import Estimate, GeoTest


def estimate_difference(test: GeoTest, *, rng: np.random.Generator | None = None) -> Estimate:
    """Difference in differences against the mean of all controls, with an error for a gap that remembers.

    What else moved the gap and is known (other media, controls) is regressed away along with its season and line.

    Parameters
    ----------
    rng : not used; all methods take it.

    Raises
    ------
    ValueError : too few periods before the test.
    """
    control = test.control_outcome.mean(axis=1)
    found = measure_gap(
        test.treated_mean - control, test.dates, test.pre, test.during, covariates=test.covariates
    )
    low, high = found.interval
    return Estimate(
        method="difference",
        counterfactual=control + found.expected,
        effect=found.effect,
        low=low,
        high=high,
        p_value=found.p_value,
        cells=len(test.treated) * int(test.during.sum()),
        weights=dict.fromkeys(test.donors, 1 / len(test.donors)),
    )
