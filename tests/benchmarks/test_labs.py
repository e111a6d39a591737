"""Scores of the public benchmark by hand, and its portfolio files through the gate."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from benchmarks import labs
from benchmarks.figures import measure

DATA = os.environ.get("MMM_PUBLIC_DATA")


def test_srmse_is_taken_draw_by_draw():
    """Two weeks, two draws: one right, one off by 3 and by −1 around a mean of 4 → √5 / 4, averaged with 0."""
    truth = {"tv": np.array([[2.0], [6.0]])}
    estimate = {"tv": np.array([[[2.0], [6.0]], [[5.0], [5.0]]])}
    (row,) = labs.score(estimate, truth, ["A"])
    assert row["srmse"] == pytest.approx(np.sqrt(5) / 4 / 2)
    assert (row["truth"], row["mean"], row["region"], row["channel"]) == (8.0, 9.0, "A", "tv")


def test_covered_is_about_the_total():
    """Totals of 1 … 101: the 90 % interval is 6 to 96, whatever the weeks look like."""
    totals = np.arange(1.0, 102.0)
    estimate = {"tv": np.stack([totals, 0 * totals], axis=1)[:, :, None] * np.ones(2)}
    truth = {"tv": np.array([[0.0, 100.0], [6.5, 0.0]])}
    inside, outside = labs.score(estimate, truth, ["A", "B"])
    assert (inside["q05"], inside["q95"]) == (6.0, 96.0)
    assert (inside["covered"], outside["covered"]) == (True, False)


def test_truth_is_read_by_week_and_geo(tmp_path):
    dates = pd.to_datetime(["2024-01-07", "2024-01-14"])
    keys = pd.MultiIndex.from_product([dates, ["b", "a"]], names=["date", "geo"])
    pd.DataFrame({"contribution_x1_Search-Ads": [1.0, 2.0, 3.0, 4.0]}, keys).to_csv(tmp_path / "truth.csv")
    truth = labs.read_truth(tmp_path / "truth.csv", ["x1_Search-Ads"], dates, ["a", "b"])
    np.testing.assert_array_equal(truth["search_ads"], [[2.0, 1.0], [4.0, 3.0]])


@pytest.mark.parametrize("case", [labs.SMALL, labs.MEDIUM])
def test_the_portfolio_says_nothing_about_the_model(case, tmp_path):
    data = tmp_path / "data.csv"
    data.write_text("date,geo,x1_Search-Ads,x2_Social-Media-2,c1,y\n")
    stated = yaml.safe_load(labs.portfolio_text(case, data))
    assert "model" not in stated
    assert stated["channels"]["social_media_2"] == {"spend": "x2_Social-Media-2"}
    assert stated["controls"] == {"c1": {"role": "precision"}}


@pytest.mark.skipif(not DATA, reason="MMM_PUBLIC_DATA is not set")
@pytest.mark.parametrize(("case", "shape"), [(labs.SMALL, (104, 1, 4)), (labs.MEDIUM, (156, 8, 8))])
def test_the_gate_takes_the_data_as_they_are(case, shape, tmp_path):
    from mmm_helpers.inputs.gate import check_market
    from mmm_helpers.inputs.portfolio import load_portfolio

    data = Path(DATA).resolve() / "pymc_labs_benchmark" / f"{case.name}_data.csv"
    (tmp_path / "portfolio.yml").write_text(labs.portfolio_text(case, data))
    panel = check_market(load_portfolio(tmp_path / "portfolio.yml"), labs.MARKET).panel
    spends = [c for c in panel if c.startswith("spend_")]
    assert (panel["date"].nunique(), panel["region"].nunique(), len(spends)) == shape


def test_without_the_data_the_figures_are_skipped(monkeypatch, tmp_path):
    monkeypatch.delenv("MMM_PUBLIC_DATA", raising=False)
    labs.run_case.cache_clear()
    assert {measure(f, tmp_path)["met"] for f in labs.FIGURES} == {"skipped"}


@pytest.mark.parametrize(("covered", "met"), [(52, "no"), (53, "yes"), (62, "yes"), (63, "no")])
def test_too_many_covered_is_a_miss_as_well(monkeypatch, tmp_path, covered, met):
    rows = [{"covered": i < covered, "srmse": 0.1} for i in range(64)]
    monkeypatch.setattr(labs, "run_case", lambda case: rows)
    figure = next(f for f in labs.FIGURES if f.name == "labs.medium.covered")
    assert measure(figure, tmp_path)["met"] == met
