"""`report`: gate every market, run the rules over those that passed, and always build the site."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mmm_helpers.layout import PORTFOLIO, PROJECT_ROOT, Layout
from mmm_helpers.pipeline.events import diary, read_events
from mmm_helpers.pipeline.keys import forget_unused
from mmm_helpers.pipeline.lock import only_one
from mmm_helpers.pipeline.outcome import (
    GATE,
    Failure,
    blocked_markets,
    find_failures,
    forget_failures,
    remove_stale,
    remove_unplanned,
)
from mmm_helpers.pipeline.plan import Plan, relative
from mmm_helpers.pipeline.progress import Line
from mmm_helpers.pipeline.record import claim_name, write_run, write_views
from mmm_helpers.pipeline.stage import describe_error
from mmm_helpers.pipeline.timings import remember
from mmm_helpers.pipeline.workflow import last_error, run_rules

if TYPE_CHECKING:
    from mmm_helpers.inputs.portfolio import Portfolio


def report(
    path: str,
    *,
    markets: Sequence[str] = (),
    profile: str = "standard",
    results: str = "results",
    cores: int | None = None,
) -> int:
    """Build the whole site of a portfolio; returns 0, or 1 if anything is missing on it.

    Parameters
    ----------
    path : the portfolio file.
    markets : codes; empty for all. The others are treated as if the file did not list them.
    profile : `quick`, `standard` or `full`.
    results : folder for everything generated, relative to the repository.
    cores : processes at a time; None for all of this machine.

    Raises
    ------
    InputError
        The portfolio file, a code, or a name that is taken.
    PublishError
        The site cannot be built, or another report is being built.
    """
    from mmm_helpers.inputs.check import select_markets
    from mmm_helpers.inputs.portfolio import load_portfolio
    from mmm_helpers.simulation.generated import make_missing

    portfolio = load_portfolio(path)
    asked = select_markets(portfolio, markets)
    layout = Layout(portfolio.name, Path(results))
    claim_name(layout, portfolio.path)
    with only_one(PROJECT_ROOT / results / "run.lock"):
        started, line = datetime.now(UTC), Line()
        plan = Plan(_path_for_notebooks(portfolio.path), portfolio.name, tuple(asked), profile, results)
        make_missing(portfolio.folder, portfolio.journeys)
        refused = gate(portfolio, plan, line)

        def note(plan: Plan, failures: Sequence[Failure]) -> None:
            write_run(plan, portfolio, asked=asked, failures=[*refused, *failures], started=started)
            write_views(layout, portfolio, missing=[c for c in asked if c not in plan.markets])

        plan = replace(plan, markets=tuple(c for c in asked if c not in {f.code for f in refused}))
        plan, failed = run(plan, cores=cores or os.cpu_count() or 1, line=line, note=note)
        failures = [*refused, *failed]
        forget_unused(layout)
        return publish_site(layout, portfolio, failures, line)


def gate(portfolio: Portfolio, plan: Plan, line: Line) -> list[Failure]:
    """Check and unify the data of every market of the plan; one that fails leaves nothing to be read."""
    from mmm_helpers.inputs.gate import gate_is_current, gate_market

    failures, layout = [], plan.layout
    for code in plan.markets:
        line.show(f"checking the data of {code} …")
        try:
            if not gate_is_current(portfolio, code, layout):
                gate_market(portfolio, code, layout)
        except Exception as error:
            layout.log(code, GATE).parent.mkdir(parents=True, exist_ok=True)
            layout.log(code, GATE).write_text(traceback.format_exc(), encoding="utf-8")
            failures.append(Failure(code, GATE, describe_error(error)))
            remove_stale(plan, code, GATE)
    line.clear()
    return failures


def run(
    plan: Plan, *, cores: int, line: Line, note: Callable[[Plan, Sequence[Failure]], None]
) -> tuple[Plan, list[Failure]]:
    """Run the rules; where a market's fit or tables fail, run them again for the others.

    Parameters
    ----------
    note : told the plan and what has failed so far before every pass, and at the end, so that the pages
        about all markets can name those that are missing.

    Returns
    -------
    The plan over the markets that were left, and what failed.
    """
    forget_failures(plan)
    failures: list[Failure] = []
    while plan.markets:
        remove_unplanned(plan)
        note(plan, failures)
        failures = _run_once(plan, cores, line)
        blocked = blocked_markets(failures) & set(plan.markets)
        if not blocked:
            break
        plan = replace(plan, markets=tuple(c for c in plan.markets if c not in blocked))
    for failure in failures:
        hit = plan.markets if failure.step == "posterior" else ()
        for code in (failure.code, *hit):
            remove_stale(plan, code, failure.step)
    note(plan, failures)
    return plan, failures


def _run_once(plan: Plan, cores: int, line: Line) -> list[Failure]:
    """Run the rules; returns what failed now and in earlier passes of the same run."""
    code = run_rules(plan, cores=cores, line=line)
    events = read_events(diary(plan.layout))
    remember(plan.layout, plan.profile, events)
    failures = find_failures(events)
    if code and not any(f.code in (*plan.markets, PORTFOLIO) for f in failures):
        failures.append(Failure(PORTFOLIO, "posterior", _not_run(plan)))
    return failures


def publish_site(layout: Layout, portfolio: Portfolio, failures: Sequence[Failure], line: Line) -> int:
    """Build the site from what there is, print where it lies and what is missing; 1 if anything is."""
    from mmm_helpers.report.site.publish import publish

    line.show("building the site …")
    site = publish(layout, portfolio)
    line.clear()
    for missing in site.missing:
        print(missing, file=sys.stderr)
    print(f"{'Built' if site.built else 'Nothing changed'}: {relative(site.index)}")
    return 1 if site.missing or failures else 0


def _not_run(plan: Plan) -> str:
    return f"The run could not start: {last_error(plan.layout.log(PORTFOLIO, 'snakemake'))}"


def _path_for_notebooks(path: Path) -> str:
    """The portfolio file relative to the repository, so that no page holds a machine's folders."""
    try:
        return Path(os.path.relpath(path, PROJECT_ROOT)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()
