"""The last steps before a conversion: how people went from channel to channel, as flows to draw."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.attribution.journeys import Journeys

LAST = 4
"""Touches before the conversion that are shown."""
FEWEST = 20
"""Flows of fewer people are not shown."""
ENTRY = "start"
"""Where a journey comes from that has no earlier touch."""


def compute_steps(journeys: Journeys, *, last: int = LAST, fewest: int = FEWEST) -> pd.DataFrame:
    """Flows between the last touches of those who converted.

    Parameters
    ----------
    last : number of touches before the conversion. fewest : conversions that a flow needs to be listed.

    Returns
    -------
    One row per flow: step (1 is the one to the last touch, 2 the one before), source, target (channels; `start`
    where the journey had begun no earlier), conversions, share (of all conversions). Journeys without touches, and
    flows of fewer than `fewest` conversions, are left out.
    """
    names = np.array([*journeys.channels, ENTRY], dtype=object)
    weight, length = journeys.conversions, journeys.length
    bought = np.flatnonzero((weight > 0) & (length > 0))
    end, total = journeys.start[1:][bought], float(weight.sum())
    rows = []
    for step in range(1, last):
        ends = [_touch(journeys, end, length[bought], back) for back in (step + 1, step)]
        reached = length[bought] >= step
        pair = ends[0][reached] * len(names) + ends[1][reached]
        flow = np.bincount(pair, weights=weight[bought][reached], minlength=len(names) ** 2)
        for at in np.flatnonzero(flow >= fewest):
            source, target = divmod(int(at), len(names))
            named = {"step": step, "source": names[source], "target": names[target]}
            rows.append(named | {"conversions": float(flow[at]), "share": float(flow[at] / total)})
    return pd.DataFrame(rows, columns=["step", "source", "target", "conversions", "share"])


def _touch(journeys: Journeys, end: np.ndarray, length: np.ndarray, back: int) -> np.ndarray:
    """Channel of the touch `back` places before the end; the entry one place before the first, −1 farther out."""
    entry = len(journeys.channels)
    place = np.where(length >= back, end - back, 0)
    channel = journeys.channel[place].astype(np.int64)
    return np.select([length >= back, length == back - 1], [channel, entry], default=-1)
