"""Sentences, tables and charts about all markets, on tables small enough to check by hand."""

from __future__ import annotations

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.report.portfolio import plots_markets, portfolio_health
from mmm_helpers.report.portfolio import portfolio_page as page

LABELS = {"tv": "TV", "social": "Paid social", "organic": "Organic"}
PLACES = {"US": "United States", "NO": "Norway"}
MARKETS = {code: SimpleNamespace(label=name) for code, name in {**PLACES, "IE": "Ireland"}.items()}


def effect(market: str, channel: str, spend: float, roas: tuple) -> dict:
    row = {"market": market, "region": "all", "channel": channel, "spend": spend, "data_tier": "local"}
    row |= {"period_start": pd.Timestamp("2025-01-06"), "period_end": pd.Timestamp("2025-12-29")}
    return row | dict(zip(["roas_mean", "roas_q05", "roas_q95"], roas, strict=True))


@pytest.fixture
def effects() -> pd.DataFrame:
    rows = [effect("US", "tv", 900.0, (3.0, 2.5, 3.5)), effect("NO", "tv", 90.0, (1.0, 0.5, 2.0))]
    rows += [effect("US", "social", 200.0, (2.0, 1.0, 3.0))]
    return pd.DataFrame([*rows, effect("NO", "organic", np.nan, (np.nan, np.nan, np.nan))])


@pytest.fixture
def shrinkage() -> pd.DataFrame:
    rows = []
    for market, region, factor, own in (
        ("US", "all", 0.2, 3.0),
        ("NO", "all", 0.8, 1.0),
        ("NO", "East", 0.9, 1.0),
    ):
        row = {"market": market, "region": region, "channel": "tv", "pooling_factor": factor}
        row |= {"data_tier": "local" if factor < 0.3 else "transferred"}
        row |= {"own_mean": own, "own_q05": own / 2, "own_q95": own * 2}
        rows.append(row | {"pooled_mean": 2.0, "pooled_q05": 1.0, "pooled_q95": 3.0})
    return pd.DataFrame(rows)


def test_markets_come_in_the_files_order():
    assert list(page.market_names({"NO", "US"}, MARKETS)) == ["US", "NO"]


def test_the_largest_channel_opens_the_page(effects):
    text = page.describe_markets(effects, places=PLACES, labels=LABELS, currency="EUR")
    assert text.startswith("**TV**, the largest channel with 83 % of all spend")
    assert "**€3.0 (2.5–3.5)** in United States and **€1.0 (0.50–2.0)** in Norway" in text
    assert text.endswith("their ranges do not overlap.")


def test_a_channel_of_one_market_is_said_to_be_one(effects):
    text = page.describe_markets(effects.iloc[[0]], places=PLACES, labels=LABELS, currency="EUR")
    assert text.endswith("in United States, the only market that uses it.")


def test_missing_markets_have_a_reason():
    reasons = page.read_reasons(
        {"markets": {"IE": {"status": "failed", "reason": "column 'revenue' is missing"}}}
    )
    text = page.describe_absent(PLACES, MARKETS, reasons)
    assert text == "**Not on this page.** Ireland: Column 'revenue' is missing."
    assert page.describe_absent(MARKETS, MARKETS, {}) == ""


def test_spread_is_the_ratio_of_extremes(effects):
    assert "**TV**: the best return is **3.0 times** the worst" in page.describe_spread(
        effects, labels=LABELS
    )


def test_spread_needs_two_markets(effects):
    assert "nothing to compare" in page.describe_spread(effects.iloc[[0]], labels=LABELS)


def test_matrix_has_a_dash_where_a_channel_is_not_used(effects):
    matrix = page.compute_returns_matrix(effects, places=PLACES, labels=LABELS)
    assert list(matrix.columns) == ["market", "TV", "Paid social"]
    assert matrix["Paid social"].tolist() == ["2.0 ●<br>(1.0–3.0)", "–"]


def test_shrinkage_keeps_totals_of_paid_channels(shrinkage, effects):
    assert page.market_shrinkage(shrinkage, effects, labels=LABELS)["market"].tolist() == ["US", "NO"]


def test_borrowing_is_ordered_by_pooling(shrinkage, effects):
    table = page.compute_borrowing(page.market_shrinkage(shrinkage, effects, labels=LABELS), places=PLACES)
    assert table["name"].tolist() == ["Norway", "United States"]
    assert table["moved"].tolist() == pytest.approx([1.0, 0.5])  # 1 to 2 is +100 %, 2 to 3 is 50 %
    assert table["transferred"].tolist() == [1, 0]


def test_borrowing_sentence_names_both_ends(shrinkage, effects):
    table = page.compute_borrowing(page.market_shrinkage(shrinkage, effects, labels=LABELS), places=PLACES)
    text = page.describe_market_borrowing(table)
    assert text.startswith("**Norway** borrows most: **80 %**")
    assert "United States borrows least, 20 %" in text


def test_break_even_is_shared_only_if_equal():
    here = SimpleNamespace(
        market=lambda code: SimpleNamespace(break_even={"US": 2.5, "NO": 2.5, "IE": 2.0}[code])
    )
    assert page.shared_break_even(here, ["US", "NO"]) == 2.5
    assert page.shared_break_even(here, ["US", "IE"]) is None


def test_break_even_that_differs_is_explained():
    assert "No break-even" in page.describe_break_even(None)


@pytest.fixture
def health() -> pd.DataFrame:
    rows = [
        ("US", "computation", "chains", "pass", np.nan),
        ("US", "prediction", "gain", "fail", "look closer"),
    ]
    rows += [("NO", "computation", "R-hat of all others", "fail", "run longer")]
    return pd.DataFrame(rows, columns=["market", "part", "check", "status", "action"])


def test_only_gating_checks_make_a_market_fail(health):
    table = portfolio_health.compute_health_table(health, places=PLACES)
    assert table["health"].tolist() == ["review", "fail"]
    assert table["first_thing_to_do"].tolist() == ["Look closer.", "Run longer."]


def test_health_sentence_names_who_fails(health):
    table = portfolio_health.compute_health_table(health, places=PLACES)
    text = portfolio_health.describe_market_health(table)
    assert (
        text == "**0 of 2 markets** pass every health check; Norway fails one and must not ground a decision."
    )


def test_health_sentence_when_all_pass(health):
    table = portfolio_health.compute_health_table(health.assign(status="pass"), places=PLACES)
    assert portfolio_health.describe_market_health(table) == "**2 of 2 markets** pass every health check."


def test_chart_has_a_panel_a_channel_and_says_what_is_not_used(effects):
    grid = plots_markets.plot_returns_by_market(
        effects, places=PLACES, labels=LABELS, colors={}, break_even=2.5
    )
    assert [ax.get_title(loc="left") for ax in grid] == ["TV", "Paid social"]
    assert [t.get_text() for t in grid[1].texts] == ["not used"]
    plt.close("all")


def test_chart_in_words(effects):
    text = plots_markets.describe_returns_by_market(effects, places=PLACES, labels=LABELS)
    assert "Norway: TV 1.0 (0.50–2.0)" in text


def test_sources_list_files_with_hashes():
    record = {"portfolio_file": "p.yml", "sources": [{"path": "a.csv", "sha256": "0123456789abcdef"}]}
    summary = page.summarize_sources({"Norway": record}, profile="quick")
    assert summary["files"] == {"Norway": "a.csv (SHA-256 0123456789ab…)"}
