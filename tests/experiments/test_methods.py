"""What every method has in common: an effect that is found, and an interval that agrees with the p-value."""

import warnings

import numpy as np
import pytest

from mmm_helpers.experiments.measure import METHOD_NAMES
from mmm_helpers.experiments.methods import (
    CAUTION,
    METHODS,
    PRIMARY,
    caution,
    estimate_all,
    estimate_primary,
)


@pytest.mark.parametrize("name", METHODS)
def test_large_effect_is_found(make_test, name):
    found = METHODS[name](make_test(4, effect=15.0, noise=1.5, seasons=0.5), rng=np.random.default_rng(1))
    assert found.effect == pytest.approx(15.0, abs=3.0)
    assert found.low < found.effect < found.high
    assert found.p_value < 0.1
    assert found.low > 0
    assert found.cells == 13
    assert found.method == name


@pytest.mark.parametrize("name", METHODS)
def test_interval_and_p_value_never_contradict_each_other(make_test, name):
    for seed in range(12 if name != "interrupted" else 4):
        found = METHODS[name](make_test(seed, effect=3.0, weeks=80), rng=np.random.default_rng(seed))
        excludes = found.low > 0 or found.high < 0
        near = min(abs(found.low), abs(found.high)) < 0.02 * (found.high - found.low)
        assert near or excludes == (found.p_value < 0.1), (seed, found.low, found.high, found.p_value)


@pytest.mark.parametrize("name", METHODS)
def test_unit_of_the_outcome_does_not_matter(make_test, name):
    from dataclasses import replace

    test = make_test(5, effect=8.0, noise=1.5)
    big = replace(test, outcome=test.outcome * 1e6)
    one, other = (METHODS[name](t, rng=np.random.default_rng(1)) for t in (test, big))
    assert other.effect == pytest.approx(1e6 * one.effect, rel=0.02)
    assert other.p_value == pytest.approx(one.p_value, abs=0.03)


def test_counterfactual_and_effect_add_up(make_test):
    test = make_test(6, effect=5.0)
    for name, found in estimate_all(test).items():
        gap = (test.treated_mean - found.counterfactual)[test.during].mean()
        assert gap == pytest.approx(found.effect, abs=0.25 if name != "interrupted" else 0.6), name


def test_primary_method_holds_its_level_on_panels_with_seasons_and_memory(make_test):
    missed = sum(
        not found.low <= 3.0 <= found.high
        for found in (estimate_primary(make_test(seed, effect=3.0)) for seed in range(300))
    )
    # 95 % binomial band of 10 % among 300
    assert 20 <= missed <= 41


def test_short_histories_are_marked_and_every_method_has_a_name(make_test):
    assert caution(make_test(1, weeks=45)) == CAUTION
    assert caution(make_test(1, weeks=80)) == ""
    assert PRIMARY in METHODS
    assert set(METHODS) <= set(METHOD_NAMES)


def test_method_that_cannot_be_used_is_left_out_and_says_why(make_test, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = estimate_all(make_test(1, weeks=18, length=4, cooldown=5))
    assert "interrupted" not in found
    assert "interrupted cannot be used: a structural model needs 10 periods" in capsys.readouterr().out
