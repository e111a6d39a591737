"""Least squares against the normal equations, robust errors against a loop, intervals against the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mmm_helpers.regression import design, grid, ols

RETENTIONS = {"tv": 0.6, "social": 0.0}


def newey_west(x: np.ndarray, residuals: np.ndarray, lags: int) -> np.ndarray:
    """Covariance of coefficients with Bartlett weights and the factor n / (n − k), written out."""
    n, k = x.shape
    middle = np.zeros((k, k))
    for t in range(n):
        for s in range(n):
            if abs(t - s) <= lags:
                weight = 1 - abs(t - s) / (lags + 1)
                middle += weight * residuals[t] * residuals[s] * np.outer(x[t], x[s])
    outer = np.linalg.inv(x.T @ x)
    return outer @ middle @ outer * n / (n - k)


@pytest.fixture(scope="module")
def data(make_data):
    return make_data(60)


@pytest.fixture(scope="module")
def fit(data):
    return ols.fit_ols(data, RETENTIONS)


@pytest.fixture(scope="module")
def by_hand(data):
    """Columns, outcome, coefficients and residuals from the normal equations."""
    x = design.build_columns(data, RETENTIONS).to_numpy()
    y = data.outcome[data.usable].to_numpy()
    b = np.linalg.solve(x.T @ x, x.T @ y)
    return x, y, b, y - x @ b


def test_returns_are_those_of_the_normal_equations(fit, by_hand):
    assert fit.returns["roas_mean"].to_numpy() == pytest.approx(by_hand[2][1:3], rel=1e-8)


def test_residuals_and_fit_add_up_to_the_outcome(fit, by_hand):
    _, y, _, residuals = by_hand
    assert fit.residuals.to_numpy() == pytest.approx(residuals, abs=1e-6)
    assert (fit.fitted + fit.residuals).to_numpy() == pytest.approx(y)


def test_share_of_variation_explained(fit, by_hand):
    _, y, _, residuals = by_hand
    assert fit.r_squared == pytest.approx(1 - residuals @ residuals / ((y - y.mean()) ** 2).sum())


def test_interval_is_newey_wests_with_students_t(fit, by_hand):
    x, _, b, residuals = by_hand
    lags = int(4 * (len(x) / 100) ** (2 / 9))
    assert fit.hac_lags == lags == 3
    errors = np.sqrt(np.diag(newey_west(x, residuals, lags)))[1:3]
    half = stats.t.ppf(0.95, len(x) - x.shape[1]) * errors
    assert fit.returns["roas_q05"].to_numpy() == pytest.approx(b[1:3] - half, rel=1e-6)
    assert fit.returns["roas_q95"].to_numpy() == pytest.approx(b[1:3] + half, rel=1e-6)


def test_share_is_what_landed_over_the_outcome(fit, by_hand):
    x, y, b, residuals = by_hand
    covariance = newey_west(x, residuals, 3)
    landed = x[:, 1:3].sum(axis=0) / y.sum()
    assert fit.returns["share_mean"].to_numpy() == pytest.approx(b[1:3] * landed)
    total = landed @ b[1:3]
    half = stats.t.ppf(0.95, len(x) - x.shape[1]) * np.sqrt(landed @ covariance[1:3, 1:3] @ landed)
    assert fit.total["share_mean"] == pytest.approx(total)
    assert fit.total["share_q95"] == pytest.approx(total + half, rel=1e-6)


def test_total_return_weighs_channels_by_spend(fit, data):
    spend = data.spend[data.usable].sum()
    expected = (fit.returns["roas_mean"].to_numpy() * spend.to_numpy()).sum() / spend.sum()
    assert fit.total["roas_mean"] == pytest.approx(expected)


def test_plain_errors_beside_robust_ones(fit, by_hand):
    x, _, _, residuals = by_hand
    n, k = x.shape
    plain = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * (residuals @ residuals) / (n - k))[1:3]
    robust = np.sqrt(np.diag(newey_west(x, residuals, 3)))[1:3]
    assert fit.plain_width == pytest.approx(np.median(plain / robust), rel=1e-6)


def test_returns_are_the_same_in_any_currency(make_panel, fit):
    panel = make_panel(60).drop(columns="control_demand_index")
    money = ["outcome", "spend_tv", "spend_social"]
    panel[money] *= 1e7
    other = ols.fit_ols(
        design.build_regression_data(panel, region="all", channels=["tv", "social"]), RETENTIONS
    )
    assert other.returns["roas_q95"].to_numpy() == pytest.approx(fit.returns["roas_q95"].to_numpy(), rel=1e-6)


def test_ninety_percent_of_intervals_hold_the_truth(make_data, true_return):
    """60 worlds × 2 channels: sd of the share is 2.7 percentage points; robust errors run a little short."""
    held = []
    for seed in range(60):
        rows = ols.fit_ols(make_data(120, seed=seed), RETENTIONS).returns.set_index("channel")
        held += [rows.loc[c, "roas_q05"] < true_return[c] < rows.loc[c, "roas_q95"] for c in true_return]
    assert 0.83 < np.mean(held) < 0.96


def test_unseen_demand_biases_the_return_upwards(make_data, true_return):
    rows = ols.fit_ols(make_data(156, confounding=1.0), RETENTIONS).returns.set_index("channel")
    assert rows.loc["tv", "roas_q05"] > true_return["tv"]
    seen = ols.fit_ols(make_data(156, confounding=1.0, demand=True), RETENTIONS).returns.set_index("channel")
    assert seen.loc["tv", "roas_q05"] < true_return["tv"] < seen.loc["tv", "roas_q95"]


def test_bias_is_that_of_an_omitted_variable(make_data):
    """Short minus long coefficient = effect of what was left out × its slope on what was kept (exact)."""
    long = make_data(100, confounding=1.0, demand=True)
    short = make_data(100, confounding=1.0)
    x = design.build_columns(long, RETENTIONS)
    kept, left_out = x.drop(columns="control_demand_index"), x["control_demand_index"].to_numpy()
    effect = np.linalg.lstsq(x.to_numpy(), long.outcome[long.usable].to_numpy(), rcond=None)[0][-1]
    slope = np.linalg.lstsq(kept.to_numpy(), left_out, rcond=None)[0]
    found = [ols.fit_ols(d, RETENTIONS).returns["roas_mean"].to_numpy() for d in (short, long)]
    assert found[0] - found[1] == pytest.approx(effect * slope[1:3], rel=1e-6)


def test_open_carry_over_spans_all_plausible_values(make_data):
    data = make_data(100, noise=60.0)
    search = grid.search_retentions(data)
    opened = ols.open_carry_over(data, search).set_index("channel")
    lows = []
    for row in search.curve[(search.curve["channel"] == "tv") & search.curve["plausible"]].itertuples():
        lows.append(ols.fit_ols(data, row.retentions).returns["roas_q05"].iloc[0])
    assert len(lows) > 1
    assert opened.loc["tv", "roas_q05"] == pytest.approx(min(lows))


def test_enough_data_have_no_obstacle(data):
    assert ols.find_obstacle(data) == ""


def test_too_short_a_series_says_what_it_needs(make_data):
    # constant, trend, two channels: four coefficients; seven of the 18 weeks only supply spend
    assert ols.find_obstacle(make_data(18)) == (
        "A regression for the market would have 11 weeks for 4 coefficients and needs at least 12 to say "
        "anything: 1 week more, or fewer channels and controls."
    )
    assert ols.find_obstacle(make_data(19)) == ""


def test_no_channel_at_all_is_said(make_panel):
    data = design.build_regression_data(make_panel(), region="all", channels=[])
    assert ols.find_obstacle(data).startswith("No channel's spend in the market changes over time")


def test_constant_outcome_is_said(make_panel):
    data = design.build_regression_data(make_panel().assign(outcome=7.0), region="all", channels=["tv"])
    assert "is the same in every week" in ols.find_obstacle(data)


def test_columns_that_are_the_same_are_named(make_panel):
    panel = make_panel()
    panel["control_grp"] = 3 * panel["spend_tv"] + 1
    data = design.build_regression_data(panel, region="all", channels=["tv", "social"])
    text = ols.find_obstacle(data, names={"tv": "TV", "control_grp": "TV pressure"})
    assert text.startswith("TV and TV pressure hold the same information in the market")


def test_exact_combination_of_three_is_found():
    rng = np.random.default_rng(0)
    a, b, other = rng.normal(size=(3, 30))
    columns = pd.DataFrame({"constant": 1.0, "a": a, "b": b, "sum": a + b, "other": other})
    assert ols.find_exact(columns) == ["a", "b", "sum"]
    assert ols.find_exact(columns.drop(columns="sum")) == []
