"""What the regression gets wrong, against the truth of a simulated company; real data have none.

The demo's folder holds the truth that its simulation computed (`truth/channel_effects.csv`). It is used only
if it belongs to the data at hand: its spend must be theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from mmm_helpers.regression.design import RegressionData, select_region
from mmm_helpers.regression.grid import RetentionSearch, search_retentions, without_carry_over
from mmm_helpers.regression.ols import fit_ols

TRUTH_FILE = Path("truth") / "channel_effects.csv"
ALL_HISTORY = "all_history"
SAME_SPEND = 1e-3
"""Share by which total spend may differ for the truth to be that of these data (rounding of exports)."""

DEMAND = "control_demand_index"
"""The demo's control for demand, which spend follows."""

BOTH, OPEN = "both", "both, carry-over left open"
NO_DEMAND, NO_CARRY_OVER, NEITHER = "no demand control", "no carry-over", "neither"


def read_truth(folder: Path) -> pd.DataFrame | None:
    """The truth that lies beside a portfolio file; None if there is none, as for all real data.

    Parameters
    ----------
    folder : of the portfolio file.
    """
    path = folder / TRUTH_FILE
    if not path.exists():
        return None
    # Norway's code is NO; a region may be called NA
    return pd.read_csv(path, dtype={"market": str, "region": str}, keep_default_na=False, na_values=[""])


def find_truth(
    truth: pd.DataFrame | None, panel: pd.DataFrame, *, market: str, region: str, channels: Sequence[str]
) -> pd.DataFrame | None:
    """True return and marginal return of each channel of a region over all history.

    Parameters
    ----------
    truth : result of `read_truth`: `market, region, channel, window, spend, incremental, roas, mroas`.
    panel : the market's panel, in the same currency.
    market, region : codes.
    channels : `a+b` is a group, whose return is that of its spend together.

    Returns
    -------
    DataFrame by channel with `truth, marginal, true_spend`; None if there is no truth, or it is that of other data.
    """
    if truth is None:
        return None
    own = truth[(truth["market"] == market) & (truth["region"] == region) & (truth["window"] == ALL_HISTORY)]
    own, rows = own.set_index("channel"), select_region(panel, region)
    found = {c: _of_channel(own, rows, c.split("+")) for c in channels}
    if not found or any(f is None for f in found.values()):
        return None
    return pd.DataFrame(found, index=["truth", "marginal", "true_spend"]).T.rename_axis("channel")


def compute_variants(
    data: RegressionData,
    search: RetentionSearch,
    truth: pd.DataFrame,
    *,
    opened: pd.DataFrame,
    demand: str = DEMAND,
) -> pd.DataFrame:
    """The regression with and without the demand control and carry-over, beside the truth.

    All variants use the same periods.

    Parameters
    ----------
    data, search : the regression of the page and its carry-over.
    truth : result of `find_truth`.
    opened : result of `open_carry_over`.
    demand : column of the demand control; without it in the data, only carry-over is varied.

    Returns
    -------
    DataFrame with `variant, channel, roas_mean, roas_q05, roas_q95, truth, marginal, holds, holds_marginal`.
    """
    parts = [fit_ols(data, search.best).returns.assign(variant=BOTH)]
    parts += [opened.assign(variant=OPEN)]
    parts += [fit_ols(data, without_carry_over(data)).returns.assign(variant=NO_CARRY_OVER)]
    if demand in data.others:
        less = replace(data, others=data.others.drop(columns=demand))
        parts += [fit_ols(less, search_retentions(less).best).returns.assign(variant=NO_DEMAND)]
        parts += [fit_ols(less, without_carry_over(less)).returns.assign(variant=NEITHER)]
    rows = pd.concat(parts, ignore_index=True).join(truth[["truth", "marginal"]], on="channel")
    for name, value in (("holds", rows["truth"]), ("holds_marginal", rows["marginal"])):
        rows[name] = rows["roas_q05"].le(value) & value.le(rows["roas_q95"])
    kept = [
        "variant",
        "channel",
        "roas_mean",
        "roas_q05",
        "roas_q95",
        "truth",
        "marginal",
        "holds",
        "holds_marginal",
    ]
    return rows[kept]


def summarize_variants(variants: pd.DataFrame) -> pd.DataFrame:
    """One row a variant: how many intervals hold the truth, and the typical miss.

    Returns
    -------
    DataFrame with `variant, channels, holds, holds_marginal, miss` (median of |estimate − truth|) and
    `too_low` (estimates below the true return), in the order of the variants.
    """
    rows = [
        {
            "variant": name,
            "channels": len(own),
            "holds": int(own["holds"].sum()),
            "holds_marginal": int(own["holds_marginal"].sum()),
            "too_low": int((own["roas_mean"] < own["truth"]).sum()),
            "miss": float((own["roas_mean"] - own["truth"]).abs().median()),
        }
        for name, own in variants.groupby("variant", sort=False)
    ]
    return pd.DataFrame(rows)


def compute_shift(variants: pd.DataFrame, *, channel: str, without: str) -> dict[str, float]:
    """One channel's estimate with everything, and `without` one thing, beside the truth.

    Parameters
    ----------
    variants : result of `compute_variants`.
    channel : code; without : a variant.
    """
    own = variants[variants["channel"] == channel].set_index("variant")
    return {
        "with": float(own.loc[BOTH, "roas_mean"]),
        "without": float(own.loc[without, "roas_mean"]),
        "truth": float(own.loc[BOTH, "truth"]),
    }


def find_chaser(data: RegressionData, *, demand: str = DEMAND) -> tuple[str, float] | None:
    """The channel whose spend follows the demand control most closely, and the correlation; None without it."""
    if demand not in data.others:
        return None
    used = data.usable
    follows = data.spend[used].corrwith(data.others.loc[used, demand])
    return str(follows.idxmax()), float(follows.max())


def find_clearest(search: RetentionSearch) -> tuple[str, float]:
    """The channel whose carry-over the data show most clearly, and how much worse (AIC) it fits without."""
    without = search.curve[search.curve["retention"] == 0].set_index("channel")["aic_difference"]
    return str(without.idxmax()), float(without.max())


def _of_channel(own: pd.DataFrame, rows: pd.DataFrame, members: Sequence[str]) -> list[float] | None:
    """Return, marginal return (by spend) and spend of a channel or group; None if the spend is not the same."""
    if not set(members) <= set(own.index):
        return None
    mine = np.array([rows[f"spend_{c}"].sum() for c in members])
    theirs = own.loc[list(members), "spend"].to_numpy(dtype=float)
    if not np.allclose(mine, theirs, rtol=SAME_SPEND, atol=0):
        return None
    members = list(members)
    returns = [float(np.average(own.loc[members, v], weights=theirs)) for v in ("roas", "mroas")]
    return [*returns, float(theirs.sum())]
