"""Saturation points and the share to test and learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.regional.marginal import Cell, read_cells
from mmm_helpers.regional.tiers import (
    compute_moves,
    compute_penetration,
    compute_saturation,
    last_crossing,
    read_tiers,
)


def cell(region: str, spend: float, mroas: tuple[float, float, float], *, channel: str = "x") -> Cell:
    """A square-root curve: the marginal return falls with the root of spend."""
    grid = np.linspace(0.0, 2.0 * spend, 401)
    return Cell(region, channel, spend, tuple(2 * m for m in mroas), mroas, 2 * spend, grid, np.sqrt(grid))


TIERS = {"Metro": 1, "City": 2}


def test_saturation_point_in_closed_form():
    # mROAS ∝ spend^−1/2: it equals break-even at (mROAS today / break-even)² of today's spend
    cells = [cell("Metro", 100.0, (1.5, 1.2, 1.8))]
    row = compute_saturation(cells, tiers=TIERS, break_even=2.0).iloc[0]
    found = row[["multiple_mean", "multiple_q05", "multiple_q95"]].tolist()
    assert found == pytest.approx([(m / 2.0) ** 2 for m in (1.5, 1.2, 1.8)], rel=0.02)


def test_beyond_twice_todays_spend_there_is_none():
    row = compute_saturation([cell("City", 100.0, (4.0, 1.0, 5.0))], tiers=TIERS, break_even=2.0).iloc[0]
    assert np.isnan(row["multiple_mean"])
    assert row["multiple_q05"] == pytest.approx(0.25, rel=0.02)
    assert row["beyond_support"]


def test_an_s_shaped_curve_counts_where_it_falls_for_good():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    assert last_crossing(x, np.array([1.0, 3.0, 3.0, 1.0]), 2.0) == 2.5
    assert last_crossing(x, np.full(4, 1.0), 2.0) == 0.0


def test_regions_of_a_tier_move_together():
    cells = [cell("Metro", 100.0, (1.5, 1.2, 1.8)), cell("City", 300.0, (1.5, 1.2, 1.8))]
    one = compute_saturation(cells, tiers={"Metro": 1, "City": 1}, break_even=2.0).iloc[0]
    assert one["spend"] == 400.0
    assert one["multiple_mean"] == pytest.approx(0.5625, rel=0.02)


def test_a_surely_better_city_gets_a_tenth():
    cells = [cell("Metro", 300.0, (1.0, 0.9, 1.1)), cell("City", 100.0, (2.0, 1.9, 2.1))]
    points = compute_saturation(cells, tiers=TIERS, break_even=2.5)
    move = compute_moves(cells, tiers=TIERS, saturation=points).iloc[0]
    assert [move["amount"], move["share"]] == pytest.approx([40.0, 0.1])
    assert move["p_more"] > 0.99
    # the root curve: 2 × 2 × 100 × (√1.4 − 1) gained, 2 × 300 × (1 − √(260 / 300)) lost
    expected = 400 * (np.sqrt(1.4) - 1) - 600 * (1 - np.sqrt(260 / 300))
    assert move["change_mean"] == pytest.approx(expected, rel=0.01)


def test_an_open_question_gets_a_twentieth():
    cells = [cell("Metro", 300.0, (1.0, 0.2, 1.8)), cell("City", 100.0, (1.4, 0.5, 2.3))]
    points = compute_saturation(cells, tiers=TIERS, break_even=2.5)
    assert compute_moves(cells, tiers=TIERS, saturation=points)["share"].tolist() == pytest.approx([0.05])


@pytest.mark.parametrize(("metro", "city"), [(1.5, 1.0), (3.0, 4.0)])
def test_nothing_moves_to_where_less_returns_or_from_what_still_pays(metro, city):
    cells = [cell("Metro", 300.0, (metro,) * 3), cell("City", 100.0, (city,) * 3)]
    points = compute_saturation(cells, tiers=TIERS, break_even=2.0)
    assert compute_moves(cells, tiers=TIERS, saturation=points).empty


def test_one_tier_has_nowhere_to_move_to():
    cells = [cell("Metro", 300.0, (1.0, 0.9, 1.1))]
    points = compute_saturation(cells, tiers={"Metro": 1}, break_even=2.0)
    assert compute_moves(cells, tiers={"Metro": 1}, saturation=points).empty


def test_penetration_is_spend_per_head():
    cells = [cell("Metro", 300.0, (1.0, 0.9, 1.1)), cell("City", 100.0, (2.0, 1.9, 2.1))]
    known = {"Metro": {"population": 100.0}, "City": {"population": 400.0}}
    table = compute_penetration(cells, tiers=TIERS, regions=known)
    assert table["per_head"].tolist() == [3.0, 0.25]


def test_tiers_have_to_be_known_for_all():
    assert read_tiers({"A": {"city_tier": 2.0}, "B": {"population": 1.0}}) == {}


def test_cells_need_spend_and_a_return():
    curve = {"spend": [0.0, 1.0, 2.0], "response_mean": [0.0, 2.0, 3.0], "support_q95": 2.0}
    curves = pd.concat(
        [
            pd.DataFrame({"region": r, "channel": "x", "current_spend": s} | curve)
            for r, s in (("A", 1.0), ("B", 0.0), ("C", 1.0))
        ]
    )
    known = {f"{n}_{q}": 1.0 for n in ("roas", "mroas") for q in ("mean", "q05", "q95")}
    rows = [{"region": r, "channel": "x"} | known for r in "AB"] + [
        {"region": "C", "channel": "x"} | dict.fromkeys(known, np.nan)
    ]
    assert [c.region for c in read_cells(pd.DataFrame(rows), curves, channels=["x"])] == ["A"]
    assert read_cells(pd.DataFrame(rows), curves, channels=["y"]) == []
