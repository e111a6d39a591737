"""One real run of `python -m mmm_helpers report`: two thin markets that work, and one whose file is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from mmm_helpers.layout import PROJECT_ROOT, Layout

GOOD, BROKEN = ("NO", "IE"), "PT"
COPIED = (
    "_config.yml",
    "Snakefile",
    "book",
    "notebooks",
    "mmm_helpers",
    "data/demo",
    "data/ladder",
    "pyproject.toml",
)


@dataclass(frozen=True)
class Run:
    """A finished run in a copy of the repository."""

    root: Path
    code: int
    text: str
    good: tuple[str, ...] = GOOD
    broken: str = BROKEN

    @property
    def html(self) -> Path:
        return self.root / "_build" / "html"

    @property
    def results(self) -> Layout:
        return Layout("demo", self.root / "results")

    def pages(self) -> dict[str, BeautifulSoup]:
        """Every page of the site by its address."""
        found = sorted(self.html.rglob("*.html"))
        return {
            p.relative_to(self.html).as_posix(): BeautifulSoup(p.read_text(), "html.parser") for p in found
        }

    def reports(self) -> dict[str, BeautifulSoup]:
        """The home page and all pages that notebooks became."""
        return {k: v for k, v in self.pages().items() if k == "index.html" or k.startswith("reports/")}

    def again(self) -> subprocess.CompletedProcess:
        """The same command once more."""
        return report(self.root)


def report(root: Path) -> subprocess.CompletedProcess:
    """Run the report of the three markets in `root`."""
    command = [sys.executable, "-m", "mmm_helpers", "report", "--profile", "quick"]
    command += ["--markets", " ".join((*GOOD, BROKEN))]
    # The copy's own package is imported, not the installed one.
    environment = os.environ | {"PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=1200)


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Run:
    root = tmp_path_factory.mktemp("clone")
    for name in COPIED:
        source, target = PROJECT_ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        ignore = shutil.ignore_patterns("reports", "index.*", "_toc.yml", "__pycache__")
        shutil.copytree(source, target, ignore=ignore) if source.is_dir() else shutil.copy(source, target)
    sales = root / "data/demo/raw/pt/vendas.csv"
    sales.write_text(sales.read_text().replace("semana", "dia", 1))
    finished = report(root)
    return Run(root, finished.returncode, finished.stdout + finished.stderr)
