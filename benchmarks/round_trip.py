"""Simulate a test, measure it, translate it, calibrate a cheap model with it: how often is the true return inside?

A world is five regions with one always-on channel whose spend hardly varies, so that the panel says little about its
return and the test says most. Carry-over, saturation and return are drawn from the cheap model's own prior: if what is
between simulation and calibration is right, its 90 % intervals hold the truth in 90 of 100 worlds. What was tried while
this was written are other worlds (other seeds).

The cheap model is a regression with fixed effects of regions and weeks, linear in the return, over a grid of carry-over
and saturation; every point of the grid has its posterior in closed form. The test's cells leave it; the test enters as
the rows that pymc-marketing would get. Two rivals beside it: the rows without the error of the steady state, and the
forward pass on the test's spend path, as this software's own model has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import binom, norm

from benchmarks.figures import Figure, Measurement
from mmm_helpers.experiments.difference import estimate_difference
from mmm_helpers.experiments.lift import Lift, SpendPaths, spend_paths
from mmm_helpers.experiments.measure import spread
from mmm_helpers.experiments.panels import geo_test
from mmm_helpers.experiments.translate import check_rows, compute_lift_rows, forward_lift, steady_state_gap
from mmm_helpers.intervals import LOWER, UPPER

RUNS = 200
REGIONS = [f"R{i}" for i in range(5)]
WEEKS, LAGS = 104, 8
START, LENGTH = 80, 6
GRID = tuple(product((0.1, 0.3, 0.5, 0.7), (0.5, 1.0, 2.0, 4.0)))
"""Retention of the geometric carry-over; spend at half of the maximum, in usual spends."""
MEAN, SD = 3.0, 1.0
"""Prior of the return at the usual spend of 1 per head and week."""
NOISE = (0.4, 1.0)
"""Sd of the noise per head and week: 2 to 5 % of a usual outcome of 20, as in the A/A runs of the methods."""
DRAWS = 1000
NUMBERS = ("lift", "lift_sd", "lift_sd_with_gap", "sd_without_test", "sd", "sd_forward", "q05", "q95")
HITS = ("hit", "hit_without_gap", "hit_forward")
"""Columns of a run that its test's measurement leads to."""
BAND = tuple(int(edge) for edge in binom.ppf([0.025, 0.975], RUNS, UPPER - LOWER))
"""Of the runs: as many hold the truth in 95 of 100 benchmarks, if each does with 90 %."""


@dataclass(frozen=True)
class World:
    """One simulated panel, its test and the return that is true.

    Parameters
    ----------
    panel : market's panel (date, region, outcome, spend_tv). heads : (r,) of each region.
    test : as a market's specification declares it. lift : outcome that it truly brought. truth : return.
    """

    panel: pd.DataFrame
    heads: np.ndarray
    test: dict
    lift: float
    truth: float


@dataclass(frozen=True)
class Posterior:
    """A mixture of normals over the grid: weight, mean and sd of the return at each point."""

    weight: np.ndarray
    mean: np.ndarray
    sd: np.ndarray

    def below(self, value: float) -> float:
        """Probability of a smaller return."""
        return float(self.weight @ norm.cdf(value, self.mean, self.sd))

    def holds(self, value: float) -> bool:
        """Whether a value lies in the 90 % interval."""
        return LOWER <= self.below(value) <= UPPER

    def quantile(self, q: float) -> float:
        ends = (self.mean - 9 * self.sd).min(), (self.mean + 9 * self.sd).max()
        return float(brentq(lambda value: self.below(value) - q, *ends))

    @property
    def spread(self) -> float:
        """Sd of the return."""
        centre = self.weight @ self.mean
        return float(np.sqrt(self.weight @ (self.sd**2 + (self.mean - centre) ** 2)))


@dataclass(frozen=True)
class Evidence:
    """What a test says: (k,) values and sds, and (k, g) what they would be at a return of 1, by point of the grid."""

    per_return: np.ndarray
    value: np.ndarray
    sd: np.ndarray


def curve(carried: np.ndarray, half: float | np.ndarray) -> np.ndarray:
    """Saturation per head, 1 at the usual spend."""
    return carried * (1 + half) / (carried + half)


def lag_weights(retention: float) -> np.ndarray:
    weights = retention ** np.arange(LAGS)
    return weights / weights.sum()


def carry(spend: np.ndarray, retention: float) -> np.ndarray:
    """(t, r) carried-over spend; nothing is known before the first week."""
    return np.stack([np.convolve(column, lag_weights(retention))[: len(spend)] for column in spend.T], axis=1)


