"""The portfolio stage: markets learn from each other without being fitted again.

Each market's own fit has a wide prior on the log return of a channel. Here the draws of all markets meet under
a shared hierarchical prior, log return[m, c] ~ Normal(mu[c], tau²), as in two-stage hierarchical MCMC (Lunn,
Barrett, Sweeting & Thompson 2013). Instead of resampling whole draws, which leaves few distinct ones for a thin
market with many channels, what a market's data say about its log returns is taken as a normal likelihood
(posterior precision minus prior precision), the hierarchy is sampled by Gibbs, and each market's draws are moved
by the linear map that takes its own normal posterior to the pooled one; all other parameters follow by their
regression on the log returns. A changed market refits itself and this stage, which takes seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from mmm_helpers.model.posterior import NOT_PARAMETERS, constrain, unconstrain
from mmm_helpers.model.priors import BETWEEN_SCALE, BETWEEN_SHAPE, LOG_EFFECT_SD

BURN_IN, KEPT = 500, 4000


@dataclass(frozen=True)
class MarketEvidence:
    """What one market's own fit says about the log effects of its channels.

    Parameters
    ----------
    channels : the market's channels, a subset of the portfolio's.
    offset : (c,) log prior return; log return = log effect + offset.
    precision, weighted : normal likelihood of the log return: precision (c, c) and precision × mean (c,).
    """

    channels: list[str]
    offset: np.ndarray
    precision: np.ndarray
    weighted: np.ndarray


def evidence(
    log_effect: np.ndarray, offset: np.ndarray, channels: list[str], prior_sd: float
) -> MarketEvidence:
    """Normal likelihood of a market's log returns: its posterior with the wide prior taken out.

    Parameters
    ----------
    log_effect : (sample, c) draws of the market's mean log effect, prior Normal(0, prior_sd²).
    """
    draws = log_effect + offset
    posterior = np.linalg.inv(np.cov(draws.T).reshape(len(channels), -1))
    values, vectors = np.linalg.eigh(posterior - np.eye(len(channels)) / prior_sd**2)
    precision = (vectors * np.maximum(values, 0.0)) @ vectors.T
    weighted = posterior @ draws.mean(axis=0) - offset / prior_sd**2
    # Where the data add nothing the weighted mean must vanish too, or the clipped directions would pull.
    kept = (vectors * (values > 0)) @ vectors.T
    return MarketEvidence(channels, offset, precision, kept @ weighted)


@dataclass(frozen=True)
class Pooled:
    """Draws of the hierarchy and the pooled moments of every market.

    Parameters
    ----------
    channels : all channels of the portfolio.
    mu : (sample, C) portfolio mean of the log return (for unpaid channels: of the log effect).
    tau : (sample,) sd between markets.
    mean, cov : per market the pooled posterior moments of its log returns.
    """

    channels: list[str]
    mu: np.ndarray
    tau: np.ndarray
    mean: list[np.ndarray]
    cov: list[np.ndarray]


def pool(markets: list[MarketEvidence], *, seed: int, tau_scale: float = BETWEEN_SCALE) -> Pooled:
    """Sample the hierarchy over markets by Gibbs.

    Parameters
    ----------
    tau_scale : scale of the gamma prior on tau (shape 2).
    """
    rng = np.random.default_rng(seed)
    channels = list(dict.fromkeys(c for m in markets for c in m.channels))
    index = [np.array([channels.index(c) for c in m.channels]) for m in markets]
    centre = np.array([_prior_centre(c, markets) for c in channels])
    prior_sd = LOG_EFFECT_SD
    mu, tau = centre.copy(), tau_scale / 2
    theta = [m.offset.copy() for m in markets]
    kept_mu, kept_tau = [], []
    first, second = [np.zeros(len(i)) for i in index], [np.zeros((len(i), len(i))) for i in index]
    for step in range(BURN_IN + KEPT):
        for m, (market, where) in enumerate(zip(markets, index, strict=True)):
            mean, cov = _conditional(market, mu[where], tau)
            theta[m] = rng.multivariate_normal(mean, cov, method="cholesky")
            if step >= BURN_IN:
                first[m] += mean
                second[m] += cov + np.outer(mean, mean)
        mu = _draw_mu(theta, index, centre, tau, prior_sd, rng)
        tau = _draw_tau(
            np.concatenate([t - mu[i] for t, i in zip(theta, index, strict=True)]), tau_scale, rng
        )
        if step >= BURN_IN:
            kept_mu.append(mu)
            kept_tau.append(tau)
    means = [f / KEPT for f in first]
    covs = [s / KEPT - np.outer(f, f) for s, f in zip(second, means, strict=True)]
    return Pooled(channels, np.array(kept_mu), np.array(kept_tau), means, covs)


def _prior_centre(channel: str, markets: list[MarketEvidence]) -> float:
    """Mean over markets of the log return that their own priors are centred on."""
    return float(np.mean([m.offset[m.channels.index(channel)] for m in markets if channel in m.channels]))


def _conditional(market: MarketEvidence, mu: np.ndarray, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """Moments of a market's log returns given the hierarchy."""
    cov = np.linalg.inv(market.precision + np.eye(len(mu)) / tau**2)
    return cov @ (market.weighted + mu / tau**2), (cov + cov.T) / 2


