"""The whole command over a small portfolio: the real gate and the real rules, but no fits."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.__main__ import main
from mmm_helpers.layout import Layout
from mmm_helpers.report.site import publish

PORTFOLIO_FILE = """
name: pair
reporting_currency: EUR
outcome: {column: revenue, kind: revenue}
channels:
  tv: {label: TV, spend: tv_spend, funnel: upper}
markets:
  "DE": {label: Germany, holidays: DE, sources: [{path: DE.csv}]}
  "JP": {label: Japan, holidays: JP, sources: [{path: JP.csv}]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch, stand_ins) -> Path:
    """A portfolio of two good markets; the site step only says that it was called."""

    def pretend(layout, portfolio):
        return SimpleNamespace(index=tmp_path / "index.html", built=True, missing=[])

    monkeypatch.setattr(publish, "publish", pretend)
    (tmp_path / "portfolio.yml").write_text(PORTFOLIO_FILE)
    for code in ("DE", "JP"):
        write_market(tmp_path, code)
    return tmp_path


def write_market(folder: Path, code: str, *, worst_spend: float = 5.0) -> None:
    dates = pd.date_range("2024-01-01", periods=60, freq="7D")
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"date": dates, "revenue": rng.uniform(90, 110, 60), "tv_spend": rng.uniform(5, 9, 60)}
    )
    frame.loc[30, "tv_spend"] = worst_spend
    frame.to_csv(folder / f"{code}.csv", index=False)


def report(folder: Path, *options: str) -> tuple[int, dict]:
    where = ["--portfolio", str(folder / "portfolio.yml"), "--results", str(folder / "results")]
    code = main(["report", *where, "--profile", "quick", "--cores", "2", *options])
    record = layout_of(folder).run_record
    return code, json.loads(record.read_text()) if record.exists() else {}


def layout_of(folder: Path) -> Layout:
    return Layout("pair", folder / "results")


def test_broken_market_is_named_and_the_other_goes_on(folder):
    write_market(folder, "JP", worst_spend=-1.0)
    code, run = report(folder)
    assert code == 1
    assert run["markets"]["DE"]["status"] == "ok"
    assert run["markets"]["JP"]["status"] == "failed"
    assert "spend_tv is -1 (JP.csv, row 32" in run["markets"]["JP"]["reason"]
    assert layout_of(folder).posterior("DE").exists()
    assert not layout_of(folder).panel("JP").exists()


def test_mended_market_joins_without_a_new_fit_of_the_other(folder):
    write_market(folder, "JP", worst_spend=-1.0)
    report(folder)
    before = layout_of(folder).market_fit("DE").stat().st_mtime_ns
    write_market(folder, "JP")
    code, run = report(folder)
    assert code == 0
    assert {entry["status"] for entry in run["markets"].values()} == {"ok"}
    assert run["data_to"] == "2025-02-23"
    assert layout_of(folder).market_fit("DE").stat().st_mtime_ns == before


def test_unknown_market_stops_before_anything_is_written(folder, capsys):
    code, run = report(folder, "--markets", "DE JPN")
    assert (code, run) == (1, {})
    assert "market 'JPN' is not in the portfolio" in capsys.readouterr().err


def test_same_name_from_another_file_is_refused(folder, capsys):
    report(folder, "--markets", "DE")
    other = folder / "other"
    other.mkdir()
    (other / "portfolio.yml").write_text(PORTFOLIO_FILE)
    arguments = ["--portfolio", str(other / "portfolio.yml"), "--results", str(folder / "results")]
    assert main(["report", *arguments]) == 1
    assert "the name 'pair' is already taken" in capsys.readouterr().err
