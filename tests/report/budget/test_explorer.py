"""What the explorer's page holds gives the scenario table's numbers, by another way of computing them."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import GRID
from mmm_helpers.decisions.scenarios import scenario_table
from mmm_helpers.decisions.worth import Worth
from mmm_helpers.report.budget import explorer_page as page
from mmm_helpers.report.budget.explorer import pack
from mmm_helpers.report.budget.explorer_html import describe_marks, explorer_html, seen_up_to
from tests.report.made_up_prospects import GROUPS, PLACES, PLANNED, payload, plan, prospects

AGREES = 1e-3
SHARES = (0.05, 0.5, 0.95)


def unpacked(packed: str, draws: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed), "<f4").reshape(-1, draws).astype(float)


def changes(data: dict, multiples: dict[str, float] | None) -> tuple[np.ndarray, np.ndarray, float]:
    """Outcome and worth by draw, and spend, of a setting; None is the plan's own split."""
    outcome, worth, spend = 0, 0, 0.0
    for slider in data["sliders"]:
        multiple = None if multiples is None else multiples.get(slider["key"], 1.0)
        spend += (slider["recommended"] if multiple is None else multiple * slider["spend"]) - slider["spend"]
        for curve in slider["curves"]:
            if multiple is None:
                own = unpacked(curve["planned"], data["draws"])[0]
            else:
                rows = unpacked(curve["change"], data["draws"])
                own = np.array([np.interp(multiple, GRID, draw) for draw in rows.T])
            outcome, worth = outcome + own, worth + (curve["worth"] or 0) * own
    return outcome, worth - spend, spend


def table_row(multiples: np.ndarray, worth: Worth) -> pd.Series:
    return scenario_table(prospects(), {"mine": multiples}, worth=worth).iloc[0]


def assert_agrees(data: dict, setting: dict[str, float] | None, multiples: np.ndarray, worth: Worth) -> None:
    row, (outcome, profit, spend) = table_row(multiples, worth), changes(data, setting)
    assert spend == pytest.approx(row["spend_change"], abs=1e-6)
    found = [outcome.mean(), *np.quantile(outcome, SHARES)]
    expected = [row[f"outcome_change_{s}"] for s in ("mean", "q05", "q50", "q95")]
    assert found == pytest.approx(expected, rel=AGREES)
    noise = unpacked(data["noise"], data["draws"])[0]
    assert (profit < 0).mean() == pytest.approx(row["p_loss"])
    lucky = (profit + data["worth"] * noise < 0).mean()
    assert lucky == pytest.approx(row["p_loss_predictive"])


WORTH = Worth(0.4, margin=0.4)
BY_CHANNEL = Worth(0.4, {"tv": 0.7}, margin=0.4)


@pytest.mark.parametrize("worth", [WORTH, BY_CHANNEL])
@pytest.mark.parametrize("multiple", [0.0, 0.9, 1.1, 1.337, 2.0])
def test_every_channel_in_proportion_agrees_with_the_scenario_table(multiple, worth):
    everywhere = dict.fromkeys(("tv", "ooh", "search"), multiple)
    assert_agrees(payload(worth), everywhere, np.full(len(PLACES), multiple), worth)


def test_one_channel_moves_all_its_regions():
    assert_agrees(payload(), {"tv": 1.25}, np.array([1.25, 1.25, 1, 1]), WORTH)


def test_channels_that_cannot_be_told_apart_share_a_slider_and_keep_their_own_worth():
    data = payload(BY_CHANNEL, GROUPS)
    assert [s["key"] for s in data["sliders"]] == ["tv+ooh", "search"]
    assert_agrees(data, {"tv+ooh": 0.6}, np.array([0.6, 0.6, 0.6, 1]), BY_CHANNEL)


def test_the_recommendation_has_the_plans_own_split_between_regions():
    data = payload(own_plan=plan())
    assert data["follow"]
    assert_agrees(data, None, PLANNED, WORTH)


def test_a_plan_that_moves_nothing_is_not_offered():
    still = plan().assign(recommended=lambda p: p["current"])
    assert not payload(own_plan=still)["follow"]


def test_nothing_is_marked_where_nothing_is_recommended():
    data = payload()
    marks = {s[name] for s in data["sliders"] for name in ("recommended", "lower", "upper")}
    assert marks == {None}
    text = explorer_html(data, currency="EUR")
    assert "ecommended" not in re.sub("<script.*</script>", "", text, flags=re.DOTALL)
    assert '"follow"' not in re.sub("<script.*</script>", "", text, flags=re.DOTALL)


def test_marks_add_up_over_the_regions_of_a_channel():
    tv = payload(own_plan=plan())["sliders"][0]
    assert (tv["recommended"], tv["lower"], tv["upper"]) == pytest.approx((7.5e5, 5.6e5, 8.4e5))
    assert seen_up_to(tv) == pytest.approx((1.2, 1.4))


def test_an_unknown_margin_gives_no_profit():
    data = payload(Worth(None))
    assert data["worth"] is None
    assert {c["worth"] for s in data["sliders"] for c in s["curves"]} == {None}


def test_only_the_draws_that_report_are_given_away():
    assert payload()["draws"] == len(prospects().noise) // 2


def test_packing_keeps_rows_and_seven_digits():
    rows = np.random.default_rng(0).normal(size=(3, 200)) * np.array([[1e-3], [1.0], [1e9]])
    assert unpacked(pack(rows), 200) == pytest.approx(rows, rel=1e-7)


def test_a_label_cannot_close_the_data():
    data = payload()
    data["sliders"][0]["label"] = "</script><b>"
    text = explorer_html(data, currency="EUR")
    assert text.count("</script>") == 1
    stored = re.search(r'explorer-data">(.*)</script>', text, re.DOTALL)[1]
    assert json.loads(stored)["sliders"][0]["label"] == "</script><b>"


def test_every_slider_has_a_label():
    text = explorer_html(payload(), currency="EUR")
    for key in ("tv", "ooh", "search"):
        assert f'<label for="explorer-{key}">' in text
        assert f'<input type="range" id="explorer-{key}" min="0" max="2"' in text


def test_a_fixed_channel_says_so():
    marks = {
        "spend": 100.0,
        "recommended": 100.0,
        "lower": 100.0,
        "upper": 100.0,
        "cells": [[60, 1.2], [40, 2.0]],
    }
    expected = "Recommended as today, fixed; seen up to +20 % to +100 % by region."
    assert describe_marks(marks, currency="EUR") == expected


def test_the_page_says_why_there_is_nothing_to_move():
    nothing = Prospects("XX", [], np.zeros(4), 13)
    assert page.explain_missing(nothing) == page.NOTHING_SPENT
    assert "Run the report again" in page.explain_missing(None)
    assert page.explain_missing(prospects()) == ""


def test_the_finding_is_the_scenario_tables():
    scenarios = scenario_table(prospects(), {page.MORE: np.full(4, 1.1)}, worth=WORTH)
    text = page.describe_explorer(scenarios, currency="EUR", span="13 weeks")
    assert "+€100 k over 13 weeks" in text
    assert page.describe_explorer(scenarios.head(0), currency="EUR", span="").endswith("would bring.")


def test_withheld_advice_is_named_with_its_reason():
    text = page.describe_advice("**No recommendation: this run is a preview.** Run.", moves=False)
    assert text.startswith("**No recommendation: this run is a preview.**")
    assert text.endswith("No recommendation is marked on the sliders.")
