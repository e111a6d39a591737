"""Synthetic control: weights by an independent solver, and closed forms."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from mmm_helpers.experiments.synthetic_control import (
    estimate_synthetic_control,
    fit_paths,
    imbalance,
    own_movements,
    simplex_weights,
    without_base,
)


def test_weights_are_those_of_an_independent_solver():
    rng = np.random.default_rng(1)
    donors, target = rng.normal(size=(40, 6)), rng.normal(size=40)
    found = simplex_weights(donors, target)
    solved = minimize(
        lambda w: ((target - donors @ w) ** 2).sum(), np.full(6, 1 / 6), bounds=[(0, 1)] * 6,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, options={"ftol": 1e-12},
    )  # fmt: skip
    assert found == pytest.approx(solved.x, abs=1e-4)
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
def test_two_donors_have_the_closed_form(scale):
    rng = np.random.default_rng(2)
    first, second, target = scale * rng.normal(size=(3, 30))
    share = (target - second) @ (first - second) / ((first - second) ** 2).sum()
    found = simplex_weights(np.column_stack([first, second]), target)
    assert found == pytest.approx([np.clip(share, 0, 1), 1 - np.clip(share, 0, 1)], abs=1e-6)


def test_levels_do_not_matter_and_movements_do():
    rng = np.random.default_rng(2)
    donors, pre = rng.normal(size=(50, 3)).cumsum(axis=0), np.arange(50) < 40
    target = 100 + donors @ [0.2, 0.5, 0.3]
    weights, expected = fit_paths(donors + np.array([5.0, -3.0, 80.0]), target, pre)
    assert weights == pytest.approx([0.2, 0.5, 0.3], abs=1e-6)
    assert expected == pytest.approx(target, abs=1e-6)


def test_level_is_the_base_of_none():
    rng = np.random.default_rng(3)
    donors, target, pre = rng.normal(size=(50, 3)), rng.normal(size=50), np.arange(50) < 40
    for plain, based in zip(
        fit_paths(donors, target, pre), fit_paths(donors, target, pre, np.ones((50, 1))), strict=True
    ):
        assert based == pytest.approx(plain)


def test_what_the_base_explains_is_no_effect():
    rng = np.random.default_rng(4)
    dates, pre = pd.date_range("2023-01-02", periods=120, freq="7D"), np.arange(120) < 108
    base, donors = own_movements(dates, pre), rng.normal(size=(120, 3))
    target = base @ rng.normal(size=base.shape[1]) + donors @ [0.2, 0.5, 0.3]
    assert fit_paths(donors, target, pre, base)[1] == pytest.approx(target, abs=1e-6)
    assert without_base(base, pre, base) == pytest.approx(np.zeros_like(base), abs=1e-9)


@pytest.mark.parametrize(("periods", "step", "columns"), [(20, 7, 1), (60, 7, 4), (90, 1, 1), (200, 1, 2)])
def test_days_of_the_week_are_left_to_the_controls(periods, step, columns):
    dates = pd.date_range("2023-01-02", periods=periods, freq=f"{step}D")
    base = own_movements(dates, np.ones(periods, bool))
    assert base.shape == (periods, columns)
    assert (base[:, 0] == 1).all()
    assert 3 not in [len(np.unique(column)) for column in base.T]  # as days of the week would have


def test_imbalance_is_the_distance_before_the_test_alone():
    donors, target = np.zeros((6, 2)), np.array([3.0, -3.0, 3.0, -3.0, 100.0, 100.0])
    pre, expected = np.arange(6) < 4, np.full(6, 0.0)
    assert imbalance(donors, target, pre, expected) == pytest.approx((6.0, 1.0))


def test_periods_after_the_cooldown_do_not_matter(make_test):
    test = make_test(1, effect=4.0)
    earlier = replace(test, end=test.dates[-12], cooldown=3)
    outcome = test.outcome.copy()
    outcome.iloc[-8:] = 1e6
    one, other = (estimate_synthetic_control(t) for t in (earlier, replace(earlier, outcome=outcome)))
    assert one.cells == 5
    assert one.effect == other.effect
    assert (one.low, one.high, one.p_value) == (other.low, other.high, other.p_value)


@pytest.mark.parametrize("regions", [3, 5])
def test_false_alarms_are_as_many_as_stated(make_test, regions):
    tests = (make_test(seed, weeks=80, cooldown=0, regions=regions) for seed in range(150))
    alarms = sum(estimate_synthetic_control(test).p_value < 0.1 for test in tests)
    # 99 % binomial band of 10 % among 150
    assert 6 <= alarms <= 25
