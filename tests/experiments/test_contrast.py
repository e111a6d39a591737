"""A weighted sum of a series with memory: least squares by another route, and simulated error."""

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.regression.linear_model import GLS

from mmm_helpers.experiments.contrast import (
    correlation,
    estimate_memory,
    measure_contrast,
    sum_weights,
    without_background,
)

PRE = np.arange(60) < 52


def _series(rng, rho, periods=60):
    return np.linalg.cholesky(correlation(periods, rho)) @ rng.normal(size=periods)


def test_forecast_is_that_of_generalised_least_squares():
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(60), rng.normal(size=60)])
    series = design @ [3.0, 2.0] + _series(rng, 0.5)
    fit = GLS(series[PRE], design[PRE], sigma=correlation(52, 0.5)).fit()
    found = measure_contrast(series, design, ~PRE / 8, PRE, rho=0.5)
    assert found.residual == pytest.approx(series - design @ fit.params)
    assert found.freedom == fit.df_resid
    assert found.total == pytest.approx(found.residual[~PRE].mean())


def test_sum_is_the_series_weighed():
    rng = np.random.default_rng(2)
    design, series = np.column_stack([np.ones(60), np.arange(60)]), rng.normal(size=60)
    own = sum_weights(~PRE / 8, design, PRE, 0.3)
    assert own @ series == pytest.approx(measure_contrast(series, design, ~PRE / 8, PRE, rho=0.3).total)
    assert own @ design == pytest.approx(0, abs=1e-9)


def test_scale_is_the_sd_of_the_sum_over_many_series():
    rng, design = np.random.default_rng(3), np.ones((60, 1))
    found = [measure_contrast(_series(rng, 0.6), design, ~PRE / 8, PRE, rho=0.6) for _ in range(1500)]
    assert np.std([f.total for f in found]) == pytest.approx(np.mean([f.scale for f in found]), rel=0.06)


def test_memory_is_found():
    rng = np.random.default_rng(4)
    found = [estimate_memory(_series(rng, 0.5), np.ones((60, 1)), PRE) for _ in range(200)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.05)


def test_own_line_and_season_are_taken_out_and_the_effect_stays(make_test):
    test = make_test(1, noise=0.0)
    days = np.arange(len(test.dates)) * 7
    wave = np.sin(2 * np.pi * days[:, None] / 365.25 + np.arange(5)) + days[:, None] / 100
    outcome = test.outcome * 0 + 50.0 + wave
    outcome.loc[test.during, "R0"] += 4.0
    rest = without_background(replace(test, outcome=outcome))
    assert rest.outcome.loc[test.pre].std().max() == pytest.approx(0, abs=1e-9)
    assert rest.treated_mean[test.during] - rest.treated_mean[test.pre].mean() == pytest.approx(4.0)


def test_too_few_periods_are_refused():
    with pytest.raises(ValueError, match="4 periods before the test are too few for 2 coefficients"):
        measure_contrast(np.arange(5.0), np.ones((5, 2)), np.arange(5) == 4, np.arange(5) < 4)
