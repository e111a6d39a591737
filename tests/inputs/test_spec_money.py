"""Lifetime value, inflation and frequency caps of the portfolio file."""

from __future__ import annotations

import pytest

from mmm_helpers.errors import InputError


def _refusal(small, yaml: str):
    with pytest.raises(InputError) as caught:
        small.load(yaml)
    return caught.value.problems[0]


@pytest.fixture
def conversions(small):
    """The sound portfolio, counting conversions that bring 50 each."""
    return small.yaml.replace("{column: revenue}", "{column: revenue, kind: conversions, value_per_unit: 50}")


def test_a_lifetime_value_multiplies_the_margin_of_revenue(small):
    specification = small.check(small.yaml + "margin: 0.4\nlifetime_value: 1.5\n").specification
    assert specification["margin"] == pytest.approx(0.6)
    assert specification["worth"] == {}
    assert specification["decisions"]["stated_margin"] == 0.4


def test_channels_may_win_customers_of_different_value(small):
    specification = small.check(small.yaml + "margin: 0.4\nlifetime_value: {tv: 2.0}\n").specification
    assert specification["worth"] == pytest.approx({"tv": 0.8, "search": 0.4})
    assert specification["margin"] == pytest.approx(0.4)


def test_a_lifetime_value_of_conversions_stands_in_place_of_the_margin(small, conversions):
    # 120 of profit for a conversion that is counted as 50 of money
    assert small.check(conversions + "lifetime_value: 120\n").specification["margin"] == pytest.approx(2.4)


def test_break_even_of_the_portfolio_follows(small):
    assert small.load(small.yaml + "margin: 0.4\nlifetime_value: 1.5\n").overall_worth == pytest.approx(0.6)
    yaml = small.yaml.replace("holidays: DE", "holidays: DE, margin: 0.5")
    assert small.load(yaml + "lifetime_value: 2\n").overall_worth is None


def test_a_market_may_state_its_own(small):
    yaml = small.yaml.replace("holidays: DE", "holidays: DE, lifetime_value: 1.2") + "margin: 0.5\n"
    assert small.load(yaml + "lifetime_value: 2\n").worth_of("DE") == (pytest.approx(0.6), {})


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ("lifetime_value: 1.5", "market 'DE' has a lifetime value and no margin"),
        ("margin: 0.4\nlifetime_value: 0.5", "'lifetime_value' is 0.5"),
        ("margin: 0.4\nlifetime_value: {tvv: 2}", "'lifetime_value' names 'tvv', which is no paid channel"),
        ("media_inflation: 5", "'media_inflation' is 5.0"),
        ("media_inflation: {organic: 0.1}", "'media_inflation' names 'organic', which is no paid channel"),
        ("media_inflation: dear", "'dear' is no number"),
        ("media_inflation: {tv: dear}", "'dear' is no number"),
        ("budget: {frequency_cap: {tv: 0}}", "'frequency_cap' of 'tv' is 0.0"),
    ],
)
def test_what_cannot_be_read_is_refused(small, lines, what):
    assert _refusal(small, f"{small.yaml}{lines}\n").what == what


def test_an_inflation_written_in_percent_says_how_to_write_it(small):
    assert _refusal(small, small.yaml + "media_inflation: 5\n").mend == "write a share: 0.05 is 5 %"


def test_a_margin_beside_the_value_of_a_conversion_is_refused(small, conversions):
    problem = _refusal(small, conversions + "margin: 0.4\nlifetime_value: 120\n")
    assert problem.what == "market 'DE' has both lifetime_value and margin"


def test_every_paid_channels_conversions_need_a_value(small, conversions):
    problem = _refusal(small, conversions + "lifetime_value: {tv: 120}\n")
    assert problem.what == "lifetime_value lacks 'search'"


def test_a_value_in_another_currency_is_refused(small, conversions):
    yaml = conversions.replace("holidays: DE", "holidays: DE, currency: USD") + "lifetime_value: 120\n"
    assert "in USD" in _refusal(small, yaml).what


def test_inflation_and_caps_reach_the_decisions(small):
    lines = "media_inflation: {tv: 0.08}\nbudget: {frequency_cap: 4}\n"
    decisions = small.check(small.yaml + lines).specification["decisions"]
    assert decisions["media_inflation"] == {"tv": 0.08}
    assert decisions["budget"]["frequency_cap"] == 4
