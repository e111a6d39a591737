"""A portfolio of two markets whose every file is a stand-in: the rules' order needs names and times only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mmm_helpers.layout import PORTFOLIO, PROJECT_ROOT
from mmm_helpers.pipeline.plan import MARKET_TABLES, PORTFOLIO_TABLES, Plan, owners

LATER = 2_000_000_000
NAMES = ("01_data_and_eda", "04_multi_geo_mmm", "09_scoreboard", "10_portfolio_mmm")


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Markets DE and JP with data; nothing computed yet; four notebooks that import nothing."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.ipynb").write_text(json.dumps({"cells": []}))
    plan = Plan("portfolio.yml", "tiny", ("DE", "JP"), "quick", str(tmp_path / "results"), str(folder))
    for code in plan.markets:
        for path in data_files(plan, code):
            write(path, f"{code} {path.name}", when=0)
    return plan


def data_files(plan: Plan, code: str) -> list[Path]:
    at = plan.layout
    return [
        at.panel(code),
        at.holdout(code),
        at.journeys(code),
        at.channel_status(code),
        at.specification(code),
        at.table(code, "data_quality"),
    ]


def write(path: Path, text: str, *, when: float | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if when is not None:
        os.utime(path, (when, when))


@pytest.fixture
def computed(plan: Plan) -> Plan:
    """The plan with every output of every rule: each step later than the one before and than all sources."""
    at, codes = plan.layout, plan.markets
    steps = [
        [at.market_fit(code) for code in codes],
        [at.posterior(code) for code in codes],
        [at.studies(code) for code in codes],
        [at.prospects(code) for code in codes],
        [at.table(code, name) for code in codes for name in MARKET_TABLES],
        [at.table(PORTFOLIO, name) for name in PORTFOLIO_TABLES],
        [at.notebook(code, name) for code, name in owners(plan)],
    ]
    for number, paths in enumerate(steps):
        for path in paths:
            write(path, "stand-in", when=LATER + number)
    return plan


@pytest.fixture
def change() -> Callable[..., None]:
    """Give a file other content and a time after everything that was computed."""
    return lambda path, text="changed": write(path, text, when=LATER + 100)


@pytest.fixture
def dry_run() -> Callable[[Plan], set[str]]:
    """What Snakemake would run for a plan: `{'fit_DE', 'posterior', 'notebook', …}`."""

    def run(plan: Plan) -> set[str]:
        command = [sys.executable, "-m", "snakemake", "-n", "--quiet", "host", "--cores", "2"]
        environment = {**os.environ, **plan.to_environment()}
        done = subprocess.run(
            command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return read_jobs(done.stdout + done.stderr)

    return run


def read_jobs(text: str) -> set[str]:
    """Rule names, those of notebooks with their output: `notebook DE/04_multi_geo_mmm`."""
    jobs, rule = set(), ""
    for line in text.splitlines():
        if line.startswith(("rule ", "localrule ")):
            rule = line.split()[1].rstrip(":")
            jobs.add(rule)
        elif rule == "notebook" and line.strip().startswith("output:"):
            path = Path(line.split("output:")[1].strip())
            jobs.add(f"notebook {path.parent.parent.name}/{path.stem}")
    return jobs - {"all", "notebook"}


STAND_INS = '''
"""Loaded by every Python of the run: the library's steps, replaced by ones that only write their files."""
import pathlib
import sys
import types

from mmm_helpers.errors import FitError
from mmm_helpers.layout import PORTFOLIO
from mmm_helpers.pipeline.plan import MARKET_TABLES, PORTFOLIO_TABLES


def write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("stand-in")


def fit_market(layout, code, profile):
    if b"broken" in layout.panel(code).read_bytes():
        raise FitError("the data are broken")
    write(layout.market_fit(code))


def fit_portfolio(layout, codes, profile):
    for code in codes:
        write(layout.posterior(code))


def run_studies(layout, code):
    write(layout.studies(code))


def write_market_tables(layout, code, profile):
    write(layout.prospects(code))
    for name in MARKET_TABLES:
        write(layout.table(code, name))


def write_portfolio_tables(layout, codes, profile):
    for name in PORTFOLIO_TABLES:
        write(layout.table(PORTFOLIO, name))


def execute(notebook, output, parameters, context, failed):
    if "broken" in pathlib.Path(notebook).read_text():
        raise ValueError("a cell is broken")
    write(output)


def put(name, **functions):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(functions)


put("mmm_helpers.model.run", fit_market=fit_market, fit_portfolio=fit_portfolio)
tables = {"write_market_tables": write_market_tables, "write_portfolio_tables": write_portfolio_tables}
put("mmm_helpers.estimands.run", **tables)
put("mmm_helpers.pipeline.studies", run_studies=run_studies)
put("mmm_helpers.report.site.engine", execute=execute)
put("mmm_helpers.report.site.execute", read_context=lambda parameters: {})
'''


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch) -> None:
    """Processes started from here on run stand-ins instead of fits and notebooks."""
    (tmp_path / "sitecustomize.py").write_text(STAND_INS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
