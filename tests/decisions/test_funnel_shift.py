"""A move up the funnel on square-root responses, against the closed form."""

import numpy as np
import pytest

from mmm_helpers.decisions.funnel_shift import FunnelShift, change_by_returns, choose_channels, shift_budget
from mmm_helpers.decisions.responses import GRID, Cell

CHANNELS = {
    "search": {"funnel": "lower"},
    "email": {"funnel": "lower"},
    "tv": {"funnel": "upper"},
    "video": {"funnel": "upper"},
    "display": {"funnel": "middle"},
}


def _cell(channel: str, spend: float, size: float, region: str = "R1", support: float = 1.6) -> Cell:
    """Brings `size` × √(multiple of today's spend), the size twice as large in every other draw."""
    scale = np.array([1.0, 2.0, 1.0, 2.0])[:, None] * size
    return Cell(region, channel, spend, support, scale * np.sqrt(GRID))


CELLS = [
    _cell("search", 100.0, 200.0),
    _cell("search", 60.0, 90.0, "R2"),
    _cell("email", 40.0, 80.0),
    _cell("video", 50.0, 120.0),
    _cell("video", 30.0, 60.0, "R2"),
    _cell("tv", 500.0, 600.0),
]


def test_the_lower_funnel_gives_to_the_upper_channel_that_journeys_see():
    assert choose_channels(CHANNELS, ["search", "email", "video"], CELLS) == (["search", "email"], "video")


def test_a_channel_that_journeys_cannot_see_receives_nothing():
    assert choose_channels(CHANNELS, ["search"], CELLS) == (["search", "email"], "")


def test_money_moved_is_the_share_of_each_source():
    shift = shift_budget(CELLS, ["search", "email"], "video")
    assert shift.moved == pytest.approx({"search": 24.0, "email": 6.0})
    assert shift.multiple == pytest.approx(1 + 30 / 80)
    assert shift.support == pytest.approx(1.6)


def test_change_is_that_of_the_square_root_on_the_reporting_draws():
    shift = shift_budget(CELLS, ["search", "email"], "video")
    lost = 2 * (200 + 90 + 80) * (1 - np.sqrt(0.85))
    gained = 2 * 180 * (np.sqrt(1 + 30 / 80) - 1)
    assert shift.lost == pytest.approx([lost] * 2, rel=1e-3)
    assert shift.gained == pytest.approx([gained] * 2, rel=1e-3)
    assert shift.change == pytest.approx(shift.gained - shift.lost)


def test_more_than_the_response_is_known_for_is_refused():
    with pytest.raises(ValueError, match=r"2\.9 times today's spend; its response is known up to 2 times"):
        shift_budget(CELLS, ["search", "email"], "video", share=0.75)


def test_channels_without_spend_are_refused():
    with pytest.raises(ValueError, match="Nothing is spent"):
        shift_budget(CELLS, ["search"], "ooh")


def test_change_by_average_returns_is_unknown_where_one_return_is():
    shift = FunnelShift({"search": 100.0}, "video", 1.5, np.zeros(1), np.zeros(1), 2.0)
    assert np.isnan(change_by_returns(shift, {"search": 2.0}))
