"""Charts of other totals and of risk: where a tenth more goes, and what minding the bad tail costs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.style import ACCENT, BASE, QUIET, TEXT, money_axis, name_rows, new_axes
from mmm_helpers.report.words import join, money, percent


def plot_goals(
    more: pd.Series, less: pd.Series, *, labels: Mapping[str, str], currency: str, ax: Axes | None = None
) -> Axes:
    """Change of spend by channel at a tenth more (blue) and a tenth less (grey).

    Parameters
    ----------
    more, less : channel → change of spend over the horizon.
    """
    channels = list(dict.fromkeys([*more.index, *less.index]))
    ax = new_axes(height=1.0 + 0.46 * max(len(channels), 2), ax=ax)
    for y, channel in enumerate(channels):
        for change, offset, color in (
            (more.get(channel, 0.0), -0.19, ACCENT),
            (less.get(channel, 0.0), 0.19, BASE),
        ):
            ax.barh(y + offset, change, 0.34, color=color)
            if change:
                text = f" {money(change, currency, sign=True)} "
                ax.text(
                    change, y + offset, text, va="center", ha="left" if change > 0 else "right", fontsize=8
                )
    name_rows(ax, [labels.get(c, c) for c in channels])
    ax.axvline(0, color=TEXT, linewidth=0.9)
    ax.margins(x=0.2)
    money_axis(ax, currency, which="x")
    ax.locator_params(axis="x", nbins=5)
    return ax


def describe_bars(more: pd.Series, less: pd.Series, *, labels: Mapping[str, str], currency: str) -> str:
    """The bars in words, for people who cannot see them."""
    parts = [
        f"{labels.get(c, c)} {join([money(own.get(c, 0.0), currency, sign=True) for own in (more, less)])}"
        for c in dict.fromkeys([*more.index, *less.index])
    ]
    return f"Change of spend at a tenth more and at a tenth less: {'; '.join(parts)}."


def plot_frontier(
    frontier: pd.DataFrame, *, mean: str, tail: str, currency: str, ax: Axes | None = None
) -> Axes:
    """Plans from bold to cautious: mean against the mean of the worst cases, the chosen one ringed.

    Parameters
    ----------
    frontier : table `budget_frontier`. mean, tail : its columns.
    """
    rows = frontier.sort_values("risk")
    ax = new_axes(height=3.2, ax=ax)
    ax.plot(rows[tail], rows[mean], color=QUIET, linewidth=1.2, zorder=1)
    ax.plot(rows[tail], rows[mean], "o", color=ACCENT, markersize=6, zorder=2)
    chosen = rows[rows["chosen"].astype(bool)]
    ax.plot(
        chosen[tail], chosen[mean], "o", markersize=13, markerfacecolor="none", markeredgecolor=TEXT, zorder=3
    )
    for row in (rows.iloc[0], rows.iloc[-1]):
        words = "mean alone" if row["risk"] == 0 else f"{percent(row['risk'])} on the worst cases"
        ax.annotate(words, (row[tail], row[mean]), xytext=(8, -12), textcoords="offset points", fontsize=8.5)
    ax.margins(x=0.25, y=0.2)
    money_axis(ax, currency, which="x")
    money_axis(ax, currency)
    ax.locator_params(nbins=5)
    ax.set_xlabel("mean of the worst cases")
    ax.set_ylabel("mean")
    return ax


def describe_dots(frontier: pd.DataFrame, *, mean: str, tail: str, currency: str) -> str:
    """The dots in words, for people who cannot see them."""
    parts = [
        f"risk {percent(r['risk'])}: mean {money(r[mean], currency, sign=True)}, worst cases "
        f"{money(r[tail], currency, sign=True)}"
        for _, r in frontier.sort_values("risk").iterrows()
    ]
    return f"Plans by how much the bad tail counts. {'; '.join(parts)}."
