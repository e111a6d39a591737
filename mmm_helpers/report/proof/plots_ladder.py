"""Charts of worlds with known truth: what is claimed and what is held, and every estimate against its truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter

from mmm_helpers.ladder.scores import NOMINAL, SILENT_ERROR
from mmm_helpers.report.style import (
    ACCENT,
    BASE,
    QUIET,
    WARN,
    annotate_right,
    draw_interval,
    name_rows,
    new_grid,
)
from mmm_helpers.report.words import is_missing

ROW = 0.3
"""Inches of height for a world's row."""
EDGE = 0.005
"""Share of dots beyond either end of the scatter's panels."""
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def plot_ladder(worlds: pd.DataFrame) -> list[Axes]:
    """Each world's coverage against the promise, the share that is decision-grade, and silent failures.

    Parameters
    ----------
    worlds : scores of each world with its name as `label`, in the order of the rows.
    """
    grid = new_grid(2, columns=2, height=0.9 + ROW * len(worlds), sharey=True)
    held, said = grid
    name_rows(held, list(worlds["label"]))
    for y, (_, row) in enumerate(worlds.iterrows()):
        _draw_coverage(held, y, row)
        _draw_share(said, y, row)
    lowest = worlds["grade_coverage_low"].min()
    held.set_xlim(max(0.0, (0.5 if is_missing(lowest) else lowest) - 0.04), 1.01)
    held.axvline(NOMINAL, color=QUIET, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
    held.set_title("Ranges that hold the truth")
    said.set_xlim(0, 1)
    said.set_title("Decision-grade")
    said.grid(False, axis="y")
    said.tick_params(axis="y", length=0)
    annotate_right(said, -0.95, "silent failures")
    for ax in grid:
        ax.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %", decimals=0))
    held.locator_params(axis="x", nbins=4)
    said.set_xticks([0, 0.5, 1])
    return grid


def _draw_coverage(ax: Axes, y: int, row: pd.Series) -> None:
    if is_missing(row["grade_coverage"]):
        ax.text(
            NOMINAL, y, "nothing is called decision-grade", color=QUIET, fontsize=8, ha="right", va="center"
        )
        return
    color = ACCENT if row["grade_coverage_holds"] else WARN
    bounds = (row["grade_coverage"], row["grade_coverage_low"], row["grade_coverage_high"])
    draw_interval(ax, y, *bounds, color=color, size=6)


def _draw_share(ax: Axes, y: int, row: pd.Series) -> None:
    share = 0.0 if is_missing(row["grade_share"]) else row["grade_share"]
    ax.barh(y, share, height=0.55, color=BASE)
    ax.text(
        share + (0.02 if share < 0.7 else -0.02), y, f"{row['grade']} of {row['cells']}",
        ha="left" if share < 0.7 else "right", va="center", fontsize=8,
    )  # fmt: skip
    ax.annotate(
        f"✕ {row['silent']}" if row["silent"] else "0",
        (1.0, y), xycoords=("axes fraction", "data"), xytext=(14, 0), textcoords="offset points", va="center",
        color=WARN if row["silent"] else QUIET, weight="bold" if row["silent"] else "normal", annotation_clip=False,
    )  # fmt: skip


def plot_truth(marked: pd.DataFrame, names: dict[str, str]) -> list[Axes]:
    """Estimated against true return, a panel a world: filled where decision-grade, crossed where silently wrong.

    Parameters
    ----------
    marked : result of `mark_rows`. names : world → name, in the panels' order.
    """
    seen = marked[marked["scored"] & (marked["truth_roas"] > 0) & (marked["roas_mean"] > 0)]
    ends = _ends(seen)
    grid = new_grid(len(names), columns=4, height=1.85, sharex=True, sharey=True)
    for ax, (world, name) in zip(grid, names.items(), strict=True):
        _draw_world(ax, seen[seen["world"] == world], ends)
        ax.set_title(name, fontsize=8)
    grid[0].figure.supxlabel("true return for each unit of money", fontsize=9.5)
    grid[0].figure.supylabel("estimated", fontsize=9.5)
    return grid


def _ends(seen: pd.DataFrame) -> tuple[float, float]:
    both = np.r_[seen["truth_roas"], seen["roas_mean"]]
    return tuple(np.quantile(both, [EDGE, 1 - EDGE]) * [0.8, 1.25]) if len(both) else (0.1, 10.0)


def _draw_world(ax: Axes, cells: pd.DataFrame, ends: tuple[float, float]) -> None:
    line, inner = np.array(ends), (1.1 * ends[0], ends[1] / 1.1)
    ax.plot(line, line, color=QUIET, linewidth=1.0, zorder=1)
    for off in (1 - SILENT_ERROR, 1 + SILENT_ERROR):
        ax.plot(line, off * line, color=BASE, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
    hollow = {"markerfacecolor": "none", "markeredgecolor": QUIET, "markeredgewidth": 0.6, "alpha": 0.6}
    looks = (
        (~cells["grade"], "o", hollow | {"markersize": 3}),
        (cells["grade"] & ~cells["silent"], "o", {"color": ACCENT, "markersize": 2.6, "alpha": 0.55}),
        (
            cells["silent"],
            "X",
            {"color": WARN, "markersize": 6, "markeredgecolor": "white", "markeredgewidth": 0.5},
        ),
    )
    for where, marker, look in looks:
        part = cells[where]
        x, y = part["truth_roas"].clip(*inner), part["roas_mean"].clip(*inner)
        ax.plot(x, y, marker, linestyle="none", **({"markeredgewidth": 0} | look))
    _log_axes(ax, ends)


def _log_axes(ax: Axes, ends: tuple[float, float]) -> None:
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=ends, aspect="equal")
    ticks = [t for t in TICKS if ends[0] <= t <= ends[1]]
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_ticks(ticks[:: 1 + len(ticks) // 5])
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_locator(NullLocator())
