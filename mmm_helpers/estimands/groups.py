"""Channels that cannot be told apart, as one: their joint return, which the data do know."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.estimands.effects import STEP, compute_joint_effect, windows
from mmm_helpers.estimands.grading import SURE, weakest
from mmm_helpers.estimands.identification import (
    INSEPARABLE,
    MOSTLY_PRIOR,
    PRIOR_DOMINATED,
    trade_off,
)
from mmm_helpers.estimands.money import Money
from mmm_helpers.estimands.tiers import cell_prior, data_tier
from mmm_helpers.intervals import summarize
from mmm_helpers.model.areas import MARKET
from mmm_helpers.model.design import Design

PRIOR_DRAWS = 4000
KEYS = ["market", "region", "group", "channels", "period_start", "period_end", "spend"]
DRAWN = ("landed", "incremental", "roas", "mroas")
MARKS = ["p_above", "pooling_factor", "data_tier", "cause_mark", "identified", "reason", "decision_grade"]
COLUMNS = [*KEYS, *(f"{name}_{s}" for name in DRAWN for s in ("mean", "q05", "q50", "q95")), *MARKS]
"""Columns of the table `channel_groups`; `channels` are apart by "|"."""


def members(groups: pd.DataFrame) -> dict[str, str]:
    """Channel → its group, from the table `channel_groups`.

    Examples
    --------
    >>> members(pd.DataFrame({"group": ["tv+ooh"], "channels": ["tv|ooh"]}))
    {'tv': 'tv+ooh', 'ooh': 'tv+ooh'}
    """
    pairs = zip(groups["group"], groups["channels"], strict=True)
    return {channel: group for group, channels in pairs for channel in channels.split("|")}


def compute_channel_groups(
    design: Design,
    own: xr.Dataset,
    draws: xr.Dataset,
    money: Money,
    cells: pd.DataFrame,
    effects: pd.DataFrame,
    *,
    margin: float | None,
    market_may: bool,
    doubts: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """One row per group of channels that cannot be told apart: what they bring together in the last window.

    Parameters
    ----------
    own, draws : flattened draws of the market's own fit, and of the final posterior.
    cells : table `identification`. effects : table `channel_effects` with its marks.
    margin : contribution margin; None for the market's overall marginal return as break-even.
    market_may : whether computation and plausibility passed at a decision-grade profile.
    doubts : channels whose effect a time series cannot tell, and why; a group with one of them cannot be told either.

    Returns
    -------
    Columns `COLUMNS`; returns are those of moving all channels of the group together. No return where a channel
    of the group costs nothing: it does not move with spend.
    """
    named = cells[(cells["group"] != "") & (cells["region"] == MARKET)]
    total = effects[(effects["region"] == MARKET) & (effects["window"] == windows(design)[-1].name)]
    even = 1 / margin if margin else _overall_marginal(total)
    rows = []
    for group, channels in named.groupby("group", sort=False)["channel"].agg(list).items():
        keys = {"market": design.market, "region": MARKET, "group": group, "channels": "|".join(channels)}
        returns = _returns(design, draws, money, channels, even)
        doubted = [why for c, why in (doubts or {}).items() if c in channels]
        reason = doubted[0] if doubted else _reason(design, own, channels)
        sure = max(returns["p_above"], 1 - returns["p_above"]) >= SURE
        grade = {
            "identified": not reason,
            "reason": reason,
            "decision_grade": bool(sure and not reason and market_may),
        }
        rows.append(keys | returns | _marks(total[total["channel"].isin(channels)]) | grade)
    return pd.DataFrame(rows, columns=COLUMNS)


def _overall_marginal(total: pd.DataFrame) -> float:
    """The market's mean return on one per cent more of everything that is paid for."""
    paid = total[total["spend"] > 0]
    return float((paid["mroas_mean"] * paid["spend"]).sum() / paid["spend"].sum()) if len(paid) else np.nan


def _returns(design: Design, draws: xr.Dataset, money: Money, channels: list[str], break_even: float) -> dict:
    window = windows(design)[-1]
    effect = compute_joint_effect(design, draws, channels, window)
    spend = float(money.spend(effect.spend).sum())
    paid = _all_paid(design, channels) and spend > 0
    gain, marginal = (money.money(x).sum(axis=1) for x in (effect.incremental, effect.marginal))
    mroas = marginal / (STEP * spend) if paid else np.full(len(gain), np.nan)
    return (
        {
            "period_start": design.dates[window.start].date(),
            "period_end": design.dates[window.stop - 1].date(),
        }
        | {"spend": spend}
        | summarize(money.shown(effect.landed).sum(axis=1), "landed")
        | summarize(money.shown(effect.incremental).sum(axis=1), "incremental")
        | summarize(gain / spend if paid else mroas, "roas")
        | summarize(mroas, "mroas")
        | {"p_above": float((mroas > break_even).mean()) if paid else np.nan}
    )


def _all_paid(design: Design, channels: list[str]) -> bool:
    return all(design.paid[design.channels.index(c)] for c in channels)


def _marks(rows: pd.DataFrame) -> dict:
    """Tier of the mean pooling factor, by spend; the weakest cause mark."""
    weights = rows["spend"].fillna(0.0)
    factor = float(np.average(rows["pooling_factor"], weights=weights if weights.sum() > 0 else None))
    cause = weakest(rows["cause_mark"])
    return {"pooling_factor": factor, "data_tier": data_tier(factor), "cause_mark": cause}


def _reason(design: Design, own: xr.Dataset, channels: list[str]) -> str:
    """Why even the joint effect is not known; empty if it is."""
    if not _all_paid(design, channels):
        return "not all of it is paid for"
    where = [design.channels.index(c) for c in channels]
    others = [i for i in range(len(design.channels)) if i not in where]
    effects = own["log_effect"].transpose("sample", "region", "channel").to_numpy()
    size = design.prior_share * design.outcome_scale[:, None]
    level = (size * np.exp(effects)).sum(axis=1)
    joint = level[:, where].sum(axis=1)
    with_others = np.column_stack([joint, level[:, others]])
    if (trade_off(np.log(with_others), with_others)[0] < -INSEPARABLE).any():
        return "cannot be told apart from another channel"
    ratio = np.log(joint).std() / _joint_prior_sd(design, own, where)
    return MOSTLY_PRIOR if ratio >= PRIOR_DOMINATED else ""


def _joint_prior_sd(design: Design, own: xr.Dataset, where: list[int]) -> float:
    """Prior sd of the logarithm of what several channels bring together, by simulation."""
    rng = np.random.default_rng(0)
    regions, joint = len(design.regions), 0.0
    for c in where:
        log = rng.multivariate_normal(
            np.zeros(regions), cell_prior(design, own, c), size=PRIOR_DRAWS, method="eigh"
        )
        joint = joint + np.exp(log) @ (design.prior_share[:, c] * design.outcome_scale)
    return float(np.log(joint).std())
