"""What the portfolio file may say about a plan, and what it may not."""

from __future__ import annotations

import pytest

from mmm_helpers.errors import InputError


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ("budget: {minimum: {tv: -5}}", "greater than 0|above zero|-5"),
        ("budget: {minimum: {tvv: 5}}", "budget names the unknown channel 'tvv'"),
        (
            "budget: {minimum: {tv: 900}, capacity: {tv: 500}}",
            "minimum of 'tv', 900, is above its capacity, 500",
        ),
        ("budget: {diversification: 0.3}", r"2 channels with 30% each cannot spend the total"),
        ("budget: {objective: profit}", "seeks profit and has no margin"),
        ("budget: {reserve: 0.9}", "reserve"),
        ("risk: {preference: 2}", "preference"),
        ("risk: {averse: 1}", "averse"),
    ],
)
def test_what_no_plan_can_keep_is_refused(small, lines, what):
    with pytest.raises(InputError, match=what):
        small.load(small.yaml + lines + "\n")


def test_stated_limits_reach_the_specification(small):
    lines = "budget: {minimum: {tv: 10}, reserve: 0.05, diversification: 0.6}\nrisk: {preference: 0.5}\n"
    decisions = small.check(small.yaml + lines).specification["decisions"]
    assert decisions["budget"] | {"minimum": {"tv": 10.0}, "reserve": 0.05} == decisions["budget"]
    assert decisions["risk"] == {"preference": 0.5, "level": 0.1}


def test_a_market_states_its_own_objective_and_target(small):
    own = "holidays: DE, margin: 0.5, budget: {objective: profit, target_return: 2.5}"
    portfolio = small.load(small.yaml.replace("holidays: DE", own) + "budget: {horizon: 26}\n")
    budget = portfolio.budget_of("DE")
    assert (budget.horizon, budget.objective, budget.target_return) == (26, "profit", 2.5)
    assert portfolio.budget.objective is None
