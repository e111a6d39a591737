"""Explanations of a gap: what the simulator plants is found, and nothing is claimed that cannot be told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.regional.chains import delivery_rows
from mmm_helpers.regional.divisia import ALL, GAP, compute_costs, compute_gap
from mmm_helpers.regional.drivers import driver_levels, driver_rows
from mmm_helpers.regional.hypotheses import compute_hypotheses, estimate_slopes

CONTROLS = ["control_demand_index", "control_promotion", "control_launch"]
PLANTED = ["competition", "saturation", "purchase_cycle"]


def look(panel: pd.DataFrame):
    """Rows, driver cells, the gap and its explanations."""
    rows = delivery_rows(panel, channels=[c[6:] for c in panel if c.startswith("spend_")])
    cheap, dear = compute_costs(rows)["region"].iloc[[0, -1]]
    cells = driver_rows(rows, panel=panel, controls=CONTROLS)
    gap = compute_gap(rows, chain="impression", base=cheap, region=dear)
    return cells, gap, compute_hypotheses(rows, cells, gap, controls=CONTROLS)


def planted(world, cells: pd.DataFrame, base: str, region: str) -> dict[str, float]:
    """Log points that each cause truly adds to the cost per conversion (`simulation.metrics`)."""
    of = {r.name: r for r in world.recipe.regions}
    one, other = of[base], of[region]
    frequency = cells.groupby("region")["frequency"].mean()
    return {
        "competition": 0.5 * (other.competitive_density - one.competitive_density),
        "saturation": 0.5 * (frequency[region] - frequency[base]),
        "purchase_cycle": 0.4 * np.log(other.purchase_cycle_days / one.purchase_cycle_days),
    }


@pytest.mark.parametrize(("code", "seed"), [("DE", 7), ("DE", 11), ("US", 7), ("US", 3), ("JP", 7)])
def test_what_was_planted_is_ranked_as_planted(reported, code, seed):
    world, panel = reported(code, seed)
    cells, gap, found = look(panel)
    truth = planted(world, cells, *gap[["base", "region"]].iloc[0])
    rows = found[found["hypothesis"].isin(PLANTED)]
    assert list(rows.sort_values("part_mean", ascending=False)["hypothesis"]) == sorted(
        truth, key=truth.get, reverse=True
    )
    # log points per driver: the elasticity times the difference
    estimate = {r.hypothesis: r.slope * r.difference for r in rows.itertuples()}
    estimate["saturation"], estimate["purchase_cycle"] = -estimate["saturation"], -estimate["purchase_cycle"]
    for name, value in truth.items():
        assert estimate[name] == pytest.approx(value, abs=0.05), name


def test_elasticities_are_the_simulators(reported):
    _, panel = reported("US", 7)
    slopes = estimate_slopes(look(panel)[0], controls=CONTROLS)
    # CPM e^0.5 per unit of density, which moves the mean of two log-odds by (2.6 + 3.0) / 2
    assert slopes["pressure"][0] == pytest.approx(0.5 / 2.8, rel=0.1)
    assert slopes["frequency"][0] == pytest.approx(-0.5, abs=0.1)
    assert slopes["days"][0] == pytest.approx(-0.4, abs=0.1)


def test_parts_add_up_to_the_gap(reported):
    _, panel = reported("DE", 7)
    _, gap, found = look(panel)
    whole = gap[gap["factor"].eq(GAP) & gap["channel"].eq(ALL)]["part_mean"].item()
    assert found["part_mean"].sum() == pytest.approx(whole)
    assert found["hypothesis"].iloc[-1] == "rest"


def test_sorted_by_what_is_explained_at_least(reported):
    _, panel = reported("US", 7)
    found = look(panel)[2]
    assert found["part_q05"].iloc[:-1].is_monotonic_decreasing


def test_verdicts_follow_the_intervals(reported):
    _, panel = reported("DE", 7)
    found = look(panel)[2].set_index("hypothesis")
    assert found.loc["competition", "verdict"] == "supported"
    assert found.loc["purchase_cycle", "verdict"] == "works against"
    assert found.loc["media_cost", "verdict"] == "open"


def test_two_regions_do_not_explain_each_other(reported):
    _, panel = reported("NO", 7)
    found = look(panel)[2].set_index("hypothesis")
    assert found.loc[["competition", "purchase_cycle"], "verdict"].tolist() == ["open", "open"]
    assert found.loc["competition", "part_q05"] < 0 < found.loc["competition", "part_q95"]


def test_without_overlap_the_impression_share_speaks_for_competition(reported):
    _, panel = reported("US", 7)
    bare = panel[[c for c in panel if not c.startswith("auction_overlap")]]
    found = look(bare)[2].set_index("hypothesis")
    assert found.loc["competition", "verdict"] == "supported"


def test_what_nobody_reports_is_not_known(reported):
    _, panel = reported("DE", 7)
    hidden = ("auction_overlap", "impression_share", "reach", "click_to_order_days")
    bare = panel[[c for c in panel if not c.startswith(hidden)]]
    found = look(bare)[2].set_index("hypothesis")
    assert found.loc[PLANTED, "verdict"].tolist() == ["not known"] * 3
    assert found.loc["media_cost", "part_mean"] > 0


def test_levels_are_in_plain_units(small_panel):
    rows = delivery_rows(small_panel, channels=["x", "y"])
    levels = driver_levels(rows)
    assert levels.loc["A", ["cpm", "frequency"]].tolist() == [10.0, 2.0]
    assert levels["impression_share"].isna().all()
