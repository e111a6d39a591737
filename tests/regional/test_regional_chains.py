"""What platforms report, and what a period or a channel must have to count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.regional.chains import (
    CHAINS,
    block_totals,
    delivery_rows,
    factor_values,
    shared_channels,
)


def test_only_the_last_year_counts(small_panel):
    older = small_panel.assign(date=small_panel["date"] - pd.Timedelta(weeks=52))
    rows = delivery_rows(pd.concat([older, small_panel]), channels=["x", "y"])
    assert rows["date"].min() == small_panel["date"].min()


def test_spend_is_converted_and_counts_are_not(small_panel):
    rows = delivery_rows(small_panel, channels=["x"], rate=0.5)
    one = rows[rows["region"] == "A"].iloc[0]
    assert (one["spend"], one["conversions"]) == (50.0, 20.0)


def test_a_period_with_an_unknown_count_is_left_out_whole(small_panel):
    small_panel.loc[0, "clicks_x"] = np.nan
    rows = delivery_rows(small_panel, channels=["x"])
    assert len(rows) == 103


def test_a_pause_without_numbers_is_no_unknown(small_panel):
    columns = [c for c in small_panel if c.endswith("_x")]
    small_panel.loc[:9, columns] = np.nan
    small_panel.loc[:9, "spend_x"] = 0.0
    rows = delivery_rows(small_panel, channels=["x"])
    assert len(rows) == 94


def test_a_channel_has_to_report_in_every_region(small_panel):
    small_panel.loc[small_panel["region"] == "B", "clicks_y"] = 0.0
    rows = delivery_rows(small_panel, channels=["x", "y"])
    assert shared_channels(rows) == ["x"]


def test_viewable_impressions_are_no_condition(small_panel):
    rows = delivery_rows(small_panel, channels=["x", "y"])
    assert shared_channels(rows, "impression") == ["x", "y"]
    blocks = block_totals(rows, regions=["A", "B"], channels=["x", "y"])
    seen = factor_values({n: v.sum(axis=0) for n, v in blocks.items()}, CHAINS["impression"])
    assert seen[0, :, 1].tolist() == [0.6, 1.0]


@pytest.mark.parametrize("chain", CHAINS)
def test_a_chain_multiplies_to_the_cost(small_panel, chain):
    rows = delivery_rows(small_panel, channels=["x", "y"])
    totals = {n: v.sum(axis=0) for n, v in block_totals(rows, regions=["A"], channels=["x", "y"]).items()}
    product = 1.0
    for factor, value in zip(
        CHAINS[chain], np.moveaxis(factor_values(totals, CHAINS[chain]), -1, 0), strict=True
    ):
        product = product * (value / factor.scale) ** factor.power
    np.testing.assert_allclose(product, 5.0, rtol=1e-12)


def test_blocks_hold_everything_once(small_panel):
    rows = delivery_rows(small_panel, channels=["x", "y"])
    blocks = block_totals(rows, regions=["A", "B"], channels=["x", "y"])
    assert blocks["spend"].shape == (13, 2, 2)
    assert blocks["spend"].sum() == rows["spend"].sum()


def test_without_conversions_there_are_no_rows(small_panel):
    bare = small_panel[[c for c in small_panel if not c.startswith("conversions")]]
    assert delivery_rows(bare, channels=["x"]).empty
