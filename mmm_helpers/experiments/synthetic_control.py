"""Synthetic control with unit fixed effects: a weighted mean of controls that moved like the treated regions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from mmm_helpers.experiments.gap import background
from mmm_helpers.experiments.geo import Estimate, GeoTest
from mmm_helpers.experiments.permutation import infer

SUM_WEIGHT = 1e4
"""How heavily weights that do not add up to 1 are punished, relative to the scale of the data."""
WEEKDAYS = 6
"""Columns of `gap.background` for the days of the week, its last ones."""

Weigh = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(donors (t, n), target (t,)) → weights (n,)."""


def simplex_weights(donors: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Weights, none negative and adding up to 1, whose mean of donors is nearest to the target (least squares).

    Parameters
    ----------
    donors : (t, n). target : (t,).

    Examples
    --------
    >>> donors = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 2.0]])
    >>> simplex_weights(donors, donors @ [0.25, 0.75]).round(3).tolist()
    [0.25, 0.75]
    """
    n = donors.shape[1]
    heavy = SUM_WEIGHT * max(float(np.abs(donors).max()), 1e-12)
    rows = np.vstack([donors, np.full(n, heavy)])
    weights, _ = nnls(rows, np.append(target, heavy), maxiter=30 * n)
    return weights / weights.sum()


def fit_paths(
    donors: np.ndarray,
    target: np.ndarray,
    pre: np.ndarray,
    base: np.ndarray | None = None,
    *,
    weigh: Weigh = simplex_weights,
) -> tuple[np.ndarray, np.ndarray]:
    """Weights fitted before the test, and what the treated regions were to be expected to do throughout.

    What every region does by itself is fitted before the test and taken out of donors and target alike. With a level
    alone these are unit fixed effects (Doudchenko & Imbens 2016; Ferman & Pinto 2021): movements are matched, not
    levels.

    Parameters
    ----------
    donors : (t, n). target : (t,). pre : (t,) periods that are fitted.
    base : (t, k) what a region may do by itself; None for a level. weigh : how weights are found.

    Returns
    -------
    weights (n,), counterfactual (t,).
    """
    left = without_base(np.column_stack([donors, target]), pre, base)
    weights = weigh(left[pre, :-1], left[pre, -1])
    return weights, target - left[:, -1] + left[:, :-1] @ weights


def without_base(series: np.ndarray, pre: np.ndarray, base: np.ndarray | None = None) -> np.ndarray:
    """(t, n) series less what they do by themselves, as it was before the test.

    Parameters
    ----------
    series : (t, n). pre : (t,). base : (t, k); None for a level.
    """
    if base is None:
        return series - series[pre].mean(axis=0)
    return series - base @ np.linalg.lstsq(base[pre], series[pre], rcond=None)[0]


def own_movements(dates: pd.DatetimeIndex, pre: np.ndarray) -> np.ndarray:
    """(t, k) what a region may do by itself: a level; a line and a yearly cycle where the history tells them.

    As `gap.background`, but for the days of the week, which controls have in common with treated regions.
    """
    base = background(dates, pre)
    daily = len(dates) > 1 and (dates[1] - dates[0]).days == 1
    return base[:, :-WEEKDAYS] if daily else base


def imbalance(
    donors: np.ndarray,
    target: np.ndarray,
    pre: np.ndarray,
    expected: np.ndarray,
    base: np.ndarray | None = None,
) -> tuple[float, float]:
    """L2 distance before the test, and relative to that of equal weights (as GeoLift reports it)."""
    left = without_base(np.column_stack([donors, target]), pre, base)[pre]
    distance = float(np.linalg.norm(target[pre] - expected[pre]))
    equal = float(np.linalg.norm(left[:, -1] - left[:, :-1].mean(axis=1)))
    return distance, distance / equal if equal > 0 else np.nan


def estimate_synthetic_control(test: GeoTest, *, rng: np.random.Generator | None = None) -> Estimate:
    """Synthetic control (Abadie, Diamond & Hainmueller 2010) with fixed effects and conformal inference.

    Parameters
    ----------
    rng : not used: residuals are shifted by all lags.
    """
    return estimate_with_weights(test.until_end(), "synthetic_control", simplex_weights)


def estimate_with_weights(test: GeoTest, method: str, weigh: Weigh) -> Estimate:
    """What a weighted mean of the controls says about a test, beside what regions do by themselves.

    Parameters
    ----------
    test : until its end. method : its name. weigh : how weights are found.
    """
    donors, target, pre, during = test.control_outcome, test.treated_mean, test.pre, test.during
    base, every = own_movements(test.dates, pre), np.ones(len(target), bool)
    weights, expected = fit_paths(donors, target, pre, base, weigh=weigh)
    l2, scaled = imbalance(donors, target, pre, expected, base)
    effect = float((target - expected)[during].mean())
    found = infer(
        target, during, lambda y: fit_paths(donors, y, every, base, weigh=weigh)[1], effect, base=base
    )
    return Estimate(
        method=method,
        counterfactual=expected,
        effect=effect,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        cells=len(test.treated) * int(during.sum()),
        weights=dict(zip(test.donors, weights.tolist(), strict=True)),
        imbalance=l2,
        scaled_imbalance=scaled,
    )
