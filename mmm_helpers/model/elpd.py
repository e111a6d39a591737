"""How well variants of a model predict periods that they did not see: leave-one-out scores and stacking weights."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from mmm_helpers.model.design import Design
from mmm_helpers.model.noise_draws import innovations, noise_scale
from mmm_helpers.model.predict import components
from mmm_helpers.model.validation import long_run_variance, month_lags

UNRELIABLE_K = 0.7
"""Pareto shape from which on a period's leave-one-out score is not to be relied on (Vehtari et al. 2024)."""
SMALLEST = 1e-6
"""Stacking weights below this are the optimizer's rounding."""


@dataclass(frozen=True)
class Scores:
    """Leave-one-out log scores of one variant: per period of `dates` (n,), how many of them are doubtful."""

    elpd: np.ndarray
    dates: np.ndarray
    doubtful: int


def log_density(design: Design, draws: xr.Dataset) -> np.ndarray:
    """Log density of each period's known outcomes, all regions at once, given the period before and the draw.

    The shock that regions share makes the covariance of a period's innovations diagonal plus rank one; its density
    is in closed form (Sherman & Morrison 1950). Outcomes are in units of a region's mean.

    Parameters
    ----------
    draws : flattened posterior with `log_effect`.

    Returns
    -------
    Shape (sample, t); 0 where nothing of a period is known.
    """
    parts = components(design, draws)
    innovation, spread = innovations(design, draws, parts["fitted"] - parts.get("shock", 0.0))
    shock = noise_scale(draws)[2][:, None]
    known = np.broadcast_to(design.observed[None], innovation.shape)
    precision = np.where(known, 1 / spread**2, 0.0)
    factor = 1 + shock**2 * precision.sum(axis=2)
    square = (precision * innovation**2).sum(axis=2)
    square = square - shock**2 * (precision * innovation).sum(axis=2) ** 2 / factor
    constant = np.where(known, np.log(2 * np.pi) + 2 * np.log(spread), 0.0).sum(axis=2)
    return -0.5 * (constant + np.log(factor) + square)


def leave_one_out(design: Design, draws: xr.Dataset) -> Scores:
    """Expected log score of each known period, had the model not seen it (PSIS, Vehtari, Gelman & Gabry 2017)."""
    import arviz as az

    use = design.observed.any(axis=1)
    densities = log_density(design, draws)[None][:, :, use]
    with warnings.catch_warnings():
        # Periods that are hard to leave out are counted below.
        warnings.simplefilter("ignore", category=UserWarning)
        scores = az.loo(az.from_dict({"log_likelihood": {"period": densities}}), reff=1.0, pointwise=True)
    doubtful = int((scores.pareto_k > UNRELIABLE_K).sum())
    return Scores(scores.elpd_i.to_numpy(), np.flatnonzero(use), doubtful)


def in_common(variants: Sequence[Scores]) -> np.ndarray:
    """(n, variants) scores of the periods that all variants have."""
    dates = set.intersection(*(set(v.dates.tolist()) for v in variants))
    return np.column_stack([v.elpd[np.isin(v.dates, list(dates))] for v in variants])


def difference(design: Design, own: Scores, other: Scores) -> tuple[float, float]:
    """Total score minus that of another variant, and its standard error; above zero predicts better.

    The error allows for differences that hang together over a month (Newey & West 1987).
    """
    scores = in_common([own, other])
    gain = scores[:, 0] - scores[:, 1]
    spread = long_run_variance([gain - gain.mean()], lags=month_lags(design))
    return float(gain.sum()), float(np.sqrt(len(gain) * spread))


def stacking_weights(scores: np.ndarray) -> np.ndarray:
    """Weights with which a mixture of predictive distributions scores best (Yao, Vehtari, Simpson & Gelman 2018).

    Parameters
    ----------
    scores : (n, k) leave-one-out log scores of k variants.

    Returns
    -------
    Shape (k,); not negative, adding up to 1.

    Examples
    --------
    >>> stacking_weights(np.log([[0.8, 0.3], [0.8, 0.3], [0.3, 0.8]])).round(2).tolist()
    [0.87, 0.13]
    """
    from scipy.optimize import minimize

    density = np.exp(scores - scores.max(axis=1, keepdims=True))
    count = density.shape[1]

    def loss(weights):
        mixed = np.maximum(density @ weights, 1e-300)
        return -np.log(mixed).mean(), -(density / mixed[:, None]).mean(axis=0)

    found = minimize(
        loss,
        np.full(count, 1 / count),
        jac=True,
        method="SLSQP",
        bounds=[(0, 1)] * count,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(count)},
        options={"ftol": 1e-12, "maxiter": 500},
    )
    weights = np.where(found.x < SMALLEST, 0.0, found.x)
    return weights / weights.sum()
