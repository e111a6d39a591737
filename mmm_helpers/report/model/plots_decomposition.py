"""Charts of where the outcome came from: over time, and as a waterfall of the last year."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.estimands.decomposition import JOINT, TOTAL, group_of
from mmm_helpers.intervals import interval
from mmm_helpers.report.style import BASE, QUIET, TEXT, date_axis, money_axis, name_rows, new_axes
from mmm_helpers.report.words import join, money_interval

GROUP_LABELS = {"base": "Baseline", "controls": "Price, promotions, economy"}
JOINT_LABEL = "Channels together, and next door"
"""Name of what channels add (or take) together and bring in other regions."""


def compute_groups(decomposition: pd.DataFrame, *, last: int | None = None) -> pd.DataFrame:
    """Mean contribution by date and group: index date, columns `base`, `controls`, then channels by size.

    Parameters
    ----------
    decomposition : `date, component, value_mean`; means add up. Of a table with several regions the market's
        total is taken (`region` is `all`).
    last : keep only so many of the last periods; None for all.
    """
    rows = decomposition
    if "region" in rows and rows["region"].nunique() > 1:
        rows = rows[rows["region"] == "all"]
    rows = rows.assign(group=rows["component"].map(group_of))
    rows = rows[rows["group"] != TOTAL]
    wide = rows.pivot_table(index="date", columns="group", values="value_mean", aggfunc="sum")
    wide.index = pd.to_datetime(wide.index)
    channels = wide.drop(columns=[*GROUP_LABELS], errors="ignore").sum().sort_values(ascending=False)
    order = [g for g in GROUP_LABELS if g in wide] + channels.index.tolist()
    return wide[order].sort_index().iloc[-(last or 0) :]


def plot_decomposition(
    groups: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    currency: str,
    ax: Axes | None = None,
) -> Axes:
    """What made up the outcome over time, baseline first, channels on top of it.

    Parameters
    ----------
    groups : result of `compute_groups`. Controls may lower the outcome, so they join the baseline here.
    """
    ax = new_axes(height=3.8, ax=ax)
    joint = groups.get(JOINT, pd.Series(0.0, groups.index))
    overlap = bool((joint < 0).any())  # what lowers the outcome cannot be stacked
    base = groups[[g for g in GROUP_LABELS if g in groups]].sum(axis=1) + (joint if overlap else 0.0)
    channels = [c for c in labels if c in groups] + ([JOINT] if joint.any() and not overlap else [])
    stacked = np.vstack([base, *(groups[c] for c in channels)])
    names = ["Baseline, controls and overlap" if overlap else "Baseline and controls"]
    names += [{**labels, JOINT: JOINT_LABEL}[c] for c in channels]
    palette = [BASE, *(colors.get(c, QUIET) for c in channels)]
    ax.stackplot(groups.index, stacked, colors=palette, labels=names, linewidth=0)
    ax.margins(x=0)
    money_axis(ax, currency)
    date_axis(ax)
    handles, texts = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], texts[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def compute_waterfall(contributions: pd.DataFrame) -> pd.DataFrame:
    """Rows of `contributions` of one region as steps, channels by size, the total last.

    Returns
    -------
    Columns group, value_*, share_*, start, end (where the step's bar begins and ends, at the means).
    """
    fixed = {"base": -2, "controls": -1, TOTAL: 1}
    order = contributions["group"].map(fixed).fillna(0)
    steps = contributions.assign(_order=order).sort_values(["_order", "value_mean"], ascending=[True, False])
    is_total = steps["group"] == TOTAL
    ends = steps["value_mean"].where(~is_total, 0.0).cumsum()
    starts = (ends - steps["value_mean"]).where(~is_total, 0.0)
    return steps.drop(columns="_order").assign(start=starts, end=ends).reset_index(drop=True)


def plot_waterfall(
    steps: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    currency: str,
    ax: Axes | None = None,
) -> Axes:
    """From the baseline to the modelled outcome, one step for each group.

    Parameters
    ----------
    steps : result of `compute_waterfall`.
    """
    ax = new_axes(height=1.0 + 0.36 * len(steps), ax=ax)
    names = {**GROUP_LABELS, **labels, JOINT: JOINT_LABEL, TOTAL: "Modelled outcome"}
    for y, (_, row) in enumerate(steps.iterrows()):
        group = row["group"]
        color = {"base": BASE, "controls": QUIET, TOTAL: TEXT}.get(group, colors.get(group, QUIET))
        ax.barh(y, row["end"] - row["start"], left=row["start"], height=0.62, color=color)
        text = f" {money_interval(*interval(row, 'value'), currency)}"
        ax.text(max(row["start"], row["end"]), y, text, va="center", fontsize=8.5)
    name_rows(ax, [names.get(g, g) for g in steps["group"]])
    ax.set_xlim(
        min(0.0, float(steps[["start", "end"]].min().min())), steps[["start", "end"]].max().max() * 1.35
    )
    money_axis(ax, currency, which="x")
    ax.locator_params(axis="x", nbins=5)
    return ax


def describe_decomposition(steps: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """The steps of a waterfall as a sentence, for people who cannot see the chart."""
    names = {**GROUP_LABELS, **labels, JOINT: JOINT_LABEL}
    parts = [
        f"{names.get(row['group'], row['group'])} {money_interval(*interval(row, 'value'), currency)}"
        for _, row in steps.iloc[:-1].iterrows()
    ]
    total = money_interval(*interval(steps.iloc[-1], "value"), currency)
    return f"Of {total} modelled outcome: {join(parts)}."
