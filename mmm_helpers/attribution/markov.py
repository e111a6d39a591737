"""Removal effects in a Markov chain of touches, exact (Anderl, Becker, von Wangenheim & Schumann 2016)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmm_helpers.attribution.journeys import Journeys

MOST_STATES = 3000
"""States up to which the chain is solved: order 3 with 13 channels."""


def most_channels(order: int) -> int:
    """Channels that a chain of an order can hold.

    Examples
    --------
    >>> [most_channels(order) for order in (1, 2, 3)]
    [2999, 53, 13]
    """
    return int((MOST_STATES + 0.5) ** (1 / order)) - 1


@dataclass(frozen=True)
class Chain:
    """A fitted absorbing chain whose states are the last `order` touches.

    Parameters
    ----------
    moves : (state, state) transition probabilities between touches; rows and the two exits add up to one.
    converts : (state,) probability of converting next.
    begin : position of the state before any touch.
    holds : (state, channel) whether a state holds a channel.
    """

    moves: np.ndarray
    converts: np.ndarray
    begin: int
    holds: np.ndarray


def fit_chain(journeys: Journeys, order: int = 1) -> Chain:
    """Count transitions; journeys without touches take no part.

    Parameters
    ----------
    order : number of touches that a state remembers, 1 to 3.

    Raises
    ------
    ValueError : too many states for this number of channels.
    """
    channels = len(journeys.channels)
    base = channels + 1
    if order < 1:
        raise ValueError(f"The order of a chain is 1 or more. Got {order}.")
    if base**order > MOST_STATES:
        raise ValueError(
            f"A chain of order {order} over {channels} channels has {base**order:,} states, more than {MOST_STATES:,}: "
            "use a lower order, or join channels."
        )
    state = _states(journeys, order, base)
    begin = sum(channels * base**k for k in range(order))
    before = np.concatenate([[begin], state[:-1]]).astype(np.int64)
    has = journeys.length > 0
    first, last = journeys.start[:-1][has], journeys.start[1:][has] - 1
    before[first] = begin
    size = base**order
    single = (journeys.count == 1).all()
    weight = None if single else np.repeat(journeys.count.astype(float), journeys.length)
    counts = np.bincount(before * size + state, weights=weight, minlength=size * size).reshape(size, size)
    bought = np.bincount(state[last], weights=journeys.conversions[has], minlength=size)
    lost = np.bincount(state[last], weights=(journeys.count - journeys.conversions)[has], minlength=size)
    total = counts.sum(axis=1) + bought + lost
    seen = np.flatnonzero(total > 0)
    digits = seen[:, None] // base ** np.arange(order) % base
    holds = (digits[:, :, None] == np.arange(channels)).any(axis=1)
    moves = counts[np.ix_(seen, seen)] / total[seen, None]
    return Chain(moves, bought[seen] / total[seen], int(np.searchsorted(seen, begin)), holds)


def _states(journeys: Journeys, order: int, base: int) -> np.ndarray:
    """(touch,) number of the state after each touch: its last touches as digits, the latest first."""
    channel = journeys.channel.astype(np.int32)
    state, length = channel.copy(), journeys.length
    for back in range(1, order):
        earlier = np.roll(channel, back)
        for place in range(back):
            earlier[journeys.start[:-1][length > place] + place] = base - 1
        state += earlier * np.int32(base**back)
    return state


def conversion_probability(chain: Chain, without: int | None = None) -> float:
    """Probability that a journey converts, with every step to one channel redirected to no conversion.

    Parameters
    ----------
    without : position of the channel; None for none. At higher orders every state that holds it is closed.
    """
    open_states = np.ones(len(chain.moves), bool) if without is None else ~chain.holds[:, without]
    moves, exits = chain.moves[np.ix_(open_states, open_states)], chain.converts[open_states]
    reach = np.linalg.solve(np.eye(len(moves)) - moves, exits)
    return float(reach[int(open_states[: chain.begin].sum())])


def removal_effects(chain: Chain) -> np.ndarray:
    """(channel,) 1 − P(conversion without the channel) / P(conversion), between 0 and 1; all 0 without conversions."""
    whole = conversion_probability(chain)
    channels = chain.holds.shape[1]
    if whole <= 0:
        return np.zeros(channels)
    return np.array([1 - conversion_probability(chain, c) / whole for c in range(channels)]).clip(0, 1)
