"""Media plans of a world: what is spent where and when, and what spend follows."""

from __future__ import annotations

import numpy as np

from mmm_helpers.ladder.life import Life
from mmm_helpers.ladder.recipe import CHANNELS, CODES, Channel, WorldRecipe
from mmm_helpers.ladder.waves import LEAD_IN, flights, wave
from mmm_helpers.simulation.randomness import stream

NATIONAL_SD, REGIONAL_SD = 0.20, 0.35
"""Sds of log spend over time: in all regions at once, and in each by itself."""
FLAT = 0.03
"""What is left of these movements where a channel is always on."""
TWIN_SD = 0.08
"""Sd of the log ratio of two channels that are bought together."""
SEASON_FOLLOWED = 0.5
"""Power of the season that spend follows."""


def plan_spend(recipe: WorldRecipe, seed: int, market: str, life: Life, budget: float) -> np.ndarray:
    """Draw the media plan.

    Parameters
    ----------
    budget : spend of all channels and regions over the recorded weeks, in EUR.

    Returns
    -------
    Array (steps, regions, channels) in EUR, rounded to cents; lead-in spend included, nothing in the tail.
    """
    paths = {c.code: _path(recipe, seed, market, life, c) for c in CHANNELS}
    for follower in recipe.twins[1:]:
        paths[follower] = paths[recipe.twins[0]] * _apart(seed, market, follower, life)
    shape = np.stack([paths[code] for code in CODES], axis=-1)
    shape[life.calendar.recorded.stop :] = 0.0
    shape *= started(recipe, seed, market, life)
    total = shape[life.calendar.recorded].sum(axis=(0, 1))
    return np.round(shape * budget * budget_shares(seed, market) / total, 2)


def budget_shares(seed: int, market: str) -> np.ndarray:
    """(channels,) parts of the media budget, adding up to 1."""
    tilt = np.exp(stream(seed, market, "budget").normal(0, 0.2, len(CHANNELS)))
    parts = np.array([channel.budget for channel in CHANNELS]) * tilt
    return parts / parts.sum()


def started(recipe: WorldRecipe, seed: int, market: str, life: Life) -> np.ndarray:
    """(steps, regions, channels) whether a channel runs: always, or from its start in the region on.

    Of staggered channels one region has always had them; the others get them 10 to 25 weeks after each other.
    """
    regions = len(life.regions)
    first = np.zeros((regions, len(CHANNELS)), int)
    if recipe.staggered:
        for c, code in enumerate(CODES):
            rng = stream(seed, market, "start", code)
            waits = np.concatenate([[0], rng.integers(10, 26, regions - 1)])
            first[:, c] = rng.permutation(np.where(waits.cumsum() > 0, LEAD_IN + waits.cumsum(), 0))
    return np.arange(life.calendar.steps)[:, None, None] >= first


def _path(recipe: WorldRecipe, seed: int, market: str, life: Life, channel: Channel) -> np.ndarray:
    """(steps, regions) spend of one channel, in any unit."""
    rng = stream(seed, market, "spend", channel.code)
    steps, regions = life.demand.shape
    tilt = life.people * np.exp(rng.normal(0, 0.15, regions))
    national = NATIONAL_SD * wave(rng, (steps, 1), 0.8)
    regional = REGIONAL_SD * wave(rng, (steps, regions), rng.uniform(0.4, 0.7))
    follows = SEASON_FOLLOWED * np.log(life.season)[:, None]
    follows = follows + recipe.chase.get(channel.code, 0.0) * life.demand
    follows = follows + recipe.pull.get(channel.code, 0.0) * life.hidden
    if recipe.national:
        # One plan: regions get their share of it by people, and it follows what moves the whole market.
        return (
            life.people * _bursts(channel, rng, steps) * np.exp(2 * national + follows.mean(axis=1)[:, None])
        )
    if channel.code in recipe.flat:
        return tilt * np.exp(FLAT * (national + regional))
    return tilt * _bursts(channel, rng, steps) * np.exp(national + regional + follows)


def _bursts(channel: Channel, rng: np.random.Generator, steps: int) -> np.ndarray:
    """(steps, 1) False in the weeks between the flights of a channel that is bought in flights."""
    return flights(rng, steps)[:, None] if channel.bursts else np.ones((steps, 1), bool)


def _apart(seed: int, market: str, follower: str, life: Life) -> np.ndarray:
    """(steps, regions) what keeps two channels that are bought together from being the same series."""
    return np.exp(TWIN_SD * wave(stream(seed, market, "twin", follower), life.demand.shape, 0.0))
