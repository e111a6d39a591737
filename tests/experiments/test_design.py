"""The error of designs of chosen regions and with fewer controls."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.assignment import compute_distances, draw_from_pairs, match_pairs
from mmm_helpers.experiments.design import ERROR_COLUMNS, candidate_sets, compute_test_errors

SETTINGS = {"l_max": 4, "channels": {"tv": {}}}


@pytest.fixture(scope="module")
def panel():
    """Four regions, of which R0 and R1 move together beyond what all have in common."""
    rng = np.random.default_rng(1)
    dates, twins = pd.date_range("2023-01-02", periods=120, freq="7D"), rng.normal(0, 6, 120)
    common = rng.normal(0, 5, 120)
    parts = [
        pd.DataFrame({"date": dates, "region": f"R{r}",
                      "outcome": 100 + common + rng.normal(0, 1, 120) + (r < 2) * twins})
        for r in range(4)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _error(table, regions):
    return table.set_index("regions").loc[regions, "error"]


def test_any_set_that_leaves_a_donor_can_be_asked_for(panel):
    asked = [("R0", "R1", "R2"), ("R3",)]
    table = compute_test_errors(panel, SETTINGS, durations=(4,), sets=asked)
    assert table["regions"].tolist() == ["R0|R1|R2", "R3"]
    assert "R0|R1|R2" not in {"|".join(s) for s in candidate_sets(["R0", "R1", "R2", "R3"])}


def test_sets_that_treat_every_region_have_no_rows(panel):
    table = compute_test_errors(panel, SETTINGS, durations=(4,), sets=[("R0", "R1", "R2", "R3")])
    assert table.empty
    assert list(table) == ERROR_COLUMNS


def test_leaving_out_the_twin_makes_the_error_larger(panel):
    only_twin = compute_test_errors(
        panel, SETTINGS, durations=(8,), sets=[("R0",)], contaminated=["R2", "R3"]
    )
    no_twin = compute_test_errors(panel, SETTINGS, durations=(8,), sets=[("R0",)], neighbours={"R0": ["R1"]})
    # sd of the gap: sqrt(2) with the twin; with the other two the twins' own movement is in it
    ratio = np.sqrt(36 + 1.5) / np.sqrt(2)
    assert _error(no_twin, "R0") / _error(only_twin, "R0") == pytest.approx(ratio, rel=0.35)


def test_exclusions_that_do_not_concern_a_set_change_nothing(panel):
    plain = compute_test_errors(panel, SETTINGS, durations=(8,), sets=[("R3",)])
    other = compute_test_errors(panel, SETTINGS, durations=(8,), sets=[("R3",)], neighbours={"R0": ["R1"]})
    pd.testing.assert_frame_equal(plain, other)


def test_without_controls_there_is_no_row(panel):
    alone = compute_test_errors(
        panel, SETTINGS, durations=(8,), sets=[("R0",)], contaminated=["R1", "R2", "R3"]
    )
    assert alone.empty


def test_regions_drawn_from_pairs_have_an_error(panel):
    wide = panel.pivot(index="date", columns="region", values="outcome")
    pairs = match_pairs(compute_distances(wide, np.ones(len(wide), bool)))
    assert ("R0", "R1") in pairs
    drawn = draw_from_pairs(pairs, rng=np.random.default_rng(1))
    table = compute_test_errors(panel, SETTINGS, durations=(8,), sets=[drawn])
    assert table["regions"].tolist() == ["|".join(drawn)]
    assert table["error"].iloc[0] > 0
