"""Other goals, the frontier of risk and the checks of a plan, on cells with known answers."""

import numpy as np
import pytest

from mmm_helpers.decisions.choice import Choice
from mmm_helpers.decisions.frontier import FRONTIER_COLUMNS, compute_frontier
from mmm_helpers.decisions.goals import BEST, GOAL_COLUMNS, LESS, MARGINAL, MORE, TARGET, compute_goals
from mmm_helpers.decisions.optimality import CHECK_COLUMNS, check_plan, kkt_residual
from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.decisions.worth import Worth

SPEND, SIZE = np.array([100.0, 80.0, 60.0]), np.array([400.0, 400.0, 200.0])
CELLS = [
    Cell("R1", n, s, 2.0, np.tile(z * np.sqrt(GRID), (8, 1)))
    for n, s, z in zip(("tv", "search", "display"), SPEND, SIZE, strict=True)
]
POWER = (SIZE**2 / SPEND).sum()
"""At equal marginal returns a total T brings √(T × Σ size² / spend)."""


def _choice(worth=0.5, **decisions) -> Choice:
    bounds = np.full(3, 0.2), np.full(3, 1.9)
    return Choice.of(CELLS, bounds, np.arange(3), Worth(worth), decisions, seed=0)


def _sum(goal: str, **about):
    table = compute_goals("XX", _choice(), **about)
    return table[(table["goal"] == goal) & (table["channel"] == "all")].iloc[0]


@pytest.mark.parametrize(("goal", "factor"), [(MORE, 1.1), (LESS, 0.9)])
def test_a_tenth_more_or_less_brings_the_closed_form(goal, factor):
    row = _sum(goal)
    gain = np.sqrt(240 * factor * POWER) - SIZE.sum()
    assert row["recommended"] == pytest.approx(240 * factor)
    assert row["outcome_change_mean"] == pytest.approx(gain, abs=1.0)
    assert row["profit_change_mean"] == pytest.approx(0.5 * gain - 240 * (factor - 1), abs=0.5)


def test_the_most_profit_lies_where_the_next_unit_pays_for_itself():
    """Profit margin × √(T P) − T is largest at T = margin² P / 4, between two of the totals tried."""
    apart = (1.9 - 0.2) * 240 / 20
    choice = _choice(worth=0.33)
    table = compute_goals("XX", choice)
    spent = table[(table["goal"] == BEST) & (table["channel"] == "all")]["recommended"].item()
    assert abs(spent - 0.33**2 * POWER / 4) <= apart


def test_the_largest_spend_that_meets_a_target_return():
    """Return √(P / T) meets r up to T = P / r²; marginal return half of it."""
    apart, target = (1.9 - 0.2) * 240 / 20, 4.0
    assert 0 <= POWER / target**2 - _sum(TARGET, target=target)["recommended"] <= apart
    low = 2.2
    assert abs(POWER / low**2 / 4 - _sum(MARGINAL, target=low)["recommended"]) <= apart


def test_goals_have_the_columns_of_the_contract_and_add_up():
    table = compute_goals("XX", _choice(), target=4.0)
    assert list(table.columns) == GOAL_COLUMNS
    for _, own in table.groupby("goal"):
        cells, every = own[own["channel"] != "all"], own[own["channel"] == "all"].iloc[0]
        for name in ("current", "recommended", "outcome_change_mean", "profit_change_mean"):
            assert cells[name].sum() == pytest.approx(every[name])


def test_profit_is_missing_where_the_margin_is_unknown():
    table = compute_goals("XX", _choice(worth=None))
    assert table[["profit_change_mean", "p_loss"]].isna().all().all()
    assert BEST not in set(table["goal"])


def test_a_frontier_gives_up_mean_for_a_better_tail():
    rng = np.random.default_rng(2)
    noise = np.repeat(rng.normal(0, 1, size=(400, 3)), 2, axis=0)
    sds = (90.0, 20.0, 10.0)
    cells = [
        Cell("R1", c.channel, c.spend, 2.0, c.response[:1] + (sd * noise[:, [i]]) * GRID)
        for i, (c, sd) in enumerate(zip(CELLS, sds, strict=True))
    ]
    bounds = np.full(3, 0.2), np.full(3, 1.9)
    decisions = {"risk": {"preference": 0.5}}
    table = compute_frontier("XX", Choice.of(cells, bounds, np.arange(3), Worth(0.5), decisions, seed=0))
    assert list(table.columns) == FRONTIER_COLUMNS
    assert (np.diff(table["outcome_change_mean"]) <= 1e-6).all()
    assert (np.diff(table["cvar"]) >= -0.1).all()
    assert table.loc[table["chosen"], "risk"].tolist() == [0.5]


def test_a_sound_plan_passes_every_check():
    choice = _choice()
    table = check_plan("XX", choice, choice.plan())
    assert list(table.columns) == CHECK_COLUMNS
    assert set(table["status"]) == {"pass"}


def test_a_plan_that_is_not_the_best_fails_its_first_order_conditions():
    task = _choice().task()
    assert kkt_residual(task, np.ones(3)) > 0.1
    table = check_plan("XX", _choice(), np.ones(3)).set_index("check")
    assert table.loc["proven bound", "status"] == "review"
    assert table.loc["first-order conditions", "status"] == "review"


def test_a_reserve_is_kept_back():
    plan = _choice(budget={"reserve": 0.05}).plan()
    assert plan @ SPEND == pytest.approx(0.95 * 240)
