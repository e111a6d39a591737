"""Search of each channel's carry-over on a grid, and what the fit says about the values that were not picked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.regression.design import RegressionData, adstock

RETENTIONS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Grid of the search: share of an effect that is left after one period."""

PLAUSIBLE = 2.0
"""Difference of AIC up to which a value fits about as well as the best (Burnham and Anderson 2002)."""

MOST_SWEEPS = 5


@dataclass(frozen=True)
class RetentionSearch:
    """Result of the search.

    Parameters
    ----------
    best : channel → retention with the best fit of all.
    curve : one row a channel and value of the grid: `channel, retention, aic_difference, plausible`, and
        `retentions`, all channels' best values given this one.
    """

    best: dict[str, float]
    curve: pd.DataFrame

    def plausible(self, channel: str) -> list[float]:
        """Values of the grid that fit about as well as the best."""
        rows = self.curve[(self.curve["channel"] == channel) & self.curve["plausible"]]
        return rows["retention"].tolist()


class Candidates:
    """Cross products of all columns that the search can pick from, so that each fit is one small solve.

    Parameters
    ----------
    data : see `build_regression_data`.
    grid : retentions to try.
    """

    def __init__(self, data: RegressionData, grid: Sequence[float]) -> None:
        used = data.usable
        media = {
            (c, a): adstock(data.spend[c].to_numpy(), a, l_max=data.lags[c]) for c in data.spend for a in grid
        }
        columns = [data.outcome.to_numpy(), *data.others.to_numpy().T, *media.values()]
        values = np.column_stack(columns)[used]
        values = values - values.mean(axis=0)
        spread = values.std(axis=0)
        self.rows = int(used.sum())
        self.scale = float(spread[0] ** 2)
        # Correlations instead of money: the solve stays accurate whatever the currency.
        values = values / np.where(spread > 0, spread, 1.0)
        self.products = values.T @ values / self.rows
        self.base = list(range(1, 1 + data.others.shape[1]))
        self.place = {key: i for i, key in enumerate(media, start=1 + data.others.shape[1])}

    def squared_error(self, retentions: Mapping[str, float]) -> float:
        """Mean squared error of the regression with these retentions, money squared."""
        kept = [*self.base, *(self.place[key] for key in retentions.items())]
        towards = self.products[kept, 0]
        # The tiny ridge only keeps a value that makes two channels alike from stopping the search.
        square = self.products[np.ix_(kept, kept)] + 1e-10 * np.eye(len(kept))
        return self.scale * float(self.products[0, 0] - towards @ np.linalg.solve(square, towards))


def search_retentions(data: RegressionData, *, grid: Sequence[float] = RETENTIONS) -> RetentionSearch:
    """Profile the fit over each channel's retention, all others at their best given it.

    Channels are improved in turn until none can be; the best fit met anywhere is taken. All candidates have
    as many coefficients, so a difference of AIC is n · log of the ratio of squared errors. AIC counts periods
    as independent.

    Parameters
    ----------
    data : see `build_regression_data`; `find_obstacle` must find none.
    grid : retentions to try.
    """
    candidates = Candidates(data, grid)
    start = _improve(candidates, dict.fromkeys(data.spend, grid[len(grid) // 2]), grid)
    rows = []
    for channel in data.spend:
        for value in grid:
            found = _improve(candidates, {**start, channel: value}, grid, pinned=channel)
            error = candidates.squared_error(found)
            rows.append({"channel": channel, "retention": value, "error": error, "retentions": found})
    curve = pd.DataFrame(rows)
    least = curve["error"].idxmin()
    curve["aic_difference"] = candidates.rows * np.log(curve["error"] / curve["error"][least])
    curve["plausible"] = curve["aic_difference"] <= PLAUSIBLE
    return RetentionSearch(dict(curve["retentions"][least]), curve.drop(columns="error"))


def without_carry_over(data: RegressionData) -> dict[str, float]:
    """Retentions of a regression on spend as it is."""
    return dict.fromkeys(data.spend, 0.0)


def _improve(
    candidates: Candidates, start: Mapping[str, float], grid: Sequence[float], *, pinned: str = ""
) -> dict[str, float]:
    """Best retentions by changing one channel at a time; the pinned one stays."""
    best = dict(start)
    for _ in range(MOST_SWEEPS):
        before = dict(best)
        for channel in best:
            if channel != pinned:
                errors = {a: candidates.squared_error({**best, channel: a}) for a in grid}
                best[channel] = min(errors, key=errors.get)
        if best == before:
            break
    return best
