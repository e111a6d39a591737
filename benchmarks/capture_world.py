"""A simulated market with known truth whose budget is off on purpose, and the best plan that its truth allows.

The market is the demo's Germany with its experiments, drawn anew from each seed. What each channel spends is multiplied
by a factor of the seed before any data are made, as little as puts today's plan 5 % behind the best one. No fit is
looked at for that: the gap is computed from the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mmm_helpers.decisions.budget import OBSERVATIONAL_CHANGE
from mmm_helpers.estimands.curves import SUPPORT
from mmm_helpers.simulation import simulate_company
from mmm_helpers.simulation.randomness import stream
from mmm_helpers.simulation.transforms import L_MAX
from mmm_helpers.simulation.world import Company, MarketWorld

MARKET = "DE"
"""A rich market whose money is the portfolio's, with three experiments; chosen before anything was fitted."""
HORIZON = 13
"""Weeks that a plan covers, as in the demo."""
YEAR = 52
GAP = 0.05
"""The least distortion is taken that puts today's plan this far behind the best one, as a share of the latter."""
GAP_BAND = (0.03, 0.10)
STRENGTHS = [0.0, *(sign * step / 20 for step in range(1, 21) for sign in (1, -1))]
"""Sds of the log factors that are tried, the smallest first; a negative one turns every factor round."""
STEPS = 400
"""Pieces into which the way from a cell's lower to its upper bound is cut when the best plan is looked for."""


@dataclass(frozen=True)
class Truth:
    """What a constant spend over the horizon truly brings, cell by cell.

    Parameters
    ----------
    cells : (region, channel) of each cell.
    spend : (cell,) today's spend over the horizon: the last year's mean per week × weeks, in money.
    support : (cell,) 95 % quantile of weekly spend over today's.
    revenue : (cell,) the region's outcome in the last year.
    values : (cell, k) multiples → (cell, k) money brought in the horizon and after it, against spending nothing.
    """

    cells: list[tuple[str, str]]
    spend: np.ndarray
    support: np.ndarray
    revenue: np.ndarray
    values: Callable[[np.ndarray], np.ndarray]

    def value(self, plan: np.ndarray) -> float:
        """Money that a plan, (cell,) multiples of today's spend, brings in all."""
        return float(self.values(plan[:, None]).sum())

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds as multiples before any verdict: a fifth up or down, and no more than was seen."""
        upper = np.clip(self.support, 1.0, 1 + OBSERVATIONAL_CHANGE)
        return np.full(len(self.spend), 1 - OBSERVATIONAL_CHANGE), upper


def distorted_company(seed: int) -> tuple[Company, float]:
    """The seed's company with its budget off, and how strongly (`STRENGTHS`); the widest gap if none is `GAP`."""
    plain, gaps = simulate_company(seed, markets=[MARKET]), {}
    for strength in STRENGTHS:
        company = distort(plain, strength)
        gaps[strength] = today_gap(compute_truth(company.markets[MARKET]))
        if gaps[strength] >= GAP:
            return company, strength
    widest = max(gaps, key=gaps.get)
    return distort(plain, widest), widest


def today_gap(truth: Truth) -> float:
    """How far today's plan is behind the best one within the bounds, as a share of what the best one brings."""
    best = truth.value(best_plan(truth, *truth.bounds()))
    return (best - truth.value(np.ones(len(truth.spend)))) / best


def distort(company: Company, strength: float) -> Company:
    """The same company and the same truth with other budgets: a factor per channel, the market's total unchanged.

    Parameters
    ----------
    strength : sd of the factors' logarithms, which are normal and drawn from the company's seed; may be negative.
    """
    world = company.markets[MARKET]
    paid = [c for c, truth in world.truth.items() if truth.channel.paid]
    log_factor = {c: stream(company.seed, MARKET, "capture", c).normal() * strength for c in paid}
    before = {c: world.plans[c].sum() for c in paid}
    scale = sum(before.values()) / sum(before[c] * np.exp(log_factor[c]) for c in paid)
    factor = {c: scale * np.exp(log_factor[c]) for c in paid}
    return replace(company, markets={MARKET: _spend_instead(world, factor)})


