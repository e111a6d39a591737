"""The map of how far data moved each prior, from a table small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.report.model import prior_map as page

LABELS = {"tv": "TV", "social": "Paid social", "organic": "Organic"}


@pytest.fixture
def cells() -> pd.DataFrame:
    columns = ["market", "region", "channel", "sd_ratio", "reason"]
    rows = [
        ("DE", "North", "tv", 0.2, ""),
        ("DE", "North", "social", 0.9, "mostly prior"),
        ("DE", "South", "tv", 0.5, "cannot be told apart from Paid social"),
        ("DE", "South", "social", 1.0, "never ran here"),
        ("DE", "all", "tv", 0.1, ""),
        ("DE", "all", "social", 1.02, "mostly prior"),
    ]
    return pd.DataFrame(rows, columns=columns)


def test_map_shows_how_far_each_prior_was_moved(cells):
    table = page.compute_prior_map(cells, labels=LABELS).set_index(["place", "channel"])
    assert table.loc[("North", "TV"), "moved"] == pytest.approx(0.8)
    assert table.loc[("All regions", "Paid social"), "moved"] == 0.0  # not below
    assert np.isnan(table.loc[("South", "Paid social"), "moved"])
    words = table["words"]
    assert words[("North", "Paid social")] == "mostly prior"
    assert words[("South", "Paid social")] == "never ran"
    assert words[("North", "TV")] == ""
    assert words[("South", "TV")] == "not told apart"


def test_map_begins_with_the_whole_market_and_keeps_the_given_order(cells):
    table = page.compute_prior_map(cells, labels=LABELS, order=["South", "North"])
    assert list(dict.fromkeys(table["place"])) == ["All regions", "South", "North"]
    assert table["channel"].tolist()[:2] == ["TV", "Paid social"]


def test_map_of_markets_takes_their_totals(cells):
    other = cells.assign(market="JP", sd_ratio=0.4, reason="")
    table = page.compute_prior_map(
        pd.concat([cells, other]), labels=LABELS, place="market", names={"DE": "Germany", "JP": "Japan"}
    )
    assert table["place"].tolist() == ["Germany", "Germany", "Japan", "Japan"]
    assert table["moved"].round(2).tolist() == [0.9, 0.0, 0.6, 0.6]


def test_map_in_words_counts_regions_and_not_their_total(cells):
    text = page.describe_prior_map(page.compute_prior_map(cells, labels=LABELS))
    assert (
        "Of **3 effects** the data decide **1**; 1 is mostly prior and 1 cannot be told apart from another."
        in text
    )
    assert "Most was learnt about TV in North: the range is **80 %** narrower" in text
    assert "least about Paid social in North (10 %)" in text


def test_a_narrow_range_of_spend_that_follows_demand_is_not_decided(cells):
    declared = cells.assign(reason=cells["reason"].mask(cells["channel"] == "tv", FOLLOWS))
    table = page.compute_prior_map(declared, labels=LABELS)
    assert set(table.loc[table["channel"] == "TV", "words"]) == {"follows demand"}
    text = page.describe_prior_map(table)
    assert text == (
        "Of **3 effects** the data decide **0**; 1 is mostly prior and 2 are of spend that follows demand."
    )


def test_a_narrow_range_of_spend_that_never_varied_is_not_decided(cells):
    constant = cells.assign(reason=cells["reason"].mask(cells["channel"] == "tv", "never varied"))
    text = page.describe_prior_map(page.compute_prior_map(constant, labels=LABELS))
    assert text == (
        "Of **3 effects** the data decide **0**; 1 is mostly prior and 2 are of spend that never varied."
    )


def test_a_map_on_which_the_data_decide_everything(cells):
    text = page.describe_prior_map(page.compute_prior_map(cells.assign(reason=np.nan), labels=LABELS))
    assert "the data decide **4**; none is open." in text
