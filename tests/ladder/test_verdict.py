"""The verdict on a world: the scores by hand, a refusal kept as a row, and one world through the whole pipeline."""

import numpy as np
import pytest

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.ladder import verdict
from mmm_helpers.ladder.rows import COLUMNS
from mmm_helpers.ladder.world import simulate_world


@pytest.fixture(scope="module")
def world():
    return simulate_world("clean", 1001)


def test_error_of_weekly_contributions_by_hand():
    draws = np.array([[1.0, 3.0], [3.0, 1.0], [2.0, 2.0]])
    # Per draw √((0 + 0) / 2), √((4 + 4) / 2), √((1 + 1) / 2), over the mean 2.
    assert verdict.srmse(draws, np.array([1.0, 3.0])) == pytest.approx((0 + 2 + 1) / 3 / 2)


def test_error_relative_to_nothing_is_missing():
    assert np.isnan(verdict.srmse(np.ones((2, 3)), np.zeros(3)))


def test_refused_world_keeps_its_cells_and_the_reason(world, monkeypatch):
    def refuse(*args):
        raise InputError(Problem("no outcome", "panel.csv", "some", "add it"))

    monkeypatch.setattr(verdict, "_estimate", refuse)
    rows = verdict.judge_world(world)
    assert len(rows) == len(world.truth)
    assert set(rows["error"]) == {"no outcome (panel.csv); expected some: add it."}
    assert not rows["decision_grade"].any()


def test_crash_on_one_world_is_kept_with_its_kind(world, monkeypatch):
    monkeypatch.setattr(verdict, "_estimate", lambda *args: [][1])
    assert set(verdict.judge_world(world)["error"]) == {"IndexError: list index out of range"}


def test_worlds_have_no_model_section(world):
    assert "model" not in world.portfolio
    assert not any(
        {"adstock", "saturation", "l_max"} & set(spec) for spec in world.portfolio["channels"].values()
    )


def test_one_world_through_the_whole_pipeline(world):
    rows = verdict.judge_world(world, profile="quick")
    assert set(rows.columns) <= set(COLUMNS)
    keys = ["market", "region", "channel"]
    assert rows[keys].apply(tuple, axis=1).tolist() == world.truth[keys].apply(tuple, axis=1).tolist()
    assert (rows["error"] == "").all()
    assert not rows["decision_grade"].any()  # a preview never is
    # What is spent is known, so both give the same relative error.
    relative = rows["incremental_mean"] / rows["truth_incremental"]
    np.testing.assert_allclose(relative, rows["roas_mean"] / rows["truth_roas"], rtol=1e-6)
    # Better than knowing nothing: the total of all media is within a factor of two.
    assert 0.5 < rows["incremental_mean"].sum() / rows["truth_incremental"].sum() < 2
