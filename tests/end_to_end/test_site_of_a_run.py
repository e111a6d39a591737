"""The pages of a real run, as a reader meets them."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pandas as pd
import pytest

from mmm_helpers.inputs.store import read_table
from mmm_helpers.report.words import interval_text


def test_a_missing_market_makes_the_exit_code_one(run):
    assert run.code == 1, run.text


def test_the_good_markets_have_all_their_pages(run):
    expected = {
        "index",
        "01_data_and_eda",
        "02_single_region_regression",
        "04_multi_geo_mmm",
        "07_budget_scenarios",
        "14_scenario_explorer",
    }
    for code in run.good:
        assert expected <= {p.stem for p in (run.html / "reports" / code).glob("*.html")}, run.text


def test_the_broken_market_says_what_is_wrong_and_how_to_see_it_again(run):
    text = run.pages()[f"reports/{run.broken}/index.html"].get_text(" ")
    assert "vendas.csv" in text
    assert f"--markets {run.broken}" in text


def test_the_broken_market_stays_on_the_scoreboard(run):
    assert "Portugal" in run.pages()["index.html"].find("table", class_="mmm-scoreboard").get_text()


def test_no_code_stands_on_report_pages(run):
    assert [k for k, page in run.reports().items() if page.select("div.cell_input")] == []


@pytest.mark.parametrize("word", ["Traceback", "Error:", "Warning:"])
def test_no_page_shows_an_error_or_a_warning(run, word):
    assert [k for k, page in run.reports().items() if word in page.find("main").get_text()] == []


def test_no_page_shows_a_missing_number(run):
    bad = re.compile(r"(?<![\w.])(nan|NaN|inf|None|NaT)(?![\w-])")
    found = {k: bad.findall(page.find("main").get_text(" ")) for k, page in run.reports().items()}
    assert {k: v for k, v in found.items() if v} == {}


def test_every_link_within_the_site_resolves(run):
    pages, broken = run.pages(), []
    for name, page in pages.items():
        for link in page.select("a[href]"):
            path, _, anchor = unquote(link["href"]).partition("#")
            if re.match(r"[a-z]+:", path):
                continue
            target = ((run.html / name).parent / path).resolve() if path else run.html / name
            known = target.is_file()
            if known and anchor and target.suffix == ".html":
                other = pages[target.relative_to(run.html.resolve()).as_posix()] if path else page
                known = other.find(id=anchor) is not None
            if not known:
                broken.append((name, link["href"]))
    assert broken == []


def test_no_page_asks_the_network_for_anything(run):
    loaded = [
        (name, tag.get("src") or tag.get("href"))
        for name, page in run.pages().items()
        for tag in page.select("script[src], img[src], link[rel=stylesheet], iframe[src]")
    ]
    assert [x for x in loaded if re.match(r"(https?:)?//", x[1])] == []


def test_every_chart_has_a_text_in_place_of_it(run):
    images = [(k, i.get("alt", "")) for k, page in run.reports().items() for i in page.select("main img")]
    assert images
    assert [x for x in images if len(x[1]) < 20] == []


def test_a_preview_says_so_on_every_report_page(run):
    good = {k: v for k, v in run.reports().items() if f"/{run.broken}/" not in k}
    assert [k for k, page in good.items() if not page.select(".mmm-banner.mmm-preview")] == []


def test_a_preview_gives_no_recommendation(run):
    for code in run.good:
        assert "No recommendation" in run.pages()[f"reports/{code}/index.html"].get_text(" ")
        assert read_table(run.results, code, "budget_plan").empty


def test_home_and_the_markets_page_show_the_same_return(run):
    for code in run.good:
        row = read_table(run.results, code, "market_summary").iloc[0]
        shown = interval_text(row["roas_mean"], row["roas_q05"], row["roas_q95"])
        for name in ("index.html", f"reports/{code}/index.html"):
            assert shown in run.pages()[name].get_text(" ")


def test_market_and_portfolio_tables_agree_on_every_cell(run):
    together = read_table(run.results, "portfolio", "channel_effects")
    for code in run.good:
        own = read_table(run.results, code, "channel_effects")
        same = together[together["market"] == code].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, same)


def test_nothing_is_computed_again_when_nothing_changed(run):
    fits = {code: run.results.market_fit(code).stat().st_mtime for code in run.good}
    pages = {code: run.results.notebook(code, "08_executive_summary").stat().st_mtime for code in run.good}
    run.again()
    assert {code: run.results.market_fit(code).stat().st_mtime for code in run.good} == fits
    assert {
        code: run.results.notebook(code, "08_executive_summary").stat().st_mtime for code in run.good
    } == pages
