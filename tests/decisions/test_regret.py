"""Minimax regret against brute force."""

import itertools

import numpy as np
import pytest

from mmm_helpers.decisions.context import AS_EXPECTED, Context, profit_under
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.regret import (
    BEST_PROFIT,
    REGRET_COLUMNS,
    TODAY_PLAN,
    candidate_plans,
    compute_regret,
    most_profit,
    regret_table,
)
from mmm_helpers.decisions.responses import GRID, Cell, response_at
from mmm_helpers.decisions.worth import Worth

WORTH = Worth(0.5, margin=0.5)


@pytest.fixture
def prospects() -> Prospects:
    rng = np.random.default_rng(3)
    size = rng.uniform(150, 400, (2, 40, 1))
    cells = [Cell("R1", c, 100.0, 2.0, s * GRID**p) for c, s, p in zip("ab", size, (0.5, 0.8), strict=True)]
    return Prospects("XX", cells, np.zeros(40), 13, baseline=rng.normal(1000, 50, (40, 2)))


PLANS = {"today": np.ones(2), "more": np.array([1.3, 1.3]), "less": np.array([0.6, 0.6])}
CONTEXTS = {"worse media": Context(media=-0.6), "capped": Context(cap=2400.0), "better": Context(media=1.0)}


def test_the_plan_named_has_the_smallest_largest_regret(prospects):
    table = regret_table(prospects, PLANS, CONTEXTS, WORTH)
    every = {AS_EXPECTED: Context()} | CONTEXTS
    largest = {}
    for name, plan in PLANS.items():
        regrets = []
        for context in every.values():
            profits = [profit_under(prospects, p, context, WORTH)[1::2].mean() for p in PLANS.values()]
            regrets.append(max(profits) - profit_under(prospects, plan, context, WORTH)[1::2].mean())
        largest[name] = max(regrets)
    shown = table.groupby("plan", sort=False)["largest_regret"].first()
    assert shown.to_dict() == pytest.approx(largest)
    assert set(table.loc[table["chosen"], "plan"]) == {min(largest, key=largest.get)}
    assert len(table) == len(PLANS) * len(every)


def test_the_best_plan_of_a_context_has_no_regret(prospects):
    table = regret_table(prospects, PLANS, CONTEXTS, WORTH)
    assert table.groupby("context")["regret_mean"].min().tolist() == pytest.approx([0.0] * 4)
    assert (table["regret_mean"] >= -1e-9).all()


def test_changes_are_against_today_as_expected(prospects):
    table = regret_table(prospects, PLANS, CONTEXTS, WORTH).set_index(["plan", "context"])
    assert table.loc[("today", AS_EXPECTED), "profit_change_mean"] == pytest.approx(0.0)
    media = sum(c.response[1::2, 20].mean() for c in prospects.cells)
    row = table.loc[("today", "worse media")]
    assert row["outcome_change_mean"] == pytest.approx(-0.6 * media)
    assert row["profit_change_mean"] == pytest.approx(-0.3 * media)


def test_no_plan_is_named_where_advice_is_withheld(prospects):
    assert not regret_table(prospects, PLANS, CONTEXTS, WORTH, may_choose=False)["chosen"].any()


def test_without_a_margin_there_are_no_rows(prospects):
    table = regret_table(prospects, PLANS, CONTEXTS, Worth(None))
    assert table.empty
    assert list(table.columns) == REGRET_COLUMNS


def test_regret_is_against_the_plan_that_is_best_on_average():
    profit = np.array([[[4.0, 0.0]], [[1.0, 2.0]]])
    assert compute_regret(profit)[1, 0].tolist() == [3.0, -2.0]


def test_the_total_that_earns_most_against_every_pair_of_multiples(prospects):
    bounds = np.array([0.5, 0.8]), np.array([1.5, 1.2])
    grids = [np.r_[g, GRID[(g[0] <= GRID) & (g[1] >= GRID)]] for g in zip(*bounds, strict=True)]

    def expected(plan) -> float:
        return sum(
            0.5 * response_at(c, m)[::2].mean() - m * c.spend
            for c, m in zip(prospects.cells, plan, strict=True)
        )

    best = max(itertools.product(*grids), key=expected)
    assert most_profit(prospects.cells, WORTH, bounds) == pytest.approx(best)


def test_cells_of_one_step_move_together(prospects):
    bounds = np.array([0.5, 0.5]), np.array([1.5, 1.5])
    plan = most_profit(prospects.cells, WORTH, bounds, steps=np.zeros(2, int))
    assert plan[0] == plan[1]


def test_candidates_without_advice_are_plain_what_ifs(prospects):
    names = list(candidate_plans(prospects.cells, None, WORTH))
    assert names == [TODAY_PLAN, "10 % more everywhere", "10 % less everywhere"]


def test_candidates_with_advice_hold_the_recommendation_and_the_best_total(prospects):
    bounds = np.array([0.5, 0.5]), np.array([1.5, 1.5])
    names = list(candidate_plans(prospects.cells, np.array([1.1, 0.9]), WORTH, bounds=bounds))
    assert names[0] == "follow the recommendation"
    assert names[-1] == BEST_PROFIT
