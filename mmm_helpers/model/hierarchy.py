"""The hierarchy over markets: log return[m, c] ~ Normal(mu[c], tau²), sampled given each market's evidence.

Many short chains run side by side in one array. A market's log returns are drawn from their exact conditional under
the normal part of its evidence, and the draw is kept or not by the shape's correction (Metropolis & Hastings); the
means and tau come from their conditionals. In between all log returns move together with their mean, or stretch
together with tau, without which a channel that no market knows much about would hardly move (interweaving: Yu & Meng
2011). With full pooling tau is zero and there is one common return a channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmm_helpers.model.evidence import MarketEvidence
from mmm_helpers.model.priors import BETWEEN_SCALE, BETWEEN_SHAPE

CHAINS, BURN_IN, KEPT, GAP = 200, 150, 20, 5
"""Chains side by side, sweeps before the first kept one, sweeps kept of each chain, sweeps from one to the next."""
STRETCH = 0.4
"""Sd of the logarithm of the factor by which tau is stretched."""
TAU_GRID = np.exp(np.linspace(np.log(0.01), np.log(2.0), 240))


@dataclass(frozen=True)
class Pooled:
    """Joint draws of the hierarchy.

    Parameters
    ----------
    channels : all channels of the portfolio, C of them.
    mu : (sample, C) portfolio mean of the log return (for unpaid channels: of the log effect).
    tau : (sample,) sd between markets; zero with full pooling.
    log_return : per market (sample, c), its own channels.
    """

    channels: list[str]
    mu: np.ndarray
    tau: np.ndarray
    log_return: list[np.ndarray]


@dataclass(frozen=True)
class Prior:
    """Where the portfolio's means lie before the data: `centre` and `sd` (C,), and each market's channels."""

    channels: list[str]
    index: list[np.ndarray]
    centre: np.ndarray
    sd: np.ndarray

    @classmethod
    def of(cls, markets: Sequence[MarketEvidence]) -> Prior:
        """A channel's mean over markets of what their own priors were."""
        channels = list(dict.fromkeys(c for m in markets for c in m.channels))
        index = [np.array([channels.index(c) for c in m.channels]) for m in markets]
        sums = np.zeros((3, len(channels)))
        for market, where in zip(markets, index, strict=True):
            sums[:, where] += [
                market.offset,
                np.broadcast_to(market.effect_sd, len(where)),
                np.ones(len(where)),
            ]
        return cls(channels, index, sums[0] / sums[2], sums[1] / sums[2])


@dataclass(frozen=True)
class NormalPart:
    """Normal likelihood exp(−θ'Aθ/2 + b'θ) in the axes of A: `strength` (c,), `axes` (c, c), `pull` (c,)."""

    strength: np.ndarray
    axes: np.ndarray
    pull: np.ndarray

    @classmethod
    def of(cls, market: MarketEvidence) -> NormalPart:
        values, vectors = np.linalg.eigh(market.precision)
        return cls(np.maximum(values, 0.0), vectors, market.weighted @ vectors)

    def draw(self, mu: np.ndarray, tau: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(s, c) log returns given the hierarchy mu (s, c) and tau (s,)."""
        prior = 1 / tau[:, None] ** 2
        total = self.strength + prior
        mean = (self.pull + prior * (mu @ self.axes)) / total
        return (mean + rng.normal(size=mean.shape) / np.sqrt(total)) @ self.axes.T

    def log_density(self, log_return: np.ndarray) -> np.ndarray:
        """(s,) log likelihood of log returns (s, c), up to a constant."""
        turned = log_return @ self.axes
        return (turned * self.pull - self.strength * turned**2 / 2).sum(axis=1)


def pool(
    markets: Sequence[MarketEvidence],
    *,
    seed: int,
    tau_scale: float = BETWEEN_SCALE,
    samples: int = CHAINS * KEPT,
) -> Pooled:
    """Sample the hierarchy over markets (partial pooling).

    Parameters
    ----------
    tau_scale : scale of the gamma prior on tau (shape 2).
    samples : draws that are returned, at most CHAINS × KEPT.
    """
    rng, prior = np.random.default_rng(seed), Prior.of(markets)
    normal = [NormalPart.of(m) for m in markets]
    mu = prior.centre + prior.sd * rng.normal(size=(CHAINS, len(prior.channels))) / 2
    tau = rng.gamma(BETWEEN_SHAPE, tau_scale, CHAINS).clip(*TAU_GRID[[0, -1]])
    theta = [n.draw(mu[:, where], tau, rng) for n, where in zip(normal, prior.index, strict=True)]
    kept = []
    for sweep in range(1, BURN_IN + KEPT * GAP + 1):
        for m, (market, where) in enumerate(zip(markets, prior.index, strict=True)):
            theta[m] = _metropolis(market, theta[m], normal[m].draw(mu[:, where], tau, rng), rng)
        theta, mu = _shift(markets, theta, prior, mu, rng)
        mu = _draw_mu(theta, prior, tau, rng)
        theta, tau = _stretch(markets, normal, theta, prior, mu, tau, tau_scale, rng)
        tau = _draw_tau(theta, prior, mu, tau_scale, rng)
        if sweep > BURN_IN and sweep % GAP == 0:
            kept.append((mu, tau, *theta))
    mu, tau, *theta = (np.concatenate(parts)[-samples:] for parts in zip(*kept, strict=True))
    return Pooled(prior.channels, mu, tau, theta)


def pool_fully(markets: Sequence[MarketEvidence], *, seed: int) -> Pooled:
    """One common log return a channel: what is left of the hierarchy where tau is zero.

    Under the markets' normal parts the common return is normal; draws of that are kept or not by the markets'
    shapes.
    """
    rng, prior = np.random.default_rng(seed), Prior.of(markets)
    precision, weighted = _total(markets, prior), prior.centre / prior.sd**2
    for market, where in zip(markets, prior.index, strict=True):
        weighted[where] += market.weighted
    factor = np.linalg.cholesky(np.linalg.inv(precision))
    mean, shape = np.linalg.solve(precision, weighted), (CHAINS, len(weighted))
    mu, kept = mean + rng.normal(size=shape) @ factor.T, []
    for sweep in range(1, BURN_IN + KEPT * GAP + 1):
        proposed = mean + rng.normal(size=shape) @ factor.T
        change = _change(markets, [mu[:, w] for w in prior.index], [proposed[:, w] for w in prior.index])
        mu = np.where((np.log(rng.random(CHAINS)) < change)[:, None], proposed, mu)
        if sweep > BURN_IN and sweep % GAP == 0:
            kept.append(mu)
    common = np.concatenate(kept)
    return Pooled(prior.channels, common, np.zeros(len(common)), [common[:, w] for w in prior.index])


def _metropolis(market: MarketEvidence, now: np.ndarray, proposed: np.ndarray, rng) -> np.ndarray:
    """Keep each proposed row, or stay, by how the shape's correction changes."""
    kept = np.log(rng.random(len(now))) < _change([market], [now], [proposed])
    return np.where(kept[:, None], proposed, now)


def _change(markets: Sequence[MarketEvidence], now: Sequence[np.ndarray], then: Sequence[np.ndarray]):
    """(s,) by how much all markets' corrections together change from `now` to `then`."""
    shapes = [(m.shape, a, b) for m, a, b in zip(markets, now, then, strict=True) if m.shape]
    return sum((shape.correction(b) - shape.correction(a) for shape, a, b in shapes), np.zeros(len(now[0])))


def _total(markets: Sequence[MarketEvidence], prior: Prior) -> np.ndarray:
    """(C, C) precision of a channel's common return: of all markets' normal parts and of the prior."""
    precision = np.diag(prior.sd**-2.0)
    for market, where in zip(markets, prior.index, strict=True):
        precision[np.ix_(where, where)] += market.precision
    return precision


def _shift(markets, theta: list[np.ndarray], prior: Prior, mu: np.ndarray, rng):
    """Move each channel's mean and all markets' log returns by the same step, drawn from its conditional."""
    pull = (prior.centre - mu) / prior.sd**2
    for market, values, where in zip(markets, theta, prior.index, strict=True):
        pull[:, where] += market.weighted - values @ market.precision
    cov = np.linalg.inv(_total(markets, prior))
    step = pull @ cov + rng.normal(size=mu.shape) @ np.linalg.cholesky(cov).T
    moved = [values + step[:, where] for values, where in zip(theta, prior.index, strict=True)]
    kept = (np.log(rng.random(len(mu))) < _change(markets, theta, moved))[:, None]
    theta = [np.where(kept, new, old) for new, old in zip(moved, theta, strict=True)]
    return theta, np.where(kept, mu + step, mu)


def _stretch(markets, normal, theta, prior: Prior, mu, tau, scale: float, rng):
    """Multiply tau and all distances of log returns from their mean by the same random factor, or stay."""
    factor = np.exp(STRETCH * rng.normal(size=len(tau)))
    moved = [
        mu[:, w] + factor[:, None] * (values - mu[:, w]) for values, w in zip(theta, prior.index, strict=True)
    ]
    change = _change(markets, theta, moved) + BETWEEN_SHAPE * np.log(factor) - (factor - 1) * tau / scale
    for part, new, old in zip(normal, moved, theta, strict=True):
        change += part.log_density(new) - part.log_density(old)
    inside = (tau * factor > TAU_GRID[0]) & (tau * factor < TAU_GRID[-1])
    kept = (np.log(rng.random(len(tau))) < change) & inside
    theta = [np.where(kept[:, None], new, old) for new, old in zip(moved, theta, strict=True)]
    return theta, np.where(kept, tau * factor, tau)


def _draw_mu(theta: Sequence[np.ndarray], prior: Prior, tau: np.ndarray, rng) -> np.ndarray:
    """(s, C) portfolio means given the markets' log returns."""
    weight = 1 / tau[:, None] ** 2
    precision = np.repeat(prior.sd[None] ** -2.0, len(tau), axis=0)
    weighted = precision * prior.centre
    for values, where in zip(theta, prior.index, strict=True):
        precision[:, where] += weight
        weighted[:, where] += weight * values
    return weighted / precision + rng.normal(size=precision.shape) / np.sqrt(precision)


def _draw_tau(theta: Sequence[np.ndarray], prior: Prior, mu: np.ndarray, scale: float, rng) -> np.ndarray:
    """(s,) tau from its conditional on a log-spaced grid (griddy Gibbs, Ritter & Tanner 1992)."""
    pairs = list(zip(theta, prior.index, strict=True))
    squares = sum(((values - mu[:, where]) ** 2).sum(axis=1) for values, where in pairs)
    count = sum(len(where) for _, where in pairs)
    # Shape − 1 from the prior, one more from the grid's spacing: its points are even in log tau.
    fixed = (BETWEEN_SHAPE - count) * np.log(TAU_GRID) - TAU_GRID / scale
    log_p = fixed - squares[:, None] / (2 * TAU_GRID**2)
    # The largest of Gumbel-perturbed log weights is a draw by these weights.
    return TAU_GRID[(log_p + rng.gumbel(size=log_p.shape)).argmax(axis=1)]