def simulate_world(seed: int) -> World:
    """Two of five regions go dark for six weeks, or spend twice as much.

    Truth: outcome per head = level of the region + season + shock of the week + noise + return × curve(carried).
    """
    rng = np.random.default_rng([31, seed])
    retention, half = GRID[rng.integers(len(GRID))]
    truth, heads = float(rng.normal(MEAN, SD)), rng.uniform(0.5, 2.0, len(REGIONS))
    treated = rng.choice(len(REGIONS), 2, replace=False)
    plan = rng.lognormal(0, 0.05, (LAGS + WEEKS, len(REGIONS)))
    spend, first = plan.copy(), LAGS + START
    spend[first : first + LENGTH, treated] *= rng.choice([0.0, 2.0])
    brought, untested = (truth * curve(carry(path, retention), half) for path in (spend, plan))
    steps = np.arange(LAGS + WEEKS)[:, None]
    level = 20 + rng.normal(0, 1, len(REGIONS)) + 1.5 * np.sin(2 * np.pi * steps / 52.18 + rng.uniform(0, 6))
    noise = rng.normal(0, 0.5, (len(steps), 1)) + rng.normal(0, rng.uniform(*NOISE), spend.shape)
    dates = pd.date_range("2022-01-03", periods=WEEKS, freq="7D")
    cells = pd.MultiIndex.from_product([dates, REGIONS], names=["date", "region"])
    values = {"outcome": (level + noise + brought) * heads, "spend_tv": spend * heads}
    panel = pd.DataFrame({name: value[LAGS:].ravel() for name, value in values.items()}, cells).reset_index()
    test = {"experiment": f"run {seed}", "channel": "tv", "regions": tuple(REGIONS[i] for i in treated)}
    test |= {"start": dates[START], "end": dates[START + LENGTH - 1]}
    test |= {"spend_change": float(((spend - plan) * heads).sum())}
    return World(panel, heads, test, float(((brought - untested) * heads).sum()), truth)


def measure_test(world: World) -> Lift:
    """The test's total by difference in differences."""
    matrix = geo_test(world.panel, world.test, cooldown=LAGS - 1)
    found = estimate_difference(matrix)
    result = {"lift": found.total, "sd": spread(found)}
    return Lift.of(world.test | result, pd.DatetimeIndex(world.panel["date"].unique()))


def wide(world: World, column: str) -> pd.DataFrame:
    """Dates × regions of a column."""
    return world.panel.pivot(index="date", columns="region", values=column)


def fit(world: World, known: Evidence | None = None) -> Posterior:
    """The return without the test's cells; with what a test says where it is given."""
    spend = wide(world, "spend_tv").to_numpy() / world.heads
    media = np.stack([curve(carry(spend, retention), half) for retention, half in GRID], axis=-1)
    y, x, noise = _within(world, (wide(world, "outcome") / world.heads).to_numpy(), media)
    precision, pull = (x**2).sum(axis=0) / noise**2 + SD**-2, x.T @ y / noise**2 + MEAN / SD**2
    if known is not None:
        precision = precision + known.sd**-2 @ known.per_return**2
        pull = pull + (known.value / known.sd**2) @ known.per_return
    logs = (pull**2 / precision - np.log(precision)) / 2
    weight = np.exp(logs - logs.max())
    return Posterior(weight / weight.sum(), pull / precision, precision**-0.5)


