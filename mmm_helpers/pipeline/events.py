"""The diary of a run: every rule writes when it starts, and how it ends, as one line of JSON."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from mmm_helpers.layout import Layout

START, DONE, FAILED = "start", "done", "failed"


@dataclass(frozen=True)
class Event:
    """One line of the diary.

    Parameters
    ----------
    kind : `start`, `done` or `failed`.
    step : `fit`, `posterior`, `studies`, `market_tables`, `portfolio_tables`, or a notebook's name.
    code : market, or `portfolio`.
    when : seconds since 1970.
    reason : one sentence, of a failure.
    """

    kind: str
    step: str
    code: str
    when: float
    reason: str = ""


def diary(layout: Layout) -> Path:
    """Where a run's events are written."""
    return layout.root / "logs" / "events.jsonl"


def write_event(path: Path, kind: str, step: str, code: str, *, reason: str = "") -> None:
    """Append one event; lines this short are written whole even if two rules write at once."""
    event = Event(kind, step, code, time.time(), reason)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(event)) + "\n")


def read_events(path: Path) -> list[Event]:
    """All events so far; a last line that is still being written is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [Event(**json.loads(line)) for line in lines]
