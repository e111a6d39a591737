"""The progress line: what is done, what runs, what is left."""

from __future__ import annotations

import io

from mmm_helpers.pipeline.events import Event
from mmm_helpers.pipeline.progress import Line, State, compute_state, describe_state, read_job_counts

TIMINGS = {"quick/fit/DE": 100.0, "quick/fit/JP": 50.0, "quick/posterior/portfolio": 10.0}
COUNTS = {"fit_DE": 1, "fit_JP": 1, "posterior": 1}


def state_at(now: float, *events: Event, cores: int = 1) -> State:
    return compute_state(COUNTS, events, timings=TIMINGS, profile="quick", cores=cores, now=now)


def test_before_the_first_step_everything_is_left():
    assert state_at(0.0) == State(0, 3, (), 160.0)


def test_running_step_counts_with_the_time_it_has_run():
    state = state_at(30.0, Event("start", "fit", "DE", 0.0))
    assert state == State(0, 3, (("fit", "DE"),), 130.0)


def test_step_that_takes_longer_than_expected_does_not_count_twice():
    assert state_at(500.0, Event("start", "fit", "DE", 0.0)).seconds_left == 60.0


def test_done_steps_leave_the_rest_shared_by_the_cores():
    state = state_at(90.0, Event("start", "fit", "DE", 0.0), Event("done", "fit", "DE", 90.0), cores=2)
    assert state == State(1, 3, (), 30.0)


def test_no_job_counts_before_snakemake_announces_them():
    assert not read_job_counts("Building DAG of jobs...\n")


def test_line_shows_what_runs_with_its_per_cent(plan):
    log = plan.layout.log("DE", "fit")
    log.parent.mkdir(parents=True)
    log.write_text("compiling\nsampling: 40 %\n")
    state = State(1, 3, (("fit", "DE"), ("01_data_and_eda", "JP")), 200.0)
    expected = "[1/3] · fitting DE (40 %), JP/01_data_and_eda · about 3 min left"
    assert describe_state(state, plan.layout) == expected


def test_without_a_terminal_lines_come_with_pauses():
    stream = io.StringIO()
    line = Line(stream, pause=60)
    for text in ("one", "two", "two"):
        line.show(text)
    assert stream.getvalue() == "one\n"
