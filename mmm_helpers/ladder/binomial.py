"""Shares with their exact intervals where the cases come in clusters: cells of one simulated data set are alike.

An interval as if all cells were independent would be too narrow. Korn and Graubard (1998, Survey Methodology 24,
193-201) put the effective number of cases, the number divided by the design effect, into the exact interval of
Clopper and Pearson (1934).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, t

LEVEL = 0.95


@dataclass(frozen=True)
class Share:
    """A share of cases with its interval.

    Parameters
    ----------
    value, low, high : the share and the two ends; missing where there are no cases.
    cases, clusters : how many there are. effective : how many independent cases they are worth.
    """

    value: float
    low: float
    high: float
    cases: int
    clusters: int
    effective: float

    def holds(self, share: float) -> bool:
        """Whether `share` lies in the interval."""
        return bool(self.low <= share <= self.high)


EMPTY = Share(np.nan, np.nan, np.nan, 0, 0, 0.0)


def clopper_pearson(successes: float, trials: float, *, level: float = LEVEL) -> tuple[float, float]:
    """Exact interval of a binomial share; numbers of cases need not be whole.

    Examples
    --------
    >>> [round(x, 4) for x in clopper_pearson(0, 10)]
    [0.0, 0.3085]
    """
    tail, failures = (1 - level) / 2, trials - successes
    low = float(beta.ppf(tail, successes, failures + 1)) if successes > 0 else 0.0
    high = float(beta.ppf(1 - tail, successes + 1, failures)) if failures > 0 else 1.0
    return low, high


def effective_size(successes: Sequence[float], cases: Sequence[float], *, level: float = LEVEL) -> float:
    """How many independent cases the clusters are worth, for an interval of this level.

    Parameters
    ----------
    successes, cases : (k,) by cluster.

    Returns
    -------
    n / deff, with the variance of the share from the differences between clusters, times the squared ratio of the
    t quantiles with n - 1 and k - 1 degrees of freedom; at most n. The number of clusters where all cases are alike,
    since then nothing is seen of how clusters differ, and 1 for a single cluster.
    """
    hits, sizes = np.asarray(successes, float), np.asarray(cases, float)
    clusters, total = len(sizes), sizes.sum()
    share = hits.sum() / total
    if clusters == 1 or share in (0.0, 1.0):
        return float(clusters)
    variance = clusters / (clusters - 1) * np.sum((hits - share * sizes) ** 2) / total**2
    if total == clusters or variance == 0:
        return float(total)
    quantiles = t.ppf((1 + level) / 2, [total - 1, clusters - 1])
    return float(min(total, share * (1 - share) / variance * (quantiles[0] / quantiles[1]) ** 2))


def clustered_share(successes: Sequence[float], cases: Sequence[float], *, level: float = LEVEL) -> Share:
    """A share of clustered cases with its Korn-Graubard interval; clusters without cases do not count.

    Parameters
    ----------
    successes, cases : (k,) by cluster.

    Examples
    --------
    >>> share = clustered_share([9, 9, 9, 9], [10, 10, 10, 10])
    >>> share.value, share.effective
    (0.9, 40.0)
    """
    hits, sizes = _with_cases(successes, cases)
    if not len(sizes):
        return EMPTY
    effective = effective_size(hits, sizes, level=level)
    value = float(hits.sum() / sizes.sum())
    low, high = clopper_pearson(value * effective, effective, level=level)
    return Share(value, low, high, int(sizes.sum()), len(sizes), effective)


def upper_limit(successes: Sequence[float], cases: Sequence[float], *, level: float = LEVEL) -> float:
    """One-sided upper limit of a share; without any success 1 - (1 - level)^(1/k), with k clusters.

    Parameters
    ----------
    successes, cases : (k,) by cluster.

    Returns
    -------
    Missing without cases. Near 3 / k without a success (the rule of three, Hanley and Lippman-Hand 1983), and never
    below that: a few successes do not show that clusters are alike.
    """
    hits, sizes = _with_cases(successes, cases)
    if not len(sizes):
        return float("nan")
    # One side of an interval that leaves out twice as much, worth as many cases.
    effective = effective_size(hits, sizes, level=2 * level - 1)
    limit = clopper_pearson(hits.sum() / sizes.sum() * effective, effective, level=2 * level - 1)[1]
    return max(limit, 1 - (1 - level) ** (1 / len(sizes)))


def _with_cases(successes: Sequence[float], cases: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    hits, sizes = np.asarray(successes, float), np.asarray(cases, float)
    return hits[sizes > 0], sizes[sizes > 0]
