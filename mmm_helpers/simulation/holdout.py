"""A simulated holdout among people: some are left out by lot, and what the channel does to each one is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.simulation.randomness import stream

SEGMENTS = {"new": 0.25, "active": 0.45, "lapsed": 0.30}
"""Segment → share of the people."""
REGION_SPREAD = 0.4
"""The first region's uplift is this much above the mean of the regions, the last one's this much below."""
ORDER_SD = 0.4
"""Sd of the log of an order's value around the person's own."""
ALL = "all"


@dataclass(frozen=True)
class HoldoutWorld:
    """A holdout as its file shows it, and apart from it the truth.

    Parameters
    ----------
    users : user, market, region, channel, segment, treated, converted, value, x_recency, x_frequency, x_value.
    truth : user, region, segment, chance (of a conversion when left out), uplift (of that chance by treatment),
        value_uplift (of the expected value).
    """

    users: pd.DataFrame
    truth: pd.DataFrame


def simulate_holdout(
    *,
    market: str = "DE",
    channel: str = "email",
    regions: Sequence[str] = ("Nord", "Ost", "Süd", "West"),
    users: int = 40_000,
    treated_share: float = 0.7,
    seed: int = 1,
) -> HoldoutWorld:
    """Simulate people of whom a part, drawn by lot, is left out of a channel.

    The truth, for a person with r days since the last order (`x_recency`), f orders in two years (`x_frequency`)
    and mean order v in money (`x_value`, median 60):

    - new (25 %): r from 0 to 30, f = 1; chance to buy when left out 3 %, uplift 3 points;
    - active (45 %): r to 90, f from 2; chance 2 % + 1.5 points for each order up to 6; uplift 2.4 points less 0.6
      for each order up to 6, so nothing at 4 orders and a loss beyond: who buys anyway is put off by more mail;
    - lapsed (30 %): r from 91 to 720; chance 2 % that halves every 166 days beyond 90, uplift 3 points that halve
      every 83 days beyond 90;
    - the uplift is multiplied by a factor of the region, from 1.4 for the first to 0.6 for the last in equal steps;
    - treatment is by lot, alike for everyone; an order is worth v times a lognormal factor with log sd 0.4, treated
      or not, so the uplift of the value is that of the chance times v exp(0.08).

    Parameters
    ----------
    market, channel, regions : names; people are spread over the regions evenly, by chance.
    users : number of people. treated_share : probability to be treated.
    seed : equal seeds give equal data.

    Raises
    ------
    ValueError : no region, no user, or a share that leaves one arm empty.

    Examples
    --------
    >>> world = simulate_holdout(users=1000, seed=3)
    >>> len(world.users), "uplift" in world.users, bool(world.truth["uplift"].min() < 0)
    (1000, False, True)
    """
    if not regions or users < 1 or not 0 < treated_share < 1:
        raise ValueError(
            "A holdout needs a region, a user and 0 < treated_share < 1. "
            f"Got {len(regions)} regions, {users} users and treated_share {treated_share} instead."
        )
    people = _people(regions, users, rng=stream(seed, market, channel, "holdout", "people"))
    truth = _truth(people, regions)
    rng = stream(seed, market, channel, "holdout", "lot and luck")
    treated = rng.random(users) < treated_share
    converted = rng.random(users) < truth["chance"] + truth["uplift"] * treated
    order = np.round(people["x_value"] * np.exp(rng.normal(0.0, ORDER_SD, users)), 2)
    names = [f"{market}-{number:07d}" for number in range(1, users + 1)]
    seen = {
        "user": names, "market": market, "region": people["region"], "channel": channel,
        "segment": people["segment"], "treated": treated.astype("int8"), "converted": converted.astype("int8"),
        "value": order.where(converted, 0.0),
    }  # fmt: skip
    features = people.filter(like="x_")
    known = people[["region", "segment"]].join(truth)
    return HoldoutWorld(pd.DataFrame(seen).join(features), known.assign(user=names)[["user", *known.columns]])


def _people(regions: Sequence[str], users: int, *, rng: np.random.Generator) -> pd.DataFrame:
    """Who they are, before any lot is drawn."""
    segment = rng.choice(list(SEGMENTS), users, p=list(SEGMENTS.values()))
    recency = {
        "new": rng.integers(0, 31, users),
        "active": np.minimum(rng.exponential(30.0, users), 90),
        "lapsed": np.minimum(91 + rng.exponential(120.0, users), 720),
    }
    frequency = {
        "new": np.ones(users),
        "active": 2 + rng.poisson(2.0, users),
        "lapsed": 1 + rng.poisson(1.0, users),
    }
    return pd.DataFrame(
        {
            "region": rng.choice(list(regions), users),
            "segment": segment,
            "x_recency": _by_segment(segment, recency).astype("int64"),
            "x_frequency": _by_segment(segment, frequency).astype("int64"),
            "x_value": np.round(np.exp(rng.normal(np.log(60.0), 0.5, users)), 2),
        }
    )


def _truth(people: pd.DataFrame, regions: Sequence[str]) -> pd.DataFrame:
    """Chance to buy when left out, and what treatment adds to it and to the expected value."""
    segment = people["segment"].to_numpy()
    orders, since = people["x_frequency"].clip(upper=6), people["x_recency"] - 90
    chance = {"new": 0.03, "active": 0.02 + 0.015 * orders, "lapsed": 0.02 * np.exp(-since / 240)}
    uplift = {"new": 0.03, "active": 0.024 - 0.006 * orders, "lapsed": 0.03 * np.exp(-since / 120)}
    steps = np.linspace(1 + REGION_SPREAD, 1 - REGION_SPREAD, len(regions)) if len(regions) > 1 else [1.0]
    own = people["region"].map(dict(zip(regions, steps, strict=True))).to_numpy(dtype=float)
    added = own * _by_segment(segment, uplift)
    worth = people["x_value"].to_numpy() * np.exp(ORDER_SD**2 / 2)
    return pd.DataFrame(
        {"chance": _by_segment(segment, chance), "uplift": added, "value_uplift": added * worth}
    )


def _by_segment(segment: np.ndarray, values: dict) -> np.ndarray:
    """Each person's entry of the segment that the person is in."""
    return np.select([segment == name for name in values], list(values.values()))


