"""First look at a market's data: tables and sentences for the page that shows the data as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mmm_helpers.report.blocks import readable
from mmm_helpers.report.marks import chip
from mmm_helpers.report.words import count, day, join, money, percent

if TYPE_CHECKING:
    from mmm_helpers.inputs.spec_model import Channel, Outcome

YEAR_OF_WEEKS = 52
SOME_CORRELATION = 0.5
HIGH_CORRELATION = 0.8
"""Two channels that move together this closely can hardly be told apart."""


def channel_labels(channels: Mapping[str, Channel]) -> dict[str, str]:
    """Names of channels for readers: the label, else the code."""
    return {code: channel.label or code for code, channel in channels.items()}


def money_panel(panel: pd.DataFrame, outcome: Outcome) -> pd.DataFrame:
    """The panel with its outcome in money: units times what one unit is worth.

    Parameters
    ----------
    panel : with `outcome`, and `value_per_unit` where the portfolio names a column.
    outcome : the portfolio's outcome section.
    """
    value = outcome.value_per_unit
    factor = panel["value_per_unit"] if isinstance(value, str) else (1.0 if value is None else value)
    return panel.assign(outcome=panel["outcome"] * factor)


def count_periods_per_year(panel: pd.DataFrame) -> int:
    """Periods of a year by the panel's spacing: 365 daily, 52 weekly, 12 monthly."""
    dates = pd.Series(sorted(panel["date"].unique()))
    days = dates.diff().dt.days.median() if len(dates) > 1 else 7
    return 365 if days < 2 else (12 if days > 20 else YEAR_OF_WEEKS)


def compute_last_year(panel: pd.DataFrame) -> dict[str, float]:
    """Totals of the last year of data: `outcome`, `spend`, and their change on the year before.

    Returns
    -------
    `outcome, spend` in money, `outcome_change, spend_change` as shares; the changes are missing where there
    is no whole year before.
    """
    year = count_periods_per_year(panel)
    columns = ["outcome", *(c for c in panel if c.startswith("spend_"))]
    by_date = panel.groupby("date")[columns].sum().sort_index()
    by_date = pd.DataFrame({"outcome": by_date["outcome"], "spend": by_date.iloc[:, 1:].sum(axis=1)})
    last, before = by_date.iloc[-year:].sum(), by_date.iloc[-2 * year : -year].sum()
    whole = len(by_date) >= 2 * year
    change = last / before.where(before > 0) - 1 if whole else last * np.nan
    return {**last.to_dict(), **{f"{k}_change": float(v) for k, v in change.items()}}


def describe_panel(panel: pd.DataFrame, *, label: str, currency: str) -> str:
    """What the data hold, as sentences: how long, how many regions, how much, and how it changed.

    Parameters
    ----------
    panel : outcome in money.
    label : the market's name.
    """
    first = panel.loc[panel["outcome"].notna(), "date"].min()
    regions, periods = panel["region"].nunique(), panel.loc[panel["date"] >= first, "date"].nunique()
    unit = {365: "day", 52: "week", 12: "month"}[count_periods_per_year(panel)]
    totals = compute_last_year(panel)
    last = min(periods, count_periods_per_year(panel))
    text = (
        f"{label} brings **{count(periods, unit)}** of data in **{count(regions, 'region')}**. "
        f"The last {count(last, unit)} saw an outcome of **{money(totals['outcome'], currency)}** "
        f"and a spend of **{money(totals['spend'], currency)}** (observed)"
    )
    if pd.isna(totals["outcome_change"]):
        return text + "; there is no whole year before to compare with."
    return (
        f"{text}: {percent(totals['outcome_change'], sign=True)} and "
        f"{percent(totals['spend_change'], sign=True)} on the year before."
    )


