"""Designed tests: what each would change and see, and which regions are best for it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mmm_helpers.decisions.designs import DESIGN_COLUMNS, compute_designs, duration_for, power
from mmm_helpers.decisions.responses import GRID, Cell


def _cell(region, channel, *, brings=2.0, spend=130.0, sd=0.0):
    """13 periods of 10 a period; what is spent brings `brings` times as much, linearly."""
    draws = 1 + sd * stats.norm.ppf((np.arange(500) + 0.5) / 500)
    return Cell(region, channel, spend, 2.0, draws[:, None] * spend * brings * GRID)


@pytest.fixture
def errors():
    rows = [("A", 4, 11, 20.0), ("B", 4, 11, 40.0), ("A|B", 4, 11, 45.0), ("A", 8, 15, 25.0)]
    return pd.DataFrame(rows, columns=["regions", "duration", "periods", "error"])


def _designs(errors, cells, **options):
    return compute_designs(errors, cells, market="DE", plan_periods=13, worth=1.0, **options)


def test_best_regions_are_those_with_the_most_power(errors):
    table = _designs(errors, [_cell("A", "tv"), _cell("B", "tv")])
    dark = table[(table["design"] == "go_dark") & (table["duration"] == 4)].iloc[0]
    assert dark["regions"] == "A"
    assert dark["spend_change"] == pytest.approx(-40.0)
    assert dark["expected_effect_mean"] == pytest.approx(-80.0)
    assert dark["mde"] == pytest.approx(2.4865 * 20, rel=1e-3)
    assert dark["power"] == pytest.approx(stats.norm.sf(1.6449 - 4) + stats.norm.cdf(-1.6449 - 4), abs=1e-4)
    more = table[(table["design"] == "heavy_up") & (table["duration"] == 4)].iloc[0]
    assert more["spend_change"] == pytest.approx(40.0)
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert table["power"].is_monotonic_decreasing


def test_worth_turns_units_of_outcome_into_money(errors):
    table = compute_designs(errors, [_cell("A", "tv")], market="DE", plan_periods=13, worth=3.0)
    assert sorted(table["test_sd"].unique()) == [60.0, 75.0]


def test_locked_and_national_channels_are_no_candidates(errors):
    cells = [_cell("A", "tv"), _cell("all", "radio"), _cell("A", "search")]
    assert set(_designs(errors, cells, locked=["search"])["channel"]) == {"tv"}


def test_without_errors_or_cells_the_table_has_its_columns(errors):
    assert list(_designs(errors.head(0), [_cell("A", "tv")])) == DESIGN_COLUMNS
    assert _designs(errors, []).empty


def test_doubt_about_the_effect_is_averaged_over():
    sure, unsure = (_cell("A", "tv", sd=sd).response[:, 20] * 0.4 for sd in (0.0, 0.5))
    assert power(unsure, 40.0) == pytest.approx(
        np.mean([power(np.array([e]), 40.0) for e in unsure]), abs=1e-9
    )
    assert power(sure, 40.0) > power(unsure, 40.0)


def test_length_for_enough_power_grows_with_the_square_of_what_is_lacking():
    assert duration_for(np.full(5, 2.4865), 1.0, 8) == 8
    assert duration_for(np.full(5, 2.4865 / 2), 1.0, 8) == 32
    assert np.isnan(duration_for(np.full(5, 0.2), 1.0, 8))
