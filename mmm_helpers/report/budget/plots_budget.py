"""Charts of decisions: today's budget beside the recommended one, and scenarios with their ranges."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.style import (
    BASE,
    QUIET,
    annotate_right,
    draw_interval,
    money_axis,
    name_rows,
    new_axes,
)
from mmm_helpers.report.words import chance, is_missing, join, money, money_interval, percent


def plot_budget(
    plan: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    currency: str,
    ax: Axes | None = None,
) -> Axes:
    """Today's budget (grey bar) and the recommended one (coloured bar), with the bounds it may move within.

    Parameters
    ----------
    plan : rows of `budget_plan` of one region: `channel, current, recommended, lower, upper`; horizon totals.
    """
    rows = plan.sort_values("current", ascending=False)
    ax = new_axes(height=1.0 + 0.5 * max(len(rows), 2), ax=ax)
    for y, row in enumerate(rows.itertuples()):
        ax.barh(y - 0.19, row.current, 0.32, color=BASE)
        ax.barh(y + 0.19, row.recommended, 0.32, color=colors.get(row.channel, QUIET))
        ax.plot(
            [row.lower, row.upper], [y + 0.19] * 2, color="#3B4149", linewidth=1.2, marker="|", markersize=6
        )
        change = row.recommended / row.current - 1 if row.current > 0 else float("nan")
        text = f"  {money(row.current, currency)} → {money(row.recommended, currency)}"
        text += f"  ({percent(change, sign=True)})" if abs(change) >= 0.005 else "  (unchanged)"
        ax.text(max(row.current, row.recommended, row.upper), y, text, va="center", fontsize=8.5)
    name_rows(ax, [labels.get(c, c) for c in rows["channel"]])
    ax.set_xlim(0, float(rows[["current", "recommended", "upper"]].max().max()) * 1.45)
    money_axis(ax, currency, which="x")
    ax.locator_params(axis="x", nbins=5)
    return ax


def describe_budget(plan: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """The plan as a sentence, for people who cannot see the chart."""
    parts = [
        f"{labels.get(r.channel, r.channel)} from {money(r.current, currency)} "
        f"to {money(r.recommended, currency)}"
        for r in plan.sort_values("current", ascending=False).itertuples()
    ]
    return f"Budget now and recommended: {join(parts)}."


def plot_scenarios(
    scenarios: pd.DataFrame, *, currency: str, labels: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Change of outcome in each scenario as dot and 90 % interval, its chance of a loss beside it.

    Parameters
    ----------
    scenarios : `scenario, outcome_change_mean, outcome_change_q05, outcome_change_q95, p_loss`.
    """
    ax = new_axes(height=0.9 + 0.52 * max(len(scenarios), 2), ax=ax)
    for y, row in enumerate(scenarios.itertuples()):
        values = (row.outcome_change_mean, row.outcome_change_q05, row.outcome_change_q95)
        draw_interval(ax, y, *values, color="#0072B2")
        loss = "" if is_missing(row.p_loss) else f"\nchance of a loss: {chance(row.p_loss)}"
        text = money_interval(*values, currency, sign=True) + loss
        annotate_right(ax, y, text)
    name_rows(ax, [(labels or {}).get(s, s) for s in scenarios["scenario"]])
    ax.axvline(0, color="#3B4149", linewidth=0.9)
    money_axis(ax, currency, which="x")
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlabel("change of outcome")
    return ax