def _within(world: World, outcome: np.ndarray, media: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(n,) outcome and (n, g) media without the means of regions and weeks, and the noise's sd."""
    first, stop = START, START + LENGTH + LAGS - 1
    kept = np.broadcast_to(np.arange(WEEKS)[:, None] >= LAGS - 1, outcome.shape).copy()
    kept[first:stop, [REGIONS.index(r) for r in world.test["regions"]]] = False
    week, region = np.nonzero(kept)
    columns = np.column_stack([np.eye(len(REGIONS))[region][:, 1:], outcome[kept], media[kept]])
    within = columns - _mean_by(week, columns)[week]  # then regions' means by regression: Frisch & Waugh 1933
    fixed, rest = np.split(within, [len(REGIONS) - 1], axis=1)
    rest = rest - fixed @ np.linalg.solve(fixed.T @ fixed, fixed.T @ rest)
    y, x = rest[:, 0], rest[:, 1:]
    return y, x, _noise(y, x, len(y) - len(np.unique(week)) - len(REGIONS))


def _mean_by(week: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(t, k) mean of each column by week."""
    sums = np.zeros((WEEKS, columns.shape[1]))
    np.add.at(sums, week, columns)
    return sums / np.maximum(np.bincount(week, minlength=WEEKS), 1)[:, None]


def _noise(y: np.ndarray, x: np.ndarray, freedom: int) -> float:
    """Sd of what the best point of the grid leaves unexplained."""
    return float(np.sqrt(min((y**2).sum() - (x.T @ y) ** 2 / (x**2).sum(axis=0)) / freedom))


def row_evidence(world: World, rows: pd.DataFrame) -> Evidence:
    """Rows as pymc-marketing has them: a steady state per period and region."""
    heads = heads_of(world, rows["region"])
    x, delta = (rows[name].to_numpy() / heads for name in ("x", "delta_x"))
    per_return = [heads * (curve(x + delta, half) - curve(x, half)) for _, half in GRID]
    return Evidence(np.stack(per_return, axis=-1), rows["delta_y"].to_numpy(), rows["sigma"].to_numpy())


def path_evidence(world: World, lift: Lift, paths: SpendPaths) -> Evidence:
    """The test's total against the forward pass on its spend path."""
    heads, both = heads_of(world, paths.actual), (paths.actual.to_numpy(), paths.without.to_numpy())
    per_return = [
        forward_lift(
            *both,
            weights=lag_weights(retention)[None],
            response=lambda x, h=half: heads * curve(x / heads, h),
        ).sum()
        for retention, half in GRID
    ]
    return Evidence(np.array([per_return]), np.array([lift.total]), np.array([lift.sd]))


def heads_of(world: World, regions: Iterable[str]) -> np.ndarray:
    return world.heads[[REGIONS.index(r) for r in regions]]


def gap(world: World, paths: SpendPaths, known: Posterior, seed: int) -> np.ndarray:
    """(sample,) error of the steady state, by draws of a posterior that does not know of the test."""
    rng = np.random.default_rng([32, seed])
    at = rng.choice(len(GRID), DRAWS, p=known.weight)
    returns = rng.normal(known.mean[at], known.sd[at])[:, None, None]
    retention, half = np.array(GRID)[at].T
    heads = heads_of(world, paths.actual)
    weights = np.stack([lag_weights(alpha) for alpha in retention])
    return steady_state_gap(
        paths,
        weights=weights,
        response=lambda carried: returns * heads * curve(carried / heads, half[:, None, None]),
    )


def run_once(seed: int) -> dict:
    """One world through the whole way; a test that the translator refuses is no hit."""
    world = simulate_world(seed)
    row = {"seed": seed, "spend_change": world.test["spend_change"], "lift_truth": world.lift}
    row |= {"truth": world.truth, "refused": ""}
    try:
        lift = measure_test(world)
    except ValueError as reason:
        row["refused"] = str(reason)
        return row | dict.fromkeys(NUMBERS, np.nan) | dict.fromkeys(HITS, False)
    paths = spend_paths(wide(world, "spend_tv"), lift, lags=LAGS)
    before = fit(world)
    known = lift.with_gap(gap(world, paths, before, seed))
    rows = check_rows(compute_lift_rows(known, paths), world.panel)
    after = fit(world, row_evidence(world, rows))
    naive = fit(world, row_evidence(world, compute_lift_rows(lift, paths)))
    forward = fit(world, path_evidence(world, lift, paths))
    numbers = (lift.total, lift.sd, known.sd, before.spread, after.spread, forward.spread)
    row |= dict(zip(NUMBERS, (*numbers, after.quantile(LOWER), after.quantile(UPPER)), strict=True))
    return row | {name: p.holds(world.truth) for name, p in zip(HITS, (after, naive, forward), strict=True)}


@cache
def run_all() -> list[dict]:
    """One row a run."""
    return [run_once(seed) for seed in range(RUNS)]


def measure_hits(column: str) -> Measurement:
    """Runs whose interval holds the true return; too many are a miss as well."""
    rows = run_all()
    hits = sum(row[column] for row in rows)
    wide_ones = f"{hits} of {len(rows)} are more than {BAND[1]}: the intervals are too wide"
    return Measurement(float(hits), rows, failed=wide_ones if hits > BAND[1] else "")


def measure_narrowing() -> Measurement:
    """Mean sd of the return with the test, over that without: what the test is worth in these worlds."""
    rows = [row for row in run_all() if not row["refused"]]
    return Measurement(float(np.mean([row["sd"] / row["sd_without_test"] for row in rows])), rows)


NAME, UNIT = "calibration.round_trip_hits", f"runs of {RUNS}"
FIGURES = (
    Figure(NAME, UNIT, BAND[0], partial(measure_hits, "hit"), at_most=False),
    Figure(f"{NAME}_forward", UNIT, BAND[0], partial(measure_hits, "hit_forward"), at_most=False),
    Figure("calibration.round_trip_narrowing", "sd with test / without", None, measure_narrowing),
)
