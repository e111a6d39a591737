"""What is refused: the sentence that says so, and what the site shows in the market's place."""

from __future__ import annotations

import pandas as pd
import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.gate import gate_market
from mmm_helpers.inputs.portfolio import load_portfolio
from mmm_helpers.layout import Layout
from mmm_helpers.report.portfolio.home_page import health_sentence
from mmm_helpers.report.portfolio.scoreboard import add_missing, scoreboard_html
from mmm_helpers.report.site.pages import REPRODUCE, Missing, write_missing_market

SOUND = pd.DataFrame(
    [
        {"market": "DE", "label": "Germany", "outcome": 1e6, "trend": "1 2", "spend": 1e5, "health": "pass"}
        | {"roas_mean": 2.0, "roas_q05": 1.0, "roas_q95": 3.0, "data_tier": "local"}
        | {"cause_mark": "observational", "advice": "Keep today's plan."}
    ]
)


def _short(raw: pd.DataFrame) -> None:
    raw.drop(raw.index[raw["date"] > raw["date"].min() + pd.Timedelta(weeks=19)], inplace=True)


def _calendar(file: str) -> str:
    return file.replace("{label: Examplia}", "{label: Examplia, holidays: XQ}")


REFUSED = {
    "too little data": (
        {"change": _short},
        "Market XX: only 20 periods have a known outcome, too little for any estimate (panel.csv); expected at "
        "least 26: add history, or leave the market out of the run.",
    ),
    "unknown calendar": (
        {"text": _calendar},
        "Market XX: holiday calendar 'XQ' is unknown (portfolio.yml, key markets.XX.holidays); expected a country "
        "code, or country and subdivision (the nearest is 'AQ'): correct the code.",
    ),
}


@pytest.fixture(params=REFUSED)
def refused(request, made_up_files) -> tuple[str, str, Layout]:
    """The message that a market's data met, the one that is due, and where results would lie."""
    options, due = REFUSED[request.param]
    file = made_up_files(**options)
    layout = Layout("made-up", file.parent / "results")
    with pytest.raises(InputError) as refusal:
        gate_market(load_portfolio(file), "XX", layout)
    return str(refusal.value), due, layout


def test_refusal_says_what_where_what_was_due_and_how_to_mend_it(refused):
    message, due, _ = refused
    assert message == due


def test_nothing_is_left_that_could_be_read_as_a_result(refused):
    layout = refused[2]
    assert not layout.panel("XX").exists()
    assert not layout.specification("XX").exists()


def test_the_home_page_keeps_a_row_with_the_reason(refused):
    message = refused[0]
    run = {"markets": {"XX": {"status": "failed", "label": "Examplia", "reason": message}}}
    board = add_missing(SOUND, run)
    html = scoreboard_html(board, currency="EUR")
    assert "Examplia" in html
    assert "mmm-missing" in html
    assert message.split(":")[0] in html
    assert "nan" not in html.lower()
    assert "Could not be built: Examplia." in health_sentence(board)


def test_the_markets_page_says_why_and_how_to_see_it_again(refused):
    command = REPRODUCE.format(path="portfolio.yml", code="XX")
    page = write_missing_market("Examplia", [Missing("XX", None, refused[0], command)])
    assert page.startswith("# Examplia: no report")
    assert "too little for any estimate" in page or "holiday calendar" in page
    assert command in page


def test_a_mediator_is_refused_with_the_whole_file(made_up_files):
    file = made_up_files(text=lambda file: file + "controls:\n  visits: {role: mediator}\n")
    with pytest.raises(InputError) as refusal:
        load_portfolio(file)
    assert str(refusal.value) == (
        "a mediator lies on the path from media to the outcome and would hide their effect (portfolio.yml, line 14, "
        "key controls.visits.role); expected a confounder or precision control, as the model estimates total effects: "
        "remove this control."
    )
