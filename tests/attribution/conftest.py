"""Journeys made by hand and by chance."""

import numpy as np
import pytest

from mmm_helpers.attribution.journeys import Journeys


def by_hand(paths: list[tuple[str, float, float]], channels: tuple[str, ...] = ("A", "B", "C")) -> Journeys:
    """Aggregated paths like `("A B C", people, conversions)`; a conversion is worth 10."""
    touches = [path.split() for path, _, _ in paths]
    flat = [channels.index(name) for path in touches for name in path]
    conversions = np.array([c for _, _, c in paths], float)
    return Journeys(
        channels=channels,
        channel=np.array(flat, np.int8),
        start=np.cumsum([0, *map(len, touches)]),
        hours=np.full(len(flat), np.nan),
        count=np.array([n for _, n, _ in paths], float),
        conversions=conversions,
        value=10 * conversions,
    )


def by_chance(seed: int = 0, *, people: int = 3000, channels: int = 5) -> Journeys:
    """Single people with one to seven touches over 40 days, of whom about a fifth convert."""
    rng = np.random.default_rng(seed)
    length = rng.integers(1, 8, people)
    hours = np.concatenate([np.sort(rng.uniform(0, 960, n))[::-1] for n in length])
    converted = (rng.random(people) < 0.2).astype(float)
    return Journeys(
        channels=tuple("ABCDEFGH"[:channels]),
        channel=rng.choice(
            channels, length.sum(), p=np.arange(1, channels + 1) / sum(range(channels + 1))
        ).astype(np.int8),
        start=np.concatenate([[0], np.cumsum(length)]),
        hours=hours,
        count=np.ones(people),
        conversions=converted,
        value=converted * rng.gamma(2, 30, people),
    )


@pytest.fixture(scope="session")
def people() -> Journeys:
    return by_chance()
