"""The pages of a real run in a real browser, from disk: phone, dark mode, accessibility."""

from __future__ import annotations

import shutil

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATH = next((p for p in map(shutil.which, BROWSERS) if p), None)
pytestmark = pytest.mark.skipif(PATH is None, reason="no Chromium is installed")
PAGES = (
    "index.html",
    "reports/NO/index.html",
    "reports/NO/04_multi_geo_mmm.html",
    "reports/NO/14_scenario_explorer.html",
)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("page", PAGES)
def test_a_phone_shows_the_page_without_scrolling_sideways(run, browser, page):
    view = browser.new_page(viewport={"width": 390, "height": 844})
    view.goto((run.html / page).as_uri())
    assert view.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_serious(run, browser, page, scheme):
    from axe_playwright_python.sync_playwright import Axe

    view = browser.new_page(color_scheme=scheme)
    view.goto((run.html / page).as_uri())
    found = Axe().run(view).response["violations"]
    serious = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []
