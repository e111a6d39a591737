"""How long credit takes on a million journeys, in how much memory, and beside tools that do the same work exactly.

Every side is a process of its own that reads its file and credits: ours a file of touches, the others one of paths,
which is the form that they take. Seconds are those of reading and crediting, without imports. A peer counts for a task
only where its credits are ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.figures import Figure, Measurement, Skipped
from benchmarks.journey_file import write_paths, write_touches
from benchmarks.peers.credit import MARKOV, RULES, SIDES
from benchmarks.peers.environment import clean_environment, peer_python
from mmm_helpers.layout import PROJECT_ROOT

MILLION = 1_000_000
ALL = ("last", "first", "linear", "position", "decay", "markov", "markov_2", "shapley")
TASKS = {RULES: ("first", "last", "linear"), MARKOV: ("markov",)}
SAME = 1e-6
"""Difference of shares up to which two sides did the same work."""


@cache
def folder_of(people: int) -> tempfile.TemporaryDirectory:
    """A folder with the touches, made once in a run."""
    folder = tempfile.TemporaryDirectory()
    write_touches(Path(folder.name), people)
    return folder


def run_side(python: Path, module: str, *arguments: str) -> dict:
    """What a side prints last.

    Raises
    ------
    RuntimeError : it failed.
    """
    command = [str(python), "-m", f"benchmarks.peers.{module}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT_ROOT, env=clean_environment())
    if done.returncode:
        raise RuntimeError(f"{arguments[0]}: {(done.stderr.strip() or 'no reason given').splitlines()[-1]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


@cache
def measure_ours(people: int, models: tuple[str, ...] = ALL) -> dict:
    """Seconds, peak and credits of ours."""
    return run_side(Path(sys.executable), "credit_ours", folder_of(people).name, ",".join(models))


def row_of(side: str, task: str, people: int, found: dict) -> dict:
    """A raw row: what it took, and how busy the machine was."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    took = {"seconds_read": found["read"], "seconds_credit": found["credit"], "peak_gb": found["gb"]}
    return {"side": side, "task": task, "people": people, **took, "load": load}


def seconds(found: dict) -> float:
    """Reading and crediting."""
    return found["read"] + found["credit"]


def measure_seconds() -> Measurement:
    """Seconds of eight models on a million journeys."""
    found = measure_ours(MILLION)
    return Measurement(seconds(found), [row_of("ours", "all", MILLION, found)])


def measure_memory(people: int) -> Measurement:
    """Gigabytes at the most."""
    found = measure_ours(people)
    return Measurement(found["gb"], [row_of("ours", "all", people, found)])


def measure_growth() -> Measurement:
    """Seconds of ten million journeys over ten times those of one."""
    one, ten = measure_ours(MILLION), measure_ours(10 * MILLION)
    rows = [row_of("ours", "all", n * MILLION, found) for n, found in ((1, one), (10, ten))]
    return Measurement(seconds(ten) / (10 * seconds(one)), rows)


def differs(own: dict, other: dict) -> float:
    """Largest difference of a channel's share between two sides' credits, over models."""
    gaps = []
    for model, credit in own.items():
        totals = sum(credit.values()), sum(other[model].values())
        gaps += [abs(credit[c] / totals[0] - other[model].get(c, 0.0) / totals[1]) for c in credit]
    return max(gaps)


def measure_task(task: str) -> Measurement:
    """Seconds of one task, ours and the fastest peer's whose credits are the same.

    Raises
    ------
    Skipped : no peer could be measured, or none gave the same credits.
    """
    folder = folder_of(MILLION)
    if not (Path(folder.name) / "paths.parquet").exists():
        write_paths(Path(folder.name))
    own = measure_ours(MILLION, TASKS[task])
    rows, times, reasons = [row_of("ours", task, MILLION, own) | {"differs": 0.0, "reason": ""}], [], []
    for side in [s for s, t in SIDES if t == task]:
        try:
            found = run_side(peer_python(side), "credit", side, task, folder.name)
        except (Skipped, RuntimeError) as error:
            reasons.append(f"{side}: {error}")
            continue
        gap = differs(own["credits"], found["credits"])
        rows.append(row_of(side, task, MILLION, found) | {"differs": gap, "reason": ""})
        times += [seconds(found)] if gap <= SAME else []
    if not times:
        raise Skipped("; ".join(reasons) or "no peer gives the same credits")
    rows[0]["reason"] = "; ".join(reasons)
    return Measurement(seconds(own), rows, min(times))


def measure_worst_task() -> Measurement:
    """The task in which the fastest exact peer comes closest."""
    measured = [measure_task(task) for task in TASKS]
    return min(measured, key=lambda m: m.peer_value / m.value)


FIGURES = (
    Figure("mta.seconds_1m", "s", 10, measure_seconds),
    Figure("mta.peak_gb_1m", "GB", 2, lambda: measure_memory(MILLION)),
    Figure(
        "mta.vs_fastest_exact_peer",
        "s",
        3,
        measure_worst_task,
        peer="fastest tool with the same credits",
        of_ratio=True,
    ),
    Figure("mta.peak_gb_10m", "GB", 8, lambda: measure_memory(10 * MILLION)),
    Figure("mta.growth_10m", "times linear", 1.5, measure_growth),
)
