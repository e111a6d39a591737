"""Sentences and tables carry the numbers of their frames."""

from __future__ import annotations

import pandas as pd
import pytest

from mmm_helpers.regression import coarser, correlation, grid, ols, words

LABELS = {"tv": "TV", "social": "Paid social"}
NAMES = {**LABELS, "trend": "Trend", "control_demand_index": "Demand index"}


@pytest.fixture(scope="module")
def data(make_data):
    return make_data(156, demand=True, confounding=1.0)


@pytest.fixture(scope="module")
def search(data):
    return grid.search_retentions(data)


@pytest.fixture(scope="module")
def fit(data, search):
    return ols.fit_ols(data, search.best)


@pytest.fixture(scope="module")
def opened(data, search):
    return ols.open_carry_over(data, search)


def with_returns(fit, means: list[float], lows: list[float], highs: list[float]) -> ols.OlsFit:
    rows = fit.returns.assign(roas_mean=means, roas_q05=lows, roas_q95=highs)
    return ols.OlsFit(**(vars(fit) | {"returns": rows}))


def describe(fit) -> str:
    return words.describe_regression(fit, labels=LABELS, region="all", unit="week")


def test_finding_has_number_interval_and_period_count(fit):
    low, high = fit.total["roas_q05"], fit.total["roas_q95"]
    text = describe(fit)
    assert text.startswith("A plain regression of 149 weeks in the whole market says")
    assert f"({low:.2g}" in text or f"({low:.1f}" in text
    assert low < fit.total["roas_mean"] < high
    assert "**0 of 2** channels are left without a clear sign." in text


def test_finding_counts_unclear_and_negative_channels(fit):
    text = describe(with_returns(fit, [1.0, -2.0], [-1.0, -3.0], [2.0, -1.0]))
    assert "**1 of 2** channels is left without a clear sign" in text
    assert "and Paid social comes out with a negative return" in text


def test_region_and_rule_are_named(data):
    assert "**the whole market**: 149 weeks that can be used" in words.describe_region(data, regions=1)
    assert "(the largest by outcome of 3 regions)" in words.describe_region(data, regions=3)
    assert "The first 7 weeks of the data only supply" in words.describe_region(data, regions=1)


def test_region_without_a_usable_week_is_said(make_data):
    assert "none of its 5 weeks can be used" in words.describe_region(make_data(5), regions=1)


def test_table_of_returns_ends_with_all_together(fit, opened):
    table = words.tabulate_returns(fit, opened, labels=LABELS)
    assert table["Channel"].tolist() == ["TV", "Paid social", "All together"]
    assert table["Return (90 %)"].str.contains(r"\(.*\)").all()
    assert table["Share of outcome (90 %)"].str.contains(r"%.*\(").all()


def test_table_of_the_search(search):
    table = words.tabulate_search(search, labels=LABELS, unit="week")
    assert table["Left after one week"].tolist() == ["60 %", "0 %"]
    assert table["Fit about as well"].iloc[0] in (
        "no other",
        "2 values, 50 % to 60 %",
        "2 values, 60 % to 70 %",
    )


def test_sentence_on_the_search_says_what_is_settled(make_data):
    data = make_data(156, noise=25.0)
    search = grid.search_retentions(data)
    fit, opened = ols.fit_ols(data, search.best), ols.open_carry_over(data, search)
    settled = [LABELS[c] for c in LABELS if len(search.plausible(c)) == 1]
    assert len(settled) < 2
    text = words.describe_search(search, fit, opened, labels=LABELS)
    assert f"**{'the value of ' + settled[0] if settled else "no channel's value"}**" in text
    closed = fit.returns["roas_q95"] - fit.returns["roas_q05"]
    wider = ((opened["roas_q95"] - opened["roas_q05"]) / closed).median()
    assert f"**{wider:.1f} times** as wide" in text


def test_settled_carry_over_needs_no_warning(make_data):
    clear = make_data(300, noise=0.5)
    found = grid.search_retentions(clear)
    fit, opened = ols.fit_ols(clear, found.best), ols.open_carry_over(clear, found)
    text = words.describe_search(found, fit, opened, labels=LABELS)
    assert text.startswith(
        "The data settle **the value of TV and Paid social** to one step of the grid: no other"
    )


def test_vague_carry_over_widens_the_interval(make_data):
    vague = make_data(100, noise=200.0)
    found = grid.search_retentions(vague)
    fit, opened = ols.fit_ols(vague, found.best), ols.open_carry_over(vague, found)
    assert "of 10 values fit about as well" in words.describe_search(found, fit, opened, labels=LABELS)
    assert (
        (opened["roas_q95"] - opened["roas_q05"]).gt(fit.returns["roas_q95"] - fit.returns["roas_q05"]).all()
    )


