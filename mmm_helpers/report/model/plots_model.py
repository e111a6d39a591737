"""Charts of what the model thought before the data: prior behind posterior, and how far the data moved it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from mmm_helpers.intervals import interval
from mmm_helpers.report.style import (
    ACCENT,
    BASE,
    QUIET,
    TEXT,
    annotate_right,
    draw_interval,
    mark_vertical,
    money_axis,
    name_rows,
    new_axes,
)
from mmm_helpers.report.words import is_missing, percent

MOVED = LinearSegmentedColormap.from_list("moved", ["#F3F5F7", "#5B9BD0"])
"""Light enough at both ends for dark text."""
CELL_TEXT = "#20262C"
LONGEST = 1.15
"""The axis ends at so many times the largest posterior bound, where priors would go far beyond it."""


def plot_before_after(
    rows: pd.DataFrame,
    *,
    colors: Mapping[str, str],
    show: Callable[[float, float, float], str],
    as_share: bool = False,
    break_even: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Prior as a grey band, posterior as dot and 90 % range in front of it, one row a channel.

    Parameters
    ----------
    rows : `name, channel, prior_*, posterior_*`, from top to bottom, and `signs` of their evidence where known.
    colors : by channel; a row of everything together is dark.
    show : writes a mean with its bounds beside the row.
    as_share : write the axis in per cent.
    """
    ax = new_axes(height=0.9 + 0.46 * len(rows), ax=ax)
    ends = rows[["prior_q95", "posterior_q95"]].max()
    end = max(float(ends["posterior_q95"]) * LONGEST, float(rows["prior_q95"].median()) * LONGEST)
    for y, (_, row) in enumerate(rows.iterrows()):
        mean, low, high = interval(row, "prior")
        _draw_prior(ax, y, mean, low, min(high, end))
        if high > end:
            ax.plot([0.985 * end], [y], ">", color=QUIET, markersize=5, zorder=2)
        draw_interval(ax, y, *interval(row, "posterior"), color=colors.get(row["channel"], TEXT))
        after = f"{show(*interval(row, 'posterior'))} {row.get('signs', '')}".strip()
        annotate_right(ax, y, f"{after}\nbefore: {show(mean, low, high)}")
    name_rows(ax, list(rows["name"]))
    ax.set_xlim(min(0.0, float(rows[["prior_q05", "posterior_q05"]].min().min())), end)
    if as_share:
        ax.xaxis.set_major_formatter(lambda value, _: percent(value))
    if break_even is not None:
        mark_vertical(ax, break_even, "break-even")
    return ax


def _draw_prior(ax: Axes, y: float, mean: float, low: float, high: float) -> None:
    ax.plot([low, high], [y, y], color=BASE, linewidth=11, alpha=0.75, solid_capstyle="butt", zorder=1)
    ax.plot([mean, mean], [y - 0.2, y + 0.2], color=QUIET, linewidth=1.4, zorder=2)


def plot_outcome_range(
    rows: pd.DataFrame, *, show: Callable[[float, float, float], str], currency: str, ax: Axes | None = None
) -> Axes:
    """What the priors allow for the outcome, what the fitted model does, and what was observed (diamond).

    Parameters
    ----------
    rows : `name, prior_*, posterior_*, observed`.
    currency : of the outcome; empty for counts.
    """
    ax = new_axes(height=0.9 + 0.5 * len(rows), ax=ax)
    for y, (_, row) in enumerate(rows.iterrows()):
        _draw_prior(ax, y, *interval(row, "prior"))
        draw_interval(ax, y, *interval(row, "posterior"), color=ACCENT)
        ax.plot([row["observed"]], [y + 0.26], "D", color=TEXT, markersize=4.5, zorder=4)
        text = f"{show(*interval(row, 'posterior'))}\nbefore: {show(*interval(row, 'prior'))}"
        annotate_right(ax, y, text)
    name_rows(ax, list(rows["name"]))
    ax.axvline(0, color=QUIET, linewidth=0.8)
    money_axis(ax, currency, which="x")
    ax.locator_params(axis="x", nbins=6)
    return ax


def plot_prior_map(prior_map: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How far the data moved each prior: places down, channels across, the share in the cell.

    Parameters
    ----------
    prior_map : result of `prior_map.compute_prior_map`.
    """
    places, channels = (list(dict.fromkeys(prior_map[c])) for c in ("place", "channel"))
    wide = prior_map.pivot(index="place", columns="channel", values="moved").reindex(places)[channels]
    ax = new_axes(height=0.9 + 0.5 * len(places), ax=ax)
    ax.pcolormesh(wide.to_numpy(float), cmap=MOVED, vmin=0, vmax=1, edgecolor="white", linewidth=2)
    for row in prior_map.itertuples():
        _write_cell(
            ax, channels.index(row.channel) + 0.5, places.index(row.place) + 0.5, row.moved, row.words
        )
    ax.set_xticks(np.arange(len(channels)) + 0.5, [textwrap.fill(c, 10) for c in channels], fontsize=8.5)
    ax.set_yticks(np.arange(len(places)) + 0.5, places)
    ax.set_ylim(len(places), 0)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.grid(False)
    return ax


def _write_cell(ax: Axes, x: float, y: float, moved: float, words: str) -> None:
    number = "" if is_missing(moved) else percent(moved)
    above = 0.16 if number and words else 0.0
    if number:
        ax.text(x, y - above, number, ha="center", va="center", color=CELL_TEXT, fontsize=9)
    if words:
        ax.text(x, y + above, words, ha="center", va="center", color=CELL_TEXT, fontsize=6.8)
