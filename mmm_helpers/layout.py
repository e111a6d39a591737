"""Where every generated file lies; the only module that joins paths below `results/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
PORTFOLIO = "portfolio"
"""The folder that takes a market's place for tables and notebooks about all markets."""
SHIPPED_PROOF = PROJECT_ROOT / "data" / "ladder"
SHIPPED_ROWS = SHIPPED_PROOF / "ladder.csv.gz"
"""Folder with the measurement of the worlds with known truth that comes with the repository."""


@dataclass(frozen=True)
class Layout:
    """Paths of one portfolio's results.

    Parameters
    ----------
    portfolio : the portfolio's name.
    results : results folder; a relative one is taken from the repository's root.

    Examples
    --------
    >>> Layout("demo", Path("results")).table("DE", "channel_effects").relative_to(PROJECT_ROOT).as_posix()
    'results/demo/DE/tables/channel_effects.csv'
    """

    portfolio: str
    results: Path = Path("results")

    @property
    def root(self) -> Path:
        return PROJECT_ROOT / self.results / self.portfolio

    @property
    def cache(self) -> Path:
        return PROJECT_ROOT / self.results / "cache"

    @property
    def bench(self) -> Path:
        return PROJECT_ROOT / self.results / "bench"

    @property
    def ladder_rows(self) -> list[Path]:
        """Where rows about worlds with known truth may lie: measured here, and those that were shipped."""
        return [self.bench / "raw" / "ladder.csv", SHIPPED_PROOF / SHIPPED_ROWS.name]

    @property
    def figures(self) -> list[Path]:
        """Where the benchmarks' table of figures may lie: measured here, and the shipped one."""
        return [self.bench / "figures.csv", SHIPPED_PROOF / "figures.csv"]

    def proof(self) -> list[Path]:
        """Every file that the page about the worlds reads and that is there."""
        return [path for path in (*self.ladder_rows, *self.figures) if path.exists()]

    @property
    def run_record(self) -> Path:
        """JSON of the last run: time, profile, markets asked for, and why any are missing."""
        return self.root / "run.json"

    def market(self, code: str) -> Path:
        return self.root / code

    def specification(self, code: str) -> Path:
        """JSON of everything in the portfolio file that bears on this market's numbers."""
        return self.market(code) / "specification.json"

    def panel(self, code: str) -> Path:
        return self.market(code) / "panel.parquet"

    def holdout(self, code: str) -> Path:
        """People of whom a part was left out of a channel by lot, without their names; no rows where none were."""
        return self.market(code) / "holdout.parquet"

    def journeys(self, code: str) -> Path:
        """Journeys as arrays, without the pseudonyms; empty where there are none."""
        return self.market(code) / "journeys.npz"

    def channel_status(self, code: str) -> Path:
        return self.market(code) / "channel_status.csv"

    def provenance(self, code: str) -> Path:
        return self.market(code) / "provenance.json"

    def table(self, code: str, name: str) -> Path:
        return self.market(code) / "tables" / f"{name}.csv"

    def notebook(self, code: str, name: str) -> Path:
        return self.market(code) / "notebooks" / f"{name}.ipynb"

    def studies(self, code: str) -> Path:
        """JSON: which studies of the market are stored, and why any are not; written by the full profile."""
        return self.market(code) / "studies.json"

    def failed(self, code: str) -> Path:
        """Folder for what is left of a failed step: error notebooks and messages."""
        return self.market(code) / "failed"

    def market_fit(self, code: str) -> Path:
        """Draws of the market's own model, before markets inform each other."""
        return self.root / "fits" / f"{code}.market.nc"

    def posterior(self, code: str) -> Path:
        """Draws that every page reads: the one posterior of the market's cells."""
        return self.root / "fits" / f"{code}.nc"

    def prospects(self, code: str) -> Path:
        """What coming spend may bring, cell by cell and draw by draw, over the plan's horizon."""
        return self.market(code) / "prospects.nc"

    def portfolio_fit(self) -> Path:
        """Draws of the hyper-parameters shared by the markets."""
        return self.root / "fits" / "portfolio.nc"

    def log(self, code: str, step: str) -> Path:
        return self.root / "logs" / f"{code}.{step}.log"
