"""Units are converted in one place."""

import numpy as np
import pytest

from mmm_helpers.estimands.money import Money


def _money(kind: str, design) -> Money:
    return Money.of(design, {"budget_rate": 0.5, "outcome": {"kind": kind}})


def test_revenue_is_shown_in_the_reporting_currency(small_design):
    assert _money("revenue", small_design(2)).shown(np.array([10.0, 10.0])).tolist() == [5.0, 5.0]


def test_units_are_shown_as_they_are(small_design):
    design = small_design(2, value=np.array([3.0, 4.0]))
    assert _money("units", design).shown(np.array([10.0, 10.0])).tolist() == [10.0, 10.0]


def test_units_are_worth_their_value_at_the_budget_rate(small_design):
    design = small_design(2, value=np.array([3.0, 4.0]))
    assert _money("units", design).money(np.array([10.0, 10.0])).tolist() == [15.0, 20.0]


def test_spend_is_converted_at_the_budget_rate(small_design):
    assert _money("units", small_design(2)).spend(np.array([10.0])) == pytest.approx([5.0])
