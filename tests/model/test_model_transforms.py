"""Carry-over: weights and the convolution, against closed forms."""

import numpy as np
import pytest

from mmm_helpers.model.transforms import adstock, hat_basis, lag_matrix, lag_weights, saturate


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.99])
def test_weights_sum_to_one(alpha):
    assert lag_weights("geometric", 8, alpha=np.array([alpha])).sum() == pytest.approx(1.0)


def test_weights_are_the_normalised_geometric_series():
    alpha, l_max = 0.6, 5
    expected = alpha ** np.arange(l_max) * (1 - alpha) / (1 - alpha**l_max)
    assert lag_weights("geometric", l_max, alpha=np.array([alpha]))[0] == pytest.approx(expected)


def test_without_retention_all_weight_is_on_the_first_lag():
    assert lag_weights("geometric", 4, alpha=np.array([0.0]))[0].tolist() == pytest.approx(
        [1.0, 0.0, 0.0, 0.0]
    )


def test_impulse_comes_back_as_the_weights():
    impulse = np.zeros((10, 1))
    impulse[3] = 1.0
    weights = lag_weights("geometric", 4, alpha=np.array([0.5]))
    carried = adstock(impulse, weights)[0, :, 0]
    assert carried[3:7] == pytest.approx(weights[0])


def test_nothing_carries_over_before_the_start_or_after_l_max():
    impulse = np.zeros((10, 1))
    impulse[3] = 1.0
    carried = adstock(impulse, lag_weights("geometric", 4, alpha=np.array([0.5])))[0, :, 0]
    assert carried[[0, 1, 2, 7, 8, 9]].tolist() == [0.0] * 6


def test_constant_spend_is_unchanged_once_settled():
    carried = adstock(np.ones((10, 2)), lag_weights("geometric", 3, alpha=np.array([0.2, 0.7])))
    assert carried[:, 2:] == pytest.approx(1.0)


def test_lags_before_the_first_period_are_zero():
    series = np.arange(1.0, 5.0)[:, None]
    assert lag_matrix(series, 3)[:, 0, 0].tolist() == [1.0, 0.0, 0.0]


def test_lag_two_is_the_value_two_periods_ago():
    series = np.arange(1.0, 5.0)[:, None]
    assert lag_matrix(series, 3)[2, :, 0].tolist() == [0.0, 0.0, 1.0, 2.0]


def test_adstock_of_one_lag_is_the_series_itself():
    series = np.arange(1.0, 5.0)[:, None]
    assert adstock(series, lag_weights("geometric", 1, alpha=np.array([0.5])))[0].tolist() == series.tolist()


def test_delayed_weights_peak_at_the_delay():
    weights = lag_weights("delayed", 8, alpha=np.array([0.5]), delay=np.array([2.0]))[0]
    assert weights / weights[2] == pytest.approx([0.5 ** ((lag - 2) ** 2) for lag in range(8)])


def test_delayed_without_delay_falls_with_the_square_of_the_lag():
    weights = lag_weights("delayed", 3, alpha=np.array([0.5]), delay=np.array([0.0]))[0]
    assert weights == pytest.approx(np.array([1, 1 / 2, 1 / 16]) / (1 + 1 / 2 + 1 / 16))


def test_weibull_weights_are_the_density_at_lag_plus_one():
    from scipy.stats import weibull_min

    shape, scale = np.array([1.7]), np.array([2.5])
    density = weibull_min(1.7, scale=2.5).pdf(np.arange(1, 9))
    weights = lag_weights("weibull", 8, weibull_shape=shape, weibull_scale=scale)[0]
    assert weights == pytest.approx(density / density.sum())


def test_weibull_of_shape_one_is_geometric():
    weights = lag_weights("weibull", 6, weibull_shape=np.array([1.0]), weibull_scale=np.array([2.0]))
    assert weights == pytest.approx(lag_weights("geometric", 6, alpha=np.exp(np.array([-0.5]))))


@pytest.mark.parametrize("family", ["hill", "michaelis_menten", "logistic"])
def test_fullness_is_the_log_odds_of_saturation_at_one(family):
    fullness = np.array([-1.0, 0.0, 1.5])
    assert saturate(family, np.ones(3), fullness, np.full(3, 1.4)) == pytest.approx(
        1 / (1 + np.exp(-fullness))
    )


def test_michaelis_menten_has_its_closed_form():
    x, fullness = np.array([0.2, 1.0, 4.0]), np.array(-0.3)
    half = np.exp(0.3)
    assert saturate("michaelis_menten", x, fullness, np.array(2.0)) == pytest.approx(x / (x + half), rel=1e-6)


def test_logistic_is_pymc_marketings():
    pytest.importorskip("pymc_marketing.mmm.transformers")
    from pymc_marketing.mmm.transformers import logistic_saturation
    from pytensor.xtensor import as_xtensor

    x, fullness = np.array([0.2, 1.0, 4.0]), np.array(-0.3)
    pace = float(np.log1p(2 * np.exp(fullness)))
    theirs = logistic_saturation(as_xtensor(x, dims=("t",)), pace).eval()
    assert saturate("logistic", x, fullness, np.array(1.0)) == pytest.approx(np.asarray(theirs))


def test_logarithmic_curve_grows_without_bound():
    far = saturate("log", np.array([1e3, 1e6]), np.array(0.0), np.array(1.0))
    assert far[1] - far[0] == pytest.approx(np.log(1e3), rel=1e-3)


def test_hat_basis_interpolates_a_line_exactly():
    basis = hat_basis(30, 13.0)
    knots = 13.0 * np.arange(basis.shape[1])
    assert basis @ knots == pytest.approx(np.arange(30))
