"""Sentences and tables of the page about the model, on tables small enough to check by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.report import returns
from mmm_helpers.report.model import held_out
from mmm_helpers.report.model import model_page as page

LABELS = {"tv": "TV", "social": "Paid social", "organic": "Organic"}


def quantity(name: str, mean: float, low: float, high: float) -> dict:
    return {f"{name}_mean": mean, f"{name}_q05": low, f"{name}_q50": mean, f"{name}_q95": high}


def effect(channel: str, spend: float, roas: tuple, *, region: str = "all", **more) -> dict:
    row = {"market": "DE", "region": region, "channel": channel, "window": "last 52 weeks", "spend": spend}
    row |= {"period_start": pd.Timestamp("2025-01-06"), "period_end": pd.Timestamp("2025-12-29")}
    row |= quantity("roas", *roas) | quantity("mroas", *(v / 2 for v in roas))
    marks = {"p_above": 0.9, "data_tier": "local", "cause_mark": "observational", "decision_grade": True}
    return row | marks | more


@pytest.fixture
def effects() -> pd.DataFrame:
    nothing = (np.nan, np.nan, np.nan)
    rows = [effect("tv", 900.0, (1.5, 1.0, 2.0)), effect("social", 100.0, (4.0, 3.0, 5.0))]
    return pd.DataFrame([*rows, effect("organic", np.nan, nothing)])


@pytest.fixture
def fit() -> pd.DataFrame:
    dates = pd.date_range("2025-01-06", periods=4, freq="7D")
    frame = pd.DataFrame(
        {"market": "DE", "region": "North", "date": dates, "observed": [100.0, 100, 100, 120]}
    )
    frame = frame.assign(fitted_mean=100.0, predicted_q05=90.0, predicted_q95=110.0)
    return frame.assign(in_likelihood=[False, True, True, True])


@pytest.fixture
def health() -> pd.DataFrame:
    rows = [
        ("computation", "chains", "pass"),
        ("identification", "cells that the data speak about", "review"),
    ]
    return pd.DataFrame(rows, columns=["part", "check", "status"])


def test_opening_names_return_share_and_health(health):
    row = {"period_start": "2025-01-06", "period_end": "2025-12-29"}
    row |= quantity("media_share", 0.31, 0.27, 0.36) | quantity("roas", 2.1, 1.8, 2.5)
    text = page.describe_model(pd.DataFrame([row]), health, label="Germany", currency="EUR", signs="● ▽")
    assert "each €1 of paid media brought back **€2.1 (1.8–2.5)** ● ▽ between" in text
    assert "**31 % (27–36)** of the outcome" in text
    assert "**1 of 2 checks**" in text


def test_opening_of_a_market_that_paid_for_nothing(health):
    row = {"period_start": "2025-01-06", "period_end": "2025-12-29"}
    row |= quantity("media_share", 0.31, 0.27, 0.36) | quantity("roas", np.nan, np.nan, np.nan)
    text = page.describe_model(pd.DataFrame([row]), health, label="Germany", currency="EUR", signs="● ▽")
    assert text.startswith("In Germany nothing was spent on paid media between 2025-01-06 and")
    assert "–**" not in text


def test_health_names_what_did_not_pass(health):
    assert page.describe_health(health).endswith("worth a look: cells that the data speak about.")


def test_health_without_open_checks_is_short(health):
    passed = health.assign(status="pass")
    assert page.describe_health(passed) == "**2 of 2 checks** of the model's health passed."


def test_fit_counts_only_what_the_model_learnt_from(fit):
    text = page.describe_fit(fit)
    assert text.startswith("**67 %** of the observed outcomes")
    assert "**6.2 %** on average" in text  # 20 of 320


def test_fit_names_unknown_outcomes(fit):
    fit.loc[1, ["observed", "in_likelihood"]] = np.nan, False
    assert page.describe_fit(fit).endswith("1 unknown outcome left out.")


def test_warm_up_is_named(fit):
    assert page.describe_unused(fit, unit="week").startswith("The first week serves")
    assert page.describe_unused(fit.iloc[1:], unit="week") == ""


def test_largest_miss_has_place_and_date():
    dates = pd.date_range("2025-01-06", periods=3, freq="7D")
    rows = pd.DataFrame({"region": "North", "date": dates, "residual": [0.01, -0.2, 0.02]})
    text = page.describe_residuals(rows, unit="week")
    assert "**−20 %** of the mean outcome in North in the week of 2025-01-13" in text


@pytest.fixture
def shrinkage() -> pd.DataFrame:
    rows = []
    for region, own in (("North", (2.0, 1.0, 4.0)), ("South", (5.0, 0.01, 900.0))):
        for channel in ("social", "organic", "tv"):
            row = {"market": "DE", "region": region, "channel": channel, "pooling_factor": 0.5}
            row |= {"data_tier": "partially_pooled", "cause_mark": "tested"}
            rows.append(row | quantity("own", *own) | quantity("pooled", 1.8, 1.2, 2.5))
    return pd.DataFrame(rows)


def test_unpaid_channels_have_no_shrinkage_in_money(shrinkage, effects):
    regional = pd.concat([effects.assign(region=r, cause_mark="quasi") for r in ("North", "South")])
    kept = page.paid_shrinkage(shrinkage.drop(columns="cause_mark"), regional, labels=LABELS)
    assert list(dict.fromkeys(kept["channel"])) == ["tv", "social"]
    assert kept["cause_mark"].tolist() == ["quasi"] * 4


def test_an_own_range_that_says_nothing_is_blank(shrinkage):
    telling = page.only_telling(shrinkage)
    assert telling.loc[telling["region"] == "South", "own_mean"].isna().all()
    assert telling.loc[telling["region"] == "North", "own_mean"].notna().all()


def test_borrowing_table_writes_text(shrinkage):
    table = page.compute_borrowing_table(shrinkage, labels=LABELS)
    assert table["own"].tolist() == ["2.0 (1.0–4.0)"] * 3 + ["say nothing"] * 3
    assert table["pooled"].iloc[0] == "1.8 (1.2–2.5)"
    assert set(table["evidence"]) == {"partially_pooled|tested"}
    shown = page.BORROWING_FORMATS["evidence"](table["evidence"].iloc[0])
    assert "◐ partly pooled" in shown
    assert "▲ tested" in shown


def test_borrowing_counts_tiers_and_averages_the_factor(shrinkage):
    text = page.describe_borrowing(shrinkage)
    assert "**6 returns** 6 ◐ partly pooled" in text
    assert "**50 %** of a number is borrowed" in text


def test_nothing_borrowed_where_nothing_was_paid_for(shrinkage):
    assert page.describe_borrowing(shrinkage.iloc[:0]).startswith("No channel was paid for")


def test_where_there_is_no_advice_returns_are_not_held_against_break_even(effects):
    how = {"labels": LABELS, "currency": "EUR", "break_even": 2.5}
    assert "lie above" in returns.describe_returns(effects, **how)
    text = returns.describe_returns(effects, **how, withheld="No recommendation.")
    assert text.endswith(".")
    assert "break-even" not in text
    table = returns.compute_returns_table(effects, labels=LABELS)
    assert list(page.judge_nothing(table)) == ["region", "channel", "spend", "return", "evidence"]


def test_curves_name_the_best_and_worst_next_unit(effects):
    text = page.describe_curves(effects, labels=LABELS, currency="EUR")
    assert "€1 more on **Paid social** would bring **€2.0 (1.5–2.5)** ● ▽" in text
    assert "on TV €0.75 (0.50–1.0) ● ▽" in text


def test_curves_without_paid_channels(effects):
    assert "no curve" in page.describe_curves(effects.iloc[2:], labels=LABELS, currency="EUR")


def test_sources_add_up_the_channels():
    steps = pd.DataFrame(
        {"group": ["base", "tv", "social", "total"], "value_mean": [70.0, 20.0, 10.0, 100.0]}
    )
    steps = steps.assign(value_q05=steps["value_mean"] * 0.9, value_q95=steps["value_mean"] * 1.1)
    steps = steps.assign(**{f"share_{k}": steps[f"value_{k}"] / 100 for k in ("mean", "q05", "q95")})
    steps = steps.assign(period_start="2025-01-06", period_end="2025-12-29")
    text = page.describe_sources(steps, labels=LABELS, currency="EUR")
    assert "Of **€100 (90–110)** modelled outcome (2025-01-06 – 2025-12-29)" in text
    assert "the baseline holds **70 % (63–77)**; of the channels TV brought most, **20 % (18–22)**" in text


def test_counts_are_written_without_a_currency():
    assert page.amount(12_300, "") == "12.3 k"


def test_one_region_is_its_own_total(fit):
    single = fit.assign(region="all")
    assert len(returns.by_region(single)) == len(single)


def test_last_window_keeps_each_cell_once(effects):
    older = effects.assign(window="all history", period_start=pd.Timestamp("2023-01-02"))
    kept = returns.last_window(pd.concat([older, effects, effects]))
    assert kept["window"].tolist() == ["last 52 weeks"] * 3


def test_returns_are_set_against_break_even(effects):
    text = returns.describe_returns(effects, labels=LABELS, currency="EUR", break_even=2.5)
    assert "**Paid social** brought back **€4.0 (3.0–5.0)** ● ▽, the most of 2 paid channels" in text
    assert "1 of 2 lie above it with their whole range, 1 below, and 0 could be either" in text


def test_unknown_margin_is_said(effects):
    text = returns.describe_returns(effects, labels=LABELS, currency="EUR", break_even=None)
    assert "margin is unknown" in text


def test_a_transferred_number_says_so(effects):
    moved = effects.assign(data_tier="transferred")
    text = returns.describe_returns(moved, labels=LABELS, currency="EUR", break_even=None)
    assert "The number for Paid social is mostly learnt from other places." in text


def test_no_paid_channel_gives_a_sentence(effects):
    text = returns.describe_returns(effects.iloc[2:], labels=LABELS, currency="EUR", break_even=2.5)
    assert "no return to report" in text


def test_returns_table_leaves_unpaid_channels_out(effects):
    table = returns.compute_returns_table(effects, labels=LABELS)
    assert table["channel"].tolist() == ["TV", "Paid social"]
    assert table["return"].tolist() == ["1.5 (1.0–2.0)", "4.0 (3.0–5.0)"]


def test_returns_table_is_cut_and_says_so():
    many = [effect("tv", float(i), (1.5, 1.0, 2.0), region=f"R{i}") for i in range(1, 81)]
    table = returns.compute_returns_table(pd.DataFrame(many), labels=LABELS)
    assert len(table) == returns.MOST_ROWS
    assert "R1" not in set(table["region"])
    assert "60 largest" in returns.rows_left_out(table, pd.DataFrame(many))


def test_unpaid_names(effects):
    assert returns.unpaid_names(effects, labels=LABELS) == ["Organic"]


@pytest.fixture
def validation() -> pd.DataFrame:
    row = {"market": "DE", "fold": 1, "region": "all", "horizon": 13, "crps": 50.0, "crps_naive": 100.0}
    row |= {"crps_gain_q05": 20.0, "crps_gain_q95": 80.0, "wmape": 0.04, "wmape_naive": 0.08, "mape": 0.04}
    return pd.DataFrame([row | {"coverage_90": 0.92}])


def test_forecast_is_set_against_seasonal_naive(validation):
    text = held_out.describe_forecast(validation, currency="EUR", unit="week")
    assert "missed 13 weeks that it had not seen by **4.0 %**" in text
    assert "**50 % better**: €50.0 against €100 a week" in text
    assert "which is clear" in text


def test_a_difference_around_zero_could_be_chance(validation):
    text = held_out.describe_forecast(validation.assign(crps_gain_q05=-5.0), currency="EUR", unit="week")
    assert "which could be chance" in text


def test_regression_is_named_where_it_was_run(validation):
    text = held_out.describe_forecast(validation.assign(wmape_ols=0.06), currency="EUR", unit="week")
    assert text.endswith("On the same weeks a plain regression missed by 6.0 %.")


def test_all_ways_to_predict_are_named_in_one_sentence(validation):
    rivals = validation.assign(wmape_ols=0.06, wmape_ridge=0.05, wmape_boosting=0.07)
    text = held_out.describe_forecast(rivals, currency="EUR", unit="week")
    assert text.endswith("a plain regression missed by 6.0 %, ridge by 5.0 % and gradient boosting by 7.0 %.")


def test_no_last_year_gives_the_reason(validation):
    gone = validation.assign(**dict.fromkeys(("crps_naive", "wmape_naive", "crps_gain_q05"), np.nan))
    assert "too short" in held_out.describe_forecast(gone, currency="EUR", unit="week")


def test_a_region_with_last_year_is_compared_by_itself(validation):
    total = validation.assign(**dict.fromkeys(("crps_naive", "wmape_naive", "crps_gain_q05"), np.nan))
    both = pd.concat([total, validation.assign(region="East")])
    text = held_out.describe_forecast(both, currency="EUR", unit="week")
    assert "only for East 4.0 % against 8.0 % (wMAPE)" in text


def test_missing_forecast_names_the_profile():
    text = held_out.explain_missing_forecast(156, profile="quick", frequency="weekly", lags=8)
    assert "quick profile" in text


def test_missing_forecast_names_the_weeks_needed():
    text = held_out.explain_missing_forecast(40, profile="standard", frequency="weekly", lags=8)
    assert "40 weeks" in text
    assert "at least 73" in text  # a year, a quarter, and eight weeks of carry-over


def test_inputs_that_nobody_knows_ahead_are_named():
    controls = {
        "price": SimpleNamespace(known_ahead=True, label="Price"),
        "demand": SimpleNamespace(known_ahead=False, label="Demand index"),
    }
    text = held_out.describe_given_inputs(controls)
    assert "Given in advance were spend, holidays and price of the hidden quarter" in text
    assert "Not given: demand index, which nobody knows ahead" in text


def test_forecast_series_takes_the_latest_fold(fit):
    dates = pd.date_range("2025-01-20", periods=2, freq="7D")
    rows = pd.DataFrame({"fold": 1, "region": "all", "date": dates, "observed": 100.0, "forecast_mean": 99.0})
    rows = rows.assign(forecast_q05=90.0, forecast_q95=110.0)
    older = rows.assign(fold=2, date=rows["date"] - pd.Timedelta(days=14))
    ahead, before = held_out.compute_forecast_series(pd.concat([older, rows]), fit.assign(region="all"))
    assert ahead["date"].tolist() == dates.tolist()
    assert "predicted_q95" in ahead
    assert before["date"].max() < dates[0]


def test_validation_table_drops_empty_columns(validation):
    table = held_out.compute_validation_table(validation.assign(crps_naive=np.nan))
    assert "crps_naive" not in table
    assert "wmape_ols" not in table
