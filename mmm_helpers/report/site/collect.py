"""Which executed notebooks may be published, and how they are made fit for the place they go to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from mmm_helpers.layout import PORTFOLIO, PROJECT_ROOT, Layout
from mmm_helpers.report.site.pages import REPRODUCE, Missing
from mmm_helpers.report.site.toc import PORTFOLIO_NUMBERS

MARKDOWN_LINK = re.compile(r"\[([^\]]*)\]\((\d\d_\w+)\.ipynb(?:#[^)]*)?\)")
HTML_LINK = re.compile(r'<a\b[^>]*\bhref="(\d\d_\w+)\.(?:ipynb|html)[^"]*"[^>]*>(.*?)</a>', re.DOTALL)
UNREADABLE = "the notebook cannot be read"


def read_run(layout: Layout) -> dict[str, Any]:
    """The record of the last run; empty entries if there is none."""
    record = {"markets": {}, "profile": "", "finished": ""}
    if layout.run_record.exists():
        record |= json.loads(layout.run_record.read_text(encoding="utf-8"))
    return record


def expected_notebooks(folder: Path) -> tuple[list[str], list[str]]:
    """Names of the notebooks that every market, and that the portfolio should have.

    Parameters
    ----------
    folder : the templates' folder; those with `PORTFOLIO_NUMBERS` are run once, the others per market.
    """
    names = sorted(path.stem for path in folder.glob("[0-9][0-9]_*.ipynb"))
    markets = [n for n in names if int(n[:2]) not in PORTFOLIO_NUMBERS]
    return markets, [n for n in names if n not in markets]


def find_fault(path: Path) -> str:
    """Why an executed notebook must not be published; empty if it may be."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError):
        return UNREADABLE
    record = notebook.metadata.get("papermill", {})
    if record.get("exception") or not record.get("end_time"):
        return "the notebook did not run to its end"
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"a cell failed with {output.ename}: {output.evalue}"
    return ""


def collect(
    layout: Layout, code: str, names: list[str], run: dict[str, Any], portfolio_path: str
) -> tuple[dict[str, Path], list[Missing]]:
    """Publishable notebooks of one market (or `portfolio`) by name, and what is missing and why.

    A notebook that is older than the market's panel or specification, or of another profile, shows data
    that are gone, so it counts as missing.
    """
    command = REPRODUCE.format(path=portfolio_path, code=code)
    if code == PORTFOLIO:
        command = command.partition(" --markets")[0]
    record = run.get(PORTFOLIO, {}) if code == PORTFOLIO else run["markets"].get(code, {})
    command = record.get("command") or command
    good, missing = {}, []
    for name in names:
        path = layout.notebook(code, name)
        fault = _find_fault(layout, code, path, run["profile"])
        if not fault:
            good[name] = path
        else:
            reason = _recorded_error(layout.failed(code) / f"{name}.ipynb") or record.get("reason") or fault
            missing.append(Missing(code, name, reason, command))
    if not good and missing:
        return {}, [Missing(code, None, record.get("reason") or missing[0].reason, command)]
    return good, missing


def _find_fault(layout: Layout, code: str, path: Path, profile: str) -> str:
    if not path.exists():
        return "the notebook was not run"
    inputs = (layout.panel(code), layout.specification(code))
    if code != PORTFOLIO and not layout.panel(code).exists():
        return "the data did not pass the gate"
    if any(i.exists() and i.stat().st_mtime > path.stat().st_mtime for i in inputs):
        return "the data have changed since the notebook was run"
    fault = find_fault(path)
    if fault or not profile:
        return fault
    ran = nbformat.read(path, as_version=4).metadata.papermill.get("parameters", {}).get("profile", profile)
    return "" if ran == profile else f"the notebook was last run with the profile {ran}"


def _recorded_error(path: Path) -> str:
    """Error of a failed notebook, in one line; empty if there is none."""
    if not path.exists():
        return ""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"{output.ename}: {output.evalue}"
    return ""


def prepare(
    notebook: NotebookNode, address: Callable[[str], str | None], *, tables: str = "tables"
) -> NotebookNode:
    """A copy for the site: no run-time paths in its metadata, links that lead where the pages are.

    Parameters
    ----------
    notebook : an executed notebook; it is changed.
    address : notebook name → path of its page without suffix, relative to this page; None if not published.
    tables : where the CSV files of the page's tables will lie, relative to the page.
    """
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if cell.cell_type == "markdown":
            cell.source = relink(cell.source, address)
        for output in cell.get("outputs", []):
            for kind in ("text/markdown", "text/html"):
                if kind in output.get("data", {}):
                    text = output.data[kind].replace('href="tables/', f'href="{tables}/')
                    output.data[kind] = relink(text, address)
    return notebook


def relink(text: str, address: Callable[[str], str | None]) -> str:
    """Point links to notebooks at their pages; a link to a page that is not published becomes plain text.

    Examples
    --------
    >>> relink("see [the model](04_multi_geo_mmm.ipynb)", {"04_multi_geo_mmm": "../x"}.get)
    'see [the model](../x.ipynb)'
    >>> relink("see [the model](04_multi_geo_mmm.ipynb)", {}.get)
    'see the model'
    """

    def markdown(match: re.Match[str]) -> str:
        target = address(match[2])
        return match[1] if target is None else f"[{match[1]}]({target}.ipynb)"

    def html(match: re.Match[str]) -> str:
        target = address(match[1])
        return match[2] if target is None else f'<a href="{target}.html">{match[2]}</a>'

    return HTML_LINK.sub(html, MARKDOWN_LINK.sub(markdown, text))


def display_path(path: Path) -> str:
    """The path relative to the repository where it lies in it, as a user would type it."""
    path = Path(path).resolve()
    return path.relative_to(PROJECT_ROOT).as_posix() if path.is_relative_to(PROJECT_ROOT) else str(path)
