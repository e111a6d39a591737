"""How long an effect lasts, in words and rows: what comes at once, when half has arrived, when it is strongest."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.intervals import interval
from mmm_helpers.report.returns import of_total
from mmm_helpers.report.words import count, percent_interval, significant

TITLES = {
    "at_once": "At once (90 %)",
    "half_life": "Half has arrived after (90 %)",
    "strongest": "Strongest",
}
"""Headings of the table of carry-over."""


def describe_carryover(carryover: pd.DataFrame, *, labels: Mapping[str, str], unit: str) -> str:
    """Longest and shortest effect, as a sentence.

    Parameters
    ----------
    carryover : table `carryover`. unit : day, week or month.
    """
    first = _by_half_life(carryover)
    if first.empty:
        return "No channel has a carry-over to report."
    long, short = first.iloc[0], first.iloc[-1]
    text = (
        f"**{labels.get(long['channel'], long['channel'])}** works longest: "
        f"**{percent_interval(*interval(long, 'immediate_share'))}** of its effect comes in the {unit} of the "
        f"spend, and half of it has arrived after {half_life(long, unit)} ({{term}}`half-life`)"
    )
    if long["strongest"]:
        text += f"; it is strongest {count(int(long['strongest']), unit)} after the spend"
    if len(first) > 1:
        share = percent_interval(*interval(short, "immediate_share"))
        text += f"; {labels.get(short['channel'], short['channel'])} is the quickest ({share} at once)"
    return text + "."


def _by_half_life(carryover: pd.DataFrame) -> pd.DataFrame:
    """One row a channel, the longest half-life first, with `strongest`: the lag of the largest mean weight."""
    rows = of_total(carryover)
    if rows.empty:
        return rows
    peaks = rows.loc[rows.groupby("channel", sort=False)["weight_mean"].idxmax()].set_index("channel")["lag"]
    first = rows.sort_values("lag", kind="stable").drop_duplicates("channel")
    first = first.assign(strongest=first["channel"].map(peaks))
    return first.sort_values("half_life_mean", ascending=False, kind="stable")


def half_life(row: pd.Series, unit: str) -> str:
    """A half-life with its interval as text."""
    mean, low, high = interval(row, "half_life")
    return f"{significant(mean)} {unit}s ({significant(low)}–{significant(high)})"


def compute_carryover_table(carryover: pd.DataFrame, *, labels: Mapping[str, str], unit: str) -> pd.DataFrame:
    """Carry-over as text, the longest first: `channel, at_once, half_life, strongest`."""
    rows = _by_half_life(carryover)
    return pd.DataFrame(
        {
            "channel": [labels.get(c, c) for c in rows["channel"]],
            "at_once": [percent_interval(*interval(row, "immediate_share")) for _, row in rows.iterrows()],
            "half_life": [half_life(row, unit) for _, row in rows.iterrows()],
            "strongest": [_when(int(lag), unit) for lag in rows["strongest"]],
        }
    )


def _when(lag: int, unit: str) -> str:
    return f"{count(lag, unit)} later" if lag else f"{unit} of the spend"
