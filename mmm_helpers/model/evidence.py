"""What one market's own fit says about the log returns of its channels: its posterior with the prior taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

MOST_DRAWS = 4000
"""Draws that the shape is fitted to; more change nothing and cost time."""
BOUNDS = [(-10.0, 10.0), (-10.0, 5.0), (-3.0, 3.0), (-1.0, 1.0)]
"""Of a margin's median, log scale, skewness and log tail weight, in units of its draws."""


@dataclass(frozen=True)
class Shape:
    """How a market's posterior departs from the normal: skewed margins, joined by a normal copula.

    Each margin is a sinh-arcsinh distribution (Jones & Pewsey 2009): sinh(skew + tail × arsinh((x − place) / scale))
    is standard normal. A thin market's log return has a long tail to the left, towards no effect at all.

    Parameters
    ----------
    margins : (4, c) place, log scale, skew and log tail weight of each channel.
    dependence : (c, c) inverse of the copula's correlations, minus the identity.
    mean, precision : moments of the normal that the shape corrects.
    low, high : (c,) range of the draws; beyond it the correction stays what it is at the edge.
    """

    margins: np.ndarray
    dependence: np.ndarray
    mean: np.ndarray
    precision: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def correction(self, log_return: np.ndarray) -> np.ndarray:
        """(n,) log density of the shape minus that of the normal, up to a constant, at (n, c)."""
        inside = np.clip(log_return, self.low, self.high)
        score, log_slope = _to_normal(inside, self.margins)
        joint = log_slope.sum(axis=1) - (score**2).sum(axis=1) / 2 - _quadratic(score, self.dependence) / 2
        return joint + _quadratic(inside - self.mean, self.precision) / 2


@dataclass(frozen=True)
class MarketEvidence:
    """What one market's own fit says about its log returns.

    Parameters
    ----------
    channels : the market's channels, a subset of the portfolio's.
    offset : (c,) log prior return; log return = log effect + offset.
    precision, weighted : normal likelihood of the log return: precision (c, c) and precision × mean (c,).
    effect_sd : (c,) prior sd of a channel's log effect, which the portfolio's mean takes over.
    shape : how the likelihood departs from the normal; None for not at all.
    """

    channels: list[str]
    offset: np.ndarray
    precision: np.ndarray
    weighted: np.ndarray
    effect_sd: np.ndarray
    shape: Shape | None = None


def evidence(
    log_effect: np.ndarray,
    offset: np.ndarray,
    channels: list[str],
    prior_sd: np.ndarray | float,
    *,
    effect_sd: np.ndarray | None = None,
) -> MarketEvidence:
    """Likelihood of a market's log returns: its posterior with its own prior taken out.

    Parameters
    ----------
    log_effect : (sample, c) draws of the market's mean log effect, prior Normal(0, prior_sd²).
    effect_sd : (c,) prior sd of one unit's log effect; `prior_sd` unless the mean is over several units.
    """
    draws, count = log_effect + offset, len(channels)
    prior = np.broadcast_to(np.asarray(prior_sd, float), count)
    posterior = np.linalg.inv(np.cov(draws.T).reshape(count, count))
    values, vectors = np.linalg.eigh(posterior - np.diag(prior**-2.0))
    precision = (vectors * np.maximum(values, 0.0)) @ vectors.T
    weighted = posterior @ draws.mean(axis=0) - offset / prior**2
    # Where the data add nothing the weighted mean must vanish too, or the clipped directions would pull.
    kept = (vectors * (values > 0)) @ vectors.T
    unit = prior if effect_sd is None else effect_sd
    return MarketEvidence(channels, offset, precision, kept @ weighted, unit, fit_shape(draws))


def fit_shape(draws: np.ndarray) -> Shape:
    """Sinh-arcsinh margins by maximum likelihood, and the correlations of their normal scores.

    Parameters
    ----------
    draws : (sample, c).
    """
    thinned = draws[:: -(-len(draws) // MOST_DRAWS)]
    margins = np.stack([_fit_margin(column) for column in thinned.T], axis=1)
    score, _ = _to_normal(thinned, margins)
    count = draws.shape[1]
    correlation = np.corrcoef(score.T).reshape(count, count)
    return Shape(
        margins=margins,
        dependence=np.linalg.inv(correlation) - np.eye(count),
        mean=draws.mean(axis=0),
        precision=np.linalg.inv(np.cov(draws.T).reshape(count, count)),
        low=draws.min(axis=0),
        high=draws.max(axis=0),
    )


def _fit_margin(values: np.ndarray) -> np.ndarray:
    """(4,) place, log scale, skew and log tail weight of one channel's draws."""
    centre, spread = values.mean(), values.std()
    scaled = ((values - centre) / spread)[:, None]

    def loss(margin: np.ndarray) -> float:
        score, log_slope = _to_normal(scaled, margin[:, None])
        return float((score**2 / 2 - log_slope).mean())

    found = optimize.minimize(loss, np.zeros(4), method="L-BFGS-B", bounds=BOUNDS).x
    return found * [spread, 1, 1, 1] + [centre, np.log(spread), 0, 0]


def _to_normal(values: np.ndarray, margins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normal scores (n, c) of values (n, c), and the log slope of the map at each."""
    place, log_scale, skew, log_tail = margins
    relative = (values - place) * np.exp(-log_scale)
    bent = np.exp(log_tail) * np.arcsinh(relative) + skew
    # Far beyond any draw the scores are only to be improbable, not infinite.
    bent = np.clip(bent, -20.0, 20.0)
    log_slope = np.logaddexp(bent, -bent) - np.log(2) + log_tail - log_scale - np.log1p(relative**2) / 2
    return np.sinh(bent), log_slope


def _quadratic(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """(n,) x' M x of each row."""
    return ((values @ matrix) * values).sum(axis=1)
