"""Market selection: the published search, and what a simulated test finds in a panel of known shape."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.selection import Search, candidate_markets, draw_periods, search_markets

FOLDER = os.environ.get("MMM_PUBLIC_DATA")


@pytest.fixture
def outcome():
    """Six regions in pairs that move together."""
    rng = np.random.default_rng(1)
    waves = rng.normal(0, 10, (80, 3)).cumsum(axis=0)
    values = 500 + np.repeat(waves, 2, axis=1) + rng.normal(0, 1, (80, 6))
    return pd.DataFrame(values, pd.date_range("2024-01-01", periods=80), list("ABCDEF"))


def test_regions_are_joined_to_those_that_move_alike(outcome):
    assert candidate_markets(outcome, Search(sizes=(2,), durations=(10,))) == [
        ("A", "B"),
        ("C", "D"),
        ("E", "F"),
    ]
    assert candidate_markets(outcome, Search(sizes=(2,), durations=(10,), include=("C",))) == [("C", "D")]
    without = Search(sizes=(2,), durations=(10,), exclude=("D",))
    assert all("D" not in chosen for chosen in candidate_markets(outcome, without))


def test_region_with_a_twin_finds_a_small_effect(outcome):
    effects = (0.0, 0.005, 0.01, 0.05, 0.2)
    found = search_markets(outcome, Search(sizes=(1,), durations=(10,), effects=effects, cost_per_unit=2.0))
    assert len(found) == 6
    assert found["effect"].max() <= 0.01
    row = found.iloc[0]
    spent = outcome[row["regions"]].iloc[-10:].sum() * row["effect"] * 2.0
    assert row["investment"] == pytest.approx(spent)
    assert row["share"] == pytest.approx(outcome[row["regions"]].sum() / outcome.to_numpy().sum())


def test_what_costs_more_than_the_budget_is_left_out(outcome):
    dear = Search(sizes=(1,), durations=(10,), effects=(0.0, 0.05), cost_per_unit=2.0, budget=1.0)
    assert search_markets(outcome, dear).empty


def test_periods_are_drawn_without_replacement():
    picks = draw_periods(20, 5, 200, np.random.default_rng(1))
    assert all(len(set(row)) == 5 for row in picks)
    assert np.bincount(picks.ravel(), minlength=20) / 200 == pytest.approx(np.full(20, 0.25), abs=0.12)


@pytest.mark.skipif(not FOLDER, reason="MMM_PUBLIC_DATA is not set")
def test_published_rows_are_reproduced():
    folder = Path(FOLDER) / "geolift_pretest"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    call, rows = expected["call"], expected["published_best_markets"]
    data = pd.read_csv(folder / "geolift_pretest.csv", parse_dates=["date"])
    search = Search(
        sizes=call["N"], durations=call["treatment_periods"], effects=call["effect_size"],
        include=call["include_markets"], exclude=call["exclude_markets"], cost_per_unit=call["cpic"],
        budget=call["budget"], alpha=call["alpha"], lookback=call["lookback_window"],
    )  # fmt: skip
    found = search_markets(data.pivot(index="date", columns="location", values="Y"), search)
    found = found.set_index(["regions", "duration"])
    for row in rows:
        own = found.loc[(row["location"], row["duration"])]
        assert own["effect"] == row["EffectSize"]
        assert own["investment"] == pytest.approx(row["Investment"], abs=0.01)
        assert own["att"] == pytest.approx(row["AvgATT"], abs=1e-3)
        assert own["detected"] == pytest.approx(row["Average_MDE"], abs=1e-5)
        assert own["scaled_imbalance"] == pytest.approx(row["AvgScaledL2Imbalance"], abs=1e-6)
        assert own["share"] == pytest.approx(row["ProportionTotal_Y"], abs=1e-6)
        assert round(own["distance"], 3) == row["abs_lift_in_zero"]
        assert own["correlation"] == pytest.approx(row["correlation"], abs=1e-6)
        assert own["rank"] == row["rank"]
