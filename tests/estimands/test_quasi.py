"""When a pause that nobody planned speaks for a channel, on pauses and returns made by hand."""

import pandas as pd
import pytest

from mmm_helpers.estimands.quasi import channels_quasi

LAST = pd.Timestamp("2025-12-22")
EFFECTS = pd.DataFrame(
    {"window": "last", "region": ["North", "South"], "channel": "social", "roas_mean": [2.0, 6.0]}
)


def _pause(**changes) -> dict:
    row = {"channel": "social", "regions": "North", "end": pd.Timestamp("2025-06-30"), "p_value": 0.04}
    return row | {"iroas_q05": 1.0, "iroas_q95": 4.0} | changes


def test_a_clear_recent_pause_that_agrees_speaks_for_its_channel():
    assert channels_quasi([_pause()], EFFECTS, LAST) == {"social"}


@pytest.mark.parametrize(
    "changes",
    [
        {"p_value": 0.2},
        {"p_value": float("nan")},
        {"end": pd.Timestamp("2024-06-17")},
        {"iroas_q05": 2.5},
        {"regions": "South"},
        {"regions": "East"},
    ],
    ids=["chance", "no p-value", "too old", "another return", "another return there", "unknown region"],
)
def test_it_does_not_where_anything_is_wanting(changes):
    assert channels_quasi([_pause(**changes)], EFFECTS, LAST) == set()


def test_one_pause_that_disagrees_outweighs_one_that_agrees():
    assert channels_quasi([_pause(), _pause(regions="South")], EFFECTS, LAST) == set()


def test_no_pause_speaks_for_nothing():
    assert channels_quasi([], EFFECTS, LAST) == set()
