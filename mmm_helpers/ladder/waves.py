"""Movements over time that the worlds are made of: calendar, waves with heavy tails, wandering effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

LAST_WEEK = pd.Timestamp("2025-12-22")
"""Monday that the last recorded week starts on."""
LEAD_IN = 13
"""Weeks simulated before the recorded ones, as long as the longest carry-over: life did not begin with the data."""
TAIL = 7
"""Weeks simulated after the recorded ones: where a window's spend still works, as the template counts it."""
WEEKS_PER_YEAR = 365.25 / 7
FARTHEST = 5.0
"""Largest shock in sds: tails are heavy, but no shock turns an outcome negative."""


@dataclass(frozen=True)
class Calendar:
    """Weeks of one market: lead-in, recorded weeks, tail."""

    weeks: int

    @property
    def dates(self) -> pd.DatetimeIndex:
        """All weeks, `LEAD_IN` and `TAIL` included."""
        last = LAST_WEEK + pd.Timedelta(weeks=TAIL)
        return pd.date_range(end=last, periods=self.steps, freq="7D", name="date")

    @property
    def steps(self) -> int:
        return LEAD_IN + self.weeks + TAIL

    @property
    def recorded(self) -> slice:
        """The weeks that are in the data."""
        return slice(LEAD_IN, LEAD_IN + self.weeks)

    @property
    def window(self) -> slice:
        """The last 52 recorded weeks, all of them in a shorter history."""
        stop = LEAD_IN + self.weeks
        return slice(stop - min(52, self.weeks), stop)

    @property
    def years(self) -> np.ndarray:
        """(steps,) years since the middle of the recorded weeks."""
        return (np.arange(self.steps) - LEAD_IN - (self.weeks - 1) / 2) / WEEKS_PER_YEAR


def wave(rng: np.random.Generator, shape: tuple[int, int], rho: float, *, df: float = np.inf) -> np.ndarray:
    """First-order autoregression along axis 0, started in its long-run spread, mean 0 and sd 1.

    Parameters
    ----------
    shape : (periods, columns).
    rho : correlation with the period before.
    df : degrees of freedom (above 2) of the Student t distribution of its steps, cut at `FARTHEST` sds.
    """
    steps = rng.standard_t(df, shape) * np.sqrt((df - 2) / df) if np.isfinite(df) else rng.normal(size=shape)
    steps = np.clip(steps, -FARTHEST, FARTHEST)
    values = np.empty(shape)
    values[0] = steps[0]
    for t in range(1, shape[0]):
        values[t] = rho * values[t - 1] + np.sqrt(1 - rho**2) * steps[t]
    return values


def shared_wave(rng: np.random.Generator, shape: tuple[int, int], rho: float, shared: float) -> np.ndarray:
    """Waves with sd 1 of which a part `shared` of the variance is common to all columns."""
    common, own = wave(rng, (shape[0], 1), rho), wave(rng, shape, rho)
    return np.sqrt(shared) * common + np.sqrt(1 - shared) * own


def wander(rng: np.random.Generator, calendar: Calendar, columns: int, sd: float) -> np.ndarray:
    """(steps, columns) random walk, zero in the middle of the data, that two years move by one `sd`."""
    steps = rng.normal(0, sd / np.sqrt(2 * WEEKS_PER_YEAR), (calendar.steps, columns))
    walk = np.cumsum(steps, axis=0)
    return walk - walk[LEAD_IN + calendar.weeks // 2]


def flights(rng: np.random.Generator, steps: int) -> np.ndarray:
    """(steps,) True in bursts of three to seven weeks with two to five weeks between them."""
    pattern: list[bool] = []
    on = bool(rng.integers(2))
    while len(pattern) < steps:
        pattern += [on] * int(rng.integers(3, 8) if on else rng.integers(2, 6))
        on = not on
    return np.array(pattern[:steps])
