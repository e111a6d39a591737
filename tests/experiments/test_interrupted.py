"""Interrupted time series: the paths that it simulates against the state space's own forecast, and known truth."""

import numpy as np
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents

from mmm_helpers.experiments import interrupted
from mmm_helpers.experiments.interrupted import covariates, estimate_interrupted, simulate_paths


def test_paths_have_mean_and_spread_of_the_forecast(make_test, monkeypatch):
    monkeypatch.setattr(interrupted, "SIMULATIONS", 20_000)
    test = make_test(3).until_end()
    x, first = covariates(test), int(test.pre.sum())
    history = test.treated_mean[:first]
    history = (history - history.mean()) / history.std()
    model = UnobservedComponents(history, "llevel", autoregressive=1, exog=x[:first], mle_regression=False)
    forecast = model.fit(disp=False, maxiter=200).get_forecast(len(x) - first, exog=x[first:])
    _, paths = simulate_paths(history, x, np.random.default_rng(1))
    freedom = first - x.shape[1] - interrupted.VARIANCES
    assert paths.mean(axis=1) == pytest.approx(forecast.predicted_mean, abs=0.02)
    assert paths.std(axis=1) == pytest.approx(
        np.sqrt(freedom / (freedom - 2)) * np.asarray(forecast.se_mean), rel=0.03
    )


def test_interval_of_the_mean_knows_that_periods_move_together(make_test):
    test = make_test(5, memory=0.8, seasons=0.0).until_end()
    found = estimate_interrupted(test)
    single = (test.treated_mean - found.counterfactual)[test.pre].std()
    independent = 2 * 1.645 * single / np.sqrt(found.cells)
    assert found.high - found.low > independent


def test_covariates_are_the_controls_and_what_the_history_tells(make_test):
    assert covariates(make_test(1, weeks=110)).shape == (110, 4)  # a line and a cycle
    assert covariates(make_test(1, weeks=30, cooldown=2)).shape == (30, 1)


def test_result_is_the_same_without_and_with_the_fixed_seed(make_test):
    test = make_test(2)
    one, other = estimate_interrupted(test), estimate_interrupted(test, rng=np.random.default_rng(0))
    assert (one.low, one.high) == (other.low, other.high)


def test_short_history_is_refused(make_test):
    with pytest.raises(ValueError, match="needs 10 periods before the test; there are 9"):
        estimate_interrupted(make_test(1, weeks=18, length=4, cooldown=5))
