"""Ridge-augmented synthetic control: the formula of the paper, its limits, and its penalty."""

import numpy as np
import pytest

from mmm_helpers.experiments.ridge import PENALTIES, between, choose_penalty, estimate_ridge, ridge_weights
from mmm_helpers.experiments.synthetic_control import estimate_synthetic_control, simplex_weights


def _data(seed, periods=30, donors=8):
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(periods, donors + 1))
    series -= series.mean(axis=0)
    return series[:, :-1], series[:, -1]


@pytest.mark.parametrize("donors", [3, 8, 40])
def test_weights_are_those_of_the_paper(donors):
    # Ben-Michael, Feller & Rothstein (2021), equation 12, over periods rather than regions
    x, y = _data(1, donors=donors)
    plain, spread = simplex_weights(x, y), between(x)
    lift = spread.T @ np.linalg.solve(spread @ spread.T + 2.0 * np.eye(30), y - x @ plain)
    assert ridge_weights(x, y, 2.0) == pytest.approx(plain + lift)


def test_huge_penalty_is_plain_synthetic_control_and_none_closes_the_gap():
    x, y = _data(2, donors=40)
    assert ridge_weights(x, y, 1e12) == pytest.approx(simplex_weights(x, y), abs=1e-6)
    assert x @ ridge_weights(x, y, 1e-7) == pytest.approx(y, abs=1e-4)


def test_many_penalties_at_once_are_each_of_them():
    x, y = _data(3)
    together = ridge_weights(x, y, np.array([0.1, 1.0, 10.0]))
    for weights, penalty in zip(together, [0.1, 1.0, 10.0], strict=True):
        assert weights == pytest.approx(ridge_weights(x, y, penalty))
        assert weights.sum() == pytest.approx(1)


def test_penalty_is_large_where_there_is_nothing_to_correct():
    x, _ = _data(4, periods=60)
    noise = np.random.default_rng(4).normal(0, 0.5, 60)
    largest = np.linalg.norm(between(x), 2) ** 2
    assert choose_penalty(x, x.mean(axis=1) + noise) == pytest.approx(largest)


def test_penalty_is_small_where_weights_must_be_negative():
    x, _ = _data(5, periods=60)
    target = 3 * x[:, 0] - 2 * x[:, 1] + np.random.default_rng(5).normal(0, 0.05, 60)
    largest = np.linalg.norm(between(x), 2) ** 2
    assert choose_penalty(x, target) < largest * PENALTIES[5]


def test_one_control_is_the_control(make_test):
    test = make_test(1, regions=2)
    found, plain = estimate_ridge(test), estimate_synthetic_control(test)
    assert found.weights == pytest.approx({"R1": 1.0})
    assert found.effect == pytest.approx(plain.effect)


def test_region_beyond_its_controls_is_matched_better(make_test):
    test = make_test(2, regions=6, noise=0.5)
    test.outcome["R0"] += 2 * (test.outcome["R1"] - test.outcome["R2"])
    found, plain = estimate_ridge(test), estimate_synthetic_control(test)
    assert found.imbalance < 0.8 * plain.imbalance
    assert found.high - found.low < plain.high - plain.low
