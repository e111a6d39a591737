"""Which cells may ground a decision."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.confounding import CONTRADICTED, FOLLOWS
from mmm_helpers.estimands.grading import CAUSE_MARK, add_marks, advice, weakest, withhold


def _marked(
    p_above: float,
    *,
    identified: bool = True,
    reason: str = "",
    market_may: bool = True,
    doubts: dict[str, str] | None = None,
) -> pd.Series:
    keys = {"region": ["R1"], "channel": ["tv"]}
    effects = pd.DataFrame(keys | {"p_above": [p_above]})
    shrinkage = pd.DataFrame(keys | {"pooling_factor": [0.4], "data_tier": ["partially_pooled"]})
    cells = pd.DataFrame(keys | {"identified": [identified], "reason": [reason]})
    return add_marks(effects, shrinkage, cells, market_may=market_may, doubts=doubts).iloc[0]


@pytest.mark.parametrize("p_above", [0.8, 0.95, 0.2, 0.01])
def test_a_return_surely_on_one_side_is_decision_grade(p_above):
    assert _marked(p_above)["decision_grade"]


@pytest.mark.parametrize("p_above", [0.79, 0.5, 0.21, np.nan])
def test_a_return_that_may_lie_on_either_side_is_not(p_above):
    assert not _marked(p_above)["decision_grade"]


@pytest.mark.parametrize(
    ("p_above", "way"),
    [
        (0.8, "more"),
        (1.0, "more"),
        (0.79, "hold"),
        (0.21, "hold"),
        (0.2, "less"),
        (0.0, "less"),
        (np.nan, "hold"),
    ],
)
def test_advice_is_one_of_three_words(p_above, way):
    assert advice(p_above) == way


def test_an_unidentified_cell_is_not_decision_grade():
    assert not _marked(0.95, identified=False)["decision_grade"]


@pytest.mark.parametrize(
    ("p_above", "reason", "cut"),
    [
        (0.2, FOLLOWS, True),
        (0.2, "mostly prior", True),
        (0.21, FOLLOWS, False),
        (0.99, FOLLOWS, False),
        (0.0, "never varied", False),
        (0.0, "cannot be told apart from Display", False),
    ],
)
def test_only_a_low_return_of_spend_that_follows_demand_may_be_cut(p_above, reason, cut):
    marked = _marked(p_above, identified=False, reason=reason, doubts={"tv": FOLLOWS})
    assert (marked["cut_only"], marked["decision_grade"]) == (cut, False)


@pytest.mark.parametrize(
    "about", [{"market_may": False, "doubts": {"tv": FOLLOWS}}, {"doubts": {"tv": CONTRADICTED}}, {}]
)
def test_nothing_else_may_be_cut(about):
    assert not _marked(0.0, identified=False, reason="mostly prior", **about)["cut_only"]


def test_no_cell_is_decision_grade_where_the_market_may_not():
    assert not _marked(0.95, market_may=False)["decision_grade"]


def test_every_cell_carries_tier_and_cause():
    row = _marked(0.9)
    assert (row["data_tier"], row["cause_mark"]) == ("partially_pooled", CAUSE_MARK)


def test_where_the_market_may_not_no_table_holds_a_word_of_advice():
    tables = {
        "studies": pd.DataFrame({"channel": ["tv"], "advice": ["more"], "crps": [0.1]}),
        "flips": pd.DataFrame({"advice": ["more"], "advice_under": ["less"], "flips": ["yes"]}),
        "scenarios": pd.DataFrame({"scenario": ["dark:tv"]}),
    }
    blank = withhold(tables)
    assert blank["studies"].to_dict("list") == {"channel": ["tv"], "advice": ["withheld"], "crps": [0.1]}
    assert blank["flips"].empty
    assert list(blank["flips"].columns) == ["advice", "advice_under", "flips"]
    assert blank["scenarios"].equals(tables["scenarios"])
    assert tables["studies"]["advice"].tolist() == ["more"]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (["tested", "tested"], "tested"),
        (["tested", "quasi"], "quasi"),
        (["quasi", "observational"], "observational"),
    ],
)
def test_together_numbers_are_as_good_as_the_worst(marks, expected):
    assert weakest(marks) == expected
