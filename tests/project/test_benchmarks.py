"""The table of figures: rows are replaced one by one, and a failure keeps its reason."""

from __future__ import annotations

import csv

import pytest

from benchmarks.figures import Figure, Measurement, Skipped, measure, read_rows, write_rows


def raises(error: Exception):
    def run():
        raise error

    return run


def figure(run, **changes) -> Figure:
    return Figure(**{"name": "a.seconds", "unit": "s", "limit": 10, "run": run, **changes})


def test_value_within_the_target(tmp_path):
    row = measure(figure(lambda: Measurement(4.0, [{"seed": 1, "seconds": 4.0}])), tmp_path)
    assert (row["value"], row["target"], row["met"]) == ("4", "≤ 10", "yes")
    with (tmp_path / "a.seconds.csv").open() as file:
        assert next(csv.DictReader(file))["seconds"] == "4.0"


def test_skipped_and_failed_figures_keep_their_reason(tmp_path):
    skipped = measure(figure(raises(Skipped("no data here"))), tmp_path)
    failed = measure(figure(raises(RuntimeError("it broke"))), tmp_path)
    assert (skipped["met"], skipped["reason"]) == ("skipped", "no data here")
    assert (failed["met"], failed["reason"]) == ("no", "RuntimeError: it broke")


@pytest.mark.parametrize(("at_most", "expected"), [(True, "4"), (False, "0.25")])
def test_ratio_says_how_many_times_better_than_the_peer(tmp_path, at_most, expected):
    run = figure(lambda: Measurement(2.0, [{"x": 1}], peer_value=8.0), at_most=at_most, peer="p")
    assert measure(run, tmp_path)["ratio"] == expected


def test_a_run_replaces_only_its_rows(tmp_path):
    path = tmp_path / "figures.csv"
    write_rows(path, [{"figure": "b", "value": "1"}, {"figure": "a", "value": "1"}])
    write_rows(path, [{"figure": "b", "value": "2"}])
    assert [(row["figure"], row["value"]) for row in read_rows(path)] == [("a", "1"), ("b", "2")]


@pytest.mark.parametrize(
    ("at_most", "value", "met"), [(False, 6.0, "yes"), (False, 5.9, "no"), (True, 0.5, "yes")]
)
def test_a_target_may_be_on_the_ratio(tmp_path, at_most, value, met):
    """Three times as many as the peer's 2, or (seconds) a third of them: 2 / 0.5 = 4."""
    own = figure(lambda: Measurement(value, [{"x": 1}], 2.0), limit=3, of_ratio=True, at_most=at_most)
    row = measure(own, tmp_path)
    assert (row["target"], row["met"]) == ("ratio ≥ 3", met)


def test_a_ratio_without_a_peer_value_is_missed(tmp_path):
    row = measure(figure(lambda: Measurement(6.0, [{"x": 1}]), limit=3, of_ratio=True), tmp_path)
    assert (row["met"], row["ratio"]) == ("no", "")


def test_a_value_that_does_not_count_keeps_its_row(tmp_path):
    run = figure(lambda: Measurement(4.0, [{"x": 1}], failed="the chains disagree"))
    row = measure(run, tmp_path)
    assert (row["value"], row["met"], row["reason"]) == ("4", "no", "the chains disagree")
    assert (tmp_path / "a.seconds.csv").exists()
