"""Columns of the single-region regression: spend, season, trend, holidays and controls of one region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from mmm_helpers.inputs.portfolio import DEFAULT_L_MAX

HARMONICS = 2
"""Pairs of yearly waves; two follow a summer dip and a winter peak."""

SHORTEST_FOR_SEASON = 1.5
"""Years of data below which a yearly wave cannot be told from a trend."""

PER_YEAR = {"day": 365.25, "week": 365.25 / 7, "month": 12.0}
"""Periods of a year by the name of one period."""

LAGS = {"day": DEFAULT_L_MAX["daily"], "week": DEFAULT_L_MAX["weekly"], "month": DEFAULT_L_MAX["monthly"]}
"""Periods that an effect lasts where the portfolio file does not say, by the name of one period."""

WEEKDAYS = ("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Days that daily data compare with Monday."""


@dataclass(frozen=True)
class RegressionData:
    """One region's data, ready for a regression.

    Parameters
    ----------
    outcome : by date, money; NaN where unknown.
    spend : by date, one column a channel (or group of channels), money as spent.
    others : by date, trend, season, weekdays, holidays and controls; controls have mean 0 and sd 1.
    region : name of the region.
    unit : name of one period: day, week or month.
    lags : channel → periods that its effect lasts.
    """

    outcome: pd.Series
    spend: pd.DataFrame
    others: pd.DataFrame
    region: str
    unit: str
    lags: Mapping[str, int]

    @property
    def coefficients(self) -> int:
        """Number of coefficients of the regression, the constant among them."""
        return self.spend.shape[1] + self.others.shape[1] + 1

    @cached_property
    def usable(self) -> np.ndarray:
        """Which periods can be used, shape (periods,): all known, and so is all spend that carries into them.

        The first periods are left out, because what was spent before them is not in the data.
        """
        known = self.outcome.notna() & self.others.notna().all(axis=1)
        for channel, lags in self.lags.items():
            # the first lags − 1 windows are incomplete and count as unknown
            known &= self.spend[channel].notna().rolling(lags).sum().eq(lags)
        return known.to_numpy()


def largest_region(panel: pd.DataFrame) -> str:
    """The region with the largest total outcome."""
    return str(panel.groupby("region")["outcome"].sum().idxmax())


def select_region(panel: pd.DataFrame, region: str) -> pd.DataFrame:
    """Rows of one region by date.

    Raises
    ------
    ValueError
        The panel does not hold the region.
    """
    rows = panel[panel["region"].astype(str) == region].sort_values("date").set_index("date")
    if rows.empty:
        known = ", ".join(sorted(panel["region"].astype(str).unique()))
        raise ValueError(f"The 'region' parameter must be one of {known}. Got {region!r} instead.")
    return rows


def build_regression_data(
    panel: pd.DataFrame,
    *,
    region: str,
    channels: Sequence[str],
    unit: str = "week",
    lags: Mapping[str, int] | int | None = None,
) -> RegressionData:
    """Select one region and make its columns.

    Parameters
    ----------
    panel : one market, outcome in money.
    region : region to select.
    channels : paid channels; `a+b` is a group whose spend is added up.
    unit : name of one period: day, week or month.
    lags : periods that an effect lasts, for all channels or by channel; None takes `LAGS`.

    Raises
    ------
    ValueError
        The panel does not hold the region.
    """
    rows = select_region(panel, region)
    spend = {c: rows[[f"spend_{one}" for one in c.split("+")]].sum(axis=1, skipna=False) for c in channels}
    lags = LAGS[unit] if lags is None else lags
    by_channel = {c: lags if isinstance(lags, int) else max(lags[o] for o in c.split("+")) for c in channels}
    data = RegressionData(
        outcome=rows["outcome"],
        spend=pd.DataFrame(spend, index=rows.index),
        others=_other_columns(rows, unit=unit),
        region=region,
        unit=unit,
        lags=by_channel,
    )
    return _drop_still_columns(data)


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


def build_columns(data: RegressionData, retentions: Mapping[str, float]) -> pd.DataFrame:
    """Constant, carried-over spend and the other columns, by date, for the periods that can be used."""
    media = {c: adstock(data.spend[c].to_numpy(), a, l_max=data.lags[c]) for c, a in retentions.items()}
    media = pd.DataFrame(media, index=data.spend.index)
    columns = pd.concat([pd.Series(1.0, index=media.index, name="constant"), media, data.others], axis=1)
    return columns[data.usable]


def name_columns(
    data: RegressionData, *, labels: Mapping[str, str], controls: Mapping[str, str]
) -> dict[str, str]:
    """Names of the regression's columns for readers.

    Parameters
    ----------
    labels : channel → name; controls : control → name.
    """
    names = {c: labels.get(c, c) for c in data.spend}
    for column in data.others:
        kind, _, rest = column.partition("_")
        if kind == "season":
            wave, number = rest.split("_")
            names[column] = f"Yearly wave {number} ({'sine' if wave == 'sin' else 'cosine'})"
        elif kind == "control":
            names[column] = controls.get(rest) or rest.replace("_", " ").capitalize()
        else:
            names[column] = {"holiday": "Holidays"}.get(column, column.capitalize())
    return names


def _other_columns(rows: pd.DataFrame, *, unit: str) -> pd.DataFrame:
    time = np.arange(len(rows)) / PER_YEAR[unit]
    columns = {"trend": time - time.mean()}
    if time[-1] >= SHORTEST_FOR_SEASON:
        for k in range(1, HARMONICS + 1):
            columns[f"season_sin_{k}"] = np.sin(2 * np.pi * k * time)
            columns[f"season_cos_{k}"] = np.cos(2 * np.pi * k * time)
    if unit == "day":
        days = pd.DatetimeIndex(rows.index).day_of_week
        columns |= {name: (days == i).astype(float) for i, name in enumerate(WEEKDAYS, start=1)}
    for name in [c for c in rows if c.startswith("control_") or c == "holiday"]:
        values = rows[name].astype(float)
        if values.std() > 0:
            columns[name] = ((values - values.mean()) / values.std()).to_numpy()
    return pd.DataFrame(columns, index=rows.index)


def _drop_still_columns(data: RegressionData) -> RegressionData:
    """Leave out controls that do not move in the periods that can be used."""
    used = data.others[data.usable]
    moving = [c for c in used if len(used) == 0 or used[c].max() > used[c].min()]
    return replace(data, others=data.others[moving])
