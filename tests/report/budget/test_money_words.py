"""Sentences about what is stated on prices of media, customers and frequency."""

from mmm_helpers.report.budget.budget_page import describe_assumptions
from mmm_helpers.report.budget.money_words import NO_INFLATION, describe_inflation, describe_stated
from mmm_helpers.report.budget.what_if import describe_loss

LABELS = {"tv": "TV", "social": "Paid social"}


def test_nothing_stated_says_that_there_is_no_inflation():
    assert describe_stated({}, labels=LABELS) == [NO_INFLATION]
    assert describe_inflation({"tv": 0.0}, labels=LABELS) == NO_INFLATION


def test_everything_stated_is_on_the_page():
    decisions = {"media_inflation": 0.05, "lifetime_value": 1.5, "stated_margin": 0.4}
    stated = describe_stated(
        {"decisions": decisions | {"budget": {"frequency_cap": {"tv": 4.0}}}}, labels=LABELS
    )
    text = describe_assumptions(unit="week", horizon=13, currency="EUR", rate=1.0, own="EUR", stated=stated)
    assert "Media get dearer by 5 % a year" in text
    assert "A sale leaves 40 % of its revenue" in text
    assert "a customer 1.5 times that" in text
    assert "reached 4.0 (TV) times a period at most" in text
    assert NO_INFLATION not in text


def test_a_value_of_conversions_is_in_the_markets_currency():
    specification = {
        "currency": "USD",
        "outcome": {"kind": "conversions"},
        "decisions": {"lifetime_value": {"tv": 120.0, "social": 90.0}},
    }
    line = describe_stated(specification, labels=LABELS)[1]
    assert line.startswith("One more leaves USD 120 (TV) and 90 (Paid social) of profit before media")
    assert line.endswith("Break-even takes the lowest of them.")


def test_a_loss_names_the_lifetime_value():
    assert "lifetime value" in describe_loss(0.6, lifetime=True)
    assert "60 % (assumed margin)" in describe_loss(0.6)
