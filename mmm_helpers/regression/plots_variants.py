"""Charts of one channel's estimates beside each other: several regressions, and the truth where it is known."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mmm_helpers.regression.plots import PADDING
from mmm_helpers.report.style import BASE, QUIET, TEXT, WARN, draw_interval, name_rows, new_grid

MARKS = {"truth": ("true return", WARN, "-"), "marginal": ("true marginal return", TEXT, (0, (2, 2)))}


def plot_variants(
    rows: pd.DataFrame, *, labels: Mapping[str, str], colors: Mapping[str, str], columns: int = 2
) -> list[Axes]:
    """Estimates with 90 % intervals, one panel a channel with its own scale, one line a variant.

    Parameters
    ----------
    rows : `variant, channel, roas_mean, roas_q05, roas_q95`, and `truth, marginal` where they are known.
    labels, colors : by channel.
    columns : panels in a row.
    """
    variants = list(rows["variant"].unique())
    panels = list(rows["channel"].unique())
    grid = new_grid(len(panels), columns=columns, height=0.62 + 0.24 * len(variants), sharey=True)
    for ax, channel in zip(grid, panels, strict=True):
        own = rows[rows["channel"] == channel].set_index("variant")
        _draw_panel(ax, own.loc[[v for v in variants if v in own.index]], colors.get(channel, QUIET))
        ax.set_title(labels.get(channel, channel), fontsize=9)
        ax.locator_params(axis="x", nbins=5)
    for ax in grid:
        name_rows(ax, variants)
    grid[0].figure.get_layout_engine().set(h_pad=PADDING)
    if "truth" in rows:
        _add_legend(grid[0])
    return grid


def _draw_panel(ax: Axes, own: pd.DataFrame, color: str) -> None:
    ax.axvline(0, color=BASE, linewidth=1.0, zorder=0)
    for name, (_, mark, line) in MARKS.items():
        if name in own:
            ax.axvline(own[name].iloc[0], color=mark, linewidth=1.3, linestyle=line, zorder=1)
    for y, row in enumerate(own.itertuples()):
        draw_interval(ax, y, row.roas_mean, row.roas_q05, row.roas_q95, color=color, size=5)


def _add_legend(ax: Axes) -> None:
    handles = [Line2D([], [], color=c, linestyle=line, label=text) for text, c, line in MARKS.values()]
    ax.figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), fontsize=8.5)
