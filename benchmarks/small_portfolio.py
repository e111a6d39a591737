"""A small simulated portfolio whose joint model can be sampled at once: rich markets, a poor one, a thin one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.model.design import Design, make_design

CHANNELS = {"tv": {"paid": True, "funnel": "upper"}, "search": {"paid": True, "funnel": "lower"}}
MEAN_LOG_RETURN = {"tv": 0.3, "search": 0.9}
BETWEEN = 0.35
RETENTION = {"tv": 0.6, "search": 0.3}
OUTCOME = 1000.0
SPEND = {"tv": 60.0, "search": 40.0}


@dataclass(frozen=True)
class Recipe:
    """One market: its code, weeks of data, regions, and sd of the noise as a share of the outcome."""

    code: str
    weeks: int
    regions: int
    noise: float


RECIPES = (
    Recipe("RICH", 104, 2, 0.03),
    Recipe("GOOD", 104, 1, 0.04),
    Recipe("POOR", 80, 1, 0.08),
    Recipe("THIN", 30, 1, 0.06),
)


def simulate_portfolio(*, seed: int, recipes: tuple[Recipe, ...] = RECIPES) -> dict[str, Design]:
    """Designs of all markets by code.

    Truth: log return of a channel at mean spend ~ Normal(MEAN_LOG_RETURN, BETWEEN²) over markets, the same in all
    regions of a market; geometric carry-over with RETENTION, Michaelis–Menten saturation half full at mean spend;
    a level, a yearly wave, a price that takes 3 % per sd, and noise that carries over with 0.2.
    """
    rng = np.random.default_rng(seed)
    return {r.code: _simulate_market(r, rng) for r in recipes}


def _simulate_market(recipe: Recipe, rng: np.random.Generator) -> Design:
    dates = pd.date_range("2023-01-02", periods=recipe.weeks, freq="7D")
    returns = {c: np.exp(m + BETWEEN * rng.normal()) for c, m in MEAN_LOG_RETURN.items()}
    names = [f"R{i + 1}" for i in range(recipe.regions)]
    panel = pd.concat([_simulate_region(recipe, name, dates, returns, rng) for name in names])
    status = [
        {
            "market": recipe.code,
            "region": r,
            "channel": c,
            "status": "active",
            "first_date": str(dates[0].date()),
        }
        for r in names
        for c in CHANNELS
    ]
    settings = {
        "market": recipe.code,
        "frequency": "weekly",
        "l_max": 8,
        "outcome": {"kind": "revenue"},
        "channels": CHANNELS,
        "regions": {},
    }
    return make_design(panel, pd.DataFrame(status), settings)


def _simulate_region(recipe: Recipe, name: str, dates: pd.DatetimeIndex, returns: dict, rng) -> pd.DataFrame:
    weeks = len(dates)
    price = rng.normal(size=weeks)
    season = 0.08 * np.sin(2 * np.pi * dates.day_of_year.to_numpy() / 365.25)
    outcome = OUTCOME * (1 + season - 0.03 * price + recipe.noise * _serial(rng.normal(size=weeks), 0.2))
    spends = {}
    for channel, level in SPEND.items():
        spend = level * np.exp(0.7 * _serial(rng.normal(size=weeks), 0.5)) * (rng.random(weeks) > 0.15)
        carried = _serial((1 - RETENTION[channel]) * spend, RETENTION[channel])
        outcome = outcome + returns[channel] * level * 2 * carried / (carried + level)
        spends[f"spend_{channel}"] = spend
    keys = {"market": recipe.code, "region": name, "date": dates}
    return pd.DataFrame(keys | {"outcome": outcome, "control_price": price, "fx": 1.0} | spends)


def _serial(innovations: np.ndarray, retention: float) -> np.ndarray:
    """x[t] = retention × x[t − 1] + innovation[t]."""
    series = np.zeros(len(innovations))
    for t, value in enumerate(innovations):
        series[t] = value + (retention * series[t - 1] if t else 0.0)
    return series
