"""Least squares for a few regions seen often: standard errors that do not take every week for news.

Weeks of one region resemble each other, so a region counts as one observation of what differs between regions, however
many weeks it was seen. Bias-reduced cluster-robust errors (CR2: Bell & McCaffrey 2002) with Satterthwaite's degrees of
freedom hold their level with few clusters (Imbens & Kolesár 2016; Pustejovsky & Tipton 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from mmm_helpers.intervals import UPPER

TINY = 1e-9


@dataclass(frozen=True)
class Slopes:
    """Coefficients (k,), their standard errors and degrees of freedom; NaN where a slope cannot be told."""

    value: np.ndarray
    se: np.ndarray
    df: np.ndarray

    @property
    def half_width(self) -> np.ndarray:
        """Half of the 90 % interval."""
        return self.se * stats.t.ppf(UPPER, self.df)


def within_regression(y: np.ndarray, x: np.ndarray, *, groups: np.ndarray, clusters: np.ndarray) -> Slopes:
    """Slopes of `y` on `x` within groups, with errors that are robust to anything that rows of a cluster share.

    Parameters
    ----------
    y : (n,). x : (n, k).
    groups : (n,) each group has its own level (a fixed effect); rows of one cluster lie in different groups.
    clusters : (n,) at least three, else no slope can be told.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> y = np.array([0.0, 1.1, 1.9, 3.0])
    >>> slopes = within_regression(y, x, groups=np.zeros(4), clusters=np.arange(4))
    >>> slopes.value.round(2).tolist(), slopes.df.round(2).tolist()
    ([0.98], [1.51])
    """
    kept = _in_company(groups)
    y, x, clusters, groups = y[kept], x[kept], clusters[kept], groups[kept]
    names, cluster = np.unique(clusters, return_inverse=True)
    nothing = np.full(x.shape[1], np.nan)
    if len(names) < 3 or not len(y):
        return Slopes(nothing, nothing, nothing)
    index = np.unique(groups, return_inverse=True)[1]
    y, x = _demean(y[:, None], index)[:, 0], _demean(x, index)
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return Slopes(nothing, nothing, nothing)
    inverse = np.linalg.inv(x.T @ x)
    value = inverse @ (x.T @ y)
    spread = _adjusted(x, inverse, index, cluster, len(names))
    scores = np.einsum("gnk,n->gk", spread, y - x @ value)
    return Slopes(value, np.sqrt((scores**2).sum(axis=0)), _freedom(spread, x, inverse, index))


def _in_company(groups: np.ndarray) -> np.ndarray:
    """Rows of groups with more than one row; the others only tell their own level."""
    _, index, count = np.unique(groups, return_inverse=True, return_counts=True)
    return count[index] > 1


def _demean(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Columns without their groups' means."""
    count = np.bincount(index)
    means = np.stack([np.bincount(index, column) / count for column in values.T], axis=1)
    return values - means[index]


def _adjusted(
    x: np.ndarray, inverse: np.ndarray, index: np.ndarray, cluster: np.ndarray, count: int
) -> np.ndarray:
    """(clusters, n, k) weight of each residual in each coefficient, by cluster: rows of A_g' x_g (x'x)⁻¹.

    A_g is an inverse root of the cluster's block of the residual maker, D − x_g (x'x)⁻¹ x_g' with D diagonal, so that
    errors of equal variance give an unbiased variance. The root is taken in the k directions of x_g only. `index`
    numbers the groups.
    """
    own = 1 - 1 / np.bincount(index)[index]
    weights = np.zeros((count, *x.shape))
    for g in range(count):
        rows = np.flatnonzero(cluster == g)
        scale = np.sqrt(own[rows])[:, None]
        basis, corner = np.linalg.qr(x[rows] / scale)
        values, vectors = np.linalg.eigh(corner @ inverse @ corner.T)
        left = 1 - values
        root = np.where(left > TINY, 1 / np.sqrt(np.where(left > TINY, left, 1.0)), 0.0)
        directions = basis @ vectors
        moved = x[rows] @ inverse
        moved = moved + directions @ ((root - 1)[:, None] * (directions.T @ moved))
        weights[g, rows] = moved / scale
    return weights


def _freedom(spread: np.ndarray, x: np.ndarray, inverse: np.ndarray, index: np.ndarray) -> np.ndarray:
    """(k,) Satterthwaite's degrees of freedom, were all errors alike."""
    df = np.full(x.shape[1], np.nan)
    for k in range(x.shape[1]):
        reach = _demean(spread[:, :, k].T, index)
        reach -= x @ (inverse @ (x.T @ spread[:, :, k].T))
        gram = reach.T @ reach
        df[k] = np.trace(gram) ** 2 / (gram**2).sum()
    return df
