"""Incrementality factors: what is reported against what is incremental, and the target that follows."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.attribution.factors import (
    compute_factors,
    platform_target,
    reported_conversions,
    valid_until,
)

WINDOW = (pd.Timestamp("2025-01-06"), pd.Timestamp("2025-12-22"))
GIVEN = {
    "spend": {"search": 100.0, "tv": 50.0},
    "reported": {"search": 900.0, "tv": np.nan},
    "incremental": {"search": np.linspace(200.0, 400.0, 101), "tv": np.ones(101)},
    "marginal": {"search": np.linspace(1.0, 2.0, 101)},
    "source": "unified",
}


def factors(**changes) -> pd.DataFrame:
    return compute_factors("DE", WINDOW, **{**GIVEN, "margin": 0.4, "tested_until": {}, **changes})


def test_factor_is_incremental_over_reported():
    (row,) = factors().to_dict("records")
    assert row["channel"] == "search"
    assert row["factor_mean"] == pytest.approx(300 / 900)
    assert row["incremental_q05"] == pytest.approx(210)
    assert row["factor_q95"] == pytest.approx(390 / 900)


def test_target_makes_the_next_unit_meet_break_even():
    """The platform claims 9 where the next unit brings 1.5; at 15 claimed it brings 2.5 = 1 / 0.4."""
    (row,) = factors().to_dict("records")
    assert row["platform_target"] == pytest.approx(15.0)
    assert row["platform_target_q05"] == pytest.approx(9 / 1.95 / 0.4)
    assert row["platform_target_q95"] == pytest.approx(9 / 1.05 / 0.4)


@pytest.mark.parametrize(
    "changes", [{"margin": None}, {"marginal": {}}, {"marginal": {"search": np.array([-0.2])}}]
)
def test_target_is_missing_where_it_is_not_known(changes):
    assert np.isnan(factors(**changes)["platform_target"][0])
    assert np.isnan(platform_target(9.0, 0.0, 0.4))


def test_factors_end_with_their_test_or_half_a_year_after_the_data():
    end = pd.Timestamp("2025-12-22")
    assert valid_until(end, None) == pd.Timestamp("2026-06-22")
    assert valid_until(end, pd.Timestamp("2024-08-31")) == pd.Timestamp("2026-02-28")
    assert valid_until(end, pd.Timestamp("2023-01-01")) == pd.Timestamp("2026-06-22")


def test_reported_conversions_of_a_window():
    panel = pd.DataFrame(
        {"date": pd.date_range("2025-01-06", periods=3, freq="7D"), "conversions_a": [1.0, 2, 4]}
    )
    assert reported_conversions(panel, "a", panel["date"][1], panel["date"][2]) == 6
    assert np.isnan(reported_conversions(panel, "tv", panel["date"][0], panel["date"][2]))
