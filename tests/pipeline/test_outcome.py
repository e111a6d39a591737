"""Reading failures from the diary, and deleting what must not be read any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmm_helpers.layout import PORTFOLIO
from mmm_helpers.pipeline.events import Event
from mmm_helpers.pipeline.outcome import blocked_markets, find_failures, remove_stale, remove_unplanned


def test_step_that_was_repeated_with_success_is_no_failure():
    events = [
        Event("failed", "fit", "DE", 1.0, "x"),
        Event("start", "fit", "DE", 2.0),
        Event("done", "fit", "DE", 3.0),
    ]
    assert find_failures(events) == []


def test_step_without_an_end_was_stopped():
    (failure,) = find_failures([Event("start", "fit", "DE", 1.0)])
    assert failure.reason.startswith("The model could not be fitted: the step was stopped before its end")


def test_only_what_tables_need_blocks_the_portfolio():
    failed = [("fit", "DE"), ("market_tables", "JP"), ("01_data_and_eda", "US"), ("posterior", PORTFOLIO)]
    failed.append(("studies", "NO"))
    failures = find_failures([Event("failed", step, code, 1.0, "x") for step, code in failed])
    assert blocked_markets(failures) == {"DE", "JP", "NO"}


@pytest.mark.parametrize(
    ("step", "data_page", "model_page", "table", "posterior"),
    [
        ("gate", False, False, False, False),
        ("fit", True, False, False, False),
        ("posterior", True, False, False, False),
        ("market_tables", True, False, False, True),
        ("04_multi_geo_mmm", True, True, True, True),
    ],
)
def test_what_lies_behind_a_failed_step_is_removed(computed, step, data_page, model_page, table, posterior):
    at = computed.layout
    remove_stale(computed, "DE", step)
    assert at.notebook("DE", "01_data_and_eda").exists() is data_page
    assert at.notebook("DE", "04_multi_geo_mmm").exists() is model_page
    assert at.table("DE", "channel_effects").exists() is table
    assert at.posterior("DE").exists() is posterior
    assert at.table("JP", "channel_effects").exists()


def test_posterior_of_a_market_that_is_not_asked_for_is_removed(computed):
    one = replace(computed, markets=("DE",))
    remove_unplanned(one)
    assert not one.layout.posterior("JP").exists()
    assert one.layout.market_fit("JP").exists()
    assert one.layout.posterior("DE").exists()


def test_page_of_an_earlier_run_with_more_markets_is_removed(computed):
    stray = computed.layout.notebook(PORTFOLIO, "11_portfolio_budget")
    stray.write_text("earlier")
    remove_unplanned(computed)
    assert not stray.exists()
    assert computed.layout.notebook(PORTFOLIO, "10_portfolio_mmm").exists()
