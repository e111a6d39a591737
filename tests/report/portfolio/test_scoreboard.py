"""The scoreboard: every market has its row, the missing ones too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.report.portfolio.scoreboard import add_missing, scoreboard_html

RUN = {
    "markets": {
        "DE": {"status": "ok", "label": "Germany", "reason": ""},
        "NO": {"status": "failed", "label": "Norway", "reason": "column 'Umsatz' is missing"},
    }
}


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "market": ["DE"],
            "label": ["Germany"],
            "outcome": [9e7],
            "trend": ["5 4 5 6"],
            "spend": [2e7],
            "roas_mean": [1.8],
            "roas_q05": [1.2],
            "roas_q95": [3.0],
            "data_tier": ["local"],
            "cause_mark": ["observational"],
            "health": ["pass"],
            "advice": ["Move €40 k a week from search to video."],
        }
    )


def test_row_links_the_markets_report(table):
    assert '<a href="reports/DE/index.html">Germany</a>' in scoreboard_html(table, currency="EUR")


def test_return_carries_its_interval(table):
    assert "1.8 (1.2–3.0)" in scoreboard_html(table, currency="EUR")


def test_return_carries_tier_and_cause(table):
    html = scoreboard_html(table, currency="EUR")
    assert "● local" in html
    assert "▽ observational" in html


def test_missing_market_has_a_row_with_its_reason(table):
    html = scoreboard_html(add_missing(table, RUN), currency="EUR")
    assert '<a href="reports/NO/index.html">Norway</a>' in html
    assert "Column &#x27;Umsatz&#x27; is missing." in html
    assert "nan" not in html


def test_market_without_return_shows_a_dash(table):
    table[["roas_mean", "roas_q05", "roas_q95"]] = np.nan
    assert "nan" not in scoreboard_html(table, currency="EUR")
