"""Blocks of a page: what a reader sees, and what must never be seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.report import blocks, display, marks

HEALTH = pd.DataFrame(
    {
        "check": ["effective draws", "divergent transitions"],
        "status": ["pass", "fail"],
        "value": [812.0, 3.0],
        "threshold": ["at least 400", "0"],
        "action": [np.nan, "refit at a higher acceptance target"],
    }
)


@pytest.fixture
def shown(monkeypatch):
    """Bundles that a block displays, in order."""
    bundles = []
    monkeypatch.setattr(display, "display", lambda data, **_: bundles.append(data))
    return bundles


def test_finding_is_myst_and_html(shown):
    blocks.finding("{term}`ROAS` of **2**")
    assert shown[0]["text/markdown"] == "::::{div} mmm-finding\n{term}`ROAS` of **2**\n::::"
    assert shown[0]["text/html"] == '<div class="mmm-finding"><p>ROAS of <strong>2</strong></p>\n</div>'


def test_finding_protects_dollars(shown):
    blocks.finding("from $3 M to $4 M")
    assert "from \\$3\u00a0M to \\$4\u00a0M" in shown[0]["text/markdown"]


def test_health_lists_failures_first():
    html = blocks.health_html(HEALTH)
    assert html.index("Divergent transitions") < html.index("Effective draws")


def test_health_says_what_to_do_only_where_needed():
    html = blocks.health_html(HEALTH)
    assert "refit at a higher acceptance target" in html
    assert "nan" not in html


def test_health_without_faults_has_no_empty_column():
    assert "What to do" in blocks.health_html(HEALTH)
    assert "What to do" not in blocks.health_html(HEALTH.assign(status="pass"))


def test_table_has_no_nan_and_no_none():
    frame = pd.DataFrame({"a": [1.0, np.nan], "b": ["x", None], "c": pd.to_datetime(["2025-01-06", None])})
    html = blocks.data_table_html(frame, caption="A table")
    assert "nan" not in html.lower()
    assert "none" not in html.lower()
    assert "NaT" not in html


def test_table_escapes_text():
    html = blocks.data_table_html(pd.DataFrame({"a": ["<script>"]}), caption="A <b>table</b>")
    assert "<script>" not in html
    assert "<b>" not in html


def test_table_scrolls_in_its_own_box():
    html = blocks.table_html(["A"], [["1"]])
    assert html.startswith('<div class="mmm-scroll" tabindex="0"')


def test_table_links_its_csv_file():
    html = blocks.data_table_html(pd.DataFrame({"a": [1]}), caption="T", csv="channel_effects")
    assert 'href="tables/channel_effects.csv"' in html


def test_rounding_error_is_shown_as_zero():
    html = blocks.data_table_html(pd.DataFrame({"a": [2.1e-16]}), caption="T")
    assert "<div>0</div>" in html


def test_card_sets_the_interval_apart(shown):
    blocks.cards([("Return", "2.1 (1.8–2.5)", "estimated")])
    assert '2.1 <span class="mmm-card-interval">(1.8–2.5)</span>' in shown[0]["text/html"]


def test_provenance_is_closed_and_lists_nested_records(shown):
    blocks.provenance({"profile": "quick", "versions": {"pandas": "3.1"}})
    assert shown[0]["text/html"].startswith("<details")
    assert "pandas: 3.1" in shown[0]["text/html"]


@pytest.mark.parametrize("status", ["pass", "review", "fail"])
def test_status_has_icon_and_word(status):
    icon, word = marks.STATUS[status]
    assert icon in marks.chip(status)
    assert word in marks.chip(status)


def test_interval_bar_says_its_numbers_to_those_who_cannot_see():
    assert 'aria-label="2.1 (1.8–2.5)"' in marks.interval_bar(2.1, 1.8, 2.5, longest=4)


def test_interval_bar_without_estimate_is_a_dash():
    assert marks.interval_bar(np.nan, np.nan, np.nan, longest=4) == "–"


def test_break_even_beyond_the_drawing_is_left_out():
    assert "mmm-break-even" not in marks.interval_bar(1, 0.5, 2, longest=3, break_even=5)


def test_sparkline_needs_two_points():
    assert marks.sparkline([1.0]) == "–"


def test_figure_without_alternative_text_is_refused():
    with pytest.raises(ValueError, match="'alt' parameter"):
        display.figure(None, alt=" ")


def test_short_health_card_shows_what_needs_a_look_and_folds_the_rest():
    html = blocks.health_summary_html(HEALTH)
    shown, _, closed = html.partition("<details")
    assert shown.count("<tr>") == 1 + (HEALTH["status"] != "pass").sum()
    assert closed.count("<tr>") == 1 + len(HEALTH)
