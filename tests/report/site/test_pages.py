"""Banners and pages about what is wrong or missing."""

from __future__ import annotations

import pandas as pd

from mmm_helpers.report.site import pages
from mmm_helpers.report.site.pages import Missing

GONE = Missing("NO", None, "column 'Umsatz' is missing", "python -m mmm_helpers check --markets NO")


def health(part: str, status: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"part": [part], "check": ["R-hat"], "status": [status], "action": ["run longer"], "market": ["DE"]}
    )


def test_failed_computation_withdraws_the_recommendation():
    banner = pages.health_banner(health("computation", "fail"))
    assert "no recommendation" in banner
    assert "Run longer." in banner


def test_failed_cell_does_not_condemn_the_market():
    assert pages.health_banner(health("identification", "fail")) == ""


def test_review_shows_no_banner():
    assert pages.health_banner(health("computation", "review")) == ""


def test_missing_market_says_why_and_how_to_see_it():
    page = pages.write_missing_market("Norway", [GONE])
    assert page.startswith("# Norway: no report")
    assert "is missing.\n" in page
    assert "python -m mmm_helpers check --markets NO" in page


def test_pages_missing_for_one_reason_are_told_together():
    two = [Missing("DE", name, "the fit failed", "make report") for name in ("04_multi_geo_mmm", "08_x")]
    page = pages.write_missing_market("Germany", two)
    assert page.startswith("# Germany: no summary")
    assert page.count("The fit failed.") == 1
    assert "**The model and 08_x.**" in page


def test_missing_home_names_every_missing_market():
    assert "## Norway" in pages.write_missing_home([GONE], {"NO": "Norway"})


def test_reason_cannot_inject_html():
    missing = Missing("NO", None, "<script>", "x")
    assert "<script>" not in pages.write_missing_market("Norway", [missing])


def test_missing_page_is_one_line_on_the_console():
    assert str(GONE) == (
        "NO is missing. Column 'Umsatz' is missing. To see it again: python -m mmm_helpers check --markets NO"
    )
