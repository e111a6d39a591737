"""Worlds at a few seeds, each simulated once."""

from collections.abc import Callable
from functools import cache

import pytest

from mmm_helpers.ladder.world import SimulatedWorld, simulate_world


@pytest.fixture(scope="session")
def world() -> Callable[[str, int], SimulatedWorld]:
    """`world(name, seed)`."""
    return cache(simulate_world)
