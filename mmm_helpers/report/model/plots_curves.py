"""Charts of how effects grow and last: response curves, carry-over, and shrinkage towards the group."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from mmm_helpers.report.style import BASE, QUIET, draw_interval, money_axis, name_rows, new_grid
from mmm_helpers.report.words import is_missing, significant


def plot_response_curves(
    curves: pd.DataFrame, *, labels: Mapping[str, str], colors: Mapping[str, str], currency: str
) -> list[Axes]:
    """Response to spend per period, one panel a channel: today's spend marked, never observed spend shaded.

    Parameters
    ----------
    curves : rows of `response_curves` of one region: `channel, spend, response_mean, response_q05,
        response_q95, current_spend, support_q95`.
    """
    channels = list(dict.fromkeys(curves["channel"]))
    grid = new_grid(len(channels), columns=3, height=2.05)
    for ax, channel in zip(grid, channels, strict=True):
        rows = curves[curves["channel"] == channel].sort_values("spend")
        _draw_curve(ax, rows, color=colors.get(channel, QUIET))
        ax.set_title(labels.get(channel, channel))
        money_axis(ax, currency)
        money_axis(ax, currency, which="x")
        ax.locator_params(axis="x", nbins=3)
        ax.locator_params(axis="y", nbins=4)
        ax.tick_params(axis="x", labelsize=8)
    return grid


def _draw_curve(ax: Axes, rows: pd.DataFrame, *, color: str) -> None:
    ax.fill_between(rows["spend"], rows["response_q05"], rows["response_q95"], color=color, alpha=0.2, lw=0)
    ax.plot(rows["spend"], rows["response_mean"], color=color)
    support, today = float(rows["support_q95"].iloc[0]), float(rows["current_spend"].iloc[0])
    end = float(rows["spend"].max())
    if support < end:
        ax.axvspan(support, end, color=QUIET, alpha=0.13, lw=0)
    at = float(np.interp(today, rows["spend"], rows["response_mean"]))
    ax.plot([today, today], [0, at], color=QUIET, linewidth=1, linestyle=(0, (3, 2)))
    ax.plot([today], [at], "o", color=color, markersize=6)
    ax.set_xlim(0, end)


def plot_carryover(
    carryover: pd.DataFrame, *, labels: Mapping[str, str], colors: Mapping[str, str], unit: str = "week"
) -> list[Axes]:
    """How a period's effect is spread over the periods after it, one panel a channel.

    Parameters
    ----------
    carryover : rows of `carryover` of one region: `channel, lag, weight_mean, weight_q05, weight_q95,
        half_life_mean`.
    unit : length of a period, for the axis.
    """
    channels = list(dict.fromkeys(carryover["channel"]))
    grid = new_grid(len(channels), columns=4, height=1.7, sharex=True, sharey=True)
    for ax, channel in zip(grid, channels, strict=True):
        rows = carryover[carryover["channel"] == channel].sort_values("lag")
        color = colors.get(channel, QUIET)
        ax.bar(rows["lag"], rows["weight_mean"], color=color, width=0.8)
        ax.vlines(rows["lag"], rows["weight_q05"], rows["weight_q95"], color="#3B4149", linewidth=1)
        ax.set_title(labels.get(channel, channel))
        half_life = rows["half_life_mean"].iloc[0]
        if not is_missing(half_life):
            words = f"under 1 {unit}" if half_life < 1 else f"{significant(half_life)} {unit}s"
            text = f"half-life\n{words}"
            ax.text(0.97, 0.92, text, transform=ax.transAxes, ha="right", va="top", fontsize=8)
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
        ax.grid(False, axis="x")
    for ax in grid[-4:]:  # also above the gap that an unfinished row leaves
        ax.tick_params(labelbottom=True)
    grid[0].figure.supxlabel(f"{unit}s after the spend", fontsize=9.5)
    return grid


def plot_shrinkage(
    shrinkage: pd.DataFrame, *, labels: Mapping[str, str], colors: Mapping[str, str]
) -> list[Axes]:
    """Each region's return from its own data (hollow) and after sharing with the others (filled), by channel.

    Parameters
    ----------
    shrinkage : `region, channel, own_mean, own_q05, own_q95, pooled_mean, pooled_q05, pooled_q95`.
    """
    rows = shrinkage.dropna(subset=["pooled_mean"])
    channels = list(dict.fromkeys(rows["channel"]))
    regions = list(dict.fromkeys(rows["region"]))
    grid = new_grid(len(channels), columns=3, height=0.75 + 0.26 * len(regions), sharey=True)
    for ax, channel in zip(grid, channels, strict=True):
        one = rows[rows["channel"] == channel].set_index("region").reindex(regions)
        name_rows(ax, [str(r) for r in regions])
        end = max(float(one["pooled_q95"].max()) * 1.6, float(one["own_mean"].clip(upper=9e9).median()) * 1.4)
        for y, (_, row) in enumerate(one.iterrows()):
            _draw_shrinkage(ax, y, row, end=end, color=colors.get(channel, QUIET))
        ax.set_xlim(min(0.0, float(one["pooled_q05"].min())), end)
        ax.set_title(labels.get(channel, channel))
        ax.locator_params(axis="x", nbins=4)
    return grid


def _draw_shrinkage(ax: Axes, y: int, row: pd.Series, *, end: float, color: str) -> None:
    if is_missing(row["pooled_mean"]):
        return
    draw_interval(
        ax,
        y + 0.16,
        row["pooled_mean"],
        row["pooled_q05"],
        min(row["pooled_q95"], end),
        color=color,
        size=5.5,
    )
    if is_missing(row["own_mean"]):
        return
    low, high = min(row["own_q05"], end), min(row["own_q95"], end)
    ax.plot([low, high], [y - 0.16] * 2, color=BASE, linewidth=2, zorder=1)
    # an own estimate beyond the panel is a triangle at its edge
    own, marker = (row["own_mean"], "o") if row["own_mean"] <= end else (0.985 * end, ">")
    ax.plot([own], [y - 0.16], marker, markersize=5, markerfacecolor="white", markeredgecolor=QUIET, zorder=3)
