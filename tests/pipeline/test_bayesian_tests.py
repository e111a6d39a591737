"""The Bayesian synthetic control is computed once for the same data and tests, and shown by every profile."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from mmm_helpers.experiments.tables import COLUMNS, Units
from mmm_helpers.layout import Layout
from mmm_helpers.pipeline import bayesian_tests
from mmm_helpers.pipeline.bayesian_tests import bayesian_file, read_bayesian, run_bayesian

UNITS = Units(shown=1.0, money=1.0, spend=1.0)
SETTINGS = {"market": "DE", "l_max": 8, "channels": {"tv": {}}, "lift_tests": [{"experiment": "dark"}]}


@pytest.fixture
def layout(tmp_path) -> Layout:
    layout = Layout("tiny", tmp_path)
    layout.market("DE").mkdir(parents=True)
    layout.panel("DE").write_bytes(b"panel")
    layout.specification("DE").write_text(json.dumps(SETTINGS))
    return layout


@pytest.fixture
def computed(monkeypatch) -> list[str]:
    """Markets whose rows were computed."""
    done: list[str] = []

    def compute(panel, settings, units):
        done.append(settings["market"])
        row = {"market": "DE", "experiment": "dark", "method": "bayesian", "lift_mean": -88.5, "marked": ""}
        return pd.DataFrame([row], columns=COLUMNS["experiment_methods"])

    monkeypatch.setattr(bayesian_tests, "compute_bayesian_rows", compute)
    monkeypatch.setattr(bayesian_tests, "load_design", lambda layout, code: (None, None))
    monkeypatch.setattr(bayesian_tests, "Money", type("Money", (), {"of": staticmethod(lambda *_: None)}))
    monkeypatch.setattr(bayesian_tests, "units_of", lambda money: UNITS)
    monkeypatch.setattr(bayesian_tests, "read_panel", lambda layout, code: None)
    return done


def test_what_is_stored_is_not_computed_again(layout, computed):
    run_bayesian(layout, "DE")
    run_bayesian(layout, "DE")
    assert computed == ["DE"]
    row = read_bayesian(layout, "DE", UNITS).iloc[0]
    assert (row["method"], row["lift_mean"]) == ("bayesian", -88.5)
    assert pd.Timestamp(row["computed_on"]) <= pd.Timestamp.now() + pd.Timedelta(days=1)


def test_other_tests_or_data_have_rows_of_their_own(layout):
    before = bayesian_file(layout, "DE", UNITS)
    layout.panel("DE").write_bytes(b"other")
    data = bayesian_file(layout, "DE", UNITS)
    layout.specification("DE").write_text(json.dumps(SETTINGS | {"lift_tests": []}))
    assert len({before, data, bayesian_file(layout, "DE", UNITS)}) == 3


def test_nothing_computed_is_no_rows(layout):
    assert read_bayesian(layout, "DE", UNITS).empty
