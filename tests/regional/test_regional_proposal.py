"""The proposed test: what it moves, what it costs, and whether it would be seen."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.regional.marginal import Cell, doubted_channels
from mmm_helpers.regional.noise import imagined_error, longest_lasting, power
from mmm_helpers.regional.proposal import (
    NOWHERE,
    choose_receivers,
    compute_blended,
    compute_design,
    compute_proposal,
    find_enough,
)


def cell(
    region: str, spend: float, roas: float, mroas: float, *, channel: str = "x", wide: float = 0.0
) -> Cell:
    """A channel with a straight curve, so that every unit of money returns the marginal return."""
    line = np.array([0.0, 500.0, 1000.0])
    ends = (mroas, mroas - wide, mroas + wide)
    return Cell(region, channel, spend, (roas, roas, roas), ends, 150.0, line, line)


CELLS = [
    cell("B", 200.0, 2.0, 1.0),
    cell("A", 100.0, 3.0, 1.5),
    cell("C", 50.0, 4.0, 2.0),
    cell("D", 80.0, 1.0, 0.5),
]
COSTS = pd.DataFrame({"region": ["A", "B", "C"], "channel": "x", "cpa": [10.0, 20.0, 5.0]})


def exact(treated, controls, periods) -> float:
    return 1e-9


def test_blended_costs_by_hand():
    rows = compute_blended(CELLS, COSTS, dear="B", receiver="A").set_index("measure")
    # a fifth of B's 200 moves: B's response 400 − 40, its 10 conversions become 9; A's 300 + 60, its 10 become 12
    assert rows.loc["claimed", "now"] == pytest.approx(300 / 20)
    assert rows.loc["claimed", "after_mean"] == pytest.approx(300 / 21)
    assert rows.loc["claimed", "promised"] == pytest.approx(300 / (160 / 20 + 140 / 10))
    assert rows.loc["incremental", "now"] == pytest.approx(300 / 700)
    assert rows.loc["incremental", "after_mean"] == pytest.approx(300 / 720)


def test_interval_of_the_blended_cost_by_hand():
    cells = [cell("B", 200.0, 2.0, 1.0, wide=0.5), cell("A", 100.0, 3.0, 1.5)]
    row = compute_blended(cells, COSTS, dear="B", receiver="A").iloc[0]
    # B's step of −40 is uncertain by ± 0.5 × 40 in money, ± 10 × 20 / 400 in conversions
    assert [row["after_q05"], row["after_q95"]] == pytest.approx([300 / 21.5, 300 / 20.5])


def test_a_cut_leaves_the_money_out():
    row = compute_blended(CELLS, COSTS, dear="B", receiver=NOWHERE).set_index("measure").loc["claimed"]
    assert [row["now"], row["after_mean"]] == pytest.approx([200 / 10, 160 / 9])


def test_effects_of_a_design():
    design = compute_design(CELLS, dear="B", receiver="A", share=0.2, periods=13, lift_sd=exact)
    assert design["moved"] == pytest.approx(13 * 40)
    assert [design[f"{n}_mean"] for n in ("loss", "gain", "net")] == pytest.approx([-520.0, 780.0, 260.0])
    assert design["controls"] == "C|D"
    assert not design["beyond"]
    assert design["power"] == pytest.approx(1.0)


def test_net_range_holds_both_errors():
    cells = [cell("B", 200.0, 2.0, 1.0, wide=0.3), cell("A", 100.0, 3.0, 1.5, wide=0.4), CELLS[2]]
    design = compute_design(cells, dear="B", receiver="A", share=0.2, periods=1, lift_sd=exact)
    assert design["net_q95"] - design["net_mean"] == pytest.approx(40 * 0.5)


def test_spending_more_than_ever_is_marked():
    assert compute_design(CELLS, dear="B", receiver="A", share=0.3, periods=13, lift_sd=exact)["beyond"]


def test_only_channels_that_the_receiver_has_are_moved():
    cells = [*CELLS, cell("B", 1000.0, 2.0, 1.0, channel="y")]
    assert compute_design(cells, dear="B", receiver="A", share=0.2, periods=1, lift_sd=exact)["moved"] == 40.0
    assert (
        compute_design(cells, dear="B", receiver=NOWHERE, share=0.2, periods=1, lift_sd=exact)["moved"]
        == 240.0
    )


def test_power_is_that_of_the_harder_effect():
    error = {"B": 200.0, "A": 500.0}
    design = compute_design(
        CELLS, dear="B", receiver="A", share=0.2, periods=13, lift_sd=lambda t, c, p: error[t[0]]
    )
    normal = NormalDist()
    sees = [
        normal.cdf(x / sd - normal.inv_cdf(0.95)) + normal.cdf(-x / sd - normal.inv_cdf(0.95))
        for x, sd in ((520, 200), (780, 500))
    ]
    assert [design["power_loss"], design["power_gain"]] == pytest.approx(sees)
    assert design["power"] == pytest.approx(min(sees))


def test_smallest_test_that_is_large_enough():
    # the error grows with the root of the length: loss of 1 and gain of 1.5 for each unit moved
    found = find_enough(CELLS, dear="B", receiver="A", quarter=13, lift_sd=lambda t, c, p: 100.0 * np.sqrt(p))
    tried = [
        (share * 200 * 13 * q, 13 * q)
        for share in (0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
        for q in (1, 2, 3, 4)
        if power(share * 200 * 13 * q, 100.0 * np.sqrt(13 * q)) >= 0.8
    ]
    assert (found["moved"], found["periods"]) == pytest.approx(min(tried))


def test_none_is_large_enough_in_noise():
    assert find_enough(CELLS, dear="B", receiver="A", quarter=13, lift_sd=lambda t, c, p: 1e9) is None


def test_unknown_errors_are_no_power():
    design = compute_design(
        CELLS, dear="B", receiver="A", share=0.2, periods=13, lift_sd=lambda t, c, p: float("nan")
    )
    assert np.isnan(design["power"])


def test_receivers_leave_a_region_untouched():
    assert choose_receivers(CELLS, dear="B", cheap="A") == ["C", "A"]
    assert choose_receivers(CELLS[:2], dear="B", cheap="A") == [NOWHERE]
    assert choose_receivers(CELLS[:1], dear="B", cheap="A") == []
    assert choose_receivers(CELLS[1:], dear="B", cheap="A") == []


def test_proposal_has_a_row_a_receiver():
    table = compute_proposal(CELLS, dear="B", receivers=["C", "A"], quarter=13, lift_sd=exact)
    assert table["receiver"].tolist() == ["C", "A"]
    assert (table["periods"] == 13).all()


def test_channels_that_no_series_can_tell_are_named():
    table = pd.DataFrame(
        {
            "channel": ["x", "y", "z", "y"],
            "reason": ["", FOLLOWS, "mostly prior", np.nan],
        }
    )
    assert doubted_channels(table) == ["y"]


SETTINGS = {"l_max": 4, "channels": {"x": {"l_max": 3}, "y": {}}}


def noisy_panel(sd: float, *, weeks: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    dates = pd.date_range("2023-01-02", periods=weeks, freq="7D")
    parts = [
        pd.DataFrame({"region": r, "date": dates, "outcome": 1000 + rng.normal(0, sd, weeks)}) for r in "ABCD"
    ]
    return pd.concat(parts, ignore_index=True)


def test_error_of_an_imagined_test_is_above_its_closed_form():
    # 13 weeks and 3 of cool-down of one region against the mean of three, were there no trend and season to be told
    error = imagined_error(noisy_panel(10.0), SETTINGS, channel="y")(["A"], ["B", "C", "D"], 13)
    least = 10.0 * np.sqrt((1 + 1 / 3) * 16 * (1 + 16 / 104))
    assert 0.9 * least < error < 2 * least


def test_error_of_an_imagined_test_grows_with_the_noise():
    errors = [
        imagined_error(noisy_panel(sd), SETTINGS, channel="y")(["A"], ["B", "C"], 13) for sd in (10.0, 30.0)
    ]
    assert errors[1] == pytest.approx(3 * errors[0], rel=0.02)


def test_a_short_history_has_no_error():
    assert np.isnan(imagined_error(noisy_panel(10.0, weeks=15), SETTINGS, channel="y")(["A"], ["B"], 13))


def test_the_longest_carry_over_sets_the_cooldown():
    assert longest_lasting(SETTINGS, ["x", "y"]) == "y"