def compute_holdout_truth(world: HoldoutWorld) -> pd.DataFrame:
    """The mean true uplift by region and segment, `all` for the margins: region, segment, users, uplift, value_uplift.

    Examples
    --------
    >>> truth = compute_holdout_truth(simulate_holdout(users=2000))
    >>> len(truth), truth.loc[0, "region"], int(truth.loc[0, "users"])
    (20, 'all', 2000)
    """
    parts = []
    for level in ([], ["segment"], ["region"], ["region", "segment"]):
        keys = world.truth.assign(**{n: ALL for n in ("region", "segment") if n not in level})
        groups = keys.groupby(["region", "segment"], as_index=False)
        parts.append(
            groups.agg(
                users=("user", "size"), uplift=("uplift", "mean"), value_uplift=("value_uplift", "mean")
            )
        )
    return pd.concat(parts, ignore_index=True)


def compute_best_curve(world: HoldoutWorld, *, points: int = 51) -> pd.DataFrame:
    """What a ranking by the true uplift would bring: share (of people treated), uplift (conversions for each person).

    Examples
    --------
    >>> curve = compute_best_curve(simulate_holdout(users=2000))
    >>> bool(curve["uplift"].max() > curve["uplift"].iloc[-1])
    True
    """
    gains = np.sort(world.truth["uplift"].to_numpy())[::-1].cumsum() / len(world.truth)
    share = np.linspace(0.0, 1.0, points)
    known = np.linspace(0.0, 1.0, len(gains) + 1)
    return pd.DataFrame({"share": share, "uplift": np.interp(share, known, np.append(0.0, gains))})
