"""Simulated journeys: people's touches from the same causal truth as the panel, with lost and split identities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.simulation.randomness import stream
from mmm_helpers.simulation.truth import window_change
from mmm_helpers.simulation.world import Company, MarketWorld

PEOPLE = 1_000_000
"""Journeys of the whole company."""
WEEKS = 13
"""Last weeks of the history in which journeys end."""
SHORTEST, MEAN_LENGTH = 5, 6.5
"""Touches of the shortest journey, and of the average one."""
CONVERSION_RATE = 0.06
ORDER_VALUE = 60.0
"""Mean value of an order in euros; a market's own is this times its price level."""
ORDER_SD = 0.4
HOURS_BETWEEN = 36.0
"""Mean hours between two touches."""
SPLIT, MATCHED, LOST = 0.20, 0.70, 0.08
"""Share of people with two identities, share of these whose log-in joins them, share of touches without consent."""
DIRECT = "direct"
"""Visits that nobody paid for and nothing caused: seen in journeys, and no channel of the panel."""
STAGE = {
    "online_video": (1.0, 1.6, -0.3),
    "social": (1.1, 0.9, -0.1),
    "display": (1.2, 0.6, 0.0),
    "search_generic": (1.1, -0.3, 0.2),
    "search_brand": (0.9, -1.2, 0.7),
    "email": (0.5, -0.8, 0.5),
    "organic": (0.8, -0.2, 0.3),
    DIRECT: (0.6, -1.0, 0.7),
}
"""Channel → how common it is, how much earlier in a journey than others, and how much intent draws people to it."""
INTENT_SD = 0.8
"""Sd of the log of a person's intent to buy, which draws touches and conversions alike and so confounds all credit."""


@dataclass(frozen=True)
class JourneyWorld:
    """Journeys of one market as its file shows them, and apart from it the truth.

    Parameters
    ----------
    touches : user, time, channel, converted, value, market; a row a touch, a conversion on the row of the last one.
    links : user, person: identities that a log-in joins.
    truth : market, channel, met (people), conversions and value that the channel caused; `baseline` for all others.
    """

    touches: pd.DataFrame
    links: pd.DataFrame
    truth: pd.DataFrame


def people_by_market(company: Company, people: int = PEOPLE) -> dict[str, int]:
    """Journeys per market, in proportion to the square root of its revenue in euros; they add up to `people`."""
    root = {c: np.sqrt(_revenue(w) / w.recipe.price_level) for c, w in company.markets.items()}
    total = sum(root.values())
    shares = {c: int(people * r / total) for c, r in root.items()}
    largest = max(shares, key=shares.get)
    return shares | {largest: shares[largest] + people - sum(shares.values())}


def true_shares(world: MarketWorld, *, weeks: int = WEEKS) -> dict[str, float]:
    """Channel that journeys see → share of the last weeks' revenue that its spend in them brought."""
    stop = len(world.dates)
    start = max(stop - weeks, 0)
    revenue = float(world.outcome[start:].sum())
    caused = {
        c: -float(window_change(world, c, start, stop, 0.0).sum()) / revenue
        for c in STAGE
        if c in world.amounts
    }
    return {c: max(share, 0.0) for c, share in caused.items()}


def simulate_journeys(
    company: Company,
    market: str,
    people: int,
    *,
    shortest: int = SHORTEST,
    split: float = SPLIT,
    matched: float = MATCHED,
    lost: float = LOST,
) -> JourneyWorld:
    """Simulate a market's journeys of its last `WEEKS` weeks.

    A person has an intent z, lognormal with mean 1. A touch is of a channel with a chance that depends on its place in
    the journey and on z (`STAGE`). The chance to convert is b·z + Σ e over the channels met: effects add up, so what a
    channel caused is its effect times the people who met it, which is also its removal effect and its Shapley value.
    The effects e are such that each channel's share of all conversions is its true share of revenue in the panel
    (`true_shares`); television and out-of-home, which journeys cannot see, are in b. Direct visits have no effect.

    Parameters
    ----------
    people : number of journeys. shortest : touches of the shortest.
    split : share of people whose touches are spread over two identities. matched : share of these that are linked.
    lost : share of touches whose identity is lost; each stands alone.

    Raises
    ------
    ValueError : fewer than one touch, or shares outside 0 to 1.
    """
    if shortest < 1 or people < 1 or not all(0 <= s <= 1 for s in (split, matched, lost)):
        raise ValueError("simulate_journeys needs people, a touch each, and shares between 0 and 1.")
    world = company.markets[market]
    rng = stream(company.seed, market, "journeys")
    intent = np.exp(rng.normal(-(INTENT_SD**2) / 2, INTENT_SD, people)).astype(np.float32)
    length = shortest + rng.poisson(max(MEAN_LENGTH - SHORTEST, 0.5), people)
    start = np.concatenate([[0], np.cumsum(length)])
    names = [c for c in STAGE if c == DIRECT or c in world.amounts]
    channel = _draw_channels(names, intent, length, start, rng)
    converted, truth = _convert(world, names, channel, start, intent, rng)
    value = converted * rng.lognormal(-(ORDER_SD**2) / 2, ORDER_SD, people)
    value *= ORDER_VALUE * world.recipe.price_level
    user, links = _identities(people, length, rng, split=split, matched=matched, lost=lost)
    last = start[1:] - 1
    flags, money = np.zeros(start[-1], bool), np.zeros(start[-1])
    flags[last], money[last] = converted, np.round(value, world.recipe.decimals)
    touches = pd.DataFrame(
        {
            "user": user,
            "time": _draw_times(world, people, length, start, rng),
            "channel": pd.Categorical.from_codes(channel, categories=names),
            "converted": flags,
            "value": money,
            "market": pd.Categorical([market] * len(user)),
        }
    )
    worth = ORDER_VALUE * world.recipe.price_level
    truth = truth.assign(market=market, value=truth["conversions"] * worth)
    return JourneyWorld(touches, links, truth[["market", "channel", "met", "conversions", "value"]])


