"""A public benchmark with known contributions by week, through the template's default pipeline.

The data are two presets of pymc-labs/mmm-param-recovery (Apache-2.0): a small business (one geo, four channels) and a
medium one (eight and eight), for which its authors published how far pymc-marketing and Meridian are off.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, Measurement, Skipped
from benchmarks.scale import run_fit
from mmm_helpers.layout import Layout

MARKET = "US"
PEER = "pymc-marketing, as published"
PORTFOLIO = """\
name: {name}
reporting_currency: USD
outcome: {{column: y}}
channels:
{channels}
controls:
{controls}
markets:
  "US": {{week_start: sunday}}
data: {{path: {data}, date: date, region: geo}}
"""


@dataclass(frozen=True)
class Case:
    """A preset: its files' first words, and what the authors found with pymc-marketing."""

    name: str
    published: float


SMALL, MEDIUM = Case("small_business", 0.41), Case("medium_business", 0.15)


def portfolio_text(case: Case, data: Path) -> str:
    """The portfolio file: what the data are, and nothing about the model.

    Parameters
    ----------
    data : CSV whose columns are date, geo, y, media `x1_…` and controls `c1`, …
    """
    columns = list(pd.read_csv(data, nrows=0).columns)
    channels = [f'  {code_of(c)}: {{spend: "{c}"}}' for c in columns if c.startswith("x")]
    controls = [f"  {c}: {{role: precision}}" for c in columns if c.startswith("c")]
    lists = {"channels": "\n".join(channels), "controls": "\n".join(controls)}
    return PORTFOLIO.format(name=case.name, data=data, **lists)


def code_of(column: str) -> str:
    """A channel's code from its column.

    Examples
    --------
    >>> code_of("x2_Search-Ads-Brand")
    'search_ads_brand'
    """
    return column.split("_", 1)[1].replace("-", "_").lower()


def score(
    estimate: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray], regions: list[str]
) -> list[dict]:
    """A row per channel and region that the truth has a contribution of.

    Parameters
    ----------
    estimate : channel → (sample, t, r) landed contribution by week. truth : channel → (t, r). regions : r names.

    Returns
    -------
    Rows with region, channel, truth (total over all weeks), mean, q05, q95, covered (whether the total lies in the
    90 % interval) and srmse: root mean square error over weeks relative to the mean true contribution, per draw,
    averaged over draws.
    """
    rows = []
    for channel, known in truth.items():
        for r, region in enumerate(regions):
            draws, weekly = estimate[channel][:, :, r], known[:, r]
            miss = np.sqrt(((draws - weekly) ** 2).mean(axis=1)) / weekly.mean()
            total, (low, high) = draws.sum(axis=1), np.quantile(draws.sum(axis=1), [0.05, 0.95])
            row = {"region": region, "channel": channel, "truth": weekly.sum(), "mean": total.mean()}
            row |= {"q05": low, "q95": high, "covered": bool(low <= weekly.sum() <= high)}
            rows.append(row | {"srmse": miss.mean()})
    return rows


def read_truth(path: Path, columns: list[str], dates: pd.DatetimeIndex, regions: list[str]) -> dict:
    """Channel → (t, r) true contribution by week, from the preset's `truth_components`."""
    frame = pd.read_csv(path, parse_dates=["date"]).set_index(["date", "geo"])
    grids = {c: frame[f"contribution_{c}"].unstack().loc[dates, regions] for c in columns}
    return {code_of(c): grid.to_numpy() for c, grid in grids.items()}


@cache
def run_case(case: Case) -> list[dict]:
    """Gate, fit and score a preset with the profile `standard`; the rows of `score` with the fit's health."""
    folder = os.environ.get("MMM_PUBLIC_DATA")
    if not folder:
        raise Skipped("MMM_PUBLIC_DATA is not set")
    data = Path(folder).resolve() / "pymc_labs_benchmark" / f"{case.name}_data.csv"
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        (place / "portfolio.yml").write_text(portfolio_text(case, data), encoding="utf-8")
        cost = run_fit(place / "portfolio.yml", MARKET, place / "results")
        layout = Layout(case.name, place / "results")
        rows = compare(layout, data)
        health = pd.read_csv(layout.table(MARKET, "model_health"))
    computed = bool((health.loc[health["part"] == "computation", "status"] == "pass").all())
    return [row | {"minutes": cost["minutes"], "computation_passed": computed} for row in rows]


def compare(layout: Layout, data: Path) -> list[dict]:
    """Rows of `score` of a fitted preset."""
    from mmm_helpers.model.posterior import load_draws
    from mmm_helpers.model.predict import flatten, media_contributions
    from mmm_helpers.model.run import load_design

    design, _ = load_design(layout, MARKET)
    estimate = media_contributions(design, flatten(load_draws(layout.posterior(MARKET))))
    columns = [c for c in pd.read_csv(data, nrows=0).columns if c.startswith("x")]
    truth_file = data.with_name(data.name.replace("_data.csv", "_truth_components.csv"))
    return score(estimate, read_truth(truth_file, columns, design.dates, design.regions), design.regions)


def measure_srmse(case: Case) -> Measurement:
    """Mean SRMSE over channel × geo."""
    rows = run_case(case)
    return Measurement(float(np.mean([row["srmse"] for row in rows])), rows, case.published)


def measure_covered(case: Case) -> Measurement:
    """Cells of channel × geo whose true total lies in the 90 % interval."""
    rows = run_case(case)
    return Measurement(float(sum(row["covered"] for row in rows)), rows)


def measure_medium_covered() -> Measurement:
    """The same for the medium preset; more than can be right by chance means that the intervals are too wide."""
    found = measure_covered(MEDIUM)
    low, high = COVERED
    outside = "" if low <= found.value <= high else f"{found.value:.0f} cells; {low} to {high} would do"
    return Measurement(found.value, found.raw, failed=outside)


COVERED = (53, 62)
"""Of 64 cells: the number covered lies there in 97 of 100 cases, if each cell is with 90 %."""
FIGURES = (
    Figure("labs.small.srmse", "", 0.28, lambda: measure_srmse(SMALL), peer=PEER),
    Figure("labs.small.covered", "cells of 4", 3, lambda: measure_covered(SMALL), at_most=False),
    Figure("labs.medium.srmse", "", 0.10, lambda: measure_srmse(MEDIUM), peer=PEER),
    Figure("labs.medium.covered", "cells of 64", COVERED[0], measure_medium_covered, at_most=False),
)
