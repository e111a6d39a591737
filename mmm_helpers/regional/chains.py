"""What a claimed conversion costs in each region, and the chains of rates that its cost is made of.

A chain is one way to write cost per conversion as a product. There are three, and they are never merged, since each
counts something else on the way:

* per impression: CPM / 1000 / (viewability × click-through × conversion rate),
* per click: CPC / conversion rate,
* per person reached: CPM / 1000 × frequency / conversions per person.

Conversions are what the advertising platforms claim. Reach is added up over the days or periods of the export, so a
person reached in two of them counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.report.data.eda import count_periods_per_year

COUNTS = ("spend", "impressions", "viewable_impressions", "clicks", "conversions", "reach")
"""What a platform counts; sums over periods have a meaning."""
STATES = ("click_to_order_days", "impression_share", "auction_overlap")
"""What a platform reports as a mean or a share."""


@dataclass(frozen=True)
class Factor:
    """One factor of a chain: `top` over `bottom`, times `scale`; a factor with `power` −1 makes conversions cheaper."""

    name: str
    label: str
    top: str
    bottom: str
    power: int
    scale: float = 1.0


CPM = Factor("cpm", "Cost per 1,000 impressions (CPM)", "spend", "impressions", 1, 1000.0)
VIEWABILITY = Factor("viewability", "Viewability", "viewable_impressions", "impressions", -1)
CLICK_THROUGH = Factor("click_through", "Click-through", "clicks", "viewable_impressions", -1)
CONVERSION = Factor("conversion_rate", "Conversions per click", "conversions", "clicks", -1)
CPC = Factor("cpc", "Cost per click (CPC)", "spend", "clicks", 1)
FREQUENCY = Factor("frequency", "Frequency", "impressions", "reach", 1)
PER_PERSON = Factor("conversions_per_person", "Conversions per person reached", "conversions", "reach", -1)
CHAINS: dict[str, tuple[Factor, ...]] = {
    "impression": (CPM, VIEWABILITY, CLICK_THROUGH, CONVERSION),
    "click": (CPC, CONVERSION),
    "person": (CPM, FREQUENCY, PER_PERSON),
}
"""Chain → its factors in their order."""
RATES = {f.name: f for chain in CHAINS.values() for f in chain}
"""Every factor by its name."""


def delivery_rows(panel: pd.DataFrame, *, channels: Sequence[str], rate: float = 1.0) -> pd.DataFrame:
    """The last year of what platforms report, one row per region, channel and period with delivery.

    A period in which a channel spent and one of its counts is unknown is left out whole, so that no rate mixes periods.

    Parameters
    ----------
    panel : one market: `region, date, spend_<channel>, <metric>_<channel>`.
    channels : paid channels.
    rate : reporting currency for one unit of the panel's.

    Returns
    -------
    DataFrame with `region, channel, date`, COUNTS and STATES; a metric that a channel has not is missing throughout.
    Channels without claimed conversions have no rows.

    Examples
    --------
    >>> panel = pd.DataFrame({"region": ["A"], "date": [pd.Timestamp("2025-01-06")], "spend_x": [50.0]})
    >>> delivery_rows(panel.assign(conversions_x=10.0), channels=["x"], rate=2.0)["spend"].tolist()
    [100.0]
    """
    dates = np.sort(panel["date"].unique())[-count_periods_per_year(panel) :]
    recent = panel[panel["date"] >= dates[0]]
    parts = [_channel_rows(recent, c) for c in channels if f"conversions_{c}" in recent]
    if not parts:
        return pd.DataFrame(columns=["region", "channel", "date", *COUNTS, *STATES])
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(spend=rows["spend"] * rate)


def _channel_rows(panel: pd.DataFrame, channel: str) -> pd.DataFrame:
    rows = panel[["region", "date"]].assign(channel=channel)
    for name in (*COUNTS, *STATES):
        rows[name] = panel.get(f"{name}_{channel}", pd.Series(np.nan, panel.index))
    known = [c for c in COUNTS if rows[c].notna().any()]
    off = rows["spend"].eq(0)
    rows.loc[off, known] = rows.loc[off, known].fillna(0)
    return rows[rows[known].notna().all(axis=1) & rows[known].gt(0).any(axis=1)]


def shared_channels(rows: pd.DataFrame, chain: str = "click") -> list[str]:
    """Channels whose chain is known and above zero in every region.

    Parameters
    ----------
    rows : result of `delivery_rows`.
    chain : key of CHAINS. Viewable impressions are no condition: without them impressions stand in their place.
    """
    factors = CHAINS[chain]
    needed = [
        c for c in COUNTS if any(c in (f.top, f.bottom) for f in factors) and c != "viewable_impressions"
    ]
    needed = [*dict.fromkeys(["spend", "conversions", *needed])]
    totals = rows.groupby(["channel", "region"])[needed].sum()
    whole = totals.gt(0).all(axis=1).groupby("channel").sum()
    return [c for c in dict.fromkeys(rows["channel"]) if whole[c] == rows["region"].nunique()]


def block_totals(
    rows: pd.DataFrame, *, regions: Sequence[str], channels: Sequence[str], blocks: int = 13
) -> dict[str, np.ndarray]:
    """COUNTS summed over blocks of neighbouring periods: count → array (blocks, regions, channels).

    Parameters
    ----------
    rows : result of `delivery_rows`.
    blocks : most blocks; no more than there are periods. Thirteen of a year of weeks hold four weeks each.
        Where viewable impressions are unknown, impressions stand in their place.
    """
    dates = np.sort(rows["date"].unique())
    block = pd.Series(np.arange(len(dates)) * min(blocks, len(dates)) // len(dates), index=dates)
    keyed = rows.assign(block=rows["date"].map(block).to_numpy())
    keyed["viewable_impressions"] = keyed["viewable_impressions"].fillna(keyed["impressions"])
    index = pd.MultiIndex.from_product(
        [range(min(blocks, len(dates))), regions, channels], names=["block", "region", "channel"]
    )
    sums = keyed.groupby(["block", "region", "channel"])[list(COUNTS)].sum(min_count=1).reindex(index)
    shape = tuple(len(level) for level in index.levels)
    return {c: _keep_unknown(sums[c].to_numpy().reshape(shape)) for c in COUNTS}


def _keep_unknown(sums: np.ndarray) -> np.ndarray:
    """A block without delivery is zero; a count that a channel never reports stays unknown."""
    never = np.isnan(sums).all(axis=0)
    return np.where(never, np.nan, np.nan_to_num(sums))


def factor_values(totals: Mapping[str, np.ndarray], factors: Sequence[Factor]) -> np.ndarray:
    """The factors of a chain as rates, shape of the totals with the factors as a last axis."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([f.scale * totals[f.top] / totals[f.bottom] for f in factors], axis=-1)
