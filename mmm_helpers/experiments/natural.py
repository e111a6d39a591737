"""Natural experiments: a channel paused in one region while it went on elsewhere, though nobody planned a test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

SHORTEST = 3
"""Periods of a pause that are worth a look: shorter ones drown in the noise of single periods."""
BEFORE = 13
"""Periods before a pause in which the channel ran, all but `GAPS` of them: no flight that ends, but a stop."""
GAPS = 1
ELSEWHERE = 0.5
"""A region went on where it spent at least this share of its usual spend."""
MOST = 4
"""Pauses shown for a market: the longest, of the last `RECENT` periods."""
RECENT = 104


def find_pauses(
    panel: pd.DataFrame,
    channels: Iterable[str],
    tests: Iterable[Mapping[str, Any]] = (),
    *,
    cooldown: int = 0,
) -> list[dict[str, Any]]:
    """Pauses that can be read like go-dark tests.

    Parameters
    ----------
    panel : the market's panel. channels : paid channels bought by region.
    tests : declared tests, whose periods and regions are no pauses.
    cooldown : periods after a test in which its effect still lands.

    Returns
    -------
    One dict each, as a declared test has it: experiment, channel, regions, start, end, design, spend_change.
    """
    dates = pd.DatetimeIndex(sorted(panel["date"].unique()))
    found = []
    for channel in channels:
        if f"spend_{channel}" not in panel:
            continue
        spend = panel.pivot(index="date", columns="region", values=f"spend_{channel}").reindex(dates)
        for region in spend:
            found += [
                _pause(channel, region, spend, first, stop)
                for first, stop in _stops(spend[region].to_numpy())
                if len(dates) - stop <= RECENT and _went_on(spend.drop(columns=region), first, stop)
            ]
    free = [p for p in found if not _under_test(p, tests, cooldown, dates)]
    longest = sorted(free, key=lambda p: (p["end"] - p["start"], p["end"]), reverse=True)
    return sorted(longest[:MOST], key=lambda p: p["start"])


def _stops(spend: np.ndarray) -> list[tuple[int, int]]:
    """First period of each pause, and the one after its last, of a series (t,) that ran before it."""
    dark = np.concatenate([[False], spend == 0, [False]])
    edges = np.flatnonzero(np.diff(dark.astype(int)))
    spans = zip(edges[::2], edges[1::2], strict=True)
    return [(a, b) for a, b in spans if b - a >= SHORTEST and a >= BEFORE and _ran(spend[a - BEFORE : a])]


def _ran(before: np.ndarray) -> bool:
    return bool((before > 0).sum() >= BEFORE - GAPS)


def _went_on(others: pd.DataFrame, first: int, stop: int) -> bool:
    """Whether some other region spent as usual during the pause."""
    usual = others.iloc[first - BEFORE : first].mean()
    return bool(((usual > 0) & (others.iloc[first:stop].mean() >= ELSEWHERE * usual)).any())


def _pause(channel: str, region: str, spend: pd.DataFrame, first: int, stop: int) -> dict[str, Any]:
    start, end = spend.index[first], spend.index[stop - 1]
    usual = float(spend[region].iloc[first - BEFORE : first].mean())
    return {
        "experiment": f"{channel} paused in {region} from {start.date()}",
        "channel": channel,
        "regions": (region,),
        "start": start,
        "end": end,
        "design": "go_dark",
        "spend_change": -usual * (stop - first),
    }


def _under_test(
    pause: Mapping[str, Any], tests: Iterable[Mapping[str, Any]], cooldown: int, dates: pd.DatetimeIndex
) -> bool:
    """Whether a declared test touches the pause's region and time."""
    for test in tests:
        if pause["regions"][0] in test["regions"]:
            last = min(dates.searchsorted(test["end"], side="right") - 1 + cooldown, len(dates) - 1)
            if pause["start"] <= dates[last] and pause["end"] >= test["start"]:
                return True
    return False
