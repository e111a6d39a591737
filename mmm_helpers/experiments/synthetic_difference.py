"""Synthetic difference in differences: weights for regions, and for the periods before the test that are like it."""

from __future__ import annotations

import numpy as np

from mmm_helpers.experiments.contrast import estimate_memory, measure_contrast, without_background
from mmm_helpers.experiments.gap import background
from mmm_helpers.experiments.geo import Estimate, GeoTest
from mmm_helpers.experiments.synthetic_control import simplex_weights
from mmm_helpers.intervals import LOWER, UPPER


def unit_weights(donors: np.ndarray, target: np.ndarray, zeta: float) -> np.ndarray:
    """(n,) weights of controls: nearest movement before the test, with a level of its own and a ridge.

    Parameters
    ----------
    donors : (t, n) before the test. target : (t,). zeta : regularisation, in the outcome's unit.
    """
    x, y = donors - donors.mean(axis=0), target - target.mean()
    n = donors.shape[1]
    ridge = zeta * np.sqrt(len(target)) * np.eye(n)
    return simplex_weights(np.vstack([x, ridge]), np.append(y, np.zeros(n)))


def time_weights(donors: np.ndarray, pre: np.ndarray, during: np.ndarray) -> np.ndarray:
    """(t before,) weights of periods before the test: those whose controls' outcomes are nearest to the test's."""
    before, after = donors[pre], donors[during].mean(axis=0)
    x, y = before.T - before.mean(axis=1), after - after.mean()
    # Just enough to choose among weights that fit alike (the paper's zeta of periods), and to do so evenly.
    tiny = 1e-6 * max(float(np.abs(x).max()), 1e-12) * np.eye(len(before))
    return simplex_weights(np.vstack([x, tiny]), np.append(y, np.zeros(len(before))))


def noise_level(donors: np.ndarray) -> float:
    """Sd of the controls' changes from period to period."""
    return float(np.diff(donors, axis=0).std(ddof=1)) if len(donors) > 2 else 0.0


def synthetic_difference(test: GeoTest) -> tuple[float, np.ndarray, np.ndarray]:
    """Effect (Arkhangelsky, Athey, Hirshberg, Imbens & Wager 2021), weights of regions and of periods."""
    donors, target, pre = test.control_outcome, test.treated_mean, test.pre
    size = (len(test.treated) * test.during.sum()) ** 0.25
    omega = unit_weights(donors[pre], target[pre], size * noise_level(donors[pre]))
    lam = time_weights(donors, pre, test.during)
    gap = target - donors @ omega
    return float(gap[test.during].mean() - lam @ gap[pre]), omega, lam


def estimate_synthetic_difference(test: GeoTest, *, rng: np.random.Generator | None = None) -> Estimate:
    """Synthetic difference in differences; its error is that of the weighted gap, which remembers (`contrast`).

    The placebo variance of the paper needs many controls; here there are few.

    Parameters
    ----------
    rng : not used; all methods take it.

    Raises
    ------
    ValueError : too few periods before the test.
    """
    test = test.until_end()
    rest = without_background(test)
    _, omega, lam = synthetic_difference(rest)
    weights = test.during / test.during.sum()
    weights[test.pre] = -lam
    gap, design = test.treated_mean - test.control_outcome @ omega, background(test.dates, test.pre)
    found = measure_contrast(gap, design, weights, test.pre, rho=estimate_memory(gap, design, test.pre))
    return Estimate(
        method="synthetic_difference",
        counterfactual=test.treated_mean - found.residual + float(lam @ found.residual[test.pre]),
        effect=found.total,
        low=found.quantile(LOWER),
        high=found.quantile(UPPER),
        p_value=found.p_value,
        cells=len(test.treated) * int(test.during.sum()),
        weights=dict(zip(test.donors, omega.tolist(), strict=True)),
    )
