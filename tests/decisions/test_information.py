"""Value of information: against the normal-normal closed form, the published regression method, and realised gains."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from benchmarks.experiment_value import distance, gain_of_learning, gains, simulate
from mmm_helpers.decisions.information import (
    foresee,
    regress,
    value_of_perfect_information,
    value_of_sample_information,
)

SDS = (0.05, 0.2, 0.5, 1.0, 2.0, 10.0)


def unit_loss(u: float) -> float:
    """Unit normal loss integral (Raiffa & Schlaifer, 1961): E(Z − u)⁺."""
    return float(norm.pdf(u) - u * norm.sf(u))


def closed_form(mean: float, sd: float, test_sd: float) -> float:
    """EVSI of acting (gain θ) or not (0), θ ~ Normal(mean, sd²), measured with a normal error."""
    spread = sd**2 / np.hypot(sd, test_sd)
    return spread * unit_loss(abs(mean) / spread)


def normal_draws(mean: float, sd: float, n: int = 4000) -> np.ndarray:
    return norm.ppf((np.arange(n) + 0.5) / n, mean, sd)


def act_or_not(theta: np.ndarray) -> np.ndarray:
    return np.column_stack([np.zeros(len(theta)), theta])


@pytest.fixture(scope="module")
def skewed() -> tuple[np.ndarray, np.ndarray]:
    """Three actions with diminishing returns, and an effect that is not all there is to know."""
    rng = np.random.default_rng(2)
    common, own = rng.normal(0, 0.5, 1000), rng.normal(0, 0.3, 1000)
    level = np.exp(common + own)
    gain = np.column_stack([level * (m**0.6 - 1) - 0.6 * (m - 1) for m in (0.8, 1.0, 1.2)])
    return gain, np.exp(common)


@pytest.mark.parametrize("mean", [0.0, 0.5, -1.5])
@pytest.mark.parametrize("test_sd", [0.05, 0.7, 3.0])
def test_value_of_a_test_is_the_unit_normal_loss_integral(mean, test_sd):
    theta = normal_draws(mean, 1.0)
    found = value_of_sample_information(act_or_not(theta), theta, test_sd)
    assert found == pytest.approx(closed_form(mean, 1.0, test_sd), rel=0.01, abs=1e-6)


def test_value_from_random_draws_is_the_closed_form_within_monte_carlo_error():
    rng = np.random.default_rng(1)
    samples = [rng.normal(0.4, 1.0, 1000) for _ in range(40)]
    found = np.array([value_of_sample_information(act_or_not(s), s, 0.8) for s in samples])
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - closed_form(0.4, 1.0, 0.8)) < 2 * error


@pytest.mark.parametrize("mean", [0.0, 1.0])
def test_value_of_knowing_all_is_the_closed_form(mean):
    theta = normal_draws(mean, 2.0)
    expected = 2.0 * unit_loss(mean / 2.0)
    assert value_of_perfect_information(act_or_not(theta)) == pytest.approx(expected, rel=0.005)


def test_what_a_test_does_not_measure_stays_unknown():
    """Gain θ + η, the test measures θ: only E(θ + η | x) = E(θ | x) can move, and its sd is known."""
    rng = np.random.default_rng(3)
    theta = normal_draws(0.0, 1.0)
    gain = theta + 2 * rng.permutation(normal_draws(0.0, 1.0))
    found = value_of_sample_information(act_or_not(gain + 0.3 - gain.mean()), theta, 0.5)
    spread = 1 / np.hypot(1, 0.5)
    assert found == pytest.approx(spread * unit_loss(0.3 / spread), rel=0.05)


def test_value_is_that_of_the_published_regression_on_simulated_results(skewed):
    """Strong, Oakley, Brennan & Breeze (2015): regress gains on simulated results, average the largest fit."""
    gain, effect = skewed
    rng, repeats, test_sd = np.random.default_rng(4), 200, 0.4
    result = np.tile(effect, repeats) + rng.normal(0, test_sd, repeats * len(effect))
    basis = np.vander((result - result.mean()) / result.std(), 6)
    fits = [basis @ np.linalg.lstsq(basis, np.tile(g, repeats), rcond=None)[0] for g in gain.T]
    expected = np.max(fits, axis=0).mean() - gain.mean(axis=0).max()
    assert value_of_sample_information(gain, effect, test_sd) == pytest.approx(expected, rel=0.05)


def test_a_test_is_never_worth_more_than_knowing_all(skewed):
    gain, effect = skewed
    most = value_of_perfect_information(gain)
    assert all(0 < value_of_sample_information(gain, effect, sd) <= most for sd in (1e-6, *SDS[:4]))


def test_value_falls_with_the_error_of_the_test(skewed):
    values = [value_of_sample_information(*skewed, sd) for sd in (0.0, 1e-6, *SDS, np.inf)]
    assert (np.diff(values) <= 1e-6).all()


def test_a_test_with_an_endless_error_is_worth_nothing(skewed):
    assert value_of_sample_information(*skewed, np.inf) == 0.0
    assert value_of_sample_information(*skewed, 1e6) == pytest.approx(0.0, abs=1e-6)


def test_an_effect_that_is_known_teaches_nothing(skewed):
    assert value_of_sample_information(skewed[0], np.ones(1000), 0.1) == 0.0


def test_an_unrelated_effect_teaches_next_to_nothing():
    """A sure choice is worth 0.4 here; what chance alone correlates is shrunk away."""
    rng = np.random.default_rng(5)
    theta = normal_draws(0.0, 1.0, 1000)
    found = [value_of_sample_information(act_or_not(theta), rng.normal(size=1000), 0.1) for _ in range(20)]
    assert np.mean(found) < 0.02


def test_chance_to_change_is_that_of_a_posterior_mean_below_zero():
    theta = normal_draws(0.5, 1.0)
    found = foresee(act_or_not(theta), theta, 0.5).chance_to_change
    assert found == pytest.approx(norm.cdf(-0.5 / (1 / np.hypot(1, 0.5))), abs=0.02)


def test_summary_is_of_what_the_result_will_turn_out_to_be_worth():
    """Below the break-even posterior mean the loss avoided is its distance: its 5 % quantile is known."""
    theta = normal_draws(0.5, 1.0)
    found = foresee(act_or_not(theta), theta, 0.5).summarize("value")
    assert found["value_q05"] == found["value_q50"] == 0.0
    assert found["value_q95"] == pytest.approx(-norm.ppf(0.05, 0.5, 1 / np.hypot(1, 0.5)), abs=0.05)
    assert found["value_mean"] == pytest.approx(closed_form(0.5, 1.0, 0.5), rel=0.01)


def test_probabilities_of_results_add_up(skewed):
    assert foresee(*skewed, 0.3).weight.sum() == pytest.approx(1.0)


def test_regression_follows_a_bend():
    effect = np.linspace(-2.0, 2.0, 500)
    fitted = regress((effect**2)[:, None], effect)[:, 0]
    assert np.abs(fitted - effect**2)[50:-50].max() < 0.1


@pytest.mark.parametrize("test_sd", [-1.0, np.nan])
def test_an_impossible_error_is_refused(test_sd):
    with pytest.raises(ValueError, match="'test_sd' must be 0 or more"):
        value_of_sample_information(np.zeros((3, 2)), np.arange(3.0), test_sd)


def test_draws_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="'effect' must hold 3"):
        value_of_sample_information(np.zeros((3, 2)), np.arange(4.0), 1.0)
    with pytest.raises(ValueError, match="'gains' must be finite"):
        value_of_perfect_information(np.array([[np.nan, 1.0]]))


def test_realised_gains_are_what_was_predicted():
    """Regret that is saved in 240 simulated worlds, by an analyst who learns by the closed form."""
    assert abs(distance(simulate(240))) < 2.0


def test_a_perfect_result_saves_all_regret():
    """The simulation's own check: with next to no error the best action is always found."""
    world = {"prior_mean": 1.0, "share": 1.0, "test_sd": 1e-9}
    truth = np.random.default_rng(0).normal(1.0, 0.4, 200)
    saved = gain_of_learning(world, 0.4, truth, truth)
    assert saved == pytest.approx(gains(truth).max(axis=1), abs=1e-6)
