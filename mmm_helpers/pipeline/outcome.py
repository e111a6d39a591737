"""What came of a run: which steps failed and why, and which old files must not be read as its result."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mmm_helpers.inputs.store import read_json
from mmm_helpers.layout import PORTFOLIO
from mmm_helpers.pipeline.events import FAILED, START, Event, diary
from mmm_helpers.pipeline.plan import MARKET_TABLES, PORTFOLIO_TABLES, TABLES, Plan

GATE = "gate"
STORED = "stored"
"""What the note on a market's studies says of one that is stored; of any other it gives the reason."""
BLOCKING = ("fit", "studies", "market_tables")
"""Steps of one market that the portfolio waits for: after a failure, all runs again without the market."""

OPENINGS = {
    "fit": "The model could not be fitted",
    "posterior": "The markets could not be joined",
    "studies": "The studies could not be computed",
    "market_tables": "The tables could not be computed",
    "portfolio_tables": "The portfolio's tables could not be computed",
}


@dataclass(frozen=True)
class Failure:
    """A step that failed for a market or for the portfolio, with the reason in one sentence."""

    code: str
    step: str
    reason: str


def find_failures(events: Sequence[Event]) -> list[Failure]:
    """Steps whose last entry in the diary is a failure, or a beginning without an end."""
    last = {(e.step, e.code): e for e in events}
    return [Failure(e.code, e.step, describe_failure(e)) for e in last.values() if e.kind in (FAILED, START)]


def describe_failure(event: Event) -> str:
    """The reason as one sentence that names the step.

    Examples
    --------
    >>> describe_failure(Event("failed", "fit", "DE", 0.0, "The sampler stopped."))
    'The model could not be fitted: The sampler stopped.'
    """
    opening = OPENINGS.get(event.step, f"The page {event.step} could not be made")
    stopped = "the step was stopped before its end (is there enough memory?)"
    return f"{opening}: {(event.reason or stopped).rstrip('.')}."


def blocked_markets(failures: Iterable[Failure]) -> set[str]:
    """Markets without which the rest must go on."""
    return {f.code for f in failures if f.step in BLOCKING}


def remove_stale(plan: Plan, code: str, step: str) -> None:
    """Delete what an earlier run left of everything that lies behind the failed step.

    Parameters
    ----------
    code : a market, or `portfolio`.
    step : `gate`, or a rule's step; behind `gate` lies everything, behind a notebook nothing.
    """
    at = plan.layout
    if step == GATE:
        for folder in (at.notebook(code, "x").parent, at.failed(code)):
            shutil.rmtree(folder, ignore_errors=True)
    if step in (GATE, "fit", "posterior"):
        at.posterior(code).unlink(missing_ok=True)
    if step not in (GATE, "posterior", *BLOCKING, "portfolio_tables"):
        return
    for name in PORTFOLIO_TABLES if code == PORTFOLIO else MARKET_TABLES:
        at.table(code, name).unlink(missing_ok=True)
    pages = plan.portfolio_notebooks() if code == PORTFOLIO else plan.market_notebooks()
    for name in pages:
        if code == PORTFOLIO or plan.market_notebooks()[name] == TABLES:
            at.notebook(code, name).unlink(missing_ok=True)


def remove_unplanned(plan: Plan) -> None:
    """Delete what an earlier run with more markets left: portfolio pages, and posteriors of other markets."""
    pages, codes = set(plan.portfolio_notebooks()), {*plan.markets, PORTFOLIO}
    for path in plan.layout.notebook(PORTFOLIO, "x").parent.glob("*.ipynb"):
        if path.stem not in pages:
            path.unlink()
    for path in plan.layout.portfolio_fit().parent.glob("*.nc"):
        if path.stem not in codes and not path.stem.endswith(".market"):
            path.unlink()


def forget_failures(plan: Plan) -> None:
    """Delete the diary and the error notebooks of the run before, and notes on studies of which some failed."""
    diary(plan.layout).unlink(missing_ok=True)
    for code in plan.markets:
        note = plan.layout.studies(code)
        if note.exists() and set(read_json(note)["studies"].values()) != {STORED}:
            note.unlink()
    for code in (PORTFOLIO, *plan.markets):
        shutil.rmtree(plan.layout.failed(code), ignore_errors=True)
