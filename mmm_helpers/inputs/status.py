"""Whether each channel ran in each region, and since when: the table `channel_status`."""

from __future__ import annotations

import pandas as pd

from mmm_helpers.inputs.history import span_of
from mmm_helpers.inputs.panel import Unified
from mmm_helpers.inputs.portfolio import Portfolio


def compute_channel_status(portfolio: Portfolio, market: str, unified: Unified) -> pd.DataFrame:
    """Status of each channel in each region.

    Returns
    -------
    DataFrame with market, region, channel, status, first_date (ISO day of the first value above zero).
        `active`: some spend (activity for unpaid channels) is above zero. `unknown`: none is, but some is
        unknown while the region's outcome ran. `absent`: no source gives the channel, or all its values are zero.
    """
    rows = []
    for code, channel in portfolio.market_channels(market).items():
        column = f"spend_{code}" if channel.paid else f"activity_{code}"
        for region in unified.axes.regions:
            rows.append((market, region, code, *_status(unified.panel, column, region)))
    table = pd.DataFrame(rows, columns=["market", "region", "channel", "status", "first_date"])
    return table.sort_values(["region", "channel"], kind="stable", ignore_index=True)


def _status(panel: pd.DataFrame, column: str, region: str) -> tuple[str, str]:
    own = panel[panel["region"] == region]
    positive = own.loc[own[column] > 0, "date"]
    if not positive.empty:
        return "active", str(positive.min().date())
    ran = span_of(own[["outcome"]].to_numpy())[:, 0]
    return ("unknown" if own.loc[ran, column].isna().any() else "absent"), ""
