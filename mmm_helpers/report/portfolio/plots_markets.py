"""Charts that set markets side by side: returns by channel, and what each market borrows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.style import QUIET, WARN, cap, draw_interval, name_rows, new_grid
from mmm_helpers.report.words import interval_text, join

MOST_MARKETS = 12
"""Most markets on one chart; more are not readable."""
LONGEST_AXIS = 2.5
"""An interval longer than this many times the median upper bound is cut."""


def plot_returns_by_market(
    effects: pd.DataFrame,
    *,
    places: Mapping[str, str],
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    break_even: float | None = None,
) -> list[Axes]:
    """Return of each channel in each market as dot and 90 % interval, one panel a channel.

    Parameters
    ----------
    effects : rows of `channel_effects`, one a market and channel: `market, channel, roas_mean, roas_q05,
        roas_q95`.
    places : market → name; rows come in this order, at most `MOST_MARKETS`.
    break_even : 1 / contribution margin, drawn as a line; None where the margin is unknown.
    """
    paid = effects.dropna(subset=["roas_mean"])
    shown, _ = cap(list(places), most=MOST_MARKETS)
    channels = [c for c in labels if (paid["channel"] == c).any()]
    grid = new_grid(len(channels), columns=3, height=0.75 + 0.26 * len(shown), sharey=True)
    for ax, channel in zip(grid, channels, strict=True):
        rows = paid[paid["channel"] == channel].set_index("market").reindex(shown)
        name_rows(ax, [places[code] for code in shown])
        _draw_panel(ax, rows, color=colors.get(channel, QUIET), break_even=break_even)
        ax.set_title(labels[channel])
        ax.locator_params(axis="x", nbins=4)
    return grid


def _draw_panel(ax: Axes, rows: pd.DataFrame, *, color: str, break_even: float | None) -> None:
    upper = rows["roas_q95"].dropna()
    end = max(min(upper.max(), LONGEST_AXIS * upper.median()), rows["roas_mean"].max() * 1.1)
    end = max(end, (break_even or 0.0) * 1.1) * 1.05
    for y, row in enumerate(rows.itertuples()):
        if np.isnan(row.roas_mean):
            ax.text(end * 0.02, y, "not used", va="center", fontsize=8, color=QUIET)
            continue
        draw_interval(ax, y, row.roas_mean, row.roas_q05, min(row.roas_q95, end), color=color, size=5.5)
    if break_even is not None:
        ax.axvline(break_even, color=WARN, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    ax.set_xlim(min(0.0, float(rows["roas_q05"].min())), end)


def describe_returns_by_market(
    effects: pd.DataFrame, *, places: Mapping[str, str], labels: Mapping[str, str]
) -> str:
    """The chart in words: each market's returns by channel."""
    paid = effects.dropna(subset=["roas_mean"])
    parts = []
    for code, name in places.items():
        rows = paid[paid["market"] == code]
        values = [
            f"{labels.get(r.channel, r.channel)} {interval_text(r.roas_mean, r.roas_q05, r.roas_q95)}"
            for r in rows.itertuples()
        ]
        parts.append(f"{name}: {join(values)}")
    return f"Return of each channel by market with its 90 % interval. {'. '.join(parts)}."
