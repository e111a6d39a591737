"""Rules of credit: what each touch of a converting journey gets, as weights that add up to one."""

from __future__ import annotations

import numpy as np

from mmm_helpers.attribution.journeys import Journeys

HALF_LIFE_DAYS = 7.0
"""Age in days at which a touch counts half under time decay."""
FIRST_SHARE = LAST_SHARE = 0.4
"""Credit of the first and of the last touch by position; those between share the rest."""


def weigh_last(journeys: Journeys) -> np.ndarray:
    """(touch,) all for the last touch."""
    weights = np.zeros(len(journeys.channel))
    weights[journeys.start[1:] - 1] = 1.0
    return weights


def weigh_first(journeys: Journeys) -> np.ndarray:
    """(touch,) all for the first touch."""
    weights = np.zeros(len(journeys.channel))
    weights[journeys.start[:-1]] = 1.0
    return weights


def weigh_linear(journeys: Journeys) -> np.ndarray:
    """(touch,) the same for every touch."""
    return np.repeat(1.0 / journeys.length, journeys.length)


def weigh_position(journeys: Journeys) -> np.ndarray:
    """(touch,) 40 % for the first, 40 % for the last, the rest evenly; one touch gets all, two get half each."""
    length = journeys.length
    between = (1 - FIRST_SHARE - LAST_SHARE) / np.maximum(length - 2, 1)
    weights = np.repeat(between, length)
    ends = np.select([length == 1, length == 2], [1.0, 0.5], default=FIRST_SHARE)
    weights[journeys.start[:-1]] = ends
    weights[journeys.start[1:] - 1] = np.where(length > 2, LAST_SHARE, ends)
    return weights


def weigh_decay(journeys: Journeys) -> np.ndarray:
    """(touch,) half as much for every `HALF_LIFE_DAYS` that a touch lies before the conversion.

    Raises
    ------
    ValueError : the journeys hold no times.
    """
    if np.isnan(journeys.hours).any():
        raise ValueError("Time decay needs the time of every touch, and aggregated paths hold none.")
    weights = 0.5 ** (journeys.hours / (24 * HALF_LIFE_DAYS))
    return weights / np.repeat(np.add.reduceat(weights, journeys.start[:-1]), journeys.length)


def credit_by_weights(journeys: Journeys, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(channel,) conversions and money that a rule credits.

    Parameters
    ----------
    journeys : converting ones (`journeys.converting`). weights : (touch,) adding up to one in every journey.
    """
    size = len(journeys.channels)
    conversions, value = (
        np.bincount(journeys.channel, weights=weights * total[journeys.journey], minlength=size)
        for total in (journeys.conversions, journeys.value)
    )
    return conversions, value
