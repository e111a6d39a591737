"""A small portfolio on disk, which tests spoil in one way at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.gate import MarketData, check_market
from mmm_helpers.inputs.portfolio import Portfolio, load_portfolio

YAML = """\
name: small
reporting_currency: EUR
frequency: weekly
outcome: {column: revenue}
channels:
  tv: {spend: tv_spend}
  search: {spend: search_spend, clicks: search_clicks}
  organic: {activity: sessions, paid: false}
controls:
  price: {role: precision}
markets:
  "DE": {label: Germany, holidays: DE}
data: {path: data.csv}
"""

HEADER = "market,region,date,revenue,tv_spend,search_spend,search_clicks,sessions,price"
WEEKS = ("2023-01-02", "2023-01-09", "2023-01-16", "2023-01-23")
REGIONS = ("East", "West")


def wide_rows() -> list[str]:
    """Eight weeks of two regions; in row i (from 0): revenue 100 + i, TV 10 + i, search 5, clicks 3."""
    keys = [(region, week) for region in REGIONS for week in WEEKS]
    return [f"DE,{r},{w},{100 + i},{10 + i},5,3,{200 + i},{1 + i / 10}" for i, (r, w) in enumerate(keys)]


def wide_csv(rows: list[str] | None = None, header: str = HEADER) -> str:
    return "\n".join([header, *(wide_rows() if rows is None else rows)]) + "\n"


class Small:
    """Writes portfolio files and their data into one folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.yaml, self.rows, self.wide = YAML, wide_rows(), wide_csv

    def load(self, yaml: str = YAML, **files: str) -> Portfolio:
        """Write the portfolio file and `name__csv="…"` as name.csv, and load it."""
        (self.folder / "portfolio.yml").write_text(yaml, encoding="utf-8")
        for name, text in files.items():
            (self.folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
        return load_portfolio(self.folder / "portfolio.yml")

    def check(self, yaml: str = YAML, *, market: str = "DE", **files: str) -> MarketData:
        """The market's data; `data.csv` is the sound one unless given."""
        return check_market(self.load(yaml, **({"data__csv": wide_csv()} | files)), market)

    def refused(self, yaml: str = YAML, *, market: str = "DE", **files: str) -> Problem:
        """The one problem for which the data are refused."""
        with pytest.raises(InputError) as caught:
            self.check(yaml, market=market, **files)
        assert len(caught.value.problems) == 1, caught.value
        return caught.value.problems[0]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Small:
    """Its data are of a few weeks, so the least amount of data is tested by itself."""
    monkeypatch.setattr("mmm_helpers.inputs.history.MIN_PERIODS", 1)
    return Small(tmp_path)


@pytest.fixture
def swap() -> Callable[..., str]:
    """The sound rows with one cell of one row replaced."""

    def replace(row: int, column: str, value: str) -> str:
        rows = wide_rows()
        cells = rows[row].split(",")
        cells[HEADER.split(",").index(column)] = value
        rows[row] = ",".join(cells)
        return wide_csv(rows)

    return replace
