"""Carry-over in words, for effects that are strongest at once and for those that are not."""

from __future__ import annotations

import pandas as pd
import pytest

from mmm_helpers.report.model import lasting

LABELS = {"tv": "TV", "social": "Paid social"}


def quantity(name: str, mean: float, low: float, high: float) -> dict:
    return {f"{name}_mean": mean, f"{name}_q05": low, f"{name}_q50": mean, f"{name}_q95": high}


@pytest.fixture
def carryover() -> pd.DataFrame:
    rows = []
    effects = {"social": (0.5, 0.8, (0.8, 0.15, 0.05)), "tv": (2.0, 0.2, (0.2, 0.3, 0.5))}
    for channel, (half_life, share, weights) in effects.items():
        for lag, weight in enumerate(weights):
            row = {"market": "DE", "region": "all", "channel": channel, "lag": lag, "weight_mean": weight}
            row |= quantity("half_life", half_life, half_life / 2, half_life * 2)
            rows.append(row | quantity("immediate_share", share, share - 0.1, share + 0.1))
    return pd.DataFrame(rows)


def test_the_longest_effect_comes_first_with_its_peak(carryover):
    text = lasting.describe_carryover(carryover, labels=LABELS, unit="week")
    assert text.startswith(
        "**TV** works longest: **20 % (10–30)** of its effect comes in the week of the spend"
    )
    assert "half of it has arrived after 2.0 weeks (1.0–4.0)" in text
    assert "it is strongest 2 weeks after the spend" in text
    assert "Paid social is the quickest (80 % (70–90) at once)" in text


def test_an_effect_that_is_strongest_at_once_needs_no_words_for_it(carryover):
    only = carryover[carryover["channel"] == "social"]
    text = lasting.describe_carryover(only, labels=LABELS, unit="week")
    assert "strongest" not in text
    assert "quickest" not in text


def test_no_channel_gives_a_sentence(carryover):
    assert "No channel" in lasting.describe_carryover(carryover.iloc[:0], labels=LABELS, unit="week")


def test_table_has_a_row_a_channel_and_says_when_it_is_strongest(carryover):
    table = lasting.compute_carryover_table(carryover, labels=LABELS, unit="week")
    assert table["channel"].tolist() == ["TV", "Paid social"]
    assert table["strongest"].tolist() == ["2 weeks later", "week of the spend"]
    assert table["half_life"].iloc[0] == "2.0 weeks (1.0–4.0)"
