"""Market selection: what a simulated test finds in a panel of known shape."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.selection import Search, candidate_markets, draw_periods, search_markets


@pytest.fixture
def outcome():
    """Six regions in pairs that move together."""
    rng = np.random.default_rng(1)
    waves = rng.normal(0, 10, (80, 3)).cumsum(axis=0)
    values = 500 + np.repeat(waves, 2, axis=1) + rng.normal(0, 1, (80, 6))
    return pd.DataFrame(values, pd.date_range("2024-01-01", periods=80), list("ABCDEF"))


def test_regions_are_joined_to_those_that_move_alike(outcome):
    assert candidate_markets(outcome, Search(sizes=(2,), durations=(10,))) == [
        ("A", "B"),
        ("C", "D"),
        ("E", "F"),
    ]
    assert candidate_markets(outcome, Search(sizes=(2,), durations=(10,), include=("C",))) == [("C", "D")]
    without = Search(sizes=(2,), durations=(10,), exclude=("D",))
    assert all("D" not in chosen for chosen in candidate_markets(outcome, without))


def test_region_with_a_twin_finds_a_small_effect(outcome):
    effects = (0.0, 0.005, 0.01, 0.05, 0.2)
    found = search_markets(outcome, Search(sizes=(1,), durations=(10,), effects=effects, cost_per_unit=2.0))
    assert len(found) == 6
    assert found["effect"].max() <= 0.01
    row = found.iloc[0]
    spent = outcome[row["regions"]].iloc[-10:].sum() * row["effect"] * 2.0
    assert row["investment"] == pytest.approx(spent)
    assert row["share"] == pytest.approx(outcome[row["regions"]].sum() / outcome.to_numpy().sum())


def test_what_costs_more_than_the_budget_is_left_out(outcome):
    dear = Search(sizes=(1,), durations=(10,), effects=(0.0, 0.05), cost_per_unit=2.0, budget=1.0)
    assert search_markets(outcome, dear).empty


def test_periods_are_drawn_without_replacement():
    picks = draw_periods(20, 5, 200, np.random.default_rng(1))
    assert all(len(set(row)) == 5 for row in picks)
    assert np.bincount(picks.ravel(), minlength=20) / 200 == pytest.approx(np.full(20, 0.25), abs=0.12)


def test_going_dark_finds_what_raising_finds(outcome):
    effects = (0.0, 0.005, 0.01, 0.05, 0.2)
    raised, dark = (
        search_markets(outcome, Search(sizes=(1,), durations=(10,), effects=[sign * e for e in effects]))
        for sign in (1, -1)
    )
    assert set(dark["regions"]) == set(raised["regions"])
    assert (dark[["effect", "investment", "att"]] < 0).all(axis=None)
    # what is found is linear in the effect: without it, both have found the same
    usual = outcome.iloc[-10:].mean()
    tables = [t.set_index("regions").sort_index() for t in (raised, dark)]
    pd.testing.assert_series_equal(*(t["att"] - t["effect"] * usual for t in tables))


@pytest.mark.parametrize("effects", [(0.1, -0.1), (0.0,), ()])
def test_a_test_cuts_or_raises(effects):
    with pytest.raises(ValueError, match="of one sign"):
        Search(sizes=(1,), durations=(10,), effects=effects)


def test_sets_leave_a_donor(outcome):
    three = outcome[["A", "B", "C"]]
    assert {len(s) for s in candidate_markets(three, Search(sizes=(1, 2, 3, 4), durations=(10,)))} == {1, 2}
    cut_off = Search(sizes=(1,), durations=(10,), neighbours={"A": ["B"]}, contaminated=["C"])
    assert candidate_markets(three, cut_off) == [("C",)]
    assert set(search_markets(outcome[["A", "B"]], Search(sizes=(1,), durations=(10,)))["regions"]) == {
        "A",
        "B",
    }


def test_region_without_its_twin_is_measured_far_off(outcome):
    plain = Search(sizes=(1,), durations=(10,))
    apart = Search(sizes=(1,), durations=(10,), neighbours={"A": ["B"]})
    with_twin, without = (search_markets(outcome, s).set_index("regions") for s in (plain, apart))
    assert without.loc["A", "distance"] > 10 * with_twin.loc["A", "distance"]
    assert without.loc["A", "false_alarms"] == 1
    pd.testing.assert_series_equal(without.loc["C"].drop("rank"), with_twin.loc["C"].drop("rank"))


def test_false_alarms_are_at_the_level():
    search = Search(sizes=(1,), durations=(8,), effects=(1.0,), permutations=200)
    alarms = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        values = 100 + rng.normal(0, 5, (60, 1)) + rng.normal(0, 2, (60, 4))
        noise = pd.DataFrame(values, pd.date_range("2024-01-01", periods=60), list("ABCD"))
        alarms += search_markets(noise, search)["false_alarms"].tolist()
    assert len(alarms) == 160
    assert np.mean(alarms) == pytest.approx(0.1, abs=0.08)


def test_weeks_of_few_regions_are_enough():
    rng = np.random.default_rng(2)
    values = 100 + rng.normal(0, 5, (40, 1)) + rng.normal(0, 1, (40, 3))
    weekly = pd.DataFrame(values, pd.date_range("2024-01-01", periods=40, freq="7D"), list("ABC"))
    found = search_markets(weekly, Search(sizes=(1, 2), durations=(4, 8), lookback=3))
    assert {len(r.split(", ")) for r in found["regions"]} == {1, 2}
    assert found["effect"].max() <= 0.1


def test_what_cannot_be_searched_is_named(outcome):
    search = Search(sizes=(1,), durations=(10,))
    with pytest.raises(ValueError, match=r"Got \['Z'\] instead"):
        candidate_markets(outcome, Search(sizes=(1,), durations=(10,), include=("Z",)))
    with pytest.raises(ValueError, match="'durations' must be 6 at most"):
        search_markets(outcome.head(10), search)
    gaps = outcome.copy()
    gaps.iloc[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"gaps in \['B'\]"):
        search_markets(gaps, search)
