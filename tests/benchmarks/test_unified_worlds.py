"""The worlds behind the figures of the unified measurement: what is true in them, and how errors are counted."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.journey_world import WAYS, simulate_journeys
from benchmarks.unified import error, upper_ratio, with_tests

TRUTH = pd.DataFrame(
    {"spend": [50.0, 100.0], "incremental": [100.0, 50.0]}, index=["online_video", "search_generic"]
)


def test_conversions_are_worth_the_outcome():
    journeys = simulate_journeys(TRUTH, 1000.0, people=60_000, seed=1)
    assert journeys.value.sum() == pytest.approx(1000.0, rel=0.05)
    assert (journeys.length > 0).all()
    inside = np.ones(len(journeys.hours) - 1, bool)
    inside[journeys.start[1:-1] - 1] = False
    assert (np.diff(journeys.hours)[inside] <= 0).all()  # oldest first


def test_people_who_met_a_channel_convert_more_by_what_it_brings():
    """Video hardly goes with intent: those who met it convert more often by its share over the part who met it."""
    truth = pd.DataFrame({"incremental": [300.0]}, index=["online_video"])
    journeys = simulate_journeys(truth, 1000.0, people=400_000, seed=2)
    met = np.zeros(len(journeys), bool)
    met[journeys.journey[journeys.channel == list(WAYS).index("online_video")]] = True
    rate = journeys.conversions[met].mean() - journeys.conversions[~met].mean()
    assert rate * met.sum() / 400_000 / 0.08 == pytest.approx(0.3, abs=0.05)


def test_error_is_money_wrongly_given_over_what_media_brought():
    assert error(pd.Series({"online_video": 2.0, "search_generic": 1.0}), TRUTH) == pytest.approx(50 / 150)


def test_a_test_narrows_the_model_as_two_normals_do():
    tests = pd.DataFrame({"channel": ["b"], "found": [4.0], "sd": [1.0]})
    mean, covariance = with_tests(np.array([1.0, 2.0]), np.diag([1.0, 1.0]), tests, ["a", "b"])
    assert mean.tolist() == pytest.approx([1.0, 3.0])
    assert np.diag(covariance).tolist() == pytest.approx([1.0, 0.5])


def test_ratio_of_errors_is_paired_over_seeds():
    rows = pd.DataFrame({"error_unified": [0.1, 0.4, 0.2], "error_mmm": [0.2, 0.8, 0.4]})
    assert upper_ratio(rows, "mmm") == pytest.approx((0.5, 0.5, 0.5))