def compute_channel_summary(
    panel: pd.DataFrame, channel_status: pd.DataFrame, *, labels: Mapping[str, str]
) -> pd.DataFrame:
    """One row a channel: state, first date, share of periods active, spend of the last year and its share.

    Parameters
    ----------
    panel : `date, spend_<channel>, activity_<channel>`.
    channel_status : `region, channel, status, first_date`.
    labels : channel → name; rows come in this order.
    """
    year = count_periods_per_year(panel)
    last = panel[panel["date"].isin(sorted(panel["date"].unique())[-year:])]
    total = last[[c for c in panel if c.startswith("spend_")]].sum().sum()
    rows = []
    for code, name in labels.items():
        own = channel_status[channel_status["channel"] == code]
        present = own[own["status"] != "absent"]
        column = next((c for c in (f"spend_{code}", f"activity_{code}") if c in panel), None)
        active = panel.groupby("date")[column].sum() > 0 if column else pd.Series(dtype=bool)
        paid = column == f"spend_{code}" and not present.empty
        spend = float(last[column].sum()) if paid else float("nan")
        rows.append(
            {
                "channel": name,
                "status": "absent" if present.empty else ("active" if paid else "active, unpaid"),
                "regions": len(present),
                "first_date": day(pd.to_datetime(present["first_date"]).min() if len(present) else None),
                "periods_active": float(active.mean()) if len(present) and len(active) else float("nan"),
                "spend_last_year": spend,
                "share_of_spend": spend / total if total else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def describe_channels(summary: pd.DataFrame) -> str:
    """Where the money went and which channels are missing, as a sentence.

    Parameters
    ----------
    summary : result of `compute_channel_summary`.
    """
    paid = summary.dropna(subset=["share_of_spend"]).nlargest(3, "share_of_spend")
    parts = [f"{r.channel} ({percent(r.share_of_spend)})" for r in paid.itertuples()]
    absent = summary.loc[summary["status"] == "absent", "channel"].tolist()
    text = f"Most of the last year's spend went to {join(parts)}."
    return text + (
        f" {join(absent)} {'was' if len(absent) == 1 else 'were'} never used here." if absent else ""
    )


def describe_correlation(correlation: pd.DataFrame) -> str:
    """The two channels that move most alike, and what that means, as sentences.

    Parameters
    ----------
    correlation : square table that holds `Outcome` and channels by name.
    """
    channels = correlation.drop(index="Outcome", columns="Outcome", errors="ignore")
    above = np.triu(np.ones(channels.shape, dtype=bool), k=1)
    pairs = channels.where(above).stack()
    if pairs.empty:
        return "There are not two channels to compare."
    (first, second), value = pairs.idxmax(), float(pairs.max())
    meaning = "the data can tell them apart"
    if value >= SOME_CORRELATION:
        meaning = "close enough to widen their ranges, not so close that they cannot be told apart"
    if value >= HIGH_CORRELATION:
        meaning = "the data can hardly tell their effects apart"
    shown = f"{value:.2f}".replace("-", "−")
    return f"The two channels that move most alike are **{first} and {second}** ({shown}): {meaning}."


def describe_quality(quality: pd.DataFrame) -> str:
    """How many checks of the data passed, and which need a look, as a sentence.

    Parameters
    ----------
    quality : table `data_quality`: `check, status`.
    """
    review = quality[quality["status"] != "pass"]
    text = f"**{len(quality) - len(review)} of {len(quality)}** checks of the data passed"
    if review.empty:
        return f"{text}; totals before and after unification agree."
    names = join([c.replace("_", " ") for c in review["check"]])
    return f"{text}; worth a look: {names}."


def quality_formats() -> dict[str, Callable[[object], str]]:
    """How the columns of `data_quality` are written on a page: status as a chip, checks as words."""
    return {"check": lambda c: readable(str(c)), "status": lambda s: chip(str(s))}


def summarize_provenance(provenance: Mapping[str, object], *, profile: str) -> dict[str, object]:
    """The provenance record, shortened for a page: files with hash and rows, assumptions, versions."""
    files = {
        str(s["path"]): f"{s['rows_used']:,} of {s['rows_read']:,} rows used; SHA-256 {s['sha256'][:12]}…"
        for s in provenance.get("sources", [])
    }
    return {
        "market": provenance.get("market", ""),
        "portfolio_file": provenance.get("portfolio_file", ""),
        "profile": profile,
        "files": files,
        "assumptions": list(provenance.get("assumptions", [])) or "none",
        "versions": provenance.get("versions", {}),
    }
