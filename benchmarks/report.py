"""How long a report takes: from nothing, as a preview, with nothing changed, and one notebook alone."""

from __future__ import annotations

import atexit
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from benchmarks.figures import Figure, Measurement, Skipped
from mmm_helpers.layout import PROJECT_ROOT
from mmm_helpers.pipeline.plan import MARKET_NOTEBOOKS

REPEATS = 3
READ_MARKET = "DE"
READING = ("04_multi_geo_mmm", "07_budget_scenarios", "08_executive_summary")
"""Notebooks that only read and show what was computed before."""


def measure_cold() -> Measurement:
    """Minutes of `make report` in a fresh clone without `.venv`, installation included."""
    clone = make_clone()
    seconds = run_timed(["make", "report"], clone, environment={})
    return Measurement(seconds / 60, [{"case": "cold", "profile": "standard", "seconds": seconds}])


def measure_quick() -> Measurement:
    """Minutes of a first preview in a fresh clone, with this environment."""
    _, seconds = quick_clone()
    return Measurement(seconds / 60, [{"case": "quick", "profile": "quick", "seconds": seconds}])


def measure_noop() -> Measurement:
    """Seconds of a second preview with nothing changed; the median of three."""
    clone, _ = quick_clone()
    seconds = [run_timed(report_command("quick"), clone) for _ in range(REPEATS)]
    rows = [{"case": "noop", "repeat": i, "seconds": s} for i, s in enumerate(seconds)]
    return Measurement(statistics.median(seconds), rows)


def measure_size() -> Measurement:
    """Megabytes below `results/`, benchmarks excluded; linked files count once."""
    results = PROJECT_ROOT / "results"
    if not (results / "demo" / "run.json").exists():
        raise Skipped("there are no results of the demo: run `make report` first")
    sizes = {}
    for path in results.rglob("*"):
        if path.is_file() and "bench" not in path.relative_to(results).parts[:1]:
            status = path.stat()
            sizes[status.st_ino] = (path.relative_to(results).parts[0], status.st_size)
    folders = sorted({folder for folder, _ in sizes.values()})
    rows = [{"folder": f, "mb": sum(s for g, s in sizes.values() if g == f) / 1e6} for f in folders]
    return Measurement(sum(row["mb"] for row in rows), rows)


def measure_reading() -> Measurement:
    """Seconds of the slowest reading notebook alone, by plain papermill; the median of three for each."""
    clone, _ = quick_clone()
    names = [n for n in MARKET_NOTEBOOKS if n in READING and (clone / "notebooks" / f"{n}.ipynb").exists()]
    rows = [
        {"notebook": name, "repeat": i, "seconds": run_timed(papermill_command(name), clone)}
        for name in names
        for i in range(REPEATS)
    ]
    medians = [statistics.median(r["seconds"] for r in rows if r["notebook"] == n) for n in names]
    return Measurement(max(medians), rows)


@cache
def quick_clone() -> tuple[Path, float]:
    """A clone with a finished preview, and the seconds that it took."""
    clone = make_clone()
    return clone, run_timed(report_command("quick"), clone)


def make_clone() -> Path:
    """A temporary clone of what is committed; removed when the benchmarks end."""
    folder = Path(tempfile.mkdtemp(prefix="mmm-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    clone = folder / "clone"
    subprocess.run(["git", "clone", "-q", str(PROJECT_ROOT), str(clone)], check=True)
    return clone


def report_command(profile: str) -> list[str]:
    return [sys.executable, "-m", "mmm_helpers", "report", "--profile", profile]


def papermill_command(name: str) -> list[str]:
    out = f"results/read_{name}.ipynb"
    parameters = ["-r", "market", READ_MARKET, "-r", "profile", "quick"]
    return [sys.executable, "-m", "papermill", f"notebooks/{name}.ipynb", out, *parameters]


def run_timed(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> float:
    """Seconds of a command in a clone, whose own modules it uses.

    Raises
    ------
    RuntimeError
        The command failed; the message holds its last lines.
    """
    extra = {"PYTHONPATH": str(folder)} if environment is None else environment
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **extra}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(" ".join((done.stdout + done.stderr).splitlines()[-5:]))
    return time.perf_counter() - began


FIGURES = (
    Figure("report.quick_minutes", "min", 5, measure_quick),
    Figure("report.noop_seconds", "s", 15, measure_noop),
    Figure("notebook.reading_seconds", "s", 8, measure_reading),
    Figure("report.results_mb", "MB", 200, measure_size),
    Figure("report.cold_minutes", "min", 15, measure_cold),
)
