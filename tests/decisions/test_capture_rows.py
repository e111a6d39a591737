"""Which rows about simulated worlds are read."""

import pandas as pd

from mmm_helpers.decisions import capture_rows
from mmm_helpers.layout import Layout


def test_seeds_that_things_were_tried_on_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(Layout, "bench", tmp_path)
    monkeypatch.setattr(capture_rows, "SHIPPED_PROOF", tmp_path / "shipped")
    assert capture_rows.load_capture(Layout("demo")).empty
    (tmp_path / "shipped").mkdir()
    pd.DataFrame({"seed": [5]}).to_csv(tmp_path / "shipped" / "capture.csv", index=False)
    assert capture_rows.load_capture(Layout("demo"))["seed"].tolist() == [5]
    (tmp_path / "raw").mkdir()
    pd.DataFrame({"seed": [1, 1000]}).to_csv(tmp_path / "raw" / "capture.csv", index=False)
    assert capture_rows.load_capture(Layout("demo"))["seed"].tolist() == [1]
