"""The file of raw rows: types survive, blocks are whole, and a run can be resumed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from benchmarks.figures import COLUMNS as COLUMNS_OF_FIGURES
from benchmarks.figures import write_rows as write_figures
from mmm_helpers import layout as paths
from mmm_helpers.ladder import rows as module
from mmm_helpers.ladder.rows import (
    COLUMNS,
    append_rows,
    done,
    load_measurement,
    read_figures,
    read_rows,
    write_rows,
)
from mmm_helpers.layout import Layout
from tests.ladder.made_up import failed, rows

NORWAY = {"market": "NO", "region": "01"}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "raw" / "ladder.csv"


def test_no_file_means_no_rows_with_all_columns(file):
    assert list(read_rows(file).columns) == list(COLUMNS)
    assert done(read_rows(file)) == set()


@pytest.mark.parametrize("name", ["ladder.csv", "ladder.csv.gz"])
def test_rows_come_back_as_they_were(tmp_path, name):
    written = rows(NORWAY, {"decision_grade": False, "reason": "mostly prior, by far"}, failed("thin", 2))
    append_rows(tmp_path / name, written)
    back = read_rows(tmp_path / name)
    assert (back.pop("when") != "").all()
    pd.testing.assert_frame_equal(back, written, check_dtype=False)
    assert back["decision_grade"].dtype == bool
    assert back["crps"].isna().tolist() == [False, False, True]


def test_blocks_are_added_and_listed(file):
    append_rows(file, rows({"seed": 1}, {"seed": 1, "channel": "video"}))
    append_rows(file, rows({"seed": 2}))
    assert done(read_rows(file)) == {("clean", 1), ("clean", 2)}
    assert len(read_rows(file)) == 3


def test_block_that_is_measured_again_replaces_the_old_one(file):
    append_rows(file, rows(failed("clean", 1), {"seed": 2}))
    append_rows(file, rows({"seed": 1}, {"seed": 1, "channel": "video"}))
    back = read_rows(file)
    assert back["seed"].tolist() == [2, 1, 1]
    assert (back["error"] == "").all()


def test_process_killed_while_it_writes_leaves_the_old_file(file, monkeypatch):
    append_rows(file, rows({"seed": 1}))
    before = file.read_bytes()

    def die(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.os, "fsync", die)
    with pytest.raises(KeyboardInterrupt):
        append_rows(file, rows({"seed": 2}))
    monkeypatch.undo()
    assert file.read_bytes() == before
    append_rows(file, rows({"seed": 2}))
    assert done(read_rows(file)) == {("clean", 1), ("clean", 2)}


def test_processes_that_append_at_once_lose_nothing(file):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda seed: append_rows(file, rows({"seed": seed})), range(12)))
    assert done(read_rows(file)) == {("clean", seed) for seed in range(12)}


def test_unknown_column_is_refused_by_name(file):
    with pytest.raises(ValueError, match="Got truth as well"):
        append_rows(file, rows({}).assign(truth=1.0))


def test_same_rows_give_the_same_compressed_file(tmp_path):
    for name in ("a.csv.gz", "b.csv.gz"):
        write_rows(tmp_path / name, rows({}, NORWAY))
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


@pytest.fixture
def layout(tmp_path, monkeypatch) -> Layout:
    """A results folder and a place for shipped files, both empty."""
    monkeypatch.setattr(paths, "SHIPPED_PROOF", tmp_path / "data")
    return Layout("demo", tmp_path / "results")


def test_own_measurement_goes_before_the_shipped_one(layout):
    here, shipped = layout.ladder_rows
    assert load_measurement(layout).rows.empty
    write_rows(shipped, rows({"seed": 7}))
    assert load_measurement(layout).shipped
    append_rows(here, rows({"seed": 8}))
    found = load_measurement(layout)
    assert (found.shipped, found.rows["seed"].tolist()) == (False, [8])


def test_rows_of_tuning_seeds_are_never_shown(layout):
    here, shipped = layout.ladder_rows
    write_rows(shipped, rows({"seed": 7}, {"seed": 1000}, {"seed": 1099}))
    assert load_measurement(layout).rows["seed"].tolist() == [7]
    append_rows(here, rows({"seed": 1001}))
    assert load_measurement(layout).shipped


def test_figures_are_read_as_they_were_written(layout):
    assert read_figures(layout).empty
    row = dict.fromkeys(COLUMNS_OF_FIGURES, "") | {
        "figure": "report.cold_minutes",
        "value": "12.50",
        "met": "yes",
    }
    write_figures(layout.figures[0], [row])
    assert read_figures(layout).to_dict("records") == [row]
    assert layout.proof() == [layout.figures[0]]


def test_hash_of_the_model_follows_its_source(monkeypatch):
    from mmm_helpers.model import run

    before = module.hash_model()
    assert before == module.hash_model()
    monkeypatch.setattr(run, "BUILDERS", run.BUILDERS[:-1])
    assert module.hash_model() != before
