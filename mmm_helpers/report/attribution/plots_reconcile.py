"""Charts of the reconciliation: what each measurement says of each channel, and the budget that it would make."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from mmm_helpers.report.style import (
    ACCENT,
    BASE,
    QUIET,
    TEXT,
    annotate_right,
    draw_interval,
    mark_vertical,
    name_rows,
    new_axes,
    new_grid,
)
from mmm_helpers.report.words import interval_text, is_missing, money_interval, percent, ratio

LONGEST = 3.0
"""A channel's axis ends at this many times the largest mean; a range beyond it is cut, its numbers still written."""


def plot_returns_by_source(
    table: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    names: Mapping[str, str],
    unified: str,
    truth: Mapping[str, float] | None = None,
) -> list[Axes]:
    """Return of each channel by every measurement, one panel a channel, the unified number in colour.

    Parameters
    ----------
    table : table `reconciliation`. names : source → name. unified : the source that is the unified number.
    truth : channel → true return, where it is known.
    """
    channels = list(dict.fromkeys(table["channel"]))
    grid = new_grid(len(channels), columns=1, height=0.7 + 0.27 * len(names))
    for ax, channel in zip(grid, channels, strict=True):
        rows = table[table["channel"] == channel].set_index("source").reindex(list(names))
        largest = max(rows["roas_q50"].max(), (truth or {}).get(channel, 0.0), 0.1)
        end = min(max(rows["roas_q95"].max(), largest), LONGEST * largest) * 1.05
        for y, (source, row) in enumerate(rows.iterrows()):
            color = ACCENT if source == unified else TEXT if is_missing(row["roas_q50"]) else QUIET
            draw_interval(
                ax,
                y,
                row["roas_q50"],
                max(row["roas_q05"], -end / 3),
                min(row["roas_q95"], end),
                color=color,
            )
            annotate_right(ax, y, return_text(row))
        name_rows(ax, list(names.values()))
        ax.set_xlim(min(0.0, max(rows["roas_q05"].min(), -end / 3)) * 1.05, end)
        ax.set_title(labels.get(channel, channel), loc="left", pad=14)
        if truth and channel in truth:
            mark_vertical(ax, truth[channel], f"truth {ratio(truth[channel])}")
    grid[-1].set_xlabel("returned for each unit of money")
    return grid


def return_text(row: Mapping[str, object]) -> str:
    """A source's return with its range, or why it has none.

    Examples
    --------
    >>> return_text({"roas_q50": 2.0, "roas_q05": 2.0, "roas_q95": 2.0, "status": "observed"})
    '2.0, no range'
    >>> return_text({"roas_q50": float("nan"), "roas_q05": None, "roas_q95": None, "status": "not observed"})
    'not observed'
    """
    if is_missing(row["roas_q50"]):
        return str(row["status"])
    if row["roas_q05"] == row["roas_q95"]:
        return f"{ratio(row['roas_q50'])}, no range"
    return interval_text(row["roas_q50"], row["roas_q05"], row["roas_q95"])


def plot_budgets_by_source(
    table: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    names: Mapping[str, str],
    unified: str,
    ax: Axes | None = None,
) -> Axes:
    """How each measurement would change each channel's spend: strokes for the sources, a dot for the unified budget.

    Parameters
    ----------
    table : table `reconciliation` with `current, recommended`.
    """
    change = table.assign(change=table["recommended"] / table["current"] - 1)
    wide = change.pivot(index="channel", columns="source", values="change")
    wide = wide.loc[list(dict.fromkeys(table["channel"]))]
    ax = new_axes(height=1.1 + 0.42 * len(wide), ax=ax)
    for y, (_, row) in enumerate(wide.iterrows()):
        others = row.drop(unified, errors="ignore").dropna()
        if len(others):
            ax.plot(
                [others.min(), others.max()],
                [y, y],
                color=BASE,
                linewidth=5,
                solid_capstyle="round",
                zorder=1,
            )
            ax.plot(others, [y] * len(others), "|", color=TEXT, markersize=9, zorder=2)
        if unified in row and not is_missing(row[unified]):
            ax.plot([row[unified]], [y], "o", color=ACCENT, markersize=7, zorder=3)
            annotate_right(ax, y, percent(row[unified], sign=True))
    name_rows(ax, [labels.get(c, c) for c in wide.index])
    ax.axvline(0, color=TEXT, linewidth=0.9)
    ax.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %", decimals=0))
    ax.set_xlabel("change of spend: dot unified, strokes the other measurements")
    return ax


def plot_factors(
    factors: pd.DataFrame, *, labels: Mapping[str, str], currency: str, ax: Axes | None = None
) -> Axes:
    """What of a platform's claim is incremental: a dot with its 90 % range, a line where claim and effect are equal.

    Parameters
    ----------
    factors : table `incrementality_factors`.
    """
    rows = factors.sort_values("factor_mean", ascending=False)
    ax = new_axes(height=1.0 + 0.42 * max(len(rows), 2), ax=ax)
    for y, row in enumerate(rows.itertuples()):
        draw_interval(ax, y, row.factor_mean, row.factor_q05, row.factor_q95, color=ACCENT)
        claim = money_interval(row.incremental_mean, row.incremental_q05, row.incremental_q95, currency)
        annotate_right(ax, y, f"×{interval_text(row.factor_mean, row.factor_q05, row.factor_q95)}\n{claim}")
    name_rows(ax, [labels.get(c, c) for c in rows["channel"]])
    ax.set_xlim(left=min(0.0, float(rows["factor_q05"].min())))
    mark_vertical(ax, 1.0, "as claimed")
    ax.set_xlabel("incremental outcome over the platform's claim")
    return ax
