"""Media plans: how much the simulated company spends, when, where, and why not at random."""

from __future__ import annotations

import numpy as np

from mmm_helpers.simulation.baseline import Baseline, level
from mmm_helpers.simulation.randomness import ar1, bursts, stream
from mmm_helpers.simulation.recipe import CHANNELS, SESSIONS_PER_HEAD, ChannelRecipe, MarketRecipe

TIER_INTENSITY = {1: 1.12, 2: 0.97, 3: 0.82}
"""Spend per head by city tier: the metropolitan regions get more, and so are nearer to saturation."""


def _flights(channel: ChannelRecipe, rng: np.random.Generator, weeks: int, regions: int) -> np.ndarray:
    """Bursts by region: about half the quarters follow the national plan, the others the region's own."""
    if channel.flights is None:
        return np.ones((weeks, regions), dtype=bool)
    on_weeks, off_weeks = channel.flights
    national = bursts(rng, weeks, on_weeks, off_weeks)
    on = np.empty((weeks, regions), dtype=bool)
    for r in range(regions):
        own = bursts(rng, weeks, on_weeks, off_weeks)
        follows = np.repeat(rng.random(weeks // 13 + 1) < 0.5, 13)[:weeks]
        on[:, r] = np.where(follows, national, own)
    return on


def _pauses(channel: ChannelRecipe, rng: np.random.Generator, weeks: int, regions: int) -> np.ndarray:
    """False where a region pauses the channel for two to four weeks."""
    on = np.ones((weeks, regions), dtype=bool)
    for r in range(regions):
        for _ in range(rng.poisson(channel.pauses * weeks / 52)):
            start = int(rng.integers(0, weeks))
            on[start : start + int(rng.integers(2, 5)), r] = False
    return on


def _log_intensity(
    channel: ChannelRecipe, baseline: Baseline, rng: np.random.Generator, chase: float
) -> np.ndarray:
    """Log of spend before flights: season, demand, promotions and launch, and waves of its own."""
    weeks, regions = baseline.demand.shape
    waves = channel.national_wave * ar1(rng, (weeks, 1), 0.8)
    waves = waves + channel.regional_wave * ar1(rng, (weeks, regions), 0.5)
    support = {"email": 0.5, "display": 0.3}.get(channel.code, 0.0) * baseline.controls["promotion"]
    launch = {"tv": 0.3, "online_video": 0.3}.get(channel.code, 0.0) * baseline.controls["launch"]
    return 1.5 * baseline.season + chase * channel.chase * baseline.demand + waves + support + launch


def _mean_per_week(channel: ChannelRecipe, recipe: MarketRecipe, rng: np.random.Generator) -> np.ndarray:
    """Mean amount per week and region: money for paid channels, sessions for organic."""
    people = np.array([r.population for r in recipe.regions], dtype=float)
    tilt = np.exp(rng.normal(0, 0.12, len(recipe.regions)))
    if not channel.paid:
        return SESSIONS_PER_HEAD * people * tilt
    shares = sum(c.share for c in CHANNELS.values() if c.code not in recipe.absent)
    intensity = np.array([TIER_INTENSITY[r.city_tier] for r in recipe.regions])
    budget = recipe.spend_ratio * level(recipe) * intensity / np.average(intensity, weights=level(recipe))
    return budget * tilt * channel.share / shares


def plan_channel(
    channel: ChannelRecipe,
    recipe: MarketRecipe,
    baseline: Baseline,
    *,
    seed: int,
    lead_in: int,
    chase: float,
    companion: np.ndarray | None = None,
) -> np.ndarray:
    """Spend (or sessions) per week and region, lead-in weeks first, rounded to the smallest coin.

    Parameters
    ----------
    channel, recipe, baseline : what to plan for; `baseline` covers lead-in and history.
    seed : the company's seed.
    lead_in : weeks before the recorded history.
    chase : multiplies how strongly spend follows demand; 0 is a company that ignores it.
    companion : amounts of a channel that this one is planned with: one third more in its weeks.
    """
    rng = stream(seed, recipe.code, "media", channel.code)
    weeks, regions = baseline.demand.shape
    amount = np.exp(_log_intensity(channel, baseline, rng, chase))
    amount *= _flights(channel, rng, weeks, regions)
    amount *= _pauses(channel, rng, weeks, regions)
    if companion is not None:
        amount *= np.where(companion > 0, 1.33, 1.0)
    start = lead_in + dict(recipe.starts).get(channel.code, -lead_in)
    amount[:start] = 0.0
    first = max(start, lead_in)
    if channel.code in recipe.national:
        return _national(amount, recipe, _mean_per_week(channel, recipe, rng), first)
    amount *= _mean_per_week(channel, recipe, rng) / amount[first:].mean(axis=0)
    return amount.round(recipe.decimals if channel.paid else 0)


def _national(amount: np.ndarray, recipe: MarketRecipe, mean: np.ndarray, first: int) -> np.ndarray:
    """One plan for the whole market, split over the regions by population."""
    people = np.array([r.population for r in recipe.regions], dtype=float)
    total = amount[:, 0] * mean.sum() / amount[first:, 0].mean()
    return total.round(recipe.decimals)[:, None] * people / people.sum()


def plan_media(
    recipe: MarketRecipe, baseline: Baseline, *, seed: int, lead_in: int, chase: float
) -> dict[str, np.ndarray]:
    """Plans of all channels that the market has; online video is planned together with TV."""
    plans: dict[str, np.ndarray] = {}
    for code, channel in CHANNELS.items():
        if code in recipe.absent:
            continue
        companion = plans.get("tv") if code == "online_video" else None
        plans[code] = plan_channel(
            channel, recipe, baseline, seed=seed, lead_in=lead_in, chase=chase, companion=companion
        )
    return plans
