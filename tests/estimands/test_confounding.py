"""Channels whose spend follows demand, as declared: never decision-grade without an experiment."""

import pandas as pd
import pytest

from mmm_helpers.estimands.confounding import CONTRADICTED, FOLLOWS, doubt, find_doubts
from mmm_helpers.estimands.grading import add_marks

CHANNELS = ["tv", "search"]
DECLARED = {"channels": {"tv": {}, "search": {"follows_demand": True}}}
PLAIN = {"channels": {"tv": {}, "search": {"follows_demand": False}}}


@pytest.fixture
def cells():
    """Everything is identified but TV in the south."""
    rows = [("North", "tv", True, ""), ("South", "tv", False, "mostly prior")]
    rows += [("North", "search", True, ""), ("South", "search", True, "")]
    return pd.DataFrame(rows, columns=["region", "channel", "identified", "reason"])


def grade(cells: pd.DataFrame) -> list[bool]:
    effects = cells[["region", "channel"]].assign(p_above=0.99)
    shrinkage = effects.assign(pooling_factor=0.1, data_tier="local")
    return add_marks(effects, shrinkage, cells, market_may=True)["decision_grade"].tolist()


def test_a_declared_channel_is_doubted():
    assert find_doubts(CHANNELS, DECLARED) == {"search": FOLLOWS}


def test_nothing_is_doubted_that_is_not_declared():
    assert find_doubts(CHANNELS, PLAIN) == {}


def test_an_experiment_ends_the_doubt():
    assert find_doubts(CHANNELS, DECLARED, tested=["search"]) == {}


def test_an_unexplained_contradiction_is_a_doubt_whatever_is_declared():
    assert find_doubts(CHANNELS, PLAIN, contradicted=["tv"]) == {"tv": CONTRADICTED}
    assert find_doubts(CHANNELS, DECLARED, contradicted=["search"]) == {"search": CONTRADICTED}


def test_no_cell_of_a_doubted_channel_is_decision_grade(cells):
    assert grade(cells) == [True, False, True, True]
    assert grade(doubt(cells, {"search": FOLLOWS})) == [True, False, False, False]


def test_doubt_keeps_what_was_said_before(cells):
    table = doubt(cells, {"tv": FOLLOWS})
    assert table["reason"].tolist() == [FOLLOWS, "mostly prior", "", ""]
    assert table["identified"].tolist() == [False, False, True, True]


def test_no_doubt_changes_nothing(cells):
    pd.testing.assert_frame_equal(doubt(cells, {}), cells)
