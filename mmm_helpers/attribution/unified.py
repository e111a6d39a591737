"""One number per channel: the model's returns, given what calibrated credit says of them, every test counted once.

What journeys claim of a channel, times its unknown factor κ, is its return; so every draw of the model implies factors,
and the hierarchy of the factors says how plausible these are together: that is the prior that credit becomes. A test
that calibrates credit speaks there, lift ~ Normal(κ · claim, σ), and its row of the model's likelihood is taken out.
The stored draws are reweighted by both, weights smoothed by a Pareto tail (Vehtari, Simpson, Gelman, Yao & Gabry
2024); where they cannot be relied on, the model's numbers stay, with its tests. The cells that a test was measured on
have left the model's likelihood before, and stay out. A channel that journeys do not see has no such prior: it moves
only with what the model itself ties it to.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logsumexp
from scipy.stats import norm

from mmm_helpers.attribution.kappa import NODE_WEIGHTS, NODES, Tests, log_prior

UNRELIABLE_K = 0.7
"""Pareto shape of the weights from which on they are not to be relied on (Vehtari et al. 2024)."""
CREDIT, MODEL, NONE = "credit", "model", "none"
"""The one path of a test: into the factors of credit, into the model's likelihood, or nowhere."""


@dataclass(frozen=True)
class Unified:
    """The model's draws as calibrated credit has them.

    Parameters
    ----------
    rows : (sample,) positions of the model's draws, repeated by their weights; all in order where nothing was used.
    used : whether calibrated credit counts. pareto_k : shape of the weights' tail. effective : draws that remain.
    reason : in words.
    """

    rows: np.ndarray
    used: bool
    pareto_k: float
    effective: float
    reason: str


def paths_of_tests(
    claims: pd.DataFrame, in_likelihood: Collection[str], *, used: bool = True
) -> pd.DataFrame:
    """Where every test goes: into the factors of credit or into the model's likelihood, never both.

    Parameters
    ----------
    claims : result of `claims.claims_of_tests`. in_likelihood : tests that inform the model's own fit.
    used : whether calibrated credit counts in the unified numbers at all.

    Returns
    -------
    Columns experiment, channel, path.
    """
    calibrates = claims["used"].to_numpy(bool) & used
    informs = claims["experiment"].isin(list(in_likelihood)).to_numpy(bool)
    path = np.where(calibrates, CREDIT, np.where(informs, MODEL, NONE))
    return claims[["experiment", "channel"]].assign(path=path)


def lifts_log_likelihood(expected: np.ndarray, lift: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """(sample,) log likelihood of tests, as the model's fit has it.

    Parameters
    ----------
    expected : (sample, e) lifts that each draw expects. lift, sd : (e,) what was measured.
    """
    return norm.logpdf(lift, expected, sd).sum(axis=1)


def log_density(
    returns: np.ndarray,
    claimed: np.ndarray,
    stages: Sequence[str],
    tests: Tests,
    *,
    lateness: np.ndarray | None = None,
    widen: float = 1.0,
) -> np.ndarray:
    """Log density of calibrated credit at the model's returns, all models of credit with the same weight.

    Parameters
    ----------
    returns : (sample, c) average returns of the channels that journeys see, over the journeys' dates.
    claimed : (m, c) credit per unit of spend by each model, above zero.
    tests : those that calibrate credit; `claimed` of each is the spend that moved, so that return × spend is its lift.
    stages, lateness, widen : see `kappa.log_prior`.

    Returns
    -------
    Shape (sample,), up to a constant. A return of zero or below is all but impossible.
    """
    logs = np.log(np.maximum(returns, 1e-9))
    about = {"lateness": lateness, "widen": widen}
    parts = [log_prior(logs - np.log(own), stages, **about) for own in claimed]
    total = logsumexp(np.stack(parts), axis=0)
    for e, channel in enumerate(tests.channel):
        error = np.exp(tests.claim_sd[e] * NODES)
        fit = norm.logpdf(tests.lift[e], returns[:, [channel]] * tests.claimed[e] * error, tests.sd[e])
        total = total + logsumexp(fit, axis=1, b=NODE_WEIGHTS / NODE_WEIGHTS.sum())
    return total


def unify(density: np.ndarray, test_log: np.ndarray | float = 0.0, *, seed: int = 0) -> Unified:
    """Reweight the model's draws by calibrated credit, without the tests that it knows.

    Parameters
    ----------
    density : (sample,) log density of calibrated credit at each draw (`log_density`).
    test_log : (sample,) log likelihood of the tests that credit was calibrated with (`lifts_log_likelihood`).
    """
    weights, shape = smooth(density - test_log)
    effective = float(1 / np.sum(weights**2))
    if shape > UNRELIABLE_K:
        reason = "calibrated credit and the model are too far apart to be joined by their draws; the model stands alone"
        return alone(len(weights), reason, shape, effective)
    rows = resample(weights, rng=np.random.default_rng(seed))
    return Unified(rows, True, shape, effective, "the model's draws, weighted by calibrated credit")


def alone(count: int, reason: str, shape: float = np.nan, effective: float | None = None) -> Unified:
    """The model's draws as they are."""
    return Unified(np.arange(count), False, shape, float(count) if effective is None else effective, reason)


def smooth(log_ratio: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights that add up to 1, their tail smoothed, and its Pareto shape."""
    from arviz_stats.base import array_stats  # takes seconds to import, and not every run has journeys

    if np.ptp(log_ratio) < 1e-9:
        return np.full(len(log_ratio), 1 / len(log_ratio)), -np.inf
    log_weights, shape = array_stats.psislw(-log_ratio)
    weights = np.exp(log_weights)
    return weights / weights.sum(), float(shape)


def resample(weights: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """(sample,) positions in proportion to the weights: systematic resampling, then in random order."""
    steps = (rng.random() + np.arange(len(weights))) / len(weights)
    return rng.permutation(
        np.searchsorted(np.cumsum(weights), steps * weights.sum()).clip(0, len(weights) - 1)
    )


def split_to_total(
    credits: pd.DataFrame, totals: np.ndarray, channels: Sequence[str], *, part: str = "part"
) -> np.ndarray:
    """Divide each channel's total among its parts (campaigns, days) by their credit; the sums stay exactly.

    Parameters
    ----------
    credits : `channel, <part>, credit`, credit not below zero. totals : (sample, c) draws by channel.
    channels : names of the columns of `totals`.

    Returns
    -------
    Shape (sample, rows of `credits`). A channel whose parts have no credit at all is divided evenly.

    Examples
    --------
    >>> credits = pd.DataFrame({"channel": "search", "part": ["a", "b"], "credit": [1.0, 3.0]})
    >>> split_to_total(credits, np.array([[8.0]]), ["search"])
    array([[2., 6.]])
    """
    if credits.duplicated(["channel", part]).any():
        raise ValueError("Each part of a channel must have one row.")
    whole = credits.groupby("channel")["credit"].transform("sum")
    even = 1 / credits.groupby("channel")["credit"].transform("size")
    share = np.where(whole > 0, credits["credit"] / whole.where(whole > 0, 1.0), even)
    position = credits["channel"].map({c: i for i, c in enumerate(channels)}).to_numpy(int)
    return totals[:, position] * share
