"""Who is treated and who is left alone: matched pairs, assignments drawn at random among balanced ones, and donors.

A set of regions that is chosen because it looks best says nothing about chance; one that is drawn does. Drawing within
pairs that moved alike (Imai, King & Nall 2009), or among the assignments that are balanced enough (rerandomization,
Morgan & Rubin 2012), keeps what chance would spoil with few regions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from math import ceil, comb

import numpy as np
import pandas as pd
from scipy.optimize import LinearConstraint, milp

SHARE = 0.1
"""Share of all assignments, the best balanced ones, among which one is drawn."""
FEWEST = 20
"""Assignments that are kept where there are as many: a p-value by randomization is never below 1 / their number."""
MOST = 20_000
"""Assignments that are looked at: all of them if they are no more, else so many at random."""


def compute_distances(outcome: pd.DataFrame, pre: np.ndarray) -> pd.DataFrame:
    """How differently regions moved before the test, size aside.

    Parameters
    ----------
    outcome : dates × regions. pre : (t,) periods before the test.

    Returns
    -------
    regions × regions: root mean square of the difference of their outcomes, each relative to its own mean.

    Raises
    ------
    ValueError : an outcome that is unknown before the test, or a region whose mean is not above zero.

    Examples
    --------
    >>> outcome = pd.DataFrame({"A": [1.0, 3.0], "B": [10.0, 30.0], "C": [2.0, 2.0]})
    >>> compute_distances(outcome, np.array([True, True])).loc["A"].tolist()
    [0.0, 0.0, 0.5]
    """
    before = outcome.loc[pre]
    bad = [r for r in before if before[r].isna().any() or not before[r].mean() > 0]
    if bad:
        raise ValueError(f"Outcomes before the test must be known, their mean above zero. Got {bad} instead.")
    relative = (before / before.mean()).to_numpy(dtype=float)
    apart = np.sqrt(((relative[:, :, None] - relative[:, None, :]) ** 2).mean(axis=0))
    return pd.DataFrame(apart, index=outcome.columns, columns=outcome.columns)


def match_pairs(distances: pd.DataFrame) -> list[tuple[str, str]]:
    """The pairs of regions whose distances have the smallest sum; with an odd number the one that fits worst is left.

    Exact: an integer program with one variable a pair, each region in one pair at the most.

    Parameters
    ----------
    distances : result of `compute_distances`.

    Returns
    -------
    Pairs, the closest one first; a region in none of them is left alone.

    Raises
    ------
    ValueError : fewer than two regions.

    Examples
    --------
    >>> names = list("ABC")
    >>> match_pairs(pd.DataFrame([[0, 3, 1], [3, 0, 2], [1, 2, 0]], names, names))
    [('A', 'C')]
    """
    names, apart = list(distances.index), distances.to_numpy(dtype=float)
    if len(names) < 2:
        raise ValueError(f"Pairs need 2 regions. Got {len(names)} instead.")
    first, second = np.triu_indices(len(names), k=1)
    member = (np.arange(len(names))[:, None] == first) | (np.arange(len(names))[:, None] == second)
    rows = np.vstack([member.astype(float), np.ones(len(first))])
    pairs = len(names) // 2
    limits = LinearConstraint(rows, lb=[0.0] * len(names) + [pairs], ub=[1.0] * len(names) + [pairs])
    solved = milp(
        apart[first, second], constraints=limits, integrality=np.ones(len(first)), bounds=(0, 1),
        options={"mip_rel_gap": 0.0},
    )  # fmt: skip
    chosen = np.flatnonzero(solved.x > 0.5)
    chosen = chosen[np.argsort(apart[first, second][chosen], kind="stable")]
    return [(names[first[k]], names[second[k]]) for k in chosen]


def draw_from_pairs(pairs: Sequence[tuple[str, str]], *, rng: np.random.Generator) -> tuple[str, ...]:
    """Treated regions: one of each pair, by the toss of a coin.

    Examples
    --------
    >>> draw_from_pairs([("A", "B"), ("C", "D")], rng=np.random.default_rng(1))
    ('A', 'D')
    """
    return tuple(sorted(pair[side] for pair, side in zip(pairs, rng.integers(0, 2, len(pairs)), strict=True)))


def compute_assignments(
    traits: pd.DataFrame, size: int, *, rng: np.random.Generator, share: float = SHARE
) -> pd.DataFrame:
    """The balanced assignments among which one may be drawn (`draw_assignment`).

    Parameters
    ----------
    traits : regions × traits (`balance.compute_traits`); traits that are unknown or the same everywhere do not count.
    size : number of treated regions.
    rng : draws the assignments that are looked at, if they are more than `MOST`.
    share : of the assignments that is kept; never fewer than `FEWEST`, if there are as many.

    Returns
    -------
    regions (joined by `|`), imbalance (root mean square over the traits of the difference between treated and control
    means, in sds between regions), the best balanced first. The same rows are the reference for a p-value by
    randomization: an assignment that would not have been drawn must not be compared with.

    Raises
    ------
    ValueError : no region would be treated or left alone, `share` not in (0, 1], or no trait in which regions differ.
    """
    if not 0 < size < len(traits):
        raise ValueError(f"'size' must be from 1 to {len(traits) - 1}. Got {size} instead.")
    if not 0 < share <= 1:
        raise ValueError(f"'share' must be above 0 and at most 1. Got {share} instead.")
    known = traits.dropna(axis=1)
    moving = known.loc[:, known.std() > 0]
    if moving.empty:
        raise ValueError("'traits' must have one that is known of all regions and differs between them.")
    scaled = ((moving - moving.mean()) / moving.std()).to_numpy(dtype=float)
    sets = _sets(len(traits), size, rng)
    # Centred, the controls' sum is minus that of the treated.
    difference = scaled[sets].sum(axis=1) * (1 / size + 1 / (len(traits) - size))
    imbalance = np.sqrt((difference**2).mean(axis=1))
    kept = max(ceil(share * len(sets)), min(FEWEST, len(sets)))
    best = np.argsort(imbalance, kind="stable")[:kept]
    names = ["|".join(traits.index[row]) for row in sets[best]]
    return pd.DataFrame({"regions": names, "imbalance": imbalance[best]})


def _sets(regions: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """(sets, size) regions treated together: all sets, or `MOST` different ones at random."""
    if comb(regions, size) <= MOST:
        return np.array(list(combinations(range(regions), size)))
    drawn = rng.random((MOST, regions)).argpartition(size, axis=1)[:, :size]
    return np.unique(np.sort(drawn, axis=1), axis=0)


def draw_assignment(assignments: pd.DataFrame, *, rng: np.random.Generator) -> tuple[str, ...]:
    """Treated regions: one of the kept assignments, each as likely as any other.

    Parameters
    ----------
    assignments : result of `compute_assignments`.
    """
    return tuple(assignments["regions"].iloc[int(rng.integers(len(assignments)))].split("|"))


def donors_of(
    regions: Iterable[str],
    treated: Collection[str],
    *,
    neighbours: Mapping[str, Collection[str]] | None = None,
    contaminated: Collection[str] = (),
) -> list[str]:
    """Regions that may stand for what would have happened.

    Parameters
    ----------
    regions : all of them. treated : those of the test.
    neighbours : region → regions that its advertising reaches; it holds in both directions.
    contaminated : regions that are no controls of any test, say for a launch of their own.

    Returns
    -------
    Neither treated, nor next to a treated region, nor contaminated; empty if there is none.

    Examples
    --------
    >>> donors_of("ABCDE", ["A"], neighbours={"B": ["A"]}, contaminated=["E"])
    ['C', 'D']
    """
    near = neighbours or {}
    reached = {r for t in treated for r in near.get(t, ())} | {r for r in near if set(near[r]) & set(treated)}
    return [r for r in regions if r not in treated and r not in reached and r not in contaminated]
