"""Which notebooks may be published, and the reason when one may not."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mmm_helpers.layout import Layout
from mmm_helpers.report.site.collect import collect, expected_notebooks, prepare, relink

RUN = {"markets": {"DE": {"status": "ok"}}, "profile": "standard"}
NAME = "01_data_and_eda"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout("tiny", tmp_path)
    layout.panel("DE").parent.mkdir(parents=True)
    layout.panel("DE").touch()
    return layout


def write(layout: Layout, *cells, profile="standard", exception=None):
    notebook = new_notebook(cells=[new_markdown_cell("# T"), *cells])
    notebook.metadata["papermill"] = {
        "exception": exception,
        "end_time": "2026-01-05T10:00:00",
        "parameters": {"profile": profile},
    }
    path = layout.notebook("DE", NAME)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def gather(layout, run=RUN):
    return collect(layout, "DE", [NAME], run, "portfolio.yml")


def test_complete_notebook_is_published(layout):
    path = write(layout)
    assert gather(layout) == ({NAME: path}, [])


def test_error_output_is_not_published(layout):
    error = new_output("error", ename="KeyError", evalue="'tv'", traceback=[])
    write(layout, new_code_cell("x", outputs=[error]))
    good, (missing,) = gather(layout)
    assert good == {}
    assert missing.reason == "a cell failed with KeyError: 'tv'"


def test_unfinished_notebook_is_not_published(layout):
    write(layout, exception=True)
    assert gather(layout)[1][0].reason == "the notebook did not run to its end"


def test_notebook_of_another_profile_is_not_published(layout):
    write(layout, profile="quick")
    assert "profile quick" in gather(layout)[1][0].reason


def test_notebook_older_than_its_data_is_not_published(layout):
    path = write(layout)
    os.utime(path, (1, 1))
    assert gather(layout)[1][0].reason == "the data have changed since the notebook was run"


def test_refused_market_is_missing_as_a_whole(layout):
    write(layout)
    layout.panel("DE").unlink()
    run = {"markets": {"DE": {"status": "failed", "reason": "week anchors change", "command": "make check"}}}
    _, (missing,) = gather(layout, run | {"profile": "standard"})
    assert (missing.page, missing.reason, missing.command) == (None, "week anchors change", "make check")


def test_market_notebooks_come_before_number_nine(tmp_path):
    for name in ("01_a", "08_b", "09_c", "10_d"):
        (tmp_path / f"{name}.ipynb").touch()
    assert expected_notebooks(tmp_path) == (["01_a", "08_b"], ["09_c", "10_d"])


def test_html_link_to_a_page_that_is_missing_becomes_text():
    html = '<a class="x" href="04_multi_geo_mmm.html">the model</a>'
    assert relink(html, {}.get) == "the model"


def test_published_copy_holds_no_paths_of_the_run():
    notebook = new_notebook(metadata={"papermill": {"output_path": "/home/me/x.ipynb"}})
    assert "papermill" not in prepare(notebook, {}.get).metadata
