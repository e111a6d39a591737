"""Factors of credit: the limit without a hierarchy, shrinkage, lifts below zero, and coverage of simulated truth."""

import numpy as np
import pytest
from scipy.stats import norm

from mmm_helpers.attribution.kappa import KappaPrior, Tests, draw_kappa, log_likelihood, log_prior

WIDE = KappaPrior(level_sd=50.0, between_sd=50.0)


def one_test(
    lift: float, sd: float, *, claimed: float = 100.0, claim_sd: float = 0.0, channel: int = 0
) -> Tests:
    return Tests(np.array([channel]), *(np.array([v], float) for v in (lift, sd, claimed, claim_sd)))


@pytest.mark.parametrize(("lift", "claimed"), [(50.0, 100.0), (30.0, 20.0), (7.0, 70.0)])
def test_without_a_prior_the_factor_is_lift_over_credit(lift, claimed):
    draws = draw_kappa(one_test(lift, 0.05 * lift, claimed=claimed), ["", ""], prior=WIDE, draws=20_000)[:, 0]
    assert np.median(draws) == pytest.approx(lift / claimed, rel=0.01)
    assert draws.std() == pytest.approx(0.05 * lift / claimed, rel=0.06)


def test_error_of_the_claim_adds_to_that_of_the_lift():
    draws = draw_kappa(one_test(50.0, 2.5, claim_sd=0.12), ["", ""], prior=WIDE, draws=20_000)[:, 0]
    assert np.log(draws).std() == pytest.approx(np.hypot(0.05, 0.12), rel=0.05)


def test_likelihood_is_the_normal_density_of_the_lift():
    from mmm_helpers.attribution.kappa import GRID

    found = log_likelihood(one_test(50.0, 10.0), np.zeros(2), 0.0)
    expected = norm.logpdf(50.0, 100.0 * np.exp(GRID), 10.0)
    near = expected > expected.max() - 20
    assert np.ptp(found[0, near] - expected[near]) < 1e-9
    assert not found[1].any()


def test_normal_hierarchy_with_known_spread_matches_the_closed_form():
    """Level ~ N(0, 1), own sd 0.5: the untested channel's mean log is 1 / 1.25 of the tested one's."""
    prior = KappaPrior(level_sd=1.0, between_sd=1e-6, floor=0.5, staged=0.0)
    draws = np.log(draw_kappa(one_test(200.0, 2.0), ["", ""], prior=prior, draws=20_000))
    assert draws[:, 0].mean() == pytest.approx(np.log(2), abs=0.01)
    assert draws[:, 1].mean() == pytest.approx(np.log(2) / 1.25, abs=0.02)
    assert draws[:, 1].var() == pytest.approx(1.25 - 1 / 1.25, rel=0.05)


def test_prior_density_and_draws_agree():
    """Importance weights over a wide box, by prior density × likelihood, against the draws down the tree."""
    rng = np.random.default_rng(5)
    stages, late = ["a", "a", "b"], np.array([0.5, -0.5, 0.0])
    logs = rng.uniform(-5, 4, (400_000, 3))
    weight = np.exp(
        log_prior(logs, stages, lateness=late) + norm.logpdf(40.0, 100 * np.exp(logs[:, 0]), 20.0)
    )
    weight /= weight.sum()
    drawn = np.log(draw_kappa(one_test(40.0, 20.0), stages, lateness=late, draws=20_000))
    assert drawn.mean(axis=0) == pytest.approx(weight @ logs, abs=0.06)
    spread = np.sqrt(weight @ (logs - weight @ logs) ** 2)
    assert drawn.std(axis=0) == pytest.approx(spread, rel=0.05)


def test_channels_of_one_stage_learn_more_from_each_other():
    tests = one_test(20.0, 1.0)
    same, other = np.log(draw_kappa(tests, ["lower", "lower", "upper"], draws=8000)[:, 1:]).T
    assert same.mean() < other.mean() < 0
    assert same.std() < other.std()


def test_lift_below_zero_leaves_a_small_factor_above_zero():
    draws = draw_kappa(one_test(-20.0, 10.0), ["", ""])
    assert (draws > 0).all()
    assert np.quantile(draws[:, 0], 0.95) < 0.15
    assert np.quantile(draws[:, 1], 0.95) > np.quantile(draws[:, 0], 0.95)


def test_spread_between_channels_has_a_floor():
    """However exactly and equally many channels were tested, the next one may differ by a factor of 2.3 either way."""
    channel = np.arange(9)
    tests = Tests(channel, np.full(9, 50.0), np.full(9, 0.5), np.full(9, 100.0), np.zeros(9))
    draws = np.log(draw_kappa(tests, [""] * 10)[:, 9])
    assert draws.std() > 0.5


def test_lateness_carries_over_to_channels_without_a_test():
    late = np.array([1.0, 0.8, -1.0, -0.8, 1.0, -1.0])
    tests = Tests(
        np.arange(4), np.array([20.0, 25.0, 100.0, 90.0]), np.full(4, 3.0), np.full(4, 100.0), np.zeros(4)
    )
    draws = draw_kappa(tests, [""] * 6, lateness=late)
    assert np.median(draws[:, 4]) < 0.6 * np.median(draws[:, 5])


@pytest.fixture(scope="module")
def simulated() -> np.ndarray:
    """(seed, 2) whether the 90 % interval holds the true factor of a tested and of an untested channel."""
    prior, hits = KappaPrior(), []
    for seed in range(200):
        rng = np.random.default_rng([41, seed])
        spread = prior.floor + abs(rng.normal(0, prior.between_sd))
        stages = np.array(["a", "a", "b", "b", "c", "c"])
        shared = dict(zip("abc", rng.normal(0, spread * np.sqrt(0.5), 3), strict=True))
        own = rng.normal(0, spread * np.sqrt(0.5), 6)
        kappa = np.exp(rng.normal(0, prior.level_sd) + np.array([shared[s] for s in stages]) + own)
        claimed, tested = rng.uniform(50, 500, 4), np.array([0, 1, 2, 4])
        sd = 0.3 * claimed
        claim_sd = np.full(4, 0.2)
        lift = rng.normal(kappa[tested] * claimed * np.exp(0.2 * rng.normal(size=4)), sd)
        draws = draw_kappa(Tests(tested, lift, sd, claimed, claim_sd), stages, draws=1000, seed=seed)
        low, high = np.quantile(draws, [0.05, 0.95], axis=0)
        hits.append([(low <= kappa)[c] and (kappa <= high)[c] for c in (0, 3)])
    return np.array(hits)


@pytest.mark.parametrize("which", [0, 1], ids=["tested", "untested"])
def test_intervals_hold_the_truth_in_nine_of_ten_worlds(simulated, which):
    assert 171 <= simulated[:, which].sum() <= 188
