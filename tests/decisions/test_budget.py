"""The plan against the closed form of square-root responses, and what keeps it in bounds."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.budget import (
    BUDGET_COLUMNS,
    budget_table,
    optimize_plan,
    plan_bounds,
    plan_steps,
)
from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.estimands.confounding import doubt, find_doubts
from mmm_helpers.estimands.grading import add_marks


def _cell(
    channel: str, spend: float, size: float, *, draws: int = 8, support: float = 2.0, region="R1"
) -> Cell:
    """A cell that brings `size` × √(multiple of today's spend)."""
    return Cell(region, channel, spend, support, np.tile(size * np.sqrt(GRID), (draws, 1)))


def _best(cells: list[Cell], sizes: list[float]) -> np.ndarray:
    """Equal marginal returns: multiples (size / spend)² × total / Σ size² / spend."""
    spend, size = np.array([c.spend for c in cells]), np.array(sizes)
    return (size / spend) ** 2 * spend.sum() / (size**2 / spend).sum()


CELLS = [_cell("tv", 100.0, 50.0), _cell("search", 80.0, 48.0), _cell("display", 60.0, 27.0)]
WIDE = np.full(3, 0.2), np.full(3, 1.8)


def test_plan_is_the_closed_form_of_equal_marginal_returns():
    expected = _best(CELLS, [50.0, 48.0, 27.0])
    assert optimize_plan(CELLS, *WIDE) == pytest.approx(expected, abs=0.02)


def test_plan_keeps_the_total():
    plan = optimize_plan(CELLS, *WIDE)
    assert plan @ [c.spend for c in CELLS] == pytest.approx(240.0, rel=1e-5)


def test_plan_stays_within_bounds():
    plan = optimize_plan(CELLS, np.full(3, 0.9), np.full(3, 1.1))
    assert (plan >= 0.9).all()
    assert (plan <= 1.1).all()


def test_two_cells_with_tight_bounds_go_to_the_bound():
    plan = optimize_plan(CELLS[:2], np.array([0.9, 0.5]), np.array([1.5, 1.5]))
    assert plan == pytest.approx([0.9, 1.125], abs=1e-3)


def test_a_locked_cell_stays():
    plan = optimize_plan(CELLS, np.array([1.0, 0.2, 0.2]), np.array([1.0, 1.8, 1.8]))
    free = _best(CELLS[1:], [48.0, 27.0])
    assert plan == pytest.approx([1.0, *free], abs=0.02)


def test_todays_plan_is_kept_where_all_are_locked():
    assert optimize_plan(CELLS, np.ones(3), np.ones(3)).tolist() == [1.0, 1.0, 1.0]


def test_todays_plan_is_kept_where_it_is_the_best():
    same = [_cell("tv", 100.0, 50.0), _cell("search", 100.0, 50.0)]
    assert optimize_plan(same, np.full(2, 0.5), np.full(2, 1.5)) == pytest.approx([1.0, 1.0], abs=1e-3)


def test_todays_plan_is_kept_where_bounds_leave_no_room():
    plan = optimize_plan(CELLS[:2], np.array([1.0, 1.0]), np.array([1.5, 1.5]))
    assert plan == pytest.approx([1.0, 1.0], abs=1e-6)


def test_a_single_cell_keeps_its_spend():
    assert optimize_plan(CELLS[:1], np.array([0.5]), np.array([1.5])) == pytest.approx([1.0])


def test_plan_is_chosen_on_every_other_draw():
    # by the draws that report, search would go to its bound
    cells = [_alternating("tv", 45.0, 20.0), _alternating("search", 55.0, 80.0)]
    plan = optimize_plan(cells, np.full(2, 0.5), np.full(2, 1.5))
    joined = [_cell("tv", 100.0, 45.0), _cell("search", 100.0, 55.0)]
    assert plan == pytest.approx(_best(joined, [45.0, 55.0]), abs=0.02)


def test_a_plan_that_the_other_draws_do_not_expect_to_gain_is_none():
    cells = [_alternating("tv", 10.0, 90.0), _alternating("search", 90.0, 10.0)]
    assert optimize_plan(cells, np.full(2, 0.5), np.full(2, 1.5)).tolist() == [1.0, 1.0]


def _alternating(channel: str, chooses: float, reports: float) -> Cell:
    """A cell whose draws that choose a plan say something else than those that report it."""
    pair = np.stack([chooses * np.sqrt(GRID), reports * np.sqrt(GRID)])
    return Cell("R1", channel, 100.0, 2.0, np.tile(pair, (4, 1)))


def _marks(**grade: bool) -> pd.DataFrame:
    rows = [("R1", c, g, False, "local", "observational") for c, g in grade.items()]
    columns = ["region", "channel", "decision_grade", "cut_only", "data_tier", "cause_mark"]
    return pd.DataFrame(rows, columns=columns)


ALL = _marks(tv=True, search=True, display=True)


def test_untested_cells_move_by_a_fifth_at_most():
    lower, upper = plan_bounds(CELLS, ALL, {})
    assert lower.tolist() == [0.8] * 3
    assert upper.tolist() == [1.2] * 3


def test_cells_that_are_not_decision_grade_stay():
    lower, upper = plan_bounds(CELLS, _marks(tv=False, search=True, display=True), {})
    assert (lower[0], upper[0]) == (1.0, 1.0)
    assert (lower[1], upper[1]) == (0.8, 1.2)


@pytest.mark.parametrize(
    ("tested", "p_above", "bounds"),
    [
        ([], 0.99, (1.0, 1.0)),
        ([], 0.5, (1.0, 1.0)),
        ([], 0.1, (0.8, 1.0)),
        (["search"], 0.99, (0.8, 1.2)),
        (["search"], 0.1, (0.8, 1.2)),
    ],
)
def test_untested_spend_that_follows_demand_may_only_be_cut(tested, p_above, bounds):
    keys = pd.DataFrame({"region": "R1", "channel": ["tv", "search", "display"]})
    sound = keys.assign(identified=True, reason="")
    shrinkage = keys.assign(pooling_factor=0.1, data_tier="local")
    found = find_doubts(
        list(keys["channel"]), {"channels": {"search": {"follows_demand": True}}}, tested=tested
    )
    sure = keys.assign(p_above=[0.99, p_above, 0.99])
    marks = add_marks(sure, shrinkage, doubt(sound, found), market_may=True, doubts=found)
    lower, upper = plan_bounds(CELLS, marks, {})
    assert (lower[1], upper[1]) == bounds
    assert (lower[0], upper[0]) == (lower[2], upper[2]) == (0.8, 1.2)


def test_cells_without_marks_stay():
    lower, upper = plan_bounds(CELLS, _marks(search=True), {})
    assert (lower[0], upper[0]) == (1.0, 1.0)


def test_locked_channels_stay():
    lower, upper = plan_bounds(CELLS, ALL, {"locked": ["search"]})
    assert (lower[1], upper[1]) == (1.0, 1.0)


def test_max_change_may_be_one_number():
    lower, upper = plan_bounds(CELLS, ALL, {"max_change": 0.5})
    assert (lower[0], upper[0]) == (0.5, 1.5)


def test_max_change_may_be_per_channel():
    lower, upper = plan_bounds(CELLS, ALL, {"max_change": {"tv": 0.1}})
    assert (lower[0], upper[0]) == (0.9, 1.1)
    assert (lower[1], upper[1]) == (0.8, 1.2)


def test_stated_bounds_hold():
    lower, upper = plan_bounds(CELLS, ALL, {"bounds": {"tv": (0.0, 1.4)}})
    assert (lower[0], upper[0]) == (0.0, 1.4)


def test_bounds_always_allow_todays_spend():
    lower, upper = plan_bounds(CELLS, ALL, {"bounds": {"tv": (1.2, 1.4), "search": (0.5, 0.8)}})
    assert lower[0] == 1.0
    assert upper[1] == 1.0


def test_no_cell_grows_beyond_what_was_seen():
    cells = [_cell("tv", 100.0, 50.0, support=1.05), _cell("search", 80.0, 48.0, support=0.7)]
    _, upper = plan_bounds(cells, ALL, {})
    assert upper.tolist() == [1.05, 1.0]


def test_nothing_is_planned_beyond_the_grid():
    _, upper = plan_bounds([_cell("tv", 100.0, 50.0, support=9.0)], ALL, {"max_change": 5.0})
    assert upper.tolist() == [GRID[-1]]


def _group(*, grade: bool) -> pd.DataFrame:
    """TV and search cannot be told apart."""
    return pd.DataFrame([{"group": "tv+search", "channels": "tv|search", "decision_grade": grade}])


ALONE = _marks(tv=False, search=False, display=True)
"""Channels of a group are not decision-grade by themselves."""


def test_a_group_moves_in_one_step():
    assert plan_steps(CELLS, _group(grade=True)).tolist() == [1, 1, 0]


def test_without_groups_every_cell_moves_by_itself():
    assert sorted(plan_steps(CELLS)) == [0, 1, 2]


def test_a_group_that_is_decision_grade_may_move():
    lower, upper = plan_bounds(CELLS, ALONE, {}, _group(grade=True))
    assert (lower.tolist(), upper.tolist()) == ([0.8] * 3, [1.2] * 3)


def test_a_group_that_is_not_stays():
    lower, upper = plan_bounds(CELLS, ALONE, {}, _group(grade=False))
    assert (lower.tolist(), upper.tolist()) == ([1.0, 1.0, 0.8], [1.0, 1.0, 1.2])


def test_a_group_moves_no_further_than_each_of_its_cells_may():
    cells = [_cell("tv", 100.0, 50.0, support=1.05), *CELLS[1:]]
    options = {"max_change": {"search": 0.1}}
    lower, upper = plan_bounds(cells, ALONE, options, _group(grade=True))
    assert (lower[:2].tolist(), upper[:2].tolist()) == ([0.9, 0.9], [1.05, 1.05])


def test_one_locked_channel_locks_its_group():
    lower, upper = plan_bounds(CELLS, ALONE, {"locked": ["search"]}, _group(grade=True))
    assert (lower.tolist(), upper.tolist()) == ([1.0, 1.0, 0.8], [1.0, 1.0, 1.2])


def test_a_groups_plan_is_the_closed_form_of_its_sum():
    steps = plan_steps(CELLS, _group(grade=True))
    joined = [_cell("tv+search", 180.0, 98.0), CELLS[2]]
    expected = _best(joined, [98.0, 27.0])
    plan = optimize_plan(CELLS, *WIDE, steps=steps)
    assert plan == pytest.approx([expected[0], expected[0], expected[1]], abs=0.02)
    assert plan @ [c.spend for c in CELLS] == pytest.approx(240.0, rel=1e-5)


def _table(plan=(1.2, 0.75, 1.0)) -> pd.DataFrame:
    return budget_table("XX", CELLS, np.array(plan), WIDE, ALL)


def test_table_has_the_columns_of_the_contract():
    assert list(_table().columns) == BUDGET_COLUMNS


def test_table_holds_totals_of_the_horizon():
    row = _table().iloc[0]
    assert row[["current", "recommended", "lower", "upper"]].tolist() == pytest.approx([100, 120, 20, 180])


def test_outcome_of_the_plan_is_the_response():
    row = _table().iloc[0]
    assert row["outcome_current_mean"] == pytest.approx(50.0)
    assert row["outcome_recommended_mean"] == pytest.approx(50 * np.sqrt(1.2), rel=1e-3)


def test_outcome_is_reported_on_the_draws_that_did_not_choose():
    response = np.stack([np.zeros(len(GRID)), 7.0 * GRID] * 4)
    cell = Cell("R1", "tv", 100.0, 2.0, response)
    table = budget_table("XX", [cell], np.ones(1), (np.ones(1), np.ones(1)), ALL)
    assert table.loc[0, "outcome_current_mean"] == pytest.approx(7.0)


def test_rows_carry_tier_and_cause():
    assert _table()[["data_tier", "cause_mark"]].drop_duplicates().to_numpy().tolist() == [
        ["local", "observational"]
    ]
