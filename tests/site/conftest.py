"""A site built from two markets: one whose notebooks ran, and one that the gate refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mmm_helpers.layout import PROJECT_ROOT, Layout
from mmm_helpers.report.site.publish import publish

LABELS = {"DE": "Germany", "NO": "Norway"}
REASON = "column 'Umsatz' is missing"
COMMAND = "python -m mmm_helpers check --portfolio portfolio.yml --markets NO"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
GENERATED = ("_toc.yml", "index.ipynb", "index.md", "reports")
"""What a report writes into the book; all else is written by hand."""


class Workshop:
    """A working copy of the book with results of a run; `publish` builds its site."""

    def __init__(self, folder: Path):
        self.root = folder
        self.layout = Layout("tiny", folder / "results")
        self.portfolio = SimpleNamespace(
            name="tiny",
            path=folder / "portfolio.yml",
            markets=dict.fromkeys(LABELS),
            label=LABELS.__getitem__,
        )
        self._copy_sources()
        self.record("standard")

    def _copy_sources(self) -> None:
        (self.root / "book").mkdir(parents=True)
        (self.root / "notebooks").mkdir()
        shutil.copy(PROJECT_ROOT / "_config.yml", self.root)
        for source in (p for p in (PROJECT_ROOT / "book").iterdir() if p.name not in GENERATED):
            target = self.root / "book" / source.name
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)

    def record(self, profile: str) -> None:
        """Write the record of a run in which Norway was refused."""
        failed = {"status": "failed", "reason": REASON, "command": COMMAND, "label": "Norway"}
        markets = {"DE": {"status": "ok", "label": "Germany"}, "NO": failed}
        self.layout.run_record.parent.mkdir(parents=True, exist_ok=True)
        self.layout.run_record.write_text(json.dumps({"markets": markets, "profile": profile}))

    def add(self, code: str, name: str, *cells, title: str) -> None:
        """An executed notebook, and its template."""
        metadata = {
            "papermill": {"exception": None, "end_time": "2026-01-05", "output_path": "/home/me/out.ipynb"},
            "mystnb": {"remove_code_source": True},
        }
        notebook = new_notebook(cells=[new_markdown_cell(title), *cells], metadata=metadata)
        path = self.layout.notebook(code, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if code == "DE" and not self.layout.panel(code).exists():
            self.layout.panel(code).touch()
        nbformat.write(notebook, path)
        (self.root / "notebooks" / f"{name}.ipynb").touch()

    def publish(self):
        return publish(self.layout, self.portfolio, root=self.root)


def shows(kind: str, text: str):
    """A code cell that displayed something."""
    output = new_output("display_data", data={kind: text, "text/plain": "plain"})
    return new_code_cell("secret_code = 1", outputs=[output])


def picture(alt: str):
    cell = shows("image/png", PIXEL)
    cell.metadata["mystnb"] = {"image": {"alt": alt}}
    return cell


def stderr(text: str):
    return new_code_cell("noise", outputs=[new_output("stream", name="stderr", text=text)])


@pytest.fixture(scope="session")
def workshop(tmp_path_factory) -> Workshop:
    shop = Workshop(tmp_path_factory.mktemp("site") / "repository")
    summary = [
        shows(
            "text/markdown",
            "::::{div} mmm-finding\nEach euro ({term}`ROAS`), see [data](01_data_and_eda.ipynb).\n::::",
        ),
        shows("text/markdown", "See [attribution](06_attribution.ipynb)."),
        picture("Returns by channel"),
        shows("text/html", '<a class="mmm-csv" href="tables/channel_effects.csv" download>CSV</a>'),
        stderr("UserWarning: something"),
    ]
    shop.add("DE", "08_executive_summary", *summary, title="# Germany")
    shop.add("DE", "01_data_and_eda", shows("text/markdown", "$$ y = x^2 $$"), title="# Germany: the data")
    board = shows(
        "text/html", '<a href="reports/DE/index.html">Germany</a> <a href="reports/NO/index.html">Norway</a>'
    )
    shop.add("portfolio", "09_scoreboard", board, title="# Portfolio tiny")
    health = pd.DataFrame(
        {"part": ["computation"], "check": ["R-hat"], "status": ["fail"], "action": ["run longer"]}
    )
    shop.layout.table("DE", "x").parent.mkdir(parents=True, exist_ok=True)
    health.to_csv(shop.layout.table("DE", "model_health"), index=False)
    pd.DataFrame({"channel": ["tv"]}).to_csv(shop.layout.table("DE", "channel_effects"), index=False)
    return shop


@pytest.fixture(scope="session")
def built(workshop):
    return workshop.publish()


@pytest.fixture(scope="session")
def html(built) -> Path:
    return built.index.parent


@pytest.fixture
def shop(tmp_path) -> Workshop:
    """A fresh working copy without results."""
    return Workshop(tmp_path / "repository")
