"""How well a quarter is predicted that the model did not see, against seasonal naive.

Given in advance are the quarter's spend, controls and holidays, as in a plan; the outcome is hidden.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.model.areas import areas
from mmm_helpers.model.design import Design

SCORE_COLUMNS = [
    "market", "fold", "region", "horizon", "crps", "crps_naive", "crps_gain_q05", "crps_gain_q95",
    "wmape", "wmape_naive", "wmape_ols", "mape", "mape_naive", "mape_ols", "coverage_90",
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


def season_length(design: Design) -> int:
    """Periods after which the season repeats: a year, in whole weeks where the data are daily."""
    year = round(design.periods_per_year)
    return 7 * (year // 7) if year > 300 else year


def seasonal_naive(design: Design, start: int, *, rng: np.random.Generator, draws: int) -> np.ndarray | None:
    """Last year's value plus its own past error, resampled.

    Returns
    -------
    Shape (draws, t − start, r), or None where there is not a year of history plus one fold.
    """
    year = season_length(design)
    if start < year + len(design.dates) - start:
        return None
    point = design.outcome[start - year : len(design.dates) - year]
    errors = design.outcome[year:start] - design.outcome[: start - year]
    errors = errors[~np.isnan(errors).any(axis=1)]
    if not len(errors):
        return None
    picks = rng.integers(len(errors), size=(draws, len(point)))
    return point[None] + errors[picks]


def ols_forecast(design: Design, start: int) -> np.ndarray:
    """What a plain regression per region predicts, given the same inputs: the yardstick that analysts know.

    Ordinary least squares of the outcome on trend, yearly cycle, controls and each channel's spend of the same
    period, fitted on the periods before `start`.

    Returns
    -------
    Shape (t − start, r), in the outcome's unit.
    """
    import statsmodels.api as sm

    periods = len(design.dates)
    shared = np.column_stack([np.ones(periods), design.time, design.fourier])
    ahead = np.empty((periods - start, len(design.regions)))
    for r in range(len(design.regions)):
        inputs = np.column_stack([shared, design.controls[:, r], design.media[:, r]])
        known = design.observed[:start, r]
        fitted = sm.OLS(design.outcome[:start, r][known], inputs[:start][known]).fit()
        ahead[:, r] = fitted.predict(inputs[start:])
    return ahead


def score_fold(
    design: Design, predicted: np.ndarray, start: int, fold: int, *, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per region (and `all`) of a fold: scores of the model, of seasonal naive and of plain OLS.

    Parameters
    ----------
    predicted : (sample, h, r) forecast draws in the outcome's unit.
    start : the fold's first period.
    """
    stop = start + predicted.shape[1]
    observed = design.outcome[start:stop]
    naive = seasonal_naive(design, start, rng=rng, draws=len(predicted))
    plain = ols_forecast(design, start)[: stop - start]
    rows = []
    for region, where in areas(design.regions).items():
        truth, draws = observed[:, where].sum(axis=1), predicted[:, :, where].sum(axis=2)
        known = ~np.isnan(truth)
        base = None if naive is None else naive[:, : stop - start, where].sum(axis=2)
        row = {"market": design.market, "fold": fold, "region": region}
        row |= _probabilistic(truth[known], draws[:, known], None if base is None else base[:, known])
        points = {"": draws.mean(axis=0), "_ols": plain[:, where].sum(axis=1)}
        points["_naive"] = np.full(len(truth), np.nan) if base is None else base.mean(axis=0)
        for name, point in points.items():
            error = np.abs(point - truth)[known]
            row |= {f"wmape{name}": error.sum() / np.abs(truth[known]).sum()}
            row |= {f"mape{name}": np.mean(error / np.abs(truth[known]))}
        rows.append(row)
    return pd.DataFrame(rows, columns=SCORE_COLUMNS)


def _probabilistic(truth: np.ndarray, draws: np.ndarray, naive: np.ndarray | None) -> dict:
    """Horizon, CRPS beside seasonal naive's, interval of the gain, and coverage."""
    low, high = np.quantile(draws, [LOWER, UPPER], axis=0)
    ours = crps(draws, truth)
    theirs = np.full(len(truth), np.nan) if naive is None else crps(naive, truth)
    gain_low, gain_high = _paired_interval(theirs - ours)
    return {
        "horizon": len(truth),
        "crps": ours.mean(),
        "crps_naive": theirs.mean(),
        "crps_gain_q05": gain_low,
        "crps_gain_q95": gain_high,
        "coverage_90": np.mean((truth >= low) & (truth <= high)),
    }


def _paired_interval(difference: np.ndarray) -> tuple[float, float]:
    """Interval of the mean paired difference, by Student's t (periods taken as independent)."""
    from scipy.stats import t

    n = len(difference)
    if n < 2 or np.isnan(difference).any():
        return np.nan, np.nan
    half = t.ppf(UPPER, n - 1) * difference.std(ddof=1) / np.sqrt(n)
    return float(difference.mean() - half), float(difference.mean() + half)
