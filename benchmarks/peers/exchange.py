"""What goes to a peer's process and what comes back: a folder with a panel, a problem and draws.

Only numpy and pandas are needed here, since every peer's environment has them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

CONTROL = "price"
L_MAX = 8
"""Weeks that spend works in, in the worlds and in every model."""


@dataclass(frozen=True)
class Effort:
    """How much a sampler does. `target_accept` is a peer's own default where it is None."""

    chains: int = 2
    tune: int = 500
    draws: int = 1000
    seed: int = 1
    cores: int = 2
    target_accept: float | None = None


@dataclass(frozen=True)
class Problem:
    """What a peer is asked.

    Parameters
    ----------
    panel : one row per date and region, sorted by both: date, region, population, outcome (revenue), a column
        per channel (spend in the same money), and the control.
    regions, channels : their names, in the order of the answer.
    """

    panel: pd.DataFrame
    regions: list[str]
    channels: list[str]
    effort: Effort


@dataclass(frozen=True)
class Answer:
    """What a peer found.

    Parameters
    ----------
    contribution : (chain, draw, region, channel) landed contribution summed over all weeks, in the outcome's unit.
    seconds : by step: import, compile, sample; `total` is from the process's start to its end.
    versions : packages of its environment.
    """

    contribution: np.ndarray
    seconds: dict[str, float]
    versions: str


@dataclass
class Clock:
    """Seconds of named steps."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str):
        """Time what is done inside."""
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started


def write_problem(problem: Problem, folder: Path) -> None:
    """Write `panel.csv` and `problem.json`."""
    problem.panel.to_csv(folder / "panel.csv", index=False)
    rest = {"regions": problem.regions, "channels": problem.channels, "effort": asdict(problem.effort)}
    (folder / "problem.json").write_text(json.dumps(rest), encoding="utf-8")


def read_problem(folder: Path) -> Problem:
    """What `write_problem` wrote."""
    rest = json.loads((folder / "problem.json").read_text(encoding="utf-8"))
    panel = pd.read_csv(folder / "panel.csv", parse_dates=["date"])
    return Problem(panel, rest["regions"], rest["channels"], Effort(**rest["effort"]))


def write_answer(
    folder: Path, contribution: np.ndarray, clock: Clock, *, packages: Sequence[str] = ()
) -> None:
    """Write `contribution.npy` and, last, `answer.json`.

    Parameters
    ----------
    contribution : (chain, draw, region, channel). packages : whose versions are kept with the answer.
    """
    np.save(folder / "contribution.npy", np.asarray(contribution, dtype=float))
    versions = "; ".join(f"{name} {version(name)}" for name in packages)
    rest = {"seconds": clock.seconds, "versions": versions}
    (folder / "answer.json").write_text(json.dumps(rest), encoding="utf-8")


def read_answer(folder: Path, *, total: float) -> Answer:
    """What `write_answer` wrote, with the seconds of the whole process."""
    rest = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    seconds = rest["seconds"] | {"total": total}
    return Answer(np.load(folder / "contribution.npy"), seconds, rest["versions"])
