"""The round trip's worlds, its cheap model against an independent regression, and the band of its hits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from benchmarks import round_trip
from benchmarks.figures import measure


@pytest.fixture(scope="module")
def world():
    return round_trip.simulate_world(3)


def test_a_test_moves_the_treated_regions_only(world):
    spend = round_trip.wide(world, "spend_tv") / world.heads
    others = [r for r in spend if r not in world.test["regions"]]
    during = slice(world.test["start"], world.test["end"])
    factor = spend.loc[during, list(world.test["regions"])].to_numpy().mean()
    assert factor == pytest.approx(0.0 if world.test["spend_change"] < 0 else 2.0, abs=0.1)
    assert spend.loc[during, others].to_numpy().mean() == pytest.approx(1.0, abs=0.1)


def test_the_planted_lift_is_measured_within_its_error(world):
    lift = round_trip.measure_test(world)
    assert lift.periods == round_trip.LENGTH
    assert abs(lift.total - world.lift) < 3 * lift.sd
    assert lift.sd < abs(world.lift)


def test_the_cheap_model_is_a_regression_with_dummies(world, monkeypatch):
    """At one point of the grid: least squares over all cells, with the prior and a test's row as observations."""
    monkeypatch.setattr(round_trip, "GRID", ((0.5, 1.0),))
    monkeypatch.setattr(round_trip, "_noise", lambda y, x, freedom: 0.25)
    row = {"region": "R1", "x": 1.2, "delta_x": -1.2, "delta_y": -2.9, "sigma": 0.3}
    found = round_trip.fit(world, round_trip.row_evidence(world, pd.DataFrame([row])))
    outcome, spend = (round_trip.wide(world, c).to_numpy() / world.heads for c in ("outcome", "spend_tv"))
    regions, weeks = len(round_trip.REGIONS), round_trip.WEEKS
    lines, values = [], []
    for r, region in enumerate(round_trip.REGIONS):
        for t in range(7, weeks):
            if region in world.test["regions"] and 80 <= t < 93:
                continue
            carried = sum(0.5**k * spend[t - k, r] for k in range(8)) / sum(0.5**k for k in range(8))
            lines.append([2 * carried / (1 + carried), *(np.arange(regions) == r), *(np.arange(weeks) == t)])
            values.append(outcome[t, r])
    x, y = np.array(lines, float) / 0.25, np.array(values) / 0.25
    per_head = 1.2 / world.heads[1]
    more = np.zeros((2, x.shape[1]))
    more[:, 0] = 1 / 1.0, -world.heads[1] * 2 * per_head / (1 + per_head) / 0.3
    x, y = np.vstack([x, more]), np.append(y, [3.0 / 1.0, -2.9 / 0.3])
    assert found.mean[0] == pytest.approx(np.linalg.lstsq(x, y, rcond=None)[0][0])
    assert found.sd[0] == pytest.approx(np.sqrt(np.linalg.pinv(x.T @ x)[0, 0]))


def test_quantiles_are_those_of_the_mixture():
    one = round_trip.Posterior(np.array([1.0]), np.array([2.0]), np.array([0.5]))
    assert one.quantile(0.95) == pytest.approx(norm.ppf(0.95, 2.0, 0.5))
    two = round_trip.Posterior(np.array([0.5, 0.5]), np.array([-1.0, 1.0]), np.array([0.1, 0.1]))
    assert two.quantile(0.5) == pytest.approx(0.0, abs=1e-6)
    assert two.spread == pytest.approx(np.sqrt(1.01))


def test_a_run_narrows_the_return():
    row = round_trip.run_once(3)
    assert row["sd"] < row["sd_without_test"]
    assert row["lift_sd"] < row["lift_sd_with_gap"]
    assert row["hit"] == (row["q05"] <= row["truth"] <= row["q95"])


def test_a_refused_test_is_no_hit(monkeypatch):
    def refuse(world):
        raise ValueError("Signs contradict")

    monkeypatch.setattr(round_trip, "measure_test", refuse)
    row = round_trip.run_once(3)
    assert (row["hit"], row["refused"]) == (False, "Signs contradict")
    monkeypatch.undo()
    assert list(row) == list(round_trip.run_once(3))


@pytest.mark.parametrize(("hits", "met"), [(170, "no"), (171, "yes"), (188, "yes"), (189, "no")])
def test_too_many_hits_are_a_miss_as_well(monkeypatch, tmp_path, hits, met):
    monkeypatch.setattr(
        round_trip, "run_all", lambda: [{"hit": run < hits, "refused": ""} for run in range(200)]
    )
    assert measure(round_trip.FIGURES[0], tmp_path)["met"] == met
