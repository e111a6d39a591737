"""Worth of outcomes: lifetime values, and changed prices."""

import numpy as np
import pytest

from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.decisions.worth import Worth


def _settings(kind: str = "revenue", **changes) -> dict:
    decisions = {"stated_margin": changes.pop("stated", None)}
    return {"outcome": {"kind": kind}, "decisions": {k: v for k, v in decisions.items() if v}} | changes


def test_the_specification_states_margin_and_worth():
    worth = Worth.of(_settings(margin=0.4, worth={"tv": 0.8}, stated=0.4))
    assert (worth.market, worth.channels, worth.margin, worth.is_revenue) == (0.4, {"tv": 0.8}, 0.4, True)


def test_an_older_specification_has_its_margin_only():
    assert Worth.of({"margin": 0.3}) == Worth(0.3, margin=0.3)


def test_cells_are_worth_their_channel_or_the_market():
    cells = [Cell("R1", c, 1.0, 1.0, np.zeros((1, len(GRID)))) for c in ("tv", "ooh")]
    assert Worth(0.4, {"tv": 0.8}).of_cells(cells).tolist() == [0.8, 0.4]
    assert np.isnan(Worth(None).of_cells(cells)).all()


def test_cells_are_weighed_by_what_their_customers_are_worth():
    cells = [Cell("R1", c, 1.0, 1.0, GRID[None, :]) for c in ("tv", "ooh")]
    tv, ooh = Worth(0.4, {"tv": 0.8, "ooh": 0.4}).weigh(cells)
    assert tv.response == pytest.approx(2 * GRID[None, :])
    assert ooh.response == pytest.approx(GRID[None, :])
    assert Worth(0.4).weigh(cells) == cells


def test_a_price_change_keeps_the_cost_of_a_sale():
    # a sale of 1 costs 0.6; at 1.2 it leaves half
    assert Worth(0.4, margin=0.4).after_price(0.2).market == pytest.approx(0.5)


def test_a_lifetime_value_multiplies_the_new_margin():
    worth = Worth(0.6, {"tv": 0.8}, margin=0.4).after_price(0.2)
    assert worth.market == pytest.approx(0.75)
    assert worth.channels["tv"] == pytest.approx(1.0)


def test_units_leave_the_change_of_price_more():
    # a unit counted as 50 that leaves 120; at 5 % more it leaves 2.50 more
    assert Worth(2.4, is_revenue=False).after_price(0.05).market == pytest.approx((120 + 2.5) / 50)


def test_an_unknown_margin_stays_unknown():
    assert Worth(None).after_price(0.1).market is None
