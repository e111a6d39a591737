"""Charts of the single-region regression: spend against outcome, and what is left over."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.regression.design import RegressionData
from mmm_helpers.report.style import ACCENT, QUIET, TEXT, date_axis, money_axis, new_axes, new_grid
from mmm_helpers.report.words import join

FOLLOWING = 0.2
"""Correlation of neighbouring residuals from which they are said to follow each other."""


def plot_scatter(
    data: RegressionData, *, labels: Mapping[str, str], colors: Mapping[str, str], currency: str
) -> list[Axes]:
    """Outcome against spend of the same period, one panel a channel, with the straight line through it."""
    grid = new_grid(data.spend.shape[1], columns=3, height=1.95, sharey=True)
    for ax, channel in zip(grid, data.spend, strict=True):
        pairs = pd.DataFrame({"x": data.spend[channel], "y": data.outcome}).dropna()
        ax.plot(
            pairs["x"], pairs["y"], "o", color=colors.get(channel, QUIET), markersize=3, alpha=0.55, mew=0
        )
        slope, level = np.polyfit(pairs["x"], pairs["y"], 1)
        ends = np.array([pairs["x"].min(), pairs["x"].max()])
        ax.plot(ends, level + slope * ends, color=TEXT, linewidth=1.2)
        correlation = f"r = {pairs['x'].corr(pairs['y']):.2f}".replace("-", "−")
        ax.text(0.97, 0.05, correlation, transform=ax.transAxes, ha="right", fontsize=8)
        ax.set_title(labels.get(channel, channel))
        money_axis(ax, currency)
        money_axis(ax, currency, which="x")
        ax.locator_params(axis="x", nbins=3)
    return grid


def describe_scatter(data: RegressionData, *, labels: Mapping[str, str]) -> str:
    """The charts of `plot_scatter` in words: the correlation of each channel's spend with the outcome."""
    parts = [
        f"{labels.get(c, c)} {data.spend[c].corr(data.outcome):.2f}".replace("-", "−") for c in data.spend
    ]
    return f"Spend against outcome, one panel for each channel; correlations: {join(parts)}."


def name_region(region: str) -> str:
    """The region as it stands in a sentence; a market without regions is named as a whole."""
    return "the whole market" if region == "all" else region


def describe_residuals(residuals: pd.Series) -> str:
    """The chart of `plot_ols_residuals` in words: how alike neighbouring residuals are."""
    following = residuals.autocorr(1)
    word = "follow each other" if following > FOLLOWING else "hardly follow each other"
    return f"Residuals over time; they {word} (correlation with the period before: {following:.2f})."


def plot_ols_residuals(residuals: pd.Series, *, currency: str, ax: Axes | None = None) -> Axes:
    """Residuals over time as bars: runs on one side show what the regression does not see.

    Parameters
    ----------
    residuals : money, by date.
    """
    ax = new_axes(height=2.5, ax=ax)
    step = (residuals.index[1] - residuals.index[0]).days if len(residuals) > 1 else 7
    color = np.where(residuals >= 0, ACCENT, QUIET)
    ax.bar(residuals.index, residuals, width=step * 0.9, color=color, linewidth=0)
    ax.axhline(0, color=TEXT, linewidth=0.8)
    money_axis(ax, currency)
    date_axis(ax)
    return ax
