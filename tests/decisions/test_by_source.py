"""The plan that each measurement would recommend, if it were right."""

import numpy as np
import pytest

from mmm_helpers.decisions.by_source import compute_budgets, scale_cells
from mmm_helpers.decisions.responses import GRID, TODAY, Cell

CURVE = np.tile(100 * np.sqrt(GRID), (40, 1))
CELLS = [Cell("all", "search", 100.0, 2.0, CURVE), Cell("all", "video", 100.0, 2.0, CURVE)]
WINDOW = {"search": 1.0, "video": 1.0}
BOUNDS = np.array([0.5, 0.5]), np.array([1.5, 1.5])


def test_cells_are_scaled_to_what_a_source_says():
    scaled = scale_cells(CELLS, {"search": 3.0}, WINDOW)
    assert scaled[0].response[0, TODAY] == pytest.approx(300)
    np.testing.assert_array_equal(scaled[1].response, CURVE)
    assert not scale_cells(CELLS, {"search": -1.0}, WINDOW)[0].response.any()


def test_plans_follow_their_source_at_the_same_total():
    """With returns a, b and square-root curves the best split has spends in proportion to a², b², within bounds."""
    said = {"last_click": {"search": 3.0, "video": 1.0}, "mild": {"search": 1.2, "video": 1.0}, "mmm": {}}
    found = compute_budgets(CELLS, said, WINDOW, BOUNDS).set_index(["source", "channel"])
    spend = found["recommended"]
    assert spend["last_click"].tolist() == pytest.approx([150, 50], abs=0.5)
    assert spend["mild", "search"] == pytest.approx(200 * 1.44 / 2.44, abs=0.5)
    assert spend["mmm"].tolist() == [100, 100]
    assert found["taken_from_model"].tolist() == [False] * 4 + [True] * 2


def test_every_plan_is_judged_by_the_same_cells():
    said = {"last_click": {"search": 3.0, "video": 1.0}}
    found = compute_budgets(CELLS, said, WINDOW, BOUNDS)
    expected = 100 * (np.sqrt(1.5) + np.sqrt(0.5) - 2)
    assert found["outcome_change_mean"].tolist() == pytest.approx([expected] * 2, rel=0.01)
