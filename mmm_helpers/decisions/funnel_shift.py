"""What a move of money up the funnel would bring: from the channels that last click rewards to one that it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmm_helpers.decisions.responses import GRID, TODAY, Cell, response_at

SHARE = 0.15
"""Share of the lower funnel's budget that is moved."""


@dataclass(frozen=True)
class FunnelShift:
    """Money moved from some channels to one, all regions in proportion, over the plan's horizon.

    Parameters
    ----------
    moved : source channel → money taken from it, reporting currency.
    target : channel that receives it. multiple : its spend afterwards, as a multiple of today's.
    lost, gained : (sample,) money that the sources bring less, and the target more; the draws that report.
    support : 95 % quantile of the target's observed spend over today's.
    """

    moved: dict[str, float]
    target: str
    multiple: float
    lost: np.ndarray
    gained: np.ndarray
    support: float

    @property
    def total(self) -> float:
        """Money moved over the horizon."""
        return sum(self.moved.values())

    @property
    def change(self) -> np.ndarray:
        """(sample,) change of outcome in money."""
        return self.gained - self.lost


def choose_channels(
    channels: Mapping[str, Any], observed: Sequence[str], cells: Sequence[Cell]
) -> tuple[list[str], str]:
    """The paid lower-funnel channels, and the upper-funnel channel with the most spend that journeys see.

    Parameters
    ----------
    channels : channel → its settings with `funnel` (upper, middle, lower) and `paid`.
    observed : channels that occur in journeys.

    Returns
    -------
    Sources and target; no sources or an empty target where the funnel is not declared or nothing is spent.
    """
    spend = {c: sum(cell.spend for cell in cells if cell.channel == c) for c in channels}

    def at(stage: str) -> list[str]:
        return [c for c in channels if channels[c].get("funnel") == stage and spend[c] > 0]

    seen = [c for c in at("upper") if c in observed]
    return at("lower"), max(seen, key=spend.get, default="")


def shift_budget(
    cells: Sequence[Cell], sources: Sequence[str], target: str, *, share: float = SHARE
) -> FunnelShift:
    """Take a share of the sources' money and give it to the target, in every region in proportion.

    Raises
    ------
    ValueError : nothing is spent on a source or the target, or the target would go beyond the known response.
    """
    giving, taking = ([c for c in cells if c.channel in named] for named in (sources, [target]))
    if not giving or not taking:
        raise ValueError("Nothing is spent on these channels, so nothing can be moved.")
    moved = {s: share * sum(c.spend for c in giving if c.channel == s) for s in sources}
    today = sum(c.spend for c in taking)
    multiple = 1 + sum(moved.values()) / today
    if multiple > GRID[-1]:
        raise ValueError(
            f"The money would raise the target to {multiple:.1f} times today's spend; its response is known up to "
            f"{GRID[-1]:g} times."
        )
    return FunnelShift(
        moved={s: m for s, m in moved.items() if m > 0},
        target=target,
        multiple=multiple,
        lost=sum(c.response[1::2, TODAY] - response_at(c, 1 - share)[1::2] for c in giving),
        gained=sum(response_at(c, multiple)[1::2] - c.response[1::2, TODAY] for c in taking),
        support=sum(c.support * c.spend for c in taking) / today,
    )


def change_by_returns(shift: FunnelShift, returns: Mapping[str, float]) -> float:
    """What the same move would change if every unit of money brought a channel's average return; NaN if one is unknown.

    Parameters
    ----------
    returns : channel → money of outcome per unit of money spent, by any one measurement.

    Examples
    --------
    >>> shift = FunnelShift({"search": 100.0}, "video", 1.5, np.zeros(1), np.zeros(1), 2.0)
    >>> change_by_returns(shift, {"search": 2.0, "video": 3.0})
    100.0
    """
    missing = float("nan")
    lost = sum(money * returns.get(channel, missing) for channel, money in shift.moved.items())
    return shift.total * returns.get(shift.target, missing) - lost
