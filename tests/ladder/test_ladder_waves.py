"""Movements of the worlds: spread, tails, bounds."""

import numpy as np
import pytest

from mmm_helpers.ladder import waves


def test_last_recorded_week_is_the_one_of_22_december_2025_and_begins_on_monday():
    calendar = waves.Calendar(104)
    recorded = calendar.dates[calendar.recorded]
    assert len(recorded) == 104
    assert str(recorded[-1].date()) == "2025-12-22"
    assert set(recorded.day_of_week) == {0}


def test_window_is_all_there_is_where_that_is_less_than_a_year():
    calendar = waves.Calendar(44)
    assert calendar.window == calendar.recorded
    assert waves.Calendar(60).window == slice(waves.LEAD_IN + 8, waves.LEAD_IN + 60)


@pytest.mark.parametrize("df", [np.inf, 4.0])
def test_wave_has_unit_spread_and_its_autocorrelation(df):
    path = waves.wave(np.random.default_rng(1), (40_000, 1), 0.6, df=df)[:, 0]
    assert path.mean() == pytest.approx(0, abs=0.05)
    assert path.std() == pytest.approx(1, abs=0.05)
    assert np.corrcoef(path[1:], path[:-1])[0, 1] == pytest.approx(0.6, abs=0.02)


def test_tails_are_heavier_than_normal_but_bounded():
    path = waves.wave(np.random.default_rng(1), (40_000, 1), 0.0, df=4.0)
    kurtosis = ((path / path.std()) ** 4).mean()
    assert 4.5 < kurtosis < 10
    assert np.abs(path).max() == waves.FARTHEST


def test_shared_wave_is_common_to_the_columns_as_far_as_said():
    path = waves.shared_wave(np.random.default_rng(1), (40_000, 2), 0.5, 0.3)
    assert np.corrcoef(path.T)[0, 1] == pytest.approx(0.3, abs=0.03)


def test_wandering_effects_move_by_their_sd_in_two_years():
    calendar = waves.Calendar(104)
    walk = waves.wander(np.random.default_rng(1), calendar, 5000, 0.4)
    moved = walk[waves.LEAD_IN + 103] - walk[waves.LEAD_IN]
    assert moved.std() == pytest.approx(0.4, rel=0.05)
    assert not walk[waves.LEAD_IN + 52].any()
