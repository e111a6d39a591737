"""Claimed costs beside the model's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.regional.chains import delivery_rows
from mmm_helpers.regional.incremental import compare_costs, compute_claimed, compute_headroom


@pytest.fixture
def effects() -> pd.DataFrame:
    rows = [
        {"region": region, "channel": channel, "spend": 1.0, "data_tier": "local", "cause_mark": "observational",
         "roas_mean": 2.0, "roas_q05": 1.0, "roas_q50": 2.0, "roas_q95": 4.0, "mroas_mean": 1.0,
         "cost_per_incremental_q05": 0.25 * dear, "cost_per_incremental_q50": 0.5 * dear,
         "cost_per_incremental_q95": 1.0 * dear}
        for region, dear in (("A", 1.0), ("B", 3.0))
        for channel in ("x", "y")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_what_stands_behind_a_claimed_conversion(small_panel, effects):
    table = compare_costs(delivery_rows(small_panel, channels=["x", "y"]), effects, base="A", region="B")
    assert table["base_cpa"].tolist() == [5.0, 5.0]
    assert table["region_cpa"].tolist() == [20.0, 20.0]
    # cost of a claim times what each unit of money brought
    assert table.loc[0, ["region_brought_q05", "region_brought_q50", "region_brought_q95"]].tolist() == [
        20,
        40,
        80,
    ]
    assert table["claimed_ratio"].tolist() == [4.0, 4.0]


def test_ratio_of_costs_and_its_range(small_panel, effects):
    row = compare_costs(delivery_rows(small_panel, channels=["x"]), effects, base="A", region="B").iloc[0]
    # each cost is known to a factor of two: their ratio to 2^√2
    wide = 2 ** np.sqrt(2)
    assert row[["ratio_q05", "ratio_q50", "ratio_q95"]].tolist() == pytest.approx([3 / wide, 3.0, 3 * wide])


def test_a_channel_without_a_return_is_left_out(small_panel, effects):
    rows = delivery_rows(small_panel, channels=["x", "y"])
    known = effects[~(effects["channel"].eq("y") & effects["region"].eq("B"))]
    assert compare_costs(rows, known, base="A", region="B")["channel"].tolist() == ["x"]


def test_headroom_is_weighted_by_spend(effects):
    effects.loc[effects["channel"].eq("y"), ["spend", "mroas_mean"]] = [3.0, 0.2]
    headroom = compute_headroom(effects, channels=["x", "y"])
    assert headroom["A"] == pytest.approx((1.0 + 3 * 0.2) / (4 * 2.0))


def test_claimed_costs_by_region_and_channel(small_panel):
    claimed = compute_claimed(delivery_rows(small_panel, channels=["x", "y"]), channels=["y"])
    assert claimed[["region", "channel", "cpa"]].to_numpy().tolist() == [["A", "y", 5.0], ["B", "y", 20.0]]
