"""Which regions to treat: a search over sets, lengths and effects by simulated tests on the history (as GeoLift's)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.experiments.synthetic_control import fit_paths, imbalance

COLUMNS = [
    "regions", "duration", "effect", "power", "scaled_imbalance", "investment", "att", "detected", "share",
    "distance", "correlation", "rank",
]  # fmt: skip
NEEDED_POWER = 0.8


@dataclass(frozen=True)
class Search:
    """What is searched.

    Parameters
    ----------
    sizes : numbers of treated regions. durations : lengths in periods. effects : relative effects, 0 among them.
    include, exclude : regions that every set must have, and that none may have.
    cost_per_unit : money for one incremental unit of outcome. budget : most money a test may cost.
    alpha : level of a test. lookback : simulated tests, ending one period earlier each.
    permutations : of the conformal p-value.
    """

    sizes: Sequence[int]
    durations: Sequence[int]
    effects: Sequence[float] = (0.0, 0.05, 0.1, 0.15, 0.2)
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    cost_per_unit: float = 1.0
    budget: float = np.inf
    alpha: float = 0.1
    lookback: int = 1
    permutations: int = 1000


def candidate_markets(outcome: pd.DataFrame, search: Search) -> list[tuple[str, ...]]:
    """Sets of regions that move alike: each region with those that it correlates with most.

    Parameters
    ----------
    outcome : periods × regions.
    """
    usable = outcome.drop(columns=list(search.exclude))
    correlation = usable.corr()
    sets = {}
    for size in search.sizes:
        for region in usable:
            nearest = correlation[region].drop(region).sort_values(ascending=False, kind="stable")
            chosen = tuple(sorted([region, *nearest.index[: size - 1]]))
            if set(search.include) <= set(chosen):
                sets[chosen] = None
    return list(sets)


def search_markets(
    outcome: pd.DataFrame, search: Search, *, rng: np.random.Generator | None = None
) -> pd.DataFrame:
    """The smallest effect that each set and length would have found, best first.

    A test of the length is laid over the last periods, the effect is multiplied onto the treated regions, synthetic
    control with fixed effects is fitted to what came before, and the conformal p-value (independent permutations) says
    whether it is found; averaged over `lookback` such tests.

    Parameters
    ----------
    outcome : periods × regions.

    Returns
    -------
    One row per set and length that finds an effect within the budget, columns `COLUMNS`: effect (relative, smallest
    with 80 % power), scaled_imbalance, investment, att (per region and period), detected (relative), share of the
    outcome, distance of what is detected from the effect, correlation of the treated with the others, rank.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    picks = {
        (duration, back): draw_periods(len(outcome) - back, duration, search.permutations, rng)
        for duration in search.durations
        for back in range(search.lookback)
    }
    values, place = outcome.to_numpy(float), {name: i for i, name in enumerate(outcome.columns)}
    found = []
    for chosen in candidate_markets(outcome, search):
        columns = np.array([place[name] for name in chosen])
        about = {"regions": ", ".join(chosen)} | _about(values, columns)
        rows = (_smallest_effect(values, columns, duration, search, picks) for duration in search.durations)
        found += [about | row for row in rows if row]
    table = _ranked(pd.DataFrame(found, columns=COLUMNS[:-1]))
    affordable = table[table["investment"].abs() <= search.budget].reset_index(drop=True)
    return affordable.assign(rank=affordable["rank"].rank(method="min").astype(int))


def draw_periods(periods: int, duration: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """(draws, duration) periods drawn without replacement: the tests of random orders of the periods."""
    return rng.random((draws, periods)).argpartition(duration, axis=1)[:, :duration]


def _about(values: np.ndarray, columns: np.ndarray) -> dict[str, float]:
    """Share of the outcome of a set of regions, and its correlation with all others."""
    mine, others = values[:, columns].sum(axis=1), np.delete(values, columns, axis=1).sum(axis=1)
    return {"share": mine.sum() / values.sum(), "correlation": np.corrcoef(mine, others)[0, 1]}


def _smallest_effect(
    values: np.ndarray,
    columns: np.ndarray,
    duration: int,
    search: Search,
    picks: dict[tuple[int, int], np.ndarray],
) -> dict | None:
    """Row of one set and length; None where no effect is found often enough."""
    tests = [
        _Simulated.of(values[: len(values) - back], columns, duration, picks[duration, back])
        for back in range(search.lookback)
    ]
    for effect in sorted(e for e in search.effects if e > 0):
        seen = [test.with_effect(effect, search.alpha) for test in tests]
        means = {name: float(np.mean([s[name] for s in seen])) for name in seen[0]}
        if means["power"] >= NEEDED_POWER:
            units = np.mean([t.target[t.during].sum() for t in tests]) * len(columns)
            return means | {
                "duration": duration,
                "effect": effect,
                "investment": float(units * effect * search.cost_per_unit),
                "scaled_imbalance": float(np.mean([t.scaled for t in tests])),
                "distance": abs(means["detected"] - effect),
            }
    return None


@dataclass(frozen=True)
class _Simulated:
    """A test laid over the last periods: what the donors lead one to expect does not depend on the effect."""

    donors: np.ndarray
    target: np.ndarray
    during: np.ndarray
    expected: np.ndarray
    scaled: float
    picks: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, columns: np.ndarray, duration: int, picks: np.ndarray) -> _Simulated:
        during = np.arange(len(values)) >= len(values) - duration
        donors, target = np.delete(values, columns, axis=1), values[:, columns].mean(axis=1)
        _, expected = fit_paths(donors, target, ~during)
        return cls(donors, target, during, expected, imbalance(donors, target, ~during, expected)[1], picks)

    def with_effect(self, effect: float, alpha: float) -> dict[str, float]:
        """What the test finds of a relative effect, and whether it tells it from chance."""
        target = self.target * np.where(self.during, 1 + effect, 1.0)
        att = float((target - self.expected)[self.during].mean())
        residuals = target - fit_paths(self.donors, target, np.ones(len(target), bool))[1]
        size = np.abs(residuals)
        p_value = (size[self.picks].sum(axis=1) >= size[self.during].sum() * (1 - 1e-12)).mean()
        return {
            "power": float(p_value < alpha),
            "att": att,
            "detected": att / float(self.expected[self.during].mean()),
        }


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Ranked by the mean of two ranks: the smallest effect, and how far off it is measured (to 0.1 %)."""
    parts = [s.rank(method="dense") for s in (table["effect"], table["distance"].round(3))]
    score = sum(parts) / len(parts)
    return table.assign(rank=score.rank(method="min")).sort_values(["rank", "effect"], ignore_index=True)
