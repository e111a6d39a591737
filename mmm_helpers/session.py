"""What a notebook opens in its first cell: one market, or the portfolio, with its data and tables.

A run of the pipeline passes `build=False`: everything was made by its rules, and what is missing is an error.
By itself a notebook builds what it lacks, by the functions that the rules call.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mmm_helpers.attribution.journeys import Journeys, from_arrays
from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.gate import gate_is_current, gate_market, output_files
from mmm_helpers.inputs.portfolio import Portfolio, load_portfolio
from mmm_helpers.inputs.store import (
    read_channel_status,
    read_journey_arrays,
    read_json,
    read_panel,
    read_table,
)
from mmm_helpers.layout import PORTFOLIO, PROJECT_ROOT, Layout

if TYPE_CHECKING:
    from mmm_helpers.decisions.prospects import Prospects


@dataclass(frozen=True)
class Opened:
    """What a market and a portfolio have in common."""

    spec: Portfolio
    layout: Layout
    profile: str
    build: bool

    @property
    def reporting_currency(self) -> str:
        return self.spec.reporting_currency

    @property
    def break_even(self) -> float | None:
        """Return at which spending pays: 1 / contribution margin, lifetime value included; None if unknown."""
        worth = self.spec.overall_worth
        return 1 / worth if worth else None

    @property
    def labels(self) -> dict[str, str]:
        """Channel → name, in the portfolio file's order."""
        return {code: c.label or code for code, c in self.spec.channels.items()}

    @property
    def horizon(self) -> int:
        """Periods that a plan covers: the portfolio file's `budget.horizon`, or 13."""
        from mmm_helpers.decisions.responses import HORIZON

        return self.spec.budget.horizon or HORIZON

    @property
    def unit(self) -> str:
        """Name of one period: day, week or month."""
        return {"daily": "day", "weekly": "week", "monthly": "month"}[self.spec.frequency]

    @property
    def periods_per_year(self) -> int:
        return {"daily": 365, "weekly": 52, "monthly": 12}[self.spec.frequency]

    @property
    def capture(self) -> pd.DataFrame:
        """What recommended plans gained in simulated worlds, a row per world; without rows if that was not measured."""
        from mmm_helpers.decisions.capture_rows import load_capture

        return load_capture(self.layout)

    @property
    def is_preview(self) -> bool:
        return self.profile == "quick"


@dataclass(frozen=True)
class OpenMarket(Opened):
    """One market: its panel, its tables, its names and units."""

    code: str

    @property
    def label(self) -> str:
        return self.spec.label(self.code)

    @property
    def channels(self) -> dict[str, Any]:
        return self.spec.market_channels(self.code)

    @property
    def currency(self) -> str:
        return self.spec.currency(self.code)

    @cached_property
    def panel(self) -> pd.DataFrame:
        return read_panel(self.layout, self.code)

    @cached_property
    def journeys(self) -> Journeys | None:
        """Journeys of the market's people; None where it has none."""
        return from_arrays(read_journey_arrays(self.layout.journeys(self.code)))

    @cached_property
    def prospects(self) -> Prospects:
        """What coming spend may bring, draw by draw; builds the model's tables first where they are missing."""
        from mmm_helpers.decisions.prospects import load_prospects

        self.table("budget_plan")
        return load_prospects(self.layout.prospects(self.code))

    @cached_property
    def channel_status(self) -> pd.DataFrame:
        return read_channel_status(self.layout, self.code)

    @cached_property
    def provenance(self) -> dict[str, Any]:
        return read_json(self.layout.provenance(self.code))

    @cached_property
    def specification(self) -> dict[str, Any]:
        return read_json(self.layout.specification(self.code))

    @property
    def rate(self) -> float:
        """Reporting currency for one unit of the market's: the stated budget rate."""
        return float(self.specification["budget_rate"])

    @property
    def margin(self) -> float | None:
        return self.specification.get("margin")

    @property
    def break_even(self) -> float | None:
        return 1 / self.margin if self.margin else None

    @property
    def period(self) -> str:
        from mmm_helpers.report.words import period

        return period(self.panel["date"].min(), self.panel["date"].max())

    def table(self, name: str) -> pd.DataFrame:
        """A table of this market; builds the model's tables first where they are missing or outdated and may be.

        Raises
        ------
        InputError : the table is missing and may not be built.
        """
        path = self.layout.table(self.code, name)
        if not path.exists() or (self.build and self._is_outdated(path)):
            _require(self.build, path, self.code)
            build_tables(self.spec, self.layout, self.profile)
        return read_table(self.layout, self.code, name)

    def _is_outdated(self, table: Path) -> bool:
        """Whether a table of the model comes from earlier data or an earlier specification than are there now."""
        gated, posterior = output_files(self.layout, self.code), self.layout.posterior(self.code)
        if table in gated or not posterior.exists():
            return False
        inputs = (self.layout.panel(self.code), self.layout.specification(self.code))
        return any(p.stat().st_mtime > posterior.stat().st_mtime for p in inputs if p.exists())


