"""What-ifs: changes, chances and the bad tail, by hand."""

import numpy as np
import pytest

from mmm_helpers.decisions.context import Context
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.decisions.scenarios import (
    FOLLOW,
    SCENARIO_COLUMNS,
    WhatIf,
    default_contexts,
    default_scenarios,
    scenario_table,
    stated_scenarios,
)
from mmm_helpers.decisions.worth import Worth

RETURNS = np.array([0.0, 1.0, 0.0, 2.0, 0.0, 3.0, 0.0, 4.0] * 5)
"""Return per unit of money of each draw; only every second one is reported: 1, 2, 3, 4."""
LABELS = {"tv": "TV", "ooh": "Out-of-home"}


def _cells(support: float = 2.0) -> list[Cell]:
    return [
        Cell("R1", "tv", 100.0, support, RETURNS[:, None] * 100.0 * GRID[None, :]),
        Cell("R2", "tv", 50.0, support, RETURNS[:, None] * 50.0 * GRID[None, :]),
    ]


def _prospects(cells: list[Cell] | None = None, noise=None, **future) -> Prospects:
    noise = np.zeros(len(RETURNS)) if noise is None else noise
    return Prospects("XX", _cells() if cells is None else cells, noise, 13, **future)


def _row(plan: list[float], *, margin=0.4, noise=None, support: float = 2.0, context: Context | None = None):
    prospects = _prospects(_cells(support), noise, baseline=np.full((len(RETURNS), 2), 500.0))
    own = np.array(plan) if context is None else WhatIf(np.array(plan), context)
    return scenario_table(prospects, {"mine": own}, worth=Worth(margin, margin=margin)).iloc[0]


def test_change_of_spend_is_the_sum_over_cells():
    assert _row([1.1, 0.8])["spend_change"] == pytest.approx(0.1 * 100 - 0.2 * 50)


def test_change_of_outcome_is_the_reported_draws_return():
    row = _row([1.1, 1.0])
    assert row["outcome_change_mean"] == pytest.approx(2.5 * 10)
    assert row["outcome_change_q05"] == pytest.approx(10.0)


def test_the_level_is_baseline_and_what_media_bring():
    # draws: 2 × 500 + (1, 2, 3, 4) × (110 + 50)
    row = _row([1.1, 1.0])
    assert row["outcome_mean"] == pytest.approx(1000 + 2.5 * 160)
    assert row["outcome_q95"] == pytest.approx(1000 + 4 * 160)


def test_without_a_baseline_the_level_is_missing_and_the_change_is_not():
    table = scenario_table(_prospects(), {"mine": np.array([1.1, 1.0])}, worth=Worth(0.4, margin=0.4))
    assert table["outcome_mean"].isna().all()
    assert table["outcome_change_mean"].iloc[0] == pytest.approx(25.0)


def test_todays_plan_changes_nothing():
    row = _row([1.0, 1.0])
    assert row[["spend_change", "outcome_change_mean", "p_loss", "cvar_10"]].tolist() == [0.0] * 4


def test_chance_of_a_loss_counts_draws_below_break_even():
    # profit per extra unit at a margin of 0.4: −0.6, −0.2, 0.2, 0.6
    assert _row([1.1, 1.0])["p_loss"] == pytest.approx(0.5)


def test_bad_tail_is_the_mean_of_the_worst_tenth():
    # twenty reported draws; the worst two have a return of 1: 0.4 × 10 − 10
    assert _row([1.1, 1.0])["cvar_10"] == pytest.approx(-6.0)


def test_saving_gains_what_the_spend_cost():
    row = _row([0.9, 1.0])
    assert row["p_loss"] == pytest.approx(0.5)
    assert row["cvar_10"] == pytest.approx(10 - 0.4 * 40)


def test_chance_alone_can_turn_a_gain_into_a_loss():
    noise = np.tile([0.0, -100.0, 0.0, -100.0], 10)
    row = _row([1.1, 1.0], noise=noise)
    assert row["p_loss_predictive"] == 1.0
    assert row["p_loss"] == pytest.approx(0.5)


def test_chance_cannot_sell_more_than_can_be_supplied():
    # outcomes of 1150, 1300, 1450, 1600 before the cap; chance adds 500 to each, and only the first has room for 50
    noise = np.full(len(RETURNS), 500.0)
    row = _row([1.0, 1.0], noise=noise, context=Context(cap=1200.0))
    assert row["p_loss"] == pytest.approx(0.75)
    assert row["p_loss_predictive"] == pytest.approx(0.75)
    assert row["outcome_change_mean"] == pytest.approx(np.mean([0, -100, -250, -400]))


def test_unknown_margin_leaves_the_chance_open_where_the_total_changes():
    row = _row([1.1, 1.0], margin=None)
    assert row[["p_loss", "p_loss_predictive", "cvar_10"]].isna().all()


def test_unknown_margin_leaves_the_chance_open_where_the_context_changes():
    assert np.isnan(_row([1.0, 1.0], margin=None, context=Context(demand=-0.1))["p_loss"])


