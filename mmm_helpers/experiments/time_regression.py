"""Time-based regression: what the controls' total says about the treated total, learnt before the test."""

from __future__ import annotations

import numpy as np

from mmm_helpers.experiments.contrast import Contrast, estimate_memory, measure_contrast
from mmm_helpers.experiments.gap import background
from mmm_helpers.experiments.geo import Estimate, GeoTest
from mmm_helpers.intervals import LOWER, UPPER


def cumulate(control: np.ndarray, treated: np.ndarray, pre: np.ndarray, during: np.ndarray) -> Contrast:
    """Cumulated effect by time-based regression (Kerman, Wang & Vaver 2017).

    Ordinary least squares of the treated on the control total before the test; the variance of the sum over n test
    periods is n s² + 1ᵀ X V Xᵀ 1, V the coefficients' covariance, and its distribution Student's t with n before − 2.

    Parameters
    ----------
    control, treated : (t,) totals. pre, during : (t,).

    Examples
    --------
    >>> control = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 2.0, 4.0])
    >>> pre = np.arange(7) < 5
    >>> round(cumulate(control, 1 + 2 * control + 3.0 * ~pre, pre, ~pre).total, 9)
    6.0
    """
    design = np.column_stack([np.ones(len(control)), control])
    return measure_contrast(treated, design, during.astype(float), pre)


def cumulate_seasonal(test: GeoTest) -> Contrast:
    """The same sum where regions have seasons and lines of their own, and periods remember.

    The paper's model takes periods as independent, which weeks of a year are not: added are the background of `gap`
    and errors with a first-order memory.

    Parameters
    ----------
    test : its sum is per treated region.

    Raises
    ------
    ValueError : too few periods before the test.
    """
    control = test.control_outcome.sum(axis=1)
    design = np.column_stack([background(test.dates, test.pre), control / (np.abs(control).max() or 1.0)])
    rho = estimate_memory(test.treated_mean, design, test.pre)
    return measure_contrast(test.treated_mean, design, test.during.astype(float), test.pre, rho=rho)


def estimate_time_regression(test: GeoTest, *, rng: np.random.Generator | None = None) -> Estimate:
    """Time-based regression on the sum of all controls, with the regions' own season and line, and memory.

    Parameters
    ----------
    rng : not used; all methods take it.

    Raises
    ------
    ValueError : too few periods before the test.
    """
    test = test.until_end()
    found = cumulate_seasonal(test)
    periods = int(test.during.sum())
    return Estimate(
        method="time_regression",
        counterfactual=test.treated_mean - found.residual,
        effect=found.total / periods,
        low=found.quantile(LOWER) / periods,
        high=found.quantile(UPPER) / periods,
        p_value=found.p_value,
        cells=len(test.treated) * periods,
    )


def time_regression_iroas(test: GeoTest) -> tuple[float, float, float]:
    """Incremental return of the test's spend by `estimate_time_regression`: mean and 90 % interval."""
    return iroas(cumulate_seasonal(test.until_end()), test.spend_change / len(test.treated))


def iroas(found: Contrast, spend_change: float) -> tuple[float, float, float]:
    """Incremental return of a known change of spend: mean and 90 % interval.

    Parameters
    ----------
    found : cumulated effect. spend_change : sum over the same regions and the test; its sign turns the interval.
    """
    bounds = sorted(found.quantile(level) / spend_change for level in (LOWER, UPPER))
    return found.total / spend_change, bounds[0], bounds[1]