def test_errors_are_named_with_lag_and_rule(fit):
    text = words.describe_errors(fit, unit="week")
    assert "over 4 weeks" in text
    assert "n = 149" in text


SUMMARY = pd.DataFrame(
    {
        "unit": ["week", "month"],
        "periods": [149, 34],
        "coefficients": [22, 22],
        "spare": [127, 12],
        "vif": [1.6, 3.1],
        "width": [1.0, 2.5],
        "plain_width": [1.0, 1.2],
    }
)
RETURNS = pd.DataFrame(
    {
        "unit": ["week", "week", "month", "month"],
        "variant": ["every week", "every week", "every month", "every month"],
        "channel": ["tv", "social"] * 2,
        "retention": [0.6, 0.0, 0.0, 0.0],
        "roas_mean": [2.0, 0.5, 1.0, -0.5],
        "roas_q05": [1.0, 0.2, 0.5, -2.0],
        "roas_q95": [3.0, 0.8, 1.5, 1.0],
        "vif": [1.2, 1.3, 3.0, 3.2],
    }
)


def test_what_changes_with_months():
    text = words.describe_comparison(SUMMARY, RETURNS, labels=LABELS, unit="week")
    assert "**149 weeks become 34 months** for the same 22 coefficients: 12 to spare instead of 127" in text
    assert "**2.5 times** as wide, columns move more alike" in text
    assert "1 of 2 returns changes its sign (Paid social)" in text


def test_fewer_coefficients_and_no_turn_are_said():
    summary = SUMMARY.assign(coefficients=[28, 22])
    text = words.describe_comparison(summary, RETURNS.assign(roas_mean=1.0), labels=LABELS, unit="week")
    assert "for 22 coefficients instead of 28" in text
    assert text.endswith("and no return changes its sign.")


def test_too_few_months_are_not_a_result():
    text = words.describe_limits(coarser.Comparison(RETURNS, SUMMARY, []))
    assert "34 months are fewer than the 66" in text
    assert "120 % as wide" in text


def test_enough_months_have_no_limits_but_obstacles_are_told():
    enough = SUMMARY.assign(periods=[149, 66])
    assert words.describe_limits(coarser.Comparison(RETURNS, enough, [])) == ""
    assert words.describe_limits(coarser.Comparison(RETURNS, enough, ["Too short."])) == "Too short."


def test_table_of_units_has_a_pair_of_columns_each():
    table = words.tabulate_comparison(RETURNS, labels=LABELS)
    assert table["Return, by month"].tolist() == ["1.0 (0.50–1.5)", "−0.50 (−2.0 to 1.0)"]
    assert table["Variance inflation, by week"].tolist() == ["1.2", "1.3"]


def test_no_comparison_says_why():
    alone = coarser.Comparison(RETURNS, SUMMARY.iloc[:1], [])
    assert "These data come by month" in words.explain_no_comparison(alone, unit="month")
    short = coarser.Comparison(RETURNS, SUMMARY.iloc[:1], ["Too short."])
    assert words.explain_no_comparison(short, unit="week").endswith("Too short.")
    assert "without a regression" in words.explain_no_comparison(None, unit="week")


def test_charts_words_hold_every_interval():
    text = words.describe_intervals(RETURNS.assign(truth=[2.0, 0.5] * 2), labels=LABELS)
    assert "TV (true return 2.0): every week 2.0 (1.0–3.0); every month 1.0 (0.50–1.5)" in text


def test_correlations_are_pearsons_on_usable_periods(data):
    found = correlation.compute_correlations(data, names=NAMES)
    used = data.usable
    expected = data.spend["tv"][used].corr(data.outcome[used])
    assert found.loc["TV", "Outcome"] == pytest.approx(expected)
    assert not [c for c in found if c.startswith("Yearly")]


def test_correlations_are_split_into_media_and_controls(data):
    found = correlation.compute_correlations(data, names=NAMES)
    media, controls = correlation.split_correlations(found, channels=list(LABELS.values()))
    assert media.index.tolist() == ["Outcome", "TV", "Paid social"]
    assert controls.index.tolist() == ["Trend", "Demand index"]
    text = correlation.describe_controls(controls)
    assert f"**Demand index**, with TV ({controls.loc['Demand index', 'TV']:.2f})" in text


def test_no_controls_is_said(data):
    found = correlation.compute_correlations(data, names=NAMES)
    _, controls = correlation.split_correlations(found, channels=list(found))
    assert correlation.describe_controls(controls) == "The data hold no control."


def test_warning_points_to_the_model():
    assert "04_multi_geo_mmm" in words.warn_about_regression()
