"""The whole page, cell by cell, for every kind of data that it may meet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.layout import PROJECT_ROOT
from mmm_helpers.report import display
from mmm_helpers.report.images import ALT_TEXT

mpl.use("agg")
NOTEBOOK = PROJECT_ROOT / "notebooks" / "02_single_region_regression.ipynb"
FREQUENCY = {"day": "daily", "week": "weekly", "month": "monthly"}
PORTFOLIO = """
name: page
reporting_currency: EUR
frequency: {frequency}
outcome: {{column: revenue, kind: revenue}}
channels:
  tv: {{label: TV, spend: tv_spend}}
  social: {{label: Paid social, spend: social_spend}}
{more}
controls:
  demand_index: {{role: confounder, label: Demand index}}
markets:
  "XX": {{label: Testland, holidays: DE}}
data: {{path: panel.csv}}
"""
RADIO = "  radio: {label: Radio, spend: radio_spend}"


@dataclass
class Page:
    """What the notebook showed, in order."""

    blocks: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)

    def __call__(self, data, *, raw, metadata=None) -> None:
        self.images += [metadata[ALT_TEXT]] if metadata else []
        self.blocks.append(data["text/plain"])

    @property
    def text(self) -> str:
        return "\n".join(self.blocks)


@pytest.fixture
def run(tmp_path, monkeypatch, make_panel) -> Callable[..., Page]:
    """`run(periods, unit, change=, more=)` writes a portfolio, runs the notebook on it, returns what it showed."""

    def run_page(periods: int, unit: str, *, change=lambda panel: panel, more: str = "", **options) -> Page:
        panel = change(make_panel(periods, unit=unit, **options)).drop(columns="region")
        panel = panel.rename(columns={"outcome": "revenue", "control_demand_index": "demand_index"})
        panel.columns = [re.sub(r"^spend_(.*)$", r"\1_spend", c) for c in panel]
        panel.to_csv(tmp_path / "panel.csv", index=False)
        (tmp_path / "portfolio.yml").write_text(PORTFOLIO.format(frequency=FREQUENCY[unit], more=more))
        return show(tmp_path / "portfolio.yml", tmp_path / "results", monkeypatch)

    return run_page


def show(portfolio: Path, results: Path, monkeypatch) -> Page:
    page = Page()
    monkeypatch.setattr(display, "display", page)
    monkeypatch.setattr(display, "DOTS_PER_INCH", 30)  # nobody looks at these; drawing takes most of the time
    names = {}
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, cell.id, "exec"), names)
            if "parameters" in cell.metadata.get("tags", []):
                names |= {"market": "XX", "portfolio": str(portfolio), "results": str(results)}
    plt.close("all")
    return page


def check_page(page: Page) -> None:
    """What holds for every page: no missing number, alternative texts, how to read each chart, its end."""
    assert not re.search(r"\b(nan|inf|None)\b", page.text)
    assert all(len(alt) > 30 for alt in page.images)
    readings = [i for i, block in enumerate(page.blocks) if block.startswith("**How to read this.**")]
    assert len(readings) >= len(page.images)
    assert "Ordinary least squares" in page.blocks[-2]
    assert "portfolio.yml" in page.blocks[-1]


@pytest.mark.parametrize(("periods", "unit"), [(400, "day"), (130, "week"), (100, "month")])
def test_full_page_by_frequency(run, periods, unit):
    page = run(periods, unit)
    check_page(page)
    assert page.blocks[0].startswith("A plain regression of")
    assert f"{unit}s in the whole market" in page.blocks[0]
    assert len(page.images) == (8 if unit == "month" else 9)
    assert "real data never tell" in page.text


def test_monthly_data_say_that_there_is_nothing_longer(run):
    assert "These data come by month" in run(100, "month").text


def test_known_returns_stand_on_the_page(run):
    page = run(130, "week", noise=1.0)
    alt = next(a for a in page.images if a.startswith("By plain regression"))
    assert "TV 2.0" in alt
    assert "Paid social 0.50" in alt


def test_too_short_says_what_it_would_need(run):
    page = run(29, "month")
    check_page(page)
    assert page.blocks[0].startswith("A regression for the market would have 27 months for")
    assert len(page.images) == 3
    assert page.text.count("without a regression") >= 4


def test_constant_channel_is_named(run):
    page = run(130, "week", change=lambda p: p.assign(spend_radio=70.0), more=RADIO)
    check_page(page)
    assert "Radio is left out: its spend is the same in every week" in page.text
    assert "**0 of 2** channels" in page.blocks[0]


def test_twins_stand_as_one(run):
    page = run(130, "week", change=lambda p: p.assign(spend_radio=p["spend_tv"]), more=RADIO)
    check_page(page)
    assert "TV and Radio move exactly alike in every week" in page.text
    # the money of both together brought what TV alone brought: half the return
    alt = next(a for a in page.images if a.startswith("By plain regression"))
    assert re.search(r"TV \+ Radio (0\.9\d|1\.0)", alt)


def test_control_that_is_a_channel_is_named(run):
    page = run(130, "week", change=lambda p: p.assign(control_demand_index=2 * p["spend_tv"]))
    check_page(page)
    assert page.blocks[0].startswith("TV and Demand index hold the same information in the market")


def test_constant_outcome_is_said(run):
    page = run(130, "week", change=lambda p: p.assign(outcome=500.0))
    check_page(page)
    assert "The outcome of the market is the same in every week" in page.blocks[0]


def test_no_channel_that_moves_leaves_a_page_without_charts_of_spend(run):
    page = run(130, "week", change=lambda p: p.assign(spend_tv=5.0, spend_social=0.0))
    check_page(page)
    assert page.blocks[0].startswith("No channel's spend in the market changes over time")
    assert "Paid social is left out: nothing was spent on it here." in page.text


def test_simulated_market_is_held_against_its_truth(run, tmp_path, monkeypatch):
    run(130, "week", confounding=1.0)
    panel = pd.read_csv(tmp_path / "panel.csv")
    rows = [
        ("XX", "all", c, "all_history", panel[f"{c}_spend"].sum(), v, v)
        for c, v in (("tv", 2.0), ("social", 0.5))
    ]
    names = ["market", "region", "channel", "window", "spend", "roas", "mroas"]
    (tmp_path / "truth").mkdir()
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "truth" / "channel_effects.csv", index=False)
    page = show(tmp_path / "portfolio.yml", tmp_path / "results", monkeypatch)
    check_page(page)
    assert "This market is simulated, so the truth is known" in page.blocks[0]
    true = np.average([2.0, 0.5], weights=[panel["tv_spend"].sum(), panel["social_spend"].sum()])
    assert f"known: {true:.1f} for all spend" in page.blocks[0]
    assert "no demand control" in page.images[-1]
