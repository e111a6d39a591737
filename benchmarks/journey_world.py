"""People and what they met on their way, in a company whose media truly bring what its panel says: small and quick.

Everybody has an intent to buy that nobody sees. It makes people convert by themselves, and it makes them search, come
directly and open mails; so credit flows to channels that stand beside a purchase. What a channel brings is added on
top, the same for everybody who met it, in the amounts of the company's truth: the conversions that a channel's removal
would cost are its incremental ones. TV and out-of-home are in nobody's path; what they bring looks as if it had come by
itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.attribution.journeys import Journeys

RATE = 0.08
"""Conversions per person who met anything."""
INTENT = 0.8
"""Change of the log chance to convert by oneself, per sd of intent."""


@dataclass(frozen=True)
class Way:
    """How people meet a channel: touches on average, their change per sd of intent, hours before the end."""

    touches: float
    intent: float
    hours: float


WAYS = {
    "online_video": Way(1.3, 0.05, 330.0),
    "social": Way(1.2, 0.15, 260.0),
    "display": Way(1.3, 0.25, 200.0),
    "search_generic": Way(0.7, 0.45, 140.0),
    "email": Way(0.5, 0.45, 110.0),
    "organic": Way(0.8, 0.60, 90.0),
    "direct": Way(0.5, 0.70, 40.0),
    "search_brand": Way(0.6, 0.80, 30.0),
}


def simulate_journeys(truth: pd.DataFrame, outcome: float, *, people: int, seed: int) -> Journeys:
    """Journeys of a year.

    Parameters
    ----------
    truth : incremental money by channel (index). outcome : money of the market in the same year.
    people : those who are followed; a person who met nothing has no journey.

    Returns
    -------
    Journeys whose conversions are worth `outcome` on average, together with those of people who met nothing.
    """
    rng = np.random.default_rng([61, seed])
    names, intent = tuple(WAYS), rng.normal(0, 1, people)
    counts = np.stack(
        [rng.poisson(w.touches * np.exp(w.intent * intent - w.intent**2 / 2)) for w in WAYS.values()], 1
    )
    met = counts > 0
    brought = np.array([truth["incremental"].get(c, 0.0) for c in names]) / outcome
    total = RATE * people
    own = np.exp(INTENT * intent)
    chance = (1 - brought.sum()) * total * own / own.sum() + met @ (brought * total / met.sum(axis=0))
    bought = rng.random(people) < chance
    return _pack(names, counts, bought, outcome / total, rng)


def _pack(
    names: tuple[str, ...], counts: np.ndarray, bought: np.ndarray, value: float, rng: np.random.Generator
) -> Journeys:
    """Touches of all people in one array, oldest first."""
    person, channel = (np.repeat(i.ravel(), counts.ravel()) for i in np.indices(counts.shape))
    hours = np.minimum(rng.exponential(np.array([w.hours for w in WAYS.values()])[channel]), 719.0)
    order = np.lexsort((-hours, person))
    length = counts.sum(axis=1)
    there = length > 0
    return Journeys(
        channels=names,
        channel=channel[order].astype(np.int8),
        start=np.concatenate([[0], np.cumsum(length[there])]).astype(np.int64),
        hours=hours[order],
        count=np.ones(there.sum(), np.int64),
        conversions=bought[there].astype(np.int64),
        value=bought[there] * value,
    )
