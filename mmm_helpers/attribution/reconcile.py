"""What each measurement says of one channel over the same dates, and why they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mmm_helpers.intervals import SUFFIXES

LAST_CLICK, CREDIT, CALIBRATED, MODEL, EXPERIMENT, UNIFIED = SOURCES = (
    "last_click", "mta", "calibrated_mta", "mmm", "experiment", "unified",
)  # fmt: skip
"""Who says what a channel brings, in the order in which pages show them."""
FROM_JOURNEYS = (LAST_CLICK, CREDIT, CALIBRATED)
OBSERVED, NOT_OBSERVED, NO_TEST = "observed", "not observed", "no test"
LATE = 0.2
"""Last-click minus first-click credit over their sum, from which on a channel counts as late (or early)."""
WIDE = 3.0
"""Upper over lower bound from which on an interval counts as wide."""
OLD_MONTHS = 12
"""Months after which a test's age is named as a reason to differ."""
RECONCILIATION_COLUMNS = [
    "market", "channel", "source", "period_start", "period_end", "spend", *(f"roas_{s}" for s in SUFFIXES),
    *(f"incremental_{s}" for s in SUFFIXES), "status", "reason", "current", "recommended",
]  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What is known of one channel beyond its returns.

    Parameters
    ----------
    seen : whether journeys see it. lateness : see `calibration.compute_lateness`.
    tested : whether its factor comes from a test of its own.
    test_age : months from the test's end to the window's; NaN without a test.
    marginal : whether the test raised spend, and so tells the next unit's return.
    moved : whether calibrated credit counts in the unified number.
    """

    seen: bool = True
    lateness: float = 0.0
    tested: bool = False
    test_age: float = np.nan
    marginal: bool = False
    moved: bool = True


@dataclass(frozen=True)
class Said:
    """Returns of one source: channel → mean, lower bound, middle, upper bound."""

    returns: Mapping[str, tuple[float, float, float, float]] = field(default_factory=dict)


def over_models(values: np.ndarray) -> tuple[float, float, float, float]:
    """Mean, least, middle and most of several models' credit: no sampling error, but what models disagree about."""
    return float(np.mean(values)), float(np.min(values)), float(np.median(values)), float(np.max(values))


def compute_reconciliation(
    market: str,
    window: tuple[pd.Timestamp, pd.Timestamp],
    spend: Mapping[str, float],
    said: Mapping[str, Said],
    facts: Mapping[str, Facts],
) -> pd.DataFrame:
    """The table `reconciliation` without budgets: a row per channel and source, in the order of `SOURCES`.

    Parameters
    ----------
    spend : channel → money spent in the window. said : source → its returns over (or applied to) the window.

    Returns
    -------
    Columns `RECONCILIATION_COLUMNS`; `current` and `recommended` are missing. What a source does not see has no
    numbers and says so in `status`: it is never zero.
    """
    rows = []
    for channel, money in spend.items():
        unified = said.get(UNIFIED, Said()).returns.get(channel)
        for source in SOURCES:
            own = said.get(source, Said()).returns.get(channel)
            row = {"market": market, "channel": channel, "source": source, "spend": money}
            row |= {"period_start": window[0].date(), "period_end": window[1].date()}
            for suffix, value in zip(SUFFIXES, own or (np.nan,) * 4, strict=True):
                row |= {f"roas_{suffix}": value, f"incremental_{suffix}": value * money}
            about = facts.get(channel, Facts(seen=False))
            row |= {"status": status(source, own, about), "reason": explain(source, own, unified, about)}
            rows.append(row)
    return pd.DataFrame(rows, columns=RECONCILIATION_COLUMNS)


def status(source: str, own: Sequence[float] | None, facts: Facts) -> str:
    """Whether a source sees the channel."""
    if own is not None:
        return OBSERVED
    return NO_TEST if source == EXPERIMENT else NOT_OBSERVED


def explain(source: str, own: Sequence[float] | None, unified: Sequence[float] | None, facts: Facts) -> str:
    """Why a source says what it says, and what sets it apart from the unified number, in one sentence."""
    if own is None:
        return _absent(source, facts)
    more = unified is not None and own[0] > unified[0]
    if source == LAST_CLICK:
        return _last_click(more, facts.lateness)
    if source == CREDIT:
        return (
            "Every model of credit hands out all conversions, also those that would have come anyway."
            if more
            else "Credit is shared among the touches that journeys know; what works unseen is left to others."
        )
    if source == CALIBRATED:
        return (
            "Credit times the factor that the channel's own test found."
            if facts.tested
            else "Credit times a factor carried over from other channels' tests, for it has none of its own."
        )
    if source == MODEL:
        wide = own[1] <= 0 or own[3] / own[1] > WIDE
        return "It rests on how spend happened to vary" + (
            ", which says little: its range is wide." if wide else "."
        )
    if source == EXPERIMENT:
        return _experiment(facts)
    if not facts.seen:
        return "The model's number: journeys do not see the channel, so credit says nothing of it."
    return (
        "The model and calibrated credit, each test counted once."
        if facts.moved
        else "The model's number: calibrated credit is too far from it to be joined."
    )


def _absent(source: str, facts: Facts) -> str:
    if source == EXPERIMENT:
        return "No experiment was run."
    return "Journeys do not see this channel; that is not the same as no effect."


def _last_click(more: bool, lateness: float) -> str:
    if lateness > LATE:
        return "The channel stands late in journeys, and last click gives the last touch everything."
    if lateness < -LATE:
        return "The channel stands early in journeys, and last click gives the early touches nothing."
    if more:
        return "Last click hands out all conversions, also those that would have come anyway."
    return "Last click gives the last touch everything, and every other touch nothing."


def _experiment(facts: Facts) -> str:
    if facts.marginal:
        return "The test raised spend: it tells what the next unit brings, not the average."
    if facts.test_age > OLD_MONTHS:
        return f"The test ended {facts.test_age:.0f} months before; what the channel brings may have changed."
    return "The test speaks for its own regions and weeks, with their own error."


def add_budgets(table: pd.DataFrame, budgets: pd.DataFrame) -> pd.DataFrame:
    """The table with today's budget and what each source would make of it.

    Parameters
    ----------
    budgets : `source, channel, current, recommended` (`decisions.by_source.compute_budgets`).
    """
    if budgets.empty:
        return table
    keys = ["source", "channel"]
    own = table.drop(columns=["current", "recommended"]).merge(
        budgets[[*keys, "current", "recommended"]], on=keys, how="left", validate="one_to_one"
    )
    return own[RECONCILIATION_COLUMNS]
