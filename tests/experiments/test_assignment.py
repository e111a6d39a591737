"""Pairs, assignments by chance, and donors."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, chisquare

from mmm_helpers.experiments.assignment import (
    FEWEST,
    MOST,
    compute_assignments,
    compute_distances,
    donors_of,
    draw_assignment,
    draw_from_pairs,
    match_pairs,
)
from mmm_helpers.experiments.balance import compute_balance, compute_traits


def _distances(count, seed=0):
    rng = np.random.default_rng(seed)
    places = rng.uniform(size=(count, 3))
    names = [f"R{i:02d}" for i in range(count)]
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    return pd.DataFrame(apart, names, names)


def _smallest_sum(apart):
    """Best sum of pairs by trying all (one region left over if they are odd)."""
    if len(apart) % 2:
        rest = [np.delete(np.delete(apart, k, 0), k, 1) for k in range(len(apart))]
        return min(_smallest_sum(r) for r in rest)
    if not len(apart):
        return 0.0
    return min(
        apart[0, k] + _smallest_sum(np.delete(np.delete(apart, [0, k], 0), [0, k], 1))
        for k in range(1, len(apart))
    )


def _outcome(regions, weeks=80, seed=1):
    rng = np.random.default_rng(seed)
    values = 100 + rng.normal(0, 4, (weeks, 1)) + rng.normal(0, 2, (weeks, regions)).cumsum(axis=0)
    dates = pd.date_range("2023-01-02", periods=weeks, freq="7D")
    return pd.DataFrame(values, dates, [f"R{i}" for i in range(regions)])


def test_regions_of_one_shape_are_near_whatever_their_size():
    outcome = _outcome(3).assign(R3=lambda y: 7 * y["R0"])
    apart = compute_distances(outcome, np.ones(len(outcome), bool))
    assert apart.loc["R0", "R3"] == pytest.approx(0, abs=1e-12)
    assert (apart.to_numpy() == apart.to_numpy().T).all()
    assert apart.loc["R0", "R1"] > 0


@pytest.mark.parametrize("bad", [np.nan, -1e6])
def test_distances_need_outcomes(bad):
    outcome = _outcome(3)
    outcome.iloc[3, 1] = bad
    with pytest.raises(ValueError, match=r"Got \['R1'\] instead"):
        compute_distances(outcome, np.ones(len(outcome), bool))


@pytest.mark.parametrize("count", [2, 3, 5, 6, 8, 9])
@pytest.mark.parametrize("seed", [1, 2])
def test_pairs_are_the_best_of_all(count, seed):
    apart = _distances(count, seed)
    pairs = match_pairs(apart)
    used = [r for pair in pairs for r in pair]
    assert len(pairs) == count // 2
    assert len(set(used)) == len(used)
    own = sum(apart.loc[a, b] for a, b in pairs)
    assert own == pytest.approx(_smallest_sum(apart.to_numpy()), abs=1e-9)


def test_forty_regions_are_paired():
    pairs = match_pairs(_distances(40))
    assert sorted(r for pair in pairs for r in pair) == [f"R{i:02d}" for i in range(40)]


def test_one_region_makes_no_pair():
    with pytest.raises(ValueError, match="need 2 regions"):
        match_pairs(_distances(1))


def test_each_region_of_a_pair_is_treated_half_of_the_time():
    rng, pairs = np.random.default_rng(1), [("A", "B"), ("C", "D")]
    drawn = [draw_from_pairs(pairs, rng=rng) for _ in range(2000)]
    assert all(len({*pair} & {*treated}) == 1 for treated in drawn for pair in pairs)
    assert binomtest(sum("A" in treated for treated in drawn), 2000).pvalue > 0.01
    assert binomtest(sum(("A" in t) == ("C" in t) for t in drawn), 2000).pvalue > 0.01


def test_imbalance_is_that_of_the_balance_table():
    outcome = _outcome(6)
    pre = np.ones(len(outcome), bool)
    table = compute_assignments(compute_traits(outcome, pre), 2, rng=np.random.default_rng(1), share=1.0)
    assert len(table) == 15
    for row in table.itertuples():
        difference = compute_balance(outcome, row.regions.split("|"), pre)["difference_sd"]
        assert row.imbalance == pytest.approx(np.sqrt((difference**2).mean()))


def test_the_best_balanced_are_kept():
    traits = compute_traits(_outcome(10), np.ones(80, bool))
    every, kept = (
        compute_assignments(traits, 5, rng=np.random.default_rng(1), share=share) for share in (1.0, 0.1)
    )
    assert (len(every), len(kept)) == (252, 26)
    pd.testing.assert_frame_equal(kept, every.head(26))
    assert every["imbalance"].is_monotonic_increasing


def test_few_regions_keep_enough_to_draw_from():
    rng = np.random.default_rng(1)
    six, three = (compute_traits(_outcome(n), np.ones(80, bool)) for n in (7, 3))
    assert len(compute_assignments(six, 3, rng=rng)) == FEWEST
    assert sorted(compute_assignments(three, 1, rng=rng)["regions"]) == ["R0", "R1", "R2"]


def test_many_regions_are_drawn_from():
    rng = np.random.default_rng(1)
    traits = pd.DataFrame(rng.normal(size=(40, 4)), [f"R{i}" for i in range(40)])
    table = compute_assignments(traits, 20, rng=rng, share=0.01)
    assert len(table) == MOST // 100
    assert table["regions"].is_unique
    assert all(len(set(r.split("|"))) == 20 for r in table["regions"])
    # sd of one trait's difference over all assignments is sqrt(4 / 40); the best hundredth of them lie well below
    assert table["imbalance"].max() < 0.5 * np.sqrt(4 / 40)


def test_every_kept_assignment_is_as_likely():
    rng = np.random.default_rng(1)
    table = compute_assignments(compute_traits(_outcome(5), np.ones(80, bool)), 2, rng=rng)
    drawn = pd.Series(["|".join(draw_assignment(table, rng=rng)) for _ in range(2000)]).value_counts()
    assert set(drawn.index) == {"|".join(s) for s in combinations([f"R{i}" for i in range(5)], 2)}
    assert chisquare(drawn).pvalue > 0.01


@pytest.mark.parametrize(
    ("size", "share", "message"),
    [(0, 0.1, "'size' must be from 1 to 4"), (5, 0.1, "Got 5 instead"), (2, 0.0, "'share' must be")],
)
def test_impossible_assignments_are_refused(size, share, message):
    traits = compute_traits(_outcome(5), np.ones(80, bool))
    with pytest.raises(ValueError, match=message):
        compute_assignments(traits, size, rng=np.random.default_rng(1), share=share)


def test_traits_must_differ_and_be_known():
    traits = pd.DataFrame({"same": [1.0, 1.0, 1.0], "unknown": [1.0, np.nan, 2.0]}, list("ABC"))
    with pytest.raises(ValueError, match="differs between them"):
        compute_assignments(traits, 1, rng=np.random.default_rng(1))


def test_neighbours_count_both_ways_and_none_may_be_left():
    assert donors_of("ABCD", ["A"], neighbours={"A": ["B"]}) == ["C", "D"]
    assert donors_of("ABCD", ["B"], neighbours={"A": ["B"]}) == ["C", "D"]
    assert donors_of("ABCD", ["C"], neighbours={"A": ["B"]}) == ["A", "B", "D"]
    assert donors_of("AB", ["A"], contaminated=["B"]) == []
