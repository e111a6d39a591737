"""Response curves and carry-over: how much more a channel can take, and how long its effect lasts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.estimands.known import mean_over_known
from mmm_helpers.estimands.money import Money
from mmm_helpers.intervals import summarize
from mmm_helpers.model.areas import areas
from mmm_helpers.model.design import Design
from mmm_helpers.model.predict import channel_weights, effect_at_mean, media_tide, relative_level

POINTS = np.linspace(0.0, 2.0, 21)
"""Multiples of mean spend at which a curve is computed."""
SUPPORT = 0.95
"""Quantile of observed spend per period up to which a curve is supported by data."""


def steady_response(design: Design, draws: xr.Dataset, channel: str, x: np.ndarray) -> np.ndarray:
    """Outcome per period (sample, n, r) under constant media `x` (n, r) once carry-over has settled."""
    now = media_tide(draws, 1, len(design.dates))
    level = relative_level(design, draws, channel, x[None], tide=now)
    return effect_at_mean(design, draws, channel) * level * (x[None] > 0)


def compute_response_curves(
    design: Design, draws: xr.Dataset, money: Money, *, known: np.ndarray | None = None
) -> pd.DataFrame:
    """One row per region (and `all`), channel and level of spend per period; none where a channel never ran.

    Parameters
    ----------
    known : (t, r, c) whether spend is known (`known.known_media`); None if all of it is.
    """
    frames, year = [], round(design.periods_per_year)
    known = np.ones(design.media.shape, bool) if known is None else known
    for c, channel in enumerate(design.channels):
        ran = design.media[:, :, c].any(axis=0)
        x = POINTS[:, None] * (design.mean_media[:, c] * ran)[None, :]
        response = money.shown(steady_response(design, draws, channel, x))
        unit = money.spend(design.media_unit[:, c]) if design.paid[c] else design.media_unit[:, c]
        amount, sure = design.media[:, :, c] * unit, known[:, :, c]
        for region, where in areas(design.regions).items():
            if not ran[where].any():
                continue
            seen, all_known = amount[:, where].sum(axis=1), sure[:, where].all(axis=1)
            frame = {
                "market": design.market,
                "region": region,
                "channel": channel,
                "spend": (x * unit)[:, where].sum(axis=1),
                "current_spend": mean_over_known(amount[-year:], sure[-year:])[where].sum(),
                "support_q95": np.quantile(seen[all_known], SUPPORT) if all_known.any() else np.nan,
            }
            frames.append(pd.DataFrame(frame | summarize(response[:, :, where].sum(axis=2), "response")))
    return pd.concat(frames, ignore_index=True)


def compute_carryover(design: Design, draws: xr.Dataset) -> pd.DataFrame:
    """One row per region (`all`), channel and lag: lag weights, half-life in periods, immediate share."""
    frames = []
    for channel in design.channels:
        weights = channel_weights(design, draws, channel)
        frame = {
            "market": design.market,
            "region": "all",
            "channel": channel,
            "lag": np.arange(weights.shape[1]),
        }
        frame |= summarize(weights, "weight") | summarize(half_life(weights), "half_life")
        frames.append(pd.DataFrame(frame | summarize(weights[:, 0], "immediate_share")))
    return pd.concat(frames, ignore_index=True)


def half_life(weights: np.ndarray) -> np.ndarray:
    """Periods until half of the effect has arrived, linear between periods.

    Parameters
    ----------
    weights : (draws, lags), summing to 1; lag 0's effect arrives within the period of the spend, by its end.

    Examples
    --------
    >>> half_life(np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])).tolist()
    [1.0, 1.5]
    """
    arrived = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights, axis=1)], axis=1)
    last = (arrived < 0.5).sum(axis=1) - 1
    rows = np.arange(len(weights))
    return last + (0.5 - arrived[rows, last]) / weights[rows, last]
