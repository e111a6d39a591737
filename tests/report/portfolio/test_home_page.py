"""Sentences of the home page."""

from types import SimpleNamespace

import pandas as pd
import pytest

from mmm_helpers.report.portfolio.home_page import (
    headline,
    health_sentence,
    home_cards,
    next_tests,
    share_sentence,
)


def _interval(name: str, mean: float, low: float, high: float) -> dict[str, float]:
    return {f"{name}_mean": mean, f"{name}_q05": low, f"{name}_q95": high}


def _market(code: str, label: str, *, health: str = "pass", tier: str = "local", roas: float = 2.0) -> dict:
    row = {"market": code, "label": label, "outcome": 5e7, "spend": 3e6, "period_end": "2025-12-22"}
    row |= {"health": health, "data_tier": tier, "cause_mark": "observational"}
    return (
        row | _interval("roas", roas, roas - 0.5, roas + 0.5) | _interval("media_share", roas / 10, 0.1, 0.3)
    )


BOARD = pd.DataFrame(
    [
        _market("DE", "Germany", roas=2.5),
        _market("NO", "Norway", health="fail", roas=1.5),
        _market("PT", "Portugal", tier="transferred", health="review"),
    ]
)


def test_headline_names_portfolio_markets_week_and_profile():
    opened = SimpleNamespace(spec=SimpleNamespace(name="demo"), profile="standard")
    assert headline(opened, BOARD) == (
        "Portfolio **demo** · 3 markets · data to the week of 2025-12-22 · profile standard"
    )


def test_cards_add_up_markets():
    values = [value for _, value, _ in home_cards(BOARD, "EUR")]
    assert values[:2] == ["€150 M", "€9.00 M"]


def test_highest_return_is_that_of_the_best_market():
    _, value, note = home_cards(BOARD, "EUR")[2]
    assert value == "2.5 (2.0–3.0)"
    assert "Germany" in note


def test_a_market_without_a_return_is_not_the_best():
    board = BOARD.assign(roas_mean=[float("nan"), 1.5, 2.0])
    assert "Portugal" in home_cards(board, "EUR")[2][2]


def test_health_counts_what_passed():
    assert health_sentence(BOARD).startswith("**2 of 3 markets pass the health check.**")


@pytest.mark.parametrize("said", ["Norway", "Portugal"])
def test_health_names_failed_and_borrowing_markets(said):
    assert said in health_sentence(BOARD)


def test_health_counts_missing_markets_as_not_passed():
    missing = pd.DataFrame([{"market": "IE", "label": "Ireland", "health": "missing", "advice": "why"}])
    text = health_sentence(pd.concat([BOARD, missing], ignore_index=True))
    assert "2 of 4 markets" in text
    assert "Ireland" in text


def test_shares_name_the_smallest_and_the_largest():
    text = share_sentence(BOARD)
    assert text.index("Norway") < text.index("Germany")
    assert "**15 % (10–30)** ● ▽" in text


def test_a_single_market_has_one_share():
    assert share_sentence(BOARD.head(1)) == "Marketing brought **25 % (10–30)** ● ▽ of the outcome."


def test_a_market_that_failed_is_not_the_best():
    board = BOARD.assign(roas_mean=[2.5, 9.0, 2.0])
    assert home_cards(board, "EUR")[2][1:] == ("2.5 (2.0–3.0)", "estimated, Germany ● ▽")


def test_without_a_sound_market_there_is_no_best():
    _, value, note = home_cards(BOARD.assign(health="fail"), "EUR")[2]
    assert value == "–"
    assert note == "no market with a return passed its health check"


def _effects() -> pd.DataFrame:
    rows = [
        {"market": m, "region": region, "channel": c, "spend": spend}
        | _interval("roas", 2.0, 2.0 - w, 2.0 + w)
        for m, region, c, spend, w in [
            ("DE", "all", "tv", 1e6, 0.5),
            ("DE", "Nord", "tv", 9e9, 0.5),
            ("NO", "all", "search", 8e6, 1.0),
            ("PT", "all", "search", 2e6, 1.0),
            ("PT", "all", "tv", 3e6, 1.8),
            ("PT", "all", "ooh", 3e6, 1.8),
            ("DE", "all", "organic", float("nan"), 0.1),
        ]
    ]
    marks = {"data_tier": "local", "cause_mark": "observational"}
    return pd.DataFrame(rows).assign(period_start="2025-01-06", window="last 52 weeks", **marks)


def _groups(code: str) -> pd.DataFrame:
    """In Portugal TV and out-of-home cannot be told apart; together they are known well."""
    row = {"market": "PT", "region": "all", "group": "tv+ooh", "channels": "tv|ooh", "spend": 6e6}
    row |= {"period_start": "2025-01-06", "data_tier": "local", "cause_mark": "observational"}
    table = pd.DataFrame([row | _interval("roas", 2.0, 1.9, 2.1)])
    return table[table["market"] == code]


LABELS = {"tv": "TV", "search": "Search", "ooh": "Out-of-home"}


def _opened(code: str) -> SimpleNamespace:
    tables = {"channel_effects": _effects().query("market == @code"), "channel_groups": _groups(code)}
    return SimpleNamespace(table=tables.__getitem__, labels=LABELS)


def _tests_text(board: pd.DataFrame = BOARD, *, most: int = 4) -> str:
    opened = SimpleNamespace(market=_opened, reporting_currency="EUR")
    return next_tests(opened, board, most=most)


def test_the_costliest_doubt_is_tested_first():
    lines = _tests_text().splitlines()
    assert lines[2].startswith("- **Portugal, Search**: a return of 2.0 (1.0–3.0) ● ▽ leaves €4.00 M")


def test_channels_that_cannot_be_told_apart_are_one_doubt():
    assert "- **Portugal, TV and Out-of-home**: a return of 2.0 (1.9–2.1)" in _tests_text()


def test_a_market_that_failed_is_told_to_test_nothing():
    assert "Norway" not in _tests_text()


def test_regions_and_unpaid_channels_are_not_listed():
    assert len(_tests_text().splitlines()) == 2 + 3


def test_as_many_tests_as_asked_for():
    assert len(_tests_text(most=1).splitlines()) == 2 + 1


def test_without_a_sound_market_no_test_is_named():
    assert _tests_text(BOARD.assign(health="fail")).startswith(
        "No market has a return from a model that passed"
    )
