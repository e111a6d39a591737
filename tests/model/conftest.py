"""A small world with known truth behind panels as they come, as an analyst's files.

Three regions, TV bought for the whole market and search bought by region, geometric carry-over, Hill curves with
slope 1; per head and week, TV brings at most 0.40 and search 0.30 in money, on a base of about one. Estimates are
by least squares with the true carry-over and curves, so that only the panel's treatment can be at fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.inputs.gate import MarketData, check_market
from mmm_helpers.inputs.portfolio import load_portfolio
from mmm_helpers.model.design import Design, make_design

HEADS = {"East": 1e6, "North": 4e6, "South": 2e6}
ALPHA = {"tv": 0.7, "search": 0.2}
TRUTH = {"tv": 0.40, "search": 0.30}
HALF = {"tv": 0.05, "search": 0.03}
L_MAX, WEEKS, START = 8, 112, "2022-01-03"
YAML = """\
name: world
reporting_currency: EUR
outcome: {column: revenue}
channels:
  tv: {spend: tv_spend, level: national, funnel: upper}
  search: {spend: search_spend}
regions: regions.csv
markets:
  "XX":
    unknown: [UNKNOWN]
    sources:
      - {path: sales.csv}
      - {path: tv.csv}
      - {path: search.csv}
"""


def carried(channel: str, per_head: np.ndarray) -> np.ndarray:
    """(t, r) spend per head after carry-over, saturated: 1 is the most that a channel can bring."""
    weights = ALPHA[channel] ** np.arange(L_MAX)
    lagged = [
        np.vstack([np.zeros((lag, per_head.shape[1])), per_head])[: len(per_head)] for lag in range(L_MAX)
    ]
    total = np.tensordot(weights / weights.sum(), np.stack(lagged), 1)
    return total / (total + HALF[channel])


def simulate(media: dict[str, np.ndarray], seed: int = 3) -> np.ndarray:
    """(t, r) outcome in money: level, season, trend, media, and noise of two per cent."""
    rng, weeks = np.random.default_rng(seed), np.arange(len(media["tv"]))[:, None]
    base = np.array([1.1, 1.0, 0.9]) + 0.1 * np.sin(2 * np.pi * weeks / 52.18) + 0.0005 * weeks
    effects = sum(TRUTH[c] * carried(c, per_head) for c, per_head in media.items())
    return np.array(list(HEADS.values())) * (base + effects + rng.normal(0, 0.02, (len(weeks), 3)))


def spend_per_head(weeks: int = WEEKS, seed: int = 3) -> dict[str, np.ndarray]:
    """(t, r) of each channel: TV in bursts, alike for all heads; search by region, with pauses."""
    rng = np.random.default_rng(seed)
    bursts = np.repeat(rng.random(weeks // 4 + 1) < 0.5, 4)[:weeks]
    tv = bursts * rng.lognormal(np.log(0.08), 0.4, weeks)
    pauses = np.repeat(rng.random((weeks // 3 + 1, 3)) < 0.7, 3, axis=0)[:weeks]
    return {"tv": np.outer(tv, np.ones(3)), "search": pauses * rng.lognormal(np.log(0.03), 0.6, (weeks, 3))}


@dataclass
class World:
    """Spend per head (t, r) by channel and the outcome (t, r) that it truly led to."""

    media: dict[str, np.ndarray]
    outcome: np.ndarray

    def tables(self) -> dict[str, pd.DataFrame]:
        """What an analyst would export: sales and search by region, TV of the whole market."""
        heads = np.array(list(HEADS.values()))
        dates = pd.date_range(START, periods=len(self.outcome), freq="7D")
        tv = pd.DataFrame({"date": dates, "tv_spend": (self.media["tv"] * heads).sum(axis=1)})
        search = _long(self.media["search"] * heads, dates, "search_spend")
        return {"sales": _long(self.outcome, dates, "revenue"), "tv": tv, "search": search}


def _long(values: np.ndarray, dates: pd.DatetimeIndex, name: str) -> pd.DataFrame:
    frame = pd.DataFrame(values, index=pd.Index(dates, name="date"), columns=pd.Index(HEADS, name="region"))
    return frame.stack().rename(name).reset_index()


def estimate(
    design: Design,
    *,
    regions: tuple[str, ...] = tuple(HEADS),
    zeros: bool = False,
    mask: np.ndarray | None = None,
) -> dict[str, float]:
    """Least squares of the outcome per head on the true curves of the panel's spend; truth is `TRUTH`.

    Parameters
    ----------
    zeros : count every cell, with zero for an unknown outcome: what a stock tool does.
    mask : (t, r) cells to count instead of the design's own.
    """
    heads = np.array([HEADS[r] for r in design.regions])
    counted = np.ones_like(design.observed) if zeros else (design.observed if mask is None else mask)
    week = np.arange(len(design.dates))[:, None] * np.ones(len(heads))
    wave = 2 * np.pi * week / 52.18
    own = [np.eye(len(heads))[r] * np.ones_like(week) for r in range(len(heads))]
    media = [carried(c, design.spend[:, :, i] / heads) for i, c in enumerate(design.channels)]
    columns = np.stack([*media, *own, week, np.sin(wave), np.cos(wave)], axis=-1)
    chosen = counted & np.isin(design.regions, regions)[None, :]
    answer = np.linalg.lstsq(columns[chosen], np.nan_to_num(design.outcome / heads)[chosen], rcond=None)[0]
    return dict(zip(design.channels, answer, strict=False))


class RealPanels:
    """What tests of real panels share: the sound world, its files with faults, and the design they lead to."""

    heads, truth, half = HEADS, TRUTH, HALF
    weeks, l_max, start, yaml = WEEKS, L_MAX, START, YAML

    def __init__(self, new_folder: Callable[[], Path]):
        self.new_folder = new_folder
        self.sound = self.world(spend_per_head())

    def world(self, media: dict[str, np.ndarray]) -> World:
        """Other spend per head, and the outcome that it leads to."""
        return World(spend_per_head() | media, simulate(spend_per_head() | media))

    def spend(self) -> dict[str, np.ndarray]:
        """The sound world's spend per head (t, r) by channel, to be changed."""
        return spend_per_head()

    def week(self, number: int) -> str:
        """First day of a week, by its number."""
        return str((pd.Timestamp(START) + pd.Timedelta(weeks=number)).date())

    def tables(self) -> dict[str, pd.DataFrame]:
        return self.sound.tables()

    def long(self, values: np.ndarray, dates: pd.DatetimeIndex, name: str) -> pd.DataFrame:
        return _long(values, dates, name)

    def without(
        self, tables: dict[str, pd.DataFrame], region: str, first: int, last: int, names: str = "sales search"
    ) -> dict[str, pd.DataFrame]:
        """Tables without a region's rows of the weeks `first` to `last`."""
        changed = dict(tables)
        for name in names.split():
            table = tables[name]
            inside = table["date"].between(self.week(first), self.week(last))
            changed[name] = table[~(inside & (table["region"] == region))]
        return changed

    def gate(self, tables: dict[str, pd.DataFrame], *, unknown: str = "", yaml: str = YAML) -> MarketData:
        """The tables as files, through the data gate."""
        folder = self.new_folder()
        for name, table in tables.items():
            table.to_csv(folder / f"{name}.csv", index=False)
        sizes = pd.DataFrame({"market": "XX", "region": list(HEADS), "population": HEADS.values()})
        sizes.to_csv(folder / "regions.csv", index=False)
        (folder / "portfolio.yml").write_text(yaml.replace("UNKNOWN", unknown), encoding="utf-8")
        return check_market(load_portfolio(folder / "portfolio.yml"), "XX")

    def design(self, tables: dict[str, pd.DataFrame], **options: str) -> Design:
        """The same, as the model sees it."""
        data = self.gate(tables, **options)
        return make_design(data.panel, data.channel_status, data.specification)

    def miss(self, design: Design, **options) -> float:
        """Largest relative error of the channels' effects; options of `estimate`."""
        found = estimate(design, **options)
        return max(abs(found[c] / TRUTH[c] - 1) for c in TRUTH)


@pytest.fixture(scope="session")
def panels(tmp_path_factory) -> RealPanels:
    """The small world with known truth; see the head of this file."""
    return RealPanels(lambda: tmp_path_factory.mktemp("world"))
