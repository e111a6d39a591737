"""A market in one row: observed totals, what marketing brought, its return; and the portfolio's scoreboard."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.estimands.effects import compute_joint_effect, windows
from mmm_helpers.estimands.grading import weakest
from mmm_helpers.estimands.money import Money
from mmm_helpers.estimands.tiers import data_tier
from mmm_helpers.intervals import summarize
from mmm_helpers.model.design import Design
from mmm_helpers.model.folds import fold_length
from mmm_helpers.model.health import GATING

QUARTERS = 8
"""How many quarters the scoreboard's trend line shows at most."""


def compute_summary(
    design: Design, draws: xr.Dataset, fitted: np.ndarray, panel: pd.DataFrame, money: Money
) -> pd.DataFrame:
    """One row: the last 52 weeks of the market (all history where the data are shorter).

    Parameters
    ----------
    fitted : (sample, t, r) fitted outcome in the outcome's unit.
    panel : the market's panel; its period rates convert the observed totals.

    Returns
    -------
    Columns market, period_start, period_end, outcome, spend (observed, reporting currency at each period's
    rate), trend (sums of quarters as text), media_share_* (landed contribution of all channels over the
    fitted outcome), roas_* (all paid channels together), paid_spend (at the budget rate).
    """
    window = windows(design)[-1]
    paid = [c for c, is_paid in zip(design.channels, design.paid, strict=True) if is_paid]
    total = money.money(fitted[:, window.start : window.stop].sum(axis=1)).sum(axis=1)
    landed = money.money(compute_joint_effect(design, draws, design.channels, window).landed).sum(axis=1)
    spend, gain = 0.0, np.zeros(len(total))
    if paid:
        together = compute_joint_effect(design, draws, paid, window)
        spend = float(money.spend(together.spend).sum())
        gain = money.money(together.incremental).sum(axis=1)
    observed = observed_money(panel, money, design)
    recent = observed[observed.index >= design.dates[window.start]]
    row = {
        "market": design.market,
        "period_start": design.dates[window.start].date(),
        "period_end": design.dates[window.stop - 1].date(),
        "outcome": recent["outcome"].sum(),
        "spend": recent["spend"].sum(),
        "trend": trend_text(observed["outcome"], fold_length(design)),
        "paid_spend": spend,
    }
    share = summarize(landed / total, "media_share")
    return pd.DataFrame([row | share | summarize(gain / spend if spend > 0 else gain * np.nan, "roas")])


def observed_money(panel: pd.DataFrame, money: Money, design: Design) -> pd.DataFrame:
    """Observed outcome and spend per date in the reporting currency, at each period's own rate."""
    value = panel["region"].map(dict(zip(design.regions, money.value, strict=True)))
    if "value_per_unit" in panel:
        value = panel["value_per_unit"]
    spend = panel[[c for c in panel if c.startswith("spend_")]].sum(axis=1)
    frame = pd.DataFrame(
        {
            "outcome": panel["outcome"] * value * panel["fx"],
            "spend": spend * panel["fx"],
            "date": panel["date"],
        }
    )
    return frame.groupby("date").sum()


def trend_text(series: pd.Series, length: int) -> str:
    """Sums of the last blocks of `length` periods (a quarter), oldest first, apart by blanks.

    Examples
    --------
    >>> trend_text(pd.Series([1.0] * 27), 13)
    '13 13'
    """
    blocks = min(QUARTERS, len(series) // length)
    tail = series.iloc[len(series) - length * blocks :].to_numpy()
    return " ".join(f"{v:.6g}" for v in tail.reshape(blocks, length).sum(axis=1))


def compute_scoreboard(
    tables: Mapping[str, Mapping[str, pd.DataFrame]], labels: Mapping[str, str]
) -> pd.DataFrame:
    """One row per market for the home page.

    Parameters
    ----------
    tables : market → its tables `market_summary`, `channel_effects`, `model_health`.
    labels : market → name.

    Returns
    -------
    Columns market, label, outcome, trend, spend, media_share_*, roas_*, data_tier, cause_mark, health,
    period_end.
    """
    rows = []
    for code, own in tables.items():
        summary = own["market_summary"].iloc[0]
        row = {"market": code, "label": labels[code]}
        row |= summary.drop(["market", "period_start"]).to_dict()
        row |= {
            "data_tier": market_tier(own["channel_effects"]),
            "cause_mark": market_cause(own["channel_effects"]),
            "health": overall_health(own["model_health"]),
        }
        rows.append(row)
    return pd.DataFrame(rows)


def market_tier(effects: pd.DataFrame) -> str:
    """Tier of the market as a whole: of the mean pooling factor of its channels, weighted by spend."""
    last = effects[(effects["region"] == "all") & (effects["window"] == effects["window"].iloc[-1])]
    return spend_tier(last)


def spend_tier(rows: pd.DataFrame) -> str:
    """Tier of the mean pooling factor of several channels, weighted by spend where there is any.

    Examples
    --------
    >>> spend_tier(pd.DataFrame({"pooling_factor": [0.1, 0.9], "spend": [1.0, 99.0]}))
    'transferred'
    """
    paid = rows[rows["spend"] > 0]
    if paid.empty:
        return data_tier(float(rows["pooling_factor"].mean()))
    return data_tier(float(np.average(paid["pooling_factor"], weights=paid["spend"])))


def market_cause(effects: pd.DataFrame) -> str:
    """Cause mark of the market as a whole: the weakest of its channels."""
    return weakest(effects["cause_mark"])


def overall_health(health: pd.DataFrame) -> str:
    """Fail if a check failed that withdraws recommendations, review if any other did not pass, else pass."""
    if (health.loc[health["part"].isin(GATING), "status"] == "fail").any():
        return "fail"
    return "pass" if (health["status"] == "pass").all() else "review"
