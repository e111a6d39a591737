"""Charts about attribution: credits by model, the way to a conversion, what lost identities do, and who says what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mmm_helpers.report.style import (
    ACCENT,
    BASE,
    QUIET,
    TEXT,
    annotate_right,
    draw_interval,
    money_axis,
    name_rows,
    new_axes,
)
from mmm_helpers.report.words import percent

BAR = 0.09
"""Half the width of a column of the journey map."""
GAP = 0.012
"""Space between two channels of a column, as a share of all conversions."""
NAMED = 0.03
"""Share of a column from which on a channel is named in it."""


def plot_credits(
    credits: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    models: Mapping[str, str],
    last: str,
    ax: Axes | None = None,
) -> Axes:
    """Each channel's share of the credit by every model: a grey line from the least to the most, last click marked.

    Parameters
    ----------
    credits : `model, channel, share`. models : model → name. last : the model that is last click.
    """
    shares = credits.pivot(index="channel", columns="model", values="share")
    shares = shares.loc[shares.mean(axis=1).sort_values(ascending=False).index]
    ax = new_axes(height=1.0 + 0.42 * max(len(shares), 2), ax=ax)
    for y, (_, row) in enumerate(shares.iterrows()):
        ax.plot([row.min(), row.max()], [y, y], color=BASE, linewidth=5, solid_capstyle="round", zorder=1)
        others = row.drop(last, errors="ignore").to_numpy()
        ax.plot(others, np.full(len(others), y), "|", color=TEXT, markersize=9, zorder=2)
        if last in row:
            ax.plot([row[last]], [y], "o", color=ACCENT, markersize=7, zorder=3)
        annotate_right(ax, y, f"{percent(row.min())} to {percent(row.max())}")
    name_rows(ax, [labels.get(c, c) for c in shares.index])
    _share_axis(ax)
    ax.set_xlabel(f"share of the credit; dot: {models.get(last, last)}, strokes: the other models")
    return ax


def plot_journeys(
    steps: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    entry: str,
    ax: Axes | None = None,
) -> Axes:
    """The last touches before a conversion, left to right, as flows between channels.

    Parameters
    ----------
    steps : result of `attribution.steps.compute_steps`: `step, source, target, share`.
    entry : the source that stands for the beginning of a journey.
    """
    ax = new_axes(height=4.4, ax=ax)
    between = steps[steps["source"] != entry]
    last = int(between["step"].max()) + 1 if len(between) else 1
    order = (
        steps[steps["step"] == 1].groupby("target")["share"].sum().sort_values(ascending=False).index.tolist()
    )
    order += sorted(set(steps["source"]) - set(order) - {entry})
    columns = [_column(steps, back, order) for back in range(last, 0, -1)]
    for x, column in enumerate(columns):
        for channel, (low, high) in column.items():
            shade = colors.get(channel, QUIET)
            ax.add_patch(_band(x - BAR, x + BAR, (low, high), (low, high), shade, 1.0))
            if high - low >= NAMED:
                ax.text(
                    x,
                    (low + high) / 2,
                    percent(high - low),
                    ha="center",
                    va="center",
                    fontsize=7.5,
                    color="white",
                )
    for x, (left, right) in enumerate(pairwise(columns)):
        flows = between[between["step"] == last - 1 - x]
        _draw_flows(ax, x, flows, left, right, order, colors)
    for channel, (low, high) in columns[-1].items():
        annotate_right(
            ax, (low + high) / 2, labels.get(channel, channel)
        ) if high - low >= NAMED / 2 else None
    names = [_name_of_step(back) for back in range(last, 0, -1)]
    ax.set_xticks(range(len(names)), names)
    ax.set_xlim(-0.3, len(names) - 1 + BAR)
    ax.set_ylim(0, max((max(high for _, high in c.values()) for c in columns if c), default=1.0) * 1.01)
    ax.invert_yaxis()
    ax.set_yticks([])
    ax.grid(False)
    ax.spines[:].set_visible(False)
    return ax


def plot_loss(loss: pd.DataFrame, *, labels: Mapping[str, str], ax: Axes | None = None) -> Axes:
    """Each channel's share of the credit as more identities are lost: today's share in colour, then ever paler.

    Parameters
    ----------
    loss : `rate, channel, share` of one model.
    """
    shares = loss.pivot(index="channel", columns="rate", values="share").fillna(0.0).sort_index(axis=1)
    shares = shares.loc[shares.iloc[:, 0].sort_values(ascending=False).index]
    ax = new_axes(height=1.0 + 0.42 * max(len(shares), 2), ax=ax)
    for y, (_, row) in enumerate(shares.iterrows()):
        ax.plot([row.min(), row.max()], [y, y], color=BASE, linewidth=5, solid_capstyle="round", zorder=1)
        ax.plot(row.iloc[1:], np.full(len(row) - 1, y), "|", color=TEXT, markersize=9, zorder=2)
        ax.plot(row.iloc[-1], y, "o", color=QUIET, markersize=7, zorder=3)
        ax.plot(row.iloc[0], y, "o", color=ACCENT, markersize=7, zorder=4)
        annotate_right(ax, y, f"{percent(row.iloc[0])} → {percent(row.iloc[-1])}")
    name_rows(ax, [labels.get(c, c) for c in shares.index])
    _share_axis(ax)
    ax.set_xlabel(
        f"share of the credit; blue: as recorded, grey: {percent(shares.columns[-1])} of the steps lost"
    )
    return ax


def _share_axis(ax: Axes) -> None:
    """Shares from zero on, at whole percentages."""
    ax.set_xlim(left=0)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %", decimals=0))


def _name_of_step(back: int) -> str:
    return {1: "last touch", 2: "one before"}.get(back, f"{back - 1} before")


def _column(steps: pd.DataFrame, back: int, order: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Channel → where its block begins and ends in the column of the touch `back` places before the conversion."""
    if back <= steps["step"].max():
        share = steps[steps["step"] == back].groupby("target")["share"].sum()
    else:
        own = steps[steps["step"] == back - 1]
        share = own.groupby("source")["share"].sum()
    column, at = {}, 0.0
    for channel in (c for c in order if share.get(c, 0) > 0):
        column[channel] = (at, at + float(share[channel]))
        at += float(share[channel]) + GAP
    return column


