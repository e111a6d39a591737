"""Specification, provenance and quality: what they hold, and that equal input gives equal files."""

from __future__ import annotations

import json

import pytest

from mmm_helpers.model.run import fit_settings


def test_specification_is_deterministic(small):
    one, two = small.check().specification, small.check().specification
    assert json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)


def test_specification_holds_the_overridden_channel(small):
    yaml = small.yaml.replace("holidays: DE", "channels: {tv: {label: Television}}")
    channels = small.check(yaml).specification["channels"]
    assert channels["tv"] == {
        "spend": "tv_spend",
        "paid": True,
        "level": "regional",
        "follows_demand": False,
        "label": "Television",
    }


def test_what_follows_demand_is_in_the_specification_and_not_in_what_a_fit_depends_on(small):
    yaml = small.yaml.replace("clicks: search_clicks", "clicks: search_clicks, follows_demand: true")
    plain, declared = small.check().specification, small.check(yaml).specification
    assert [c["follows_demand"] for c in declared["channels"].values()] == [False, True, False]
    assert declared != plain
    assert fit_settings(declared) == fit_settings(plain)


def test_specification_states_money_and_time(small):
    specification = small.check(small.yaml + "margin: 0.4\n").specification
    kept = {
        k: specification[k] for k in ("market", "currency", "budget_rate", "margin", "l_max", "frequency")
    }
    assert kept == {
        "market": "DE",
        "currency": "EUR",
        "budget_rate": 1.0,
        "margin": 0.4,
        "l_max": 8,
        "frequency": "weekly",
    }


def test_market_margin_comes_first(small):
    yaml = small.yaml.replace("holidays: DE", "margin: 0.3") + "margin: 0.4\n"
    assert small.check(yaml).specification["margin"] == 0.3


def test_provenance_names_the_file_its_hash_and_rows(small):
    source = small.check().provenance["sources"][0]
    assert source["path"] == "data.csv"
    assert len(source["sha256"]) == 64
    assert (source["rows_read"], source["rows_used"]) == (8, 8)


def test_provenance_lists_unused_columns(small):
    text = "\n".join(f"{line},x" for line in small.wide().splitlines())
    assert small.check(data__csv=text).provenance["sources"][0]["unused_columns"] == ["x"]


def test_rows_of_other_markets_are_not_used(small):
    yaml = small.yaml.replace("data:", '  "US": {}\ndata:')
    us = [row.replace("DE,", "US,") for row in small.rows]
    source = small.check(yaml, data__csv=small.wide([*small.rows, *us])).provenance["sources"][0]
    assert (source["rows_read"], source["rows_used"]) == (16, 8)


def quality(small, **files):
    return small.check(**files).quality.set_index("check")


def test_short_history_is_for_review(small):
    row = quality(small).loc["periods"]
    assert (row["status"], row["value"]) == ("review", 4)


def test_collinear_pair_is_named(small):
    rows = [row.replace(",5,3,", f",{2 * (10 + i)},3,") for i, row in enumerate(small.rows)]
    row = quality(small, data__csv=small.wide(rows)).loc["collinear_channels"]
    assert row["value"] == pytest.approx(1.0)
    assert row["detail"] == "highest correlation of spend: tv and search"


def test_outlier_is_named_by_date(small):
    rows = [row.replace("105,", "9999,") for row in small.rows]
    row = quality(small, data__csv=small.wide(rows)).loc["outcome_outliers"]
    assert (row["status"], row["value"], row["detail"]) == ("review", 1, "2023-01-09")


def test_outcome_of_zero_is_for_review(small, swap):
    assert quality(small, data__csv=swap(0, "revenue", "0")).loc["outcome_not_positive", "value"] == 1


def test_quality_columns(small):
    assert list(small.check().quality.columns) == ["market", "check", "status", "value", "detail"]


def test_a_control_that_never_moves_is_named(small):
    rows = [",".join([*row.split(",")[:-1], "7"]) for row in small.rows]
    row = quality(small, data__csv=small.wide(rows)).loc["constant_control_price"]
    assert (row["status"], row["value"]) == ("review", 7)


def test_a_channel_that_never_moves_is_named(small):
    row = quality(small).loc["constant_spend_search"]
    assert (row["status"], row["value"]) == ("review", 5)
    assert "constant_spend_tv" not in quality(small).index
