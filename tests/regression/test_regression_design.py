"""Columns of the single-region regression."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.regression import design


@pytest.fixture
def panel() -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", periods=104, freq="7D")
    rows = pd.DataFrame({"region": np.repeat(["a", "b"], 104), "date": np.tile(dates, 2), "outcome": 1.0})
    rows["spend_tv"] = np.tile(np.arange(104.0), 2)
    rows["spend_ooh"] = 0.0
    rows["control_price"] = np.tile(np.arange(104.0), 2)
    rows["control_launch"] = 0.0
    rows.loc[rows["region"] == "b", "outcome"] = 2.0
    return rows


def test_carry_over_conserves_spend():
    spend = np.r_[np.array([5.0, 0.0, 3.0]), np.zeros(8)]
    assert design.adstock(spend, 0.6, l_max=8).sum() == pytest.approx(8.0)


def test_carry_over_falls_by_the_retention():
    effect = design.adstock(np.array([1.0, 0.0, 0.0, 0.0]), 0.5, l_max=4)
    assert effect[1:] / effect[:-1] == pytest.approx([0.5, 0.5, 0.5])


def test_without_retention_nothing_carries_over():
    assert design.adstock(np.array([1.0, 2.0]), 0.0).tolist() == [1.0, 2.0]


def test_unknown_spend_stays_unknown_as_long_as_it_carries():
    effect = design.adstock(np.array([np.nan, 1.0, 1.0, 1.0]), 0.5, l_max=3)
    assert np.isnan(effect).tolist() == [True, True, True, False]


def test_largest_region(panel):
    assert design.largest_region(panel) == "b"


def test_channel_that_never_moves_is_left_out(panel):
    labels = {"tv": "TV", "ooh": "Out-of-home"}
    assert design.paid_channels(panel, labels=labels, region="a") == ["tv"]


def test_control_that_never_moves_is_left_out(panel):
    data = design.build_regression_data(panel, region="a", channels=["tv"])
    assert "control_launch" not in data.others
    assert data.others["control_price"].std() == pytest.approx(1.0)


def test_short_history_gets_no_yearly_wave(panel):
    data = design.build_regression_data(panel[panel["date"] < "2024-10-01"], region="a", channels=["tv"])
    assert not [c for c in data.others if c.startswith("season")]


def test_unknown_region_is_refused_by_name(panel):
    with pytest.raises(ValueError, match=r"must be one of a, b\. Got 'c' instead"):
        design.build_regression_data(panel, region="c", channels=["tv"])
