"""The data gate: a market's sources go in; a checked panel and its records come out, or nothing does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mmm_helpers.errors import InputError
from mmm_helpers.inputs import store
from mmm_helpers.inputs.holdout import read_holdout
from mmm_helpers.inputs.journeys import JourneyData, read_journeys
from mmm_helpers.inputs.lift_tests import market_tests
from mmm_helpers.inputs.panel import build_panel
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.provenance import fingerprint, market_provenance, market_sources
from mmm_helpers.inputs.quality import compute_quality
from mmm_helpers.inputs.reading import Reading, read_market_source
from mmm_helpers.inputs.series import market_series
from mmm_helpers.inputs.specification import market_specification
from mmm_helpers.inputs.status import compute_channel_status
from mmm_helpers.layout import Layout


@dataclass(frozen=True)
class MarketData:
    """All that the gate says about one market.

    Parameters
    ----------
    panel : one row per region and period (see `build_panel`).
    channel_status : market, region, channel, status, first_date.
    quality : market, check, status, value, detail.
    provenance : record of files, rows, totals and assumptions.
    specification : what of the portfolio file bears on this market's numbers.
    holdout : held-out people (see `read_holdout`); no rows where there are none.
    journeys : touches of people, as arrays; none where there are none.
    """

    panel: pd.DataFrame
    channel_status: pd.DataFrame
    quality: pd.DataFrame
    provenance: dict[str, Any]
    specification: dict[str, Any]
    holdout: pd.DataFrame
    journeys: JourneyData


def check_market(portfolio: Portfolio, code: str) -> MarketData:
    """Read, check and unify a market's data; writes nothing.

    Parameters
    ----------
    portfolio : from `load_portfolio`.
    code : the market's code.

    Raises
    ------
    InputError
        All problems found at the first stage that finds any: reading the files, unifying them, then the
        experiments.

    Examples
    --------
    >>> check_market(load_portfolio("data/demo/portfolio.yml"), "DE").panel  # doctest: +SKIP
    """
    unified = build_panel(portfolio, code, _read_all(portfolio, code))
    status = compute_channel_status(portfolio, code, unified)
    fx = unified.panel.drop_duplicates("date").sort_values("date")["fx"]
    tests = market_tests(portfolio, code, unified.panel)
    specification = market_specification(portfolio, code, attributes=unified.attributes, fx=fx, tests=tests)
    return MarketData(
        panel=unified.panel,
        channel_status=status,
        quality=compute_quality(portfolio, code, unified, status),
        provenance=market_provenance(portfolio, code, unified),
        specification=specification,
        holdout=_held_out(portfolio, code, unified.axes.regions),
        journeys=read_journeys(portfolio, code),
    )


def _held_out(portfolio: Portfolio, code: str, regions: list[str]) -> pd.DataFrame:
    if portfolio.holdout is None:
        return pd.DataFrame({"channel": pd.Series(dtype=str)})
    return read_holdout(portfolio.holdout, portfolio, code, regions=regions)


def gate_market(portfolio: Portfolio, code: str, layout: Layout) -> None:
    """Check a market and write its panel, channel status, quality table, provenance and specification.

    A file is written only if its content changed. If the market is refused, its earlier files are removed, so
    that nothing stale can be read as a result.

    Raises
    ------
    InputError : see `check_market`.
    """
    try:
        data = check_market(portfolio, code)
    except Exception:
        for path in output_files(layout, code):
            path.unlink(missing_ok=True)
        raise
    store.write_panel(data.panel, layout, code)
    store.write_holdout(data.holdout, layout, code)
    store.write_journeys(data.journeys.arrays, layout, code)
    store.write_table(data.journeys.quality, layout, code, "journey_quality")
    store.write_csv(data.channel_status, layout.channel_status(code))
    store.write_table(data.quality, layout, code, "data_quality")
    store.write_json(data.specification, layout.specification(code))
    store.write_json(data.provenance, layout.provenance(code))


def gate_is_current(portfolio: Portfolio, code: str, layout: Layout) -> bool:
    """Whether the market's gated files still follow from the portfolio file, its data and this code."""
    if not all(path.is_file() for path in output_files(layout, code)):
        return False
    recorded = store.read_json(layout.provenance(code)).get("fingerprint")
    return recorded is not None and recorded == fingerprint(portfolio, code)


def output_files(layout: Layout, code: str) -> list[Path]:
    """The files that the gate writes for a market."""
    return [
        layout.panel(code),
        layout.holdout(code),
        layout.journeys(code),
        layout.table(code, "journey_quality"),
        layout.channel_status(code),
        layout.table(code, "data_quality"),
        layout.specification(code),
        layout.provenance(code),
    ]


def _read_all(portfolio: Portfolio, code: str) -> list[Reading]:
    """All sources of a market; the problems of all of them are raised together."""
    series = market_series(portfolio, code)
    readings, problems = [], []
    for source in market_sources(portfolio, code):
        try:
            readings.append(read_market_source(portfolio, code, source, series=series))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)
    return readings
