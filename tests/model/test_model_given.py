"""What a forecast is given of the controls ahead: nothing of a future that nobody knows."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.model.given import (
    choose_lag,
    expected_controls,
    past_surprises,
    season_length,
    surprise_outcome,
    unknown_ahead,
)


def _rng():
    return np.random.default_rng(0)


def test_controls_are_known_ahead_unless_stated():
    controls = {"price": {}, "promotion": {"known_ahead": True}, "demand": {"known_ahead": False}}
    assert unknown_ahead({"controls": controls}) == ["demand"]
    assert unknown_ahead({}) == []


def test_daily_seasons_repeat_on_the_same_weekday(small_design):
    assert season_length(small_design(periods_per_year=365.25)) % 7 == 0


@pytest.mark.parametrize(("a_year", "length"), [(365.25 / 7, 52), (12.0, 12)])
def test_other_seasons_are_a_year(a_year, length, small_design):
    assert season_length(small_design(periods_per_year=a_year)) == length


def _with_control(small_design, series: np.ndarray):
    """A market of one region whose control `price` is the series."""
    design = small_design(1, len(series))
    controls = design.controls.copy()
    controls[:, 0, 0] = series
    return replace(design, controls=controls)


def test_a_slow_series_is_expected_to_stay_where_it_is(small_design):
    walk = np.cumsum(_rng().normal(size=156))
    given = expected_controls(_with_control(small_design, walk), 143, 13, ["price"])
    assert given.controls[143:, 0, 0] == pytest.approx(np.full(13, walk[142]))


def test_a_seasonal_series_is_expected_to_repeat_last_year(small_design):
    wave = np.sin(2 * np.pi * np.arange(156) / 52)
    given = expected_controls(_with_control(small_design, wave), 143, 13, ["price"])
    assert given.controls[143:, 0, 0] == pytest.approx(wave[143:])


def test_the_true_future_is_not_looked_at(small_design):
    wave = np.sin(2 * np.pi * np.arange(156) / 52)
    other = wave.copy()
    other[143:] = 99.0
    first, second = (
        expected_controls(_with_control(small_design, s), 143, 13, ["price"]).controls for s in (wave, other)
    )
    assert np.array_equal(first, second)
    first, second = (
        past_surprises(_with_control(small_design, s), 143, 13, ["price"]) for s in (wave, other)
    )
    assert np.array_equal(first, second)


def test_what_is_known_ahead_is_given_as_it_came(small_design):
    design = small_design(2, 156)
    given = expected_controls(design, 143, 13, ["price"])
    assert np.array_equal(given.controls[:, :, 1], design.controls[:, :, 1])
    assert not np.array_equal(given.controls[143:, :, 0], design.controls[143:, :, 0])


def test_without_a_year_of_history_the_last_value_stays(small_design):
    design = small_design(1, 60)
    assert choose_lag(design.controls[:, :, 0], 47, 13, 52) == 0


def test_surprises_are_what_the_same_rule_missed(small_design):
    walk = np.cumsum(_rng().normal(size=156))
    surprises = past_surprises(_with_control(small_design, walk), 143, 13, ["price"])
    assert surprises.shape == (130, 13, 1, 2)
    assert surprises[20, :, 0, 0] == pytest.approx(walk[21:34] - walk[20])
    assert not surprises[..., 1].any()


def test_surprises_move_the_forecast_by_the_controls_effect(small_design):
    design = small_design(2, 60)
    surprises = np.zeros((1, 3, 2, 2))
    surprises[0, :, :, 0] = [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]
    effect = xr.Dataset({"control_effect": (("sample", "control"), [[0.1, 9.0], [0.2, 9.0]])})
    added = surprise_outcome(design, effect, surprises, rng=_rng())
    assert added[:, :, 1] == pytest.approx(np.outer([0.1, 0.2], [1.0, 2.0, 3.0]) * design.outcome_scale[1])


def test_where_all_is_known_nothing_is_added(small_design):
    design = small_design(2, 156)
    none = past_surprises(design, 143, 13, [])
    assert surprise_outcome(design, xr.Dataset(), none, rng=_rng()) == 0.0
