"""The section about the next experiment, on a table small enough to check by hand."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.bias import ANY, CONFOUNDED, OTHER
from mmm_helpers.decisions.next_experiment import NEXT_COLUMNS, NOT_SPENT, judge
from mmm_helpers.report.blocks import data_table_html
from mmm_helpers.report.experiments import next_experiment_page as page
from mmm_helpers.report.style import WARN

LABELS = {"tv": "TV", "search": "Search", "radio": "Radio"}
SAID = {"labels": LABELS, "currency": "EUR", "unit": "week"}


def candidate(channel: str, value: float, cost: float, *, change: float = 0.3, **others) -> dict:
    row = {"market": "DE", "channel": channel, "regions": "North", "design": "go_dark", "duration": 8}
    row |= {"test_sd": 1e4, "bias_sd": 0.15, "without_test": 0.8, "value_perfect": 2 * value}
    row |= {"value_mean": value, "value_q05": 0.0, "value_q50": 0.0, "value_q95": 4 * value}
    row |= dict.fromkeys(("effect_mean", "effect_q05", "effect_q50", "effect_q95"), -5e4)
    row |= {"fee": 1e3, "lost": cost - 2e3, "waiting": 1e3, "cost": cost, "net_value": value - cost}
    row |= {"chance_to_change": change, "worth_it": value > cost, "sentence": judge(value, cost, change)}
    return row | others


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [
        candidate("search", 5e4, 2e4, bias_sd=0.62),
        candidate("tv", 1e4, 4e4, regions="North|South|West"),
    ]
    missing = dict.fromkeys(NEXT_COLUMNS, np.nan) | {"market": "DE", "channel": "radio", "regions": "North"}
    rows.append(missing | {"design": "heavy_up", "duration": 4, "worth_it": False, "sentence": NOT_SPENT})
    frame = pd.DataFrame(rows, columns=NEXT_COLUMNS)
    return frame.assign(rank=[1, 2, np.nan], bias_sd=frame["bias_sd"].fillna(0.0))


@pytest.fixture
def bias() -> pd.DataFrame:
    frame = pd.DataFrame(
        {"kind": [CONFOUNDED, OTHER, ANY], "cells": [36, 500, 536], "bias_sd": [0.62, 0.0, 0.15]}
    )
    return frame.assign(bias_sd_q05=[0.54, 0.0, 0.09], bias_sd_q95=[0.7, 0.0, 0.19])


def headline(table: pd.DataFrame, margin: float | None = 0.4) -> str:
    return page.describe_next_experiment(table, **SAID, horizon=52, margin=margin)


def test_the_best_test_is_named_with_value_cost_and_net(table):
    text = headline(table)
    assert text.startswith("**Next: Search switched off in North for 8 weeks.** Its result is expected")
    assert "worth €50.0 k of profit over 52 weeks, at a cost of €20.0 k, **+€30.0 k** net" in text
    assert "with 30 % probability" in text


def test_tests_too_dear_are_not_to_be_run(table):
    text = headline(table.iloc[1:])
    assert text.startswith("**Run none of the designed tests.**")
    assert "Do not run it: it costs 4.0 times what its result is expected to be worth." in text


def test_a_test_that_is_not_worth_it_is_passed_over(table):
    first = table.assign(worth_it=[False, True, False])
    assert headline(first).startswith("**Next: TV switched off in North, South and West")


def test_without_a_margin_no_profit_is_claimed(table):
    assert "of outcome (the margin is unknown)" in headline(table, margin=None)


def test_no_designs_and_no_values_say_so(table):
    assert headline(table.iloc[:0]) == page.NO_DESIGN
    assert headline(table.iloc[2:]) == f"**No test can be valued.** {NOT_SPENT}"


def test_the_doubt_is_printed_with_its_source(table, bias):
    text = page.describe_doubt(table, bias, labels=LABELS)
    assert "0.15 for TV and 0.62 for Search" in text
    assert "0.62 (0.54–0.70) where spend follows a hidden driver (36 cells)" in text
    assert "0 (0–0) where it does not (500 cells)" in text
    assert "0.15 (0.090–0.19) over all (536 cells)" in text


def test_no_table_no_doubt(table, bias):
    assert page.describe_doubt(table.iloc[:0], bias, labels=LABELS) == ""


def test_candidates_are_shown_without_missing_text(table):
    shown = page.compute_candidate_table(table, **SAID)
    html = data_table_html(
        shown, caption="tests", formats=page.candidate_formats("EUR"), titles=page.CANDIDATE_TITLES
    )
    assert shown["value"].iloc[0] == "€50 k (0–200)"
    assert "cut by 20 %" in html
    assert "−€30.0 k" in html
    assert "nan" not in html.lower()


def test_the_longest_tables_say_what_they_leave_out(table):
    many = pd.concat([table] * 5, ignore_index=True)
    assert len(page.compute_candidate_table(many, **SAID)) == page.MOST_ROWS
    assert page.rows_left_out(many) == " The 12 best of 15 tests are shown; the CSV file holds all."
    assert page.rows_left_out(table) == ""


def test_bars_are_value_cost_and_net_and_a_loss_is_red(table):
    ax = page.plot_candidates(table, **SAID)
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == [5e4, 2e4, 3e4, 1e4, 4e4, -3e4]
    assert ax.patches[-1].get_facecolor() == plt.matplotlib.colors.to_rgba(WARN)
    assert [t.get_text() for t in ax.get_yticklabels()][1] == "TV switched off\n3 regions, 8 weeks"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["value of knowing", "cost", "net"]
    plt.close(ax.figure)


def test_the_chart_in_words_holds_its_numbers(table):
    text = page.describe_candidates(table, **SAID)
    assert (
        "TV switched off in North, South and West for 8 weeks: value €10.0 k, cost €40.0 k, net −€30.0 k"
        in text
    )
    assert "Radio" not in text


def test_a_table_read_from_disk_is_the_same(table, tmp_path):
    table.to_csv(tmp_path / "next.csv", index=False)
    assert headline(pd.read_csv(tmp_path / "next.csv")) == headline(table)
