"""The plan for 8 regions × 6 channels over 2,000 draws, beside pymc-marketing's own optimizer: same bounds, same draws.

Both get the same draws of the same model (geometric carry-over, logistic saturation, one curve per region and channel),
today's total and today's spend ± half per cell, and one core. Seconds are processor time: ours from the draws to the
plan, theirs from the fitted model to the plan, without its import and without building the model. Both plans are valued
by their objective.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure, Measurement
from benchmarks.peers.environment import clean_environment
from benchmarks.peers.exchange import L_MAX
from mmm_helpers.decisions.responses import GRID
from mmm_helpers.decisions.solver import Task, solve
from mmm_helpers.layout import PROJECT_ROOT

HORIZON = 13
ROOM = 0.5
"""A cell may move by this share of its spend."""
GIVEN = ("retention", "steepness", "ceiling", "level", "before")
EQUAL = 1e-6
"""Share of the objective by which two plans may differ and count as equally good."""


@cache
def compare() -> list[dict]:
    """A row per side: processor seconds, and the value of its plan by the library's objective."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for step in ("prepare", "ours", "library", "value"):
            module = "benchmarks.budget" if step == "ours" else "benchmarks.peers.budget_library"
            command = [sys.executable, "-m", module, str(folder), step]
            done = subprocess.run(
                command, capture_output=True, text=True, cwd=PROJECT_ROOT, env=clean_environment()
            )
            if done.returncode:
                raise RuntimeError(f"{step}: {done.stderr.strip().splitlines()[-1]}")
        seconds = {side: float(np.load(folder / f"{side}.npz")["seconds"]) for side in ("ours", "library")}
        values = np.load(folder / "values.npz")
        return [{"side": s, "seconds": seconds[s], "value": float(values[s])} for s in seconds]


def measure() -> Measurement:
    """Seconds of ours and of the library; failed where our plan is worse."""
    ours, library = compare()
    worse = ours["value"] < library["value"] * (1 - EQUAL)
    reason = f"our plan brings {ours['value']:.8g}, the library's {library['value']:.8g}" if worse else ""
    return Measurement(ours["seconds"], compare(), library["seconds"], failed=reason)


def responses(
    retention: np.ndarray, steepness: np.ndarray, ceiling: np.ndarray, level: np.ndarray, before: np.ndarray
) -> np.ndarray:
    """Outcome of `HORIZON` periods at a constant level × `GRID` and of those in which it fades.

    Parameters
    ----------
    retention, steepness, ceiling : (sample, cell) of the draws. level : (cell,) today's, in the model's scale.
    before : (periods, cell) what was spent in the last periods, in the same scale, and still carries over.

    Returns
    -------
    (cell, sample, multiples), in the model's scale of the outcome.

    Examples
    --------
    >>> one = np.ones((1, 1))  # no carry-over: 13 periods of tanh(1 / 2)
    >>> float(responses(0 * one, one, one, np.ones(1), np.zeros((7, 1)))[0, 0, 20].round(6))
    6.007523
    >>> float((13 * np.tanh(0.5)).round(6))
    6.007523
    """
    weights = retention[..., None] ** np.arange(L_MAX)
    weights /= weights.sum(axis=-1, keepdims=True)
    total = np.zeros((*retention.shape, len(GRID)))
    for t in range(HORIZON + L_MAX - 1):
        planned = weights[..., max(t - HORIZON + 1, 0) : t + 1].sum(axis=-1) * level
        earlier = sum(
            weights[..., t + lag] * before[-lag] for lag in range(1, min(L_MAX - t, len(before) + 1))
        )
        carried = planned[..., None] * GRID + np.asarray(earlier)[..., None]
        total += np.tanh(steepness[..., None] * carried / 2)
    return np.moveaxis(ceiling[..., None] * total, 1, 0)


def main(folder: Path) -> None:
    """Solve what `peers.budget_library` prepared, and write the plan and its seconds."""
    given = np.load(folder / "problem.npz")
    today = given["today"]
    with threadpool_limits(1):
        started = time.process_time()
        draws = responses(*(given[name] for name in GIVEN))
        bounds = (np.full(len(today), side) for side in (1 - ROOM, 1 + ROOM))
        plan, _ = solve(Task(today, *bounds, draws * given["scale"][:, None, None], float(today.sum())))
        seconds = time.process_time() - started
    if "pymc" in sys.modules:
        raise RuntimeError("the optimizer imported PyMC")
    np.savez(folder / "ours.npz", plan=plan * today, seconds=seconds)


FIGURES = (
    Figure("budget.optimize_seconds", "s of one core", 5, measure),
    Figure(
        "budget.vs_library", "s of one core", 10, measure, peer="pymc-marketing's optimizer", of_ratio=True
    ),
)

if __name__ == "__main__":
    main(Path(sys.argv[1]))
