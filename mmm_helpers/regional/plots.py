"""Charts of the page about regions: costs, the steps of a gap, explanations, and saturation points by tier."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.intervals import interval
from mmm_helpers.regional.divisia import ALL, GAP
from mmm_helpers.regional.words import name_factor
from mmm_helpers.regional.words_hypotheses import LABELS
from mmm_helpers.report.style import (
    ACCENT,
    BASE,
    QUIET,
    TEXT,
    WARN,
    annotate_right,
    cap,
    draw_interval,
    money_axis,
    name_rows,
    new_axes,
    new_grid,
)
from mmm_helpers.report.words import join, money_interval, percent

MOST_REGIONS = 20
"""Most regions on one chart; more are not readable."""
DEARER, CHEAPER = WARN, "#009E73"
"""Colours of parts that raise and that lower a cost; the sign is written beside them."""
LONGEST = 2.0
"""Multiple of today's spend at which the axis of saturation points ends."""


def plot_costs(costs: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Cost per claimed conversion by region, the cheapest first, as dot and 90 % interval.

    Parameters
    ----------
    costs : result of `divisia.compute_costs`; of more than MOST_REGIONS the cheapest and the dearest half are shown.
    """
    rows = costs
    if len(costs) > MOST_REGIONS:
        rows = pd.concat([costs.head(MOST_REGIONS // 2), costs.tail(MOST_REGIONS // 2)])
    ax = new_axes(height=0.9 + 0.36 * len(rows), ax=ax)
    for y, (_, row) in enumerate(rows.iterrows()):
        draw_interval(ax, y, *interval(row, "cpa"), color=ACCENT)
        annotate_right(ax, y, money_interval(*interval(row, "cpa"), currency))
    name_rows(ax, list(rows["region"]))
    money_axis(ax, currency, which="x")
    ax.locator_params(axis="x", nbins=6)
    ax.set_xlabel("cost per claimed conversion")
    return ax


def describe_costs(costs: pd.DataFrame, *, currency: str) -> str:
    """The chart of costs in words."""
    shown, rest = cap(
        [f"{r['region']} {money_interval(*interval(r, 'cpa'), currency)}" for _, r in costs.iterrows()],
        most=MOST_REGIONS,
    )
    return f"Cost per claimed conversion with its 90 % interval: {join(shown)}. {rest}".strip()


def plot_gap(gap: pd.DataFrame, costs: Mapping[str, float], *, currency: str, ax: Axes | None = None) -> Axes:
    """From the cheap region's cost to the dear one's, a step for each factor, with its 90 % interval.

    Parameters
    ----------
    gap : result of `divisia.compute_gap`.
    costs : region → cost per conversion over the channels of the gap (`gap_levels`).
    """
    whole = gap[gap["channel"] == ALL].set_index("factor").drop(index=GAP)
    base, region = gap[["base", "region"]].iloc[0]
    ax = new_axes(height=1.1 + 0.42 * (len(whole) + 2), ax=ax)
    at = costs[base]
    _draw_level(ax, 0, at, currency)
    for y, (_, row) in enumerate(whole.iterrows(), start=1):
        after = at + row["part_mean"]
        color = DEARER if row["part_mean"] > 0 else CHEAPER
        ax.barh(y, row["part_mean"], 0.56, left=at, color=color, alpha=0.75, zorder=2)
        ax.plot([at + row["part_q05"], at + row["part_q95"]], [y, y], color=TEXT, linewidth=1.2, zorder=3)
        ax.plot([after, after], [y - 0.28, y + 1.28], color=QUIET, linewidth=0.8, zorder=1)
        annotate_right(ax, y, money_interval(*interval(row, "part"), currency, sign=True))
        at = after
    _draw_level(ax, len(whole) + 1, at, currency)
    ax.use_sticky_edges = False  # a bar would hold the axis to its end, and cut the mark there
    ax.margins(x=0.06)
    name_rows(ax, [base, *(name_factor(f) for f in whole.index), region])
    money_axis(ax, currency, which="x")
    ax.locator_params(axis="x", nbins=6)
    ax.set_xlabel("cost per claimed conversion")
    return ax


def _draw_level(ax: Axes, y: int, value: float, currency: str) -> None:
    ax.plot([value], [y], "D", color=TEXT, markersize=6.5, zorder=4)
    annotate_right(ax, y, money_interval(value, np.nan, np.nan, currency))


def gap_levels(gap: pd.DataFrame, costs: pd.DataFrame) -> dict[str, float]:
    """Cost per conversion of the two regions over the channels of a gap, from its rates: region → money.

    Parameters
    ----------
    costs : `region, channel, spend, conversions` (`incremental.compute_claimed`).
    """
    inside = costs[costs["channel"].isin(gap["channel"])]
    sums = inside.groupby("region")[["spend", "conversions"]].sum()
    names = gap[["base", "region"]].iloc[0]
    return {r: float(sums.loc[r, "spend"] / sums.loc[r, "conversions"]) for r in names}


def plot_hypotheses(hypotheses: pd.DataFrame, *, region: str, currency: str, ax: Axes | None = None) -> Axes:
    """Part of the gap that each explanation accounts for, with its 90 % interval, the best supported on top.

    Parameters
    ----------
    hypotheses : result of `hypotheses.compute_hypotheses`.
    region : the dear one. An interval far longer than the others is cut at the chart's edge.
    """
    ax = new_axes(height=1.1 + 0.42 * len(hypotheses), ax=ax)
    ends = _ends(hypotheses)
    for y, (_, row) in enumerate(hypotheses.iterrows()):
        if np.isnan(row["part_mean"]):
            annotate_right(ax, y, "not known")
            continue
        low, high = np.clip([row["part_q05"], row["part_q95"]], *ends)
        color = {"supported": DEARER, "works against": CHEAPER}.get(row["verdict"], QUIET)
        draw_interval(ax, y, row["part_mean"], low, high, color=color)
        text = money_interval(*interval(row, "part"), currency, sign=True)
        annotate_right(ax, y, f"{text}\n{row['verdict']}")
    ax.axvline(0, color=TEXT, linewidth=0.9, zorder=1)
    ax.set_xlim(*ends)
    name_rows(ax, [LABELS[h] for h in hypotheses["hypothesis"]])
    money_axis(ax, currency, which="x")
    ax.locator_params(axis="x", nbins=6)
    ax.set_xlabel(f"makes a conversion cheaper in {region}  ·  dearer")
    return ax


def _ends(hypotheses: pd.DataFrame) -> tuple[float, float]:
    """Ends of the axis: all means, and intervals up to three times the largest mean."""
    size = 1.5 * float(hypotheses["part_mean"].abs().max())
    low = max(float(hypotheses["part_q05"].min()), -2 * size)
    high = min(float(hypotheses["part_q95"].max()), 2 * size)
    means = hypotheses["part_mean"]
    low, high = min(low, float(means.min()), 0.0), max(high, float(means.max()), 0.0)
    return low - 0.06 * (high - low), high + 0.06 * (high - low)


def describe_hypothesis_chart(hypotheses: pd.DataFrame, *, currency: str) -> str:
    """The chart of explanations in words."""
    parts = [
        f"{LABELS[r['hypothesis']]} {money_interval(*interval(r, 'part'), currency, sign=True)} ({r['verdict']})"
        for _, r in hypotheses.iterrows()
    ]
    return f"Part of the gap by explanation: {join(parts)}."


def plot_saturation(
    points: pd.DataFrame, *, labels: Mapping[str, str], colors: Mapping[str, str]
) -> list[Axes]:
    """Saturation point of each channel by city tier as a share of today's spend, with its 90 % interval.

    Parameters
    ----------
    points : result of `tiers.compute_saturation`. A point beyond twice today's spend is drawn as an arrow at the edge.
    """
    channels = [c for c in labels if (points["channel"] == c).any()]
    tiers = sorted(points["tier"].unique())
    grid = new_grid(len(channels), columns=3, height=0.85 + 0.28 * len(tiers), sharey=True)
    for ax, channel in zip(grid, channels, strict=True):
        rows = points[points["channel"] == channel].set_index("tier").reindex(tiers)
        name_rows(ax, [f"Tier {t}" for t in tiers])
        for y, (_, row) in enumerate(rows.iterrows()):
            _draw_point(ax, y, row, colors.get(channel, QUIET))
        ax.axvline(1.0, color=WARN, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        ax.axvspan(0.0, 1.0, color=BASE, alpha=0.16, linewidth=0, zorder=0)
        ax.set_title(labels[channel])
        ax.set_xlim(-0.06, LONGEST * 1.06)
        ax.set_xticks([0, 1, 2], ["0", "today", "twice"])
    return grid


def _draw_point(ax: Axes, y: int, row: pd.Series, color: str) -> None:
    if np.isnan(row["spend"]):
        ax.text(0.03, y, "not used", va="center", fontsize=8, color=QUIET)
        return
    mean, low, high = np.nan_to_num(
        [row[f"multiple_{s}"] for s in ("mean", "q05", "q95")], nan=LONGEST
    ).tolist()
    draw_interval(ax, y, mean, low, high, color=color, size=5.5)
    if np.isnan(row["multiple_q95"]):
        ax.plot([LONGEST], [y], ">", color=color, markersize=5, zorder=3)


def describe_saturation_chart(points: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """The chart of saturation points in words."""
    parts = [
        f"{labels.get(r.channel, r.channel)} in tier {r.tier} "
        + (
            "beyond twice today's spend"
            if np.isnan(r.multiple_mean)
            else f"{percent(r.multiple_mean)} of today's spend"
        )
        for r in points.itertuples()
    ]
    return f"Saturation point by channel and city tier: {join(parts)}."
