"""Assists counted by hand, and the sampling error against a bootstrap over people."""

import numpy as np
import pytest

from mmm_helpers.attribution.assists import compute_assists, sampling_error
from mmm_helpers.attribution.heuristics import weigh_linear
from mmm_helpers.attribution.journeys import converting
from tests.attribution.conftest import by_hand


def test_assists_by_hand():
    found = compute_assists(by_hand([("A B", 9, 4), ("A A", 5, 2), ("B", 7, 1), ("C A", 3, 0)])).set_index(
        "channel"
    )
    assert found["last"].to_dict() == {"A": 2, "B": 5}
    assert found["assisted"].to_dict() == {"A": 4, "B": 0}
    assert found["assist_ratio"].to_dict() == {"A": 2, "B": 0}
    assert found["met"].to_dict() == pytest.approx({"A": 6 / 7, "B": 5 / 7})


def test_a_channel_that_never_closes_has_no_ratio():
    found = compute_assists(by_hand([("C A", 3, 2)])).set_index("channel")
    assert np.isnan(found.loc["C", "assist_ratio"])


def test_sampling_error_is_that_of_a_bootstrap_over_people(people):
    bought = converting(people)
    weights = weigh_linear(bought)
    size = len(bought.channels)
    x = np.bincount(bought.journey * size + bought.channel, weights=weights).reshape(len(bought), size)
    again = np.random.default_rng(0).poisson(1, (2000, len(bought)))
    shares = again @ x / again.sum(axis=1, keepdims=True)
    assert sampling_error(bought, weights) == pytest.approx(shares.std(axis=0), rel=0.1)
