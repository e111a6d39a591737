"""The error of a coming test, read off the history without one."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.design import candidate_sets, compute_test_errors

SETTINGS = {"l_max": 4, "channels": {"tv": {}, "organic": {"paid": False}}}


def _panel(regions=4, weeks=120, noise=2.0):
    rng = np.random.default_rng(1)
    common = rng.normal(0, 5, weeks)
    dates = pd.date_range("2023-01-02", periods=weeks, freq="7D")
    parts = [
        pd.DataFrame({"date": dates, "region": f"R{r}", "outcome": 100 + common + rng.normal(0, noise, weeks),
                      "spend_tv": rng.uniform(5, 10, weeks)})
        for r in range(regions)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_error_is_that_of_the_gap_and_shocks_in_common_do_not_count():
    table = compute_test_errors(_panel(), SETTINGS, durations=(8,))
    one = table[table["regions"] == "R0"].iloc[0]
    assert one["periods"] == 11
    # sd of a gap of one region against the mean of three, over eleven periods; line and season add to it
    plain = 2.0 * np.sqrt(1 + 1 / 3) * np.sqrt(11)
    assert plain < one["error"] < 1.5 * plain


def test_longer_tests_have_a_larger_error_of_their_total():
    table = compute_test_errors(_panel(), SETTINGS, durations=(4, 12))
    both = table.pivot(index="regions", columns="duration", values="error")
    assert (both[12] > both[4]).all()


def test_market_of_one_region_and_short_ones_have_no_designs():
    assert compute_test_errors(_panel(1), SETTINGS, durations=(4,)).empty
    assert compute_test_errors(_panel(3, weeks=12), SETTINGS, durations=(8,)).empty
    # below 40 weeks before the test no method holds its level
    assert compute_test_errors(_panel(3, weeks=45), SETTINGS, durations=(8,)).empty


@pytest.mark.parametrize(("count", "sets"), [(1, 0), (2, 2), (4, 10), (5, 25), (20, 60)])
def test_sets_leave_regions_alone_and_are_not_too_many(count, sets):
    found = candidate_sets([f"R{i}" for i in range(count)])
    assert len(found) == sets
    assert all(len(s) < count for s in found)
