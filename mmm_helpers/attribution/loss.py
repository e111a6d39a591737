"""What lost identities do to credit: the same journeys, taken apart where a person is no longer recognised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mmm_helpers.attribution.journeys import Journeys
from mmm_helpers.attribution.models import compute_credits

RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Shares of the steps between two touches at which a person is lost, on top of what is lost already."""
MODELS = ("last", "first", "linear", "markov")
LOSS_COLUMNS = ["rate", "model", "channel", "share", "change"]


def break_journeys(journeys: Journeys, rate: float, *, rng: np.random.Generator) -> Journeys:
    """The journeys as they would be recorded if each step between two touches lost the person with a probability.

    A journey falls into parts that look like different people. What came of it is known for the last part alone; the
    others look like people who never bought. People who went the same way (`count` above 1) are lost together.

    Parameters
    ----------
    rate : probability, 0 to 1.
    """
    touches, owner = len(journeys.channel), journeys.journey
    opens = np.zeros(touches + 1, bool)
    opens[journeys.start[:-1][journeys.length > 0]] = True
    opens[:touches] |= rng.random(touches) < rate
    first = np.flatnonzero(opens[:touches])
    end = np.append(first[1:], touches)
    of = owner[first]
    empty = np.flatnonzero(journeys.length == 0)
    last = end == journeys.start[of + 1]
    rows, keeps = np.concatenate([of, empty]), np.concatenate([last, np.ones(len(empty), bool)])
    return Journeys(
        channels=journeys.channels,
        channel=journeys.channel,
        start=np.concatenate([first, np.full(len(empty) + 1, touches)]),
        hours=journeys.hours - np.repeat(journeys.hours[end - 1] * ~last, end - first),
        count=journeys.count[rows],
        conversions=journeys.conversions[rows] * keeps,
        value=journeys.value[rows] * keeps,
    )


def compute_loss(
    journeys: Journeys,
    *,
    rates: Sequence[float] = RATES,
    models: Sequence[str] = MODELS,
    seed: int = 0,
) -> pd.DataFrame:
    """Every channel's share of the credit as more and more identities are lost.

    Parameters
    ----------
    rates : the first is 0, what all others are compared with. models : names in `attribution.models.MODELS`.

    Returns
    -------
    Columns `LOSS_COLUMNS`; `change` is the share minus the one at rate 0.
    """
    rng, parts = np.random.default_rng(seed), []
    for rate in rates:
        seen = break_journeys(journeys, rate, rng=rng) if rate else journeys
        parts.append(compute_credits(seen, models=models).assign(rate=rate))
    table = pd.concat(parts, ignore_index=True)
    today = parts[0].set_index(["model", "channel"])["share"]
    keys = pd.MultiIndex.from_frame(table[["model", "channel"]])
    return table.assign(change=table["share"] - today.reindex(keys).to_numpy())[LOSS_COLUMNS]
