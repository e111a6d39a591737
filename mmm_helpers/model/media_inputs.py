"""A market's media as the model sees them: which channels there are, per head, and what is thought of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.model.grids import to_grid
from mmm_helpers.model.priors import LOG_EFFECT_SD, PAID_SHARE, UNPAID_SHARE

NORMAL_RANGE = 2 * 1.6448536269514722
"""Width of a 90 % range of the normal distribution, in sds."""
DEFAULTS = {"adstock": "geometric", "saturation": "hill"}


@dataclass(frozen=True)
class Media:
    """Scaled media: `media` (t, r, c), `unit` (r, c) spend per unit of media, `mean` (r, c) since the start."""

    media: np.ndarray
    unit: np.ndarray
    mean: np.ndarray


def usable_channels(panel: pd.DataFrame, channels: dict[str, dict]) -> list[str]:
    """Channels with any activity in this market; a channel without is absent, not zero-effect."""
    usable = []
    for channel, spec in channels.items():
        column = media_column(channel, spec.get("paid", True))
        if column in panel and panel[column].fillna(0).gt(0).any():
            usable.append(channel)
    return usable


def media_column(channel: str, paid: bool) -> str:
    """The panel's column with a channel's input: spend, or activity where nothing is paid."""
    return f"spend_{channel}" if paid else f"activity_{channel}"


def read_amounts(
    panel: pd.DataFrame, channels: list[str], paid: np.ndarray, dates: pd.DatetimeIndex, regions: list[str]
) -> np.ndarray:
    """(t, r, c) spend or activity; NaN where unknown."""
    columns = [media_column(c, p) for c, p in zip(channels, paid, strict=True)]
    return np.stack([to_grid(panel, column, dates, regions) for column in columns], -1)


def population(panel: pd.DataFrame, regions: list[str], settings: dict) -> pd.Series:
    """Heads by region, else the region's mean outcome, which stands in for size."""
    known = settings.get("regions") or {}
    heads = [(known.get(r) or {}).get("population") for r in regions]
    if all(h is not None and h > 0 for h in heads):
        return pd.Series(heads, index=regions, dtype=float)
    return panel.groupby("region")["outcome"].mean().reindex(regions)


def scale_media(
    amount: np.ndarray,
    heads: pd.Series,
    dates: pd.DatetimeIndex,
    channels: list[str],
    status: pd.DataFrame,
) -> Media:
    """Per head, relative to the mean per head of the regions that have the channel, since each one's start.

    Not by each region's own maximum, which would make every region look equally saturated. What is unknown
    counts neither as spend nor as time.

    Parameters
    ----------
    amount : (t, r, c), NaN where unknown. heads : size by region.
    """
    first = pd.to_datetime(status.set_index(["region", "channel"])["first_date"])
    starts = [[first.get((r, c), dates[0]) for c in channels] for r in heads.index]
    live = dates.to_numpy()[:, None, None] >= np.array(starts, "datetime64[ns]")
    known, filled = live & ~np.isnan(amount), np.nan_to_num(amount)
    size = heads.to_numpy()[:, None]
    unit = size * filled.sum(axis=(0, 1)) / (known * size).sum(axis=(0, 1))
    mean = filled.sum(axis=0) / unit / np.maximum(known.sum(axis=0), 1)
    return Media(filled / unit, unit, np.where(mean > 0, mean, 1.0))


def channel_options(settings: dict, channels: list[str]) -> dict:
    """Family, reach and kind of each channel: the channel's own statement, else the model's, else the default.

    Returns
    -------
    Keys adstock, saturation, funnel (tuples), lags (c,) and national (c,).
    """
    model, specs = settings.get("model", {}), [settings["channels"][c] for c in channels]
    families = {
        key: tuple(spec.get(key) or model.get(key) or default for spec in specs)
        for key, default in DEFAULTS.items()
    }
    return families | {
        "funnel": tuple(spec.get("funnel") for spec in specs),
        "lags": np.array([int(spec.get("l_max") or settings["l_max"]) for spec in specs]),
        "national": np.array([spec.get("level") == "national" for spec in specs]),
    }


def prior_effects(
    settings: dict,
    channels: list[str],
    mean_spend: np.ndarray,
    income: np.ndarray,
    *,
    paid: np.ndarray,
    ran: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """What is thought of each channel before the data.

    Without a statement the market's paid channels share one prior return, PAID_SHARE × outcome / spend, so that
    a region's share follows its spend; a stated 90 % range of return or share replaces it.

    Parameters
    ----------
    mean_spend : (r, c) per period. income : (r,) outcome in money per period. ran : (r, c) whether it ever ran.

    Returns
    -------
    share (r, c) prior median of the share of outcome at mean level, log sd (c,), and the stated sources.
    """
    total = mean_spend[ran].sum()
    common = PAID_SHARE * income.sum() / total if total > 0 else 0.0
    share = np.where(paid, common * mean_spend / income[:, None], UNPAID_SHARE)
    sd, sources = np.full(len(channels), LOG_EFFECT_SD), []
    for c, channel in enumerate(channels):
        stated = settings["channels"][channel].get("prior")
        if not stated:
            continue
        low, high = stated.get("roas") or stated["share"]
        middle, sd[c] = np.sqrt(low * high), np.log(high / low) / NORMAL_RANGE
        if stated.get("roas"):
            share[:, c] = middle * mean_spend[:, c] / income
        else:
            everywhere = mean_spend[:, c] / mean_spend[:, c].sum() if paid[c] else income / income.sum()
            share[:, c] = middle * everywhere * income.sum() / income
        sources.append(f"{channel}: {stated['source']}")
    return np.maximum(share, 1e-6), sd, tuple(sources)
