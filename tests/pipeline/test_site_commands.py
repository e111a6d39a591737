"""Printing and removing a site."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mmm_helpers.errors import PublishError
from mmm_helpers.pipeline import site


@pytest.fixture
def html(tmp_path: Path) -> Path:
    for page in ("index.html", "reports/DE/index.html"):
        path = tmp_path / "html" / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("<html><title>t</title><body>page</body></html>")
    return tmp_path / "html"


def test_no_site_is_said_with_the_command_that_makes_one(tmp_path):
    with pytest.raises(PublishError, match=r"There is no site yet: run `make report`"):
        site.print_summaries(tmp_path, tmp_path)


def test_no_browser_is_said_with_what_to_install(html, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(PublishError, match="No Chromium was found"):
        site.print_summaries(html, tmp_path)


@pytest.mark.skipif(not any(map(shutil.which, site.BROWSERS)), reason="no Chromium on this machine")
def test_home_and_every_summary_are_printed(html, tmp_path):
    assert site.print_summaries(html, tmp_path / "pdf") == 0
    assert {path.name for path in (tmp_path / "pdf").iterdir()} == {"portfolio.pdf", "DE.pdf"}
    assert (tmp_path / "pdf" / "DE.pdf").read_bytes().startswith(b"%PDF")


def test_clean_removes_results_and_generated_pages_only(tmp_path, monkeypatch):
    monkeypatch.setattr(site, "PROJECT_ROOT", tmp_path)
    for name in ("results/demo/run.json", "book/reports/x.md", "book/index.ipynb", "book/glossary.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert site.clean("results") == 0
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")) == [
        "book",
        "book/glossary.md",
    ]
