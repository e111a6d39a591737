"""The figures of attribution: the file that is timed, and what counts as the same work."""

import numpy as np

from benchmarks.attribution import SAME, differs
from benchmarks.journey_file import CHANNELS, SHORTEST, read_touches, write_touches


def test_the_file_has_as_many_people_as_asked_for_and_long_journeys(tmp_path):
    write_touches(tmp_path, 2000)
    journeys = read_touches(tmp_path)
    assert (len(journeys), journeys.channels) == (2000, CHANNELS)
    assert journeys.length.min() >= SHORTEST
    assert (journeys.hours[journeys.start[1:] - 1] == 0).all()
    assert (np.diff(journeys.hours)[np.diff(journeys.journey) == 0] <= 0).all()
    assert 0.03 < journeys.conversions.mean() < 0.12


def test_the_same_work_is_the_same_shares_whatever_the_scale():
    own = {"last": {"a": 30.0, "b": 10.0}}
    assert differs(own, {"last": {"b": 0.25, "a": 0.75}}) < SAME
    assert differs(own, {"last": {"a": 0.5, "b": 0.5}}) == 0.25
