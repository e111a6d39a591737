"""The built site, as a reader opens it from disk."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest
from nbformat.v4 import new_code_cell, new_output

from mmm_helpers.errors import PublishError
from mmm_helpers.report.site import publish as site

FETCHED = re.compile(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="((?:https?:)?//[^"]*)"')
LINK = re.compile(r'\b(?:href|src)="([^"]+)"')


def read(html, page: str) -> str:
    return (html / page).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def all_pages(html):
    pages = [p for p in html.rglob("*.html") if "_static" not in p.parts]
    return {p.relative_to(html).as_posix(): p.read_text(encoding="utf-8") for p in pages}


def test_first_build_builds(built):
    assert built.built
    assert built.index.exists()


def test_missing_market_is_reported(built):
    assert [(m.code, m.page) for m in built.missing] == [("NO", None)]


def test_missing_market_has_a_page_with_reason_and_command(html):
    page = read(html, "reports/NO/index.html")
    assert "Norway: no report" in page
    assert "Column 'Umsatz' is missing." in page.replace("&#39;", "'").replace("&#x27;", "'")
    assert "python -m mmm_helpers check --portfolio portfolio.yml --markets NO" in page


def test_no_page_fetches_anything_from_the_network(all_pages):
    assert {page: found for page, text in all_pages.items() if (found := FETCHED.findall(text))} == {}


def test_no_page_shows_code_or_warnings(all_pages):
    reports = [text for page, text in all_pages.items() if page.startswith(("reports/", "index"))]
    assert len(reports) == 4
    assert not [text for text in reports if "secret_code" in text or "UserWarning" in text]


def test_every_local_link_leads_somewhere(html, all_pages):
    broken = []
    for page, text in all_pages.items():
        for link in LINK.findall(text):
            parts = urlsplit(link)
            if parts.scheme or not parts.path:
                continue
            if not (html / page).parent.joinpath(unquote(parts.path)).exists():
                broken.append((page, link))
    assert broken == []


def test_link_to_a_page_that_is_not_published_became_text(html):
    page = read(html, "reports/DE/index.html")
    assert "attribution" in page
    assert "06_attribution" not in page


def test_link_between_pages_of_a_market_works(html):
    assert 'href="01_data_and_eda.html"' in read(html, "reports/DE/index.html")


def test_glossary_terms_are_linked(html):
    assert 'href="../../glossary.html#term-ROAS"' in read(html, "reports/DE/index.html")


def test_formulas_need_no_script(html):
    page = read(html, "reports/DE/01_data_and_eda.html")
    assert "<math" in page
    assert not re.search(r"<script[^>]*mathjax", page, re.IGNORECASE)


def test_images_have_alternative_texts(html):
    assert 'alt="Returns by channel"' in read(html, "reports/DE/index.html")


def test_failed_health_is_on_every_page_of_the_market_and_nowhere_else(all_pages):
    red = {page for page, text in all_pages.items() if 'class="mmm-banner mmm-fail"' in text}
    assert red == {"reports/DE/index.html", "reports/DE/01_data_and_eda.html"}


def test_every_page_has_a_title_and_a_description(all_pages):
    bare = [
        page
        for page, text in all_pages.items()
        if not re.search(r"<title>[^<]{3,}", text) or '<meta name="description" content="' not in text
    ]
    assert [page for page in bare if page not in ("genindex.html", "search.html")] == []


def test_tables_lie_beside_the_pages(html):
    assert (html / "reports/DE/tables/channel_effects.csv").read_text() == "channel\ntv\n"


def test_empty_parts_are_left_out_of_the_navigation(html):
    home = read(html, "index.html")
    assert "Reports by market" in home
    assert "Learn" not in home


def test_sources_hold_no_paths_of_the_run(workshop):
    assert "/home/me" not in (workshop.root / "book/reports/DE/index.ipynb").read_text()


def test_unchanged_site_is_not_built_again(built, workshop):
    assert not workshop.publish().built


def test_traceback_on_a_page_is_refused(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "x.html").write_text("<pre>Traceback (most recent call last)</pre>")
    with pytest.raises(PublishError, match=r"reports/x\.html"):
        site.check_pages(tmp_path)


def test_jupyter_book_two_is_refused(monkeypatch, workshop):
    monkeypatch.setattr(site.jupyter_book, "__version__", "2.1.0")
    with pytest.raises(PublishError, match=r"Jupyter Book 2\.1\.0"):
        workshop.publish()


def test_preview_banner_stands_on_every_result_page():
    assert "must not be used for a decision" in site.pages.preview_banner()


def test_stopped_notebook_is_named_on_the_markets_first_page(shop):
    error = new_output("error", ename="KeyError", evalue="'tv'", traceback=[])
    shop.add("DE", "08_executive_summary", title="# Germany")
    shop.add("DE", "04_multi_geo_mmm", new_code_cell("x", outputs=[error]), title="# Germany: the model")
    content = site._gather(shop.layout, shop.portfolio, shop.root / "notebooks")
    banner = site._banners(shop.layout, content)["reports/DE/index"]
    assert "The model: A cell failed with KeyError" in banner
