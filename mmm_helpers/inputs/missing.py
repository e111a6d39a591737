"""Series that no source gives: absent channels, or columns that were misspelt."""

from __future__ import annotations

from difflib import SequenceMatcher

from mmm_helpers.errors import Problem
from mmm_helpers.inputs.nearest import did_you_mean, listed, nearest
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.reading import Reading
from mmm_helpers.inputs.series import Series
from mmm_helpers.inputs.spec_sources import METRICS

LOOKS_MISSPELT = 0.85
"""Similarity from which an unused column of a file is taken for a misspelling, not for something else."""


def missing_problems(
    portfolio: Portfolio, market: str, readings: list[Reading], series: dict[str, Series]
) -> list[Problem]:
    """Series that must be there and are not, with the nearest unused column of the files.

    The outcome, its value and every control are required. A channel may be absent, but not where
    nothing else than a mistake can explain it: in the only market, in data that all markets share, beside an
    unused column of nearly the same name, or where its other columns are there.
    """
    given = {name for reading in readings for name in reading.columns}
    missing = [s for s in series.values() if s.name not in given]
    return [_missing(portfolio, market, s, readings) for s in missing if _must(portfolio, s, readings, given)]


def _must(portfolio: Portfolio, series: Series, readings: list[Reading], given: set[str]) -> bool:
    if series.kind in ("outcome", "value_per_unit", "control"):
        return True
    shared_only = len(portfolio.markets) == 1 or not any(m.sources for m in portfolio.markets.values())
    wide = any(not r.is_long for r in readings)
    if shared_only and wide:
        return True
    delivery = {f"{measure}_{series.channel}" for measure in METRICS}
    if series.kind == "spend" and delivery & given:
        return True
    return any(_alike(series.column, c) >= LOOKS_MISSPELT for r in readings for c in r.unused)


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _missing(portfolio: Portfolio, market: str, series: Series, readings: list[Reading]) -> Problem:
    unused = [c for r in readings for c in r.unused]
    near = nearest(series.column, unused)
    file = next((r for r in readings if near in r.unused), readings[0]).place.file
    use = portfolio.canonical_columns()[series.column]
    expected = f"'{series.column}' ({use}) in one of the sources ({did_you_mean(series.column, unused)})"
    mend = (
        f"correct the name in the file, or add columns: {{{series.column}: column of the file}} to the source"
    )
    return Problem(f"column '{series.column}' is missing", f"{file}, header", expected, mend, market)


def unknown_region_problems(portfolio: Portfolio, market: str, regions: list[str]) -> list[Problem]:
    """Regions named by the market's `unknown` ranges that the outcome does not have."""
    problems = []
    for entry in portfolio.markets[market].unknown:
        if entry.region is not None and entry.region not in regions:
            where = f"{portfolio.path.name}, key markets.{market}.unknown"
            expected = f"one of {listed(regions)} ({did_you_mean(entry.region, regions)})"
            what = f"unknown names the region '{entry.region}'"
            problems.append(Problem(what, where, expected, "correct the region's name", market))
    return problems
