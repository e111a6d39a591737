"""One line that tells where a run is: steps done, what is running, and about how long it will still take."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from mmm_helpers.layout import PORTFOLIO, Layout
from mmm_helpers.pipeline.events import START, Event
from mmm_helpers.pipeline.timings import expected_seconds

WORDS = {
    "fit": "fitting",
    "posterior": "joining markets",
    "studies": "studying",
    "market_tables": "tables of",
    "portfolio_tables": "tables of",
}
PERCENT = re.compile(r"(\d+) %\s*$")
COUNT = re.compile(r"^(\w[\w-]*)\s+(\d+)$")


@dataclass(frozen=True)
class State:
    """Where a run is: steps done and in all, what is running as (step, code), and seconds left."""

    done: int
    total: int
    running: tuple[tuple[str, str], ...]
    seconds_left: float


def read_job_counts(text: str) -> Counter[str]:
    """Rule → number of jobs, from the table that Snakemake prints before it starts; empty before that.

    Examples
    --------
    >>> read_job_counts("Job stats:\\njob  count\\n---  -----\\nall  1\\nfit_DE  1\\ntotal  2\\n\\n")
    Counter({'fit_DE': 1})
    """
    _, _, table = text.partition("Job stats:\n")
    rows = (COUNT.match(line.strip()) for line in table.partition("\n\n")[0].splitlines())
    counts = Counter({row[1]: int(row[2]) for row in rows if row})
    return Counter({rule: n for rule, n in counts.items() if rule not in ("all", "total")})


def step_of(rule: str) -> tuple[str, str]:
    """(step, code) of a rule's name.

    Examples
    --------
    >>> step_of("fit_DE"), step_of("tables_JP"), step_of("posterior")
    (('fit', 'DE'), ('market_tables', 'JP'), ('posterior', 'portfolio'))
    """
    for prefix, step in (("fit_", "fit"), ("studies_", "studies"), ("tables_", "market_tables")):
        if rule.startswith(prefix):
            return step, rule.removeprefix(prefix)
    return rule, PORTFOLIO


def compute_state(
    counts: Mapping[str, int],
    events: Sequence[Event],
    *,
    timings: dict[str, float],
    profile: str,
    cores: int,
    now: float,
) -> State:
    """Where the run is, from the jobs that Snakemake announced and the diary so far."""
    started = {(e.step, e.code): e.when for e in events if e.kind == START}
    ended = {(e.step, e.code) for e in events if e.kind != START}
    running = tuple(key for key in started if key not in ended)
    planned = sum(n * expected_seconds(timings, profile, *step_of(rule)) for rule, n in counts.items())
    spent = sum(expected_seconds(timings, profile, *_kind(key)) for key in ended)
    spent += sum(min(now - started[key], expected_seconds(timings, profile, *_kind(key))) for key in running)
    longest = max((_left(key, started, timings, profile, now) for key in running), default=0.0)
    left = max((planned - spent) / cores, longest, 0.0)
    return State(len(ended), sum(counts.values()), running, left)


def _kind(key: tuple[str, str]) -> tuple[str, str]:
    """A notebook's time is looked up as Snakemake counts it: all notebooks are one rule."""
    return ("notebook", PORTFOLIO) if key[0][:1].isdigit() else key


def _left(
    key: tuple[str, str], started: Mapping, timings: dict[str, float], profile: str, now: float
) -> float:
    return expected_seconds(timings, profile, *_kind(key)) - (now - started[key])


def describe_state(state: State, layout: Layout) -> str:
    """The line for people: `[3/12] fitting DE (40 %), fitting JP · about 4 min left`."""
    if not state.total:
        return "planning …"
    running = ", ".join(describe_step(step, code, layout) for step, code in state.running)
    return " · ".join(
        part for part in (f"[{state.done}/{state.total}]", running, describe_left(state.seconds_left)) if part
    )


def describe_step(step: str, code: str, layout: Layout) -> str:
    """One running step in words, with the per cent that a fit wrote last into its log."""
    words = f"{WORDS[step]} {code}" if step in WORDS else f"{code}/{step}"
    share = _last_percent(layout.log(code, step))
    return f"{words} ({share} %)" if share else words


def _last_percent(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    found = [match[1] for line in lines[-1:] if (match := PERCENT.search(line))]
    return found[0] if found else ""


def describe_left(seconds: float) -> str:
    """A rounded duration: an estimate should not look more exact than it is.

    Examples
    --------
    >>> describe_left(8), describe_left(47), describe_left(400)
    ('a few seconds left', 'about 50 s left', 'about 7 min left')
    """
    if seconds < 10:
        return "a few seconds left"
    return f"about {round(seconds, -1):.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


class Line:
    """Shows a text that changes: in place on a terminal; elsewhere as new lines, `pause` seconds apart."""

    def __init__(self, stream: TextIO = sys.stdout, *, pause: float = 20.0):
        self.stream, self.pause = stream, pause
        self._shown, self._when = "", float("-inf")

    def show(self, text: str) -> None:
        """Replace the line by `text`."""
        if text == self._shown:
            return
        if self.stream.isatty():
            self.stream.write(f"\r\033[K{text[:110]}")
        elif time.monotonic() - self._when >= self.pause:
            self.stream.write(text + "\n")
            self._when = time.monotonic()
        else:
            return
        self._shown = text
        self.stream.flush()

    def clear(self) -> None:
        """Leave an empty line for what is printed next."""
        if self.stream.isatty():
            self.stream.write("\r\033[K")
            self.stream.flush()
