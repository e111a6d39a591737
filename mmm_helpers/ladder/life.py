"""A market's life without media: people, season, trend, demand, price, shocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmm_helpers.ladder.recipe import WorldRecipe
from mmm_helpers.ladder.waves import LEAD_IN, WEEKS_PER_YEAR, Calendar, shared_wave, wave
from mmm_helpers.simulation.randomness import stream

PEOPLE = (12e6, 6e6, 3e6)
"""Regions' people before the draw; a single region has the last."""
PER_HEAD = (0.15, 0.30)
"""Range of the outcome per head and week without media, in EUR."""
SIGN = np.array([-1.0, 1.0])


@dataclass(frozen=True)
class Life:
    """What happens whatever is spent; arrays are (steps, regions), lead-in and tail included.

    Parameters
    ----------
    regions, people : names, sorted, and people (regions,).
    baseline : expected outcome without media, in EUR.
    season : (steps,) the market's yearly cycle as a factor around 1.
    demand, hidden : latent demand and the driver that nobody observes, sd 1.
    controls : what an analyst observes.
    surprise : relative deviation of the recorded outcome from the expected one.
    """

    calendar: Calendar
    regions: tuple[str, ...]
    people: np.ndarray
    baseline: np.ndarray
    season: np.ndarray
    demand: np.ndarray
    hidden: np.ndarray
    controls: dict[str, np.ndarray]
    surprise: np.ndarray


def draw_life(recipe: WorldRecipe, seed: int, market: str, weeks: int, regions: int) -> Life:
    """Draw a market's life.

    The expected outcome without media is ``people × EUR per head × exp(log level)``; the log level adds trend,
    season, price (falling, and bent), demand (rising, and bent), the hidden driver, and in the world of outliers
    one region's shift of level. So everything multiplies, which the template, that adds, cannot follow exactly.
    """
    calendar = Calendar(weeks)
    shape = (calendar.steps, regions)
    people = _people(seed, market, regions)
    per_head = stream(seed, "wealth").uniform(*PER_HEAD)
    rich = np.exp(stream(seed, market, "rich").normal(0, 0.1, regions))
    season = _season(recipe, seed, market, calendar)
    demand = shared_wave(stream(seed, market, "demand"), shape, 0.8, 0.5)
    hidden = shared_wave(stream(seed, market, "hidden"), shape, 0.85, 0.5)
    price = 100 + 4 * shared_wave(stream(seed, market, "price"), shape, 0.7, 0.6)
    level = _log_level(recipe, seed, market, calendar, season, demand, hidden, (price - 100) / 4)
    error = wave(stream(seed, market, "index"), shape, 0.0)
    return Life(
        calendar=calendar,
        regions=tuple(f"R{i + 1}" for i in range(regions)),
        people=people,
        baseline=people * per_head * rich * np.exp(level),
        season=np.exp(season),
        demand=demand,
        hidden=hidden,
        controls={"price": price, "demand_index": 100 + 10 * (demand + recipe.index_noise * error)},
        surprise=_surprise(recipe, seed, market, calendar, regions),
    )


def _people(seed: int, market: str, regions: int) -> np.ndarray:
    size = PEOPLE[-1:] if regions == 1 else np.resize(PEOPLE, regions)
    return np.round(size * np.exp(stream(seed, market, "people").normal(0, 0.15, regions)), -3)


def _season(recipe: WorldRecipe, seed: int, market: str, calendar: Calendar) -> np.ndarray:
    """(steps,) log of the yearly cycle: four waves, and a peak before Christmas that waves cannot follow."""
    rng = stream(seed, market, "season")
    size, peak = rng.uniform(*recipe.season), rng.uniform(*recipe.holiday)
    day = calendar.dates.day_of_year.to_numpy()
    order = np.arange(1, 5)
    phase, share = rng.uniform(0, 2 * np.pi, 4), rng.uniform(0.5, 1, 4) / order
    waves = np.cos(2 * np.pi * np.outer(day, order) / 365.25 + phase) @ share
    return size * waves + peak * np.exp(-0.5 * ((day - 346) / 9) ** 2)


def _log_level(
    recipe: WorldRecipe,
    seed: int,
    market: str,
    calendar: Calendar,
    season: np.ndarray,
    demand: np.ndarray,
    hidden: np.ndarray,
    price: np.ndarray,
) -> np.ndarray:
    """(steps, regions) log of the baseline around its level; price in sds."""
    rng = stream(seed, market, "level")
    growth, bow = rng.normal(0.02, 0.02), rng.normal(0, 0.01)
    own = np.exp(rng.normal(0, 0.15, demand.shape[1]))
    trend = growth * calendar.years + bow * calendar.years**2
    level = trend[:, None] + season[:, None] * own
    level += stream(seed, "demand effect").uniform(*recipe.demand) * _bent(demand, recipe.bend)
    level -= stream(seed, "price effect").uniform(0.02, 0.035) * _bent(price, recipe.bend)
    level += stream(seed, "hidden effect").uniform(*recipe.hidden) * hidden
    return level + _shift(recipe, seed, market, calendar, demand.shape[1])


def _bent(driver: np.ndarray, bend: float) -> np.ndarray:
    """A driver's mildly curved effect, 1 per sd at its mean."""
    return driver + bend * (driver**2 - 1)


def _shift(recipe: WorldRecipe, seed: int, market: str, calendar: Calendar, regions: int) -> np.ndarray:
    """(steps, regions) shift of one region's log level in the middle half of the data, by 6 to 12 %."""
    shift = np.zeros((calendar.steps, regions))
    if recipe.outliers:
        rng = stream(seed, market, "shift")
        start = LEAD_IN + int(rng.integers(calendar.weeks // 4, 3 * calendar.weeks // 4))
        shift[start:, rng.integers(regions)] = rng.choice(SIGN) * rng.uniform(0.06, 0.12)
    return shift


def _surprise(recipe: WorldRecipe, seed: int, market: str, calendar: Calendar, regions: int) -> np.ndarray:
    """(steps, regions) relative deviation of the outcome: the week's shock, regional noise, odd weeks.

    Expected to be zero, and above −1 by construction: steps are cut at five sds.
    """
    rng = stream(seed, market, "noise")
    size = rng.uniform(*(recipe.noise if regions > 1 else recipe.satellite_noise), regions)
    shock = rng.uniform(*recipe.shock) * wave(rng, (calendar.steps, 1), 0.0, df=recipe.tails)
    own = size * wave(rng, (calendar.steps, regions), rng.uniform(*recipe.noise_rho), df=recipe.tails)
    return (1 + shock + own) * (1 + _odd_weeks(recipe, seed, market, calendar, regions)) - 1


def _odd_weeks(recipe: WorldRecipe, seed: int, market: str, calendar: Calendar, regions: int) -> np.ndarray:
    """(steps, regions) single weeks that are off by 15 to 40 %: about two a year and region, one in all regions."""
    odd = np.zeros((calendar.steps, regions))
    if not recipe.outliers:
        return odd
    rng = stream(seed, market, "odd")
    count = max(2, round(2 * calendar.weeks / WEEKS_PER_YEAR))
    for r in range(regions):
        weeks = LEAD_IN + rng.choice(calendar.weeks, count, replace=False)
        odd[weeks, r] = rng.choice(SIGN, count) * rng.uniform(0.15, 0.40, count)
    odd[LEAD_IN + rng.integers(calendar.weeks)] = rng.choice(SIGN) * rng.uniform(0.15, 0.40)
    return odd
