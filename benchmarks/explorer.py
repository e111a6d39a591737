"""The scenario explorer in Chromium, from disk: how soon a moved slider is answered, and what its page weighs."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np

from benchmarks.figures import Figure, Measurement, Skipped
from mmm_helpers.inputs.portfolio import Portfolio, load_portfolio
from mmm_helpers.layout import PROJECT_ROOT, Layout
from mmm_helpers.report.site.engine import execute
from mmm_helpers.report.site.publish import publish

NOTEBOOK, PORTFOLIO_FILE = "14_scenario_explorer", "data/demo/portfolio.yml"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MOVES = 25
"""Moves of each slider."""
SHARE = 0.95
"""The answer that is reported is slower than this share of all answers."""
MOVE_SLIDERS = """
async (moves) => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = done;
    after.port2.postMessage(0);
  }));
  const rows = [];
  for (const slider of document.querySelectorAll(".mmm-slider")) {
    const input = slider.querySelector("input");
    for (let move = 0; move < moves; move++) {
      await painted();
      const began = performance.now();
      input.value = 2 * (((move * 7) % moves) + 0.5) / moves;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      document.body.getBoundingClientRect();
      const computed_ms = performance.now() - began;
      await painted();
      rows.push({ channel: slider.dataset.key, move, computed_ms, painted_ms: performance.now() - began });
    }
  }
  return rows;
}
"""
"""Times from a slider's event until the new numbers are laid out, and until the frame that shows them is painted."""


def measure_slider() -> Measurement:
    """Milliseconds until a moved slider's numbers are on the screen: the slowest market's 95 % quantile."""
    rows = [{"market": code, **row} for code, page in pages().items() for row in moved(page)]
    quantiles = [
        np.quantile([r["painted_ms"] for r in rows if r["market"] == code], SHARE) for code in pages()
    ]
    return Measurement(float(max(quantiles)), rows)


def measure_weight() -> Measurement:
    """Megabytes of the heaviest market's page: its HTML with all data, and the explorer's own script and style.

    The rows hold the theme's files as well, which every page of the site loads.
    """
    rows = [{"market": code, **row} for code, page in pages().items() for row in loaded(page)]
    totals = [sum(r["mb"] for r in rows if r["market"] == code and r["own"]) for code in pages()]
    return Measurement(max(totals), rows)


def moved(page: Path) -> list[dict[str, object]]:
    """Move every slider of a page and take the times."""
    return _in_browser(page, lambda view: view.evaluate(MOVE_SLIDERS, MOVES))


def loaded(page: Path) -> list[dict[str, object]]:
    """Files that a page loads, their size in megabytes, and whether the explorer is what they are for."""
    asked: list[str] = []
    _in_browser(page, lambda _: None, asked)
    files = dict.fromkeys(unquote(urlparse(a).path) for a in asked if a.startswith("file:"))
    return [
        {"file": path.name, "mb": path.stat().st_size / 1e6, "own": path.stem in (NOTEBOOK, "explorer")}
        for path in map(Path, files)
        if path.is_file()
    ]


def _in_browser(page: Path, act, asked: list[str] | None = None):
    from playwright.sync_api import sync_playwright

    path = next((p for p in map(shutil.which, BROWSERS) if p), None)
    if path is None:
        raise Skipped("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        view = browser.new_page()
        view.on("request", lambda request: None if asked is None else asked.append(request.url))
        view.goto(page.as_uri())
        view.wait_for_selector(".mmm-explorer[data-ready]")
        found = act(view)
        browser.close()
    return found


@cache
def pages() -> dict[str, Path]:
    """Market → its explorer's page, built in a temporary folder from the demo's results."""
    portfolio, layout = load_portfolio(PROJECT_ROOT / PORTFOLIO_FILE), Layout("demo")
    codes = [c for c in portfolio.markets if layout.prospects(c).exists()]
    if not codes or not layout.run_record.exists():
        raise Skipped("there are no results of the demo: run `make report` first")
    root = Path(tempfile.mkdtemp(prefix="mmm-bench-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    copy_book(root)
    own = Layout("demo", root / "results")
    own.root.mkdir(parents=True)
    shutil.copy2(layout.run_record, own.run_record)
    for code in codes:
        run_notebook(layout, own, portfolio, code)
    html = publish(own, portfolio, root=root).index.parent
    return {code: html / "reports" / code / f"{NOTEBOOK}.html" for code in codes}


def copy_book(root: Path) -> None:
    """Settings and hand-written sources of the site, and the one notebook that it is to have."""
    shutil.copy(PROJECT_ROOT / "_config.yml", root)
    generated = shutil.ignore_patterns("reports", "index.*", "_toc.yml")
    shutil.copytree(PROJECT_ROOT / "book", root / "book", ignore=generated)
    (root / "notebooks").mkdir()
    shutil.copy(PROJECT_ROOT / "notebooks" / f"{NOTEBOOK}.ipynb", root / "notebooks")


def run_notebook(layout: Layout, own: Layout, portfolio: Portfolio, code: str) -> None:
    """Execute the notebook on the market's results and keep it where `own` has it."""
    own.market(code).mkdir()
    shutil.copy2(layout.panel(code), own.panel(code))
    parameters = {
        "market": code,
        "portfolio": PORTFOLIO_FILE,
        "profile": json.loads(layout.run_record.read_text(encoding="utf-8"))["profile"],
        "build": False,
    }
    template = PROJECT_ROOT / "notebooks" / f"{NOTEBOOK}.ipynb"
    execute(template, own.notebook(code, NOTEBOOK), parameters, {"label": portfolio.label(code)})


FIGURES = (
    Figure("explorer.slider_ms", "ms", 50, measure_slider),
    Figure("explorer.page_mb", "MB", 3, measure_weight),
)
