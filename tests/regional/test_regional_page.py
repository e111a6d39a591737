"""The page's sentences, tables and charts: from frames, without a missing number, and why not where there are none."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.regional import (
    plots,
    words,
    words_hypotheses,
    words_incremental,
    words_proposal,
    words_tiers,
)
from mmm_helpers.regional.chains import CHAINS, delivery_rows
from mmm_helpers.regional.divisia import compute_costs, compute_gap
from mmm_helpers.regional.drivers import driver_levels, driver_rows
from mmm_helpers.regional.hypotheses import compute_hypotheses
from mmm_helpers.regional.incremental import compute_claimed
from mmm_helpers.regional.proposal import NOWHERE

LABELS = {"x": "Ex", "y": "Why"}


@pytest.fixture
def rows(small_panel):
    return delivery_rows(small_panel, channels=["x", "y"])


@pytest.fixture
def market(reported):
    """Germany of the simulator: rows, costs, gap, driver levels and explanations."""
    _, panel = reported("DE", 7)
    rows = delivery_rows(panel, channels=[c[6:] for c in panel if c.startswith("spend_")])
    costs = compute_costs(rows)
    cheap, dear = costs["region"].iloc[[0, -1]]
    gap = compute_gap(rows, chain="impression", base=cheap, region=dear)
    cells = driver_rows(rows)
    return rows, costs, gap, driver_levels(rows), compute_hypotheses(rows, cells, gap)


def clean(text: str) -> bool:
    return not any(bad in text for bad in ("nan", "None", "inf ", "  "))


def test_finding_names_both_regions_and_the_largest_part(rows):
    costs = compute_costs(rows)
    gap = compute_gap(rows, chain="impression", base="A", region="B")
    text = words.describe_gap(costs, gap, currency="EUR")
    assert text.startswith("By the platforms' count a conversion costs **€20.0 (20.0–20.0) in B**")
    assert "gap of **+€15.0" in text


def test_a_gap_that_may_be_chance_is_said_to_be(rows):
    costs, gap = compute_costs(rows), compute_gap(rows, chain="impression", base="A", region="B")
    gap.loc[gap["factor"] == "gap", ["part_q05", "part_q95"]] = [-1.0, 31.0]
    text = words.describe_gap(costs, gap, currency="EUR")
    assert "no more than they do by chance" in text
    assert "largest part" not in text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda p: p[p["region"] == "A"], "one region"),
        (lambda p: p[[c for c in p if not c.startswith("conversions")]], "No platform reports conversions"),
        (lambda p: p.assign(clicks_x=0.0, clicks_y=0.0), "No channel reports clicks and conversions"),
    ],
)
def test_obstacles_say_what_is_missing(small_panel, change, expected):
    panel = change(small_panel)
    rows = delivery_rows(panel, channels=["x", "y"])
    assert expected in words.find_obstacle(panel, compute_costs(rows))


def test_no_obstacle_where_regions_can_be_compared(small_panel, rows):
    assert words.find_obstacle(small_panel, compute_costs(rows)) == ""


def test_market_without_any_report_leads_to_empty_frames(small_panel):
    bare = small_panel[["market", "region", "date", "outcome", "spend_x"]]
    rows = delivery_rows(bare, channels=["x"])
    assert compute_costs(rows).empty
    assert driver_levels(rows).empty


def test_words_of_a_market_are_clean(market):
    rows, costs, gap, levels, found = market
    cheap, dear = costs["region"].iloc[[0, -1]]
    texts = [
        words.describe_gap(costs, gap, currency="EUR"),
        words.describe_chain(gap, labels={}, currency="EUR"),
        words_hypotheses.describe_hypotheses(found, region=dear, regions=4, currency="EUR"),
        words.describe_window(rows),
        plots.describe_costs(costs, currency="EUR"),
        plots.describe_hypothesis_chart(found, currency="EUR"),
    ]
    assert all(clean(text) for text in texts)
    tables = [
        words.tabulate_regions(costs, levels, currency="EUR"),
        words.tabulate_parts(gap, labels={}, currency="EUR"),
        words_hypotheses.tabulate_hypotheses(
            found,
            levels,
            base=cheap,
            region=dear,
            currency="EUR",
            headroom=pd.Series({cheap: 0.5, dear: 0.4}),
        ),
    ]
    assert all(clean(str(cell)) for table in tables for cell in table.to_numpy().ravel())


def test_explanations_that_nobody_reports_are_named(market):
    found = market[4].copy()
    found.loc[found["hypothesis"] == "saturation", ["part_mean", "part_q05", "part_q95", "p_value"]] = np.nan
    found.loc[found["hypothesis"] == "saturation", "verdict"] = "not known"
    text = words_hypotheses.describe_hypotheses(found, region="West", regions=4, currency="EUR")
    assert "nothing is known of audience saturation" in text
    assert clean(text)


def test_two_regions_are_warned_about(market):
    assert "With two regions" in words_hypotheses.describe_hypotheses(
        market[4], region="West", regions=2, currency="EUR"
    )


def test_left_out_channels_are_named():
    text = words.describe_left_out(["x"], labels=LABELS, paid=["x", "y"])
    assert text.startswith("Compared are Ex. Why does not report")
    assert words.describe_left_out(["x"], labels=LABELS, paid=["x"]) == ""


def test_charts_have_a_row_each(market):
    rows, costs, gap, _, found = market
    claimed = compute_claimed(rows, channels=list(gap["channel"].unique()))
    levels = plots.gap_levels(gap, claimed)
    cpa = costs.set_index("region")["cpa_mean"]
    assert levels == pytest.approx({r: cpa[r] for r in levels})
    axes = [
        plots.plot_costs(costs, currency="EUR"),
        plots.plot_gap(gap, levels, currency="EUR"),
        plots.plot_hypotheses(found, region="West", currency="EUR"),
    ]
    steps = [len(ax.get_yticks()) for ax in axes]
    assert steps == [4, len(CHAINS["impression"]) + 3, len(found)]
    plt.close("all")


def test_steps_of_the_chart_lead_from_one_cost_to_the_other(market):
    rows, _, gap, _, _ = market
    levels = plots.gap_levels(gap, compute_claimed(rows, channels=list(gap["channel"].unique())))
    ax = plots.plot_gap(gap, levels, currency="EUR")
    bars = [p for p in ax.patches if p.get_width() != 0]
    start = min(levels.values())
    for bar in bars:
        assert bar.get_x() == pytest.approx(start)
        start += bar.get_width()
    assert start == pytest.approx(max(levels.values()))
    plt.close("all")


DESIGN = {
    "receiver": "A", "share": 0.2, "periods": 13, "controls": "C|D", "moved": 520.0, "power": 0.4, "power_loss": 0.4,
    "power_gain": 0.6, "beyond": False,
    **{f"{n}_{s}": v for n, vs in (("loss", (-500, -600, -400)), ("gain", (700, 500, 900)), ("net", (200, -20, 420)))
       for s, v in zip(("mean", "q05", "q95"), vs, strict=True)},
}  # fmt: skip
BLENDED = pd.DataFrame(
    {
        "measure": ["claimed", "incremental"],
        "now": [15.0, 0.43],
        "after_mean": [14.3, 0.42],
        "after_q05": [14.0, 0.4],
        "after_q95": [14.6, 0.45],
        "promised": [13.6, np.nan],
    }
)
HOW = {"dear": "B", "currency": "EUR", "unit": "week"}


def test_proposal_says_what_to_do_what_to_expect_and_what_it_costs():
    text = words_proposal.describe_proposal(DESIGN, BLENDED, margin=0.5, **HOW)
    assert (
        "move 20 % of B's spend on these channels, €520 over 13 weeks, to A; leave C and D untouched" in text
    )
    assert "**€14.3 (14.0–14.6)** (now €15.0; the platforms' own averages promise €13.6)" in text
    assert "changes profit by +€100 (−10 to +210)" in text
    assert clean(text)


def test_a_cut_names_no_receiver_and_saves_its_spend():
    cut = (
        DESIGN
        | {"receiver": NOWHERE, "power_gain": np.nan}
        | {f"net_{s}": -500.0 for s in ("mean", "q05", "q95")}
    )
    text = words_proposal.describe_proposal(cut, BLENDED, margin=0.5, **HOW)
    assert "cut 20 % of B's spend" in text
    assert "changes profit by +€270" in text
    assert clean(text)


@pytest.mark.parametrize(
    ("design", "enough", "expected"),
    [
        (DESIGN | {"power": 0.9}, {}, "large enough"),
        (DESIGN | {"power": np.nan}, {}, "not known"),
        (DESIGN, {"A": DESIGN | {"share": 0.5}}, "For 80 % it takes **50 % of the spend for 13 weeks**"),
        (
            DESIGN,
            {"A": None, NOWHERE: DESIGN | {"share": 0.75}},
            "does with **75 % of the spend for 13 weeks**",
        ),
        (DESIGN, {"A": None}, "more regions would have to be tested at once"),
    ],
)
def test_power_is_said_with_what_would_be_enough(design, enough, expected):
    text = words_proposal.describe_power(design, {NOWHERE: None} | enough, **HOW)
    assert expected in text
    assert clean(text)


def test_designs_stand_side_by_side():
    table = words_proposal.tabulate_proposal(
        pd.DataFrame([DESIGN]), {"A": DESIGN | {"power": 0.8}, NOWHERE: None}, currency="EUR", unit="week"
    )
    assert table["Power"].tolist() == ["40 %", "80 %"]


POINTS = pd.DataFrame(
    {
        "channel": ["x", "x"], "tier": [1, 2], "spend": [100.0, 50.0], "beyond_support": False,
        "mroas_mean": [1.0, 3.0], "mroas_q05": [0.5, 2.0], "mroas_q95": [1.5, 4.0],
        "multiple_mean": [0.4, np.nan], "multiple_q05": [0.0, 1.2], "multiple_q95": [0.9, np.nan],
    }
)  # fmt: skip
PEOPLE = pd.DataFrame(
    {"tier": [1, 2], "regions": [["A"], ["B"]], "population": [10.0, np.nan], "spend": [100.0, 50.0],
     "per_head": [10.0, np.nan]}
)  # fmt: skip
MOVES = pd.DataFrame(
    {"channel": ["x"], "budget": [150.0], "amount": [15.0], "share": [0.1], "p_more": [0.9], "change_mean": [20.0],
     "change_q05": [-5.0], "change_q95": [45.0]}
)  # fmt: skip


def test_saturation_in_words():
    text = words_tiers.describe_saturation(POINTS, PEOPLE, currency="EUR", break_even=2.0)
    assert (
        "**1 of 1** channels in tier 1 (A; 1 surely) and **0 of 1** channels in tier 2 (B; 0 surely)" in text
    )
    table = words_tiers.tabulate_saturation(POINTS, labels=LABELS, currency="EUR")
    assert table["of today's spend (90 %)"].tolist() == ["40 % (0–90)", "over 200 % (120–over 200)"]
    assert words_tiers.tabulate_penetration(PEOPLE, currency="EUR")["People"].tolist() == ["10", "–"]


def test_moves_in_words():
    how = {"labels": LABELS, "currency": "EUR", "unit": "week"}
    text = words_tiers.describe_moves(MOVES, POINTS, **how)
    assert "Ex: €15 a week, 10 % of its budget; +€20.0 (−5.0 to +45.0) of outcome a week, 90 % chance" in text
    assert "nothing is to be moved" in words_tiers.describe_moves(MOVES.head(0), POINTS, **how)
    assert "one tier" in words_tiers.describe_moves(MOVES.head(0), POINTS.head(1), **how)
    assert words_tiers.describe_kept(POINTS, ["x"], labels=LABELS).startswith("Ex stays as it is")


@pytest.mark.parametrize(
    ("tiers", "break_even", "withheld", "expected"),
    [
        ({}, 2.0, "", "city_tier"),
        ({"A": 1}, None, "", "margin"),
        ({"A": 1}, 2.0, "No recommendation: this run is a preview.", "preview"),
        ({"A": 1}, 2.0, "", ""),
    ],
)
def test_why_there_are_no_saturation_points(tiers, break_even, withheld, expected):
    text = words_tiers.explain_no_tiers(tiers, break_even=break_even, withheld=withheld)
    assert expected in text
    assert bool(text) == bool(expected)


def test_chart_of_saturation_has_a_panel_a_channel():
    grid = plots.plot_saturation(POINTS, labels=LABELS, colors={"x": "#0072B2"})
    assert [ax.get_title(loc="left") for ax in grid] == ["Ex"]
    assert "beyond twice" in plots.describe_saturation_chart(POINTS, labels=LABELS)
    plt.close("all")


def test_incremental_in_words():
    side = {"cpa": 10.0, **{f"cost_{q}": 0.5 for q in ("q05", "q50", "q95")}}
    side |= {"brought_q05": 10.0, "brought_q50": 20.0, "brought_q95": 30.0}
    row = {"channel": "x", "claimed_ratio": 2.0, "ratio_q05": 1.2, "ratio_q50": 1.5, "ratio_q95": 1.9}
    row |= {"data_tier": "local", "cause_mark": "tested"}
    row |= {f"{name}_{k}": v for name in ("base", "region") for k, v in side.items()}
    table = pd.DataFrame([row])
    how = {"base": "A", "region": "B", "labels": LABELS, "currency": "EUR"}
    text = words_incremental.describe_incremental(table, **how)
    assert "1 of 1 channel costs more in B than in A" in text
    assert "1 surely costs more, none surely less, and none could be either" in text
    assert "stands €20.0 (10.0–30.0) (Ex)" in text
    assert words_incremental.tabulate_incremental(table, **how)["evidence"].tolist() == ["local|tested"]
    assert "stand alone" in words_incremental.describe_incremental(table.head(0), **how)
