"""What a constant spend over the coming periods brings, per cell, as a function of its size.

A cell is what can be moved by itself: a region's channel, or the whole market's where a channel is bought
nationally. Carry-over from the last observed periods and into the periods after the horizon is included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from mmm_helpers.estimands.curves import SUPPORT
from mmm_helpers.estimands.known import mean_over_known
from mmm_helpers.estimands.money import Money
from mmm_helpers.model.design import Design
from mmm_helpers.model.predict import whole_effect

GRID = np.linspace(0.0, 2.0, 41)
"""Multiples of today's spend at which responses are computed; 1 is one of them."""
HORIZON = 13
"""Periods that a plan covers unless the portfolio file says otherwise."""
TODAY = int(np.argmin(np.abs(GRID - 1.0)))


@dataclass(frozen=True)
class Cell:
    """One cell of a plan.

    Parameters
    ----------
    region : the region, or `all` for a channel bought nationally.
    spend : today's spend over the horizon, reporting currency: the last year's mean per period × periods.
    support : 95 % quantile of observed spend per period over today's; spending more was hardly ever seen.
        Periods with unknown spend count for neither.
    response : (sample, multiples) money in the reporting currency brought by the horizon's spend at `GRID`
        multiples of today's, against spending nothing; 0 at multiple 0.
    """

    region: str
    channel: str
    spend: float
    support: float
    response: np.ndarray


def plan_cells(
    design: Design,
    draws: xr.Dataset,
    money: Money,
    *,
    horizon: int,
    national: set[str],
    known: np.ndarray | None = None,
) -> list[Cell]:
    """All cells with known spend in the last year.

    Parameters
    ----------
    horizon : periods that the plan covers.
    national : channels that are bought for the whole market.
    known : (t, r, c) whether spend is known (`estimands.known.known_media`); None if all of it is.
    """
    known = np.ones(design.media.shape, bool) if known is None else known
    cells = []
    for channel in [c for c, paid in zip(design.channels, design.paid, strict=True) if paid]:
        c = design.channels.index(channel)
        level = todays_level(design, known, c)
        unit = money.spend(design.media_unit[:, c])
        response = _responses(design, draws, channel, known, horizon)
        groups = (
            {"all": slice(None)} if channel in national else {r: [i] for i, r in enumerate(design.regions)}
        )
        for region, where in groups.items():
            per_period = float((level * unit)[where].sum())
            if per_period <= 0:
                continue
            seen = (design.media[:, :, c] * unit)[:, where].sum(axis=1)[known[:, where, c].all(axis=1)]
            support = float(np.quantile(seen, SUPPORT) / per_period) if len(seen) else 1.0
            total = money.money(response)[:, :, where].sum(axis=2)
            cells.append(Cell(region, channel, per_period * horizon, support, total))
    return cells


def todays_level(design: Design, known: np.ndarray, c: int) -> np.ndarray:
    """(r,) mean of a channel's media per period in the last year, over the periods in which it is known."""
    year = slice(-round(design.periods_per_year), None)
    return mean_over_known(design.media[year, :, c], known[year, :, c])


def _responses(
    design: Design, draws: xr.Dataset, channel: str, known: np.ndarray, horizon: int
) -> np.ndarray:
    """(sample, multiples, r) outcome brought by a channel's level of today × multiple over the horizon.

    What it adds together with other channels is counted at their levels of today.
    """
    lags = design.l_max - 1
    start = len(design.dates) - lags
    partners = {c for pair in design.interactions if channel in pair for c in pair} - {channel}
    others = {c: spend_path(design, known, c, 1.0, horizon) for c in partners}
    totals = []
    for multiple in GRID:
        paths = {channel: spend_path(design, known, channel, float(multiple), horizon)}
        effect = whole_effect(design, draws, paths, others, first=start)
        totals.append(effect[:, lags:].sum(axis=1))
    totals = np.stack(totals, axis=1)
    return totals - totals[:, :1]


def spend_path(design: Design, known: np.ndarray, channel: str, multiple: float, horizon: int) -> np.ndarray:
    """(t, r) media that still carry over, then the level of today × multiple, then none while it fades."""
    c, lags = design.channels.index(channel), design.l_max - 1
    start, level = len(design.dates) - lags, todays_level(design, known, c)
    before = np.where(known[start:, :, c], design.media[start:, :, c], level)
    return np.concatenate([before, np.tile(level * multiple, (horizon, 1)), np.zeros((lags, len(level)))])


def response_at(cell: Cell, multiple: float) -> np.ndarray:
    """(sample,) the cell's response at any multiple of today's spend, linear between grid points."""
    step = GRID[1] - GRID[0]
    low = min(int(multiple / step), len(GRID) - 2)
    weight = (multiple - GRID[low]) / step
    return cell.response[:, low] * (1 - weight) + cell.response[:, low + 1] * weight


def marginal_return(cells: Sequence[Cell]) -> float:
    """Money that the market's next unit of spend brings on average, all cells raised in proportion.

    Examples
    --------
    >>> marginal_return([Cell("R1", "tv", 100.0, 2.0, np.ones((5, 1)) * 150 * GRID)])
    1.5
    """
    step = GRID[TODAY + 1] - 1.0
    more = sum(float((c.response[:, TODAY + 1] - c.response[:, TODAY]).mean()) for c in cells)
    return float(round(more / (step * sum(c.spend for c in cells)), 12))
