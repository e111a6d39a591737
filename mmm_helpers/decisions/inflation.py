"""Dearer media: what spend at the coming prices buys of what it bought in the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mmm_helpers.decisions.responses import GRID, Cell, response_at


def price_factors(
    rates: float | Mapping[str, float] | None,
    channels: Sequence[str],
    *,
    horizon: int,
    periods_per_year: float,
) -> dict[str, float]:
    """Channel → price of its media in the plan's periods over that of the last year's spend.

    Prices grow evenly from the middle of the last year to the middle of the horizon.

    Parameters
    ----------
    rates : share by which prices rise in a year, for all channels or by channel; None for none.

    Examples
    --------
    >>> factors = price_factors({"tv": 0.1}, ["tv", "search"], horizon=26, periods_per_year=52)
    >>> round(factors["tv"], 4), factors["search"]
    (1.0741, 1.0)
    """
    years = 0.5 + horizon / 2 / periods_per_year
    own = rates if isinstance(rates, Mapping) else dict.fromkeys(channels, rates or 0.0)
    return {channel: (1 + own.get(channel, 0.0)) ** years for channel in channels}


def inflate(cells: Sequence[Cell], factors: Mapping[str, float]) -> list[Cell]:
    """The same cells at the coming prices: spending m × today's money buys m / factor of today's media.

    Spend that was seen buys less as well, so support moves out by the same factor.

    Parameters
    ----------
    factors : channel → coming price over today's, 1 or more (`price_factors`).

    Examples
    --------
    >>> linear = Cell("R1", "tv", 100.0, 1.0, 150.0 * GRID[None, :])
    >>> inflate([linear], {"tv": 1.25})[0].response[0, 20].item()
    120.0
    """
    return [_dearer(cell, factors.get(cell.channel, 1.0)) for cell in cells]


def _dearer(cell: Cell, factor: float) -> Cell:
    if factor == 1.0:
        return cell
    response = np.stack([response_at(cell, m / factor) for m in GRID], axis=1)
    return replace(cell, support=cell.support * factor, response=response)
