"""Words about credit, on journeys counted by hand."""

import pandas as pd
import pytest

from mmm_helpers.attribution.assists import compute_assists
from mmm_helpers.attribution.loss import compute_loss
from mmm_helpers.attribution.models import MODELS, compute_credits, compute_windows
from mmm_helpers.attribution.steps import ENTRY, compute_steps
from mmm_helpers.report.attribution.attribution_page import (
    LOSS_MODEL,
    compare_last_click,
    compute_assist_table,
    compute_credit_table,
    describe_assists,
    describe_credits,
    describe_incremental,
    describe_last_click,
    describe_loss,
    describe_map,
    describe_truth,
    describe_unseen,
)
from mmm_helpers.report.attribution.plots_attribution import plot_credits, plot_journeys, plot_loss
from tests.attribution.conftest import by_hand

LABELS = {"A": "Video", "B": "Social", "C": "Search"}


@pytest.fixture(scope="module")
def journeys():
    """Video opens, search closes: 80 of 100 conversions end with search, which alone brings 20."""
    return by_hand([("A B C", 400, 60), ("C", 900, 20), ("A B", 300, 20), ("A", 500, 0)])


@pytest.fixture(scope="module")
def credits(journeys):
    return compute_credits(journeys)


def test_finding_says_whom_last_click_credits_most_and_what_others_make_of_it(journeys, credits):
    text = describe_credits(credits, compute_windows(journeys), labels=LABELS)
    assert text.startswith("Last click gives **Search** the most, **80 %** of all credit")
    assert "Models disagree most about Video: 0 % to 80 %." in text


def test_last_click_over_and_under_credits_in_money(credits):
    """Of 1,000 in money last click gives search 800 and video nothing."""
    compared = compare_last_click(credits).set_index("channel")
    assert compared.loc["C", ["last", "verdict"]].tolist() == [800, "over"]
    assert compared.loc["A", ["last", "verdict"]].tolist() == [0, "under"]
    text = describe_last_click(compare_last_click(credits), labels=LABELS, currency="EUR")
    others = _by_the_others(credits)
    gain = 800 - others["C"]
    assert f"credits **more** than any other model Search (+€{gain:.0f} against their median)" in text
    assert "**less** than any other model Video" in text


def _by_the_others(credits: pd.DataFrame) -> pd.Series:
    return credits[~credits["model"].isin(["last", "worth"])].groupby("channel")["credit_value"].median()


def test_credit_table_has_every_model(journeys, credits):
    table = compute_credit_table(credits, compute_windows(journeys), {"C": 0.01}, labels=LABELS).set_index(
        "Channel"
    )
    assert table.loc["Search", "Last click"] == "80 %"
    assert table.loc["Search", "Sampling error only"] == "± 1.6 %"
    assert table.loc["Video", "First click"] == "80 %"
    assert set(table.columns) >= {MODELS[m].label for m in MODELS if not MODELS[m].needs_times}


def test_assists_are_in_words_and_in_the_table(journeys):
    assists = compute_assists(journeys)
    table = compute_assist_table(assists, labels=LABELS).set_index("Channel")
    assert table.loc["Video", "Helped per close"] == "never closes"
    assert table.loc["Social", "Only helped"] == "60"
    text = describe_assists(assists, labels=LABELS)
    assert text == "**Social** helps **3.0** times for each time it closes, Search 0 times."


def test_map_names_the_commonest_last_step(journeys):
    steps = compute_steps(journeys)
    assert describe_map(steps, labels=LABELS).startswith(
        "The commonest last step: from **Social** to **Search**, 60 % of all conversions."
    )
    axes = plot_journeys(steps, labels=LABELS, colors={}, entry=ENTRY)
    assert [t.get_text() for t in axes.get_xticklabels()] == ["2 before", "one before", "last touch"]


def test_channels_that_journeys_do_not_see_are_not_observed():
    assert describe_unseen(["tv"], labels={"tv": "TV"}).startswith("**Not observed: TV.**")
    assert describe_unseen([], labels={}) == ""


def test_what_is_incremental_is_said_with_its_range():
    rows = [
        {"model": "last", "channel": "C", "credit_value": 800.0},
        {"model": "last", "channel": "A", "credit_value": 200.0},
        {
            "model": "calibrated",
            "channel": "C",
            "calibrated_mean": 300.0,
            "calibrated_q05": 200,
            "calibrated_q95": 400,
        },
        {
            "model": "calibrated",
            "channel": "A",
            "calibrated_mean": 200.0,
            "calibrated_q05": 100,
            "calibrated_q95": 300,
        },
    ]
    text = describe_incremental(pd.DataFrame(rows), labels=LABELS, currency="EUR")
    assert "**50 %** of what last click gives" in text
    assert text.endswith("The most by Search: €300 (€200 to €400).")


def test_error_against_the_truth_is_said_for_raw_and_calibrated_credit():
    scores = pd.DataFrame({"model": ["last", "linear", "calibrated"], "error": [0.08, 0.06, 0.02]})
    assert describe_truth(scores).endswith("on average; calibrated by experiments by **2 %**.")


def test_loss_names_who_loses_and_who_gains():
    journeys = by_hand([("A C", 1, 1)] * 2000)
    loss = compute_loss(journeys, rates=(0.0, 0.5))
    text = describe_loss(loss, labels=LABELS)
    assert "Video from **50 %** to **2" in text
    assert "Search from **50 %** to **7" in text
    axes = plot_loss(loss[loss["model"] == LOSS_MODEL], labels=LABELS)
    assert {t.get_text() for t in axes.get_yticklabels()} == {"Video", "Search"}


def test_every_channel_has_its_row_of_credit(credits):
    axes = plot_credits(credits, labels=LABELS, models={"last": "Last click"}, last="last")
    assert axes.get_yticklabels()[0].get_text() == "Search"
