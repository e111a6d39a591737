"""Words about contexts and about the plan that holds up best."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.report.budget import context_page as page
from mmm_helpers.report.budget import what_if
from mmm_helpers.report.budget.plots_regret import plot_regret

SUFFIXES = ("mean", "q05", "q50", "q95")
LABELS = {"tv": "TV"}


def _scenario(name: str, change: float, kind: str, **more) -> dict:
    row = {
        "market": "XX",
        "scenario": name,
        "kind": kind,
        "spend_change": 0.0,
        "applicable": True,
        "reason": "",
    }
    row |= {f"outcome_change_{s}": change * f for s, f in zip(SUFFIXES, (1, 1.2, 1, 0.8), strict=True)}
    row |= {f"outcome_{s}": 1e6 + change * f for s, f in zip(SUFFIXES, (1, 1.2, 1, 0.8), strict=True)}
    numbers = {"p_loss": 0.9, "p_loss_predictive": 0.7, "cvar_10": -5e4, "share_outside_support": 0.0}
    return row | numbers | {"control_steps": 0.0} | more


@pytest.fixture
def scenarios() -> pd.DataFrame:
    off = {"applicable": False, "reason": "Display had no spend here in the last year."}
    return pd.DataFrame(
        [
            _scenario("as expected", 0.0, "context", outcome_q05=9e5, outcome_q95=1.1e6),
            _scenario("demand falls by 10 %", -1e5, "context"),
            _scenario("Rival doubles", -3e5, "context", control_steps=3.2),
            _scenario("TV off, weak demand", -2e5, "both"),
            _scenario("10 % more everywhere", 4e4, "plan", spend_change=2e4, share_outside_support=0.03),
            _scenario("follow the recommendation", 5e4, "plan"),
            _scenario("Display off", np.nan, "plan", **off),
        ]
    )


@pytest.fixture
def regret() -> pd.DataFrame:
    """Two plans, two cases: 'less' falls behind by 2 k at most, today's by 9 k."""
    values = {
        ("10 % less everywhere", "as expected"): 0.0,
        ("10 % less everywhere", "Rival doubles"): 2e3,
        ("today's plan", "as expected"): 9e3,
        ("today's plan", "Rival doubles"): 0.0,
    }
    rows = []
    for (plan, context), value in values.items():
        row = {"market": "XX", "plan": plan, "context": context, "spend_change": 0.0, "regret_mean": value}
        row |= {"regret_q05": value - 1e3, "regret_q95": value + 1e3, "chosen": plan != "today's plan"}
        row["largest_regret"] = 9e3 if plan == "today's plan" else 2e3
        row |= {f"profit_change_{s}": -value for s in SUFFIXES}
        rows.append(row)
    return pd.DataFrame(rows)


def test_plans_and_contexts_are_told_apart(scenarios):
    plans, around = what_if.only_plans(scenarios), what_if.only_contexts(scenarios)
    assert plans["scenario"].tolist() == ["follow the recommendation", "10 % more everywhere"]
    assert around["scenario"].tolist() == ["Rival doubles", "TV off, weak demand", "demand falls by 10 %"]


def test_what_cannot_be_computed_is_listed_with_its_reason(scenarios):
    text = page.describe_not_applicable(scenarios, labels=LABELS)
    assert text.endswith("- Display off: Display had no spend here in the last year.")
    assert page.describe_not_applicable(scenarios.head(3), labels=LABELS) == ""


def test_each_plan_has_a_sentence(scenarios):
    text = what_if.describe_each(
        what_if.only_plans(scenarios), labels=LABELS, currency="EUR", span="13 weeks"
    )
    first, second = text.splitlines()
    assert first.startswith(
        "- Follow the recommendation: +€50.0 k (+60.0 to +40.0) of outcome over 13 weeks at the"
    )
    assert "with €20.0 k more spent; 90 % chance of a loss, −€50.0 k of profit in the worst tenth" in second
    assert second.endswith("3 % of the spend was never seen.")


def test_a_sentence_without_margin_claims_no_profit(scenarios):
    unknown = scenarios.iloc[[1]].assign(p_loss=np.nan)
    text = what_if.describe_each(unknown, labels=LABELS, currency="EUR", span="13 weeks")
    assert text.endswith("profit is unknown without a margin.")


