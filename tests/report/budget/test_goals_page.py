"""Words about other totals, risk and the check of the plan, on tables made by hand."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.goals import LESS, LIMITED, MORE, REACHED
from mmm_helpers.report.budget.goals_page import (
    NO_GOALS,
    check_formats,
    compute_check_table,
    compute_goal_table,
    describe_check,
    describe_frontier,
    describe_goals,
    moves_of,
    tail_columns,
)
from mmm_helpers.report.budget.plots_goals import describe_bars, plot_frontier, plot_goals

LABELS = {"tv": "TV", "search": "Search"}
ABOUT = {"labels": LABELS, "currency": "EUR"}


def _row(goal, region, channel, current, recommended, outcome, status=REACHED) -> dict:
    row = {"goal": goal, "region": region, "channel": channel, "current": current, "recommended": recommended}
    profit = 0.4 * outcome - (recommended - current)
    for name, value in (("outcome", outcome), ("profit", profit)):
        row |= {
            f"{name}_change_{s}": value + d for s, d in (("mean", 0), ("q05", -5e3), ("q50", 0), ("q95", 5e3))
        }
    return row | {"p_loss": float(profit < 0), "target": np.nan, "p_met": np.nan, "status": status}


@pytest.fixture(scope="module")
def goals() -> pd.DataFrame:
    """A tenth more (all into search in two regions); of a tenth less only half can be saved, on TV."""
    return pd.DataFrame(
        [
            _row(MORE, "N", "search", 200e3, 240e3, 160e3),
            _row(MORE, "S", "search", 100e3, 160e3, 240e3),
            _row(MORE, "all", "tv", 700e3, 700e3, 0.0),
            _row(MORE, "all", "all", 1e6, 1.1e6, 400e3),
            _row(LESS, "N", "search", 200e3, 200e3, 0.0),
            _row(LESS, "all", "tv", 700e3, 650e3, -60e3, LIMITED),
            _row(LESS, "all", "all", 1e6, 950e3, -60e3, LIMITED),
        ]
    )


def test_sentences_say_where_more_goes_and_what_less_costs(goals):
    text = describe_goals(goals, **ABOUT, span="13 weeks", margin=0.4)
    assert "**Put €100 k (10 %) over 13 weeks into Search**: outcome +€400 k (+395 to +405)" in text
    assert "**Save €50.0 k (5 %) over 13 weeks on TV**: outcome −€60.0 k (−65.0 to −55.0)" in text
    assert "profit +€60.0 k (+55.0 to +65.0)" in text


def test_without_a_margin_whether_it_pays_is_unknown(goals):
    text = describe_goals(goals, **ABOUT, span="13 weeks", margin=None)
    assert "the margin is unknown" in text
    assert "profit" not in text


def test_without_goals_the_reason_is_said(goals):
    assert describe_goals(goals.head(0), **ABOUT, span="13 weeks", margin=0.4) == NO_GOALS


def test_moves_are_summed_over_regions(goals):
    assert moves_of(goals, MORE).to_dict() == pytest.approx({"search": 100e3, "tv": 0.0})


def test_table_has_a_row_for_each_goal_with_its_limits(goals):
    table = compute_goal_table(goals, **ABOUT).set_index("Goal")
    assert table.loc["10 % more", "Moves most"] == "Search +€100 k"
    assert table.loc["10 % less", "Limits"] == "as far as bounds allow"


@pytest.fixture(scope="module")
def frontier() -> pd.DataFrame:
    rows = {
        "risk": [0.0, 0.5, 1.0],
        "profit_change_mean": [100e3, 95e3, 80e3],
        "profit_cvar": [-50e3, -20e3, -5e3],
    }
    return pd.DataFrame(
        rows | {"chosen": [True, False, False], "level": 0.1, "outcome_change_mean": 1.0, "cvar": 1.0}
    )


def test_frontier_says_what_caution_costs_and_buys(frontier):
    text = describe_frontier(frontier, currency="EUR")
    assert text.startswith(
        "The plan is chosen **on the mean alone**: profit +€100 k on average, −€50.0 k in the worst 10 %"
    )
    assert "would cost €20.0 k of the mean and better them by €45.0 k" in text


def test_frontier_is_about_the_outcome_where_profit_is_unknown(frontier):
    assert tail_columns(frontier) == ("profit_change", "profit_cvar")
    assert tail_columns(frontier.assign(profit_cvar=np.nan)) == ("outcome_change", "cvar")


def test_check_says_that_the_plan_is_best_or_what_to_look_at():
    check = pd.DataFrame(
        {
            "check": ["several starts agree", "first-order conditions"],
            "status": ["pass", "pass"],
            "value": [0.0, 0.0001],
            "threshold": [0.001, 0.01],
            "detail": ["all starts lead to the same value", "fine"],
        }
    )
    assert describe_check(check) == "**The plan is the best within its limits**, by all 2 checks."
    odd = check.assign(status=["review", "pass"], detail=["starts end in several local optima", ""])
    assert "1 of 2 checks ask for a look" in describe_check(odd)
    assert "several starts agree: starts end in several local optima" in describe_check(odd)
    formats = check_formats()
    assert formats["value"](0.0) == "0"
    assert "pass" in formats["status"]("pass")
    assert len(compute_check_table(check)) == 2


def test_charts_have_their_rows_and_words(goals, frontier):
    more, less = moves_of(goals, MORE), moves_of(goals, LESS)
    axes = plot_goals(more, less, **ABOUT)
    assert [t.get_text() for t in axes.get_yticklabels()] == ["Search", "TV"]
    assert "Search +€100 k" in describe_bars(more, less, **ABOUT)
    axes = plot_frontier(frontier, mean="profit_change_mean", tail="profit_cvar", currency="EUR")
    assert axes.get_xlabel() == "mean of the worst cases"
