"""Table of contents of the site: which page lies under which, as data and as `_toc.yml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

SUMMARY = "08_executive_summary"
SCOREBOARD = "09_scoreboard"
PROOF = "12_proof"
REFERENCE = "Reference"
LEADERSHIP = "15_leadership_summary"
PORTFOLIO_NUMBERS = frozenset({*range(9, 13), 15})
"""Numbers of the notebooks about all markets; the others are run per market."""
READ_AFTER = {"14_scenario_explorer": "07_budget_scenarios", "16_reconciliation": "06_attribution"}
"""Pages of a market that do not stand where their number says → the page that they follow."""

NAV_TITLES = {
    "01_data_and_eda": "Data",
    "02_single_region_regression": "Simple regression",
    "03_regional_performance": "Regional performance",
    "04_multi_geo_mmm": "The model",
    "05_lift_test_calibration": "Experiments and calibration",
    "06_attribution": "Attribution",
    "16_reconciliation": "One number for each channel",
    "07_budget_scenarios": "Budget and scenarios",
    "14_scenario_explorer": "Scenario explorer",
    "13_experiment_design": "The next experiment",
    "08_executive_summary": "Summary",
    "09_scoreboard": "Scoreboard",
    "10_portfolio_mmm": "All markets together",
    "11_portfolio_budget": "Portfolio budget",
    "12_proof": "How often the verdict is wrong",
    "15_leadership_summary": "For leadership",
}
"""Short names of pages in the navigation; the pages' own titles name the market as well."""


def page_name(notebook: str) -> str:
    """Name of a notebook's page: a market's summary is the first page of its folder.

    Examples
    --------
    >>> page_name("08_executive_summary"), page_name("04_multi_geo_mmm")
    ('index', '04_multi_geo_mmm')
    """
    return "index" if notebook == SUMMARY else notebook


def reading_order(notebook: str) -> tuple[str, str]:
    """Where a notebook's page stands among a market's pages, as a key to sort by.

    Examples
    --------
    >>> sorted(["13_experiment_design", "14_scenario_explorer", "07_budget_scenarios"], key=reading_order)
    ['07_budget_scenarios', '14_scenario_explorer', '13_experiment_design']
    """
    return READ_AFTER.get(notebook, notebook), notebook


def market_chapter(code: str, label: str, notebooks: Sequence[str]) -> dict[str, Any]:
    """One market: its first page, with the other notebooks' pages under it, in their order."""
    chapter: dict[str, Any] = {"file": f"reports/{code}/index", "title": label}
    sections = [
        {"file": f"reports/{code}/{name}", "title": NAV_TITLES.get(name, name)}
        for name in sorted(notebooks, key=reading_order)
        if name != SUMMARY
    ]
    return chapter | ({"sections": sections} if sections else {})


def build_toc(
    markets: Mapping[str, tuple[str, Sequence[str]]],
    portfolio_notebooks: Sequence[str],
    static_parts: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """The whole table of contents in Jupyter Book's format; a part without pages is left out.

    Parameters
    ----------
    markets : market code → (label, names of its published notebooks).
    portfolio_notebooks : names of the published notebooks about all markets, the scoreboard excluded; the proof,
        which is about no market, goes to "Reference".
    static_parts : caption → pages that are written by hand ("Learn", "Reference").
    """
    proof = [_portfolio_page(name) for name in portfolio_notebooks if name == PROOF]
    parts = [
        ("Reports by market", [market_chapter(c, label, books) for c, (label, books) in markets.items()]),
        (
            "Portfolio",
            [_portfolio_page(n) for n in sorted(portfolio_notebooks, key=leadership_first) if n != PROOF],
        ),
        *(
            (caption, (proof if caption == REFERENCE else []) + [{"file": page} for page in pages])
            for caption, pages in static_parts.items()
        ),
    ]
    return {
        "format": "jb-book",
        "root": "index",
        "parts": [{"caption": caption, "chapters": chapters} for caption, chapters in parts if chapters],
    }


def leadership_first(notebook: str) -> tuple[bool, str]:
    """Where a page about all markets stands: the summary for leadership before the others, as a key to sort by.

    Examples
    --------
    >>> sorted(["10_portfolio_mmm", "15_leadership_summary"], key=leadership_first)
    ['15_leadership_summary', '10_portfolio_mmm']
    """
    return notebook != LEADERSHIP, notebook


def _portfolio_page(name: str) -> dict[str, str]:
    return {"file": f"reports/portfolio/{name}", "title": NAV_TITLES.get(name, name)}


def render_toc(toc: Mapping[str, Any]) -> str:
    """The table of contents as the text of `_toc.yml`."""
    return "# Generated from the last run; edit toc_static.yml instead.\n" + yaml.safe_dump(
        dict(toc), allow_unicode=True, sort_keys=False
    )