def test_the_costliest_context_is_named_beside_what_is_expected(scenarios):
    text = page.describe_contexts(scenarios, currency="EUR", span="13 weeks")
    assert "expects an outcome of **€1.00 M (0.90–1.10)** over 13 weeks" in text
    assert "**Rival doubles**: **−€300 k (−360 to −240)** of outcome" in text
    assert text.endswith("less profit than expected with 90 % probability.")


def test_contexts_without_margin_make_no_claim_about_profit(scenarios):
    unknown = scenarios.assign(p_loss=np.nan)
    assert "profit is not computed" in page.describe_contexts(unknown, currency="EUR", span="13 weeks")


def test_no_context_at_all_is_said(scenarios):
    assert "No change" in page.describe_contexts(scenarios.head(0), currency="EUR", span="13 weeks")


def test_the_table_of_contexts_has_no_missing_text(scenarios):
    around = page.with_expected(scenarios).assign(p_loss=np.nan, cvar_10=np.nan)
    table = page.compute_context_table(around, labels=LABELS, currency="EUR")
    formats = page.context_formats("EUR")
    cells = [formats[c](v) for c in table.columns.intersection(list(formats)) for v in table[c]]
    assert not any("nan" in text for text in cells)
    assert table["scenario"].iloc[[0, 3]].tolist() == ["As expected", "Demand falls by 10 %"]
    assert "far from what was seen" in formats["control_steps"](table["control_steps"].iloc[1])


def test_the_plan_that_holds_up_best_is_named_with_the_most_it_can_lose(regret):
    text = page.describe_regret(regret, currency="EUR", withheld=False)
    assert "Of 2 plans the one that holds up best is **10 % less everywhere**: in none of the 2 cases" in text
    assert "more than **€2.00 k** less" in text
    assert "Of the plans that keep to the bounds **today's plan** holds up best." in text
    assert "today's plan up to €9.00 k (with everything as expected)" in text


def test_a_plan_within_the_bounds_needs_no_reservation(regret):
    kept = regret.assign(plan=regret["plan"].replace("10 % less everywhere", "follow the recommendation"))
    assert "what-if" not in page.describe_regret(kept, currency="EUR", withheld=False)


def test_a_plan_that_is_best_everywhere_is_said_to_be(regret):
    best = regret.assign(largest_regret=lambda t: t["largest_regret"].where(t["plan"] == "today's plan", 0.0))
    text = page.describe_regret(best, currency="EUR", withheld=False)
    assert "is expected to earn most in each of the 2 cases" in text


def test_where_advice_is_withheld_no_plan_is_named(regret):
    text = page.describe_regret(regret, currency="EUR", withheld=True)
    assert "less everywhere" not in text
    assert "no recommendation" in text


def test_without_a_margin_the_page_says_what_would_be_needed(regret):
    assert "State `margin`" in page.describe_regret(regret.head(0), currency="EUR", withheld=False)


def test_plans_are_ordered_by_their_largest_regret(regret):
    rows = page.by_plan(regret)
    assert rows["plan"].tolist() == ["10 % less everywhere", "today's plan"]
    assert rows["worst"].tolist() == ["Rival doubles", "as expected"]


def test_the_table_of_profits_has_a_column_for_each_case(regret):
    table = page.compute_regret_table(regret, currency="EUR")
    assert list(table.columns) == ["plan", "as expected", "Rival doubles"]
    assert page.regret_titles(table)["as expected"] == "As expected"


def test_the_chart_names_plans_and_worst_cases(regret):
    ax = plot_regret(regret, currency="EUR")
    assert [t.get_text() for t in ax.get_yticklabels()] == ["10 % less everywhere", "Today's plan"]
    assert any("Rival doubles" in t.get_text() for t in ax.texts)
    assert "€2.00 k" in page.describe_regret_chart(regret, currency="EUR")


def test_the_chart_says_which_plan_is_best_in_each_case(regret):
    best = regret.assign(regret_mean=0.0, largest_regret=0.0)
    assert {t.get_text() for t in plot_regret(best, currency="EUR").texts} == {"best in each case"}
