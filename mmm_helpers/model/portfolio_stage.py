"""The portfolio stage: markets learn from each other without being fitted again.

Each market's own fit has a wide prior on the log return of a channel. Here the draws of all markets meet under
a shared hierarchical prior, log return[m, c] ~ Normal(mu[c], tau²), as in two-stage hierarchical MCMC (Lunn,
Barrett, Sweeting & Thompson 2013). Resampling whole draws alone would leave few distinct ones for a thin market with
many channels. So what a market's data say about its log returns is taken as a likelihood, normal with a correction
for skewness (`evidence`), the hierarchy is sampled (`hierarchy`), and each pooled draw of a market's returns takes
along an own draw that lies close to it; what is left between the two moves all other parameters by their regression
on the log returns. Given the returns, the other parameters have the same distribution before and after pooling.
A changed market refits itself and this stage, which takes seconds; `benchmarks.two_stage` holds it against a joint fit.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from scipy import optimize

from mmm_helpers.model.evidence import MarketEvidence
from mmm_helpers.model.hierarchy import Pooled, pool, pool_fully
from mmm_helpers.model.posterior import NOT_PARAMETERS, constrain, unconstrain
from mmm_helpers.model.priors import BETWEEN_SCALE

DISTINCT = 0.25
"""Least effective share of a market's own draws that pooled draws are taken from."""
BLOCK = 400
"""Draws that are paired at a time: the cost of pairing grows with its cube."""
TAU_PRIORS = {"half": 0.5, "double": 2.0}
"""Other scales of the prior of tau, for sensitivity, as factors on the default."""
OTHER_SAMPLES = 1000
"""Draws stored of each of them."""


def pool_markets(
    evidences: Mapping[str, MarketEvidence], own: Mapping[str, xr.Dataset], *, pooling: str, seed: int
) -> tuple[xr.Dataset, dict[str, xr.Dataset]]:
    """Pool the markets' returns.

    Parameters
    ----------
    evidences, own : by market, what its own fit says about its log returns, and its own draws.
    pooling : over markets; partial (tau is estimated) or full (one common return a channel).

    Returns
    -------
    The portfolio's draws (`shared_draws`), and each market's draws after pooling.
    """
    markets = list(evidences.values())
    pooled = pool_fully(markets, seed=seed) if pooling == "full" else pool(markets, seed=seed)
    moved = {
        code: take_along(own[code], evidences[code], pooled.log_return[i], seed=seed + i)
        for i, code in enumerate(evidences)
    }
    return shared_draws(evidences, pooled, pooling=pooling, seed=seed), moved


def shared_draws(
    evidences: Mapping[str, MarketEvidence], pooled: Pooled, *, pooling: str, seed: int
) -> xr.Dataset:
    """Joint draws of everything that markets share, as stored.

    Returns
    -------
    Dataset with `mu` (sample, channel), `tau` (sample), `log_return` (sample, market, channel; missing where a
    market lacks a channel), and, with partial pooling, `common` (sample, channel): the log return if all markets
    had the same; `other_tau` and `other_log_return` under other priors of tau (dims tau_prior, other_sample, …).
    """
    codes, channels = list(evidences), pooled.channels
    data = {
        "mu": (("sample", "channel"), pooled.mu),
        "tau": (("sample",), pooled.tau),
        "log_return": (("sample", "market", "channel"), _by_channel(evidences, pooled)),
    }
    if pooling == "partial":
        markets = list(evidences.values())
        others = [
            pool(markets, seed=seed, tau_scale=BETWEEN_SCALE * factor, samples=OTHER_SAMPLES)
            for factor in TAU_PRIORS.values()
        ]
        dims = ("tau_prior", "other_sample")
        data |= {
            "common": (("sample", "channel"), pool_fully(markets, seed=seed).mu),
            "other_tau": (dims, np.stack([o.tau for o in others])),
            "other_log_return": (
                (*dims, "market", "channel"),
                np.stack([_by_channel(evidences, o) for o in others]),
            ),
        }
    coords = {"market": codes, "channel": channels}
    return xr.Dataset(data, coords=coords | ({"tau_prior": list(TAU_PRIORS)} if len(data) > 3 else {}))


def _by_channel(evidences: Mapping[str, MarketEvidence], pooled: Pooled) -> np.ndarray:
    """(sample, market, C) log returns; missing where a market lacks a channel."""
    filled = np.full((len(pooled.tau), len(evidences), len(pooled.channels)), np.nan)
    for m, (market, values) in enumerate(zip(evidences.values(), pooled.log_return, strict=True)):
        filled[:, m, [pooled.channels.index(c) for c in market.channels]] = values
    return filled


