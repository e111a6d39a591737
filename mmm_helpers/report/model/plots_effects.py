"""Charts of what channels brought back: returns with intervals, shares, and prior against posterior."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.report.marks import cause_words, tier_words
from mmm_helpers.report.style import (
    BASE,
    QUIET,
    annotate_right,
    draw_interval,
    mark_vertical,
    name_rows,
    new_axes,
)
from mmm_helpers.report.words import interval_text, join, percent

LONGEST_AXIS = 4.0
"""An interval longer than this many times the median upper bound is cut, and its number still written."""
BESIDE = {FOLLOWS: "follows demand"}
"""Reasons that are too long to stand beside a chart, and what stands there; the cause mark says the rest."""


def plot_roas(
    effects: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    break_even: float | None = None,
    value: str = "roas",
    ax: Axes | None = None,
) -> Axes:
    """Return of each channel as dot and 90 % interval, largest first, numbers and data tier beside it.

    Parameters
    ----------
    effects : rows of `channel_effects` of one region and one window: `channel, <value>_mean, <value>_q05,
        <value>_q95`, and `data_tier`, `cause_mark` and `reason` (why the number is not the market's own evidence)
        where known. Channels without a return (unpaid, no spend) are left out.
    labels, colors : by channel.
    break_even : 1 / contribution margin, drawn as a line; None where the margin is unknown.
    value : `roas` or `mroas`.
    """
    rows = effects.dropna(subset=[f"{value}_mean"]).sort_values(f"{value}_mean", ascending=False)
    ax = new_axes(height=0.9 + 0.42 * max(len(rows), 2), ax=ax)
    end = _axis_end(rows[f"{value}_q95"], rows[f"{value}_mean"], break_even)
    for y, row in enumerate(rows.itertuples()):
        mean, low, high = (getattr(row, f"{value}_{s}") for s in ("mean", "q05", "q95"))
        draw_interval(ax, y, mean, low, min(high, end), color=colors.get(row.channel, QUIET))
        text = interval_text(mean, low, high)
        annotate_right(ax, y, "\n".join([text, *_evidence(row)]))
    name_rows(ax, [labels.get(c, c) for c in rows["channel"]])
    ax.set_xlim(min(0.0, float(rows[f"{value}_q05"].min()) if len(rows) else 0.0), end)
    if break_even is not None:
        mark_vertical(ax, break_even, "break-even")
    ax.set_xlabel("returned for each unit of money" + (" more" if value == "mroas" else ""))
    return ax


def _evidence(row) -> list[str]:
    """Data tier, cause mark, and why a number is no evidence, on one line; nothing where the table does not say."""
    tier = [tier_words(row.data_tier)] if hasattr(row, "data_tier") else []
    cause = [cause_words(row.cause_mark)] if hasattr(row, "cause_mark") else []
    reason = getattr(row, "reason", "")
    own = [BESIDE.get(reason, reason)] if isinstance(reason, str) and reason else []
    return ["  ".join([*tier, *cause, *own])] if tier or cause else []


def describe_roas(effects: pd.DataFrame, *, labels: Mapping[str, str], value: str = "roas") -> str:
    """The returns of `plot_roas` as a sentence, for people who cannot see the chart."""
    rows = effects.dropna(subset=[f"{value}_mean"]).sort_values(f"{value}_mean", ascending=False)
    if rows.empty:
        return "No channel has a return."
    parts = [
        f"{labels.get(r['channel'], r['channel'])} "
        + interval_text(r[f"{value}_mean"], r[f"{value}_q05"], r[f"{value}_q95"])
        for _, r in rows.iterrows()
    ]
    return f"Return of each channel with its 90 % interval, largest first: {join(parts)}."


def compute_shares(effects: pd.DataFrame) -> pd.DataFrame:
    """Share of spend and share of what marketing brought, by paid channel.

    Landed contributions are used: they add up, which incremental contributions do not.

    Parameters
    ----------
    effects : rows of one region and one window: `channel, spend, landed_mean, landed_q05, landed_q95`.

    Returns
    -------
    Columns `channel, spend_share, effect_share`, largest spend first.
    """
    paid = effects[effects["spend"] > 0]
    return pd.DataFrame(
        {
            "channel": paid["channel"],
            "spend_share": paid["spend"] / paid["spend"].sum(),
            "effect_share": paid["landed_mean"] / paid["landed_mean"].sum(),
        }
    ).sort_values("spend_share", ascending=False, ignore_index=True)


def plot_shares(
    shares: pd.DataFrame, *, labels: Mapping[str, str], colors: Mapping[str, str], ax: Axes | None = None
) -> Axes:
    """Share of spend (grey) beside share of effect (the channel's colour).

    Parameters
    ----------
    shares : result of `compute_shares`.
    """
    ax = new_axes(height=1.0 + 0.48 * max(len(shares), 2), ax=ax)
    y = np.arange(len(shares))
    ax.barh(y - 0.19, shares["spend_share"], 0.34, color=BASE)
    ax.barh(y + 0.19, shares["effect_share"], 0.34, color=[colors.get(c, QUIET) for c in shares["channel"]])
    for i, row in enumerate(shares.itertuples()):
        ax.text(row.spend_share, i - 0.19, f" {percent(row.spend_share)} of spend", va="center", fontsize=8)
        ax.text(
            row.effect_share, i + 0.19, f" {percent(row.effect_share)} of effect", va="center", fontsize=8
        )
    name_rows(ax, [labels.get(c, c) for c in shares["channel"]])
    ax.set_xlim(min(0.0, float(shares["effect_share"].min())), float(shares.iloc[:, 1:].max().max()) * 1.25)
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.grid(False)
    return ax


def _axis_end(upper: pd.Series, mean: pd.Series, break_even: float | None) -> float:
    if upper.empty:
        return 1.0
    cut = max(float(upper.median()) * LONGEST_AXIS, float(mean.max()) * 1.1)
    return max(min(float(upper.max()), cut) * 1.05, (break_even or 0.0) * 1.15)
