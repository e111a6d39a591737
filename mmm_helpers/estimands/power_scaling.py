"""What a result would be had the prior, or the data, counted for more or for less: power-scaling.

The prior (or the likelihood) is raised to a power α by reweighting the stored draws with Pareto-smoothed importance
sampling, and the distance between the two distributions of a result is measured per doubling of α (Kallioinen,
Paananen, Bürkner & Vehtari 2024). No refit is needed.
"""

from __future__ import annotations

import numpy as np

WEAKER, STRONGER = 0.8, 1.25
"""Powers between which the change of a distribution is measured, the same step either way on the log scale."""
SENSITIVE = 0.05
"""Distance per doubling of the power from which on a result counts as sensitive (Kallioinen et al. 2024)."""
UNRELIABLE_K = 0.7
"""Pareto shape of the weights from which on they are not to be relied on (Vehtari et al. 2024)."""

DATA, BOTH, PRIOR, NEITHER, UNKNOWN = (
    "the data decide",
    "prior and data both pull",
    "the prior decides",
    "neither moves it",
    "not known from these draws",
)
"""What prior and data do to a result, in plain words."""


def reweight(component: np.ndarray, alpha: float) -> tuple[np.ndarray, float]:
    """Weights that turn the draws into those under the component raised to the power `alpha`.

    Parameters
    ----------
    component : (sample,) log density of a prior or of the likelihood.

    Returns
    -------
    weights (sample,), adding up to 1, and the Pareto shape of their tail.
    """
    from arviz_stats.base import (
        array_stats,
    )  # takes seconds, which pages that only read tables need not wait for

    ratio = (alpha - 1) * component
    if np.ptp(ratio) < 1e-9:
        return np.full(len(ratio), 1 / len(ratio)), -np.inf
    log_weights, shape = array_stats.psislw(-ratio)
    return np.exp(log_weights), float(shape)


def power_sensitivity(values: np.ndarray, component: np.ndarray) -> tuple[float, float]:
    """How far the distribution of a result moves per doubling of the weight of a component.

    Parameters
    ----------
    values : (sample,) draws of the result. component : (sample,) log density that is raised to a power.

    Returns
    -------
    Gradient of the cumulative Jensen–Shannon distance by log2 α (both tails, the larger), and the worst Pareto shape.
    """
    from arviz_stats.base import array_stats

    (low, k_low), (high, k_high) = (reweight(component, alpha) for alpha in (WEAKER, STRONGER))
    moved = array_stats.power_scale_sense(values[None], low[None], high[None], WEAKER, STRONGER)
    return float(moved), max(k_low, k_high)


def diagnose(prior: float, likelihood: float, shape: float) -> str:
    """What decides a result, in plain words.

    Parameters
    ----------
    prior, likelihood : sensitivities. shape : the worst Pareto shape of the weights behind them.

    Examples
    --------
    >>> diagnose(0.01, 0.2, 0.3), diagnose(0.2, 0.01, 0.3), diagnose(0.2, 0.2, 0.3)
    ('the data decide', 'the prior decides', 'prior and data both pull')
    """
    if not np.isfinite([prior, likelihood]).all() or shape > UNRELIABLE_K:
        return UNKNOWN
    if prior >= SENSITIVE:
        return BOTH if likelihood >= SENSITIVE else PRIOR
    return DATA if likelihood >= SENSITIVE else NEITHER
