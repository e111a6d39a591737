"""One ruler for all sides, held against draws whose quality is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.peers.exchange import Answer
from benchmarks.peers.scores import least_ess, score_cells, summarise

SECONDS = {"import": 1.0, "compile": 2.0, "sample": 3.0, "total": 7.0}


@pytest.fixture
def truth() -> pd.DataFrame:
    return pd.DataFrame([[10.0, 20.0]], ["R1"], ["a", "b"])


def independent(truth, *, shift: float = 0.0) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(4, 1000, *truth.shape))
    return truth.to_numpy() + shift + noise


def test_independent_draws_are_all_effective(truth):
    cells = score_cells(independent(truth), truth)
    assert cells["ess_bulk"].to_numpy() == pytest.approx(4000, rel=0.25)
    assert (cells["rhat"] < 1.01).all()
    assert cells["mean"].to_numpy() == pytest.approx([10, 20], abs=0.1)
    assert (cells["q95"] - cells["q05"]).to_numpy() == pytest.approx(2 * 1.645, rel=0.1)


def test_sticky_draws_are_worth_less(truth):
    """An autoregression of 0.9 leaves (1 − 0.9) / (1 + 0.9) of the draws."""
    shocks, draws = np.random.default_rng(1).normal(size=(4, 4000, 1, 2)), np.zeros((4, 4000, 1, 2))
    for t in range(1, 4000):
        draws[:, t] = 0.9 * draws[:, t - 1] + shocks[:, t]
    cells = score_cells(draws, truth)
    assert cells["ess_bulk"].to_numpy() == pytest.approx(16000 * 0.1 / 1.9, rel=0.25)


def test_disagreeing_chains_show(truth):
    draws = independent(truth)
    draws[0] += 5.0
    assert score_cells(draws, truth)["rhat"].min() > 1.2


def test_summary_counts_errors_and_coverage(truth):
    draws = independent(truth)
    draws[..., 1] += 3.0
    answer = Answer(draws, SECONDS, "")
    summary = summarise(answer, score_cells(draws, truth))
    assert summary["error"] == pytest.approx(np.sqrt(9 / 2) / 15, rel=0.05)
    assert summary["covered"] == 0.5
    assert (summary["chains"], summary["draws"], summary["seconds_total"]) == (4, 1000, 7.0)
    assert least_ess(summary) == min(summary["min_ess_bulk"], summary["min_ess_tail"])
