"""Let one side answer a problem, in a process and an environment of its own, and time it from start to end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.peers.environment import clean_environment, peer_python
from benchmarks.peers.exchange import Answer, Problem, read_answer, write_problem
from mmm_helpers.layout import PROJECT_ROOT

SIDES = {"ours": None, "plain": "pymc_marketing", "documented": "pymc_marketing", "meridian": "meridian"}
"""Side → its requirements; None is this environment."""


def answer(side: str, problem: Problem, *, compiled: Path) -> Answer:
    """Run `benchmarks.peers.<side>` on the problem.

    Parameters
    ----------
    compiled : folder in which pytensor keeps compiled functions, in place of the one in the home folder: an empty
        one shows what the first fit on a machine costs.

    Raises
    ------
    Skipped : the side's environment cannot be made. RuntimeError : the side failed.
    """
    needs = SIDES[side]
    python = peer_python(needs) if needs else Path(sys.executable)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_problem(problem, folder)
        started = time.perf_counter()
        done = subprocess.run(
            [str(python), "-m", f"benchmarks.peers.{side}", str(folder)],
            capture_output=True,
            text=True,
            cwd=PROJECT_ROOT,
            env=clean_environment() | {"PYTENSOR_FLAGS": pytensor_flags(compiled)},
        )
        total = time.perf_counter() - started
        if done.returncode:
            raise RuntimeError(f"{side}: {done.stderr.strip().splitlines()[-1]}")
        return read_answer(folder, total=total)


def pytensor_flags(compiled: Path) -> str:
    """The flags in force, with another folder for compiled functions."""
    kept = [f for f in os.environ.get("PYTENSOR_FLAGS", "").split(",") if f and "compiledir" not in f]
    return ",".join([*kept, f"base_compiledir={compiled}"])
