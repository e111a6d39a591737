"""A step writes its beginning, its end and the reason of a failure."""

from __future__ import annotations

from mmm_helpers.errors import FitError
from mmm_helpers.pipeline.events import diary, read_events
from mmm_helpers.pipeline.stage import run_step


def fail_with(error: Exception):
    def step(plan, code, name):
        raise error

    return step


def test_good_step_is_started_and_done(plan):
    assert run_step(plan, "fit", "DE", lambda plan, code, name: None) == 0
    assert [(e.kind, e.step, e.code) for e in read_events(diary(plan.layout))] == [
        ("start", "fit", "DE"),
        ("done", "fit", "DE"),
    ]


def test_failed_step_says_why_in_its_last_line(plan, capsys):
    assert run_step(plan, "fit", "DE", fail_with(FitError("The sampler\nstopped."))) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "The sampler stopped."
    assert read_events(diary(plan.layout))[-1].reason == "The sampler stopped."


def test_unforeseen_error_shows_its_traceback_first(plan, capsys):
    assert run_step(plan, "fit", "DE", fail_with(KeyError("tv"))) == 1
    captured = capsys.readouterr()
    assert "Traceback" in captured.err
    assert captured.out == "KeyError: 'tv'\n"


def test_half_a_line_is_not_read(plan):
    path = diary(plan.layout)
    run_step(plan, "fit", "DE", lambda plan, code, name: None)
    with path.open("a") as file:
        file.write('{"kind": "sta')
    assert len(read_events(path)) == 2
