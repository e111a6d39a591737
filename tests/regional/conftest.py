"""Simulated markets with what their platforms report, week by week."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest

from mmm_helpers.simulation import MarketWorld, observed, simulate_company
from mmm_helpers.simulation.metrics import METRICS

MEANS = ("click_to_order_days", "impression_share", "auction_overlap")


@cache
def _reported(code: str, seed: int) -> tuple[MarketWorld, pd.DataFrame]:
    company = simulate_company(seed=seed, markets=[code], experiments={})
    world = company.markets[code]
    days = observed.digital_table(world)
    days["date"] = world.dates[world.dates.searchsorted(days["date"], side="right") - 1]
    rules = {m: "mean" if m in MEANS else "sum" for m in METRICS}
    weeks = days.groupby(["region", "date", "channel"]).agg(rules).unstack("channel")
    weeks.columns = [f"{metric}_{channel}" for metric, channel in weeks.columns]
    return world, observed.panel(company, code).merge(weeks.reset_index(), on=["region", "date"], how="left")


@pytest.fixture(scope="session")
def reported() -> Callable[[str, int], tuple[MarketWorld, pd.DataFrame]]:
    """`reported(code, seed)`: a simulated market, and its panel with the metrics of its digital channels."""
    return _reported


@pytest.fixture
def small_panel() -> pd.DataFrame:
    """Two regions, two channels, 52 weeks, every week alike: B pays twice as much for half of the conversions."""
    dates = pd.date_range("2025-01-06", periods=52, freq="7D")
    parts = []
    for region, spend, conversions in (("A", 100.0, 20.0), ("B", 200.0, 10.0)):
        part = pd.DataFrame({"market": "XX", "region": region, "date": dates, "outcome": 1000.0})
        for channel, size in (("x", 1.0), ("y", 2.0)):
            part[f"spend_{channel}"] = spend * size
            part[f"impressions_{channel}"] = 10_000.0 * size
            part[f"clicks_{channel}"] = 100.0 * size
            part[f"conversions_{channel}"] = conversions * size
            part[f"reach_{channel}"] = 5_000.0 * size
        part["viewable_impressions_x"] = 6_000.0
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
