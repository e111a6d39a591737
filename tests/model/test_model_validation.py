"""Scores of a forecast, against closed forms and by hand."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.model.profiles import PROFILES
from mmm_helpers.model.run import fold_length, fold_starts
from mmm_helpers.model.validation import (
    SCORE_COLUMNS,
    crps,
    ols_forecast,
    score_fold,
    season_length,
    seasonal_naive,
)


def _rng():
    return np.random.default_rng(0)


def test_crps_of_a_normal_forecast_at_its_mean_is_the_closed_form():
    draws = _rng().normal(3.0, 2.0, 200_000)
    # Gneiting & Raftery 2007: sigma (2 phi(0) − 1 / sqrt(pi)) at z = 0
    expected = 2.0 * (2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi))
    assert float(crps(draws, np.array(3.0))) == pytest.approx(expected, rel=0.01)


def test_crps_of_a_normal_forecast_away_from_its_mean_is_the_closed_form():
    from scipy.stats import norm

    draws, z = _rng().normal(0.0, 1.0, 200_000), 1.5
    expected = z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)
    assert float(crps(draws, np.array(z))) == pytest.approx(expected, rel=0.01)


def test_crps_of_one_draw_is_the_absolute_error():
    assert float(crps(np.array([5.0]), np.array(3.0))) == 2.0


def test_crps_is_in_units_of_the_outcome():
    draws = _rng().normal(size=(1000, 3))
    truth = np.array([0.0, 1.0, 2.0])
    assert crps(10 * draws, 10 * truth) == pytest.approx(10 * crps(draws, truth))


def test_seasonal_naive_is_last_years_value_where_years_repeat(small_design):
    year = np.arange(52.0)[:, None] * [1.0, 2.0]
    design = small_design(2, 156, outcome=np.tile(year, (3, 1)))
    naive = seasonal_naive(design, 143, rng=_rng(), draws=10)
    assert naive == pytest.approx(np.broadcast_to(year[39:52], (10, 13, 2)))


def test_seasonal_naive_spreads_by_its_own_past_error(small_design):
    design = small_design(1, 156, outcome=100 + np.arange(156.0)[:, None])
    naive = seasonal_naive(design, 143, rng=_rng(), draws=10)
    assert naive[0, :, 0] == pytest.approx(design.outcome[143:, 0])


def test_seasonal_naive_passes_over_unknown_outcomes(small_design):
    outcome = 100 + np.arange(156.0)[:, None]
    outcome[60] = np.nan
    naive = seasonal_naive(small_design(1, 156, outcome=outcome), 143, rng=_rng(), draws=50)
    assert not np.isnan(naive).any()


def test_seasonal_naive_needs_a_year_and_a_fold(small_design):
    assert seasonal_naive(small_design(2, 64), 51, rng=_rng(), draws=10) is None


def test_daily_seasons_repeat_on_the_same_weekday(small_design):
    assert season_length(small_design(periods_per_year=365.25)) % 7 == 0


@pytest.mark.parametrize(("a_year", "length"), [(365.25 / 7, 52), (12.0, 12)])
def test_other_seasons_are_a_year(a_year, length, small_design):
    assert season_length(small_design(periods_per_year=a_year)) == length


def test_regression_forecasts_what_it_can_explain(small_design):
    design = small_design(2, 100)
    outcome = 5 + 2 * design.media[:, :, 0] + 3 * design.controls[:, :, 0] + design.time[:, None]
    exact = small_design(2, 100, outcome=outcome)
    assert ols_forecast(exact, 87) == pytest.approx(outcome[87:])


def _scores(small_design, predicted, truth) -> pd.DataFrame:
    design = small_design(2, 100, outcome=np.vstack([np.full((97, 2), 10.0), truth]))
    return score_fold(design, predicted, 97, 1, rng=_rng()).set_index("region")


def test_wmape_and_mape_by_hand(small_design):
    truth = np.array([[10.0, 1.0], [20.0, 1.0], [30.0, 1.0]])
    scores = _scores(small_design, np.broadcast_to(truth + np.array([2.0, 0.5]), (4, 3, 2)), truth)
    assert scores.loc["R1", "wmape"] == pytest.approx(6 / 60)
    assert scores.loc["R1", "mape"] == pytest.approx((2 / 10 + 2 / 20 + 2 / 30) / 3)


def test_market_is_scored_on_the_sum_of_its_regions(small_design):
    truth = np.array([[10.0, 10.0]] * 3)
    scores = _scores(small_design, np.broadcast_to(truth + np.array([2.0, -2.0]), (4, 3, 2)), truth)
    assert scores.loc["all", "wmape"] == pytest.approx(0.0)


def test_coverage_by_hand(small_design):
    truth = np.array([[10.0, 10.0], [10.0, 10.0], [99.0, 10.0]])
    draws = np.broadcast_to(np.linspace(0, 20, 101)[:, None, None], (101, 3, 2))
    scores = _scores(small_design, draws, truth)
    assert scores["coverage_90"].to_dict() == pytest.approx({"R1": 2 / 3, "R2": 1.0, "all": 2 / 3})


def test_unknown_outcomes_are_not_scored(small_design):
    truth = np.array([[10.0, np.nan], [10.0, 10.0], [10.0, 10.0]])
    scores = _scores(small_design, np.full((4, 3, 2), 10.0), truth)
    assert scores["horizon"].to_dict() == {"R1": 3, "R2": 2, "all": 2}


def test_table_has_the_columns_of_the_contract(small_design):
    truth = np.full((3, 2), 10.0)
    table = _scores(small_design, np.full((4, 3, 2), 10.0), truth).reset_index()
    assert set(SCORE_COLUMNS) == set(table)


def test_market_of_one_region_has_one_row(small_design):
    design = small_design(1, 100, regions=["all"])
    scores = score_fold(design, np.full((4, 3, 1), 1000.0), 97, 1, rng=_rng())
    assert scores["region"].tolist() == ["all"]


@pytest.mark.parametrize(("a_year", "length"), [(365.25 / 7, 13), (12.0, 3), (365.25, 91)])
def test_a_fold_is_a_quarter(a_year, length, small_design):
    assert fold_length(small_design(periods_per_year=a_year)) == length


def test_folds_are_the_last_quarters_latest_first(small_design):
    assert fold_starts(small_design(2, 156), 3) == [143, 130, 117]


def test_a_fold_needs_a_year_before_it(small_design):
    assert fold_starts(small_design(2, 78), 3) == [65]


def test_short_history_has_no_fold(small_design):
    assert fold_starts(small_design(2, 40), 1) == []


def test_only_the_preview_is_never_decision_grade():
    assert {name: p.decision_grade for name, p in PROFILES.items()} == {
        "quick": False,
        "standard": True,
        "full": True,
    }


def test_decision_grade_profiles_run_four_chains():
    assert all(p.chains == 4 for p in PROFILES.values() if p.decision_grade)
