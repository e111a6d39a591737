"""The site step: take what a run produced, name what is missing, and build one site from it.

Nothing here computes a number. Notebooks that ran to their end are copied into `book/reports/`, the table of
contents and the pages for what is missing are generated, and Jupyter Book turns it into HTML.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jupyter_book
import nbformat
import yaml

from mmm_helpers.errors import PublishError
from mmm_helpers.inputs import store
from mmm_helpers.ladder.rows import load_measurement, write_rows
from mmm_helpers.layout import PORTFOLIO, PROJECT_ROOT, Layout
from mmm_helpers.report.site import pages
from mmm_helpers.report.site.collect import collect, display_path, expected_notebooks, prepare, read_run
from mmm_helpers.report.site.pages import Missing
from mmm_helpers.report.site.sphinx_ext import SITE_FILE
from mmm_helpers.report.site.toc import PROOF, SCOREBOARD, SUMMARY, build_toc, page_name, render_toc

if TYPE_CHECKING:
    from mmm_helpers.inputs.portfolio import Portfolio

BUILD = "from jupyter_book.cli.main import main; main()"
TRACEBACK = "Traceback (most recent call last)"
STAMP = ".inputs.sha256"


@dataclass(frozen=True)
class SiteResult:
    """What the site step did: the home page, whether it had to build, and what is missing on the site."""

    index: Path
    built: bool
    missing: list[Missing]


@dataclass(frozen=True)
class _Content:
    """Publishable notebooks (code → name → path), labels in the site's order, and what is missing."""

    notebooks: dict[str, dict[str, Path]]
    labels: dict[str, str]
    missing: list[Missing]
    profile: str

    def missing_of(self, code: str) -> list[Missing]:
        return [m for m in self.missing if m.code == code]


def publish(layout: Layout, portfolio: Portfolio, *, root: Path = PROJECT_ROOT) -> SiteResult:
    """Build the site of the portfolio's last run in `_build/html`.

    Parameters
    ----------
    layout : where the run's results lie.
    portfolio : the portfolio file's content; names and order of the markets.
    root : folder with `_config.yml`, `book/` and `notebooks/`.

    Returns
    -------
    SiteResult : with `built` False if nothing had changed since the site was last built.

    Raises
    ------
    PublishError
        The build reports a warning or an error, or a page shows a traceback.
    """
    if int(jupyter_book.__version__.split(".")[0]) >= 2:
        raise PublishError(
            f"Jupyter Book {jupyter_book.__version__} writes no HTML here; install a 1.x version."
        )
    content = _gather(layout, portfolio, root / "notebooks")
    _write_sources(layout, content, root / "book")
    index, stamp = root / "_build" / "html" / "index.html", root / "_build" / STAMP
    digest = hash_inputs(root)
    changed = not (index.exists() and stamp.exists() and stamp.read_text() == digest)
    if changed:
        stamp.unlink(missing_ok=True)
        _build(root, layout.log(PORTFOLIO, "site"))
        check_pages(index.parent)
        stamp.write_text(digest)
    _copy_tables(layout, content, index.parent)
    return SiteResult(index, changed, content.missing)


def _gather(layout: Layout, portfolio: Portfolio, templates: Path) -> _Content:
    run = read_run(layout)
    codes = [c for c in portfolio.markets if c in run["markets"]] or list(portfolio.markets)
    per_market, per_portfolio = expected_notebooks(templates)
    path = display_path(portfolio.path)
    found = {code: collect(layout, code, per_market, run, path) for code in codes}
    if len([c for c in codes if found[c][0]]) < 2:
        per_portfolio = [n for n in per_portfolio if n in (SCOREBOARD, PROOF)]
    found[PORTFOLIO] = collect(layout, PORTFOLIO, per_portfolio, run, path)
    return _Content(
        notebooks={code: good for code, (good, _) in found.items()},
        labels={code: portfolio.label(code) for code in codes},
        missing=[one for _, missing in found.values() for one in missing],
        profile=run["profile"],
    )


def _write_sources(layout: Layout, content: _Content, book: Path) -> None:
    reports = book / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    for stale in ("index.md", "index.ipynb"):
        (book / stale).unlink(missing_ok=True)
    reports.mkdir(parents=True)
    for code, notebooks in content.notebooks.items():
        places = _places(content, code)
        for name, path in notebooks.items():
            _copy(path, book, places, name)
    for code, label in content.labels.items():
        if SUMMARY not in content.notebooks[code]:
            text = pages.write_missing_market(label, content.missing_of(code))
            _write(reports / code / "index.md", text)
    if SCOREBOARD not in content.notebooks[PORTFOLIO]:
        _write(book / "index.md", pages.write_missing_home(content.missing, content.labels))
    _write(book / "_toc.yml", render_toc(_toc(content, book)))
    _write(book / SITE_FILE, json.dumps({"banners": _banners(layout, content)}, indent=1, ensure_ascii=False))


