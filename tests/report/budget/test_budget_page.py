"""Sentences and tables of the page about the budget, on plans small enough to check by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.budget import BUDGET_COLUMNS
from mmm_helpers.decisions.optimality import conflict_check
from mmm_helpers.report.budget import budget_page as page
from mmm_helpers.report.budget import plan_reasons, what_if

LABELS = {"tv": "TV", "social": "Paid social"}


def cell(
    channel: str, current: float, recommended: float, *, change: float = 0.2, region: str = "North"
) -> dict:
    row = {
        "market": "DE",
        "region": region,
        "channel": channel,
        "current": current,
        "recommended": recommended,
    }
    row |= {"lower": current * (1 - change), "upper": current * (1 + change)}
    return row | {"data_tier": "local", "cause_mark": "observational"}


def scenario(name: str, change: tuple, *, spend: float = 0.0, p_loss: float = 0.1) -> dict:
    row = {
        "market": "DE",
        "scenario": name,
        "spend_change": spend,
        "p_loss": p_loss,
        "p_loss_predictive": 0.3,
    }
    row |= dict(zip([f"outcome_change_{s}" for s in ("mean", "q05", "q50", "q95")], change, strict=True))
    return row | {"cvar_10": -1_000.0, "share_outside_support": 0.0}


@pytest.fixture
def plan() -> pd.DataFrame:
    cells = [cell("tv", 130_000.0, 117_000.0), cell("social", 100_000.0, 113_000.0)]
    return pd.DataFrame([*cells, cell("tv", 50_000.0, 50_000.0, change=0.0, region="South")])


@pytest.fixture
def scenarios() -> pd.DataFrame:
    rows = [scenario("dark:social", (-2e5, -3e5, -2e5, -1e5), spend=-1e5)]
    rows += [scenario("dark:tv", (-5e5, -7e5, -5e5, -3e5), spend=-2e5)]
    return pd.DataFrame([*rows, scenario("follow the recommendation", (9e4, -1e4, 9e4, 2e5))])


@pytest.fixture
def reasons(plan) -> pd.Series:
    return pd.Series([plan_reasons.BALANCED, plan_reasons.BALANCED, plan_reasons.OPEN])


@pytest.fixture
def effects() -> pd.DataFrame:
    """The market's total in its last window."""
    rows = [("tv", 100.0, "local", 0.1), ("social", 900.0, "transferred", 0.9)]
    frame = pd.DataFrame(rows, columns=["channel", "spend", "data_tier", "pooling_factor"])
    return frame.assign(cause_mark=["tested", "observational"])


def health(status: str) -> pd.DataFrame:
    row = {"part": "computation", "check": "R-hat", "status": status, "action": "run the full profile"}
    return pd.DataFrame([row])


def test_a_failed_check_withholds_and_says_what_to_do(plan):
    text = page.explain_withheld(health("fail"), plan, preview=False)
    assert text.startswith("**No recommendation: the model failed its health check (R-hat).**")
    assert "What to do: Run the full profile." in text


def test_a_preview_withholds(plan):
    assert "preview" in page.explain_withheld(health("pass"), plan, preview=True)


def test_an_empty_plan_withholds(plan):
    assert "nothing was spent" in page.explain_withheld(health("pass"), plan.iloc[:0], preview=False)


def test_limits_that_leave_no_plan_are_named(plan):
    check = conflict_check("DE", "no plan keeps both the minimum of tv: at least 9, and the total of 5")
    text = page.explain_withheld(health("pass"), plan.iloc[:0], preview=False, check=check)
    assert "no plan keeps both the minimum of tv: at least 9, and the total of 5." in text


def test_a_good_plan_is_not_withheld(plan):
    assert page.explain_withheld(health("pass"), plan, preview=False) == ""


def test_advice_has_verb_amount_time_gain_and_doubt(plan, scenarios):
    text = page.describe_advice(plan, scenarios, labels=LABELS, currency="EUR", horizon=13, unit="week")
    assert text.startswith(
        "**Move €1.0 k a week from TV to Paid social**: +€90 k (−10 to +200) over 13 weeks"
    )
    assert "10 % chance of a loss" in text
    assert "untested" in text


def test_advice_that_experiments_back_does_not_say_untested(plan, scenarios):
    tested = plan.assign(cause_mark="tested")
    text = page.describe_advice(tested, scenarios, labels=LABELS, currency="EUR", horizon=13, unit="week")
    assert "untested" not in text


def test_advice_uses_the_frequency_of_the_data(plan, scenarios):
    text = page.describe_advice(plan, scenarios, labels=LABELS, currency="EUR", horizon=3, unit="month")
    assert "a month" in text
    assert "over 3 months" in text


def test_stakes_are_in_profit_where_the_margin_is_known(plan, scenarios):
    text = page.describe_stakes(plan, scenarios, currency="EUR", span="13 weeks", margin=0.4)
    assert "**€280 k** is spent with or without the move" in text
    assert "+€36.0 k of profit on average" in text  # 40 % of 90 k


def test_stakes_without_margin_say_so(plan, scenarios):
    assert "margin is unknown" in page.describe_stakes(plan, scenarios, currency="EUR", span="x", margin=None)


def test_stakes_without_a_plan_give_the_horizon(plan, scenarios):
    text = page.describe_stakes(plan.iloc[:0], scenarios, currency="EUR", span="13 weeks", margin=0.4)
    assert text.startswith("What-ifs cover 13 weeks")