def _draw_flows(
    ax: Axes,
    x: int,
    flows: pd.DataFrame,
    left: Mapping[str, tuple[float, float]],
    right: Mapping[str, tuple[float, float]],
    order: Sequence[str],
    colors: Mapping[str, str],
) -> None:
    """Bands between two columns, stacked in the columns' order on both sides."""
    place = {channel: k for k, channel in enumerate(order)}
    flows = flows[flows["source"].isin(left) & flows["target"].isin(right)]
    rows = flows.assign(s=flows["source"].map(place), t=flows["target"].map(place))
    begin = {c: low for c, (low, _) in left.items()}
    finish = {c: low for c, (low, _) in right.items()}
    arrive = {}
    for row in rows.sort_values(["t", "s"]).itertuples():
        arrive[(row.source, row.target)] = finish[row.target]
        finish[row.target] += row.share
    for row in rows.sort_values(["s", "t"]).itertuples():
        low, there = begin[row.source], arrive[(row.source, row.target)]
        begin[row.source] += row.share
        ends = (low, low + row.share), (there, there + row.share)
        ax.add_patch(_band(x + BAR, x + 1 - BAR, *ends, colors.get(row.source, QUIET), 0.28))


def _band(
    x0: float, x1: float, left: tuple[float, float], right: tuple[float, float], color: str, alpha: float
) -> PathPatch:
    """A band from one span to another, bent smoothly."""
    middle = (x0 + x1) / 2
    points = [
        (x0, left[0]), (middle, left[0]), (middle, right[0]), (x1, right[0]),
        (x1, right[1]), (middle, right[1]), (middle, left[1]), (x0, left[1]), (x0, left[0]),
    ]  # fmt: skip
    curve = [Path.CURVE4] * 3
    codes = [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY]
    return PathPatch(Path(points, codes), facecolor=color, edgecolor="none", alpha=alpha)


def plot_sources(
    rows: pd.DataFrame,
    *,
    names: Mapping[str, str],
    colors: Mapping[str, str],
    currency: str,
    unit: str,
    ax: Axes | None = None,
) -> Axes:
    """What several measurements say about one amount of money, a row each, with their ranges.

    Parameters
    ----------
    rows : `source, mean, low, high, text`, in the order of the rows; a source without a number keeps its row.
    names : source → name. unit : label of the axis.
    """
    ax = new_axes(height=0.9 + 0.42 * max(len(rows), 2), ax=ax)
    for y, row in enumerate(rows.itertuples()):
        draw_interval(ax, y, row.mean, row.low, row.high, color=colors.get(row.source, ACCENT))
        annotate_right(ax, y, row.text)
    name_rows(ax, [names.get(s, s) for s in rows["source"]])
    ax.axvline(0, color=TEXT, linewidth=0.9)
    money_axis(ax, currency, which="x")
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel(unit)
    return ax