def _toc(content: _Content, book: Path) -> dict[str, Any]:
    markets = {code: (label, list(content.notebooks[code])) for code, label in content.labels.items()}
    others = [name for name in content.notebooks[PORTFOLIO] if name != SCOREBOARD]
    return build_toc(markets, others, yaml.safe_load((book / "toc_static.yml").read_text(encoding="utf-8")))


def _places(content: _Content, code: str) -> dict[str, str]:
    """Notebook name → page below `book/`, for links from a page of this market (or of the portfolio)."""
    places = {name: f"reports/{PORTFOLIO}/{name}" for name in content.notebooks[PORTFOLIO]}
    places |= {name: f"reports/{code}/{page_name(name)}" for name in content.notebooks[code]}
    return places | {SCOREBOARD: "index"}


def _copy(path: Path, book: Path, places: dict[str, str], name: str) -> None:
    page = book / places[name]

    def address(target: str) -> str | None:
        place = places.get(target)
        return None if place is None else Path(os.path.relpath(book / place, page.parent)).as_posix()

    page.parent.mkdir(parents=True, exist_ok=True)
    tables = f"reports/{PORTFOLIO}/tables" if page.parent == book else "tables"
    notebook = prepare(nbformat.read(path, as_version=4), address, tables=tables)
    nbformat.write(notebook, page.with_suffix(".ipynb"))


def _copy_tables(layout: Layout, content: _Content, html: Path) -> None:
    """Put the tables behind the charts beside the pages, for the links under them."""
    for code, notebooks in content.notebooks.items():
        for table in sorted(layout.table(code, "x").parent.glob("*.csv")) if notebooks else ():
            target = html / "reports" / code / "tables" / table.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(table, target)
    if PROOF in content.notebooks[PORTFOLIO]:
        rows = load_measurement(layout).rows
        if len(rows):
            write_rows(html / "reports" / PORTFOLIO / "tables" / "ladder.csv", rows)


def _banners(layout: Layout, content: _Content) -> dict[str, str]:
    preview = pages.preview_banner() if content.profile == "quick" else ""
    banners = {"index": preview}
    for code in content.notebooks:
        red = _health_banner(layout, code)
        for name in content.notebooks[code]:
            if name != SCOREBOARD:
                banners[f"reports/{code}/{page_name(name)}"] = red + preview
        if SUMMARY in content.notebooks[code]:
            banners[f"reports/{code}/index"] += pages.missing_pages_note(content.missing_of(code))
    if SCOREBOARD in content.notebooks[PORTFOLIO]:
        banners["index"] += pages.missing_pages_note(content.missing_of(PORTFOLIO))
    return {page: text for page, text in banners.items() if text}


def _health_banner(layout: Layout, code: str) -> str:
    if code == PORTFOLIO or not layout.table(code, "model_health").exists():
        return ""
    return pages.health_banner(store.read_table(layout, code, "model_health"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def hash_inputs(root: Path) -> str:
    """Hash of everything that the built pages depend on: sources, settings, extension, builder's version."""
    digest = hashlib.sha256(jupyter_book.__version__.encode())
    extension = Path(__file__).with_name("sphinx_ext.py")
    files = [
        p for p in sorted((root / "book").rglob("*")) if p.is_file() and ".ipynb_checkpoints" not in p.parts
    ]
    for path in [root / "_config.yml", extension, *files]:
        digest.update(path.name.encode() if path == extension else str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _build(root: Path, log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(root / "_build" / "html", ignore_errors=True)
    command = [sys.executable, "-c", BUILD, "build", "book", "--config", "_config.yml", "-W", "-n"]
    search = os.pathsep.join([str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": search, "NO_COLOR": "1"}
    run = subprocess.run(
        [*command, "--keep-going", "--all"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    log.write_text(run.stdout + run.stderr, encoding="utf-8")
    if run.returncode or not (root / "_build" / "html" / "index.html").exists():
        lines = [x for x in (run.stdout + run.stderr).splitlines() if "WARNING" in x or "ERROR" in x]
        what = "\n".join(lines[:10]) or "no page was written"
        raise PublishError(
            f"The site could not be built cleanly:\n{what}\nThe whole log: {display_path(log)}"
        )


def check_pages(folder: Path) -> None:
    """Refuse a site with a traceback on a page.

    Raises
    ------
    PublishError
        Names the pages.
    """
    bad = [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*.html"))
        if TRACEBACK in path.read_text(encoding="utf-8")
    ]
    if bad:
        raise PublishError(
            f"A traceback is shown on {', '.join(bad)}; the notebook behind it must be mended."
        )
