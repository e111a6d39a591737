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


def subset(journeys: Journeys, rows: np.ndarray) -> Journeys:
    """Some of the journeys, in their order.

    Parameters
    ----------
    rows : (journey,) booleans.
    """
    return _pick(journeys, np.repeat(rows, journeys.length), rows, journeys.length[rows])


def keep_touches(journeys: Journeys, touches: np.ndarray, *, rows: np.ndarray | None = None) -> Journeys:
    """The journeys with some of their touches; one may be left without any.

    Parameters
    ----------
    touches : (touch,) booleans. rows : (journey,) booleans of the journeys to keep; None for all.
    """
    rows = np.ones(len(journeys), bool) if rows is None else rows
    return _pick(
        journeys, touches, rows, np.diff(np.concatenate([[0], np.cumsum(touches)])[journeys.start])[rows]
    )


def _pick(journeys: Journeys, touches: np.ndarray, rows: np.ndarray, left: np.ndarray) -> Journeys:
    """The touches and journeys that are marked; `left` (journey,) touches of each of these."""
    return Journeys(
        channels=journeys.channels,
        channel=journeys.channel[touches],
        start=np.concatenate([[0], np.cumsum(left)]),
        hours=journeys.hours[touches],
        count=journeys.count[rows],
        conversions=journeys.conversions[rows],
        value=journeys.value[rows],
    )


def converting(journeys: Journeys) -> Journeys:
    """The journeys with a conversion and at least one touch, which are all that rules of credit look at."""
    return subset(journeys, (journeys.conversions > 0) & (journeys.length > 0))


def from_arrays(arrays: dict[str, np.ndarray]) -> Journeys | None:
    """Journeys from what the gate wrote (`inputs.store.read_journey_arrays`); None where a market has none."""
    if not arrays:
        return None
    return Journeys(
        channels=tuple(map(str, arrays["channels"])), **{n: a for n, a in arrays.items() if n != "channels"}
    )
