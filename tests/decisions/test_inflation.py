"""Dearer media buy less at the same spend."""

import numpy as np
import pytest

from mmm_helpers.decisions.inflation import inflate, price_factors
from mmm_helpers.decisions.responses import GRID, Cell, response_at

LINEAR = Cell("R1", "tv", 100.0, 1.2, np.array([[150.0], [300.0]]) * GRID)


def test_prices_grow_from_the_middle_of_the_year_to_the_middle_of_the_horizon():
    # half a year back and, for a horizon of a year, half a year ahead: one year in all
    factors = price_factors(0.08, ["tv"], horizon=52, periods_per_year=52)
    assert factors["tv"] == pytest.approx(1.08)


def test_without_a_rate_nothing_changes():
    factors = price_factors(None, ["tv"], horizon=13, periods_per_year=52)
    assert factors == {"tv": 1.0}
    assert inflate([LINEAR], factors)[0] is LINEAR


def test_a_linear_response_falls_by_the_factor():
    dearer = inflate([LINEAR], {"tv": 1.25})[0]
    assert dearer.response == pytest.approx(LINEAR.response / 1.25)
    assert dearer.support == pytest.approx(1.5)
    assert dearer.spend == 100.0


def test_twice_the_price_and_twice_the_money_buy_the_same():
    curved = Cell("R1", "tv", 100.0, 1.2, np.sqrt(GRID)[None, :])
    dearer = inflate([curved], {"tv": 2.0})[0]
    assert response_at(dearer, 2.0) == pytest.approx(response_at(curved, 1.0))


def test_only_the_named_channel_gets_dearer():
    other = Cell("R1", "ooh", 100.0, 1.2, LINEAR.response)
    factors = price_factors({"tv": 0.5}, ["tv", "ooh"], horizon=52, periods_per_year=52)
    assert inflate([LINEAR, other], factors)[1] is other
