"""The recommendation on moving money up the funnel, on one page: what to do, what it rests on, and what it does not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.decisions.funnel_shift import (
    SHARE,
    FunnelShift,
    change_by_returns,
    choose_channels,
    shift_budget,
)
from mmm_helpers.decisions.responses import Cell
from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.report.marks import cause_words, tier_words
from mmm_helpers.report.words import chance, is_missing, join, money, money_interval, percent

SURE = 0.8
"""Chance of a gain from which on the move is recommended, and of a loss from which on it is advised against."""
NO_FUNNEL = (
    "No move is computed: it takes the lower funnel's money to the channel of the upper funnel that journeys see. Say "
    "`funnel: upper` and `funnel: lower` for the channels in the portfolio file."
)
SHIFT_COLUMNS = ["source", "mean", "low", "high", "text"]


def find_shift(
    channels: Mapping[str, Any], observed: Collection[str], cells: Sequence[Cell]
) -> tuple[FunnelShift | None, str]:
    """The move that the page is about, or why there is none, as a sentence.

    Parameters
    ----------
    channels : channel → its settings. observed : channels that occur in journeys. cells : of the market's plan.
    """
    sources, target = choose_channels(channels, list(observed), cells)
    if not sources or not target:
        return None, NO_FUNNEL
    try:
        return shift_budget(cells, sources, target), ""
    except ValueError as reason:
        return None, f"No move is computed. {reason}"


def describe_shift(
    shift: FunnelShift,
    *,
    labels: Mapping[str, str],
    currency: str,
    span: str,
    margin: float | None,
    withheld: str,
) -> str:
    """The recommendation in one or two sentences: verb, amount, gain with its range, chance of a loss.

    Parameters
    ----------
    span : length of the plan, in words. margin : contribution margin; None if unknown.
    withheld : why the market has no recommendation; empty if it may have one.
    """
    what = (
        f"{percent(SHARE)} of {_names(list(shift.moved), labels)} to {labels.get(shift.target, shift.target)}"
    )
    amount = f"{money(shift.total, currency)} over {span}"
    low, high = np.quantile(shift.change, [LOWER, UPPER])
    effect = money_interval(float(shift.change.mean()), float(low), float(high), currency, sign=True)
    gains = float((shift.change > 0).mean())
    if withheld:
        return (
            f"**No recommendation on moving {what}.** {withheld} As a what-if: {amount} moved would change the outcome "
            f"by {effect}."
        )
    verb = "Move" if gains >= SURE else "Do not move" if gains <= 1 - SURE else "Test before you move"
    worth = ""
    if margin:
        worth = f", worth {money(margin * float(shift.change.mean()), currency, sign=True)} of profit"
    return (
        f"**{verb} {what}: {amount}.** By the model the outcome changes by **{effect}**{worth}, with "
        f"{chance(1 - gains)} chance of a loss. The total stays the same."
    )


def compute_shift_table(shift: FunnelShift, returns: pd.DataFrame, *, currency: str) -> pd.DataFrame:
    """What each measurement says the same move would change, the model first.

    Parameters
    ----------
    returns : one row per source and channel: `source, channel, roas_mean, roas_q05, roas_q95`; the sources' averages.

    Returns
    -------
    Columns source, mean, low, high (money; bounds missing where there is none), text. `model` is the response
    curves' answer; every other takes average returns.
    """
    low, high = np.quantile(shift.change, [LOWER, UPPER])
    rows = [{"source": "model", "mean": float(shift.change.mean()), "low": float(low), "high": float(high)}]
    for source, own in returns.groupby("source", sort=False):
        table = own.set_index("channel")
        found = {s: change_by_returns(shift, table[f"roas_{s}"].to_dict()) for s in ("mean", "q05", "q95")}
        rows.append({"source": source, "mean": found["mean"]} | _bounds(shift, table))
    frame = pd.DataFrame(rows)
    words = [_change_text(r.mean, r.low, r.high, currency) for r in frame.itertuples()]
    return frame.assign(text=words)[SHIFT_COLUMNS]


def _change_text(mean: float, low: float, high: float, currency: str) -> str:
    if is_missing(mean):
        return "not known: not every channel was measured"
    if is_missing(low):
        return f"{money(mean, currency, sign=True)}, no range"
    return money_interval(mean, low, high, currency, sign=True)


def _bounds(shift: FunnelShift, table: pd.DataFrame) -> dict[str, float]:
    """90 % bounds of the change by average returns, whose errors are taken as independent and two-sided.

    Missing where a return has no range of its own, as that of a rule like last click.
    """
    mean, low, high = (table[f"roas_{s}"] for s in ("mean", "q05", "q95"))
    center = change_by_returns(shift, mean.to_dict())
    weights = pd.Series(shift.moved | {shift.target: shift.total}).reindex(mean.index).dropna()
    below, above = (mean - low)[weights.index] * weights, (high - mean)[weights.index] * weights
    if below.isna().any() or above.isna().any() or (below + above == 0).all():
        return {"low": float("nan"), "high": float("nan")}
    # a source that brings more than thought makes the move worse
    target = weights.index == shift.target
    down = float(np.sqrt((np.where(target, below, above) ** 2).sum()))
    up = float(np.sqrt((np.where(target, above, below) ** 2).sum()))
    return {"low": center - down, "high": center + up}


def describe_agreement(table: pd.DataFrame, *, names: Mapping[str, str]) -> str:
    """Which measurements speak for the move and which against it, as a sentence.

    Parameters
    ----------
    table : result of `compute_shift_table`. names : source → name in a sentence.
    """
    known = table[table["mean"].notna()]
    sides = {
        "for it": known[known["low"] > 0],
        "against it": known[known["high"] < 0],
        "either way": known[(known["low"] <= 0) & (known["high"] >= 0)],
    }
    bare = known[known["low"].isna()]
    parts = [
        f"{join([names.get(s, s) for s in own['source']])} {_speak(own)} {side}"
        for side, own in sides.items()
        if len(own)
    ]
    parts += [f"{names.get(r.source, r.source)} gives no range" for r in bare.itertuples()]
    silent = table[table["mean"].isna()]["source"]
    if len(silent):
        parts.append(f"{join([names.get(s, s) for s in silent])} cannot say")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _speak(rows: pd.DataFrame) -> str:
    return "speaks" if len(rows) == 1 else "speak"


def describe_basis(shift: FunnelShift, effects: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """What the move rests on, as a list (MyST): each channel's evidence, and whether such spend was ever seen.

    Parameters
    ----------
    effects : table `channel_effects`: the market's total in its last window.
    """
    rows = effects.set_index("channel")
    lines = []
    for channel in [shift.target, *shift.moved]:
        if channel not in rows.index:
            continue
        row = rows.loc[channel]
        grade = "decision-grade" if bool(row["decision_grade"]) else "not decision-grade"
        evidence = f"{tier_words(row['data_tier'])}; {cause_words(row['cause_mark'])}"
        lines.append(f"{labels.get(channel, channel)}: {evidence}; {grade}.")
    name, times = labels.get(shift.target, shift.target), f"{percent(shift.multiple - 1)} more than today"
    seen = "within" if shift.multiple <= shift.support else "**beyond**"
    lines.append(f"{name} would have {times}, {seen} what was spent in all but the highest weeks so far.")
    return "\n".join(f"- {line}" for line in lines)


def describe_blind_spots(hidden: Sequence[str], *, labels: Mapping[str, str]) -> str:
    """What the recommendation does not rest on, as a list (MyST).

    Parameters
    ----------
    hidden : paid channels that journeys cannot see.
    """
    lines = [
        "Effects that last longer than the carry-over window: what video does for the brand in later years.",
        "Another creative or another price of media: a unit of spend buys what it bought in the data.",
    ]
    if hidden:
        names = _names(list(hidden), labels)
        lines.insert(0, f"Journeys: they do not see {names}, whose credit is *not observed* and never zero.")
    return "\n".join(f"- {line}" for line in lines)


def _names(channels: list[str], labels: Mapping[str, str]) -> str:
    return join([labels.get(c, c) for c in channels])
