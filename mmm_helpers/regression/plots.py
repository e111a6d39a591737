"""Charts of the single-region regression: what it looks at, and how its carry-over was picked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mmm_helpers.regression.design import RegressionData
from mmm_helpers.regression.grid import PLAUSIBLE, RetentionSearch
from mmm_helpers.report.data.plots_data import correlation_map, upper_half
from mmm_helpers.report.style import BASE, QUIET, TEXT, money_axis, new_axes, new_grid
from mmm_helpers.report.words import join, percent

PADDING = 0.09
"""Inches above and below each panel, so that a title does not touch the numbers above it."""

WORST_SHOWN = 10.0
"""Difference of AIC at which the curves of carry-over leave the picture."""


def plot_scatter(
    data: RegressionData, *, labels: Mapping[str, str], colors: Mapping[str, str], currency: str
) -> list[Axes]:
    """Outcome against spend of the same period, one panel a channel, with the straight line through it."""
    grid = new_grid(data.spend.shape[1], columns=3, height=1.95, sharey=True)
    for ax, channel in zip(grid, data.spend, strict=True):
        pairs = pd.DataFrame({"x": data.spend[channel], "y": data.outcome}).dropna()
        ax.plot(pairs["x"], pairs["y"], "o", color=colors.get(channel, QUIET), ms=3, alpha=0.55, mew=0)
        slope, level = np.polyfit(pairs["x"], pairs["y"], 1)
        ends = np.array([pairs["x"].min(), pairs["x"].max()])
        ax.plot(ends, level + slope * ends, color=TEXT, linewidth=1.2)
        ax.set_title(f"{labels.get(channel, channel)}{_correlation(pairs)}", fontsize=9)
        money_axis(ax, currency)
        money_axis(ax, currency, which="x")
        ax.set_xlim(left=min(0.0, ax.get_xlim()[0]))
        ax.xaxis.set_major_locator(MaxNLocator(2))
    grid[0].figure.get_layout_engine().set(h_pad=PADDING)
    return grid


def describe_scatter(data: RegressionData, *, labels: Mapping[str, str]) -> str:
    """The charts of `plot_scatter` in words: the correlation of each channel's spend with the outcome."""
    pairs = {c: pd.DataFrame({"x": data.spend[c], "y": data.outcome}) for c in data.spend}
    parts = [f"{labels.get(c, c)}{_correlation(p)}" for c, p in pairs.items()]
    return f"Spend against outcome, one panel for each channel; correlations: {'; '.join(parts)}."


def plot_media(correlation: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Heat map of outcome and channels among themselves, the lower half.

    Parameters
    ----------
    correlation : the first part of `split_correlations`.
    """
    lower = correlation.iloc[1:, :-1]
    return _heat_map(lower, mask=upper_half(lower), ax=ax)


def plot_controls(controls: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Heat map of controls (rows) against outcome and channels (columns).

    Parameters
    ----------
    controls : the second part of `split_correlations`.
    """
    return _heat_map(controls, ax=ax)


def _heat_map(values: pd.DataFrame, *, mask: np.ndarray | None = None, ax: Axes | None = None) -> Axes:
    """Correlations at the page's width, however few they are."""
    ax = correlation_map(values, ax=new_axes(height=1.2 + 0.32 * len(values), ax=ax), mask=mask, square=False)
    ax.set_yticks(ax.get_yticks(), ax.get_yticklabels(), rotation=0)
    return ax


def plot_search(
    search: RetentionSearch, *, labels: Mapping[str, str], colors: Mapping[str, str]
) -> list[Axes]:
    """How much worse the fit gets away from each channel's best retention, one panel a channel.

    Values inside the grey band fit about as well as the best; the picked one is filled.
    """
    grid = new_grid(len(search.best), columns=3, height=1.7, sharex=True, sharey=True)
    for ax, channel in zip(grid, search.best, strict=True):
        own = search.curve[search.curve["channel"] == channel]
        color = colors.get(channel, QUIET)
        ax.axhspan(0, PLAUSIBLE, color=BASE, alpha=0.45, linewidth=0)
        ax.plot(own["retention"], own["aic_difference"], "-o", color=color, ms=4, mfc="white")
        best = own[own["retention"] == search.best[channel]]
        ax.plot(best["retention"], best["aic_difference"], "o", color=color, ms=7, clip_on=False)
        ax.set_title(labels.get(channel, channel), fontsize=9)
        ax.set_ylim(0, WORST_SHOWN)
        ax.set_xlim(-0.05, 0.95)
        ax.set_xticks([0, 0.3, 0.6, 0.9], [percent(v) for v in (0, 0.3, 0.6, 0.9)])
        ax.set_yticks([0, PLAUSIBLE, 5, WORST_SHOWN], ["0", f"{PLAUSIBLE:.0f}", "5", f"{WORST_SHOWN:.0f}"])
    grid[0].figure.get_layout_engine().set(h_pad=PADDING)
    return grid


def describe_curve(search: RetentionSearch, *, labels: Mapping[str, str]) -> str:
    """The charts of `plot_search` in words: each channel's best retention and the range that fits as well."""
    parts = []
    for channel, best in search.best.items():
        low, *_, high = [search.plausible(channel)[0], *search.plausible(channel)]
        parts.append(f"{labels.get(channel, channel)} {percent(best)} ({percent(low)} to {percent(high)})")
    return f"Best retention of each channel, and the values that fit about as well: {join(parts)}."


def _correlation(pairs: pd.DataFrame) -> str:
    """What follows a channel's name: its correlation; nothing where one of the two never moves."""
    if pairs["y"].std() == 0:
        return ""
    return f", r = {pairs['x'].corr(pairs['y']):.2f}".replace("-", "−")
