"""The record of a run and the claim on a portfolio's name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.portfolio import Portfolio, load_portfolio
from mmm_helpers.layout import PORTFOLIO
from mmm_helpers.pipeline.outcome import Failure
from mmm_helpers.pipeline.plan import read_views
from mmm_helpers.pipeline.record import claim_name, find_last_day, write_run, write_views

FILE = """
name: tiny
reporting_currency: EUR
outcome: {column: revenue, kind: revenue}
channels:
  tv: {label: TV, spend: tv_spend, funnel: upper}
markets:
  "DE": {label: Germany, holidays: DE}
  "JP": {label: Japan, holidays: JP}
data: {path: panel.csv}
"""


@pytest.fixture
def portfolio(tmp_path: Path) -> Portfolio:
    return read(tmp_path, FILE)


def read(folder: Path, text: str) -> Portfolio:
    (folder / "portfolio.yml").write_text(text)
    return load_portfolio(folder / "portfolio.yml")


def record(plan, portfolio, *failures):
    asked = ("DE", "JP")
    plan = replace(plan, markets=tuple(c for c in asked if c not in {f.code for f in failures}))
    for code in ("DE", "JP"):
        plan.layout.panel(code).unlink(missing_ok=True)
    write_run(plan, portfolio, asked=asked, failures=failures, started=datetime.now(UTC))
    return json.loads(plan.layout.run_record.read_text())


def test_good_run_names_every_market(plan, portfolio):
    markets = record(plan, portfolio)["markets"]
    assert markets["JP"] == {"status": "ok", "label": "Japan", "reason": "", "command": ""}


def test_market_refused_by_the_gate_is_reproduced_by_check(plan, portfolio):
    entry = record(plan, portfolio, Failure("DE", "gate", "A column is missing."))["markets"]["DE"]
    assert (entry["status"], entry["reason"]) == ("failed", "A column is missing.")
    assert entry["command"] == "python -m mmm_helpers check --portfolio portfolio.yml --markets DE"


def test_failed_portfolio_stage_is_every_markets_reason(plan, portfolio):
    run = record(plan, portfolio, Failure(PORTFOLIO, "posterior", "No draws."))
    assert {m["reason"] for m in run["markets"].values()} == {"No draws."}
    assert run[PORTFOLIO]["status"] == "failed"


def test_data_reach_to_the_last_day_of_the_last_week(plan):
    weeks = pd.date_range("2025-12-15", periods=2, freq="7D")
    for code, dates in (("DE", weeks[:1]), ("JP", weeks)):
        pd.DataFrame({"date": dates}).to_parquet(plan.layout.panel(code))
    assert find_last_day(plan.layout, plan.markets, "weekly") == "2025-12-28"


def test_last_day_of_a_month(plan):
    pd.DataFrame({"date": pd.to_datetime(["2024-02-01"])}).to_parquet(plan.layout.panel("DE"))
    assert find_last_day(plan.layout, ("DE",), "monthly") == "2024-02-29"


def test_same_name_from_another_file_is_refused(plan, tmp_path):
    claim_name(plan.layout, tmp_path / "a" / "portfolio.yml")
    claim_name(plan.layout, tmp_path / "a" / "portfolio.yml")
    with pytest.raises(InputError, match=r"the name 'tiny' is already taken by .*a/portfolio\.yml"):
        claim_name(plan.layout, tmp_path / "b" / "portfolio.yml")


def test_renaming_one_market_changes_its_view_and_the_portfolios(plan, portfolio, tmp_path):
    write_views(plan.layout, portfolio)
    before = read_views(plan.layout)
    write_views(plan.layout, read(tmp_path, FILE.replace("label: Japan", "label: Nippon")))
    after = read_views(plan.layout)
    assert {code for code in after if after[code] != before[code]} == {"JP", PORTFOLIO}


def test_market_that_goes_missing_changes_the_portfolios_view_only(plan, portfolio):
    write_views(plan.layout, portfolio)
    before = read_views(plan.layout)
    write_views(plan.layout, portfolio, missing=["DE"])
    after = read_views(plan.layout)
    assert {code for code in after if after[code] != before[code]} == {PORTFOLIO}
