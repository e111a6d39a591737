"""Which regions to treat: a search over sets, lengths and effects by simulated tests on the history (as GeoLift's)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mmm_helpers.experiments.assignment import donors_of
from mmm_helpers.experiments.synthetic_control import fit_paths, imbalance

COLUMNS = [
    "regions", "duration", "effect", "power", "scaled_imbalance", "investment", "att", "detected", "share",
    "distance", "false_alarms", "correlation", "rank",
]  # fmt: skip
NEEDED_POWER = 0.8
BEFORE = 4
"""Periods that must lie before a simulated test."""


@dataclass(frozen=True)
class Search:
    """What is searched.

    Parameters
    ----------
    sizes : numbers of treated regions. durations : lengths in periods.
    effects : relative effects, of one sign: less than zero for a test that goes dark.
    include, exclude : regions that every set must have, and that none may have; the latter are still donors.
    neighbours, contaminated : regions that are no donors of some, or of any set (`assignment.donors_of`).
    cost_per_unit : money for one incremental unit of outcome. budget : most money a test may cost.
    alpha : level of a test. lookback : simulated tests, ending one period earlier each.
    permutations : of the conformal p-value.

    Raises
    ------
    ValueError : effects of both signs, or no effect beside zero.
    """

    sizes: Sequence[int]
    durations: Sequence[int]
    effects: Sequence[float] = (0.0, 0.05, 0.1, 0.15, 0.2)
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    neighbours: Mapping[str, Sequence[str]] = field(default_factory=dict)
    contaminated: Sequence[str] = ()
    cost_per_unit: float = 1.0
    budget: float = np.inf
    alpha: float = 0.1
    lookback: int = 1
    permutations: int = 1000

    def __post_init__(self) -> None:
        if len({np.sign(e) for e in self.effects if e}) != 1:
            raise ValueError(
                f"'effects' must be of one sign, not all zero: a test cuts or raises. Got {self.effects} instead."
            )


def candidate_markets(outcome: pd.DataFrame, search: Search) -> list[tuple[str, ...]]:
    """Sets of regions that move alike: each region with those that it correlates with most.

    Parameters
    ----------
    outcome : periods × regions.

    Returns
    -------
    Sets that leave a donor, each sorted.

    Raises
    ------
    ValueError : regions that are no columns of `outcome`.
    """
    named = {*search.include, *search.exclude, *search.contaminated, *search.neighbours}
    if unknown := sorted(named - set(outcome)):
        raise ValueError(f"Regions must be columns of 'outcome', {list(outcome)}. Got {unknown} instead.")
    usable = outcome.drop(columns=list(search.exclude))
    correlation = usable.corr()
    sets = {}
    for size in search.sizes:
        for region in usable:
            nearest = correlation[region].drop(region).sort_values(ascending=False, kind="stable")
            chosen = tuple(sorted([region, *nearest.index[: size - 1]]))
            if (
                len(chosen) == size
                and set(search.include) <= set(chosen)
                and _donors(outcome, chosen, search)
            ):
                sets[chosen] = None
    return list(sets)


def _donors(outcome: pd.DataFrame, chosen: Sequence[str], search: Search) -> list[str]:
    return donors_of(outcome.columns, chosen, neighbours=search.neighbours, contaminated=search.contaminated)


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
    outcome, distance of what is detected from the effect, false_alarms (share of the tests that find something where
    there is no effect; where most do, power means nothing, but of single tests a tenth do by chance), correlation of
    the treated with the others, rank.

    Raises
    ------
    ValueError : an unknown outcome, or a length that leaves fewer than `BEFORE` periods before a test.
    """
    _check(outcome, search)
    rng = np.random.default_rng(0) if rng is None else rng
    picks = {
        (duration, back): draw_periods(len(outcome) - back, duration, search.permutations, rng)
        for duration in search.durations
        for back in range(search.lookback)
    }
    values, place = outcome.to_numpy(float), {name: i for i, name in enumerate(outcome.columns)}
    found = []
    for chosen in candidate_markets(outcome, search):
        columns, donors = (
            np.array([place[name] for name in names]) for names in (chosen, _donors(outcome, chosen, search))
        )
        about = {"regions": ", ".join(chosen)} | _about(values, columns)
        rows = (_smallest_effect(values, columns, donors, d, search, picks) for d in search.durations)
        found += [about | row for row in rows if row]
    table = _ranked(pd.DataFrame(found, columns=COLUMNS[:-1]))
    affordable = table[table["investment"].abs() <= search.budget].reset_index(drop=True)
    return affordable.assign(rank=affordable["rank"].rank(method="min").astype(int))


def _check(outcome: pd.DataFrame, search: Search) -> None:
    unknown = [region for region in outcome if outcome[region].isna().any()]
    if unknown:
        raise ValueError(f"The outcome must be known in every period. Got gaps in {unknown} instead.")
    most = len(outcome) - search.lookback + 1 - BEFORE
    if max(search.durations) > most:
        raise ValueError(f"'durations' must be {most} at most. Got {list(search.durations)} instead.")


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
    donors: np.ndarray,
    duration: int,
    search: Search,
    picks: dict[tuple[int, int], np.ndarray],
) -> dict | None:
    """Row of one set and length; None where no effect is found often enough."""
    tests = [
        _Simulated.of(values[: len(values) - back], columns, donors, picks[duration, back])
        for back in range(search.lookback)
    ]
    for effect in sorted((e for e in search.effects if e), key=abs):
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
                "false_alarms": float(np.mean([t.with_effect(0.0, search.alpha)["power"] for t in tests])),
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
    def of(cls, values: np.ndarray, columns: np.ndarray, others: np.ndarray, picks: np.ndarray) -> _Simulated:
        during = np.arange(len(values)) >= len(values) - picks.shape[1]
        donors, target = values[:, others], values[:, columns].mean(axis=1)
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
    parts = [s.rank(method="dense") for s in (table["effect"].abs(), table["distance"].round(3))]
    score = sum(parts) / len(parts)
    return table.assign(rank=score.rank(method="min")).sort_values(["rank", "effect"], ignore_index=True)
