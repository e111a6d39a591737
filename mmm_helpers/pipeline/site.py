"""What can be done with a finished site: serve it, print its summaries, remove it."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
from pathlib import Path

from mmm_helpers.errors import PublishError
from mmm_helpers.layout import PORTFOLIO, PROJECT_ROOT
from mmm_helpers.pipeline.plan import relative
from mmm_helpers.report.site.toc import LEADERSHIP

HTML = PROJECT_ROOT / "_build" / "html"
PDF = PROJECT_ROOT / "_build" / "pdf"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
GENERATED = ("_build", "book/reports", "book/index.ipynb", "book/index.md", "book/_toc.yml", ".snakemake")


def serve(*, port: int = 8000) -> int:
    """Serve the site on this machine only, until Ctrl-C."""
    _require_site()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"http://localhost:{port} shows {relative(HTML)}; Ctrl-C ends it.", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


def print_summaries(html: Path = HTML, folder: Path = PDF) -> int:
    """Print the home page and the summaries, for leadership and by market, to PDF files; returns 1 if one could not be.

    Raises
    ------
    PublishError
        There is no site yet, or no browser that prints.
    """
    _require_site(html)
    browser = find_browser()
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"portfolio": html / "index.html"}
    leadership = html / "reports" / PORTFOLIO / f"{LEADERSHIP}.html"
    pages |= {"leadership": leadership} if leadership.exists() else {}
    pages |= {page.parent.name: page for page in sorted(html.glob("reports/*/index.html"))}
    bad = [name for name, page in pages.items() if not _print(browser, page, folder / f"{name}.pdf")]
    for name in bad:
        print(f"{name} could not be printed.", file=sys.stderr)
    print(f"Printed {len(pages) - len(bad)} of {len(pages)} pages to {relative(folder)}.")
    return 1 if bad else 0


def find_browser() -> str:
    """Path of a browser that prints without a window.

    Raises
    ------
    PublishError
        None of the known ones is installed.
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise PublishError(
            "No Chromium was found to print with: install it (`apt install chromium`), or "
            "print the pages from your browser, which is what they are laid out for."
        )
    return found


def clean(results: str = "results") -> int:
    """Remove the results, the site and every generated page; `.venv` and what you wrote stay."""
    for name in (results, *GENERATED):
        path = PROJECT_ROOT / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    print(f"Removed {results}, {', '.join(GENERATED)}.")
    return 0


def _print(browser: str, page: Path, target: Path) -> bool:
    target.unlink(missing_ok=True)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command = [browser, *options, f"--print-to-pdf={target}", page.resolve().as_uri()]
    subprocess.run(command, capture_output=True, timeout=120, check=False)
    return target.exists()


def _require_site(html: Path = HTML) -> None:
    if not (html / "index.html").exists():
        raise PublishError("There is no site yet: run `make report` (`python -m mmm_helpers report`) first.")