def _revenue(world: MarketWorld) -> float:
    return float(world.outcome[-WEEKS:].sum())


def _draw_channels(
    names: list[str], intent: np.ndarray, length: np.ndarray, start: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(touch,) int8: one channel by its weight at the touch's place and the person's intent."""
    common, early, drawn = (np.array([STAGE[c][k] for c in names], np.float32) for k in range(3))
    place = (np.arange(start[-1]) - np.repeat(start[:-1], length)).astype(np.float32)
    place = place / np.repeat(np.maximum(length - 1, 1), length).astype(np.float32) - 0.5
    log_intent = np.log(np.repeat(intent, length))
    scores = -early * place[:, None] + drawn * log_intent[:, None] + np.log(common)
    scores -= np.log(
        -np.log(np.maximum(rng.random(scores.shape, dtype=np.float32), 1e-12))
    )  # the largest of Gumbel sums is one draw
    return scores.argmax(axis=1).astype(np.int8)


def _convert(
    world: MarketWorld,
    names: list[str],
    channel: np.ndarray,
    start: np.ndarray,
    intent: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, pd.DataFrame]:
    """(person,) who converts, and what each channel caused in expectation."""
    people = len(intent)
    met = np.zeros((people, len(names)), bool)
    met[np.repeat(np.arange(people), np.diff(start)), channel] = True
    shares = true_shares(world)
    total = CONVERSION_RATE * people
    caused = np.array([shares.get(c, 0.0) * total for c in names])
    counts = np.maximum(met.sum(axis=0), 1)
    effect = caused / counts
    chance = (CONVERSION_RATE * (1 - caused.sum() / total)) * intent + met @ effect
    truth = pd.DataFrame({"channel": [*names, "baseline"], "met": [*met.sum(axis=0), people]})
    truth["conversions"] = [*caused, total - caused.sum()]
    return rng.random(people) < chance, truth


def _draw_times(
    world: MarketWorld, people: int, length: np.ndarray, start: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(touch,) times in milliseconds; a journey's last touch lies anywhere in the last weeks."""
    begin = world.dates[-min(WEEKS, len(world.dates))]
    seconds = (world.dates[-1] - begin).total_seconds() + 7 * 86400 - 1
    ends = begin.to_datetime64() + (rng.random(people) * seconds * 1000).astype("timedelta64[ms]")
    gaps = rng.exponential(HOURS_BETWEEN * 3600 * 1000, start[-1])
    passed = np.cumsum(gaps)
    before = np.repeat(passed[start[1:] - 1], length) - passed
    return (np.repeat(ends, length) - before.astype("timedelta64[ms]")).astype("datetime64[ms]")


def _identities(
    people: int, length: np.ndarray, rng: np.random.Generator, *, split: float, matched: float, lost: float
) -> tuple[np.ndarray, pd.DataFrame]:
    """(touch,) the identity that a touch was seen under, and the links between identities of one person."""
    touches = int(length.sum())
    first, second = 2 * np.arange(people, dtype=np.int64), 2 * np.arange(people, dtype=np.int64) + 1
    divided = rng.random(people) < split
    other = np.repeat(divided, length) & (rng.random(touches) < 0.5)
    user = np.where(other, np.repeat(second, length), np.repeat(first, length))
    alone = rng.random(touches) < lost
    user[alone] = 2 * people + np.arange(int(alone.sum()))
    linked = np.flatnonzero(divided & (rng.random(people) < matched))
    links = pd.DataFrame(
        {"user": np.concatenate([first[linked], second[linked]]), "person": np.tile(linked, 2)}
    )
    return user, links.sort_values("user", ignore_index=True)


def simulate_all(company: Company, people: int = PEOPLE) -> dict[str, JourneyWorld]:
    """Journeys of every market; users of different markets do not overlap."""
    offset, worlds = 0, {}
    for market, count in people_by_market(company, people).items():
        world = simulate_journeys(company, market, count)
        touches = world.touches.assign(user=world.touches["user"] + offset)
        links = world.links + offset
        worlds[market] = JourneyWorld(touches, links, world.truth)
        offset += int(world.touches["user"].max()) + 1
    return worlds
