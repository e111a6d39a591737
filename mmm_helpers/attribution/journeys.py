"""Journeys in memory: touches in one long array, and what came of each journey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Journeys:
    """Journeys of one market, encoded; journey i holds the touches `start[i]` to `start[i + 1] - 1`, oldest first.

    Pre-aggregated paths are the same with `count` above 1.

    Parameters
    ----------
    channels : names; `channel` holds positions in it.
    channel : (touch,) int8.
    start : (journey + 1,) int64 offsets.
    hours : (touch,) hours from the touch to the end of its journey: the conversion, or the last touch of all.
        Missing (NaN) for aggregated paths, which hold no times.
    count : (journey,) how many people went this way.
    conversions : (journey,) conversions among them, 0 to `count`.
    value : (journey,) money that these conversions are worth, in the market's currency.
    """

    channels: tuple[str, ...]
    channel: np.ndarray
    start: np.ndarray
    hours: np.ndarray
    count: np.ndarray
    conversions: np.ndarray
    value: np.ndarray

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def length(self) -> np.ndarray:
        """(journey,) number of touches."""
        return np.diff(self.start)

    @property
    def journey(self) -> np.ndarray:
        """(touch,) position of the journey that each touch belongs to."""
        return np.repeat(np.arange(len(self)), self.length)
