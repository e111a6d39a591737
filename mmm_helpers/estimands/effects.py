"""Landed and incremental contribution, ROAS and mROAS per region, channel and window.

Definitions (book/method.md): the incremental contribution of a window's spend is the outcome with the
actual spend minus the outcome with the channel's spend in the window set to zero and all other spend as
observed, over the window and the l_max − 1 periods after it; past the data's end the tail is modelled with
zero spend. ROAS is that in money per unit of spend; mROAS the change for +1 % in every period of the window.
Both hold what the channel adds together with others and in other regions, where the model has interactions or
spillover; landed contributions do not, since these are components of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.estimands.money import Money
from mmm_helpers.intervals import LOWER, UPPER, summarize
from mmm_helpers.model.areas import areas
from mmm_helpers.model.design import Design
from mmm_helpers.model.predict import channel_contribution, whole_effect

STEP = 0.01
"""Relative change of spend that defines a marginal return."""


@dataclass(frozen=True)
class Window:
    """A stretch of periods, `start` included, `stop` not."""

    name: str
    start: int
    stop: int


def windows(design: Design) -> list[Window]:
    """All history, from the first known outcome on, and the last 52 weeks where that is longer."""
    year, total = round(design.periods_per_year), len(design.dates)
    first = int((~np.isnan(design.outcome)).any(axis=1).argmax())
    both = [Window("all history", first, total)]
    return [*both, Window("last 52 weeks", total - year, total)] if total - first > year else both


@dataclass(frozen=True)
class Effect:
    """Draws of one channel in one window; arrays are (sample, r) in the outcome's unit, spend (r,)."""

    spend: np.ndarray
    landed: np.ndarray
    incremental: np.ndarray
    marginal: np.ndarray


def with_tail(design: Design, channel: str) -> np.ndarray:
    """Observed media (t + l_max − 1, r) of a channel, continued with zero spend past the data's end."""
    observed = design.media[:, :, design.channels.index(channel)]
    return np.concatenate([observed, np.zeros((design.l_max - 1, observed.shape[1]))])


def compute_effect(design: Design, draws: xr.Dataset, channel: str, window: Window) -> Effect:
    """Contributions of one channel's spend in one window."""
    return compute_joint_effect(design, draws, [channel], window)


def compute_joint_effect(
    design: Design, draws: xr.Dataset, channels: Sequence[str], window: Window
) -> Effect:
    """Contributions of several channels' spend in one window, all of it set to zero (or raised) together."""
    actual = {c: with_tail(design, c) for c in channels}
    dark, more = ({c: path.copy() for c, path in actual.items()} for _ in range(2))
    for c in channels:
        dark[c][window.start : window.stop] = 0.0
        more[c][window.start : window.stop] *= 1 + STEP
    partners = {c for pair in design.interactions for c in pair} - set(channels)
    others = {c: with_tail(design, c) for c in partners}
    reach, inside = slice(window.start, window.stop + design.l_max - 1), slice(window.start, window.stop)
    base, without, raised = (
        whole_effect(design, draws, paths, others)[:, reach].sum(axis=1) for paths in (actual, dark, more)
    )
    where = [design.channels.index(c) for c in channels]
    return Effect(
        spend=design.spend[inside][:, :, where].sum(axis=(0, 2)),
        landed=sum(channel_contribution(design, draws, c)[:, inside].sum(axis=1) for c in channels),
        incremental=base - without,
        marginal=raised - base,
    )


def compute_channel_effects(
    design: Design, draws: xr.Dataset, money: Money, *, margin: float | None = None
) -> pd.DataFrame:
    """One row per region (and `all`), channel and window; money in the reporting currency.

    Parameters
    ----------
    margin : contribution margin; break-even is 1 / margin, or the market's overall marginal return if unknown.

    Returns
    -------
    Columns market, region, channel, window, period_start, period_end, spend, landed_*, incremental_*,
    roas_*, mroas_*, cost_per_incremental_q05/q50/q95, p_above (probability that mROAS exceeds break-even).
    Spend, ROAS and mROAS are missing for unpaid channels and where nothing was spent.
    """
    rows = []
    for window in windows(design):
        effects = {c: compute_effect(design, draws, c, window) for c in design.channels}
        even = 1 / margin if margin else overall_marginal(design, effects, money)
        for channel, effect in effects.items():
            for region, where in areas(design.regions).items():
                keys = _keys(design, region, channel, window)
                rows.append(keys | _summary(design, effect, money, where, channel, even))
    return pd.DataFrame(rows)


def overall_marginal(design: Design, effects: dict[str, Effect], money: Money) -> float:
    """The market's mean return on one per cent more of everything that is paid for."""
    paid = [e for c, e in effects.items() if design.paid[design.channels.index(c)]]
    gain = sum(money.money(e.marginal).sum(axis=1).mean() for e in paid)
    spend = sum(money.spend(e.spend).sum() for e in paid)
    return float(gain / (STEP * spend)) if spend > 0 else np.nan


def _keys(design: Design, region: str, channel: str, window: Window) -> dict:
    return {
        "market": design.market,
        "region": region,
        "channel": channel,
        "window": window.name,
        "period_start": design.dates[window.start].date(),
        "period_end": design.dates[window.stop - 1].date(),
    }


def _summary(
    design: Design, effect: Effect, money: Money, where: list[int], channel: str, break_even: float
) -> dict:
    spend = float(money.spend(effect.spend)[where].sum())
    paid = bool(design.paid[design.channels.index(channel)]) and spend > 0
    landed, units, gain, marginal = (
        draws[:, where].sum(axis=1)
        for draws in (
            money.shown(effect.landed),
            money.shown(effect.incremental),
            money.money(effect.incremental),
            money.money(effect.marginal),
        )
    )
    nothing = np.full(len(gain), np.nan)
    mroas = marginal / (STEP * spend) if paid else nothing
    cost = np.quantile(spend / units, [LOWER, 0.5, UPPER]) if paid else [np.nan] * 3
    return (
        {"spend": spend if paid else np.nan}
        | summarize(landed, "landed")
        | summarize(units, "incremental")
        | summarize(gain / spend if paid else nothing, "roas")
        | summarize(mroas, "mroas")
        | dict(zip([f"cost_per_incremental_{q}" for q in ("q05", "q50", "q95")], cost, strict=True))
        | {"p_above": float((mroas > break_even).mean()) if paid else np.nan}
    )
