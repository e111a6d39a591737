"""Charts of studies: how far returns move under each change, and how well each variant predicts."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.model.study_rows import REFERENCE, name_variant, of_channels
from mmm_helpers.report.style import (
    BASE,
    QUIET,
    TEXT,
    WIDTH,
    annotate_right,
    apply_style,
    draw_interval,
    name_rows,
    new_axes,
    new_grid,
)
from mmm_helpers.report.words import interval_text, money_tick, percent

FARTHEST = 3.0
"""Shifts beyond so many sds are drawn at the edge of the chart; the table has their size."""
TELLING = 0.5
"""Shifts in sds from which on the channel is named beside its dot."""


def plot_build_up(
    steps: pd.DataFrame,
    rows: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    currency: str,
) -> list[Axes]:
    """Step by step: on the left the forecast's score (CRPS), on the right how far the earlier channels move.

    Parameters
    ----------
    steps : result of `compute_build_up`. rows : the study's rows of the table.
    currency : of the score; empty for counts.
    """
    apply_style()
    height = 1.2 + 0.42 * len(steps)
    left, right = plt.subplots(1, 2, figsize=(WIDTH, height), sharey=True, layout="constrained")[1]
    y = np.arange(len(steps))
    left.barh(y, steps["crps"], 0.55, color=[colors.get(v, BASE) for v in steps["variant"]])
    for i, score in enumerate(steps["crps"]):
        left.text(score, i, f" {money_tick(float(f'{score:.3g}'), currency)}", va="center", fontsize=8)
    left.set_xlim(0, float(steps["crps"].max()) * 1.25)
    left.set_xlabel("error of the forecast (CRPS)")
    left.xaxis.set_ticks([])
    left.grid(False)
    _shift_dots(right, rows, list(steps["variant"]), labels=labels, colors=colors)
    name_rows(left, [name_variant(v, labels=labels) for v in steps["variant"]])
    right.set_ylim(left.get_ylim())
    right.tick_params(axis="y", length=0)
    return [left, right]


def plot_shifts(
    rows: pd.DataFrame, *, labels: Mapping[str, str], colors: Mapping[str, str], unit: str = "week"
) -> Axes:
    """How far each channel's return moves under each change: one dot a channel, within one sd shaded.

    Parameters
    ----------
    rows : rows of the table `studies`, of one or several studies; those of the reference are left out.
    """
    changed = rows[rows["variant"] != REFERENCE]
    variants = list(dict.fromkeys(changed["variant"]))
    ax = new_axes(height=1.1 + 0.42 * max(len(variants), 2))
    _shift_dots(ax, changed, variants, labels=labels, colors=colors)
    name_rows(ax, [name_variant(v, labels=labels, unit=unit) for v in variants])
    return ax


def _shift_dots(
    ax: Axes, rows: pd.DataFrame, variants: list[str], *, labels: Mapping[str, str], colors: Mapping[str, str]
) -> None:
    """Dots of all channels in the row of each variant; the outermost on either side are named."""
    ax.axvspan(-1, 1, color=BASE, alpha=0.3, linewidth=0)
    ax.axvline(0, color=QUIET, linewidth=0.8)
    moved = of_channels(rows).dropna(subset=["shift_sd"])
    moved = moved.assign(at=moved["shift_sd"].clip(-FARTHEST, FARTHEST))
    for y, variant in enumerate(variants):
        own = moved[moved["variant"] == variant].sort_values("at")
        ax.scatter(
            own["at"], [y] * len(own), s=32, c=[colors.get(c, QUIET) for c in own["channel"]], zorder=3
        )
        for row, side in ((own.iloc[:1], -1), (own.iloc[-1:], 1)):
            if len(row) and side * row["at"].iloc[0] >= TELLING:
                name = labels.get(row["channel"].iloc[0], row["channel"].iloc[0])
                _name_dot(ax, float(row["at"].iloc[0]), y, name, side)
    reach = max(1.2, float(moved["at"].abs().max()) if len(moved) else 0.0)
    ax.set_xlim(-1.7 * reach, 1.7 * reach)
    ax.set_xlabel("return moves by … sd")


def _name_dot(ax: Axes, x: float, y: float, name: str, side: int) -> None:
    align = "left" if side > 0 else "right"
    ax.annotate(
        name, (x, y), xytext=(6 * side, 0), textcoords="offset points", ha=align, va="center", fontsize=8
    )


def plot_variants(
    rows: pd.DataFrame, variants: list[str], *, labels: Mapping[str, str], colors: Mapping[str, str]
) -> list[Axes]:
    """Returns with intervals under several variants, a panel for each channel.

    Parameters
    ----------
    variants : which of the table's variants, from top to bottom.
    """
    own = of_channels(rows[rows["variant"].isin(variants)])
    channels = [c for c in labels if c in set(own["channel"])]
    axes = new_grid(len(channels), columns=2, height=0.55 + 0.33 * len(variants))
    for ax, channel in zip(axes, channels, strict=True):
        mine = own[own["channel"] == channel].set_index("variant")
        end = min(float(mine["roas_q95"].max()), 4 * float(mine["roas_mean"].median())) * 1.05
        for y, variant in enumerate(variants):
            row = mine.loc[variant]
            color = colors.get(channel, QUIET) if y == 0 else QUIET
            draw_interval(ax, y, row.roas_mean, row.roas_q05, min(row.roas_q95, end), color=color, size=5)
            annotate_right(ax, y, interval_text(row.roas_mean, row.roas_q05, row.roas_q95))
        name_rows(ax, [name_variant(v, labels=labels) for v in variants])
        ax.set_xlim(min(0.0, float(mine["roas_q05"].min())), end)
        ax.set_title(labels.get(channel, channel))
        ax.tick_params(axis="y", labelsize=8)
    return axes


def plot_errors(errors: pd.DataFrame) -> Axes:
    """Error on the hidden quarter of the model and of its rivals.

    Parameters
    ----------
    errors : result of `compute_errors`.
    """
    ax = new_axes(height=0.9 + 0.36 * len(errors))
    colors = [TEXT if v == REFERENCE else BASE for v in errors["variant"]]
    ax.barh(range(len(errors)), errors["error"], 0.55, color=colors)
    for y, error in enumerate(errors["error"]):
        ax.text(error, y, f" {percent(error, digits=1)}", va="center", fontsize=8.5)
    name_rows(ax, list(errors["name"]))
    ax.set_xlim(0, float(errors["error"].max()) * 1.2)
    ax.set_xlabel("error on the hidden quarter (wMAPE)")
    ax.xaxis.set_ticks([])
    ax.grid(False)
    return ax


def plot_placebo(rows: pd.DataFrame, *, labels: Mapping[str, str], colors: Mapping[str, str]) -> list[Axes]:
    """Share of the outcome that a channel is credited with: as it ran, shuffled in time, and before any data."""
    channels = list(dict.fromkeys(rows["channel"]))
    axes = new_grid(len(channels), columns=2, height=1.7)
    for ax, channel in zip(axes, channels, strict=True):
        own = rows[rows["channel"] == channel].set_index("variant").loc[[REFERENCE, "shuffled", "prior"]]
        for y, (variant, row) in enumerate(own.iterrows()):
            color = QUIET if variant == "prior" else colors.get(channel, QUIET)
            draw_interval(ax, y, row["value"], row["value_q05"], row["value_q95"], color=color)
            annotate_right(ax, y, percent(row["value"], digits=1))
        name_rows(ax, ["as it ran", "shuffled in time", "before any data"])
        ax.xaxis.set_major_formatter(lambda v, _: percent(v))
        ax.set_xlim(0, None)
        ax.set_title(labels.get(channel, channel))
    return axes


def plot_strength(row: pd.Series) -> Axes:
    """What media in the other regions bring here, as a share of what they bring at home."""
    ax = new_axes(height=1.3)
    draw_interval(ax, 0, row["value"], row["value_q05"], row["value_q95"], color=TEXT)
    annotate_right(ax, 0, percent(row["value"]))
    ax.axvline(0, color=QUIET, linewidth=0.8)
    name_rows(ax, ["media next door"])
    ax.xaxis.set_major_formatter(lambda v, _: percent(v))
    ax.set_xlabel("effect next door, as a share of the effect at home")
    return ax
