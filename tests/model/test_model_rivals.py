"""Other ways to predict: each on data on which its answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from mmm_helpers.model.rivals import (
    features,
    fit_learner,
    media_features,
    ols_forecast,
    predict_learner,
    rival_forecasts,
    seasonal_naive,
)


def _rng():
    return np.random.default_rng(0)


def test_seasonal_naive_is_last_years_value_where_years_repeat(small_design):
    year = np.arange(52.0)[:, None] * [1.0, 2.0]
    design = small_design(2, 156, outcome=np.tile(year, (3, 1)))
    naive = seasonal_naive(design, 143, 13, rng=_rng(), draws=10)
    assert naive == pytest.approx(np.broadcast_to(year[39:52], (10, 13, 2)))


def test_seasonal_naive_spreads_by_its_own_past_error(small_design):
    design = small_design(1, 156, outcome=100 + np.arange(156.0)[:, None])
    naive = seasonal_naive(design, 143, 13, rng=_rng(), draws=10)
    assert naive[0, :, 0] == pytest.approx(design.outcome[143:, 0])


def test_seasonal_naive_passes_over_unknown_outcomes(small_design):
    outcome = 100 + np.arange(156.0)[:, None]
    outcome[60] = np.nan
    naive = seasonal_naive(small_design(1, 156, outcome=outcome), 143, 13, rng=_rng(), draws=50)
    assert not np.isnan(naive).any()


def test_seasonal_naive_needs_a_year_and_a_fold(small_design):
    assert seasonal_naive(small_design(2, 64), 51, 13, rng=_rng(), draws=10) is None


def test_an_earlier_fold_needs_no_more_history_than_a_later_one(small_design):
    assert seasonal_naive(small_design(2, 156), 65, 13, rng=_rng(), draws=10).shape == (10, 13, 2)


def test_regression_forecasts_what_it_can_explain(small_design):
    design = small_design(2, 100)
    outcome = 5 + 2 * design.media[:, :, 0] + 3 * design.controls[:, :, 0] + design.time[:, None]
    exact = small_design(2, 100, outcome=outcome)
    assert ols_forecast(exact, 87) == pytest.approx(outcome[87:])


def _linear(small_design, small_draws):
    """A market whose outcome is twice the mean contribution of TV, plus a control."""
    design = small_design(2, 100)
    media = media_features(design, small_draws(design))
    scaled = 1.0 + 2 * media[:, :, 0] + 0.1 * design.controls[:, :, 0]
    return replace(design, outcome=scaled * design.outcome_scale), media


def test_media_enter_as_the_models_mean_contribution(small_design, small_draws, landed_by_loop):
    design = small_design(2, 60)
    draws = small_draws(design, draws=3)
    expected = np.mean([landed_by_loop(design, draws, "search", s) for s in range(3)], axis=0)
    assert media_features(design, draws)[:, :, 1] * design.outcome_scale == pytest.approx(expected)


def test_ridge_forecasts_what_is_linear_in_the_transformed_media(small_design, small_draws):
    design, media = _linear(small_design, small_draws)
    inputs = features(design, media)
    predicted = predict_learner(fit_learner("ridge", design, inputs, 87), design, inputs)
    assert predicted[87:] == pytest.approx(design.outcome[87:], rel=0.01)


def test_learners_do_not_see_the_hidden_quarter(small_design, small_draws):
    design, media = _linear(small_design, small_draws)
    broken = design.outcome.copy()
    broken[87:] = 1e9
    other, inputs = replace(design, outcome=broken), features(design, media)
    for name in ("ridge", "boosting"):
        first, second = (fit_learner(name, d, inputs, 87) for d in (design, other))
        assert np.array_equal(first.predict(inputs[:, 0]), second.predict(inputs[:, 0]))


def test_boosting_beats_the_mean_where_media_drive_the_outcome(small_design, small_draws):
    design, media = _linear(small_design, small_draws)
    inputs = features(design, media)
    predicted = predict_learner(fit_learner("boosting", design, inputs, 87), design, inputs)[87:]
    error = np.abs(predicted - design.outcome[87:]).mean()
    assert error < 0.8 * np.abs(design.outcome[:87].mean(axis=0) - design.outcome[87:]).mean()


def test_every_rival_forecasts_the_quarter(small_design, small_draws):
    design = small_design(2, 100)
    points = rival_forecasts(design, small_draws(design), 80, 13)
    assert {name: p.shape for name, p in points.items()} == dict.fromkeys(
        ("ols", "ridge", "boosting"), (13, 2)
    )
