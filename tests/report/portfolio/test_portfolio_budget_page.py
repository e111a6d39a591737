"""Sentences and tables about the budget over all markets and the page for leadership, from small tables."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.portfolio import (
    LESS,
    MORE,
    SAME,
    Part,
    plan_portfolio,
    portfolio_plan_table,
    portfolio_scenario_table,
)
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.decisions.worth import Worth
from mmm_helpers.report.portfolio import plots_portfolio_budget
from mmm_helpers.report.portfolio import portfolio_budget_page as page
from mmm_helpers.report.summary import leadership_page

PLACES = {"US": "United States", "DE": "Germany", "JP": "Japan"}
NAMES = {"places": PLACES, "currency": "EUR"}


def _part(code: str, spend: float, gain: float, *, margin: float | None, withheld: bool = False) -> Part:
    """A market whose money brings `gain` a unit, so that what changes is known by hand."""
    response = np.tile(gain * spend * GRID, (20, 1))
    evidence = pd.DataFrame({"region": ["all"], "channel": ["tv"]})
    evidence = evidence.assign(data_tier="local", cause_mark="observational")
    bounds = None if withheld else (np.array([0.8]), np.array([1.2]))
    prospects = Prospects(code, [Cell("all", "tv", spend, 2.0, response)], np.zeros(20), 13)
    return Part(prospects, Worth(margin, margin=margin), bounds, np.zeros(1, int), evidence)


def _tables(*, margin: float | None = 0.5, gain: float = 4.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    parts = {
        "US": _part("US", 1e6, gain, margin=margin),
        "DE": _part("DE", 2e5, 9.0, margin=margin, withheld=True),
        "JP": _part("JP", 8e5, gain / 2, margin=margin),
    }
    plans = plan_portfolio(parts)
    return portfolio_plan_table(parts, plans), portfolio_scenario_table(parts, plans)


def test_the_advice_has_a_verb_an_amount_a_gain_and_a_chance():
    plan, scenarios = _tables()
    text = page.describe_same(plan, scenarios, currency="EUR", span="13 weeks from 2026-01-05")
    # Japan gives a fifth, 160 k, to the United States, where each unit brings 2 more
    assert "**Move €160 k** of €2.00 M over 13 weeks from 2026-01-05, €160 k of it between markets" in text
    assert "+€320 k" in text
    assert "less than 1 % chance of a loss" in text
    assert "Untested by experiment." in text


def test_the_increase_is_decided_market_by_market():
    plan, scenarios = _tables()
    text = page.describe_change(plan, scenarios, MORE, **NAMES)
    assert "**The 10 % increase decided:** United States +€200 k; Germany and Japan stay." in text
    assert "+€800 k" in text
    assert "At the assumed margins it pays." in text


def test_an_increase_that_does_not_pay_is_said_so():
    plan, scenarios = _tables(gain=1.5)
    assert "it does not pay: do not spend more" in page.describe_change(plan, scenarios, MORE, **NAMES)


def test_without_a_margin_nothing_is_said_about_paying():
    plan, scenarios = _tables(margin=None)
    text = page.describe_change(plan, scenarios, MORE, **NAMES)
    assert "unknown, since a margin is missing" in text
    assert "pay:" not in text


def test_a_total_without_room_leaves_a_reserve():
    parts = {
        "US": _part("US", 1e6, 4.0, margin=0.5),
        "DE": _part("DE", 3e6, 4.0, margin=0.5, withheld=True),
    }
    plans = plan_portfolio(parts)
    plan, scenarios = portfolio_plan_table(parts, plans), portfolio_scenario_table(parts, plans)
    # 400 k wanted, 200 k fit
    assert "€200 k of it has no place" in page.describe_change(plan, scenarios, MORE, **NAMES)
    assert "€200 k of it cannot be cut" in page.describe_change(plan, scenarios, LESS, **NAMES)


def test_withheld_markets_are_named():
    plan, _ = _tables()
    text = page.describe_withheld(plan, **NAMES)
    assert text.startswith("**Germany keeps today's spend**, €200 k or 10 % of the total")
    assert page.held_names(plan, PLACES) == ["Germany"]


def test_no_plan_says_why():
    empty = _tables()[0].head(0)
    assert "this run is a preview" in page.explain_no_plan(empty, preview=True)
    assert "no market's model passed" in page.explain_no_plan(empty, preview=False)
    assert page.explain_no_plan(_tables()[0], preview=False) == ""


def test_the_table_by_market_ends_with_all_markets():
    plan, scenarios = _tables()
    table = page.compute_market_table(plan, scenarios, MORE, **NAMES)
    assert list(table["market"]) == ["United States", "Germany", "Japan", "All markets"]
    assert table["change"].tolist() == pytest.approx([0.2, 0.0, 0.0, 0.1], abs=1e-9)
    assert np.isnan(table.loc[1, "p_loss"])


def test_the_table_by_channel_sets_both_plans_beside_today():
    plan, _ = _tables()
    table = page.compute_channel_table(plan, places=PLACES, labels={"tv": "TV"})
    us = table.set_index("market").loc["United States"]
    assert (us["now"], us["same"], us["more"]) == pytest.approx((1e6, 0.16, 0.2))


def test_no_sentence_singles_out_a_move_with_a_withheld_market():
    rows = pd.DataFrame({"scenario": ["10 % of Germany's budget to Japan"], "outcome_change_mean": [1.0]})
    assert "no ground to act on" in page.describe_between(rows, currency="EUR", held=["Germany"])


def test_the_next_unit_is_compared_among_advised_markets_only():
    plan, scenarios = _tables()
    codes = leadership_page.advised(plan, list(PLACES))
    assert codes == ["US", "JP"]
    text = leadership_page._next_unit(scenarios, places={c: PLACES[c] for c in codes})
    assert "**4.0 (4.0–4.0)** in United States and **2.0 (2.0–2.0)** in Japan" in text


def test_what_is_not_known_names_the_withheld_and_the_untested():
    plan, scenarios = _tables()
    board = pd.DataFrame({"label": ["Japan"], "data_tier": ["transferred"]})
    lines = leadership_page.unknowns(board, plan, scenarios, places=PLACES)
    assert lines[0] == "100 % of the money that moves has no experiment behind it."
    assert lines[1].startswith("What Germany should do")
    assert any(line.startswith("How far Japan") for line in lines)


def test_charts_name_every_market():
    plan, scenarios = _tables()
    totals = page.market_totals(plan, SAME)
    axes = plots_portfolio_budget.plot_market_budgets(totals, **NAMES)
    assert [t.get_text() for t in axes.get_yticklabels()] == ["United States", "Japan", "Germany"]
    gains = page.market_rows(scenarios, MORE, PLACES)
    assert "United States +€800 k" in plots_portfolio_budget.describe_market_gains(gains, **NAMES)
