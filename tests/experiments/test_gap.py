"""A gap's level, seasons and memory, and the effect of a test on it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS

from mmm_helpers.experiments.gap import background, measure_gap, memory


def _dates(weeks):
    return pd.date_range("2023-01-02", periods=weeks, freq="7D")


def test_without_memory_it_is_least_squares_with_an_effect_in_each_period(monkeypatch):
    monkeypatch.setattr("mmm_helpers.experiments.gap.memory", lambda residuals, **options: 0.0)
    rng = np.random.default_rng(1)
    gap, pre = rng.normal(size=120), np.arange(120) < 110
    found = measure_gap(gap, _dates(120), pre, ~pre)
    own = np.eye(120)[:, ~pre]
    fit = OLS(gap, np.column_stack([background(_dates(120), pre), own])).fit()
    mean = np.concatenate([np.zeros(fit.params.size - 10), np.full(10, 0.1)])
    assert found.effect == pytest.approx(mean @ fit.params)
    assert found.error == pytest.approx(np.sqrt(mean @ fit.cov_params() @ mean))


def test_effect_that_builds_up_and_fades_is_counted_in_full():
    rng = np.random.default_rng(4)
    noise, pre = rng.normal(0, 0.1, 120), np.arange(120) < 106
    shape = np.concatenate([np.linspace(1, 8, 7), np.linspace(7, 1, 7)])
    gap = noise.copy()
    gap[~pre] += shape
    found = measure_gap(gap, _dates(120), pre, ~pre)
    assert found.effect == pytest.approx(shape.mean(), abs=0.15)
    assert found.error < 0.15


def test_season_and_line_of_its_own_are_no_effect():
    time = np.arange(120)
    gap = 3 + 0.02 * time + 2 * np.sin(2 * np.pi * (7 * time) / 365.25 + 1)
    pre = time < 108
    found = measure_gap(gap + 5.0 * ~pre, _dates(120), pre, ~pre)
    assert found.effect == pytest.approx(5.0, abs=1e-6)
    assert found.expected == pytest.approx(gap, abs=1e-6)


def test_known_covariates_are_regressed_away_where_the_history_allows():
    rng = np.random.default_rng(2)
    x, noise, pre = rng.normal(size=(120, 2)), rng.normal(0, 0.1, 120), np.arange(120) < 110
    gap = x @ [3.0, -2.0] + noise
    with_them = measure_gap(gap, _dates(120), pre, ~pre, covariates=x)
    without = measure_gap(gap, _dates(120), pre, ~pre)
    assert with_them.error < without.error / 10
    late = slice(102, None)  # eight periods before the test are too few for three coefficients
    short = measure_gap(gap[late], _dates(18), pre[late], ~pre[late], covariates=x[late])
    assert short.error == measure_gap(gap[late], _dates(18), pre[late], ~pre[late]).error


@pytest.mark.parametrize(("weeks", "columns"), [(20, 1), (30, 2), (50, 4), (110, 6)])
def test_short_histories_have_no_seasons_to_tell(weeks, columns):
    assert background(_dates(weeks), np.ones(weeks, bool)).shape == (weeks, columns)


def test_days_have_a_week():
    dates = pd.date_range("2023-01-02", periods=100, freq="D")
    assert background(dates, np.ones(100, bool)).shape == (100, 7)


@pytest.mark.parametrize("rho", [0.0, 0.4, 0.7])
def test_memory_is_unbiased_in_short_series(rho):
    rng, found = np.random.default_rng(3), []
    for _ in range(600):
        series = stats.norm.rvs(size=80, random_state=rng)
        series[0] /= np.sqrt(1 - rho**2)
        for t in range(1, 80):
            series[t] += rho * series[t - 1]
        found.append(memory(series - series.mean()))
    assert np.mean(found) == pytest.approx(rho, abs=0.05 if rho else 0.07)


def test_too_few_periods_are_refused():
    with pytest.raises(ValueError, match="4 periods are too few"):
        measure_gap(np.arange(4.0), _dates(4), np.arange(4) < 3, np.arange(4) >= 3)
