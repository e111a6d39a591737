"""Columns of the single-region regression: carried-over spend, season, trend, holidays and controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

HARMONICS = 2
"""Pairs of yearly waves; two follow a summer dip and a winter peak."""

SHORTEST_FOR_SEASON = 1.5
"""Years of data below which a yearly wave cannot be told from a trend."""


@dataclass(frozen=True)
class RegressionData:
    """One region's data, ready for a regression.

    Parameters
    ----------
    outcome : by date, money; periods with unknown values are left out.
    spend : by date, one column a channel, money as spent, all dates (for carry-over).
    others : by date, trend, season, holidays and controls; controls have mean 0 and sd 1.
    region : name of the region.
    """

    outcome: pd.Series
    spend: pd.DataFrame
    others: pd.DataFrame
    region: str


def largest_region(panel: pd.DataFrame) -> str:
    """The region with the largest total outcome."""
    return str(panel.groupby("region")["outcome"].sum().idxmax())


def paid_channels(panel: pd.DataFrame, *, labels: Mapping[str, str], region: str) -> list[str]:
    """Channels with spend that varies in the region; nothing can be learnt about the others."""
    rows = panel[panel["region"].astype(str) == region]
    return [c for c in labels if f"spend_{c}" in rows and rows[f"spend_{c}"].std() > 0]


def build_regression_data(
    panel: pd.DataFrame, *, region: str, channels: Sequence[str], periods_per_year: int = 52
) -> RegressionData:
    """Select one region and make its columns.

    Parameters
    ----------
    panel : one market, outcome in money.
    region : region to select.
    channels : paid channels.
    periods_per_year : for the yearly wave.

    Raises
    ------
    ValueError
        The panel does not hold the region.
    """
    rows = panel[panel["region"].astype(str) == region].sort_values("date").set_index("date")
    if rows.empty:
        known = ", ".join(sorted(panel["region"].astype(str).unique()))
        raise ValueError(f"The 'region' parameter must be one of {known}. Got {region!r} instead.")
    spend = rows[[f"spend_{c}" for c in channels]].set_axis(list(channels), axis=1)
    return RegressionData(
        outcome=rows["outcome"],
        spend=spend,
        others=_other_columns(rows, periods_per_year=periods_per_year),
        region=region,
    )


def _other_columns(rows: pd.DataFrame, *, periods_per_year: int) -> pd.DataFrame:
    time = np.arange(len(rows)) / periods_per_year
    columns = {"trend": time - time.mean()}
    if time[-1] >= SHORTEST_FOR_SEASON:
        for k in range(1, HARMONICS + 1):
            columns[f"season_sin_{k}"] = np.sin(2 * np.pi * k * time)
            columns[f"season_cos_{k}"] = np.cos(2 * np.pi * k * time)
    for name in [c for c in rows if c.startswith("control_") or c == "holiday"]:
        values = rows[name].astype(float)
        if values.std() > 0:
            columns[name] = ((values - values.mean()) / values.std()).to_numpy()
    return pd.DataFrame(columns, index=rows.index)


def adstock(spend: np.ndarray, retention: float, *, l_max: int = 8) -> np.ndarray:
    """Geometric carry-over with weights that sum to one, so that a coefficient is the whole return.

    Parameters
    ----------
    spend : shape (periods,); a missing period makes the periods that it carries into missing.
    retention : share that is left after one period, in [0, 1).
    l_max : periods that an effect lasts; what was spent before the first period counts as nothing.

    Examples
    --------
    >>> adstock(np.array([1.0, 0.0, 0.0]), 0.5, l_max=2).round(3).tolist()
    [0.667, 0.333, 0.0]
    """
    weights = retention ** np.arange(l_max)
    weights = weights / weights.sum()
    padded = np.concatenate([np.zeros(l_max - 1), np.asarray(spend, dtype=float)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, l_max)[:, ::-1]
    return windows @ weights
