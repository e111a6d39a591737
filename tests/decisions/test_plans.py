"""Stated changes and moves as multiples of today's spend."""

import numpy as np
import pytest

from mmm_helpers.decisions.plans import default_moves, explain_plan, move_money, stated_plan
from mmm_helpers.decisions.responses import GRID, Cell

FLAT = np.zeros((1, len(GRID)))
CELLS = [
    Cell("North", "search", 100.0, 2.0, FLAT),
    Cell("North", "social", 40.0, 2.0, FLAT),
    Cell("South", "search", 200.0, 2.0, FLAT),
    Cell("South", "video", 60.0, 2.0, FLAT),
    Cell("all", "tv", 300.0, 2.0, FLAT),
]
SPEND = np.array([c.spend for c in CELLS])
LABELS = {"tv": "TV", "video": "Online video"}


def test_a_change_is_by_channel():
    assert stated_plan({"change": {"search": 0.5, "tv": 2.0}}, CELLS).tolist() == [0.5, 1, 0.5, 1, 2.0]


def test_a_change_of_all_leaves_the_named_ones_to_their_own():
    assert stated_plan({"change": {"all": 0.9, "tv": 1.2}}, CELLS).tolist() == [0.9, 0.9, 0.9, 0.9, 1.2]


def test_a_change_may_be_in_some_regions():
    assert stated_plan({"change": {"search": 0.0}, "regions": ["South"]}, CELLS).tolist() == [1, 1, 0, 1, 1]


def test_a_move_keeps_the_total_and_its_region():
    move = {"from_channel": ["search"], "to_channel": ["social", "video"], "share": 0.1}
    plan = stated_plan({"move": move}, CELLS)
    assert plan @ SPEND == pytest.approx(SPEND.sum())
    assert plan.tolist() == pytest.approx([0.9, 1 + 10 / 40, 0.9, 1 + 20 / 60, 1.0])


def test_money_without_a_target_in_its_region_is_spread_over_all():
    change = move_money(CELLS, ["search"], ["social"], 0.1)
    assert change * SPEND == pytest.approx([-10, 30, -20, 0, 0])


def test_several_targets_share_by_their_spend():
    change = move_money(CELLS, ["tv"], ["social", "video"], 0.1)
    assert change * SPEND == pytest.approx([0, 30 * 0.4, 0, 30 * 0.6, -30])


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"change": {"display": 2.0}}, "display had no spend here in the last year."),
        ({"change": {"search": 0}, "regions": ["Sout"]}, "no region 'Sout' here; the nearest is 'South'"),
        ({"change": {"tv": 0}, "regions": ["South"]}, "TV is bought for the whole market"),
        ({"change": {"video": 0}, "regions": ["North"]}, "Online video had no spend there"),
        (
            {"move": {"from_channel": ["tv"], "to_channel": ["social"], "share": 0.5}},
            "would have 4.8 times today's spend",
        ),
    ],
)
def test_what_cannot_be_followed_here_says_why(stated, words):
    assert words in explain_plan(stated, CELLS, LABELS)


def test_what_can_be_followed_says_nothing():
    assert explain_plan({"change": {"tv": 2.0, "search": 0.0}}, CELLS, LABELS) == ""


def test_the_reports_own_moves_know_channels_by_their_words():
    moves = default_moves(CELLS, LABELS)
    assert moves["10 % of search to social"]["move"]["from_channel"] == ["search"]
    change = moves["TV doubles, digital falls by 30 %"]["change"]
    assert change == {"tv": 2.0, "search": 0.7, "social": 0.7, "video": 0.7}


def test_email_is_digital_and_streamed_television_is_no_tv():
    cells = [Cell("all", c, 1.0, 2.0, FLAT) for c in ("email", "connected_tv", "tv", "ooh")]
    change = default_moves(cells, {})["TV doubles, digital falls by 30 %"]["change"]
    assert change == {"email": 0.7, "connected_tv": 0.7, "tv": 2.0}


def test_a_market_without_social_has_no_move_to_it():
    assert list(default_moves([CELLS[0], CELLS[4]], {})) == ["TV doubles, digital falls by 30 %"]
