"""One number per channel: the model's returns, given what calibrated credit says of them, every test counted once.

A test that calibrated credit knows must not speak a second time as a row of the model's likelihood. The stored draws
are therefore reweighted: the likelihood of such tests is taken out, and the joint density of the calibrated returns is
put in, as a prior of the channels that journeys see. Weights are smoothed by a Pareto tail (Vehtari, Simpson, Gelman,
Yao & Gabry 2024); where they cannot be relied on, the model's numbers stay, with its tests. The cells that a test was
measured on have left the model's likelihood before, and stay out. A channel that journeys do not see has no such
prior: it moves only with what the model itself ties it to.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import multivariate_normal, norm

UNRELIABLE_K = 0.7
"""Pareto shape of the weights from which on they are not to be relied on (Vehtari et al. 2024)."""
LEAST_SD = 0.15
"""Least sd of the log of a calibrated return: the floor on the prior that credit may become."""
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


def unify(
    returns: np.ndarray, calibrated: np.ndarray, test_log: np.ndarray | float = 0.0, *, seed: int = 0
) -> Unified:
    """Reweight the model's draws by calibrated credit, without the tests that it knows.

    Parameters
    ----------
    returns : (sample, c) the model's average returns of the channels that journeys see, over the journeys' dates.
    calibrated : (draw, c) incremental returns by calibrated credit, above zero.
    test_log : (sample,) log likelihood of the tests that credit was calibrated with (`lifts_log_likelihood`).
    """
    count = len(returns)
    if not calibrated.size:
        return Unified(np.arange(count), False, np.nan, float(count), "journeys see no channel with spend")
    log_ratio = log_density(returns, calibrated) - test_log
    weights, shape = smooth(log_ratio)
    effective = float(1 / np.sum(weights**2))
    if shape > UNRELIABLE_K:
        reason = "calibrated credit and the model are too far apart to be joined by their draws; the model stands alone"
        return Unified(np.arange(count), False, shape, effective, reason)
    rows = resample(weights, rng=np.random.default_rng(seed))
    return Unified(rows, True, shape, effective, "the model's draws, weighted by calibrated credit")


def log_density(returns: np.ndarray, calibrated: np.ndarray) -> np.ndarray:
    """(sample,) log of the joint normal density of log calibrated returns, at the model's returns."""
    logs = np.log(np.maximum(calibrated, 1e-9))
    covariance = np.atleast_2d(np.cov(logs, rowvar=False))
    extra = np.maximum(LEAST_SD**2 - np.diag(covariance), 0)
    at = np.log(np.maximum(returns, 1e-9))
    return multivariate_normal(
        np.atleast_1d(logs.mean(axis=0)), covariance + np.diag(extra), allow_singular=True
    ).logpdf(at)


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