def test_unknown_margin_does_not_matter_where_the_total_stays():
    first, second = _cells()
    better = Cell("R2", "tv", second.spend, second.support, 2 * second.response)
    moved = {"mine": np.array([0.9, 1.2])}
    row = scenario_table(_prospects([first, better]), moved, worth=Worth(None)).iloc[0]
    assert row["p_loss"] == 0.0
    assert row["cvar_10"] == pytest.approx(10.0)


def test_each_channels_customers_may_be_worth_their_own():
    first, second = _cells()
    other = Cell("R2", "ooh", second.spend, second.support, second.response)
    worth = Worth(0.4, channels={"tv": 0.4, "ooh": 0.8}, margin=0.4)
    row = scenario_table(_prospects([first, other]), {"mine": np.array([1.0, 1.2])}, worth=worth).iloc[0]
    # ten more on out-of-home at returns 1 to 4: 0.8 × 10 × return − 10
    assert row["cvar_10"] == pytest.approx(-2.0)
    assert row["p_loss"] == pytest.approx(0.25)


def test_share_outside_support_is_of_the_plans_spend():
    # 100 × 1.5 spent, 100 × 0.3 above the highest seen level; 50 spent within it
    assert _row([1.5, 1.0], support=1.2)["share_outside_support"] == pytest.approx(30 / 200)


def test_todays_spend_is_never_outside_support():
    assert _row([1.0, 1.0], support=0.5)["share_outside_support"] == 0.0


def test_default_scenarios_without_a_plan_hold_no_recommendation():
    assert FOLLOW not in default_scenarios(_cells(), None)


def test_default_scenarios_with_a_plan_follow_it():
    plan = np.array([1.1, 0.8])
    assert default_scenarios(_cells(), plan)[FOLLOW] is plan


def test_each_channel_is_switched_off_once():
    scenarios = default_scenarios(_cells(), None)
    assert scenarios["dark:tv"].tolist() == [0.0, 0.0]
    assert scenarios["10 % more everywhere"] == pytest.approx([1.1, 1.1])


def test_channels_that_cannot_be_told_apart_go_dark_together():
    cells = [*_cells(), Cell("R1", "ooh", 10.0, 2.0, _cells()[0].response)]
    scenarios = default_scenarios(cells, None, {"tv": "tv+ooh", "ooh": "tv+ooh"})
    assert [name for name in scenarios if name.startswith("dark:")] == ["dark:tv+ooh"]
    assert scenarios["dark:tv+ooh"].tolist() == [0.0, 0.0, 0.0]


def test_a_plan_that_moves_nothing_is_no_scenario():
    assert FOLLOW not in default_scenarios(_cells(), np.ones(2))
    assert FOLLOW in default_scenarios(_cells(), np.array([1.1, 0.8]))


def test_without_cells_there_is_nothing_to_vary():
    assert default_scenarios([], None) == {}
    assert default_contexts(_prospects([]), labels={}) == {}


def test_a_table_without_scenarios_has_its_header():
    table = scenario_table(_prospects([]), {}, worth=Worth(0.4, margin=0.4))
    assert table.empty
    assert list(table.columns) == SCENARIO_COLUMNS


def test_a_stated_scenario_that_does_not_apply_says_why_and_the_others_go_on():
    stated = {
        "Display off": {"change": {"display": 0.0}},
        "TV half": {"change": {"tv": 0.5}},
        "Sunny": {"context": {"sentiment": 0.1}},
        "TV half, less demand": {"change": {"tv": 0.5}, "context": {"demand": -0.1}},
    }
    prospects = _prospects(baseline=np.full((len(RETURNS), 2), 500.0))
    found = stated_scenarios(stated, prospects, labels=LABELS)
    table = scenario_table(prospects, found, worth=Worth(0.4, margin=0.4)).set_index("scenario")
    assert table["kind"].tolist() == ["plan", "plan", "context", "both"]
    assert table["applicable"].tolist() == [False, True, False, True]
    assert table.loc["Display off", "reason"] == "display had no spend here in the last year."
    assert "no fitted control" in table.loc["Sunny", "reason"].lower()
    assert table.loc["TV half", "outcome_change_mean"] == pytest.approx(-2.5 * 75)
    assert table.loc["TV half, less demand", "outcome_change_mean"] == pytest.approx(-2.5 * 75 - 100)
    assert np.isnan(table.loc["Display off", "outcome_change_mean"])


def test_the_reports_own_contexts_say_which_control_they_lack():
    prospects = _prospects(baseline=np.full((len(RETURNS), 2), 500.0))
    found = default_contexts(prospects, labels=LABELS)
    assert {n: bool(w.reason) for n, w in found.items()} == {
        "as expected": False,
        "demand falls by 10 %": False,
        "a competitor does 20 % more": True,
        "prices fall by 5 %": True,
        "sentiment falls by 10 %": True,
        "media work 20 % worse": False,
        "supply is capped at expected sales": False,
    }
