"""How well quarters are predicted that the model did not see, against seasonal naive and other rivals.

Given in advance are a quarter's spend, holidays and what is known ahead of the controls, as in a plan; the outcome
is hidden, and controls that nobody knows ahead are forecast (`model.given`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.model.areas import areas
from mmm_helpers.model.design import Design
from mmm_helpers.model.rivals import seasonal_naive

RIVALS = ("naive", "ols", "ridge", "boosting")
SCORE_COLUMNS = [
    "market", "fold", "region", "horizon", "crps", "crps_naive", "crps_gain_q05", "crps_gain_q95",
    "wmape", *(f"wmape_{name}" for name in RIVALS), "mape", *(f"mape_{name}" for name in RIVALS), "coverage_90",
]  # fmt: skip
"""Columns of the table `validation`; it has no rows where no fold was run."""


@dataclass(frozen=True)
class Fold:
    """Forecasts of one hidden quarter of h periods, in the outcome's unit.

    Parameters
    ----------
    number : 1 is the latest. start : its first period.
    draws : (sample, h, r) of the model. naive : (sample, h, r) of seasonal naive; None where it has no history.
    points : rival → (h, r) point forecast.
    """

    number: int
    start: int
    draws: np.ndarray
    naive: np.ndarray | None
    points: dict[str, np.ndarray]

    @property
    def stop(self) -> int:
        """First period after the fold."""
        return self.start + self.draws.shape[1]


def read_folds(design: Design, stored: xr.Dataset | None, *, rng: np.random.Generator) -> list[Fold]:
    """The folds stored beside a market's fit (`folds.sample_folds`), latest first; none where there are none."""
    if stored is None:
        return []
    return [_read_fold(design, stored.isel(fold=k), k + 1, rng=rng) for k in range(stored.sizes["fold"])]


def _read_fold(design: Design, stored: xr.Dataset, number: int, *, rng: np.random.Generator) -> Fold:
    draws = stored["forecast"].transpose("forecast_sample", "horizon", "region").to_numpy()
    start = int(stored["start"])
    naive = seasonal_naive(design, start, draws.shape[1], rng=rng, draws=len(draws))
    points = {n: stored[n].transpose("horizon", "region").to_numpy() for n in RIVALS if n in stored}
    return Fold(number, start, draws, naive, points)


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


def tabulate_scores(design: Design, folds: Sequence[Fold]) -> pd.DataFrame:
    """One row per fold and region (and `all`): scores of the model and of its rivals; no rows without folds.

    `crps_gain_*` is the interval of the mean gain over seasonal naive in all folds together, the same in each row
    of a region: with one quarter alone a difference is rarely clear.
    """
    rows = []
    for region, where in areas(design.regions).items():
        own = [_score(design, fold, where) for fold in folds]
        low, high = paired_interval([gain for _, gain in own], lags=month_lags(design))
        keys = {"market": design.market, "region": region, "crps_gain_q05": low, "crps_gain_q95": high}
        rows += [keys | row for row, _ in own]
    table = pd.DataFrame(rows, columns=SCORE_COLUMNS)
    return table.sort_values("fold", kind="stable", ignore_index=True)


def _score(design: Design, fold: Fold, where: list[int]) -> tuple[dict, np.ndarray]:
    """Scores of one fold in one area, and the gain over seasonal naive in each of its known periods."""
    truth = design.outcome[fold.start : fold.stop, where].sum(axis=1)
    known = ~np.isnan(truth)
    truth, draws = truth[known], fold.draws[:, known][:, :, where].sum(axis=2)
    points = {name: point[known][:, where].sum(axis=1) for name, point in fold.points.items()}
    theirs = np.full(len(truth), np.nan)
    if fold.naive is not None:
        naive = fold.naive[:, known][:, :, where].sum(axis=2)
        points["naive"], theirs = naive.mean(axis=0), crps(naive, truth)
    ours = crps(draws, truth)
    low, high = np.quantile(draws, [LOWER, UPPER], axis=0)
    row = {"fold": fold.number, "horizon": len(truth), "crps": ours.mean(), "crps_naive": theirs.mean()}
    row |= {"coverage_90": np.mean((truth >= low) & (truth <= high))}
    row |= _errors(truth, draws.mean(axis=0), "")
    for name, point in points.items():
        row |= _errors(truth, point, f"_{name}")
    return row, theirs - ours


def _errors(truth: np.ndarray, point: np.ndarray, suffix: str) -> dict[str, float]:
    error = np.abs(point - truth)
    return {
        f"wmape{suffix}": float(error.sum() / np.abs(truth).sum()),
        f"mape{suffix}": float(np.mean(error / np.abs(truth))),
    }


def month_lags(design: Design) -> int:
    """Periods over which errors may hang together: the rest of a month after the period itself."""
    return max(0, round(design.periods_per_year / 12) - 1)


def paired_interval(groups: Sequence[np.ndarray], *, lags: int) -> tuple[float, float]:
    """Interval of the mean of paired differences that hang together over time.

    Newey & West (1987) with Bartlett weights, covariances taken within each group only, and the small-sample
    correction of Harvey, Leybourne & Newbold (1997) for tests of equal forecast accuracy, with Student's t.

    Parameters
    ----------
    groups : one series per fold, each in the order of time.
    lags : periods over which differences may be correlated.

    Returns
    -------
    Bounds of the interval; missing where there are fewer than two differences for each lag and one, or any is
    unknown.
    """
    from scipy.stats import t

    n, ahead = sum(len(g) for g in groups), lags + 1
    if n < max(2, 2 * ahead) or any(np.isnan(g).any() for g in groups):
        return np.nan, np.nan
    mean = np.concatenate(groups).mean()
    correction = (n + 1 - 2 * ahead + ahead * lags / n) / n
    sd = np.sqrt(long_run_variance([g - mean for g in groups], lags=lags) / n / correction)
    half = t.ppf(UPPER, n - 1) * sd
    return float(mean - half), float(mean + half)


def long_run_variance(centred: Sequence[np.ndarray], *, lags: int) -> float:
    """Newey–West variance of centred series, covariances within each series only.

    Examples
    --------
    >>> long_run_variance([np.array([1.0, -1.0])], lags=0)
    1.0
    """
    n = sum(len(e) for e in centred)
    total = sum((e**2).sum() for e in centred)
    for lag in range(1, lags + 1):
        weight = 1 - lag / (lags + 1)
        total += 2 * weight * sum((e[lag:] * e[:-lag]).sum() for e in centred)
    return float(total / n)
