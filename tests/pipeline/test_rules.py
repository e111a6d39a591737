"""Which rules run after which change, by dry runs of the real Snakefile."""

from __future__ import annotations

import os
from dataclasses import replace

LATEST = 2_000_001_000
PORTFOLIO_STAGE = {"posterior", "portfolio_tables", "notebook portfolio/09_scoreboard"}
PORTFOLIO_STAGE |= {"notebook portfolio/10_portfolio_mmm"}
BELOW = {"tables_DE", "tables_JP", "notebook DE/04_multi_geo_mmm", "notebook JP/04_multi_geo_mmm"}
DATA_PAGES = {"notebook DE/01_data_and_eda", "notebook JP/01_data_and_eda"}


def test_first_run_makes_everything(plan, dry_run):
    assert dry_run(plan) == {"fit_DE", "fit_JP"} | PORTFOLIO_STAGE | BELOW | DATA_PAGES


def test_full_profile_computes_studies_before_the_tables(plan, dry_run):
    full = dry_run(replace(plan, profile="full"))
    assert full - dry_run(plan) == {"studies_DE", "studies_JP"}


def test_missing_studies_are_followed_by_the_tables_that_show_them(computed, dry_run):
    full = replace(computed, profile="full")
    full.layout.studies("JP").unlink()
    assert {"studies_JP", "tables_JP"} <= dry_run(full)


def test_nothing_changed_nothing_runs(computed, dry_run):
    assert dry_run(computed) == set()


def test_changed_panel_refits_its_market_only(computed, dry_run, change):
    change(computed.layout.panel("DE"))
    assert dry_run(computed) == {"fit_DE", "notebook DE/01_data_and_eda"} | PORTFOLIO_STAGE | BELOW


def test_changed_notebook_runs_alone(computed, dry_run, change):
    change(computed.template("04_multi_geo_mmm"), '{"cells": [], "metadata": {}}')
    assert dry_run(computed) == {"notebook DE/04_multi_geo_mmm", "notebook JP/04_multi_geo_mmm"}


def test_missing_table_is_made_again_with_what_shows_it(computed, dry_run):
    computed.layout.table("JP", "carryover").unlink()
    home = PORTFOLIO_STAGE - {"posterior"}
    assert dry_run(computed) == {"tables_JP", "notebook JP/04_multi_geo_mmm"} | home


def test_one_market_has_a_home_but_no_portfolio_page(plan, dry_run):
    jobs = dry_run(replace(plan, markets=("JP",)))
    assert "notebook portfolio/09_scoreboard" in jobs
    assert "notebook portfolio/10_portfolio_mmm" not in jobs


def test_proof_follows_what_was_measured_and_no_market(computed, dry_run, change):
    change(computed.template("12_proof"), '{"cells": []}')
    change(computed.layout.notebook("portfolio", "12_proof"))
    assert dry_run(computed) == set()
    rows = computed.layout.ladder_rows[0]
    rows.parent.mkdir(parents=True)
    change(rows)
    os.utime(rows, (LATEST, LATEST))
    assert dry_run(computed) == {"notebook portfolio/12_proof"}