def test_horizon_starts_after_the_data():
    dates = pd.Series(pd.date_range("2025-12-01", periods=4, freq="7D"))
    assert page.describe_horizon(dates, horizon=13, unit="week") == "13 weeks from 2025-12-29"


def test_horizon_comes_from_the_file_or_is_a_quarter():
    assert page.horizon_of(SimpleNamespace(horizon=26)) == 26
    assert page.horizon_of(None) == 13


def test_channels_are_added_over_regions(plan):
    total = page.total_by_channel(plan).set_index("channel")
    assert total.loc["tv", "current"] == 180_000
    assert total.loc["tv", "lower"] == pytest.approx(104_000 + 50_000)


def test_an_empty_plan_has_no_rows(plan):
    assert page.compute_plan_table(plan.iloc[:0], pd.Series(dtype=str), labels=LABELS, horizon=13).empty


def test_what_stays_is_counted_with_its_money(plan, reasons):
    text = page.describe_stays(plan, reasons)
    assert text.startswith("**1 of 3 cells** (region × channel), with 18 % of the money")


def test_plan_table_is_per_period(plan, reasons):
    table = page.compute_plan_table(plan, reasons, labels=LABELS, horizon=13)
    first = table.iloc[0]
    assert (first["region"], first["channel"], first["now"], first["recommended"]) == (
        "North",
        "TV",
        10_000,
        9_000,
    )
    assert first["bounds"] == "−20 % to<br>+20 %"
    assert table["bounds"].iloc[2] == "fixed"


def test_untested_cells_are_marked():
    assert "untested" in page.plan_formats("EUR")["evidence"]("local|observational")
    assert "untested" not in page.plan_formats("EUR")["evidence"]("local|tested")


def test_assumptions_name_the_rate_only_where_money_is_converted():
    same = page.describe_assumptions(unit="week", horizon=13, currency="EUR", rate=1.0, own="EUR")
    other = page.describe_assumptions(unit="week", horizon=13, currency="EUR", rate=0.0061, own="JPY")
    assert "rate" not in same
    assert "0.0061 EUR for 1 JPY" in other


def test_scenarios_have_human_names(scenarios):
    names = what_if.scenario_labels(scenarios, labels=LABELS)
    assert names["dark:tv"] == "TV dark"
    assert names["follow the recommendation"] == "Follow the recommendation"


def test_scenarios_are_ordered_recommendation_first_then_costliest(scenarios):
    ordered = what_if.in_order(scenarios)["scenario"].tolist()
    assert ordered == ["follow the recommendation", "dark:tv", "dark:social"]


def test_the_costliest_dark_channel_is_named(scenarios):
    text = what_if.describe_scenarios(scenarios, labels=LABELS, currency="EUR", margin=0.4)
    assert "Switching **TV** off would change the outcome most: **−€500 k (−700 to −300)**" in text
    assert "€200 k saved" in text


def test_scenarios_without_margin_make_no_claim_about_profit(scenarios):
    unknown = scenarios.assign(p_loss=np.nan)
    text = what_if.describe_scenarios(unknown, labels=LABELS, currency="EUR", margin=None)
    assert text.endswith("The margin is unknown, so profit is not computed.")


def test_a_dark_channel_has_its_own_evidence_and_a_plan_that_of_all(scenarios, effects):
    # nine tenths of the money are transferred, and one channel has no experiment
    assert what_if.scenario_evidence(scenarios, effects).tolist() == [
        "transferred|observational",
        "local|tested",
        "transferred|observational",
    ]


def test_scenarios_without_anything_paid_have_no_evidence(scenarios, effects):
    assert set(what_if.scenario_evidence(scenarios, effects.assign(spend=np.nan))) == {"|"}


def test_scenario_table_has_no_missing_text(scenarios, effects):
    table = what_if.compute_scenario_table(
        scenarios.assign(cvar_10=np.nan, p_loss=np.nan), effects, labels=LABELS, currency="EUR"
    )
    formats = what_if.scenario_formats("EUR")
    cells = [formats[c](v) for c in table.columns.intersection(list(formats)) for v in table[c]]
    assert not any("nan" in text for text in cells)


def test_a_cell_of_a_group_names_it(plan, reasons):
    labels = LABELS | {"tv+ooh": "TV and Out-of-home"}
    table = page.compute_plan_table(plan, reasons, labels=labels, horizon=13, group_of={"tv": "tv+ooh"})
    assert table["channel"].tolist() == [
        "TV (as one: TV and Out-of-home)",
        "Paid social",
        "TV (as one: TV and Out-of-home)",
    ]


def test_every_reason_has_its_short_form(plan, reasons):
    table = page.compute_plan_table(plan, reasons, labels=LABELS, horizon=13)
    assert table["why"].tolist() == ["balanced", "balanced", "open whether it pays"]


def test_a_plan_without_rows_reads_from_disk_and_gives_a_table_without_rows(tmp_path):
    path = tmp_path / "budget_plan.csv"
    pd.DataFrame(columns=BUDGET_COLUMNS).to_csv(path, index=False)
    table = page.compute_plan_table(pd.read_csv(path), pd.Series(dtype=str), labels={}, horizon=13)
    assert table.empty
