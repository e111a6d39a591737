"""Conformal inference: counts by hand, and an interval that is the p-value turned round."""

from itertools import combinations

import numpy as np
import pytest

from mmm_helpers.experiments.permutation import (
    ALPHA,
    STEPS,
    iid_p_value,
    infer,
    shift_p_value,
    shift_scales,
    shift_sums,
)


def _level(target):
    """A method that fits a mean."""
    return np.full(len(target), target.mean())


def test_shifts_are_all_stretches_around_the_circle():
    residuals, during = np.array([0.0, 1.0, -1.0, 2.0, 3.0, 3.0]), np.arange(6) >= 4
    sums = [np.roll(residuals, k)[4:].sum() for k in range(6)]
    assert sorted(shift_sums(residuals, during)) == pytest.approx(sorted(sums))
    assert shift_sums(residuals, during)[0] == pytest.approx(6.0)
    assert shift_p_value(residuals, during) == pytest.approx(np.mean(np.abs(sums) >= 6))


def test_stretches_are_alike_beside_a_level_and_not_beside_a_line():
    during, ones = np.arange(30) >= 25, np.ones(30)
    assert shift_scales(ones[:, None], during) == pytest.approx(np.full(30, np.sqrt(5 - 25 / 30)))
    scales = shift_scales(np.column_stack([ones, np.arange(30)]), during)
    assert scales[0] < scales[15]


def test_scales_are_those_of_simulated_residuals():
    rng = np.random.default_rng(1)
    base, during = np.column_stack([np.ones(40), np.arange(40.0)]), np.arange(40) >= 34
    noise = rng.normal(size=(40, 4000))
    left = noise - base @ np.linalg.lstsq(base, noise, rcond=None)[0]
    assert shift_sums(left, during).std(axis=1) == pytest.approx(shift_scales(base, during), rel=0.06)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_random_orders_give_the_share_of_all_subsets(power):
    residuals, during = np.array([4.0, 0.0, 1.0, -4.0, 2.0, 3.0]), np.arange(6) % 3 == 0
    size = np.abs(residuals) ** power
    share = np.mean([size[list(pair)].sum() >= size[during].sum() for pair in combinations(range(6), 2)])
    found = iid_p_value(residuals, during, draws=20_000, rng=np.random.default_rng(1), power=power)
    assert found == pytest.approx(share, abs=0.01)


def test_interval_holds_what_the_p_value_does_not_reject():
    rng, during = np.random.default_rng(2), np.arange(60) >= 54
    target, base = rng.normal(size=60) + 1.0 * during, np.ones((60, 1))
    effect = float(target[during].mean() - target[~during].mean())
    found = infer(target, during, _level, effect, base=base)
    for supposed, inside in (
        (found.low - 0.01, False), (found.low + 0.01, True), (found.high - 0.01, True), (found.high + 0.01, False)
    ):  # fmt: skip
        without = target - supposed * during
        assert (shift_p_value(without - _level(without), during) >= ALPHA) == inside


@pytest.mark.parametrize("periods", [7, 12, 20, 60, 110])
def test_interval_never_contradicts_the_p_value(periods):
    during = np.arange(periods) >= periods - 4
    for seed in range(60):
        target = np.random.default_rng(seed).normal(size=periods) + seed / 30 * during
        effect = float(target[during].mean() - target[~during].mean())
        found = infer(target, during, _level, effect, base=np.ones((periods, 1)))
        assert found.low < effect < found.high
        assert (found.low > 0 or found.high < 0) == (found.p_value < ALPHA)


def test_too_few_periods_say_nothing_however_large_the_effect():
    during = np.arange(9) >= 6
    target = np.random.default_rng(3).normal(size=9) + 1000 * during
    found = infer(target, during, _level, 1000.0, base=np.ones((9, 1)))
    assert found.p_value == pytest.approx(1 / 9)
    assert (found.low, found.high) == (-np.inf, np.inf)


def test_twenty_weeks_are_enough_to_find_a_large_effect():
    during = np.arange(26) >= 20
    target = np.random.default_rng(4).normal(size=26) + 4 * during
    found = infer(target, during, _level, 4.0, base=np.ones((26, 1)))
    assert found.p_value == pytest.approx(1 / 26)
    assert found.low > 0


def test_effect_beyond_all_that_is_tried_has_the_smallest_p_value():
    during = np.arange(60) >= 54
    target = np.random.default_rng(5).normal(size=60) + 1e4 * during
    effect = float(target[during].mean() - target[~during].mean())
    assert effect / (target[~during].std() / np.sqrt(6)) > STEPS[-1]
    assert infer(target, during, _level, effect, base=np.ones((60, 1))).p_value == pytest.approx(1 / 60)


def test_target_without_noise_has_an_interval():
    during = np.arange(40) >= 36
    found = infer(5.0 + 2.0 * during, during, _level, 2.0, base=np.ones((40, 1)))
    assert (found.low, found.high) == pytest.approx((2.0, 2.0), abs=1e-4)
