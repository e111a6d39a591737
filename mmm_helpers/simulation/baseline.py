"""Everything that moves the outcome besides media: demand, calendar, price, promotions, economy, mood."""

from __future__ import annotations

from dataclasses import dataclass

import holidays
import numpy as np
import pandas as pd

from mmm_helpers.simulation.randomness import ar1, shared_and_own, stream
from mmm_helpers.simulation.recipe import DEMAND_NOISE, MarketRecipe

BASE_SHARE = 0.72
"""Constant part of the baseline as a share of expected outcome; media bring most of the rest."""

EFFECTS = {
    "price_index": -0.010,
    "competitor_activity": -0.020,
    "promotion": 0.120,
    "launch": 0.050,
    "economic_index": 0.004,
    "consumer_sentiment": 0.002,
    "demand_index": 0.040,
}
"""Change of the baseline, per unit of the control (demand: per sd of the latent demand), as a share of it."""


@dataclass(frozen=True)
class Baseline:
    """What happens in a market without media, arrays (weeks, regions).

    Attributes
    ----------
    components : additive parts in money; keys as in the table `decomposition`.
    controls : what an analyst observes. `demand_index` is 100 + 10 × (latent demand + noise).
    demand : latent demand, sd 1; unobservable.
    season : seasonal part as a share of the level; media plans follow it.
    """

    components: dict[str, np.ndarray]
    controls: dict[str, np.ndarray]
    demand: np.ndarray
    season: np.ndarray


def holiday_count(dates: pd.DatetimeIndex, country: str) -> np.ndarray:
    """Public holidays on a weekday in each week that starts on `dates`, shape (weeks,)."""
    calendar = holidays.country_holidays(country, years=range(dates[0].year, dates[-1].year + 2))
    days = pd.DatetimeIndex(sorted(calendar))
    days = days[days.day_of_week < 5]
    return np.array([((days >= start) & (days < start + pd.Timedelta(days=7))).sum() for start in dates])


def level(recipe: MarketRecipe) -> np.ndarray:
    """Expected outcome per week and region: people × outcome per head × relative income to the power 0.6."""
    income = np.array([r.income for r in recipe.regions])
    people = np.array([r.population for r in recipe.regions])
    relative = (income / np.average(income, weights=people)) ** 0.6
    return people * recipe.outcome_per_head * relative


def _season(dates: pd.DatetimeIndex, rng: np.random.Generator, regions: int) -> np.ndarray:
    """Two harmonics of the year with their peak in December, slightly different by region."""
    angle = 2 * np.pi * (dates.day_of_year.to_numpy()[:, None] - 350) / 365.25
    first, second = rng.uniform(0.05, 0.08), rng.uniform(0.02, 0.035)
    return rng.normal(1, 0.1, regions) * (first * np.cos(angle) + second * np.cos(2 * angle))


def _promotion(rng: np.random.Generator, weeks: int, regions: int) -> np.ndarray:
    """Share of shops on promotion: a national event every six to ten weeks, depth by region."""
    promotion = np.zeros((weeks, regions))
    start = int(rng.integers(2, 8))
    while start < weeks:
        promotion[start : start + 2] = rng.uniform(0.3, 0.8) * rng.uniform(0.7, 1.2, regions)
        start += int(rng.integers(6, 11))
    return promotion.clip(0, 1).round(2)


def _launch(rng: np.random.Generator, weeks: int, regions: int) -> np.ndarray:
    """One for twelve weeks after a product launch about half-way, fading to zero over the last four."""
    profile = np.r_[np.ones(8), 0.8, 0.6, 0.4, 0.2]
    launch = np.zeros(weeks)
    start = int(weeks * rng.uniform(0.40, 0.65))
    launch[start : start + 12] = profile[: weeks - start]
    return np.repeat(launch[:, None], regions, axis=1)


def _economy(rng: np.random.Generator, dates: pd.DatetimeIndex, regions: int) -> np.ndarray:
    """Monthly index around 100; a week has the value of the month that holds its fourth day."""
    months = (dates + pd.Timedelta(days=3)).to_period("M")
    unique = months.unique()
    monthly = (100 + 3 * ar1(rng, (len(unique),), 0.85)).round(1)
    return np.repeat(monthly[unique.get_indexer(months)][:, None], regions, axis=1)


def simulate_controls(recipe: MarketRecipe, dates: pd.DatetimeIndex, *, seed: int) -> dict[str, np.ndarray]:
    """The observed controls except the demand index, each an array (weeks, regions)."""
    rng = stream(seed, recipe.code, "controls")
    weeks, regions = len(dates), len(recipe.regions)
    sentiment = (50 + 5 * ar1(rng, (weeks, 1), 0.9)).round(1)
    return {
        "price_index": (100 + 2.5 * shared_and_own(rng, weeks, regions, 0.8, 0.6)).round(2),
        "competitor_activity": shared_and_own(rng, weeks, regions, 0.7, 0.7).round(2),
        "promotion": _promotion(rng, weeks, regions),
        "launch": _launch(rng, weeks, regions),
        "economic_index": _economy(rng, dates, regions),
        "consumer_sentiment": np.repeat(sentiment, regions, axis=1),
    }


def _centre(name: str) -> float:
    return {"price_index": 100.0, "economic_index": 100.0, "consumer_sentiment": 50.0}.get(name, 0.0)


def simulate_baseline(recipe: MarketRecipe, dates: pd.DatetimeIndex, *, seed: int) -> Baseline:
    """Draw a market's life without media.

    Parameters
    ----------
    recipe : the market.
    dates : starts of the weeks.
    seed : the company's seed.
    """
    rng = stream(seed, recipe.code, "baseline")
    weeks, regions = len(dates), len(recipe.regions)
    base = np.broadcast_to(BASE_SHARE * level(recipe), (weeks, regions))
    season = _season(dates, rng, regions)
    growth = rng.normal(0.025, 0.01) + rng.normal(0, 0.006, regions)
    demand = shared_and_own(rng, weeks, regions, 0.75, 0.7)
    observed = demand + DEMAND_NOISE * rng.standard_normal((weeks, regions))
    controls = simulate_controls(recipe, dates, seed=seed)
    holiday = holiday_count(dates, recipe.holidays)
    components = {
        "baseline": base.copy(),
        "trend": base * growth * (np.arange(weeks)[:, None] - weeks / 2) / 52,
        "seasonality": base * season,
        "holidays": base * recipe.holiday_effect * holiday[:, None],
    }
    for name, values in controls.items():
        components[f"control:{name}"] = base * EFFECTS[name] * (values - _centre(name))
    components["control:demand_index"] = base * EFFECTS["demand_index"] * demand
    controls["demand_index"] = (100 + 10 * observed).round(1)
    return Baseline(components, controls, demand, season)
