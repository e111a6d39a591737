"""Balance before a test: each trait of a region's series, by closed form."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.balance import COLUMNS, compute_balance, compute_traits

YEARS = np.arange(105) * 7 / 365.25


@pytest.fixture
def outcome():
    """Levels 100, 200 and 300; the first grows by a tenth of its mean a year, the last swings."""
    lines = {
        "A": 100 + 10 * (YEARS - YEARS.mean()),
        "B": np.full(105, 200.0),
        "C": 300 + 30 * np.sqrt(2) * np.sin(2 * np.pi * YEARS),
    }
    return pd.DataFrame(lines, pd.date_range("2023-01-02", periods=105, freq="7D"))


@pytest.fixture
def pre(outcome):
    return np.ones(len(outcome), bool)


def test_level_is_per_head_where_heads_are_known(outcome, pre):
    plain = compute_traits(outcome, pre)
    assert plain["outcome"].tolist() == pytest.approx(outcome.mean().tolist())
    heads = pd.Series({"C": 30.0, "B": 50.0, "A": 100.0})
    assert compute_traits(outcome, pre, heads=heads)["outcome per head"].tolist() == pytest.approx(
        [1.0, 4.0, 10.0], rel=0.01
    )


def test_growth_is_a_share_of_the_mean_a_year(outcome, pre):
    assert compute_traits(outcome, pre)["growth a year"][["A", "B"]].tolist() == pytest.approx([0.1, 0.0])


def test_swing_is_the_sd_of_the_season(outcome, pre):
    swing = compute_traits(outcome, pre)["swing of the seasons"]
    assert swing["C"] == pytest.approx(0.1, rel=0.05)
    assert swing["B"] == 0


def test_noise_is_the_sd_of_a_period():
    rng = np.random.default_rng(1)
    values = 100 + np.column_stack([rng.normal(0, sd, 4000) for sd in (2, 5)])
    noisy = pd.DataFrame(values, pd.date_range("2015-01-01", periods=4000), ["A", "B"])
    noise = compute_traits(noisy, np.ones(4000, bool))["noise from period to period"]
    assert noise.tolist() == pytest.approx([0.02, 0.05], rel=0.05)


def test_regions_that_move_together_are_seen():
    rng = np.random.default_rng(1)
    common = rng.normal(0, 1, 300).cumsum()
    columns = {"A": common, "B": 2 * common, "C": rng.normal(0, 0.1, 300)}
    moving = pd.DataFrame(columns, pd.date_range("2023-01-01", periods=300)) + 100
    together = compute_traits(moving, np.ones(300, bool))["moves with the others"]
    assert together["A"] > 0.95
    assert abs(together["C"]) < 0.2


def test_difference_is_in_sds_between_regions(outcome, pre):
    known = pd.DataFrame({"income": [10.0, 20.0, 30.0], "same": 1.0}, index=list("ABC"))
    table = compute_balance(outcome, ["A"], pre, attributes=known)
    assert list(table) == COLUMNS
    income = table.set_index("what").loc["income"]
    assert income[["treated", "control", "difference_sd"]].tolist() == pytest.approx([10.0, 25.0, -1.5])
    assert np.isnan(table.set_index("what").loc["same", "difference_sd"])


def test_only_what_came_before_counts(outcome, pre):
    changed = outcome.copy()
    changed.iloc[80:, 0] += 1000
    before = np.arange(105) < 80
    pd.testing.assert_frame_equal(
        compute_balance(changed, ["A"], before), compute_balance(outcome, ["A"], before)
    )
