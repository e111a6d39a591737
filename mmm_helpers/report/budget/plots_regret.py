"""Chart of what plans may fall short of the best, case by case."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.budget.context_page import ROUNDING, by_plan
from mmm_helpers.report.style import ACCENT, QUIET, annotate_right, money_axis, name_rows, new_axes
from mmm_helpers.report.words import money


def plot_regret(regret: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Expected regret of each plan: a light dot for each case, a full one for the largest with its 90 % range.

    Parameters
    ----------
    regret : table `scenario_regret` of one market.
    """
    plans = by_plan(regret)
    ax = new_axes(height=0.9 + 0.52 * max(len(plans), 2), ax=ax)
    for y, row in enumerate(plans.itertuples()):
        color = ACCENT if row.chosen else QUIET
        cases = regret.loc[regret["plan"] == row.plan, "regret_mean"]
        ax.plot(cases, [y] * len(cases), "o", color=color, markersize=4, alpha=0.35, zorder=2)
        ax.plot([row.regret_q05, row.regret_q95], [y, y], color=color, linewidth=2.4, alpha=0.4, zorder=1)
        ax.plot([row.largest_regret], [y], "o", color=color, markersize=7, zorder=3)
        best = row.largest_regret < ROUNDING
        text = "best in each case" if best else f"{money(row.largest_regret, currency)}\n{row.worst}"
        annotate_right(ax, y, text)
    name_rows(ax, [plan[0].upper() + plan[1:] for plan in plans["plan"]])
    ax.axvline(0, color="#3B4149", linewidth=0.9)
    money_axis(ax, currency, which="x")
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlabel("profit below the best plan of the case")
    return ax
