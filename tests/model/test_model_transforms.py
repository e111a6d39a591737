"""Carry-over: weights and the convolution, against closed forms."""

import numpy as np
import pytest

from mmm_helpers.model.transforms import adstock, geometric_weights, lag_matrix


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.99])
def test_weights_sum_to_one(alpha):
    assert geometric_weights(np.array([alpha]), 8).sum() == pytest.approx(1.0)


def test_weights_are_the_normalised_geometric_series():
    alpha, l_max = 0.6, 5
    expected = alpha ** np.arange(l_max) * (1 - alpha) / (1 - alpha**l_max)
    assert geometric_weights(np.array([alpha]), l_max)[0] == pytest.approx(expected)


def test_without_retention_all_weight_is_on_the_first_lag():
    assert geometric_weights(np.array([0.0]), 4)[0].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_impulse_comes_back_as_the_weights():
    impulse = np.zeros((10, 1))
    impulse[3] = 1.0
    weights = geometric_weights(np.array([0.5]), 4)
    carried = adstock(impulse, weights)[0, :, 0]
    assert carried[3:7] == pytest.approx(weights[0])


def test_nothing_carries_over_before_the_start_or_after_l_max():
    impulse = np.zeros((10, 1))
    impulse[3] = 1.0
    carried = adstock(impulse, geometric_weights(np.array([0.5]), 4))[0, :, 0]
    assert carried[[0, 1, 2, 7, 8, 9]].tolist() == [0.0] * 6


def test_constant_spend_is_unchanged_once_settled():
    carried = adstock(np.ones((10, 2)), geometric_weights(np.array([0.2, 0.7]), 3))
    assert carried[:, 2:] == pytest.approx(1.0)


def test_lags_before_the_first_period_are_zero():
    series = np.arange(1.0, 5.0)[:, None]
    assert lag_matrix(series, 3)[:, 0, 0].tolist() == [1.0, 0.0, 0.0]


def test_lag_two_is_the_value_two_periods_ago():
    series = np.arange(1.0, 5.0)[:, None]
    assert lag_matrix(series, 3)[2, :, 0].tolist() == [0.0, 0.0, 1.0, 2.0]


def test_adstock_of_one_lag_is_the_series_itself():
    series = np.arange(1.0, 5.0)[:, None]
    assert adstock(series, geometric_weights(np.array([0.5]), 1))[0].tolist() == series.tolist()
