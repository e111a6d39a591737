"""What goes to a peer comes back as it was."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.peers.exchange import Clock, Effort, read_answer, read_problem, write_answer, write_problem
from benchmarks.peers.worlds import simulate_world


def test_problem_survives_the_folder(tmp_path):
    problem = simulate_world(2, 3, seed=4, weeks=30).problem(Effort(draws=7, target_accept=0.9))
    write_problem(problem, tmp_path)
    read = read_problem(tmp_path)
    assert (read.regions, read.channels, read.effort) == (problem.regions, problem.channels, problem.effort)
    pd.testing.assert_frame_equal(read.panel, problem.panel, check_dtype=False)


def test_answer_carries_times_and_versions(tmp_path):
    clock = Clock()
    with clock.step("sample"):
        pass
    contribution = np.arange(24.0).reshape(2, 3, 2, 2)
    write_answer(tmp_path, contribution, clock, packages=("numpy",))
    answer = read_answer(tmp_path, total=9.0)
    np.testing.assert_array_equal(answer.contribution, contribution)
    assert answer.seconds["total"] == 9.0
    assert 0 <= answer.seconds["sample"] < 1
    assert answer.versions == f"numpy {np.__version__}"
