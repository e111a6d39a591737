"""How fast the model is sampled, beside the peers: effective draws of region × channel contributions per second.

Every pair is measured in one run: ours, then the peer, on the same data, with equal draws and two cores. Before the
measured fit, each side but Meridian fits other data of the same shape briefly, with an empty folder for compiled
functions; its rows (`fit` = first) show what the first fit on a machine costs, those of the measured fit (again) what
any later one does. Meridian keeps nothing that it compiled.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, Measurement
from benchmarks.peers.exchange import Effort
from benchmarks.peers.worlds import SIZES, simulate_world

SEED, OTHER_SEED = 1, 2
EFFORT = Effort(chains=2, tune=500, draws=1000)
"""As many draws a chain as the standard profile's. Fewer would not do: the largest R-hat of 240 cells is above 1.01 in
half of all cases with 400 independent draws in each of two chains, by chance alone, and that of 60 cells with 300."""
BRIEF = {"tune": 30, "draws": 30}
SAMPLING, EVERYTHING, COMPILING = "seconds_sample", "seconds_total", "seconds_compile"


def measure_sampling(size: str, peer: str) -> Measurement:
    """Effective draws per second of sampling."""
    return compare(size, peer, lambda s: worst(s) / s[SAMPLING])


def measure_everything(size: str, peer: str) -> Measurement:
    """Effective draws per second from the process's start to its end."""
    return compare(size, peer, lambda s: worst(s) / s[EVERYTHING])


def measure_compiling(size: str, peer: str) -> Measurement:
    """Seconds to build and compile."""
    return compare(size, peer, lambda s: s[COMPILING])


def worst(summary: dict) -> float:
    """Effective draws of the worst region × channel."""
    from benchmarks.peers.scores import least_ess

    return least_ess(summary)


def compare(size: str, peer: str, value: Callable[[dict], float]) -> Measurement:
    """One quantity of ours and of a peer; failed where our own chains disagree."""
    own, own_rows = measure_side("ours", size)
    other, other_rows = measure_side(peer, size)
    return Measurement(value(own), own_rows + other_rows, value(other), failed=disagreement(own))


def disagreement(summary: dict) -> str:
    """Why our own fit does not count; empty if its chains agree."""
    from benchmarks.peers.scores import SETTLED

    rhat = summary["rhat_max"]
    return "" if rhat <= SETTLED else f"our own chains disagree (R-hat {rhat:.3f} is above {SETTLED})"


@cache
def measure_side(side: str, size: str) -> tuple[dict, list[dict]]:
    """A side's summary and its rows, one per region × channel and fit; measured once in a run.

    Raises
    ------
    Skipped : the side's environment cannot be made.
    """
    with tempfile.TemporaryDirectory() as compiled:
        rows = []
        if side != "meridian":
            brief = replace(EFFORT, **BRIEF)
            rows += fit(side, size, OTHER_SEED, brief, Path(compiled), name="first")[1]
        summary, own = fit(side, size, SEED, EFFORT, Path(compiled), name="again")
    print(f"  {side}: {worst(summary):.0f} effective draws, R-hat {summary['rhat_max']:.3f}", flush=True)
    return summary, rows + own


def fit(
    side: str, size: str, seed: int, effort: Effort, compiled: Path, *, name: str
) -> tuple[dict, list[dict]]:
    """One fit of one world, scored."""
    from benchmarks.peers.scores import score_cells, summarise
    from benchmarks.peers.sides import answer

    world, load = simulate_world(*SIZES[size], seed=seed), busy()
    found = answer(side, world.problem(effort), compiled=compiled)
    cells = score_cells(found.contribution, world.truth)
    summary = summarise(found, cells)
    about = {"side": side, "fit": name, "world": size, "seed": seed, "tune": effort.tune, "load": load}
    rows = [about | summary | cell | {"side_versions": found.versions} for cell in cells.to_dict("records")]
    return summary, [{k: _short(v) for k, v in row.items()} for row in rows]


def busy() -> float:
    """Processes that wanted a core in the last minute, so that a reader can tell which times to believe."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def _short(value):
    """Six figures are enough for a raw row."""
    return float(f"{value:.6g}") if isinstance(value, float | np.floating) else value


def _figure(name: str, size: str, peer: str, label: str, limit: float | None, **options) -> Figure:
    measure = options.pop("measure", measure_sampling)
    own = {"unit": "effective draws/s", "at_most": False, "of_ratio": True} | options
    return Figure(name=f"sampling.{name}", limit=limit, run=lambda: measure(size, peer), peer=label, **own)


PLAIN, DOCUMENTED, MERIDIAN = "plain hierarchy", "pymc-marketing as documented", "Google Meridian"
SECONDS = {"unit": "s", "at_most": True, "measure": measure_compiling}
FIGURES = (
    _figure("3x5", "3x5", "plain", PLAIN, 3),
    _figure("compile_3x5", "3x5", "plain", PLAIN, 1, **SECONDS),
    _figure("documented_3x5", "3x5", "documented", DOCUMENTED, None),
    _figure("meridian_3x5", "3x5", "meridian", MERIDIAN, 15, measure=measure_everything),
    _figure("10x6", "10x6", "plain", PLAIN, 4),
    _figure("compile_10x6", "10x6", "plain", PLAIN, 1, **SECONDS),
    _figure("40x6", "40x6", "plain", PLAIN, 4),
    _figure("compile_40x6", "40x6", "plain", PLAIN, 1, **SECONDS),
)
