"""How much of a channel's credit is incremental: one factor per channel, known from tests, shared among channels.

log κ of a channel = level + what its stage of the funnel shares + its own + slope × how late in journeys it stands. The
tree is small enough for exact quadrature: given the spread and the slope, messages run from the channels' likelihoods
up to the level, and draws run down again. No sampler is needed, and nothing has to converge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

STEP = 0.04
GRID = np.arange(np.log(1 / 200), np.log(30), STEP)
"""log κ: from one conversion in 200 to thirty times the credit."""
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
DRAWS = 4000


@dataclass(frozen=True)
class KappaPrior:
    """What is believed of the factors before any test; sds of log κ.

    Parameters
    ----------
    level, level_sd : of the level that all channels share: a factor of 5 either way (90 %) around 1.
    between_sd : scale of the half-normal for what channels differ by, beyond `floor`.
    floor : least sd between channels: however alike the tested ones look, a factor of 2.3 either way remains. Between
        the eight paid channels of a trial with known truth the sd was 0.77.
    staged : part of the variance between channels that channels of one stage share.
    slope_sd : of the effect of `lateness`.
    """

    level: float = 0.0
    level_sd: float = 1.0
    between_sd: float = 0.5
    floor: float = 0.5
    staged: float = 0.5
    slope_sd: float = 0.75


@dataclass(frozen=True)
class Tests:
    """Tests of channels; e tests.

    Parameters
    ----------
    channel : (e,) position of the tested channel.
    lift, sd : (e,) what the test found, and its error. claimed : (e,) credit for the same spend, above zero.
    claim_sd : (e,) error of log `claimed`, where credit was not counted in the test's own cells and dates.
    """

    __test__ = False

    channel: np.ndarray
    lift: np.ndarray
    sd: np.ndarray
    claimed: np.ndarray
    claim_sd: np.ndarray

    def __len__(self) -> int:
        return len(self.channel)

    def without(self, e: int) -> Tests:
        """All tests but one."""
        return Tests(*(np.delete(getattr(self, name), e) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Branch:
    """One point of spread and slope: its weight, kernels (own, stage) and messages to the level."""

    weight: float
    slope: float
    own: np.ndarray
    stage: np.ndarray
    likelihood: np.ndarray
    by_stage: np.ndarray
    level: np.ndarray


def draw_kappa(
    tests: Tests,
    stages: Sequence[str],
    *,
    lateness: np.ndarray | None = None,
    prior: KappaPrior | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> np.ndarray:
    """Draws of every channel's factor given the tests: posterior where tested, predictive elsewhere.

    Parameters
    ----------
    stages : (c,) name of each channel's stage; channels with an empty one share the level only.
    lateness : (c,) any known number that may explain why credit is worth less; None for none.

    Returns
    -------
    Shape (draws, c), all above zero.

    Notes
    -----
    lift ~ Normal(κ · claimed, sd): a lift of zero or below is allowed and pushes κ towards zero.

    Examples
    --------
    >>> one = Tests(np.array([0]), *(np.array([v]) for v in (50.0, 1.0, 100.0, 0.0)))
    >>> round(float(np.median(draw_kappa(one, ["lower", "upper"])[:, 0])), 1)
    0.5
    """
    prior, rng = prior or KappaPrior(), np.random.default_rng(seed)
    late = np.zeros(len(stages)) if lateness is None else np.asarray(lateness, float)
    named = [stage or f"channel {c}" for c, stage in enumerate(stages)]
    member = np.unique(named, return_inverse=True)[1]
    branches = _branches(tests, member, late, prior)
    weight = np.array([b.weight for b in branches])
    counts = rng.multinomial(draws, weight / weight.sum())
    parts = [_descend(b, member, late, n, rng) for b, n in zip(branches, counts, strict=True) if n]
    return rng.permutation(np.exp(np.concatenate(parts)))


def log_prior(
    log_kappa: np.ndarray,
    stages: Sequence[str],
    *,
    lateness: np.ndarray | None = None,
    prior: KappaPrior | None = None,
    widen: float = 1.0,
) -> np.ndarray:
    """Joint log density of all channels' log factors before any test, up to a constant.

    Parameters
    ----------
    log_kappa : (sample, c). stages, lateness, prior : as in `draw_kappa`.
    widen : times by which channels differ more than the prior says (`calibration.transfer_error`).

    Returns
    -------
    Shape (sample,): a mixture of normals over the spread between channels, level and slope integrated out.
    """
    prior = prior or KappaPrior()
    late = np.zeros(len(stages)) if lateness is None else np.asarray(lateness, float)
    same = np.array([[a == b and bool(a) for b in stages] for a in stages]) | np.eye(len(stages), dtype=bool)
    shared = prior.level_sd**2 + prior.slope_sd**2 * np.outer(late, late)
    within = prior.staged * same + (1 - prior.staged) * np.eye(len(stages))
    beyond, weight = _half_normal(prior.between_sd)
    centre = np.full(len(stages), prior.level)
    parts = [
        multivariate_normal(centre, shared + (widen * (prior.floor + b)) ** 2 * within).logpdf(log_kappa)
        for b in beyond
    ]
    return logsumexp(np.stack(parts), axis=0, b=weight[:, None])


def log_likelihood(tests: Tests, late: np.ndarray, slope: float) -> np.ndarray:
    """(c, g) log likelihood of each channel's tests over the grid of what is its own; zero where untested."""
    total = np.zeros((len(late), len(GRID)))
    for e in range(len(tests)):
        c = tests.channel[e]
        log_claim = np.log(tests.claimed[e]) + tests.claim_sd[e] * NODES
        expected = np.exp(GRID + slope * late[c] + log_claim[:, None])
        fit = -0.5 * ((tests.lift[e] - expected) / tests.sd[e]) ** 2
        best = fit.max()
        total[c] += best + np.log(NODE_WEIGHTS @ np.exp(fit - best) / NODE_WEIGHTS.sum() + 1e-300)
    return total


