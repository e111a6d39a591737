"""Limits of a plan that join several cells, and the sentence where two of them leave no plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import linprog

from mmm_helpers.decisions.responses import Cell
from mmm_helpers.errors import InputError, Problem

SLACK = 1e-9
"""Share of the total by which a limit may be missed through rounding."""
WHERE = "budget of the portfolio file"


@dataclass(frozen=True)
class Limit:
    """Least and most money over the horizon that some cells get together.

    Parameters
    ----------
    name : as it stands in a sentence ("the minimum of tv").
    cells : (cell,) whether a cell counts.
    """

    name: str
    cells: np.ndarray
    low: float = -np.inf
    high: float = np.inf

    def says(self) -> str:
        """The limit with its amounts."""
        if self.low == self.high:
            return f"{self.name} of {self.low:,.0f}"
        least = f"at least {self.low:,.0f}" if np.isfinite(self.low) else ""
        most = f"at most {self.high:,.0f}" if np.isfinite(self.high) else ""
        return f"{self.name}: {' and '.join(t for t in (least, most) if t)}"


def channel_limits(cells: Sequence[Cell], options: dict) -> list[Limit]:
    """The stated `minimum` and `capacity` of channels, in money over the horizon, all regions together.

    A channel that has no cell here is left out.
    """
    found = []
    for channel in dict.fromkeys(c.channel for c in cells):
        own = np.array([c.channel == channel for c in cells])
        if channel in options.get("minimum", {}):
            found.append(Limit(f"the minimum of {channel}", own, low=float(options["minimum"][channel])))
        if channel in options.get("capacity", {}):
            found.append(Limit(f"the capacity of {channel}", own, high=float(options["capacity"][channel])))
    return found


def share_limits(cells: Sequence[Cell], total: float, most_share: float | None) -> list[Limit]:
    """No channel, all regions together, above a share of the total."""
    if most_share is None:
        return []
    channels = dict.fromkeys(c.channel for c in cells)
    return [
        Limit(
            f"the largest share of a channel, {most_share:.0%}, for {channel}",
            np.array([c.channel == channel for c in cells]),
            high=most_share * total,
        )
        for channel in channels
    ]


def require_plan(
    spend: np.ndarray, lower: np.ndarray, upper: np.ndarray, total: float, limits: Sequence[Limit]
) -> None:
    """Refuse limits that no plan keeps, naming the two that conflict, each with its amounts.

    Parameters
    ----------
    spend, lower, upper : (cell,) today's spend and the bounds as multiples of it.
    total : money over the horizon.

    Raises
    ------
    InputError
    """
    if not (np.isfinite(total) and total > 0):
        mend = "state an amount above zero"
        raise InputError(Problem(f"the total is {total:,.0f}", WHERE, "money to spend", mend))
    everything = [Limit("the total", np.ones(len(spend), bool), total, total), *limits]
    slack = SLACK * max(total, 1.0)
    for limit in everything:
        least, most = (float((spend * x)[limit.cells].sum()) for x in (lower, upper))
        if limit.low > most + slack or limit.high < least - slack:
            raise _refusal(limit.says(), f"the cells' own bounds, which allow {least:,.0f} to {most:,.0f}")
    if _possible(spend, lower, upper, everything, slack):
        return
    for one, other in combinations(everything, 2):
        if not _possible(spend, lower, upper, [one, other], slack):
            raise _refusal(one.says(), other.says())
    raise _refusal("the total", "all limits together (" + "; ".join(x.says() for x in limits) + ")")


def _possible(
    spend: np.ndarray, lower: np.ndarray, upper: np.ndarray, limits: Sequence[Limit], slack: float
) -> bool:
    rows = np.array([spend * limit.cells for limit in limits]) / slack * SLACK
    scale = SLACK / slack
    low, high = (np.array([getattr(x, side) for x in limits]) * scale for side in ("low", "high"))
    has_low, has_high = np.isfinite(low), np.isfinite(high)
    found = linprog(
        np.zeros(len(spend)),
        A_ub=np.concatenate([rows[has_high], -rows[has_low]]),
        b_ub=np.concatenate([high[has_high], -low[has_low]]) + SLACK,
        bounds=np.column_stack([lower, upper]),
    )
    return bool(found.success)


def _refusal(one: str, other: str) -> InputError:
    mend = "change one of the two, or the bounds of the cells"
    return InputError(Problem(f"no plan keeps both {one}, and {other}", WHERE, "limits that agree", mend))
