"""Studies are stored by key, one by one: a run that was stopped goes on, and every profile shows what is there."""

from __future__ import annotations

import json
import os
import time
from types import SimpleNamespace

import pandas as pd
import pytest

from mmm_helpers.estimands.studies import STUDY_COLUMNS
from mmm_helpers.layout import Layout
from mmm_helpers.pipeline import studies
from mmm_helpers.pipeline.outcome import forget_failures
from mmm_helpers.pipeline.plan import Plan

SETTINGS = {
    "market": "DE",
    "label": "Germany",
    "frequency": "weekly",
    "l_max": 8,
    "outcome": {"kind": "revenue"},
    "channels": {"tv": {"label": "TV", "paid": True}},
    "controls": {},
    "model": {"pooling": {"regions": "partial", "markets": "partial"}},
    "margin": 0.4,
    "budget_rate": 1.0,
}
NAMES = list(studies.STUDIES)


@pytest.fixture
def layout(tmp_path) -> Layout:
    layout = Layout("tiny", tmp_path)
    layout.market("DE").mkdir(parents=True)
    layout.panel("DE").write_bytes(b"panel")
    specify(layout)
    return layout


def specify(layout: Layout, **changes) -> None:
    layout.specification("DE").write_text(json.dumps(SETTINGS | changes))


@pytest.mark.parametrize(
    "changes", [{"margin": 0.5}, {"l_max": 9}, {"channels": {"tv": {"adstock": "delayed"}}}]
)
def test_key_changes_with_what_bears_on_the_numbers(layout, changes):
    before = studies.study_key(layout, "DE")
    specify(layout, **changes)
    assert studies.study_key(layout, "DE") != before


def test_key_changes_with_the_data(layout):
    before = studies.study_key(layout, "DE")
    layout.panel("DE").write_bytes(b"other")
    assert studies.study_key(layout, "DE") != before


def test_key_does_not_change_with_names_or_profile(layout, monkeypatch):
    before = studies.study_key(layout, "DE")
    specify(layout, label="Deutschland")
    monkeypatch.setenv("PROFILE", "full")
    assert studies.study_key(layout, "DE") == before


def test_key_covers_the_model_and_the_studies_themselves():
    covered = {f"{path.parent.name}/{path.stem}" for path in studies.study_files()}
    assert {
        "model/build",
        "model/priors",
        "model/studies",
        "estimands/studies",
        "estimands/effects",
    } <= covered


@pytest.fixture
def computed(monkeypatch) -> list[str]:
    """Names of the studies that were computed; each gives one row."""
    done: list[str] = []

    def compute(bench, name):
        if name == "broken":
            raise ValueError("no luck")
        done.append(name)
        row = {"market": "DE", "study": name, "variant": "reference", "channel": "all", "note": "none"}
        return pd.DataFrame([row | {"computed_on": "2026-01-05"}], columns=STUDY_COLUMNS)

    bench = SimpleNamespace(done=0, report=lambda done: None)
    monkeypatch.setattr(studies, "open_bench", lambda layout, code, names: bench)
    monkeypatch.setattr(studies, "compute", compute)
    monkeypatch.setattr(studies, "run_bayesian", lambda layout, code: None)
    return done


def test_every_study_is_computed_once(layout, computed):
    studies.run_studies(layout, "DE")
    studies.run_studies(layout, "DE")
    assert computed == NAMES


def test_a_stopped_run_goes_on_where_it_was(layout, computed):
    studies.run_studies(layout, "DE")
    key = studies.study_key(layout, "DE")
    for name in NAMES[3:]:
        studies.study_file(layout, key, name).unlink()
    computed.clear()
    studies.run_studies(layout, "DE")
    assert computed == NAMES[3:]


def test_other_data_are_studied_anew_and_the_old_are_kept(layout, computed):
    studies.run_studies(layout, "DE")
    layout.panel("DE").write_bytes(b"other")
    assert studies.read_studies(layout, "DE").empty
    layout.panel("DE").write_bytes(b"panel")
    assert len(studies.read_studies(layout, "DE")) == len(NAMES)


def test_without_studies_the_table_has_its_header(layout):
    table = studies.read_studies(layout, "DE")
    assert table.empty
    assert list(table) == STUDY_COLUMNS


def test_stored_rows_come_back_with_their_date(layout, computed):
    studies.run_studies(layout, "DE")
    table = studies.read_studies(layout, "DE")
    assert table["study"].tolist() == NAMES
    assert set(table["computed_on"]) == {"2026-01-05"}
    assert set(table["note"]) == {"none"}


def test_a_study_that_fails_leaves_the_others_and_says_why(layout, computed, monkeypatch):
    monkeypatch.setattr(studies, "STUDIES", {"refresh": None, "broken": None, "placebo": None})
    studies.run_studies(layout, "DE")
    assert computed == ["refresh", "placebo"]
    note = json.loads(layout.studies("DE").read_text())["studies"]
    assert note == {"refresh": "stored", "broken": "ValueError: no luck", "placebo": "stored"}


def test_the_next_run_tries_what_failed_again(layout, computed, monkeypatch):
    plan = Plan("portfolio.yml", "tiny", ("DE",), "full", str(layout.results))
    studies.run_studies(layout, "DE")
    forget_failures(plan)
    assert layout.studies("DE").exists()
    monkeypatch.setattr(studies, "STUDIES", {"broken": None})
    studies.run_studies(layout, "DE")
    forget_failures(plan)
    assert not layout.studies("DE").exists()


def test_studies_that_are_shown_do_not_grow_old(layout, computed):
    studies.run_studies(layout, "DE")
    path = studies.study_file(layout, studies.study_key(layout, "DE"), "refresh")
    os.utime(path, (0, 0))
    studies.read_studies(layout, "DE")
    assert time.time() - path.stat().st_mtime < 60


def test_progress_is_printed_as_the_display_reads_it(capsys):
    report = studies._reporter(10)
    report(4)
    report(20)
    assert capsys.readouterr().out.splitlines() == ["studies: 40 %", "studies: 99 %"]
