"""When to spend, in words."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.report.budget import pacing_page as page
from mmm_helpers.report.budget.plots_pacing import plot_pacing

LABELS = {"tv": "TV", "search": "Search"}


def course(channel, ratios, gain, even=100.0):
    dates = pd.date_range("2026-01-05", periods=len(ratios), freq="7D")
    rows = pd.DataFrame({"channel": channel, "date": dates, "even": even, "paced": even * np.array(ratios)})
    return rows.assign(
        most_seen=3 * even, gain_mean=gain, gain_q05=gain - 20, gain_q50=gain, gain_q95=gain + 20
    )


@pytest.fixture
def pacing():
    return pd.concat([course("search", [1.0] * 6, 0.0), course("tv", [0.4, 1.1, 1.1, 1.1, 1.1, 1.2], 50.0)])


def test_only_notable_channels_are_named(pacing):
    text = page.describe_pacing(pacing, labels=LABELS, currency="EUR", span="6 weeks")
    assert text.startswith("**Spend evenly, except** for TV with less at first")
    assert "Search" not in text
    assert "€50" in text


def test_small_gains_mean_even_spending(pacing):
    text = page.describe_pacing(pacing.assign(gain_mean=1.0), labels=LABELS, currency="EUR", span="6 weeks")
    assert text.startswith("**Spend each channel's budget evenly** over 6 weeks")
    assert "0.5 %" in text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("ratios", "words"),
    [
        ([2.0, 0, 2.0, 0], "in bursts"),
        ([1.5, 0.8, 0.8, 0.9], "with more at first"),
        ([1.0, 0.9, 0.9, 1.2], "with more at the end"),
        ([1.0, 1.0, 1.0, 1.0], "nearly evenly"),
    ],
)
def test_the_shape_is_told_from_the_course(ratios, words):
    assert page.shape(course("tv", ratios, 1.0)) == words


def test_the_page_says_that_the_season_plays_no_part():
    assert "one strength of each channel for all seasons" in page.explain_season({})
    assert "carries the last one" in page.explain_season({"varying_media": True})


def test_the_table_has_a_row_per_channel_the_largest_gain_first(pacing):
    table = page.compute_pacing_table(pacing, labels=LABELS, currency="EUR")
    assert table["channel"].tolist() == ["TV", "Search"]
    assert table["lowest"].tolist() == [40, 100]
    assert table["highest"].tolist() == pytest.approx([120, 100])
    assert set(table.columns) == set(page.pacing_titles())


def test_the_chart_has_a_panel_per_channel(pacing):
    axes = plot_pacing(pacing, labels=LABELS, colors={}, currency="EUR")
    assert [ax.get_title(loc="left") for ax in axes] == ["TV", "Search"]
    assert "TV between €40" in page.describe_chart(pacing, labels=LABELS, currency="EUR")
