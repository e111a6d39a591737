"""The figures of sampling, with sides that answer at once."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import sampling
from benchmarks.figures import measure
from benchmarks.peers import ours, sides
from benchmarks.peers.exchange import Answer, Effort
from benchmarks.peers.worlds import simulate_world
from mmm_helpers.model.predict import media_contributions

SECONDS = {"import": 1.0, "compile": 10.0, "sample": 10.0, "total": 25.0}


@pytest.fixture
def answers(monkeypatch):
    """Sides that draw from a known posterior: independent draws for us, a tenth of the speed for the peers."""

    def answer(side, problem, *, compiled):
        slow = 1 if side == "ours" else 10
        rng = np.random.default_rng(len(side))
        shape = (2, problem.effort.draws, len(problem.regions), len(problem.channels))
        return Answer(1e6 + rng.normal(size=shape), {k: v * slow for k, v in SECONDS.items()}, "")

    monkeypatch.setattr(sides, "answer", answer)
    sampling.measure_side.cache_clear()
    yield answer
    sampling.measure_side.cache_clear()


def figure(name: str):
    return next(f for f in sampling.FIGURES if f.name == name)


def test_ratio_decides(answers, tmp_path):
    row = measure(figure("sampling.3x5"), tmp_path)
    assert (row["target"], row["met"], row["reason"]) == ("ratio ≥ 3", "yes", "")
    assert float(row["ratio"]) == pytest.approx(10, rel=0.1)
    assert float(row["value"]) == pytest.approx(200, rel=0.2)


def test_everything_counts_against_meridian(answers, tmp_path):
    row = measure(figure("sampling.meridian_3x5"), tmp_path)
    assert (row["target"], row["met"]) == ("ratio ≥ 15", "no")
    assert float(row["value"]) == pytest.approx(2000 / 25, rel=0.2)


def test_own_chains_that_disagree_fail(monkeypatch, answers, tmp_path):
    def shifted(side, problem, *, compiled):
        found = answers(side, problem, compiled=compiled)
        found.contribution[0] += 2.0 * (side == "ours")
        return found

    monkeypatch.setattr(sides, "answer", shifted)
    row = measure(figure("sampling.3x5"), tmp_path)
    assert row["met"] == "no"
    assert row["reason"].startswith("our own chains disagree (R-hat 1.")
    assert row["peer_value"]


def test_raw_rows_hold_every_cell_of_both_sides(answers, tmp_path):
    measure(figure("sampling.3x5"), tmp_path)
    text = (tmp_path / "sampling.3x5.csv").read_text().splitlines()
    names = text[0].split(",")
    assert {
        "side",
        "rhat_max",
        "error",
        "covered",
        "truth",
        "q05",
        "q95",
        "side_versions",
        "versions",
    } <= set(names)
    # ours and the peer, a brief first fit and the measured one, 3 × 5 cells
    assert len(text) == 1 + 2 * 2 * 15


def test_our_design_holds_the_panel():
    """Spend, outcome and control of the problem arrive in the model's arrays, region by region."""
    problem = simulate_world(3, 2, seed=1, weeks=60).problem(Effort())
    design = ours.design_of(problem)
    assert (design.regions, design.channels, design.control_names) == (
        problem.regions,
        problem.channels,
        ["price"],
    )
    wide = problem.panel.pivot(index="date", columns="region", values="channel_2")
    np.testing.assert_allclose(design.spend[:, :, 1], wide.to_numpy())
    outcome = problem.panel.pivot(index="date", columns="region", values="outcome")
    np.testing.assert_allclose(design.outcome, outcome.to_numpy())


def test_our_contribution_keeps_chains_apart():
    """Draw by draw and chain by chain what `media_contributions` gives, summed over weeks."""
    import xarray as xr

    design = ours.design_of(simulate_world(2, 2, seed=1, weeks=40).problem(Effort()))
    rng, dims = np.random.default_rng(0), ("chain", "draw", "channel")
    own = {
        n: (dims, rng.random((2, 3, 2)) + 0.2) for n in ("alpha", "fullness", "slope", "log_effect_market")
    }
    own["alpha"] = (dims, own["alpha"][1] / 2)
    deviation = ("chain", "draw", "region", "channel"), rng.normal(size=(2, 3, 2, 2))
    coords = {"channel": design.channels, "region": design.regions}
    draws = xr.Dataset(own | {"region_deviation": deviation}, coords=coords)
    found = ours.contribution(design, draws)
    assert found.shape == (2, 3, 2, 2)
    one = draws.isel(chain=[1], draw=[2]).stack(sample=("chain", "draw")).reset_index("sample")
    one = one.assign(log_effect=one["log_effect_market"] + one["region_deviation"]).transpose("sample", ...)
    weekly = media_contributions(design, one)["channel_2"]
    np.testing.assert_allclose(found[1, 2, :, 1], weekly[0].sum(axis=0))
