"""Kernels and curves of the worlds against closed forms."""

import numpy as np
import pytest
from scipy import stats

from mmm_helpers.ladder import transforms as tf

LONG = 400
KERNELS = {
    "geometric": tf.geometric_kernel(0.6, reach=13),
    "negative binomial": tf.negative_binomial_kernel(2.0, 0.5, reach=13),
    "delayed": tf.delayed_kernel(3.0, reach=13),
    "two speeds": tf.two_speed_kernel(0.2, 0.85, 0.5, reach=13),
    "weibull": tf.weibull_kernel(1.7, 3.0, reach=13),
}


@pytest.mark.parametrize("name", KERNELS)
def test_kernel_sums_to_one_over_its_reach(name):
    kernel = KERNELS[name]
    assert kernel.shape == (13,)
    assert (kernel >= 0).all()
    assert kernel.sum() == pytest.approx(1.0)


def test_cut_geometric_kernel_has_the_cut_mean():
    alpha, reach = 0.6, 8
    expected = alpha / (1 - alpha) - reach * alpha**reach / (1 - alpha**reach)
    assert tf.mean_lag(tf.geometric_kernel(alpha, reach=reach)) == pytest.approx(expected)


def test_negative_binomial_kernel_has_the_distribution_of_scipy():
    kernel = tf.negative_binomial_kernel(2.5, 0.4, reach=LONG)
    assert kernel[:20] == pytest.approx(stats.nbinom(2.5, 0.6).pmf(np.arange(20)))
    assert tf.mean_lag(kernel) == pytest.approx(2.5 * 0.4 / 0.6)


def test_delayed_kernel_has_its_mean_and_peak_at_the_delay():
    kernel = tf.delayed_kernel(3.0, reach=13)
    assert tf.mean_lag(kernel) == pytest.approx(3.0)
    assert kernel.argmax() == 3


def test_two_speed_kernel_has_the_mean_of_its_parts():
    kernel = tf.two_speed_kernel(0.2, 0.9, 0.3, reach=LONG)
    assert tf.mean_lag(kernel) == pytest.approx(0.7 * 0.25 + 0.3 * 9.0)


def test_weibull_kernel_of_shape_one_is_geometric():
    expected = tf.geometric_kernel(np.exp(-1 / 2.5), reach=13)
    assert tf.weibull_kernel(1.0, 2.5, reach=13) == pytest.approx(expected)


def test_carry_over_is_a_convolution():
    rng = np.random.default_rng(1)
    amount, kernel = rng.random((30, 2)), KERNELS["delayed"]
    expected = np.column_stack([np.convolve(column, kernel)[:30] for column in amount.T])
    assert tf.carry_over(amount, kernel) == pytest.approx(expected)


CURVES = {
    "hill": (tf.Curve("hill", (2.0, 1.5)), lambda x: (1 + 2**1.5) * x**1.5 / (2**1.5 + x**1.5)),
    "exponential": (tf.Curve("exponential", (1.2,)), lambda x: (1 - np.exp(-1.2 * x)) / (1 - np.exp(-1.2))),
    "power": (tf.Curve("power", (0.5,)), np.sqrt),
    "log": (tf.Curve("log", (3.0,)), lambda x: np.log(1 + 3 * x) / np.log(4)),
    "tanh": (tf.Curve("tanh", (0.8,)), lambda x: np.tanh(0.8 * x) / np.tanh(0.8)),
    "gompertz": (
        tf.Curve("gompertz", (3.0, 2.0)),
        lambda x: (np.exp(-3 * np.exp(-2 * x)) - np.exp(-3)) / (np.exp(-3 * np.exp(-2)) - np.exp(-3)),
    ),
}


@pytest.mark.parametrize("name", CURVES)
def test_curve_has_its_closed_form_and_is_one_at_the_mean(name):
    curve, expected = CURVES[name]
    x = np.linspace(0, 4, 17)
    assert curve(x) == pytest.approx(expected(x))
    assert curve(np.array([0.0, 1.0])) == pytest.approx([0.0, 1.0])


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        (tf.Curve("power", (0.6,)), 0.6),
        (tf.Curve("exponential", (1.2,)), 1.2 / np.expm1(1.2)),
        (tf.Curve("hill", (2.0, 1.5)), 1.5 * 2**1.5 / (1 + 2**1.5)),
        (tf.Curve("tanh", (0.8,)), 1.6 / np.sinh(1.6)),
        (tf.Curve("log", (3.0,)), 3 / 4 / np.log(4)),
    ],
)
def test_elasticity_at_the_mean_has_its_closed_form(curve, expected):
    assert curve.elasticity == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("curve", [tf.Curve("threshold", (1.0, 3.0)), tf.Curve("gompertz", (5.0, 2.5))])
def test_threshold_curves_bring_little_at_first(curve):
    assert curve(np.array([0.2])) < 0.07
    assert curve.elasticity > 1
