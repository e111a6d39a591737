"""Files are written whole, only when they change, and read back as they were."""

from __future__ import annotations

import os

import pandas as pd
import pytest

from mmm_helpers.inputs import store
from mmm_helpers.layout import Layout


@pytest.fixture
def layout(tmp_path) -> Layout:
    return Layout("small", tmp_path / "results")


def test_unchanged_content_is_not_written(tmp_path):
    path = tmp_path / "a" / "file.txt"
    assert store.write_if_changed(path, b"1")
    os.utime(path, (1, 1))
    assert not store.write_if_changed(path, b"1")
    assert path.stat().st_mtime == 1


def test_no_unfinished_file_stays(tmp_path):
    store.write_if_changed(tmp_path / "file.txt", b"1")
    assert [p.name for p in tmp_path.iterdir()] == ["file.txt"]


def test_market_codes_that_look_like_missing_survive(layout):
    table = pd.DataFrame({"market": ["NA"], "region": ["01"], "value": [1.5]})
    store.write_table(table, layout, "NA", "example")
    read = store.read_table(layout, "NA", "example")
    assert read.to_dict("list") == {"market": ["NA"], "region": ["01"], "value": [1.5]}


def test_dates_survive(layout):
    table = pd.DataFrame({"market": ["DE"], "date": pd.to_datetime(["2025-12-22"])})
    store.write_table(table, layout, "DE", "example")
    assert store.read_table(layout, "DE", "example")["date"].iloc[0] == pd.Timestamp("2025-12-22")


def test_json_is_sorted(tmp_path):
    store.write_json({"b": 1, "a": "ü"}, tmp_path / "x.json")
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == '{\n "a": "ü",\n "b": 1\n}\n'
