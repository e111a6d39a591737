"""Carry-over and saturation against values worked out by hand."""

import numpy as np
import pytest

from mmm_helpers.simulation import transforms


def test_geometric_weights_fall_by_alpha():
    assert transforms.geometric_weights(0.5, l_max=3) == pytest.approx([4 / 7, 2 / 7, 1 / 7])


def test_delayed_weights_peak_at_theta():
    assert transforms.delayed_weights(0.5, 1.0, l_max=4) == pytest.approx(
        np.array([0.5, 1, 0.5, 0.0625]) / 2.0625
    )


def test_carry_over_adds_what_is_left_of_earlier_weeks():
    carried = transforms.carry_over(np.array([[8.0], [0.0], [4.0]]), np.array([0.5, 0.25, 0.25]))
    assert carried.ravel().tolist() == [4.0, 2.0, 4.0]


def test_carry_over_conserves_spend_once_its_tail_has_passed():
    spend = np.r_[3.0, 5.0, np.zeros(7)]
    assert transforms.carry_over(spend, transforms.delayed_weights(0.6, 1.0)).sum() == pytest.approx(8.0)


def test_carry_over_of_a_history_shorter_than_the_weights():
    assert transforms.carry_over(np.array([2.0]), np.array([0.5, 0.5])).tolist() == [1.0]


def test_hill_with_slope_two():
    assert float(transforms.hill(np.array(3.0), 1.0, 2.0)) == pytest.approx(0.9)


def test_hill_kappa_puts_the_mean_at_the_asked_share():
    kappa = transforms.hill_kappa(10.0, 0.4, 1.5)
    assert float(transforms.hill(np.array(10.0), kappa, 1.5)) == pytest.approx(0.4)
