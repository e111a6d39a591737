"""What a conversion costs by the platform's count, beside what the model says that the money truly brought."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mmm_helpers.regional.chains import shared_channels

BOUNDS = ("q05", "q50", "q95")


def compute_claimed(rows: pd.DataFrame, *, channels: Sequence[str]) -> pd.DataFrame:
    """Cost per claimed conversion by region and channel: `region, channel, spend, conversions, cpa`."""
    sums = rows[rows["channel"].isin(channels)].groupby(["region", "channel"], sort=False)
    frame = sums[["spend", "conversions"]].sum().reset_index()
    frame = frame[frame["conversions"] > 0]
    return frame.assign(cpa=frame["spend"] / frame["conversions"])


def compare_costs(rows: pd.DataFrame, effects: pd.DataFrame, *, base: str, region: str) -> pd.DataFrame:
    """Each channel's claimed and incremental cost in two regions.

    Parameters
    ----------
    rows : result of `chains.delivery_rows`.
    effects : rows of `channel_effects` of regions, last window; money in the unit of `rows`.

    Returns
    -------
    One row per channel: `channel`; for each of `base` and `region` (prefix `base_`, `region_`) `cpa` (claimed),
    `cost_*` (q05, q50, q95 of the cost per incremental unit of outcome) and `brought_*` (incremental money behind one
    claimed conversion); `claimed_ratio`, and `ratio_*` of the incremental costs, region over base, their errors
    independent; `data_tier, cause_mark` of the region's cell. Channels that either side lacks are left out.
    """
    claimed = compute_claimed(rows, channels=shared_channels(rows))
    both = claimed.merge(effects.drop(columns=["spend"]), on=["region", "channel"])
    both = both.assign(**{f"brought_{q}": both["cpa"] * both[f"roas_{q}"] for q in BOUNDS})
    names = {f"cost_per_incremental_{q}": f"cost_{q}" for q in BOUNDS}
    kept = ["cpa", *names.values(), *(f"brought_{q}" for q in BOUNDS)]
    both = both.rename(columns=names).set_index(["channel"])
    one, other = (both[both["region"] == r] for r in (base, region))
    order = [c for c in dict.fromkeys(claimed["channel"]) if c in one.index and c in other.index]
    one, other = one.loc[order], other.loc[order]
    table = one[kept].add_prefix("base_").join(other[kept].add_prefix("region_"))
    table["claimed_ratio"] = other["cpa"] / one["cpa"]
    return table.join(_ratio(one, other)).join(other[["data_tier", "cause_mark"]]).reset_index()


def _ratio(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Quantiles of the ratio of two log-normal costs; regions that err alike would give a narrower one."""
    logs = [np.log(side[[f"cost_{q}" for q in BOUNDS]].to_numpy(float)) for side in (one, other)]
    middle = logs[1][:, 1] - logs[0][:, 1]
    wide = np.hypot(*[(v[:, 2] - v[:, 0]) / 2 for v in logs])
    values = np.exp(np.column_stack([middle - wide, middle, middle + wide]))
    return pd.DataFrame(values, index=one.index, columns=[f"ratio_{q}" for q in BOUNDS])


def compute_headroom(effects: pd.DataFrame, *, channels: Sequence[str]) -> pd.Series:
    """Region → return of one more unit of money over the average return, weighted by spend: low means saturated."""
    paid = effects[effects["channel"].isin(channels) & effects["spend"].gt(0)]
    sums = paid.assign(more=paid["spend"] * paid["mroas_mean"], so_far=paid["spend"] * paid["roas_mean"])
    by_region = sums.groupby("region")[["more", "so_far"]].sum()
    return by_region["more"] / by_region["so_far"]
