"""The unified number: closed forms of normal beliefs, one path for every test, and parts that add up."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from mmm_helpers.attribution.kappa import Tests
from mmm_helpers.attribution.unified import (
    CREDIT,
    MODEL,
    NONE,
    lifts_log_likelihood,
    log_density,
    paths_of_tests,
    resample,
    split_to_total,
    unify,
)

RNG = np.random.default_rng(8)
LOGS = RNG.normal(0.2, 0.5, (40_000, 2))


NO_TESTS = Tests(np.empty(0, int), *np.empty((4, 0)))


def belief(logs: np.ndarray, mean: float, sd: float) -> np.ndarray:
    return norm.logpdf(logs, mean, sd)


def test_two_normal_beliefs_are_weighted_by_their_precision():
    found = unify(belief(LOGS[:, 0], -0.2, 0.5))
    logs = LOGS[found.rows, 0]
    assert found.used
    assert logs.mean() == pytest.approx(0.0, abs=0.02)
    assert logs.std() == pytest.approx(0.5 / np.sqrt(2), rel=0.03)


def test_a_test_known_to_credit_is_taken_out_of_the_model():
    """log return ~ N(0, 1), a test of it at 0.5 ± 0.6 in both: the answer holds the test once."""
    rng = np.random.default_rng(10)
    precision = 1 + 0.6**-2
    with_test = rng.normal(0.5 / 0.6**2 / precision, precision**-0.5, (40_000, 1))
    log_test = lifts_log_likelihood(with_test, np.array([0.5]), np.array([0.6]))
    found = unify(belief(with_test[:, 0], 0.5, 0.6), log_test)
    logs = with_test[found.rows, 0]
    assert logs.mean() == pytest.approx(0.5 / 0.6**2 / precision, abs=0.02)
    assert logs.std() == pytest.approx(precision**-0.5, rel=0.03)
    twice = unify(belief(with_test[:, 0], 0.5, 0.6))
    assert with_test[twice.rows, 0].std() < 0.9 * logs.std()


def test_a_channel_that_journeys_do_not_see_is_left_alone():
    found = unify(belief(LOGS[:, 0], -0.4, 0.4))
    unseen = LOGS[found.rows, 1]
    assert unseen.mean() == pytest.approx(0.2, abs=0.02)
    assert unseen.std() == pytest.approx(0.5, rel=0.03)


def test_far_apart_the_model_stands_alone_and_says_so():
    found = unify(belief(LOGS[:2000, 0], 4.5, 0.15))
    assert not found.used
    assert found.pareto_k > 0.7
    assert found.rows.tolist() == list(range(2000))
    assert "too far apart" in found.reason


def test_density_of_one_channel_is_that_of_its_level_slope_and_spread():
    """Without a test: log factor ~ Normal(0, 1 + spread²), whatever the claim; the spread is 0.5 or more."""
    logs = np.linspace(-3, 3, 2001)[:, None]
    weight = np.exp(log_density(np.exp(logs + 1.3), np.exp([[1.3]]), ["lower"], NO_TESTS))
    weight /= weight.sum()
    sd = np.sqrt(weight @ logs[:, 0] ** 2)
    assert weight @ logs[:, 0] == pytest.approx(0, abs=1e-9)
    assert np.hypot(1, 0.5) < sd < np.hypot(1, 0.5 + 1.0)


def test_a_test_enters_as_lift_of_the_spend_that_moved():
    """Return 2 on 100 of spend explains a lift of 200 ± 20: half an sd off costs an eighth."""
    tests = Tests(np.array([0]), np.array([200.0]), np.array([20.0]), np.array([100.0]), np.array([0.0]))
    returns, claimed = np.array([[2.0], [2.1]]), np.array([[5.0]])
    with_it, without = (log_density(returns, claimed, [""], t) for t in (tests, NO_TESTS))
    change = with_it - without
    assert change[0] - change[1] == pytest.approx(0.125)


def test_tests_in_the_model_or_in_the_factors_give_the_same_answer():
    """The draws know a test; taking it out and letting it calibrate credit is the same as leaving it where it was."""
    rng = np.random.default_rng(11)
    returns = rng.lognormal(0.3, 0.4, (500, 2))
    tests = Tests(np.array([1]), np.array([150.0]), np.array([30.0]), np.array([100.0]), np.array([0.0]))
    claimed = np.array([[4.0, 3.0], [5.0, 2.0]])
    known = lifts_log_likelihood(returns[:, [1]] * 100.0, tests.lift, tests.sd)
    moved = log_density(returns, claimed, ["a", "b"], tests) - known
    stayed = log_density(returns, claimed, ["a", "b"], NO_TESTS)
    np.testing.assert_allclose(moved - moved[0], stayed - stayed[0], atol=1e-9)


def test_returns_that_keep_credits_ratios_are_the_most_plausible():
    claimed = np.array([[4.0, 8.0]])
    alike, apart = log_density(np.array([[1.0, 2.0], [2.0, 1.0]]), claimed, ["", ""], NO_TESTS)
    assert alike > apart


def test_no_test_goes_two_ways():
    claims = pd.DataFrame(
        {"experiment": ["dark", "more", "odd"], "channel": ["a", "b", "c"], "used": [True, False, False]}
    )
    found = paths_of_tests(claims, {"dark", "more"})
    assert found["path"].tolist() == [CREDIT, MODEL, NONE]
    assert paths_of_tests(claims, {"dark", "more"}, used=False)["path"].tolist() == [MODEL, MODEL, NONE]


def test_resampling_keeps_the_weights():
    weights = np.array([0.1, 0.0, 0.6, 0.3])
    rows = resample(np.repeat(weights / 1000, 1000), rng=np.random.default_rng(1))
    share = np.bincount(rows // 1000, minlength=4) / len(rows)
    assert share == pytest.approx(weights, abs=2e-3)


def test_parts_add_up_to_the_models_total():
    rng = np.random.default_rng(2)
    credits = pd.DataFrame(
        {
            "channel": np.repeat(["search", "video", "quiet"], 7),
            "part": np.tile(np.arange(7), 3),
            "credit": np.concatenate([rng.gamma(1, 1, 14), np.zeros(7)]),
        }
    )
    totals = rng.lognormal(0, 1, (50, 4))
    found = split_to_total(credits, totals, ["video", "tv", "search", "quiet"])
    for position, channel in ((2, "search"), (0, "video"), (3, "quiet")):
        own = found[:, credits["channel"] == channel]
        np.testing.assert_allclose(own.sum(axis=1), totals[:, position], rtol=1e-12)
    assert found.min() >= 0


def test_parts_named_twice_are_refused():
    credits = pd.DataFrame({"channel": "a", "part": ["x", "x"], "credit": [1.0, 2.0]})
    with pytest.raises(ValueError, match="one row"):
        split_to_total(credits, np.ones((1, 1)), ["a"])
