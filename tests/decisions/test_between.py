"""Money between markets on linear responses."""

import numpy as np
import pytest

from mmm_helpers.decisions.between import default_market_moves, market_move_table
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.decisions.worth import Worth

LABELS = {"DE": "Germany", "JP": "Japan", "NO": "Norway"}
DRAWS = 40


def _market(code: str, spend: float, returns, **future) -> Prospects:
    response = np.broadcast_to(np.asarray(returns, float), (DRAWS,))[:, None] * spend * GRID
    return Prospects(code, [Cell("all", "tv", spend, 1.05, response)], np.zeros(DRAWS), 13, **future)


@pytest.fixture
def prospects() -> dict[str, Prospects]:
    # Japan's return is 1 in one half of the reported draws and 5 in the other
    volatile = np.tile([0.0, 1.0, 0.0, 5.0], DRAWS // 4)
    return {
        "DE": _market("DE", 200.0, 2.0),
        "JP": _market("JP", 100.0, volatile),
        "NO": _market("NO", 5.0, 9.0),
    }


def _row(
    prospects, share: float = 0.1, *, worth: Worth | None = None, source: str = "DE", target: str = "JP"
):
    stated = {"mine": {"move": {"from_market": source, "to_market": target, "share": share}}}
    worths = dict.fromkeys(LABELS, worth or Worth(0.5, margin=0.5))
    return market_move_table(prospects, stated, worths, LABELS).iloc[0]


def test_the_total_stays_and_both_markets_change(prospects):
    row = _row(prospects)
    assert row["spend_change"] == pytest.approx(0.0)
    # 20 leave a return of 2 for one of 1 or 5
    assert row["outcome_change_q05"] == pytest.approx(-40 + 20)
    assert row["outcome_change_q95"] == pytest.approx(-40 + 100)
    assert row["p_loss"] == pytest.approx(0.5)
    assert row["cvar_10"] == pytest.approx(0.5 * -20)
    # Japan would spend 120 where 105 were seen
    assert row["share_outside_support"] == pytest.approx(15 / 300)
    assert row["market"] == "all"


def test_without_any_margin_the_chance_of_a_loss_is_that_of_less_outcome(prospects):
    assert _row(prospects, worth=Worth(None))["p_loss"] == pytest.approx(0.5)


def test_levels_add_up_over_both_markets(prospects):
    own = {
        c: Prospects(c, p.cells, p.noise, 13, baseline=np.full((DRAWS, 2), 100.0))
        for c, p in prospects.items()
    }
    assert _row(own)["outcome_mean"] == pytest.approx(400 + 2 * 180 + 3 * 120)
    assert np.isnan(_row(prospects)["outcome_mean"])


def test_a_market_that_is_too_small_or_missing_is_listed_with_the_reason(prospects):
    assert "Norway would have 5.0 times today's spend" in _row(prospects, target="NO")["reason"]
    missing = {c: p for c, p in prospects.items() if c != "JP"}
    row = _row(missing)
    assert row["reason"] == "Japan has no results in this run."
    assert not row["applicable"]
    empty = prospects | {"JP": Prospects("JP", [], np.zeros(DRAWS), 13)}
    assert _row(empty)["reason"] == "Japan spent nothing in the last year."


def test_the_reports_own_moves_are_between_the_two_largest(prospects):
    moves = default_market_moves(prospects, LABELS)
    assert list(moves) == ["10 % of Germany's budget to Japan", "10 % of Japan's budget to Germany"]


def test_one_market_has_no_moves(prospects):
    assert default_market_moves({"DE": prospects["DE"]}, LABELS) == {}
    assert market_move_table({}, {}, {}, {}).empty
