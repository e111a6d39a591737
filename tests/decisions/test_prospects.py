"""Prospects come back from their file as they were."""

from pathlib import Path

import numpy as np
import pytest

from mmm_helpers.decisions.prospects import Prospects, load_prospects, save_prospects
from mmm_helpers.decisions.responses import GRID, Cell

CELLS = [Cell("R1", "tv", 100.0, 1.5, np.linspace(0, 3, 4)[:, None] * GRID)]
NOISE = np.arange(4.0)


def test_what_was_foreseen_comes_back(tmp_path: Path):
    own = Prospects(
        "XX",
        CELLS,
        NOISE,
        13,
        baseline=np.arange(8.0).reshape(4, 2),
        control_effects={"price": -NOISE, "demand": NOISE},
        control_steps={"price": 40.0, "demand": 9.0},
        unit_value=12.5,
    )
    save_prospects(own, tmp_path / "prospects.nc")
    back = load_prospects(tmp_path / "prospects.nc")
    assert (back.market, back.horizon, back.unit_value) == ("XX", 13, 12.5)
    assert back.cells[0].response == pytest.approx(CELLS[0].response, rel=1e-6)
    assert back.baseline == pytest.approx(own.baseline)
    assert list(back.control_effects) == ["price", "demand"]
    assert back.control_effects["price"] == pytest.approx(-NOISE)
    assert back.control_steps == own.control_steps


def test_without_a_future_there_is_none(tmp_path: Path):
    save_prospects(Prospects("XX", CELLS, NOISE, 13), tmp_path / "prospects.nc")
    back = load_prospects(tmp_path / "prospects.nc")
    assert back.baseline is None
    assert back.control_effects == {}
