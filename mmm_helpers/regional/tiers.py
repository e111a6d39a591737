"""City tiers: where more spend stops to pay in large and in small cities, and what a test could move between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from mmm_helpers.regional.marginal import WIDTH, Cell
from mmm_helpers.regional.proposal import BOUND

MULTIPLES = np.linspace(0.02, 2.0, 199)
"""Multiples of today's spend among which the saturation point is looked for."""
TEST_AND_LEARN = (0.05, 0.10)
"""Share of a channel's budget that goes to cities to be tested: the first where the model leaves open whether they
return more, the second where it is sure enough."""
SURE = 0.8
"""Probability from which on it is."""
MOST = 0.2
"""Most that a region's channel gives up without an experiment."""


def read_tiers(regions: Mapping[str, Mapping[str, float]]) -> dict[str, int]:
    """Region → city tier, 1 the metropolitan ones; empty unless the tier of every region is known.

    Parameters
    ----------
    regions : region → attributes, as the market's specification has them.

    Examples
    --------
    >>> read_tiers({"A": {"city_tier": 1.0}, "B": {"city_tier": 3.0}}), read_tiers({"A": {}})
    ({'A': 1, 'B': 3}, {})
    """
    tiers = {name: known.get("city_tier") for name, known in regions.items()}
    if any(t is None or not np.isfinite(t) for t in tiers.values()):
        return {}
    return {name: int(t) for name, t in tiers.items()}


def compute_saturation(cells: Sequence[Cell], *, tiers: Mapping[str, int], break_even: float) -> pd.DataFrame:
    """The saturation point of each tier and channel: the spend beyond which one more unit of money does not pay.

    Parameters
    ----------
    cells : result of `marginal.read_cells`.
    tiers : region → tier.
    break_even : return at which spending pays for itself, in the unit of the cells' returns.

    Returns
    -------
    One row per channel and tier: `channel, tier, spend` (per period, today), `mroas_mean, mroas_q05, mroas_q95`,
    `multiple_mean, multiple_q05, multiple_q95` (saturation point over today's spend, all regions of the tier in
    proportion; NaN stands for none up to twice today's spend, 0 for none at all), `beyond_support` (whether the point
    lies where hardly anything was ever spent). Regions of a tier err alike, as they learn from each other.
    """
    found = []
    for channel in dict.fromkeys(c.channel for c in cells):
        for tier in sorted(set(tiers.values())):
            inside = [c for c in cells if c.channel == channel and tiers.get(c.region) == tier]
            if inside:
                found.append({"channel": channel, "tier": tier} | _point(inside, break_even))
    return pd.DataFrame(found)


def _point(cells: Sequence[Cell], break_even: float) -> dict[str, float]:
    spend = np.array([c.spend for c in cells])
    row: dict[str, float] = {"spend": spend.sum()}
    for which, suffix in enumerate(("mean", "q05", "q95")):
        today = sum(c.spend * c.mroas[which] for c in cells) / spend.sum()
        along = sum(c.spend * c.marginal(MULTIPLES, which) for c in cells) / spend.sum()
        row |= {f"mroas_{suffix}": today, f"multiple_{suffix}": last_crossing(MULTIPLES, along, break_even)}
    support = sum(c.support for c in cells) / spend.sum()
    return row | {"beyond_support": bool(np.nan_to_num(row["multiple_mean"], nan=np.inf) > support)}


def last_crossing(x: np.ndarray, falling: np.ndarray, level: float) -> float:
    """Where a curve falls below a level for the last time; 0 if it is never above, NaN if it still is at the end.

    Examples
    --------
    >>> last_crossing(np.array([1.0, 2.0, 3.0]), np.array([4.0, 2.0, 0.0]), 1.0)
    2.5
    """
    above = falling >= level
    if not above.any():
        return 0.0
    last = int(np.flatnonzero(above)[-1])
    if last == len(x) - 1:
        return float("nan")
    share = (falling[last] - level) / (falling[last] - falling[last + 1])
    return float(x[last] + share * (x[last + 1] - x[last]))


def compute_moves(
    cells: Sequence[Cell], *, tiers: Mapping[str, int], saturation: pd.DataFrame
) -> pd.DataFrame:
    """From saturated metropolitan regions to cities that return more: a share to test and learn, by channel.

    A channel gives if the lowest tier's saturation point lies below its spend, and cities of higher tiers are expected
    to return more for the next unit of money. It moves TEST_AND_LEARN of the channel's budget, at most MOST of the
    metropolitan spend, in proportion to spend on both sides.

    Returns
    -------
    `channel, budget, amount` (per period), `share` (of the channel's budget), `p_more` (probability that the cities'
    marginal return is the higher one), `change_mean, change_q05, change_q95` (outcome per period); best first. Empty
    with a single tier.
    """
    metro = min(tiers.values(), default=0)
    rows = []
    for channel, points in saturation.groupby("channel", sort=False):
        inside = [c for c in cells if c.channel == channel]
        here = [c for c in inside if tiers[c.region] == metro]
        there = [c for c in inside if tiers[c.region] > metro]
        first = points.loc[points["tier"] == metro, "multiple_mean"]
        if here and there and first.lt(1.0).all():
            rows.append({"channel": channel} | _move(here, there))
    moves = pd.DataFrame(rows, columns=["channel", "budget", "amount", "share", "p_more", *CHANGE])
    good = moves[(moves["amount"] > 0) & (moves["change_mean"] > 0)]
    return good.sort_values("change_mean", ascending=False, ignore_index=True)


CHANGE = ["change_mean", "change_q05", "change_q95"]


def _move(here: Sequence[Cell], there: Sequence[Cell]) -> dict[str, float]:
    metro, city = (sum(c.spend for c in side) for side in (here, there))
    better = _marginal(there, city)[0] - _marginal(here, metro)[0]
    unsure = np.hypot(_marginal(there, city)[1], _marginal(here, metro)[1])
    p_more = float(stats.norm.cdf(better / unsure)) if unsure > 0 else float(better > 0)
    share = TEST_AND_LEARN[1] if p_more >= SURE else TEST_AND_LEARN[0]
    amount = min(share * (metro + city), MOST * metro) if better > 0 else 0.0
    parts = [c.increment(-amount * c.spend / metro) for c in here]
    parts += [c.increment(amount * c.spend / city) for c in there]
    mean, sd = sum(p[0] for p in parts), float(np.sqrt(sum(p[1] ** 2 for p in parts)))
    return {
        "budget": metro + city,
        "amount": amount,
        "share": amount / (metro + city),
        "p_more": p_more,
        "change_mean": mean,
        "change_q05": mean - BOUND * sd,
        "change_q95": mean + BOUND * sd,
    }


def _marginal(cells: Sequence[Cell], spend: float) -> tuple[float, float]:
    """Marginal return of several cells together and its standard error; they err alike."""
    mean = sum(c.spend * c.mroas[0] for c in cells) / spend
    return mean, sum(c.spend * (c.mroas[2] - c.mroas[1]) / WIDTH for c in cells) / spend


def compute_penetration(
    cells: Sequence[Cell], *, tiers: Mapping[str, int], regions: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    """Spend per head by tier: `tier, regions` (names), `population, spend` (per period), `per_head`; NaN if unknown."""
    rows = []
    for tier in sorted(set(tiers.values())):
        names = [r for r, t in tiers.items() if t == tier]
        people = sum(regions[r].get("population", np.nan) for r in names)
        spend = sum(c.spend for c in cells if c.region in names)
        rows.append(
            {"tier": tier, "regions": names, "population": people, "spend": spend, "per_head": spend / people}
        )
    return pd.DataFrame(rows)
