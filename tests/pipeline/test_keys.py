"""Keys change with everything that bears on a fit, and with nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mmm_helpers.layout import Layout
from mmm_helpers.pipeline import keys

BASE = {"profile": {"draws": 500}, "versions": {"pymc": "6.0"}, "source": "abc"}


def key(panel: bytes = b"panel", specification: dict | None = None, **changes) -> str:
    return keys.fit_key(panel, specification or {"l_max": 8}, **{**BASE, **changes})


@pytest.mark.parametrize(
    "change",
    [
        {"panel": b"other"},
        {"specification": {"l_max": 9}},
        {"profile": {"draws": 501}},
        {"versions": {"pymc": "6.1"}},
        {"source": "abd"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_key_changes_with(change):
    assert key(**change) != key()


def test_key_ignores_the_order_of_the_specification():
    assert key(specification={"a": 1, "b": 2}) == key(specification={"b": 2, "a": 1})


def test_hash_of_files_sees_names_and_contents(tmp_path: Path):
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    first.write_text("x")
    second.write_text("y")
    before = keys.hash_files([first, second])
    assert keys.hash_files([second, first]) == before
    second.write_text("z")
    assert keys.hash_files([first, second]) != before


def test_place_replaces_the_target_and_makes_it_new(tmp_path: Path):
    stored, target = tmp_path / "cache" / "k.nc", tmp_path / "fits" / "DE.nc"
    stored.parent.mkdir()
    stored.write_text("new")
    os.utime(stored, (0, 0))
    target.parent.mkdir()
    target.write_text("old")
    keys.place(stored, target)
    assert target.read_text() == "new"
    assert time.time() - target.stat().st_mtime < 60


def test_forget_unused_keeps_what_was_placed_lately(tmp_path: Path):
    layout = Layout("demo", tmp_path)
    layout.cache.mkdir()
    old, new = keys.cache_lookup(layout, "old"), keys.cache_lookup(layout, "new")
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    assert keys.forget_unused(layout) == [old]
    assert new.exists()