def _spend_instead(world: MarketWorld, factor: dict[str, float]) -> MarketWorld:
    """The market with every paid channel's amounts multiplied, and with the outcome that follows."""
    decimals = world.recipe.decimals
    plans, amounts = (
        {c: (path * factor[c]).round(decimals) if c in factor else path for c, path in paths.items()}
        for paths in (world.plans, world.amounts)
    )
    weeks = len(world.dates)
    change = sum(
        (world.truth[c].response(amounts[c]) - world.truth[c].response(world.amounts[c]))[-weeks:]
        for c in factor
    )
    outcome = (world.outcome + change).round(decimals)
    noise = world.noise + outcome - (world.outcome + change)
    return replace(world, plans=plans, amounts=amounts, outcome=outcome, noise=noise)


def compute_truth(world: MarketWorld) -> Truth:
    """Cells with spend in the last year, and their true responses by forward simulation.

    The path is what was observed, then a constant spend over the horizon, then none while it fades.
    """
    paid = [c for c, truth in world.truth.items() if truth.channel.paid]
    weekly = {c: world.amounts[c][-YEAR:].mean(axis=0) for c in paid}
    where = [(r, c) for c in paid for r in range(len(world.regions)) if weekly[c][r] > 0]
    recorded = slice(-len(world.dates), None)
    seen = [np.quantile(world.amounts[c][recorded, r], SUPPORT) / weekly[c][r] for r, c in where]

    def values(multiples: np.ndarray) -> np.ndarray:
        rows = zip(where, multiples, strict=True)
        return np.stack([_responses(world, c, r, weekly[c][r], row) for (r, c), row in rows])

    return Truth(
        cells=[(world.regions[r], c) for r, c in where],
        spend=np.array([weekly[c][r] for r, c in where]) * HORIZON,
        support=np.array(seen),
        revenue=world.outcome[-YEAR:].sum(axis=0)[[r for r, _ in where]],
        values=values,
    )


def _responses(world: MarketWorld, channel: str, region: int, weekly: float, row: np.ndarray) -> np.ndarray:
    """(k,) money brought by multiples of a weekly spend over the horizon in one region, against none."""
    truth = world.truth[channel]
    before = world.amounts[channel][-(L_MAX - 1) :, region]
    levels = np.append(row, 0.0) * weekly
    ahead = np.concatenate([np.tile(levels, (HORIZON, 1)), np.zeros((L_MAX - 1, len(levels)))])
    path = np.concatenate([np.repeat(before[:, None], len(levels), axis=1), ahead])
    own = replace(truth, population=truth.population[region], beta=truth.beta[region])
    totals = own.response(path)[L_MAX - 1 :].sum(axis=0)
    return totals[:-1] - totals[-1]


def best_plan(truth: Truth, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """(cell,) multiples that bring the most of today's total within bounds, given the truth: the oracle.

    Each cell's way between its bounds is cut into equal pieces; the pieces that bring most per unit of money are
    taken until the total is spent. Exact up to the size of a piece where responses are concave; elsewhere a cell's
    pieces are taken by the slopes of its concave hull.
    """
    edges = np.linspace(lower, upper, STEPS + 1, axis=1)
    money = truth.spend[:, None] * np.diff(edges, axis=1)
    gain = np.diff(truth.values(edges), axis=1)
    slope = np.divide(gain, money, out=np.full_like(gain, -np.inf), where=money > 0)
    slope = np.minimum.accumulate(slope, axis=1)
    left = truth.spend.sum() - truth.spend @ lower
    order = np.argsort(-slope, axis=None, kind="stable")
    spent = np.cumsum(money.ravel()[order])
    taken = np.clip(1 - (spent - left) / np.maximum(money.ravel()[order], 1e-300), 0.0, 1.0)
    filled = np.zeros(money.size)
    filled[order] = taken * money.ravel()[order]
    return lower + filled.reshape(money.shape).sum(axis=1) / truth.spend


def within(wish: np.ndarray, spend: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """(cell,) multiples nearest to wished amounts of money, in proportion, within bounds and at today's total.

    Examples
    --------
    >>> within(np.array([3.0, 1.0]), np.array([2.0, 2.0]), np.array([0.8, 0.8]), np.array([1.2, 1.2])).round(3).tolist()
    [1.2, 0.8]
    """
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2 if high < 1e3 else np.sqrt(max(low, 1e-6) * high)
        plan = np.clip(middle * wish / spend, lower, upper)
        low, high = (middle, high) if plan @ spend < spend.sum() else (low, middle)
    return np.clip(high * wish / spend, lower, upper)
