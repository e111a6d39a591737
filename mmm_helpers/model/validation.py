"""How well a quarter is predicted that the model did not see, against seasonal naive.

Given in advance are the quarter's spend, controls and holidays, as in a plan; the outcome is hidden.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.model.design import Design

SCORE_COLUMNS = [
    "market", "fold", "region", "horizon", "crps", "crps_naive", "crps_gain_q05", "crps_gain_q95",
    "wmape", "wmape_naive", "mape", "coverage_90",
]  # fmt: skip
"""Columns of the table `validation`; it has no rows where no fold was run."""


def crps(draws: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of draws (sample, …) against `observed` (…).

    E|X − y| − E|X − X'| / 2, the second term from the sorted draws (Gneiting & Raftery 2007). In the units of
    the outcome; smaller is better; for one draw it is the absolute error.

    Examples
    --------
    >>> float(crps(np.array([[1.0], [3.0]]), np.array([2.0]))[0])
    0.5
    """
    n = len(draws)
    ordered = np.sort(draws, axis=0)
    weight = (2 * np.arange(1, n + 1) - n - 1).reshape(-1, *[1] * (draws.ndim - 1))
    return np.abs(draws - observed).mean(axis=0) - (weight * ordered).sum(axis=0) / n**2


def seasonal_naive(design: Design, start: int, *, rng: np.random.Generator, draws: int) -> np.ndarray | None:
    """Last year's value plus its own past error, resampled.

    Returns
    -------
    Shape (draws, t − start, r), or None where there is not a year of history plus one fold.
    """
    year = round(design.periods_per_year)
    if start < year + len(design.dates) - start:
        return None
    point = design.outcome[start - year : len(design.dates) - year]
    errors = (design.outcome[year:start] - design.outcome[: start - year]) if start > year else None
    if errors is None or not len(errors):
        return None
    picks = rng.integers(len(errors), size=(draws, len(point)))
    return point[None] + errors[picks]


def score_fold(
    design: Design, predicted: np.ndarray, start: int, fold: int, *, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per region (and `all`) of a fold: CRPS, the naive's CRPS, wMAPE, coverage.

    Parameters
    ----------
    predicted : (sample, h, r) forecast draws in the outcome's unit.
    start : the fold's first period.
    """
    stop = start + predicted.shape[1]
    observed = design.outcome[start:stop]
    naive = seasonal_naive(design, start, rng=rng, draws=len(predicted))
    rows = []
    for region in [*design.regions, "all"]:
        where = slice(None) if region == "all" else [design.regions.index(region)]
        truth, draws = observed[:, where].sum(axis=1), predicted[:, :, where].sum(axis=2)
        known = ~np.isnan(truth)
        base = None if naive is None else naive[:, : stop - start, where].sum(axis=2)
        rows.append(_row(design, fold, region, truth[known], draws[:, known], base, known))
    return pd.DataFrame(rows)


def _row(design, fold, region, truth, draws, naive, known) -> dict:
    low, high = np.quantile(draws, [LOWER, UPPER], axis=0)
    ours = crps(draws, truth)
    theirs = np.full(len(truth), np.nan) if naive is None else crps(naive[:, known], truth)
    skill_low, skill_high = _paired_interval(theirs - ours)
    return {
        "market": design.market,
        "fold": fold,
        "region": region,
        "horizon": len(truth),
        "crps": ours.mean(),
        "crps_naive": theirs.mean(),
        "crps_gain_q05": skill_low,
        "crps_gain_q95": skill_high,
        "wmape": np.abs(draws.mean(axis=0) - truth).sum() / np.abs(truth).sum(),
        "wmape_naive": _wmape(None if naive is None else naive[:, known].mean(axis=0), truth),
        "mape": np.mean(np.abs(draws.mean(axis=0) / truth - 1)),
        "coverage_90": np.mean((truth >= low) & (truth <= high)),
    }


def _wmape(point: np.ndarray | None, truth: np.ndarray) -> float:
    return np.nan if point is None else float(np.abs(point - truth).sum() / np.abs(truth).sum())


def _paired_interval(difference: np.ndarray) -> tuple[float, float]:
    """Interval of the mean paired difference, by Student's t (periods taken as independent)."""
    from scipy.stats import t

    n = len(difference)
    if n < 2 or np.isnan(difference).any():
        return np.nan, np.nan
    half = t.ppf(UPPER, n - 1) * difference.std(ddof=1) / np.sqrt(n)
    return float(difference.mean() - half), float(difference.mean() + half)
