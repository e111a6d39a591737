"""What may lie behind a region's costs: how hard auctions are, how often people see the same, how long they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mmm_helpers.regional.chains import COUNTS

if TYPE_CHECKING:
    from mmm_helpers.inputs.spec_model import Control

PERIODS, BLOCKS = 52, 13
"""Most periods that a year is seen in, and blocks of them that count as one where time is what repeats."""
EDGE = 0.01
"""Shares are kept this far from 0 and 1 before odds are taken."""
DRIVERS = {
    "pressure": "competition in the auctions",
    "frequency": "impressions per person reached",
    "days": "days from click to order",
}
"""Driver → what it is; each is a logarithm, so that a slope is an elasticity (for `pressure`, log-odds)."""


def find_confounders(panel: pd.DataFrame, controls: Mapping[str, Control]) -> list[str]:
    """Columns of the panel's controls that move both spend and outcome, by their declared role."""
    named = [f"control_{name}" for name, control in controls.items() if control.role == "confounder"]
    return [c for c in named if c in panel]


def driver_rows(
    rows: pd.DataFrame, *, panel: pd.DataFrame | None = None, controls: Sequence[str] = ()
) -> pd.DataFrame:
    """What drives costs and what it would drive, by region, channel and stretch of the year.

    Parameters
    ----------
    rows : result of `chains.delivery_rows`.
    panel, controls : the panel, and those of its columns that move both spend and demand; their mean is added.

    Returns
    -------
    `region, channel, period, block, log_cpm, log_yield` (conversions per impression), DRIVERS and controls. `pressure`
    is the mean of the log-odds of losing an auction (one minus impression share) and of meeting a competitor in it
    (auction overlap), whichever are known. Only cells with conversions; a driver that a channel lacks is missing.
    """
    dates = np.sort(rows["date"].unique())
    count = min(PERIODS, len(dates))
    number = pd.Series(np.arange(len(dates)) * count // len(dates), index=dates)
    keyed = rows.assign(period=rows["date"].map(number).to_numpy(), pressure=_pressure(rows))
    keyed["days"] = np.log(keyed["click_to_order_days"].where(keyed["click_to_order_days"] > 0))
    keys = ["region", "channel", "period"]
    cells = keyed.groupby(keys)[list(COUNTS)].sum(min_count=1)
    cells = cells[cells[["spend", "impressions", "conversions"]].gt(0).all(axis=1)]
    logs = np.log(cells.where(cells > 0))
    found = pd.DataFrame(
        {
            "log_cpm": logs["spend"] - logs["impressions"],
            "log_yield": logs["conversions"] - logs["impressions"],
            "frequency": logs["impressions"] - logs["reach"],
        }
    )
    found = found.join(keyed.groupby(keys)[["pressure", "days"]].mean()).reset_index()
    found["block"] = found["period"] * min(BLOCKS, count) // count
    return (
        found.merge(_control_means(panel, controls, number), on=["region", "period"]) if controls else found
    )


def _pressure(rows: pd.DataFrame) -> pd.Series:
    lost = _log_odds(1 - rows["impression_share"].astype(float))
    met = _log_odds(rows["auction_overlap"].astype(float))
    return pd.concat([lost, met], axis=1).mean(axis=1)


def _log_odds(share: pd.Series) -> pd.Series:
    inside = share.clip(EDGE, 1 - EDGE)
    return np.log(inside / (1 - inside))


def _control_means(panel: pd.DataFrame, controls: Sequence[str], number: pd.Series) -> pd.DataFrame:
    known = panel[panel["date"].isin(number.index)]
    keyed = known.assign(period=known["date"].map(number).to_numpy())
    return keyed.groupby(["region", "period"])[list(controls)].mean().reset_index()


def driver_levels(rows: pd.DataFrame) -> pd.DataFrame:
    """Each region's mean of what platforms report about drivers: in words' units, for sentences and tables.

    Returns
    -------
    Indexed by region: `cpm, frequency, click_to_order_days, impression_share, auction_overlap`; all channels together,
    weighted by clicks (days) and impressions (the others); a channel that lacks a measure counts for none of it.
    """
    sums = rows.groupby("region")[["spend", "impressions"]].sum()
    table = pd.DataFrame({"cpm": 1000 * sums["spend"] / sums["impressions"]})
    reached = rows[rows["reach"].notna()].groupby("region")[["impressions", "reach"]].sum()
    table["frequency"] = reached["impressions"] / reached["reach"]
    weights = {
        "click_to_order_days": "clicks",
        "impression_share": "impressions",
        "auction_overlap": "impressions",
    }
    for name, weight in weights.items():
        known = rows[rows[name].notna() & rows[weight].gt(0)]
        part = (known[name] * known[weight]).groupby(known["region"]).sum()
        table[name] = part / known.groupby("region")[weight].sum()
    return table