@dataclass(frozen=True)
class OpenPortfolio(Opened):
    """All markets of a portfolio that could be built."""

    @cached_property
    def codes(self) -> list[str]:
        """Markets with a final posterior, in the portfolio file's order."""
        return [c for c in self.spec.markets if self.layout.posterior(c).exists()]

    @cached_property
    def run_record(self) -> dict[str, Any]:
        """What the last run of the pipeline recorded; empty if there was none."""
        path = self.layout.run_record
        return read_json(path) if path.exists() else {}

    def table(self, name: str) -> pd.DataFrame:
        """A table about all markets; see `OpenMarket.table`."""
        if not self.layout.table(PORTFOLIO, name).exists():
            _require(self.build, self.layout.table(PORTFOLIO, name), None)
            build_tables(self.spec, self.layout, self.profile)
        return read_table(self.layout, PORTFOLIO, name)

    def market(self, code: str) -> OpenMarket:
        """One market of the portfolio."""
        return OpenMarket(self.spec, self.layout, self.profile, self.build, code)


def open_market(
    market: str,
    portfolio: str = "data/demo/portfolio.yml",
    profile: str = "standard",
    results: str = "results",
    build: bool = True,
) -> OpenMarket:
    """Open one market of a portfolio.

    Parameters
    ----------
    market : code in the portfolio file.
    portfolio : path of the portfolio file, from the repository's root.
    profile : quick, standard or full.
    results : results folder, from the repository's root.
    build : whether what is missing is built; otherwise it is an error.

    Raises
    ------
    InputError : unknown market, data that do not pass the gate, or missing results.
    """
    spec, layout = _open(portfolio, results)
    if build:
        from mmm_helpers.simulation.generated import make_missing

        make_missing(spec.folder, spec.journeys)
    if market not in spec.markets:
        from mmm_helpers.inputs.nearest import did_you_mean, listed

        raise InputError(
            Problem(
                f"there is no market '{market}'",
                f"parameter market, {portfolio}",
                f"one of {listed(spec.markets)} ({did_you_mean(market, spec.markets)})",
                "correct the code",
            )
        )
    if build and not gate_is_current(spec, market, layout):
        gate_market(spec, market, layout)
    _require(layout.panel(market).exists(), layout.panel(market), market)
    return OpenMarket(spec, layout, profile, build, market)


def open_portfolio(
    portfolio: str = "data/demo/portfolio.yml",
    profile: str = "standard",
    results: str = "results",
    build: bool = True,
) -> OpenPortfolio:
    """Open a portfolio; parameters as for `open_market`."""
    spec, layout = _open(portfolio, results)
    opened = OpenPortfolio(spec, layout, profile, build)
    if build and not layout.table(PORTFOLIO, "scoreboard").exists():
        build_tables(spec, layout, profile)
    return opened


def build_tables(spec: Portfolio, layout: Layout, profile: str) -> None:
    """Fit what has no fit yet, pool, and write all tables of all markets that pass the gate."""
    from mmm_helpers.estimands.run import write_market_tables, write_portfolio_tables, write_studies
    from mmm_helpers.model.run import fit_market, fit_portfolio

    good = [code for code in spec.markets if _passes(spec, code, layout)]
    for code in good:
        fit_market(layout, code, profile)
    fit_portfolio(layout, good, profile)
    for code in good:
        write_studies(layout, code, profile)
        write_market_tables(layout, code, profile)
    write_portfolio_tables(layout, good, profile)


def _passes(spec: Portfolio, code: str, layout: Layout) -> bool:
    try:
        gate_market(spec, code, layout)
    except InputError as error:
        print(f"left out: {error}", flush=True)
        return False
    return True


def _open(portfolio: str, results: str) -> tuple[Portfolio, Layout]:
    spec = load_portfolio(PROJECT_ROOT / portfolio)
    return spec, Layout(spec.name, Path(results))


def _require(condition: bool, path: Path, market: str | None) -> None:
    if not condition:
        raise InputError(
            Problem(
                f"{path.name} is missing",
                path.parent.name,
                "the result of an earlier step",
                "run make report, or pass build=True",
                market,
            )
        )