def _draw_mu(theta, index, centre, tau, prior_sd, rng) -> np.ndarray:
    precision = np.full(len(centre), 1 / prior_sd**2)
    weighted = centre / prior_sd**2
    for values, where in zip(theta, index, strict=True):
        precision[where] += 1 / tau**2
        weighted[where] += values / tau**2
    return weighted / precision + rng.normal(size=len(centre)) / np.sqrt(precision)


TAU_GRID = np.exp(np.linspace(np.log(0.02), np.log(2.0), 200))


def _draw_tau(deviations: np.ndarray, scale: float, rng) -> float:
    """Tau from its conditional on a log-spaced grid (griddy Gibbs, Ritter & Tanner 1992)."""
    n, squares = len(deviations), float(deviations @ deviations)
    prior = (BETWEEN_SHAPE - 1) * np.log(TAU_GRID) - TAU_GRID / scale
    # The last term is the grid's spacing: points are even in log tau.
    log_p = prior - n * np.log(TAU_GRID) - squares / (2 * TAU_GRID**2) + np.log(TAU_GRID)
    weights = np.exp(log_p - log_p.max())
    return float(rng.choice(TAU_GRID, p=weights / weights.sum()))


def move_draws(draws: xr.Dataset, market: MarketEvidence, mean: np.ndarray, cov: np.ndarray) -> xr.Dataset:
    """Move a market's draws to the pooled posterior of its log returns.

    Parameters
    ----------
    draws : the market's own fit, dims (chain, draw, …).
    mean, cov : pooled moments of the market's log returns.

    Returns
    -------
    Dataset of the same shape. The log effects are mapped by the symmetric linear map between the two normals
    (optimal transport), everything else by its linear regression on them, on the unconstrained scale.
    """
    stacked = draws.stack(sample=("chain", "draw")).transpose("sample", ...)
    own = market_effect(stacked) + market.offset
    centre, spread = own.mean(axis=0), np.cov(own.T).reshape(len(mean), -1)
    moved = mean + (own - centre) @ _transport(spread, cov).T
    shift = np.linalg.solve(spread, (moved - own).T).T
    result = {}
    # The regression of the log effects on themselves is the identity, so they end exactly where they should.
    for name in stacked.data_vars:
        if name in NOT_PARAMETERS:
            continue
        free = unconstrain(name, stacked[name].to_numpy())
        flat = free.reshape(len(free), -1)
        cross = (flat - flat.mean(axis=0)).T @ (own - centre) / (len(own) - 1)
        result[name] = (stacked[name].dims, constrain(name, flat + shift @ cross.T).reshape(free.shape))
    return stacked.assign(result).unstack("sample").transpose("chain", "draw", ...)


def market_effect(stacked: xr.Dataset) -> np.ndarray:
    """(sample, c) log effects of the market as a whole: the mean over regions where each has its own."""
    effect = stacked["log_effect_market"]
    effect = effect.mean("region") if "region" in effect.dims else effect
    return effect.transpose("sample", "channel").to_numpy()


def _transport(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Symmetric matrix A with A source Aᵀ = target: the optimal map between two centred normals."""
    root = _sqrt(source)
    inverse = np.linalg.inv(root)
    return inverse @ _sqrt(root @ target @ root) @ inverse


def _sqrt(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
