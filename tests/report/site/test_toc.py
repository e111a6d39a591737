"""Table of contents: order, nesting, no empty part."""

from __future__ import annotations

import yaml

from mmm_helpers.report.site.toc import build_toc, render_toc

MARKETS = {"NO": ("Norway", []), "DE": ("Germany", ["04_multi_geo_mmm", "01_data_and_eda"])}


def test_part_without_pages_is_left_out():
    toc = build_toc(MARKETS, [], {"Learn": [], "Reference": ["glossary"]})
    assert [part["caption"] for part in toc["parts"]] == ["Reports by market", "Reference"]


def test_markets_keep_the_order_of_the_file():
    chapters = build_toc(MARKETS, [], {})["parts"][0]["chapters"]
    assert [c["file"] for c in chapters] == ["reports/NO/index", "reports/DE/index"]


def test_other_pages_lie_under_the_summary_in_order():
    chapter = build_toc(
        {"DE": ("Germany", ["08_executive_summary", "04_multi_geo_mmm", "01_data_and_eda"])}, [], {}
    )
    sections = chapter["parts"][0]["chapters"][0]["sections"]
    assert [s["file"] for s in sections] == ["reports/DE/01_data_and_eda", "reports/DE/04_multi_geo_mmm"]


def test_code_that_looks_like_a_boolean_stays_text():
    text = render_toc(build_toc({"NO": ("NO", [])}, [], {}))
    assert yaml.safe_load(text)["parts"][0]["chapters"][0]["title"] == "NO"


def test_proof_stands_under_reference_and_not_among_the_markets_pages():
    parts = build_toc(MARKETS, ["12_proof", "10_portfolio_mmm"], {"Reference": ["glossary"]})["parts"]
    files = {part["caption"]: [c["file"] for c in part["chapters"]] for part in parts}
    assert files["Portfolio"] == ["reports/portfolio/10_portfolio_mmm"]
    assert files["Reference"] == ["reports/portfolio/12_proof", "glossary"]
