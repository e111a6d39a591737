"""How long steps took in earlier runs, for the estimate of what is left of this one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from mmm_helpers.layout import Layout
from mmm_helpers.pipeline.events import DONE, START, Event

FIRST_GUESS = {
    "quick": {"fit": 50, "posterior": 15, "market_tables": 15},
    "standard": {"fit": 180, "posterior": 40, "market_tables": 25},
    "full": {"fit": 1200, "posterior": 90, "studies": 600, "market_tables": 120},
}
"""Seconds that a step is taken to need before it has ever been timed here."""

NOTEBOOK_SECONDS = 10.0
"""The same for everything else: a notebook, or the tables about all markets."""


def timings_file(layout: Layout) -> Path:
    """JSON: `profile/step/code` → seconds of the latest run."""
    return layout.root / "timings.json"


def read_timings(layout: Layout) -> dict[str, float]:
    """Seconds of earlier runs; empty before the first."""
    path = timings_file(layout)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def expected_seconds(timings: dict[str, float], profile: str, step: str, code: str) -> float:
    """Seconds that a step should take: as last time, else as elsewhere last time, else a first guess.

    Examples
    --------
    >>> expected_seconds({"quick/fit/DE": 40.0, "quick/fit/JP": 60.0}, "quick", "fit", "US")
    50.0
    """
    if f"{profile}/{step}/{code}" in timings:
        return timings[f"{profile}/{step}/{code}"]
    same = [seconds for key, seconds in timings.items() if key.startswith(f"{profile}/{step}/")]
    return sum(same) / len(same) if same else FIRST_GUESS[profile].get(step, NOTEBOOK_SECONDS)


def measure(events: Iterable[Event]) -> dict[tuple[str, str], float]:
    """(step, code) → seconds, of every step that was done.

    Examples
    --------
    >>> measure([Event("start", "fit", "DE", 10.0), Event("done", "fit", "DE", 52.5)])
    {('fit', 'DE'): 42.5}
    """
    begun, seconds = {}, {}
    for event in events:
        if event.kind == START:
            begun[event.step, event.code] = event.when
        elif event.kind == DONE and (event.step, event.code) in begun:
            seconds[event.step, event.code] = event.when - begun[event.step, event.code]
    return seconds


def remember(layout: Layout, profile: str, events: Iterable[Event]) -> None:
    """Store the seconds of what was done, over those of earlier runs."""
    new = {f"{profile}/{_place(*key)}": round(seconds, 2) for key, seconds in measure(events).items()}
    merged = read_timings(layout) | new
    timings_file(layout).parent.mkdir(parents=True, exist_ok=True)
    timings_file(layout).write_text(json.dumps(merged, indent=1, sort_keys=True), encoding="utf-8")


def _place(step: str, code: str) -> str:
    """`step/code`; notebooks, whose steps are their names, all lie under one step."""
    return f"notebook/{code}.{step}" if step[:1].isdigit() else f"{step}/{code}"
