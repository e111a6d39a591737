"""The rules run for real over stand-ins: what a failure stops, and what it does not."""

from __future__ import annotations

import io

import pytest

from mmm_helpers.layout import PORTFOLIO
from mmm_helpers.pipeline.events import diary, read_events
from mmm_helpers.pipeline.outcome import Failure
from mmm_helpers.pipeline.progress import Line
from mmm_helpers.pipeline.run import run
from mmm_helpers.pipeline.timings import read_timings

pytestmark = pytest.mark.usefixtures("stand_ins")


def start(plan):
    notes = []
    left, failures = run(
        plan, cores=2, line=Line(io.StringIO()), note=lambda plan, failures: notes.append(plan.markets)
    )
    assert notes[-1] == left.markets
    return left, failures


def test_run_makes_every_page_and_a_second_run_makes_none(plan):
    assert start(plan) == (plan, [])
    assert all(plan.layout.notebook("JP", name).exists() for name in plan.market_notebooks())
    assert read_timings(plan.layout)["quick/fit/DE"] >= 0
    assert start(plan) == (plan, [])
    assert read_events(diary(plan.layout)) == []


def test_market_without_a_fit_leaves_the_others_complete(plan):
    plan.layout.panel("DE").write_text("broken")
    stale = plan.layout.notebook("DE", "04_multi_geo_mmm")
    stale.parent.mkdir(parents=True)
    stale.write_text("of an earlier run")
    left, failures = start(plan)
    assert left.markets == ("JP",)
    assert failures == [Failure("DE", "fit", "The model could not be fitted: the data are broken.")]
    assert plan.layout.notebook(PORTFOLIO, "09_scoreboard").exists()
    assert not plan.layout.notebook(PORTFOLIO, "10_portfolio_mmm").exists()
    assert not stale.exists()


def test_broken_notebook_stops_only_its_own_pages(plan):
    plan.template("10_portfolio_mmm").write_text('{"cells": [], "broken": true}')
    left, failures = start(plan)
    assert left == plan
    reason = "The page 10_portfolio_mmm could not be made: ValueError: a cell is broken."
    assert failures == [Failure(PORTFOLIO, "10_portfolio_mmm", reason)]
    assert plan.layout.notebook(PORTFOLIO, "09_scoreboard").exists()


def test_run_that_cannot_start_says_so(plan):
    plan.layout.specification("DE").unlink()
    _, failures = start(plan)
    assert len(failures) == 1
    assert failures[0].reason.startswith("The run could not start: MissingInputException")
