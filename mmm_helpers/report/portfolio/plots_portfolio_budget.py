"""Charts of the budget over all markets: what each would spend, and what the change is expected to bring."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.budget.plots_budget import describe_budget, plot_budget, plot_scenarios
from mmm_helpers.report.style import ACCENT, QUIET
from mmm_helpers.report.words import join, money_interval


def plot_market_budgets(
    totals: pd.DataFrame, *, places: Mapping[str, str], currency: str, ax: Axes | None = None
) -> Axes:
    """Today's and recommended spend of each market, with how far its bounds reach.

    Parameters
    ----------
    totals : `market, current, recommended, lower, upper, withheld`; horizon totals. places : market → name.
    """
    rows = totals.rename(columns={"market": "channel"})
    colors = {r.channel: QUIET if r.withheld else ACCENT for r in rows.itertuples()}
    return plot_budget(rows, labels=places, colors=colors, currency=currency, ax=ax)


def describe_market_budgets(totals: pd.DataFrame, *, places: Mapping[str, str], currency: str) -> str:
    """The chart in words."""
    return describe_budget(totals.rename(columns={"market": "channel"}), labels=places, currency=currency)


def plot_market_gains(
    gains: pd.DataFrame, *, places: Mapping[str, str], currency: str, ax: Axes | None = None
) -> Axes:
    """Change of outcome by market as dot and 90 % interval, the chance of a loss beside it.

    Parameters
    ----------
    gains : rows of `portfolio_scenarios` of one plan, one a market.
    """
    rows = gains.assign(scenario=gains["market"])
    return plot_scenarios(rows, currency=currency, labels=places, ax=ax)


def describe_market_gains(gains: pd.DataFrame, *, places: Mapping[str, str], currency: str) -> str:
    """The chart in words."""
    parts = [
        f"{places.get(r.market, r.market)} "
        + money_interval(
            r.outcome_change_mean, r.outcome_change_q05, r.outcome_change_q95, currency, sign=True
        )
        for r in gains.itertuples()
    ]
    return f"Change of outcome with its 90 % interval: {join(parts)}."
