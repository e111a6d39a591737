"""Tests that could be run next: what each would change, what the model expects of it, and whether that is seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from mmm_helpers.decisions.next_experiment import DETECTABLE, POWER, effect_of_test
from mmm_helpers.decisions.responses import Cell
from mmm_helpers.intervals import SUFFIXES, UPPER, summarize

DURATIONS = {"weekly": (4, 8, 12), "daily": (28, 56, 84), "monthly": (2, 3, 4)}
"""Lengths of a test that are compared, in periods."""
RAISES = 1.0
"""A test that raises spend doubles it."""
DESIGNS = ("go_dark", "heavy_up")
DESIGN_COLUMNS = [
    "market", "channel", "regions", "design", "duration", "spend_change", "test_sd", "mde",
    *(f"expected_effect_{s}" for s in SUFFIXES), "power", "duration_80", "rank",
]  # fmt: skip


def compute_designs(
    errors: pd.DataFrame,
    cells: Sequence[Cell],
    *,
    market: str,
    plan_periods: int,
    worth: float,
    by_duration: Mapping[int, Sequence[Cell]] | None = None,
    locked: Collection[str] = (),
) -> pd.DataFrame:
    """The best set of regions for each channel, design and length.

    Parameters
    ----------
    errors : result of `experiments.design.compute_test_errors`.
    cells : the market's cells (`responses.plan_cells`), whose responses cover `plan_periods`.
    worth : money in the reporting currency for one unit of the outcome.
    by_duration : periods → the cells with responses over so many periods.
    locked : channels that are not to be touched. Channels bought for the whole market cannot be tested by region.

    Returns
    -------
    Columns `DESIGN_COLUMNS`, money in the reporting currency and totals of the test: spend_change, test_sd, mde (found
    with 80 % power at two-sided 10 %), expected_effect_* of the model's draws, power (to tell the effect from chance,
    averaged over the draws), duration_80 (periods that 80 % power would need with these regions, NaN where even a year
    would not do), rank (by power).
    """
    channels = dict.fromkeys(c.channel for c in cells if c.region != "all" and c.channel not in locked)
    rows = []
    for channel in channels:
        for design in DESIGNS:
            for duration, own in errors.groupby("duration"):
                source = ((by_duration or {}).get(duration, cells), plan_periods)
                source = (source[0], duration) if duration in (by_duration or {}) else source
                found = [_row(e, channel, design, source, worth) for e in own.to_dict("records")]
                found = [row for row in found if row is not None]
                if found:
                    rows.append(max(found, key=lambda row: row["power"]))
    table = pd.DataFrame(rows).reindex(columns=DESIGN_COLUMNS).assign(market=market)
    table = table.sort_values("power", ascending=False, kind="stable", ignore_index=True)
    return table.assign(rank=np.arange(1, len(table) + 1))


def _row(
    error: Mapping, channel: str, design: str, source: tuple[Sequence[Cell], int], worth: float
) -> dict | None:
    regions = error["regions"].split("|")
    tested = [c for c in source[0] if c.channel == channel and c.region in regions]
    if len(tested) < len(regions):
        return None
    usual = sum(c.spend for c in tested) / source[1] * error["duration"]
    change = -usual if design == "go_dark" else RAISES * usual
    row = {"channel": channel, "regions": error["regions"], "design": design, "duration": error["duration"]}
    effect, _ = effect_of_test(row | {"spend_change": change}, tested, periods=source[1])
    sd = error["error"] * worth
    row |= {"spend_change": change, "test_sd": sd, "mde": DETECTABLE * sd}
    row |= summarize(effect, "expected_effect")
    return row | {"power": power(effect, sd), "duration_80": duration_for(effect, sd, error["duration"])}


def power(effect: np.ndarray, sd: float) -> float:
    """Probability that a test tells its effect from chance (two-sided, 10 %), averaged over draws of the effect.

    Examples
    --------
    >>> round(power(np.zeros(10), 1.0), 2), round(power(np.full(10, 2.4865), 1.0), 2)
    (0.1, 0.8)
    """
    z, critical = effect / sd, norm.ppf(UPPER)
    return float((norm.sf(critical - z) + norm.cdf(-critical - z)).mean())


def duration_for(effect: np.ndarray, sd: float, duration: int, *, most: int = 52) -> float:
    """Length at which the test would have 80 % power, if effect grows with length and error with its root.

    Parameters
    ----------
    effect, sd : of a test of `duration` periods. most : longest test that is thought of.

    Returns
    -------
    Periods; NaN where even `most` would not do.

    Examples
    --------
    >>> duration_for(np.full(10, 1.24325), 1.0, 8)
    32.0
    """
    for periods in range(1, most + 1):
        if power(effect * np.sqrt(periods / duration), sd) >= POWER - 1e-6:
            return float(periods)
    return np.nan
