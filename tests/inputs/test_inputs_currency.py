"""Rates: the period's mean, else the last within 31 days before it, else refused."""

from __future__ import annotations

import pandas as pd
import pytest

from mmm_helpers.inputs.currency import budget_rate

FX = "date,currency,rate\n2022-12-20,USD,0.90\n2023-01-10,USD,0.92\n2023-01-12,USD,0.94\n"


@pytest.fixture
def yaml(small) -> str:
    return small.yaml.replace("holidays: DE", "currency: USD") + "fx: fx.csv\n"


def weekly(data) -> list[float]:
    return list(data.panel.loc[data.panel["region"] == "East", "fx"])


def test_reporting_currency_has_rate_one(small):
    assert set(small.check().panel["fx"]) == {1.0}


def test_mean_of_the_period_else_the_last_before(small, yaml):
    assert weekly(small.check(yaml, fx__csv=FX)) == pytest.approx([0.90, 0.93, 0.94, 0.94])


def test_rate_older_than_31_days_is_refused(small, yaml):
    problem = small.refused(yaml, fx__csv="date,currency,rate\n2022-12-10,USD,0.9\n")
    assert problem.what == "USD has no rate for 2 periods, the first of 2023-01-16"
    assert problem.where == "fx.csv"
    assert "at most 31 days before" in problem.expected


def test_rate_of_31_days_ago_is_used(small, yaml):
    fx = "date,currency,rate\n2022-12-23,USD,0.9\n"
    assert weekly(small.check(yaml, fx__csv=fx)) == [0.9] * 4


def test_missing_currency_names_those_present(small, yaml):
    problem = small.refused(yaml, fx__csv=FX.replace("USD", "USX"))
    assert problem.what == "there is no rate for USD"
    assert "present: 'USX'" in problem.expected


def test_no_rates_at_all(small, yaml):
    problem = small.refused(yaml.replace("fx: fx.csv\n", ""))
    assert problem.what == "there is no rate from USD to EUR"
    assert problem.mend.startswith("add fx: fx.csv")


def test_budget_rate_stands_in_for_a_missing_file_and_says_so(small, yaml):
    data = small.check(yaml.replace("fx: fx.csv", "budget_rate: {USD: 0.91}"))
    assert set(data.panel["fx"]) == {0.91}
    assert "There is no fx file: the budget rate stands for every period." in data.provenance["assumptions"]


def test_rate_of_zero(small, yaml):
    problem = small.refused(yaml, fx__csv=FX.replace("0.90", "0"))
    assert problem.where == "fx.csv, row 2, column 'rate'"
    assert problem.expected == "a rate above zero"


def test_two_rates_for_a_day(small, yaml):
    problem = small.refused(yaml, fx__csv=FX + "2023-01-12,USD,0.95\n")
    assert problem.what == "USD has two rates for 2023-01-12"


def test_misspelt_column(small, yaml):
    problem = small.refused(yaml, fx__csv=FX.replace("rate", "rates"))
    assert problem.what == "column 'rate' is missing"
    assert "the nearest is 'rates'" in problem.expected


def test_budget_rate_defaults_to_the_last_period(small, yaml):
    portfolio = small.load(yaml)
    assert budget_rate(portfolio, "DE", pd.Series([0.9, 0.93])) == 0.93


def test_declared_budget_rate_comes_first(small, yaml):
    portfolio = small.load(yaml + "budget_rate: {USD: 0.91}\n")
    assert budget_rate(portfolio, "DE", pd.Series([0.9, 0.93])) == 0.91


def test_relabelling_the_currency_leaves_money_as_it_is(small, yaml):
    in_dollars, in_euros = small.check(yaml, fx__csv=FX).panel, small.check().panel
    money = ["outcome", "spend_tv", "spend_search"]
    pd.testing.assert_frame_equal(in_dollars[money], in_euros[money])
