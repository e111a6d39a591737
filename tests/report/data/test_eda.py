"""Sentences and tables of the first look at a market's data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.inputs.spec_model import Outcome
from mmm_helpers.report.data import eda

LABELS = {"tv": "TV", "social": "Paid social", "ooh": "Out-of-home"}


@pytest.fixture
def panel() -> pd.DataFrame:
    """Two years of weeks, one region; the second year has twice the outcome and half the spend."""
    dates = pd.date_range("2024-01-01", periods=104, freq="7D")
    year = np.repeat([1.0, 2.0], 52)
    return pd.DataFrame(
        {
            "region": "all",
            "date": dates,
            "outcome": 100 * year,
            "spend_tv": 60 / year,
            "spend_social": 20 / year,
        }
    )


@pytest.fixture
def status() -> pd.DataFrame:
    rows = [("tv", "active", "2024-01-01"), ("social", "active", "2024-01-01"), ("ooh", "absent", None)]
    return pd.DataFrame(rows, columns=["channel", "status", "first_date"]).assign(region="all")


def test_panel_sentence_compares_with_the_year_before(panel):
    text = eda.describe_panel(panel, label="Ireland", currency="EUR")
    assert "**104 weeks** of data in **1 region**" in text
    assert "**€10.4 k**" in text
    assert "+100 % and −50 % on the year before" in text


def test_spend_before_the_first_outcome_does_not_count_as_data(panel):
    panel.loc[panel.index[:8], "outcome"] = float("nan")
    assert "**96 weeks** of data" in eda.describe_panel(panel, label="Ireland", currency="EUR")


def test_short_panel_says_that_there_is_nothing_to_compare(panel):
    text = eda.describe_panel(panel.iloc[-40:], label="Portugal", currency="EUR")
    assert "The last 40 weeks" in text
    assert "no whole year before" in text


def test_channel_summary_shares_add_up(panel, status):
    summary = eda.compute_channel_summary(panel, status, labels=LABELS).set_index("channel")
    assert summary["share_of_spend"].dropna().tolist() == [0.75, 0.25]
    assert summary.loc["Out-of-home", "status"] == "absent"


def test_absent_channel_is_named(panel, status):
    text = eda.describe_channels(eda.compute_channel_summary(panel, status, labels=LABELS))
    assert text == "Most of the last year's spend went to TV (75 %) and Paid social (25 %). " + (
        "Out-of-home was never used here."
    )


def test_units_become_money(panel):
    outcome = Outcome(column="orders", kind="units", value_per_unit=3.0)
    assert eda.money_panel(panel, outcome)["outcome"].iloc[0] == 300.0


@pytest.mark.parametrize(
    ("value", "words"), [(0.9, "hardly tell"), (0.6, "widen their ranges"), (0.1, "can tell them apart")]
)
def test_correlation_sentence_says_what_it_means(value, words):
    names = ["Outcome", "TV", "Paid social"]
    table = pd.DataFrame(np.eye(3), index=names, columns=names)
    table.loc["TV", "Paid social"] = table.loc["Paid social", "TV"] = value
    text = eda.describe_correlation(table)
    assert "**TV and Paid social**" in text
    assert words in text


def test_quality_sentence_names_what_needs_a_look():
    quality = pd.DataFrame({"check": ["periods", "outcome_outliers"], "status": ["pass", "review"]})
    assert eda.describe_quality(quality) == (
        "**1 of 2** checks of the data passed; worth a look: outcome outliers."
    )
