"""A cap on how often the same people are reached: how far each cell may grow before it is passed.

Reach grows more slowly than impressions. Its elasticity is read off the cell's own periods (least squares of log reach
on log impressions); with too little to go by reach is taken not to grow at all, which is the strict reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mmm_helpers.decisions.responses import Cell
from mmm_helpers.model.areas import MARKET

LEAST_PERIODS = 12
LEAST_VARIATION = 0.05
"""Periods, and sd of log impressions, from which on an elasticity is read off the data."""
LARGEST = 50.0
"""Largest log of a limit: beyond any spend."""


def frequency_limits(
    panel: pd.DataFrame,
    cells: Sequence[Cell],
    caps: float | Mapping[str, float] | None,
    *,
    year: int,
    factors: Mapping[str, float] | None = None,
) -> np.ndarray:
    """(cell,) largest multiple of today's spend at which impressions per person reached stay below the cap.

    Infinite where no cap is stated, or where impressions and reach of the last year are not known. It may be below 1:
    the cap is passed already.

    Parameters
    ----------
    panel : the market's, with impressions_<channel> and reach_<channel> where they are known.
    caps : impressions per person reached in a period, for all channels or by channel. year : periods in a year.
    factors : channel → coming price of media over today's; what is dearer reaches the cap later.
    """
    own = caps if isinstance(caps, Mapping) else {} if caps is None else {c.channel: caps for c in cells}
    limits = [
        _limit(panel, cell, own[cell.channel], year) if cell.channel in own else np.inf for cell in cells
    ]
    return np.array(limits) * [(factors or {}).get(c.channel, 1.0) for c in cells]


def _limit(panel: pd.DataFrame, cell: Cell, cap: float, year: int) -> float:
    columns = [f"impressions_{cell.channel}", f"reach_{cell.channel}"]
    if not set(columns) <= set(panel.columns):
        return np.inf
    own = panel if cell.region == MARKET else panel[panel["region"] == cell.region]
    series = own.groupby("date")[columns].sum(min_count=1).set_axis(["impressions", "reach"], axis=1)
    recent = series.iloc[-year:]
    recent = recent[(recent > 0).all(axis=1)]
    if recent.empty:
        return np.inf
    today = recent["impressions"].mean() / recent["reach"].mean()
    elasticity = reach_elasticity(series["impressions"], series["reach"])
    room = np.log(cap / today) / max(1 - elasticity, 1e-9)
    return float(np.exp(np.clip(room, -LARGEST, LARGEST)))


def reach_elasticity(impressions: pd.Series, reach: pd.Series) -> float:
    """Per cent that reach grows with one per cent more impressions, between 0 and 1.

    Examples
    --------
    >>> seen = pd.Series(np.arange(1.0, 21.0))
    >>> round(reach_elasticity(seen, 5 * seen**0.6), 6)
    0.6
    """
    both = (impressions > 0) & (reach > 0)
    x, y = np.log(impressions[both]), np.log(reach[both])
    if len(x) < LEAST_PERIODS or x.std() < LEAST_VARIATION:
        return 0.0
    return float(np.clip(np.polyfit(x, y, 1)[0], 0.0, 1.0))
