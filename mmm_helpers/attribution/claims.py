"""What journeys claim about a test's own spend, so that lift and credit are about the same money.

A test that holds spend back leaves no touches to credit. What credit says about the test is therefore the credit per
unit of spend, times the spend that moved. Journeys carry no region, so this rate is the market's over the journeys'
dates; by how much such a rate differs between regions and over time is measured from what platforms report, and widens
the claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

RATE_SD = 0.25
"""Sd of the log of a credit rate between places and times where no platform reports conversions to measure it by."""
LEAST_BLOCKS = 6
"""Cells of region and time that a measured spread of rates needs."""
NORMAL_RANGE = 2 * 1.6448536269514722
AVERAGE = ("go_dark", "roas")
"""Designs about all of the tested spend; `scale` is about the next unit of it."""
CLAIM_COLUMNS = [
    "experiment", "channel", "start", "end", "spend_moved", "lift", "lift_sd", "claimed", "claim_sd", "used", "reason"
]  # fmt: skip


def credit_per_spend(credits: pd.DataFrame, spend: Mapping[str, float], *, rate: float = 1.0) -> pd.DataFrame:
    """Credit in money per unit of spend, by model and channel, over the journeys' dates.

    Parameters
    ----------
    credits : `model, channel, credit_value`. spend : channel → spend on the same dates, in the result's money.
    rate : money of the result for one unit of `credit_value`.

    Returns
    -------
    `model, channel, claimed_return`; channels without spend are left out, for there is nothing to divide by.
    """
    own = credits[credits["channel"].map(lambda c: spend.get(c, 0.0) > 0)]
    returns = own["credit_value"] * rate / own["channel"].map(spend)
    return own[["model", "channel"]].assign(claimed_return=returns.astype(float)).reset_index(drop=True)


def rate_spread(
    panel: pd.DataFrame, channel: str, *, periods: int, span: tuple[pd.Timestamp, pd.Timestamp] | None = None
) -> float:
    """Sd of the log of conversions per unit of spend between regions and stretches of time.

    Parameters
    ----------
    panel : `region, date, spend_<channel>, conversions_<channel>`. periods : length of a stretch.
    span : dates that the stretches have to lie in; None for all.

    Returns
    -------
    `RATE_SD` where too little is reported to tell.
    """
    columns = [f"spend_{channel}", f"conversions_{channel}"]
    if not set(columns) <= set(panel):
        return RATE_SD
    known = panel.dropna(subset=columns)
    if span is not None:
        known = known[known["date"].between(*span)]
    block = known["date"].rank(method="dense").sub(1) // max(periods, 1)
    sums = known.groupby([known["region"], block])[columns].sum()
    sums = sums[(sums > 0).all(axis=1)]
    if len(sums) < LEAST_BLOCKS:
        return RATE_SD
    return float(np.log(sums[columns[1]] / sums[columns[0]]).std(ddof=1))


def claims_of_tests(
    experiments: pd.DataFrame,
    claimed: Mapping[str, float],
    spread: Mapping[str, float],
    *,
    left_out: Mapping[str, str] | None = None,
    average_over_marginal: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """One row per declared test: its lift in money, what credit claims about the same spend, and whether they meet.

    Parameters
    ----------
    experiments : table `experiments`. claimed : channel → credit per unit of spend. spread : experiment → sd of log of
        that rate in the test's cells and dates (`rate_spread`).
    left_out : experiment → why it may not be used.
    average_over_marginal : channel → average over marginal return by a model; without it a test that raised spend says
        nothing about the average return, and stays out.

    Returns
    -------
    Columns `CLAIM_COLUMNS`; amounts in the reporting currency, `lift` for the money that moved, its sign such that
    more is better. Tests that are not used have a reason.
    """
    rows = []
    ratios, left_out = average_over_marginal or {}, left_out or {}
    for test in experiments[experiments["kind"] == "experiment"].to_dict("records"):
        why = left_out.get(test["experiment"]) or _unusable(test, claimed, ratios)
        factor = 1.0 if test["design"] in AVERAGE else ratios.get(test["channel"], np.nan)
        moved = abs(float(test["spend_change"]))
        rows.append(
            {name: test[name] for name in ("experiment", "channel", "start", "end")}
            | {
                "spend_moved": moved,
                "lift": test["iroas_mean"] * moved * factor,
                "lift_sd": (test["iroas_q95"] - test["iroas_q05"]) / NORMAL_RANGE * moved * factor,
                "claimed": claimed.get(test["channel"], np.nan) * moved,
                "claim_sd": spread.get(test["experiment"], RATE_SD),
                "used": not why,
                "reason": why or "spend that was held back, lift and credit for the same money",
            }
        )
    return pd.DataFrame(rows, columns=CLAIM_COLUMNS)


def _unusable(test: Mapping[str, Any], claimed: Mapping[str, float], ratios: Mapping[str, float]) -> str:
    """Why a test says nothing about the average factor; empty if it does."""
    if not np.isfinite([test["iroas_mean"], test["iroas_q05"], test["iroas_q95"]]).all():
        return "it could not be measured"
    if not claimed.get(test["channel"], 0) > 0:
        return "journeys do not see the channel"
    if test["design"] not in AVERAGE and test["channel"] not in ratios:
        return "it raised spend, and so tells the next unit's return; credit is about the average"
    return ""
