"""Shapley values of channels: of the sets that people met, and of a model of what each set is worth."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
from scipy.optimize import nnls

from mmm_helpers.attribution.journeys import Journeys

MOST_CHANNELS = 16
"""Channels up to which coalitions are tabled."""


def tabulate_coalitions(journeys: Journeys) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What became of the people who met the same set of channels; journeys without touches are the empty set.

    Returns
    -------
    member (set, channel) booleans, count, conversions and value (set,) of the sets that occur.

    Raises
    ------
    ValueError : too many channels.
    """
    size = len(journeys.channels)
    if size > MOST_CHANNELS:
        raise ValueError(
            f"Sets are counted for up to {MOST_CHANNELS} channels, and there are {size}: join some."
        )
    masks = np.zeros(len(journeys), np.int64)
    has = journeys.length > 0
    bits = np.left_shift(np.int64(1), journeys.channel.astype(np.int64))
    masks[has] = np.bitwise_or.reduceat(bits, journeys.start[:-1][has]) if has.any() else 0
    totals = [
        np.bincount(masks, weights=w, minlength=2**size)
        for w in (journeys.count, journeys.conversions, journeys.value)
    ]
    met = np.flatnonzero(totals[0] > 0)
    member = (met[:, None] >> np.arange(size)) & 1 == 1
    return member, *(t[met] for t in totals)


def credit_by_sets(journeys: Journeys) -> tuple[np.ndarray, np.ndarray]:
    """(channel,) conversions and money by the Shapley value of the sets of channels that people met.

    With the worth of a set being the conversions of all who met nothing beyond it, the value has a closed form: each
    journey's conversion is divided evenly among its distinct channels (Zhao, Mahboobi & Bagheri 2018).
    """
    member, _, conversions, value = tabulate_coalitions(journeys)
    share = member / np.maximum(member.sum(axis=1, keepdims=True), 1)
    return share.T @ conversions, share.T @ value


def credit_by_place(journeys: Journeys) -> np.ndarray:
    """(channel, place) conversions by the ordered Shapley value: each channel's value by where it was earned.

    A channel's part of a journey (`credit_by_sets`) is divided evenly among the touches at which the journey met it
    (Zhao, Mahboobi & Bagheri 2018). Places: the first touch, those between, the last; a single touch is the last. The
    sum over places is the channel's Shapley value.

    Parameters
    ----------
    journeys : converting ones.
    """
    size, journey, length = len(journeys.channels), journeys.journey, journeys.length
    pair, at, times = np.unique(journey * size + journeys.channel, return_inverse=True, return_counts=True)
    distinct = np.bincount(pair // size, minlength=len(journeys))
    weight = journeys.conversions[journey] / distinct[journey] / times[at]
    place = np.ones(len(journeys.channel), int)
    place[journeys.start[:-1][length > 1]] = 0
    place[journeys.start[1:] - 1] = 2
    return np.bincount(journeys.channel.astype(int) * 3 + place, weights=weight, minlength=3 * size).reshape(
        size, 3
    )


def credit_by_worth(journeys: Journeys) -> tuple[np.ndarray, np.ndarray]:
    """(channel,) conversions and money by the Shapley value of a linear model of each set's chance, and a baseline.

    P(conversion | set) = baseline + Σ effects of its channels, none below zero, by weighted least squares over the
    sets. The Shapley value of such a worth is the effect itself, for everyone who met the channel; the baseline is a
    player of its own and keeps what would have come anyway (Shao & Li 2011; Dalessandro et al. 2012). So credits add
    up to fewer conversions than there were.
    """
    member, count, conversions, value = tabulate_coalitions(journeys)
    weight = np.sqrt(count)
    design = np.column_stack([np.ones(len(member)), member]) * weight[:, None]
    effects, _ = nnls(design, conversions / count * weight)
    met = np.concatenate([[count.sum()], member.T @ count])
    parts = effects * met
    total = conversions.sum()
    credit = parts[1:] * (total / parts.sum() if parts.sum() > 0 else 0.0)
    return credit, credit * (value.sum() / total if total > 0 else 0.0)


def shapley_values(worth: np.ndarray) -> np.ndarray:
    """(player,) Shapley values of any game, by its definition; for a few players.

    Parameters
    ----------
    worth : (2^players,) worth of each set, whose players are the bits of its position.

    Examples
    --------
    >>> shapley_values(np.array([0.0, 1.0, 3.0, 6.0])).tolist()
    [2.0, 4.0]
    """
    players = int(np.log2(len(worth)))
    values = np.zeros(players)
    for player in range(players):
        others = [p for p in range(players) if p != player]
        for size in range(players):
            factor = factorial(size) * factorial(players - size - 1) / factorial(players)
            for group in combinations(others, size):
                mask = sum(1 << p for p in group)
                values[player] += factor * (worth[mask | 1 << player] - worth[mask])
    return values
