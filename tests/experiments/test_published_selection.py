"""The published market selection of GeoLift's walkthrough: its rows, its order, and its simulation of one set."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.selection import Search, candidate_markets, search_markets
from mmm_helpers.experiments.synthetic_control import fit_paths, imbalance

FOLDER = os.environ.get("MMM_PUBLIC_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="MMM_PUBLIC_DATA is not set")


@pytest.fixture(scope="module")
def expected():
    return json.loads((Path(FOLDER) / "geolift_pretest" / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def outcome():
    data = pd.read_csv(Path(FOLDER) / "geolift_pretest" / "geolift_pretest.csv", parse_dates=["date"])
    return data.pivot(index="date", columns="location", values="Y")


@pytest.fixture(scope="module")
def search(expected):
    call = expected["call"]
    return Search(
        sizes=call["N"], durations=call["treatment_periods"], effects=call["effect_size"],
        include=call["include_markets"], exclude=call["exclude_markets"], cost_per_unit=call["cpic"],
        budget=call["budget"], alpha=call["alpha"], lookback=call["lookback_window"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def found(outcome, search):
    return search_markets(outcome, search)


@pytest.mark.parametrize("place", range(6))
def test_published_row_is_reproduced(found, expected, place):
    row = expected["published_best_markets"][place]
    own = found.set_index(["regions", "duration"]).loc[(row["location"], row["duration"])]
    assert own["effect"] == row["EffectSize"]
    assert own["investment"] == pytest.approx(row["Investment"], abs=0.0051)  # printed to cents
    assert own["att"] == pytest.approx(row["AvgATT"], abs=1e-3)
    assert own["detected"] == pytest.approx(row["Average_MDE"], abs=1e-5)
    assert own["scaled_imbalance"] == pytest.approx(row["AvgScaledL2Imbalance"], abs=1e-6)
    assert own["share"] == pytest.approx(row["ProportionTotal_Y"], abs=1e-6)
    assert round(own["distance"], 3) == row["abs_lift_in_zero"]
    assert own["correlation"] == pytest.approx(row["correlation"], abs=1e-6)
    assert own["rank"] == row["rank"]


def test_published_rows_are_the_first_six(found, expected):
    published = {(r["location"], r["duration"]) for r in expected["published_best_markets"]}
    assert set(found.head(6)[["regions", "duration"]].itertuples(index=False, name=None)) == published


def test_other_draws_find_the_same(outcome, search, found):
    other = search_markets(outcome, search, rng=np.random.default_rng(7))
    pd.testing.assert_frame_equal(other.head(6), found.head(6))


def test_every_set_has_and_lacks_what_was_asked_for(outcome, search):
    sets = candidate_markets(outcome, search)
    assert all("chicago" in chosen and "honolulu" not in chosen for chosen in sets)


def test_published_simulation_is_reproduced(outcome, expected):
    said = expected["published_simulation_chicago_portland_15d_10pct"]
    treated = ["chicago", "portland"]
    during = np.arange(len(outcome)) >= len(outcome) - 15
    donors = outcome.drop(columns=treated)
    target = outcome[treated].mean(axis=1).to_numpy(float) * np.where(during, 1.1, 1.0)
    weights, path = fit_paths(donors.to_numpy(float), target, ~during)
    distance, scaled = imbalance(donors.to_numpy(float), target, ~during, path)
    effect = float((target - path)[during].mean())
    assert effect == pytest.approx(said["ATT"], abs=0.01)
    assert effect * 15 * len(treated) == pytest.approx(said["incremental_Y"], abs=1)
    assert 100 * effect / path[during].mean() == pytest.approx(said["percent_lift"], abs=0.05)
    assert distance == pytest.approx(said["L2_imbalance"], abs=0.01)
    assert scaled == pytest.approx(said["scaled_L2"], abs=1e-4)
    named = dict(zip(donors.columns, weights, strict=True))
    assert {k: named[k] for k in said["top_weight"]} == pytest.approx(said["top_weight"], abs=1e-4)
