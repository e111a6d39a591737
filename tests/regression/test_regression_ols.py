"""The regression recovers what it can, and says what it cannot."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.regression import design, ols, plots

mpl.use("agg")
LABELS = {"tv": "TV", "social": "Paid social"}
TRUE_RETURN = {"tv": 2.0, "social": 0.5}
TRUE_RETENTION = {"tv": 0.6, "social": 0.0}


def simulate(periods: int, *, confounding: float = 0.0) -> pd.DataFrame:
    """Outcome = 1000 + 2 × carried-over TV + 0.5 × social + noise; TV may follow an unseen demand."""
    rng = np.random.default_rng(7)
    demand = rng.normal(size=periods)
    tv = 100 + 20 * rng.normal(size=periods) + 20 * confounding * demand
    social = rng.gamma(2.0, 40.0, size=periods)
    outcome = 1000 + 60 * confounding * demand + 5 * rng.normal(size=periods)
    outcome += TRUE_RETURN["tv"] * design.adstock(tv, TRUE_RETENTION["tv"]) + TRUE_RETURN["social"] * social
    dates = pd.date_range("2022-01-03", periods=periods, freq="7D")
    frame = pd.DataFrame({"region": "all", "date": dates, "outcome": outcome})
    return frame.assign(spend_tv=tv, spend_social=social)


def fit(periods: int = 156, **options) -> ols.OlsFit:
    return ols.fit_ols(
        design.build_regression_data(simulate(periods, **options), region="all", channels=list(LABELS))
    )


@pytest.fixture(scope="module")
def clean() -> ols.OlsFit:
    return fit()


@pytest.mark.parametrize("channel", list(LABELS))
def test_true_return_lies_in_the_interval(clean, channel):
    row = clean.roas.set_index("channel").loc[channel]
    assert row["roas_q05"] < TRUE_RETURN[channel] < row["roas_q95"]


@pytest.mark.parametrize("channel", list(LABELS))
def test_grid_finds_the_true_retention(clean, channel):
    assert clean.roas.set_index("channel").loc[channel, "retention"] == TRUE_RETENTION[channel]


def test_unseen_demand_biases_the_return_upwards():
    row = fit(confounding=1.0).roas.set_index("channel").loc["tv"]
    assert row["roas_q05"] > TRUE_RETURN["tv"]


def test_interval_is_the_projects(clean):
    """Half of a 90 % interval is 1.645 standard errors (large samples), of 95 % it would be 1.96."""
    row = clean.roas.iloc[0]
    assert (row["roas_q95"] - row["roas_mean"]) == pytest.approx(row["roas_mean"] - row["roas_q05"])
    error = np.std(clean.residuals) / (np.std(design.adstock(simulate(156)["spend_tv"], 0.6)) * np.sqrt(156))
    assert (row["roas_q95"] - row["roas_mean"]) / error == pytest.approx(1.645, rel=0.25)


def test_independent_columns_have_no_inflation(clean):
    assert clean.roas["vif"].between(1.0, 1.3).all()


def test_fitted_and_residuals_add_up_to_the_outcome(clean):
    total = clean.fitted + clean.residuals
    assert total.to_numpy() == pytest.approx(simulate(156)["outcome"].to_numpy())


def test_too_short_a_series_is_refused_with_what_it_needs():
    data = design.build_regression_data(simulate(20), region="all", channels=list(LABELS))
    assert "20 periods" in ols.find_obstacle(data)
    with pytest.raises(ValueError, match="would need at least 24"):
        ols.fit_ols(data)


def test_unknown_outcome_is_left_out():
    panel = simulate(156)
    panel.loc[10, "outcome"] = np.nan
    data = design.build_regression_data(panel, region="all", channels=list(LABELS))
    assert len(ols.fit_ols(data).residuals) == 155


def test_sentence_counts_unclear_channels(clean):
    text = ols.describe_regression(clean, labels=LABELS, region="all")
    assert "**0 of 2** channels without a clear sign" in text


def test_table_carries_intervals(clean):
    table = ols.tabulate_returns(clean, labels=LABELS)
    assert table["Channel"].tolist() == ["TV", "Paid social"]
    assert table["Return (90 %)"].str.contains(r"\(.*–.*\)").all()


def test_charts_and_their_words(clean):
    data = design.build_regression_data(simulate(156), region="all", channels=list(LABELS))
    colors = {"tv": "blue", "social": "red"}
    assert len(plots.plot_scatter(data, labels=LABELS, colors=colors, currency="EUR")) == 2
    assert "TV" in plots.describe_scatter(data, labels=LABELS)
    plots.plot_ols_residuals(clean.residuals, currency="EUR")
    assert "hardly follow" in plots.describe_residuals(clean.residuals)
