"""The proposed test: shift part of the dear region's budget to another one for a quarter, the rest left alone.

Two effects are tested against regions that nobody touches: what the dear region loses, and what the receiving one
gains. Both are small beside sales, so each design says how likely it is to see them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from mmm_helpers.intervals import UPPER
from mmm_helpers.regional.marginal import Cell
from mmm_helpers.regional.noise import LiftSd, power

SHARE = 0.2
"""Part of the dear region's budget that the proposal moves."""
SHARES = (0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
"""Parts that are tried where a fifth is too little to be seen."""
QUARTERS = (1, 2, 3, 4)
"""Lengths in quarters that are tried."""
ENOUGH = 0.8
"""Power that a test should have."""
QUARTER = {"day": 91, "week": 13, "month": 3}
"""Periods of a quarter by the panel's unit."""
NOWHERE = ""
"""The receiver of a test that only cuts: with two regions the other one has to stay untouched."""
BOUND = stats.norm.ppf(UPPER)


def choose_receivers(cells: Sequence[Cell], *, dear: str, cheap: str) -> list[str]:
    """Regions that may receive the money, the one that is expected to gain most first: the cheapest, and another one.

    A region receives only if a third one is left untouched; with two regions the only design is to cut.
    """
    regions = list(dict.fromkeys(c.region for c in cells))
    others = [r for r in regions if r not in (dear, cheap)]
    if not others or dear not in regions:
        return [NOWHERE] if len(regions) > 1 and dear in regions else []

    def gain(region: str) -> float:
        return _change(cells, region, moved_amounts(cells, dear, region, SHARE))[0]

    best = max(others, key=gain)
    return sorted({best, cheap} & set(regions), key=gain, reverse=True)


def moved_amounts(cells: Sequence[Cell], dear: str, receiver: str, share: float) -> dict[str, float]:
    """Channel → spend per period that leaves the dear region; only channels that the receiver has."""
    held = {c.channel for c in cells if receiver in (c.region, NOWHERE)}
    return {c.channel: share * c.spend for c in cells if c.region == dear and c.channel in held}


def _change(cells: Sequence[Cell], region: str, amounts: dict[str, float]) -> tuple[float, float]:
    """Mean and standard error of a region's change per period; errors of channels are taken as independent."""
    parts = [c.increment(amounts[c.channel]) for c in cells if c.region == region and c.channel in amounts]
    return sum(p[0] for p in parts), float(np.sqrt(sum(p[1] ** 2 for p in parts)))


def compute_design(
    cells: Sequence[Cell], *, dear: str, receiver: str, share: float, periods: int, lift_sd: LiftSd
) -> dict[str, Any]:
    """What one design is expected to do, and how likely it is to show it.

    Parameters
    ----------
    cells : result of `marginal.read_cells`.
    receiver : region, or NOWHERE for a mere cut.
    periods : length of the test.
    lift_sd : standard error of a test, in the outcome's unit of `cells`.

    Returns
    -------
    receiver, share, periods, controls ('|' joined), moved (total spend), loss_*, gain_*, net_* (mean, q05, q95 of the
    change of outcome over the test, a loss below zero; regions' errors independent, which for their difference is the
    cautious side), power_loss, power_gain (NaN without a receiver), power (the smaller one), beyond (whether the
    receiver would spend more on a channel than it hardly ever did).
    """
    amounts = moved_amounts(cells, dear, receiver, share)
    controls = [r for r in dict.fromkeys(c.region for c in cells) if r not in (dear, receiver)]
    loss = _change(cells, dear, {c: -a for c, a in amounts.items()})
    gain = _change(cells, receiver, amounts)
    seen = [
        power(periods * part[0], lift_sd([region], controls, periods)) if region else np.nan
        for part, region in ((loss, dear), (gain, receiver))
    ]
    design = {"receiver": receiver, "share": share, "periods": periods, "controls": "|".join(controls)}
    design |= {"moved": periods * sum(amounts.values())}
    design |= _total("loss", loss, periods) | _total("gain", gain, periods)
    design |= _total("net", (loss[0] + gain[0], float(np.hypot(loss[1], gain[1]))), periods)
    design |= {"power_loss": seen[0], "power_gain": seen[1], "power": float(np.nanmin([*seen, 1.0]))}
    if np.isnan(seen[0]):
        design["power"] = np.nan
    return design | {"beyond": any(_leaves(c, amounts) for c in cells if c.region == receiver)}


def _total(name: str, part: tuple[float, float], periods: int) -> dict[str, float]:
    ends = {"mean": 0.0, "q05": -BOUND, "q95": BOUND}
    return {f"{name}_{suffix}": periods * (part[0] + z * part[1]) for suffix, z in ends.items()}


def _leaves(cell: Cell, amounts: dict[str, float]) -> bool:
    return cell.channel in amounts and cell.spend + amounts[cell.channel] > cell.support


def compute_proposal(
    cells: Sequence[Cell], *, dear: str, receivers: Sequence[str], quarter: int, lift_sd: LiftSd
) -> pd.DataFrame:
    """The proposal, SHARE of the budget for one quarter, with each receiver: rows of `compute_design`."""
    how = {"dear": dear, "share": SHARE, "periods": quarter, "lift_sd": lift_sd}
    return pd.DataFrame([compute_design(cells, receiver=r, **how) for r in receivers])


def find_enough(
    cells: Sequence[Cell], *, dear: str, receiver: str, quarter: int, lift_sd: LiftSd
) -> dict[str, Any] | None:
    """The smallest test that reaches ENOUGH power: least money moved, then the shortest; None if none does."""
    tried = [
        compute_design(cells, dear=dear, receiver=receiver, share=share, periods=q * quarter, lift_sd=lift_sd)
        for share in SHARES
        for q in QUARTERS
    ]
    good = [d for d in tried if d["power"] >= ENOUGH]
    return min(good, key=lambda d: (d["moved"], d["periods"]), default=None)


def compute_blended(
    cells: Sequence[Cell], costs: pd.DataFrame, *, dear: str, receiver: str, share: float = SHARE
) -> pd.DataFrame:
    """Cost per claimed conversion, and per incremental unit of outcome, of both regions together, now and after.

    Claimed conversions are taken to follow the response of the model: a channel that brings 3 % more claims 3 % more.
    What the platform's own average would promise, were every conversion as dear as today, stands beside it.

    Parameters
    ----------
    costs : `region, channel, cpa`: cost per claimed conversion.

    Returns
    -------
    Rows `claimed` and `incremental`: `measure, now, after_mean, after_q05, after_q95, promised`; for claimed costs the
    range is that of the change alone, for incremental ones that of the returns. `promised` is NaN for the latter.
    """
    amounts = moved_amounts(cells, dear, receiver, share)
    price = costs.set_index(["region", "channel"])["cpa"]
    pairs = [
        (c, -amounts[c.channel] if c.region == dear else amounts[c.channel])
        for c in cells
        if c.region in (dear, receiver) and c.channel in amounts and (c.region, c.channel) in price.index
    ]
    each = np.array([price[(c.region, c.channel)] for c, _ in pairs])
    spend = np.array(
        [[c.spend, c.spend + (change if receiver or c.region == dear else 0)] for c, change in pairs]
    )
    steps = np.array([c.increment(change) for c, change in pairs])
    response = np.array([c.response for c, _ in pairs])
    claimed = spend[:, 0] / each
    after = claimed * (1 + steps[:, 0] / response)
    unsure = float(np.sqrt(((claimed / response * steps[:, 1]) ** 2).sum()))
    rows = [_cost("claimed", spend.sum(axis=0), claimed.sum(), after.sum(), unsure)]
    rows[0]["promised"] = spend[:, 1].sum() / (spend[:, 1] / each).sum()
    total = response.sum(), (response + steps[:, 0]).sum()
    rows.append(_cost("incremental", spend.sum(axis=0), *total, _response_sd([c for c, _ in pairs])))
    return pd.DataFrame(rows)


def _response_sd(cells: Sequence[Cell]) -> float:
    """Of all responses together: regions of a channel err alike, as they learn from each other; channels do not."""
    by_channel: dict[str, float] = {}
    for cell in cells:
        by_channel[cell.channel] = by_channel.get(cell.channel, 0.0) + cell.response_sd
    return float(np.sqrt(sum(sd**2 for sd in by_channel.values())))


def _cost(measure: str, spend: np.ndarray, now: float, after: float, sd: float) -> dict[str, Any]:
    low, high = max(after - BOUND * sd, 0.0), after + BOUND * sd
    return {
        "measure": measure,
        "now": spend[0] / now,
        "after_mean": spend[1] / after,
        "after_q05": spend[1] / high,
        "after_q95": spend[1] / low if low > 0 else np.inf,
        "promised": np.nan,
    }
