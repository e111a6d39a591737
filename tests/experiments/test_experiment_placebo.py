"""Placebos, contaminated controls and balance."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.balance import compute_balance
from mmm_helpers.experiments.methods import estimate_primary
from mmm_helpers.experiments.placebo import (
    compute_placebos,
    contaminated_donors,
    moved_tests,
    other_regions,
    placebo_share,
)


def test_moved_tests_end_before_the_real_one_and_keep_half_of_its_history(make_test):
    test = make_test(1)
    for _, _, moved in moved_tests(test):
        assert moved.dates[-1] < test.start
        assert moved.during.sum() == test.during.sum()
        assert moved.pre.sum() >= test.pre.sum() / 2
    assert len(list(moved_tests(test))) == 3


def test_every_control_is_tried_without_the_treated_region(make_test):
    tried = list(other_regions(make_test(1)))
    assert [unit for _, unit, _ in tried] == ["R1", "R2", "R3", "R4"]
    assert all("R0" not in placebo.outcome for _, _, placebo in tried)


def test_control_that_moved_by_itself_is_flagged(make_test):
    test = make_test(3, noise=1.5, seasons=0.5)
    outcome = test.outcome.copy()
    outcome.loc[test.during, "R2"] += 20
    placebos = compute_placebos(replace(test, outcome=outcome), estimate_primary)
    assert "R2" in contaminated_donors(placebos)
    assert contaminated_donors(placebos[placebos["kind"] == "time"]) == []


def _space(effects, p_values):
    units = [f"R{i}" for i in range(len(effects))]
    return pd.DataFrame({"kind": "space", "unit": units, "effect": effects, "p_value": p_values})


def test_controls_are_not_blamed_for_the_one_that_moved():
    assert contaminated_donors(_space([10.0, -3.0, -3.5, -3.2], [1e-9, 1e-3, 1e-4, 1e-3])) == ["R0"]


def test_two_that_moved_alike_are_both_named():
    found = contaminated_donors(_space([7.5, 7.0, -5.0, -5.0, -4.5], [1e-9] * 5))
    assert found == ["R0", "R1"]


def test_of_two_controls_either_may_have_moved():
    assert contaminated_donors(_space([5.0, -5.0], [0.01, 0.01])) == ["R0", "R1"]


def test_one_small_p_value_among_many_controls_is_chance():
    assert contaminated_donors(_space([3.0, 0.1, -0.1, 0.2], [0.06, 0.5, 0.6, 0.7])) == []


def test_clean_controls_are_seldom_flagged(make_test):
    tests = [make_test(seed, effect=5.0) for seed in range(60)]
    spaces = [compute_placebos(test, estimate_primary).query("kind == 'space'") for test in tests]
    # 99.9 % binomial bound of 10 % among 60
    assert sum(bool(contaminated_donors(space)) for space in spaces) <= 14


def test_share_counts_effects_at_least_as_clear():
    placebos = pd.DataFrame({"kind": "time", "p_value": [0.5, 0.02, 0.8, 0.05]})
    assert placebo_share(placebos, 0.05) == pytest.approx(0.5)
    assert np.isnan(placebo_share(placebos.head(0), 0.05))


def test_balance_compares_means_in_sds_between_regions():
    dates = pd.date_range("2023-01-02", periods=60, freq="7D")
    rng = np.random.default_rng(1)
    outcome = pd.DataFrame(rng.normal([100, 200, 300, 400], 5, (60, 4)), dates, list("ABCD"))
    income = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0]}, index=list("ABCD"))
    heads = pd.Series({"A": 10, "B": 20, "C": 30, "D": 40})
    table = compute_balance(outcome, ["D"], np.ones(60, bool), attributes=income, heads=heads).set_index(
        "what"
    )
    assert table.loc["income", ["treated", "control"]].tolist() == [4.0, 2.0]
    assert table.loc["income", "difference_sd"] == pytest.approx(2 / np.std([1, 2, 3, 4], ddof=1))
    assert table.loc["outcome per head", "treated"] == pytest.approx(10, rel=0.02)
    assert abs(table.loc["growth a year", "treated"]) < 0.02
