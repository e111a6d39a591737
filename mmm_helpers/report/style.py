"""Look of every figure: one palette, one size, one way to draw an interval.

Figures are transparent with dark text; the site's style sheet inverts them in dark mode, which keeps hues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import FuncFormatter

from mmm_helpers.report.words import money_tick

WIDTH = 7.6
"""Width of a figure in inches: the text column of the page."""

PALETTE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#7B5EA7",
    "#A6761D",
    "#7A8B2B",
    "#5E6B7D",
    "#B2182B",
    "#35978F",
)
"""Colours of channels in the order of the portfolio file, after Okabe and Ito (2008), extended."""

BASE = "#C3C9D1"
TEXT = "#3B4149"
QUIET = "#7A828C"
ACCENT = "#0B5FA5"
WARN = "#B3261E"

RC = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.5,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": "#AEB5BD",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E3E6EA",
    "grid.linewidth": 0.7,
    "text.color": TEXT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
}


def apply_style() -> None:
    """Set seaborn's and matplotlib's defaults to the report's look; every figure made here does so itself."""
    sns.set_theme(style="ticks", palette=sns.color_palette(PALETTE), rc=RC)


def channel_colors(channels: Sequence[str] | Mapping[str, object]) -> dict[str, str]:
    """Colour of each channel by its place in the portfolio file, so that it is the same on all pages.

    Parameters
    ----------
    channels : all channel codes of the portfolio, in the file's order (also those a market lacks).

    Examples
    --------
    >>> channel_colors(["tv", "social"])
    {'tv': '#0072B2', 'social': '#E69F00'}
    """
    return {code: PALETTE[i % len(PALETTE)] for i, code in enumerate(channels)}


def new_axes(*, width: float = WIDTH, height: float = 3.4, ax: Axes | None = None) -> Axes:
    """The given axes, or those of a new figure of the report's size (inches)."""
    if ax is not None:
        return ax
    apply_style()
    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def new_grid(
    panels: int, *, columns: int = 3, height: float = 1.9, sharex: bool = False, sharey: bool = False
) -> list[Axes]:
    """Axes for small multiples in reading order, the unused ones removed; `height` inches for each row."""
    apply_style()
    columns = max(1, min(columns, panels))
    rows = -(-panels // columns)
    figure, grid = plt.subplots(
        rows,
        columns,
        figsize=(WIDTH, max(height * rows, 2.2)),
        sharex=sharex,
        sharey=sharey,
        squeeze=False,
        layout="constrained",
    )
    for unused in grid.flat[panels:]:
        figure.delaxes(unused)
    return list(grid.flat[:panels])


def draw_interval(
    ax: Axes, y: float, mean: float, low: float, high: float, *, color: str, size: float = 6.5
) -> None:
    """A dot for the mean on a line for the interval; nothing where the estimate is missing."""
    if not np.isfinite(mean):
        return
    ax.plot([low, high], [y, y], color=color, linewidth=2.4, alpha=0.55, solid_capstyle="round", zorder=2)
    ax.plot([mean], [y], "o", color=color, markersize=size, zorder=3)


def annotate_right(ax: Axes, y: float, text: str) -> None:
    """Write a row's numbers beside the chart, where no line can cross them."""
    ax.annotate(
        text,
        (1.0, y),
        xycoords=("axes fraction", "data"),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        annotation_clip=False,
    )


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """Name the rows of a dot-and-interval chart, first on top, without grid lines along them."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(False, axis="y")
    ax.tick_params(axis="y", length=0)


def money_axis(ax: Axes, currency: str, *, which: str = "y") -> None:
    """Write an axis in money with short units."""
    axis = ax.yaxis if which == "y" else ax.xaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: money_tick(value, currency)))


def date_axis(ax: Axes) -> None:
    """Write a time axis briefly: few ticks, the year once."""
    # With fewer than seven, 31 to 35 months are too long for steps of half a year and too short for years.
    locator = AutoDateLocator(minticks=3, maxticks=7)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))


def mark_vertical(ax: Axes, x: float, text: str) -> None:
    """A thin dashed line with its name on top."""
    ax.axvline(x, color=WARN, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
    ax.annotate(
        text,
        (x, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(3, 2),
        textcoords="offset points",
        color=WARN,
        fontsize=8.5,
        va="bottom",
    )


def cap(names: Sequence[str], *, most: int) -> tuple[list[str], str]:
    """The first `most` names, and the sentence that says what is left out (empty if nothing is).

    Examples
    --------
    >>> cap(["a", "b", "c"], most=2)
    (['a', 'b'], 'Shown are the 2 largest of 3 regions; the table holds all.')
    """
    if len(names) <= most:
        return list(names), ""
    return list(names[:most]), f"Shown are the {most} largest of {len(names)} regions; the table holds all."
