"""Which quarters are hidden, and what a fold's forecast is made of."""

from dataclasses import replace

import numpy as np
import pytest

from mmm_helpers.model.folds import fold_length, fold_starts, forecast_fold


@pytest.mark.parametrize(("a_year", "length"), [(365.25 / 7, 13), (12.0, 3), (365.25, 91)])
def test_a_fold_is_a_quarter(a_year, length, small_design):
    assert fold_length(small_design(periods_per_year=a_year)) == length


def test_folds_are_the_last_quarters_latest_first(small_design):
    assert fold_starts(small_design(2, 156), 3) == [143, 130, 117]


def test_a_fold_needs_a_year_before_it(small_design):
    assert fold_starts(small_design(2, 78), 3) == [65]


def test_short_history_has_no_fold(small_design):
    assert fold_starts(small_design(2, 40), 1) == []


def _forecast(small_design, small_draws, *, unknown, after=None):
    """A fold's forecast; `after` replaces the controls of the hidden quarter."""
    design = small_design(2, 100).hide_from(87)
    if after is not None:
        controls = design.controls.copy()
        controls[87:] = after
        design = replace(design, controls=controls)
    draws = small_draws(design).expand_dims(chain=1).rename(sample="draw")
    draws = draws.rename(log_effect="log_effect_market")
    return forecast_fold(design, draws, 87, unknown=unknown, seed=1)


def test_a_fold_holds_its_draws_and_its_rivals(small_design, small_draws):
    fold = _forecast(small_design, small_draws, unknown=[])
    assert fold["forecast"].shape == (40, 13, 2)
    assert {"ols", "ridge", "boosting"} <= set(fold)
    assert int(fold["start"]) == 87


@pytest.mark.parametrize("name", ["forecast", "ols", "ridge", "boosting"])
def test_no_forecast_depends_on_the_future_of_an_unknown_control(name, small_design, small_draws):
    unknown = ["price", "holiday"]
    one = _forecast(small_design, small_draws, unknown=unknown)
    two = _forecast(small_design, small_draws, unknown=unknown, after=5.0)
    assert np.array_equal(one[name], two[name])


def test_forecast_uses_the_future_of_a_known_control(small_design, small_draws):
    one, two = (_forecast(small_design, small_draws, unknown=[], after=a) for a in (0.0, 5.0))
    assert not np.allclose(one["forecast"], two["forecast"])


def test_not_knowing_a_control_widens_the_forecast(small_design, small_draws):
    known, unknown = (
        _forecast(small_design, small_draws, unknown=u, after=0.0) for u in ([], ["price", "holiday"])
    )
    assert unknown["forecast"].std("forecast_sample").mean() > known["forecast"].std("forecast_sample").mean()
