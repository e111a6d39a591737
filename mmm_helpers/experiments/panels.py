"""From a market's panel to the matrix of one geo test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.experiments.geo import GeoTest

TREATED = "treated regions"
"""Name of the column that adds up the treated regions."""
LONGEST_BEFORE = 104
"""Periods before a test that are looked at: older ones say little about how regions move together now."""
CARRIED = 0.5
"""Share of a channel's pressure that lasts to the next period, for covariates."""
STILL = 1e-9
"""A covariate with a smaller sd does not move."""


def geo_test(
    panel: pd.DataFrame,
    test: Mapping[str, Any],
    *,
    cooldown: int,
    others: Iterable[Mapping[str, Any]] = (),
    media: Iterable[str] = (),
) -> GeoTest:
    """One test's regions against those left alone, on one scale.

    The treated regions are added up, so that the effect is the test's total per period; every other region is
    scaled to their mean before the test, since seasons and shocks move large and small regions in proportion.

    Parameters
    ----------
    panel : the market's panel: date, region, outcome.
    test : `experiment, regions, start, end, spend_change`; dates of periods.
    cooldown : periods after the test in which its effect still lands.
    others : the market's other tests: a region under another test at the same time is no control, and periods in
        which a region was under an earlier test are no history.
    media : columns of the panel with other channels' spend.

    Raises
    ------
    ValueError : no region is left to compare with, an outcome of the test is unknown, or there is too little history.
    """
    wide = _wide(panel, "outcome")
    start, end = (_period(wide.index, test[name]) for name in ("start", "end"))
    span = _window(wide.index, test, cooldown)
    busy = {r: _busy(wide.index, r, others, cooldown) for r in wide.columns}
    controls = [
        r for r in wide.columns
        if r not in test["regions"] and not (busy[r] & span).any() and wide.loc[span, r].notna().all()
    ]  # fmt: skip
    if not controls:
        raise ValueError("no region was left alone and known throughout the test")
    units = [*test["regions"], *controls]
    if wide.loc[span, list(test["regions"])].isna().any(axis=None):
        raise ValueError("the outcome of a treated region is unknown during the test")
    disturbed = np.any([busy[r] for r in units], axis=0)
    usable = span | ((wide.index < start) & ~disturbed & wide[units].notna().all(axis=1))
    kept = wide.loc[usable, units].iloc[-(LONGEST_BEFORE + int(span.sum())) :]
    before = kept.index < start
    if before.sum() < 4:
        raise ValueError(f"only {int(before.sum())} undisturbed periods before the test")
    total = kept[list(test["regions"])].sum(axis=1)
    scaled = kept[controls] / kept.loc[before, controls].mean() * total[before].mean()
    outcome = pd.concat([total.rename(TREATED), scaled], axis=1)
    change = float(test["spend_change"])
    known = gap_covariates(panel, test["regions"], controls, media).reindex(outcome.index)
    covariates = known.dropna(axis=1).to_numpy() if known.shape[1] else None
    return GeoTest(test["experiment"], outcome, (TREATED,), start, end, cooldown, change, covariates)


def gap_covariates(
    panel: pd.DataFrame, treated: Sequence[str], controls: Sequence[str], media: Iterable[str]
) -> pd.DataFrame:
    """What is known to move treated regions against controls: dates × covariates, standardised.

    Controls as they are; other channels' spend relative to its mean in the region, with half of it carried over from
    period to period and the square root of the rest, the shape that most channels have roughly in common.
    """
    series = {c: _wide(panel, c) for c in panel if c.startswith("control_")}
    for column in media:
        spend = _wide(panel, column)
        spend = (spend / spend.mean()).fillna(0.0)
        series[column] = np.sqrt(spend.ewm(alpha=1 - CARRIED, adjust=False).mean())
    gaps = {
        name: wide[list(treated)].mean(axis=1) - wide[list(controls)].mean(axis=1)
        for name, wide in series.items()
    }
    table = pd.DataFrame(gaps)
    moving = table.loc[:, table.std() > STILL]
    return (moving - moving.mean()) / moving.std()


def _wide(panel: pd.DataFrame, column: str) -> pd.DataFrame:
    """Dates × regions of one column."""
    return panel.pivot(index="date", columns="region", values=column).sort_index()


def _period(dates: pd.Index, day: Any) -> pd.Timestamp:
    """The period that a day lies in."""
    return dates[max(0, dates.searchsorted(pd.Timestamp(day), side="right") - 1)]


def _window(dates: pd.Index, test: Mapping[str, Any], cooldown: int) -> np.ndarray:
    """(t,) periods of a test and its cool-down."""
    start, end = (dates.get_loc(_period(dates, test[name])) for name in ("start", "end"))
    steps = np.arange(len(dates))
    return (steps >= start) & (steps <= end + cooldown)


def _busy(dates: pd.Index, region: str, tests: Iterable[Mapping[str, Any]], cooldown: int) -> np.ndarray:
    """(t,) periods in which the region is under one of these tests."""
    mine = [_window(dates, t, cooldown) for t in tests if region in t["regions"]]
    return np.any(mine, axis=0) if mine else np.zeros(len(dates), bool)
