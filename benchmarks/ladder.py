"""The ladder: the template's default on worlds with known truth, and how often its verdict is wrong.

`SEED` is a seed or a range such as 1-20, `WORLDS` names separated by commas or spaces. Rows of the same model and
versions are kept, so a run that was stopped goes on where it was; the figures are computed from all rows there are.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache, partial
from multiprocessing import get_context

import pandas as pd

from benchmarks.figures import Figure, Measurement, Skipped
from mmm_helpers.ladder.rows import append_rows, done, hash_model, read_rows
from mmm_helpers.ladder.scores import TARGETS, compute_figures, compute_scores, reported
from mmm_helpers.ladder.worlds import WORLDS
from mmm_helpers.layout import Layout

SEEDS = "1-20"
"""Seeds of a run that names none."""


def judge(name: str, seed: int) -> pd.DataFrame:
    """Raw rows of one world; runs in a worker process, with a core for itself."""
    from mmm_helpers.ladder.verdict import judge_world
    from mmm_helpers.ladder.world import simulate_world

    with open(os.devnull, "w") as nowhere, _quiet(nowhere):
        return judge_world(simulate_world(name, seed))


def _quiet(stream):
    from contextlib import redirect_stdout

    return redirect_stdout(stream)


@cache
def run_ladder(worlds: str = "", seeds: str = "") -> pd.DataFrame:
    """Measure what is asked for and not yet there; returns all rows that may be reported."""
    path = Layout("bench").ladder_rows[0]
    wanted = [(w, s) for s in parse_seeds(seeds or SEEDS) for w in parse_worlds(worlds)]
    rows = read_rows(path)
    current = done(rows[rows["model"] == hash_model()])
    todo = [block for block in wanted if block not in current]
    for finished, block in enumerate(_judge_all(todo), start=1):
        append_rows(path, block)
        _report(block, finished, len(todo))
    return reported(read_rows(path))


def _judge_all(todo: list[tuple[str, int]]) -> Iterable[pd.DataFrame]:
    """Rows of each world as it is done; two at a time on two cores."""
    workers = max(1, min(os.cpu_count() or 1, len(todo)))
    compiled = Layout("bench").cache / "compiled"
    environment = {"MMM_CORES": "1", "PYTENSOR_FLAGS": f"base_compiledir={compiled}"}
    environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=prepare, initargs=(environment,)
    ) as pool:
        for job in as_completed([pool.submit(judge, *block) for block in todo]):
            yield job.result()


def prepare(environment: dict[str, str]) -> None:
    """Set a worker's environment before it imports anything that computes."""
    os.environ.update(environment)


_STARTED = time.monotonic()


def _report(block: pd.DataFrame, finished: int, total: int) -> None:
    """One line of progress: what the world gave, and how long the rest will take."""
    cells, grade = len(block), int(block["decision_grade"].sum())
    left = (time.monotonic() - _STARTED) / finished * (total - finished) / 60
    world, seed = block["world"].iloc[0], block["seed"].iloc[0]
    verdict = block["error"].iloc[0] or f"{grade} of {cells} cells decision-grade"
    print(f"  {world} {seed}: {verdict}; {finished} of {total}, about {left:.0f} min left", flush=True)


def parse_seeds(text: str) -> list[int]:
    """Seeds of a text such as `3`, `1-20` or `1,5-7`.

    Examples
    --------
    >>> parse_seeds("1,5-7")
    [1, 5, 6, 7]
    """
    bounds = [part.split("-") for part in text.replace(" ", ",").split(",") if part]
    return [seed for b in bounds for seed in range(int(b[0]), int(b[-1]) + 1)]


def parse_worlds(text: str) -> list[str]:
    """Names of worlds; all if none is named.

    Raises
    ------
    ValueError : no world has this name.
    """
    names = text.replace(",", " ").split() or list(WORLDS)
    unknown = sorted(set(names) - set(WORLDS))
    if unknown:
        raise ValueError(f"There is no world {', '.join(unknown)}; there are {', '.join(WORLDS)}.")
    return names


def measure(name: str) -> Measurement:
    """A figure of the ladder, with the scores by world behind it (the cells lie in `raw/ladder.csv`)."""
    rows = run_ladder(os.environ.get("WORLDS", ""), os.environ.get("SEED", ""))
    value = compute_figures(rows)[name]
    if pd.isna(value):
        raise Skipped("no world of this run bears on it")
    return Measurement(value, compute_scores(rows).to_dict("records"))


def figure(name: str, unit: str) -> Figure:
    """A figure with the target that the page shows."""
    direction, limit = TARGETS.get(name, ("at most", None))
    return Figure(name, unit, limit, partial(measure, name), at_most=direction == "at most")


FIGURES = (
    figure("ladder.silent_failures", "decision-grade cells"),
    figure("ladder.silent_upper95", "share of decision-grade cells"),
    figure("ladder.false_alarm_rate", "share of cells"),
    figure("ladder.decision_grade_clean", "share of cells"),
    figure("ladder.coverage_90", "worlds whose coverage is not 90 %"),
    figure("ladder.coverage_90_pooled", "share of decision-grade cells"),
    figure("ladder.null_told_apart", "share of null cells"),
)
