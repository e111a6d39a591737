"""The table `budget_pacing`: for each channel of a plan, what to spend in each coming period."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.decisions.future import coming_dates
from mmm_helpers.decisions.pacing import Course, pace
from mmm_helpers.decisions.responses import Cell, spend_path, todays_level
from mmm_helpers.estimands.curves import SUPPORT
from mmm_helpers.estimands.money import Money
from mmm_helpers.intervals import summarize
from mmm_helpers.model.design import Design
from mmm_helpers.model.predict import (
    channel_level,
    channel_weights,
    effect_at_mean,
    media_tide,
    whole_effect,
)
from mmm_helpers.model.transforms import saturate

SEARCH_DRAWS, REPORT_DRAWS = 100, 200
"""Draws that choose a course (of every other draw), and draws of the rest that report its gain."""
PACING_COLUMNS = [
    "market", "channel", "date", "even", "paced", "most_seen", "gain_mean", "gain_q05", "gain_q50", "gain_q95"
]  # fmt: skip
"""Columns of the table `budget_pacing`; it has no rows where there is no recommendation."""


def compute_pacing(
    design: Design,
    draws: xr.Dataset,
    money: Money,
    cells: list[Cell],
    plan: np.ndarray,
    *,
    horizon: int,
    known: np.ndarray,
    prices: Mapping[str, float],
    seed: int = 0,
) -> pd.DataFrame:
    """Spread every channel's recommended total over the horizon's periods; all its regions move together.

    Parameters
    ----------
    cells : what the plan moves (`responses.plan_cells`). plan : (cell,) multiples of today's spend.
    known : (t, r, c) whether spend is known. prices : channel → price of media over the horizon, today 1.

    Returns
    -------
    One row per channel and period, money in the reporting currency: `even`, `paced`, `most_seen` (the 95 % quantile of
    the market's spend per period at the coming prices, and at least `even`), and the same in all rows of a channel
    `gain_*`: money that the pacing brings over even spending, on draws that did not choose it.
    """
    rows, dates = [], coming_dates(design, horizon)
    search, report = _half(draws, 0, SEARCH_DRAWS), _half(draws, 1, REPORT_DRAWS)
    for channel in dict.fromkeys(cell.channel for cell in cells):
        own = [(cell, m) for cell, m in zip(cells, plan, strict=True) if cell.channel == channel]
        multiples = region_multiples(design, own) / prices.get(channel, 1.0)
        even = sum(cell.spend * m for cell, m in own) / horizon
        if even <= 0:
            continue
        most = most_seen(design, channel, money, known) * prices.get(channel, 1.0) / even
        about = {"horizon": horizon, "known": known}
        course = market_course(design, search, money, channel, multiples, most=most, **about)
        paced = pace(course, seed=seed)
        gain = _gain(design, report, money, channel, multiples, paced, **about)
        if gain.mean() <= 0:
            paced, gain = np.ones(horizon), np.zeros_like(gain)
        row = {"market": design.market, "channel": channel, "even": even, "most_seen": course.most * even}
        row |= summarize(gain, "gain")
        rows += [row | {"date": day, "paced": even * m} for day, m in zip(dates, paced, strict=True)]
    return pd.DataFrame(rows, columns=PACING_COLUMNS)


def _half(draws: xr.Dataset, first: int, most: int) -> xr.Dataset:
    """Every other draw from `first` on, thinned evenly to at most `most`."""
    half = draws.isel(sample=slice(first, None, 2))
    return half.isel(sample=slice(None, None, max(1, -(-half.sizes["sample"] // most))))


def region_multiples(design: Design, own: list[tuple[Cell, float]]) -> np.ndarray:
    """(r,) a channel's multiples of today's spend by region; 1 where it has no cell."""
    multiples = np.ones(len(design.regions))
    for cell, multiple in own:
        where = slice(None) if cell.region == "all" and "all" not in design.regions else None
        multiples[design.regions.index(cell.region) if where is None else where] = multiple
    return multiples


def most_seen(design: Design, channel: str, money: Money, known: np.ndarray) -> float:
    """95 % quantile of the market's spend on a channel per period, over periods in which all of it is known."""
    c = design.channels.index(channel)
    spend = money.spend(design.media[:, :, c] * design.media_unit[:, c]).sum(axis=1)
    whole = known[:, :, c].all(axis=1)
    return float(np.quantile(spend[whole], SUPPORT)) if whole.any() else 0.0


def market_course(
    design: Design,
    draws: xr.Dataset,
    money: Money,
    channel: str,
    multiples: np.ndarray,
    *,
    most: float,
    horizon: int,
    known: np.ndarray,
) -> Course:
    """How a channel's spend over the horizon works by the model's draws, in the regions that it is spent in.

    After the horizon it goes on evenly. What it adds together with other channels counts at their levels of today, what
    it brings in other regions too.
    """
    c = design.channels.index(channel)
    weights, lags = channel_weights(design, draws, channel), int(design.lags[c]) - 1
    level = todays_level(design, known, c) * multiples
    where = np.flatnonzero(level > 0)
    start = len(design.dates) - lags
    before = np.where(known[start:, :, c], design.media[start:, :, c], todays_level(design, known, c))
    own = draws.sel(channel=channel)
    fullness, slope = (own[v].to_numpy()[:, None, None] for v in ("fullness", "slope"))
    family = design.saturation[c]
    usual = saturate(family, design.mean_media[None, None, where, c], fullness, slope)
    worth = _worth(design, draws, money, channel, horizon=horizon, lags=lags, known=known)
    return Course(
        before=before[:, where],
        even=level[where],
        after=level[where],
        weights=weights,
        saturate=lambda carried: saturate(family, carried, fullness, slope) / usual,
        worth=worth[:, :, where],
        horizon=horizon,
        most=max(most, 1.0),
    )


def _worth(
    design: Design,
    draws: xr.Dataset,
    money: Money,
    channel: str,
    *,
    horizon: int,
    lags: int,
    known: np.ndarray,
) -> np.ndarray:
    """(sample, horizon + lags, r) money per unit of a channel's relative effect in each period."""
    value = money.money(np.ones(len(design.regions)))
    each = np.broadcast_to(value, (draws.sizes["sample"], len(value)))
    if "spillover" in draws:
        strength, scale = draws["spillover"].to_numpy()[:, None], design.outcome_scale
        elsewhere = ((value * scale).sum() - value * scale) / scale / (len(scale) - 1)
        each = each + strength * elsewhere
    worth = effect_at_mean(design, draws, channel) * each[:, None, :]
    worth = np.repeat(worth, horizon + lags, axis=1)
    longest, first = design.l_max - 1, len(design.dates) - design.l_max + 1
    for pair in (p for p in design.interactions if channel in p):
        other = next(name for name in pair if name != channel)
        path = spend_path(design, known, other, 1.0, horizon + longest)
        level = channel_level(design, draws, other, media=path, first=first)[:, longest:][:, : horizon + lags]
        strength = draws["interaction"].sel(pair="*".join(pair)).to_numpy()[:, None, None]
        worth = worth + strength * design.outcome_scale * level * value
    tide = media_tide(draws, horizon + lags, len(design.dates))
    return worth if tide is None else worth * np.exp(tide)[:, :, None]


def _gain(
    design: Design,
    draws: xr.Dataset,
    money: Money,
    channel: str,
    multiples: np.ndarray,
    paced: np.ndarray,
    *,
    horizon: int,
    known: np.ndarray,
) -> np.ndarray:
    """(sample,) money that a pacing brings over even spending, by the whole model."""
    lags, partners = design.l_max - 1, {c for pair in design.interactions if channel in pair for c in pair}
    first = len(design.dates) - lags
    even = spend_path(design, known, channel, 1.0, horizon + lags)[: horizon + 2 * lags]
    even[lags:] *= multiples
    other = even.copy()
    other[lags : lags + horizon] *= paced[:, None]
    others = {c: spend_path(design, known, c, 1.0, horizon + lags)[: len(even)] for c in partners - {channel}}
    one, two = (
        money.money(whole_effect(design, draws, {channel: path}, others, first=first)[:, lags:])
        for path in (even, other)
    )
    return (two - one).sum(axis=(1, 2))
