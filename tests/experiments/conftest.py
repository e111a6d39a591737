"""Panels with a known effect, seasons of their own and memory, as geo tests meet them."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.geo import GeoTest


def _make(
    seed, *, effect=0.0, regions=5, weeks=110, length=6, cooldown=7, noise=3.5, memory=0.3, seasons=2.0
):
    """A test whose treated region, level 100, has `effect` more in each period of test and cool-down."""
    rng = np.random.default_rng(seed)
    time = np.arange(weeks)
    common = 8 * np.sin(2 * np.pi * time / 52 + rng.uniform(0, 6)) + rng.normal(0, 1, weeks)
    own = seasons * np.sin(2 * np.pi * time[:, None] / 52 + rng.uniform(0, 6, regions))
    steps = rng.normal(0, noise * np.sqrt(1 - memory**2), (weeks, regions))
    for t in range(1, weeks):
        steps[t] += memory * steps[t - 1]
    first = weeks - length - cooldown
    outcome = 100 + common[:, None] * rng.uniform(0.8, 1.2, regions) + own + steps
    outcome[first:, 0] += effect
    dates = pd.date_range("2023-01-02", periods=weeks, freq="7D")
    frame = pd.DataFrame(outcome, index=dates, columns=[f"R{i}" for i in range(regions)])
    return GeoTest("test", frame, ("R0",), dates[first], dates[first + length - 1], cooldown)


@pytest.fixture(scope="session")
def make_test():
    return _make