def take_along(
    draws: xr.Dataset, market: MarketEvidence, log_return: np.ndarray, *, seed: int = 0
) -> xr.Dataset:
    """A market's draws with pooled log returns, all other parameters following them.

    Parameters
    ----------
    draws : the market's own fit, dims (chain, draw, …).
    log_return : (n, c) pooled draws of the market's log returns.

    Returns
    -------
    Dataset of the same shape. Each pooled draw is paired with an own draw close to it (see `pair`); the rest of the
    way every parameter goes by its linear regression on the log returns, on the unconstrained scale (Beaumont, Zhang &
    Balding 2002). The log effects end exactly where the pooled draw has them. `lp` and the like come along.
    """
    rng = np.random.default_rng(seed)
    stacked = draws.stack(sample=("chain", "draw")).transpose("sample", ...)
    own = market_effect(stacked) + market.offset
    target = log_return[np.linspace(0, len(log_return) - 1, len(own)).round().astype(int)]
    target = rng.permutation(target)
    weights = selection_weights(own, target)
    source = pair(own, target, weights, rng=rng)
    step = target - own[source]
    result = {}
    # The regression of the log effects on themselves is the identity, so they end exactly where they should.
    for name in stacked.data_vars:
        values = stacked[name].to_numpy()
        if name not in NOT_PARAMETERS:
            free = unconstrain(name, values)
            moved = free[source] + (step @ _slopes(own, free, weights)).reshape(free.shape)
            result[name] = (stacked[name].dims, constrain(name, moved))
        else:
            result[name] = (stacked[name].dims, values[source])
    return stacked.assign(result).unstack("sample").transpose("chain", "draw", ...)


def market_effect(stacked: xr.Dataset) -> np.ndarray:
    """(sample, c) log effects of the market as a whole: the mean over regions where each has its own."""
    effect = stacked["log_effect_market"]
    effect = effect.mean("region") if "region" in effect.dims else effect
    return effect.transpose("sample", "channel").to_numpy()


def selection_weights(own: np.ndarray, target: np.ndarray, *, distinct: float = DISTINCT) -> np.ndarray:
    """(n,) weights that draw own log returns towards the target, as far as enough of them stay distinct.

    The ratio of two normals, raised to the largest power up to one at which the effective number of draws is
    `distinct` of all.

    Parameters
    ----------
    own, target : (n, c) and (m, c) draws.
    """
    log_ratio = _log_normal(own, target) - _log_normal(own, own)

    def effective(power: float) -> float:
        weights = _normalised(power * log_ratio)
        return 1 / (len(own) * (weights**2).sum()) - distinct

    power = 1.0 if effective(1.0) >= 0 else optimize.brentq(effective, 0.0, 1.0, xtol=1e-3)
    return _normalised(power * log_ratio)


def pair(own: np.ndarray, target: np.ndarray, weights: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """(n,) number of the own draw that goes with each target: drawn by weight, then paired to lie close together.

    Draws are systematic (each comes up by its weight, give or take one); pairs minimise the sum of squared distances
    in units of the target's spread, block by block.
    """
    count = len(target)
    chosen = np.searchsorted(np.cumsum(weights), (np.arange(count) + rng.random()) / count)
    chosen = rng.permutation(chosen.clip(max=len(own) - 1))
    width = target.shape[1]
    whiten = np.linalg.inv(np.linalg.cholesky(np.cov(target.T).reshape(width, width))).T
    for start in range(0, count, BLOCK):
        block = slice(start, start + BLOCK)
        there, here = target[block] @ whiten, own[chosen[block]] @ whiten
        cost = ((there[:, None, :] - here[None, :, :]) ** 2).sum(axis=2)
        chosen[block] = chosen[block][optimize.linear_sum_assignment(cost)[1]]
    return chosen


def _slopes(own: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(c, k) weighted regression of values (n, …) on own log returns (n, c)."""
    flat = values.reshape(len(values), -1)
    centred = own - weights @ own
    weighted = centred * weights[:, None]
    return np.linalg.solve(weighted.T @ centred, weighted.T @ (flat - weights @ flat))


def _log_normal(values: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Log density of values, up to a constant, under the normal with the moments of `like`."""
    width = like.shape[1]
    precision = np.linalg.inv(np.cov(like.T).reshape(width, width))
    centred = values - like.mean(axis=0)
    return -((centred @ precision) * centred).sum(axis=1) / 2


def _normalised(log_weights: np.ndarray) -> np.ndarray:
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum()
