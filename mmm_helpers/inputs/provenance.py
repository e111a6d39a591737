"""The record behind a panel: files, rows and totals at each step, assumptions, and a fingerprint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mmm_helpers.inputs.calendar import is_coarser
from mmm_helpers.inputs.panel import Unified
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.reading import Reading
from mmm_helpers.inputs.series import market_series
from mmm_helpers.inputs.sources import file_hash
from mmm_helpers.inputs.spec_sources import Source

PACKAGES = ("mmm-helpers", "pandas", "pyarrow", "holidays", "pandera")


def market_provenance(portfolio: Portfolio, market: str, unified: Unified) -> dict[str, Any]:
    """Where a market's panel comes from.

    Returns
    -------
    dict
        market, portfolio_file, sources (path, sha256, rows_read, rows_used, columns, unused_columns,
        transformations with rows and totals before and after), side_files, assumptions, versions,
        fingerprint.
    """
    return {
        "market": market,
        "portfolio_file": portfolio.path.name,
        "sources": [_source_record(r) for r in unified.readings],
        "side_files": {p.name: file_hash(p) for p in _side_files(portfolio)},
        "assumptions": _assumptions(portfolio, market, unified),
        "versions": _versions(),
        "fingerprint": fingerprint(portfolio, market),
    }


def fingerprint(portfolio: Portfolio, market: str) -> str | None:
    """Hash of all that the gate's output depends on; None where it cannot be known without a query.

    That is: the portfolio file but for the other markets, the contents of the market's files, the code of the
    gate, and the versions of what it uses.
    """
    sources = market_sources(portfolio, market)
    if any(s.path is None for s in sources):
        return None
    files = [portfolio.resolve(s.path) for s in sources] + _side_files(portfolio)
    if not all(f.is_file() for f in files):
        return None
    own = portfolio.model_dump(mode="json", exclude={"markets"})
    own["market"] = portfolio.markets[market].model_dump(mode="json")
    own["markets"] = sorted(portfolio.markets)
    parts = [own, market, [file_hash(f) for f in files], _code_hash(), _versions()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def market_sources(portfolio: Portfolio, market: str) -> list[Source]:
    """All sources of a market: its own, and the portfolio's shared data."""
    shared = [portfolio.data] if portfolio.data is not None else []
    return [*shared, *portfolio.markets[market].sources]


def _side_files(portfolio: Portfolio) -> list[Path]:
    named = [portfolio.fx, portfolio.regions, portfolio.lift_tests, portfolio.holdout, portfolio.journeys]
    named += [portfolio.journeys_policy.links] if portfolio.journeys else []
    return [portfolio.resolve(path) for path in named if path is not None]


def _source_record(reading: Reading) -> dict[str, Any]:
    return {
        "path": reading.place.file,
        "sha256": reading.sha256,
        "rows_read": reading.rows_read,
        "rows_used": reading.rows_used,
        "frequency": reading.frequency,
        "columns": reading.columns,
        "unused_columns": reading.unused,
        "transformations": [asdict(s) for s in reading.steps],
    }


def _assumptions(portfolio: Portfolio, market: str, unified: Unified) -> list[str]:
    """What was taken for granted, in sentences."""
    frequency, said = portfolio.frequency, []
    daily = [r for r in unified.readings if r.sparse]
    for reading in daily:
        said.append(
            f"{reading.place.file}: from {reading.first.date()} to {reading.last.date()} a day without a row "
            "is a day without delivery (zero); before a channel's first row it had not started (zero)."
        )
    said += _reach(unified)
    if unified.shares_of is not None:
        said.append(f"National spend and delivery are split over the regions by {unified.shares_of}.")
    for reading in unified.readings:
        if is_coarser(reading.frequency, frequency):
            said += _coarse(reading)
    if any(n.startswith("reach_") for r in daily for n in r.columns) and frequency != "daily":
        said.append("Daily reach is added up: people reached on several days count on each of them.")
    if portfolio.markets[market].holidays is None:
        said.append("No holiday calendar is declared: the number of holidays is zero in every period.")
    if portfolio.currency(market) != portfolio.reporting_currency and portfolio.fx is None:
        said.append("There is no fx file: the budget rate stands for every period.")
    return said + _absent(portfolio, market, unified)


def _reach(unified: Unified) -> list[str]:
    """How far back spend is known, and which regions have an outcome for part of the time only."""
    axes, said = unified.axes, []
    if axes.before:
        said.append(
            f"Spend from {axes.periods[0].date()} on is used for what it carries into the first periods of the "
            f"outcome, which begins on {axes.main.periods[0].date()}."
        )
    known = unified.span[axes.before :].all(axis=0)
    partly = [region for region, whole in zip(axes.regions, known, strict=True) if not whole]
    if partly:
        said.append(
            f"{', '.join(partly)}: outcome, and spend that no source gives, are unknown outside the region's own "
            "first and last period, not zero."
        )
    return said


def _coarse(reading: Reading) -> list[str]:
    spread = [c for name, c in reading.columns.items() if name in reading.spread]
    held = [c for name, c in reading.columns.items() if name not in reading.spread]
    unit = {"monthly": "month", "weekly": "week"}.get(reading.frequency)
    said = []
    if held:
        said.append(
            f"{', '.join(held)} ({reading.frequency}): each period takes the value at its middle day."
        )
    if spread:
        said.append(f"{', '.join(spread)} ({reading.frequency}): spread evenly over the days of each {unit}.")
    return said


def _absent(portfolio: Portfolio, market: str, unified: Unified) -> list[str]:
    given = set(unified.filled)
    missing = [s for s in market_series(portfolio, market).values() if s.is_input and s.name not in given]
    return [
        f"No source gives {s.column}: the channel {s.channel} is absent, its spend zero." for s in missing
    ]


def _versions() -> dict[str, str]:
    return {name: version(name) for name in PACKAGES if _installed(name)}


@cache
def _installed(name: str) -> bool:
    from importlib.metadata import PackageNotFoundError

    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


@cache
def _code_hash() -> str:
    """Hash of this package's modules: a changed gate runs again."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
