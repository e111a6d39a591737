"""Channels that a regression cannot look at are named with the reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.inputs.spec_model import Channel, Control
from mmm_helpers.regression import channels

LABELS = {"tv": "TV", "radio": "Radio", "ooh": "Out-of-home"}


def choose(**spend) -> channels.Choice:
    dates = pd.date_range("2024-01-01", periods=6, freq="7D")
    panel = pd.DataFrame({"region": "a", "date": dates, **{f"spend_{c}": v for c, v in spend.items()}})
    return channels.choose_channels(panel, region="a", labels=LABELS, unit="week")


TV, RADIO = np.array([1.0, 5, 2, 8, 3, 1]), np.array([2.0, 1, 7, 1, 0, 4])


def test_channels_that_move_are_taken_in_order():
    choice = choose(ooh=RADIO, tv=TV, radio=np.arange(6.0))
    assert choice.channels == ["tv", "radio", "ooh"]
    assert choice.sentences == []


def test_absent_and_silent_channels_are_named():
    choice = choose(tv=TV, radio=np.zeros(6))
    assert choice.channels == ["tv"]
    assert choice.sentences == [
        "Radio is left out: nothing was spent on it here.",
        "Out-of-home is left out: nothing was spent on it here.",
    ]


def test_constant_channel_is_left_out_with_its_reason():
    choice = choose(tv=TV, radio=RADIO, ooh=np.full(6, 9.0))
    assert choice.channels == ["tv", "radio"]
    assert "Out-of-home is left out: its spend is the same in every week" in choice.sentences[0]


def test_unknown_spend_is_not_taken_for_none():
    choice = choose(tv=TV, radio=RADIO, ooh=np.full(6, np.nan))
    assert choice.sentences == ["Out-of-home is left out: its spend is unknown in every week."]


@pytest.mark.parametrize("twin", [TV, 3 * TV, 3 * TV + 10], ids=["identical", "proportional", "shifted"])
def test_channels_that_never_move_apart_stand_as_one(twin):
    choice = choose(tv=TV, radio=RADIO, ooh=twin)
    assert choice.labels == {"tv+ooh": "TV + Out-of-home", "radio": "Radio"}
    assert choice.sentences[0].startswith("TV and Out-of-home move exactly alike in every week")


def test_nearly_alike_is_not_alike():
    choice = choose(tv=TV, radio=RADIO, ooh=TV + np.array([0, 0, 0, 0, 0, 0.01]))
    assert choice.channels == ["tv", "radio", "ooh"]


def test_group_has_the_colour_of_its_first():
    assert choose(tv=TV, radio=RADIO, ooh=TV).colors({"tv": "blue", "radio": "red", "ooh": "green"}) == {
        "tv+ooh": "blue",
        "radio": "red",
    }


def test_unpaid_channels_have_no_return():
    declared = {"tv": Channel(spend="x", label="TV"), "organic": Channel(activity="y", paid=False)}
    assert channels.paid_labels(declared) == {"tv": "TV"}


def test_lags_are_the_channels_own_or_the_default():
    declared = {"tv": Channel(spend="x", l_max=12), "ooh": Channel(spend="y")}
    assert channels.find_lags(declared, default=8) == {"tv": 12, "ooh": 8}


def test_control_without_a_label_is_named_by_its_code():
    declared = {"price_index": Control(role="precision"), "x": Control(role="precision", label="Our X")}
    assert channels.control_labels(declared) == {"price_index": "Price index", "x": "Our X"}
