"""The scenario explorer in a real browser, from disk: what its sliders say is what the scenario table says."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from mmm_helpers.decisions.scenarios import scenario_table
from mmm_helpers.decisions.worth import Worth
from mmm_helpers.report.budget.explorer_html import explorer_html
from mmm_helpers.report.words import chance, money, money_interval
from tests.report.made_up_prospects import GROUPS, NO_GROUPS, NO_PLAN, PLANNED, payload, plan, prospects
from tests.site.conftest import Workshop, shows

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATH = next((p for p in map(shutil.which, BROWSERS) if p), None)
pytestmark = pytest.mark.skipif(PATH is None, reason="no Chromium is installed")
PAGE, WITHHELD, NO_MARGIN = "14_scenario_explorer", "01_data_and_eda", "04_multi_geo_mmm"
WORTH = Worth(0.4, margin=0.4)
AGREES = 1e-3


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> Path:
    """A site with three explorers: one whole, one without margin and recommendation, one with groups, no margin."""
    shop = Workshop(tmp_path_factory.mktemp("explorer") / "repository")
    advised = explorer_html(payload(own_plan=plan()), currency="EUR")
    bare, no_margin = (
        explorer_html(payload(Worth(None), *own), currency="EUR")
        for own in ((NO_GROUPS, NO_PLAN), (GROUPS, plan()))
    )
    shop.add("DE", PAGE, shows("text/html", advised), title="# Germany: scenario explorer")
    shop.add("DE", WITHHELD, shows("text/html", bare), title="# Germany: nothing recommended")
    shop.add("DE", NO_MARGIN, shows("text/html", no_margin), title="# Germany: no margin")
    return shop.publish().index.parent


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        yield opened
        opened.close()


class Explorer:
    """One open page; `asked` holds every address that it asked for."""

    def __init__(self, browser, html: Path, name: str = PAGE, link: str = "", **view):
        self.page = browser.new_page(**view)
        self.asked, self.errors = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto((html / "reports" / "DE" / f"{name}.html").as_uri() + link)
        self.page.wait_for_selector(".mmm-explorer[data-ready]")

    def move(self, channel: str, multiple: float) -> None:
        self.page.locator(f"#explorer-{channel}").fill(str(multiple))

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def shown(self, name: str) -> str:
        box = self.page.locator(f'[data-result="{name}"]')
        value, line = (box.locator(c).inner_text() for c in (".mmm-result-value", ".mmm-card-line"))
        return f"{value} {line}"

    def numbers(self, name: str) -> list[float]:
        data = self.page.locator(f'[data-result="{name}"]').evaluate("box => ({...box.dataset})")
        return [float(data[key]) for key in ("mean", "low", "high") if key in data]


@pytest.fixture
def explorer(browser, html):
    opened = Explorer(browser, html)
    yield opened
    assert opened.errors == []
    opened.page.close()


def expected(multiples) -> dict[str, object]:
    return scenario_table(prospects(), {"mine": np.array(multiples)}, worth=WORTH).iloc[0]


def outcome(row) -> list[float]:
    return [row[f"outcome_change_{s}"] for s in ("mean", "q05", "q95")]


def test_a_moved_slider_shows_the_scenario_tables_numbers(explorer):
    explorer.move("tv", 1.25)
    row = expected([1.25, 1.25, 1, 1])
    assert explorer.numbers("outcome") == pytest.approx(outcome(row), rel=AGREES)
    assert explorer.shown("outcome") == money_interval(*outcome(row), "EUR", sign=True)
    assert explorer.shown("spend").startswith(f"{money(row['spend_change'], 'EUR', sign=True)} ")
    assert explorer.shown("loss").startswith(chance(row["p_loss"]))
    assert explorer.shown("loss").endswith(chance(row["p_loss_predictive"]))


@pytest.mark.parametrize(("button", "multiple"), [("+10 % everywhere", 1.1), ("−10 % everywhere", 0.9)])
def test_ten_percent_everywhere_is_the_scenario_tables(explorer, button, multiple):
    explorer.press(button)
    row = expected(np.full(4, multiple))
    assert explorer.numbers("outcome") == pytest.approx(outcome(row), rel=AGREES)
    assert explorer.numbers("spend") == pytest.approx([row["spend_change"]])
    loss, by_chance = explorer.page.locator('[data-result="loss"]').evaluate(
        "b => [b.dataset.mean, b.dataset.chance]"
    )
    assert float(loss) == pytest.approx(row["p_loss"])
    assert float(by_chance) == pytest.approx(row["p_loss_predictive"])


def test_the_recommendation_is_followed_with_its_regions_and_left_again(explorer):
    explorer.press("Follow the recommendation")
    assert explorer.numbers("outcome") == pytest.approx(outcome(expected(PLANNED)), rel=AGREES)
    assert explorer.page.locator("#explorer-ooh").input_value() == "0.8"
    explorer.press("Back to today")
    assert explorer.numbers("outcome") == [0, 0, 0]


def test_a_link_reproduces_the_setting(explorer, browser, html):
    explorer.move("search", 0.6)
    explorer.move("tv", 1.5)
    link = explorer.page.evaluate("location.hash")
    again = Explorer(browser, html, link=link)
    assert again.page.locator("#explorer-search").input_value() == "0.6"
    assert again.numbers("outcome") == explorer.numbers("outcome")
    assert again.numbers("outcome")[0] == pytest.approx(outcome(expected([1.5, 1.5, 1, 0.6]))[0], rel=AGREES)


def test_a_link_to_the_recommendation_keeps_its_regions(explorer, browser, html):
    explorer.press("Follow the recommendation")
    again = Explorer(browser, html, link=explorer.page.evaluate("location.hash"))
    assert again.numbers("outcome") == explorer.numbers("outcome")


def test_the_button_copies_the_link(browser, html):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    own = Explorer(context, html)
    own.move("tv", 1.5)
    own.press("Copy link to this setting")
    own.page.get_by_text("Link copied.").wait_for()
    assert own.page.evaluate("navigator.clipboard.readText()").endswith(f"{PAGE}.html#tv=1.5")
    context.close()


def test_what_a_link_asks_for_in_vain_is_named(browser, html):
    own = Explorer(browser, html, link="#radio=1.2&tv=9&ooh=1.1")
    text = own.page.locator(".mmm-explorer-status").inner_text()
    assert "radio" in text
    assert "TV 9" in text
    assert own.page.locator("#explorer-ooh").input_value() == "1.1"


def test_arrow_keys_move_a_slider_and_the_result_is_announced(explorer):
    explorer.page.locator("#explorer-tv").focus()
    explorer.page.keyboard.press("ArrowRight")
    row = expected([1.01, 1.01, 1, 1])
    assert explorer.numbers("outcome") == pytest.approx(outcome(row), rel=AGREES)
    said = explorer.page.locator(".mmm-explorer-said").text_content()
    assert money_interval(*outcome(row), "EUR", sign=True) in said
    assert "TV" in explorer.page.locator("label[for=explorer-tv]").inner_text()
    assert "+1 %" in explorer.page.locator("#explorer-tv").get_attribute("aria-valuetext")


def test_spend_beyond_what_was_seen_and_beyond_the_plan_is_named(explorer):
    explorer.move("tv", 1.8)
    note = explorer.page.locator(".mmm-explorer-note").inner_text()
    share = expected([1.8, 1.8, 1, 1])["share_outside_support"]
    assert f"{100 * share:.0f} % of this spend" in note
    assert "Further than a plan may go: TV." in note


def test_without_margin_profit_is_not_known_and_nothing_can_be_followed(browser, html):
    own = Explorer(browser, html, WITHHELD, link="#tv=plan")
    assert own.page.get_by_role("button", name="Follow the recommendation").count() == 0
    assert "TV as recommended" in own.page.locator(".mmm-explorer-status").inner_text()
    own.press("+10 % everywhere")
    assert own.shown("profit").startswith("not known")
    assert own.shown("loss").startswith("not known")
    assert own.numbers("outcome") == pytest.approx(outcome(expected(np.full(4, 1.1))), rel=AGREES)


def test_without_margin_the_chance_of_a_loss_is_known_where_the_total_stays(browser, html):
    own = Explorer(browser, html, NO_MARGIN)
    own.press("Follow the recommendation")
    row = scenario_table(prospects(), {"mine": PLANNED}, worth=Worth(None)).iloc[0]
    assert own.shown("loss").startswith(f"{chance(row['p_loss'])} with")
    assert own.shown("loss").endswith(chance(row["p_loss_predictive"]))


def test_channels_that_cannot_be_told_apart_move_as_one(browser, html):
    own = Explorer(browser, html, NO_MARGIN, link="#tv%2Booh=0.6")
    assert own.page.get_by_label("TV and Out-of-home").input_value() == "0.6"
    assert own.numbers("outcome") == pytest.approx(outcome(expected([0.6, 0.6, 0.6, 1])), rel=AGREES)


def test_nothing_is_asked_of_the_network(explorer):
    explorer.move("tv", 0.5)
    assert [address for address in explorer.asked if not address.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, html, scheme):
    from axe_playwright_python.sync_playwright import Axe

    own = Explorer(browser, html, link="#tv=1.8", color_scheme=scheme)
    found = Axe().run(own.page).response["violations"]
    serious = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []


def test_a_phone_shows_it_without_scrolling_sideways(browser, html):
    own = Explorer(browser, html, link="#tv=1.8&search=0.2", viewport={"width": 390, "height": 844})
    assert own.page.evaluate("document.documentElement.scrollWidth") <= 390