def _branches(tests: Tests, member: np.ndarray, late: np.ndarray, prior: KappaPrior) -> list[Branch]:
    """Every point of the grid of spread and slope, with its evidence."""
    beyond, beyond_weight = _half_normal(prior.between_sd)
    slopes, slope_weight = (NODES * prior.slope_sd, NODE_WEIGHTS) if late.any() else (np.zeros(1), np.ones(1))
    logs = [log_likelihood(tests, late, s) for s in slopes]
    base = np.max([log.max(axis=1) for log in logs], axis=0)
    likelihoods = [np.exp(log - base[:, None]) for log in logs]
    level = _normal(GRID - prior.level, prior.level_sd)
    branches = []
    for t, s in product(range(len(beyond)), range(len(slopes))):
        spread = prior.floor + beyond[t]
        own, stage = (
            _kernel(spread * np.sqrt(part) + 1e-9) for part in (1 - prior.staged, max(prior.staged, 1e-6))
        )
        up = likelihoods[s] @ own.T
        by_stage = np.stack([up[member == f].prod(axis=0) for f in range(member.max() + 1)])
        at_level = (by_stage @ stage.T).prod(axis=0) * level
        weight = beyond_weight[t] * slope_weight[s] * at_level.sum()
        branches.append(Branch(weight, slopes[s], own, stage, likelihoods[s], by_stage, at_level))
    return branches


def _descend(
    branch: Branch, member: np.ndarray, late: np.ndarray, n: int, rng: np.random.Generator
) -> np.ndarray:
    """(n, c) draws of log κ, from the level down to the channels."""
    level = _pick(np.broadcast_to(branch.level, (n, len(GRID))), rng)
    stages = [_pick(branch.stage[level] * own, rng) for own in branch.by_stage]
    own = [_pick(branch.own[stages[f]] * branch.likelihood[c], rng) for c, f in enumerate(member)]
    inside = rng.uniform(-STEP / 2, STEP / 2, (n, len(member)))
    return GRID[np.stack(own, axis=1)] + inside + branch.slope * late


def _pick(weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One position of the grid per row, in proportion to the weights."""
    below = np.cumsum(weights, axis=1)
    return (below < rng.random((len(below), 1)) * below[:, -1:]).sum(axis=1)


@lru_cache(maxsize=64)
def _kernel(sd: float) -> np.ndarray:
    """(g, g) chance of each point of the grid (columns) around each other (rows)."""
    density = _normal(GRID - GRID[:, None], max(sd, STEP))
    return density / density.sum(axis=1, keepdims=True)


def _normal(distance: np.ndarray, sd: float) -> np.ndarray:
    return np.exp(-0.5 * (distance / sd) ** 2)


def _half_normal(scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Points of a half-normal distribution and their weights."""
    at = (np.arange(12) + 0.5) * 3 * scale / 12
    weight = _normal(at, scale)
    return at, weight / weight.sum()
