"""The gate writes all of a market's files or none, and knows when they are current."""

from __future__ import annotations

import os

import pandas as pd
import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.inputs import store
from mmm_helpers.inputs.gate import gate_is_current, gate_market, output_files
from mmm_helpers.layout import Layout


@pytest.fixture
def layout(tmp_path) -> Layout:
    return Layout("small", tmp_path / "results")


@pytest.fixture
def gated(small, layout):
    portfolio = small.load(data__csv=small.wide())
    gate_market(portfolio, "DE", layout)
    return portfolio


def test_columns_of_the_panel_in_order(gated, layout):
    assert list(store.read_panel(layout, "DE").columns) == [
        "market",
        "region",
        "date",
        "outcome",
        "spend_tv",
        "spend_search",
        "activity_organic",
        "clicks_search",
        "control_price",
        "holiday",
        "fx",
    ]


def test_panel_is_a_complete_sorted_grid(gated, layout):
    panel = store.read_panel(layout, "DE")
    assert len(panel) == 2 * 4
    assert panel["date"].dtype == "datetime64[ns]"
    pd.testing.assert_frame_equal(panel, panel.sort_values(["region", "date"], ignore_index=True))


def test_values_of_a_row(gated, layout):
    row = store.read_panel(layout, "DE").set_index(["region", "date"]).loc[("West", "2023-01-09")]
    assert row["outcome"] == 105
    assert row["spend_tv"] == 15
    assert row["control_price"] == 1.5


def test_all_files_are_written(gated, layout):
    assert all(path.is_file() for path in output_files(layout, "DE"))


def test_a_second_run_touches_no_file(gated, layout):
    for path in output_files(layout, "DE"):
        os.utime(path, (1, 1))
    gate_market(gated, "DE", layout)
    assert {path.stat().st_mtime for path in output_files(layout, "DE")} == {1}


def test_a_refused_market_leaves_no_stale_file(gated, layout, small):
    (small.folder / "data.csv").write_text(small.wide(small.rows[:-1]))
    with pytest.raises(InputError):
        gate_market(gated, "DE", layout)
    assert not any(path.exists() for path in output_files(layout, "DE"))


def test_current_after_gating(gated, layout):
    assert gate_is_current(gated, "DE", layout)


def test_changed_data_are_not_current(gated, layout, small, swap):
    (small.folder / "data.csv").write_text(swap(0, "revenue", "101"))
    assert not gate_is_current(gated, "DE", layout)


def test_changed_portfolio_is_not_current(gated, layout, small):
    assert not gate_is_current(small.load(small.yaml + "margin: 0.5\n"), "DE", layout)


def test_missing_output_is_not_current(gated, layout):
    layout.panel("DE").unlink()
    assert not gate_is_current(gated, "DE", layout)


def test_another_market_s_change_leaves_this_one_current(small, layout):
    yaml = small.yaml.replace("data:", '  "US": {label: US}\ndata:')
    us = [row.replace("DE,", "US,") for row in small.rows]
    portfolio = small.load(yaml, data__csv=small.wide([*small.rows, *us]))
    gate_market(portfolio, "DE", layout)
    assert gate_is_current(small.load(yaml.replace("label: US", "label: USA")), "DE", layout)


def test_one_bad_market_does_not_stop_another(small, layout):
    yaml = small.yaml.replace("data:", '  "US": {}\ndata:')
    us = [row.replace("DE,", "US,").replace(",5,3,", ",-5,3,") for row in small.rows]
    portfolio = small.load(yaml, data__csv=small.wide([*small.rows, *us]))
    gate_market(portfolio, "DE", layout)
    with pytest.raises(InputError, match="Market US: spend_search is -5"):
        gate_market(portfolio, "US", layout)
    assert layout.panel("DE").is_file()


def test_market_without_region_column_has_the_region_all(small):
    text = "date,revenue,tv_spend,search_spend,search_clicks,sessions,price\n"
    text += "".join(f"2023-01-{d:02d},1,2,3,4,5,6\n" for d in (2, 9, 16, 23))
    panel = small.check(data__csv=text).panel
    assert set(panel["region"]) == {"all"}


def test_channel_in_no_source_of_a_market_is_absent(small):
    yaml = small.yaml.replace("data: {path: data.csv}", "").replace(
        'markets:\n  "DE": {label: Germany, holidays: DE}',
        'markets:\n  "DE": {sources: [{path: data.csv}]}\n  "US": {sources: [{path: us.csv}]}',
    )
    us = "date,revenue,tv_spend,sessions,price\n"
    us += "".join(f"2023-01-{d:02d},1,2,3,4\n" for d in (2, 9, 16, 23))
    data = small.check(yaml, market="US", us__csv=us)
    status = data.channel_status.set_index("channel")["status"].to_dict()
    assert status == {"organic": "active", "search": "absent", "tv": "active"}
    assert set(data.panel["spend_search"]) == {0.0}
    assert (
        "No source gives search_spend: the channel search is absent, its spend zero."
        in (data.provenance["assumptions"])
    )


def test_value_per_unit_from_a_column(small):
    yaml = small.yaml.replace("{column: revenue}", "{column: revenue, kind: units, value_per_unit: price}")
    yaml = yaml.replace("controls:\n  price: {role: precision}\n", "")
    assert small.check(yaml).panel["value_per_unit"].iloc[1] == 1.1
