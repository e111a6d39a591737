"""Contexts around a plan, computed by hand on linear responses."""

import numpy as np
import pytest

from mmm_helpers.decisions.context import (
    NO_CHANGE,
    Context,
    controls_for,
    explain_context,
    make_context,
    outcome_under,
    profit_under,
)
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.decisions.worth import Worth

BASELINE = np.array([[400.0, 600.0], [500.0, 700.0]])
"""Two draws of two periods: 1000 and 1200 in all."""
RETURNS = np.array([2.0, 3.0])
PLAN = np.array([1.5])


def _prospects(horizon: int = 13, **future) -> Prospects:
    cell = Cell("R1", "tv", 100.0, 2.0, RETURNS[:, None] * 100.0 * GRID)
    stated = {"baseline": BASELINE, "unit_value": 10.0} | future
    return Prospects("XX", [cell], np.zeros(2), horizon, **stated)


def _controls(*names: str) -> dict:
    effects = {n: np.array([-300.0, -200.0]) * (i + 1) for i, n in enumerate(names)}
    return {"control_effects": effects, "control_steps": dict.fromkeys(names, 40.0)}


def test_as_expected_is_baseline_and_media():
    assert outcome_under(_prospects(), PLAN, NO_CHANGE).tolist() == [1000 + 300, 1200 + 450]
    assert outcome_under(_prospects(), None, NO_CHANGE).tolist() == [1200.0, 1500.0]


def test_demand_scales_the_baseline_and_leaves_media():
    around = make_context({"demand": -0.1}, _prospects())
    assert outcome_under(_prospects(), PLAN, around) == pytest.approx([900 + 300, 1080 + 450])


def test_media_may_work_worse():
    around = make_context({"media": -0.2}, _prospects())
    assert outcome_under(_prospects(), PLAN, around) == pytest.approx([1000 + 240, 1200 + 360])


def test_a_competitor_works_through_the_fitted_control():
    prospects = _prospects(**_controls("competitor_activity"))
    around = make_context({"competitor": 0.2}, prospects)
    assert outcome_under(prospects, None, around) == pytest.approx([1200 - 60, 1500 - 40])
    assert around.steps == pytest.approx(8.0)


def test_a_control_may_be_named():
    prospects = _prospects(**_controls("weather", "price"))
    around = make_context({"controls": {"weather": 0.1, "price": -0.1}}, prospects)
    assert around.shift == pytest.approx([-30 + 60, -20 + 40])


def test_a_cap_cuts_each_draw():
    around = make_context({"supply_cap": 1400}, _prospects())
    assert outcome_under(_prospects(), PLAN, around).tolist() == [1300.0, 1400.0]


def test_a_cap_of_units_is_worth_their_money():
    assert make_context({"supply_cap": 140}, _prospects(), is_revenue=False).cap == 1400.0


def test_a_cap_may_be_relative_to_what_is_expected():
    assert make_context({"supply": 1.1}, _prospects()).cap == pytest.approx(1.1 * 1350)


def test_profit_is_worth_times_outcome_less_spend():
    profit = profit_under(_prospects(), PLAN, NO_CHANGE, Worth(0.4, margin=0.4))
    assert profit == pytest.approx([0.4 * 1300 - 150, 0.4 * 1650 - 150])


def test_what_cannot_be_supplied_earns_nothing():
    around = Context(cap=1400.0)
    profit = profit_under(_prospects(), PLAN, around, Worth(0.4, margin=0.4))
    assert profit == pytest.approx([0.4 * 1300 - 150, 0.4 * 1400 - 150])


def test_a_lower_price_leaves_less_of_every_sale():
    prospects = _prospects(**_controls("price_index"))
    around = make_context({"price": -0.2}, prospects)
    profit = profit_under(prospects, None, around, Worth(0.4, margin=0.4))
    # a sale of 0.8 with costs of 0.6 leaves a quarter
    assert profit == pytest.approx([0.25 * (1200 + 60) - 100, 0.25 * (1500 + 40) - 100])


def test_a_price_of_competitors_is_not_the_price():
    prospects = _prospects(**_controls("price_index", "competitor_price"))
    assert controls_for("price", prospects) == ["price_index"]
    assert controls_for("competitor", prospects) == ["competitor_price"]


@pytest.mark.parametrize(
    ("stated", "controls", "words"),
    [
        ({"sentiment": -0.1}, (), "No fitted control is named after sentiment"),
        ({"price": 0.1}, ("price_a", "price_b"), "Several controls (price_a, price_b) could be"),
        ({"controls": {"launch": 0.1}}, ("price",), "The control launch never moved"),
    ],
)
def test_a_context_without_its_control_is_not_applicable(stated, controls, words):
    assert words in explain_context(stated, _prospects(**_controls(*controls)))


def test_a_horizon_beyond_known_controls_says_so():
    long, year = (_prospects(h, **_controls("price")) for h in (60, 52))
    assert "covers 60 periods" in explain_context({"price": -0.1}, long)
    assert explain_context({"price": -0.1}, year) == ""


def test_what_needs_no_control_goes_on_over_a_long_horizon():
    assert explain_context({"demand": -0.1}, _prospects(60)) == ""


def test_without_a_baseline_there_is_no_context():
    assert "not foreseen" in explain_context({"demand": -0.1}, _prospects(baseline=None))
