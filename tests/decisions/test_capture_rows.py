"""Which rows about simulated worlds are read."""

from pathlib import Path

import pandas as pd
import pytest

from mmm_helpers.decisions import capture_rows
from mmm_helpers.layout import Layout


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(Layout, "bench", tmp_path)
    monkeypatch.setattr(capture_rows, "SHIPPED_PROOF", tmp_path / "shipped")
    return tmp_path


def write(path: Path, seeds: list[int]) -> None:
    path.parent.mkdir(exist_ok=True)
    pd.DataFrame({"seed": seeds}).reindex(columns=capture_rows.NEEDED).to_csv(path, index=False)


def test_seeds_that_things_were_tried_on_are_left_out(folder):
    assert capture_rows.load_capture(Layout("demo")).empty
    write(folder / "shipped" / "capture.csv", [5])
    assert capture_rows.load_capture(Layout("demo"))["seed"].tolist() == [5]
    write(folder / "raw" / "capture.csv", [1, 1000])
    assert capture_rows.load_capture(Layout("demo"))["seed"].tolist() == [1]


def test_rows_of_an_earlier_version_are_left_out(folder):
    write(folder / "shipped" / "capture.csv", [5])
    (folder / "raw").mkdir()
    pd.DataFrame({"seed": [1]}).to_csv(folder / "raw" / "capture.csv", index=False)
    assert capture_rows.load_capture(Layout("demo"))["seed"].tolist() == [5]
