"""Scores of a forecast, against closed forms and by hand."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.model.profiles import PROFILES
from mmm_helpers.model.validation import (
    SCORE_COLUMNS,
    Fold,
    crps,
    long_run_variance,
    month_lags,
    paired_interval,
    read_folds,
    tabulate_scores,
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


def _fold(predicted, *, start: int = 97, number: int = 1, naive=None, **points) -> Fold:
    return Fold(number, start, np.asarray(predicted, float), naive, points)


def _scores(small_design, predicted, truth) -> pd.DataFrame:
    design = small_design(2, 100, outcome=np.vstack([np.full((97, 2), 10.0), truth]))
    return tabulate_scores(design, [_fold(predicted)]).set_index("region")


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
    scores = tabulate_scores(design, [_fold(np.full((4, 3, 1), 1000.0))])
    assert scores["region"].tolist() == ["all"]


def test_each_rival_is_scored_beside_the_model(small_design):
    design = small_design(1, 100, outcome=np.full((100, 1), 10.0))
    fold = _fold(np.full((4, 3, 1), 10.0), ols=np.full((3, 1), 11.0), ridge=np.full((3, 1), 12.0))
    row = tabulate_scores(design, [fold]).iloc[0]
    assert row[["wmape", "wmape_ols", "wmape_ridge"]].tolist() == pytest.approx([0.0, 0.1, 0.2])


def test_a_rival_that_did_not_run_has_no_score(small_design):
    truth = np.full((3, 2), 10.0)
    assert _scores(small_design, np.full((4, 3, 2), 10.0), truth)["wmape_boosting"].isna().all()


def test_folds_come_latest_first_and_share_one_interval_of_the_gain(small_design):
    design = small_design(1, 100, outcome=_rng().normal(10.0, 1.0, (100, 1)))
    naive = np.full((4, 13, 1), 10.0)
    folds = [_fold(naive + 1, start=87 - 13 * k, number=k + 1, naive=naive) for k in range(3)]
    table = tabulate_scores(design, folds)
    assert table["fold"].tolist() == [1, 1, 2, 2, 3, 3]
    assert table.groupby("region")["crps_gain_q05"].nunique().tolist() == [1, 1]


def test_gain_of_all_folds_is_the_paired_interval_of_their_weeks(small_design):
    design = small_design(1, 100, outcome=_rng().normal(10.0, 1.0, (100, 1)))
    naive = np.full((4, 13, 1), 10.0)
    folds = [_fold(naive + 1, start=87 - 13 * k, number=k + 1, naive=naive) for k in range(2)]
    truth = [design.outcome[f.start : f.stop, 0] for f in folds]
    gains = [np.abs(10.0 - y) - np.abs(11.0 - y) for y in truth]
    row = tabulate_scores(design, folds).iloc[0]
    assert (row["crps_gain_q05"], row["crps_gain_q95"]) == pytest.approx(paired_interval(gains, lags=3))


def test_no_fold_no_rows(small_design):
    table = tabulate_scores(small_design(2), [])
    assert table.empty
    assert list(table) == SCORE_COLUMNS


def test_stored_folds_are_read_with_their_rivals(small_design):
    import xarray as xr

    dims = ("fold", "forecast_sample", "horizon", "region")
    data = {"forecast": (dims, np.full((2, 5, 13, 2), 10.0)), "start": ("fold", [87, 74])}
    stored = xr.Dataset(data | {"ols": (("fold", "horizon", "region"), np.ones((2, 13, 2)))})
    folds = read_folds(small_design(2, 100), stored, rng=_rng())
    assert [(f.number, f.start, f.stop) for f in folds] == [(1, 87, 100), (2, 74, 87)]
    assert list(folds[0].points) == ["ols"]
    assert folds[0].naive.shape == (5, 13, 2)


def test_without_stored_folds_there_are_none(small_design):
    assert read_folds(small_design(2), None, rng=_rng()) == []


def test_newey_west_variance_by_hand():
    e = np.array([1.0, 2.0, -3.0, 0.0])
    # gamma_0 = 14/4; gamma_1 = (2 − 6 + 0)/4 with weight 1/2; nothing beyond one lag
    assert long_run_variance([e], lags=1) == pytest.approx(14 / 4 + 2 * 0.5 * (-4 / 4))


def test_newey_west_variance_does_not_reach_over_the_end_of_a_fold():
    e = np.array([1.0, 2.0, -3.0, 0.0])
    # pairs within folds: 1 × 2 and −3 × 0
    assert long_run_variance([e[:2], e[2:]], lags=1) == pytest.approx(14 / 4 + 2 * 0.5 * (2 / 4))


def test_interval_of_independent_pairs_is_students():
    from scipy.stats import ttest_1samp

    gains = _rng().normal(1.0, 2.0, 20)
    expected = ttest_1samp(gains, 0.0).confidence_interval(0.90)
    # without lags the correction is (n − 1) / n, which turns the sd of n into that of n − 1
    assert paired_interval([gains], lags=0) == pytest.approx((expected.low, expected.high))


def test_interval_is_that_of_statsmodels_newey_west_but_for_the_small_sample():
    import statsmodels.api as sm
    from scipy.stats import t

    gains = _rng().normal(1.0, 2.0, 39)
    fit = sm.OLS(gains, np.ones(39)).fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": False})
    low, high = paired_interval([gains], lags=3)
    correction = (39 + 1 - 8 + 12 / 39) / 39
    assert (low + high) / 2 == pytest.approx(fit.params[0])
    assert (high - low) / 2 == pytest.approx(t.ppf(0.95, 38) * fit.bse[0] / np.sqrt(correction))


def test_errors_that_hang_together_widen_the_interval():
    noise = _rng().normal(size=400)
    runs = [np.convolve(noise, np.ones(4) / 2, "valid")[: 13 * 3].reshape(3, 13)][0]
    alone, together = (np.ptp(paired_interval(list(runs), lags=lags)) for lags in (0, 3))
    assert together > 1.3 * alone


def test_too_few_periods_have_no_interval():
    assert np.isnan(paired_interval([np.array([1.0, 2.0, 3.0])], lags=3)).all()


def test_an_unknown_difference_leaves_no_interval():
    assert np.isnan(paired_interval([np.array([1.0, np.nan, 3.0])], lags=0)).all()


@pytest.mark.parametrize(("a_year", "lags"), [(365.25 / 7, 3), (12.0, 0), (365.25, 29)])
def test_errors_may_hang_together_over_a_month(a_year, lags, small_design):
    assert month_lags(small_design(periods_per_year=a_year)) == lags


def test_only_the_preview_is_never_decision_grade():
    assert {name: p.decision_grade for name, p in PROFILES.items()} == {
        "quick": False,
        "standard": True,
        "full": True,
    }


def test_decision_grade_profiles_run_four_chains():
    assert all(p.chains == 4 for p in PROFILES.values() if p.decision_grade)
