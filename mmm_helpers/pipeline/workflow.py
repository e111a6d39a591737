"""Run Snakemake over a plan, as its own process, and tell how far it is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from mmm_helpers.layout import PORTFOLIO, PROJECT_ROOT
from mmm_helpers.pipeline.events import diary, read_events
from mmm_helpers.pipeline.plan import Plan
from mmm_helpers.pipeline.progress import Line, compute_state, describe_state, read_job_counts
from mmm_helpers.pipeline.timings import read_timings

POLL_SECONDS = 0.3
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Linear algebra must not take the cores that Snakemake gives to other jobs."""


def run_rules(plan: Plan, *, cores: int, line: Line) -> int:
    """Run every rule that is not up to date; returns Snakemake's exit code."""
    log = plan.layout.log(PORTFOLIO, "snakemake")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            command(cores), cwd=PROJECT_ROOT, env=environment(plan), stdout=file, stderr=subprocess.STDOUT
        )
        try:
            _watch(process, plan, log, cores, line)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    line.clear()
    return process.returncode


def command(cores: int) -> list[str]:
    """The call of Snakemake: go on after a failure, take up what a stopped run left, re-run what changed."""
    return [
        *(sys.executable, "-m", "snakemake", "--snakefile", "Snakefile", "--cores", str(cores)),
        *("--keep-going", "--rerun-incomplete", "--nolock", "--scheduler", "greedy", "--nocolor"),
        *("--rerun-triggers", "mtime", "params", "input"),
    ]


def environment(plan: Plan) -> dict[str, str]:
    """Variables of the rules: the plan, one thread per process, and a compilation cache that lasts."""
    compiled = plan.layout.cache / "compiled"
    compiled.mkdir(parents=True, exist_ok=True)
    flags = [os.environ.get("PYTENSOR_FLAGS", ""), f"base_compiledir={compiled}"]
    return {
        **os.environ,
        **plan.to_environment(),
        **dict.fromkeys(ONE_THREAD, "1"),
        "PYTENSOR_FLAGS": ",".join(flag for flag in flags if flag),
        "NUMBA_CACHE_DIR": str(compiled / "numba"),
        "PYTHONPATH": os.pathsep.join(p for p in (str(PROJECT_ROOT), os.environ.get("PYTHONPATH")) if p),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONUNBUFFERED": "1",
    }


def last_error(log: Path) -> str:
    """What Snakemake said when it could not even start its jobs, on one line."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    first = next(
        (i for i, line in enumerate(lines) if "Error" in line or "Exception" in line), len(lines) - 3
    )
    return " ".join(lines[max(first, 0) :][:4]) or "Snakemake stopped without a message"


def _watch(process: subprocess.Popen, plan: Plan, log: Path, cores: int, line: Line) -> None:
    timings = read_timings(plan.layout)
    before = len(read_events(diary(plan.layout)))
    while process.poll() is None:
        counts = read_job_counts(log.read_text(encoding="utf-8"))
        events = read_events(diary(plan.layout))[before:]
        state = compute_state(
            counts, events, timings=timings, profile=plan.profile, cores=cores, now=time.time()
        )
        line.show(describe_state(state, plan.layout))
        time.sleep(POLL_SECONDS)
