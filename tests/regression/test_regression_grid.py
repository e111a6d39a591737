"""The search finds what an exhaustive one finds, and says which values fit about as well."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mmm_helpers.regression import design, grid

FEW = (0.0, 0.3, 0.6, 0.9)


def squared_error(data, retentions) -> float:
    """Sum of squares by a solver that shares nothing with the search."""
    x = design.build_columns(data, retentions).to_numpy()
    y = data.outcome[data.usable].to_numpy()
    return float(np.linalg.lstsq(x, y, rcond=None)[1][0])


@pytest.fixture(scope="module")
def noisy(make_data):
    return make_data(80, noise=40.0)


@pytest.fixture(scope="module")
def search(noisy):
    return grid.search_retentions(noisy, grid=FEW)


@pytest.fixture(scope="module")
def exhaustive(noisy) -> dict[tuple[float, float], float]:
    pairs = itertools.product(FEW, FEW)
    return {p: squared_error(noisy, dict(zip(("tv", "social"), p, strict=True))) for p in pairs}


def test_squared_error_is_that_of_least_squares(noisy):
    found = grid.Candidates(noisy, FEW).squared_error({"tv": 0.3, "social": 0.9})
    rows = int(noisy.usable.sum())
    assert found * rows == pytest.approx(squared_error(noisy, {"tv": 0.3, "social": 0.9}), rel=1e-6)


def test_best_is_the_best_of_all_combinations(search, exhaustive):
    assert (search.best["tv"], search.best["social"]) == min(exhaustive, key=exhaustive.get)


def test_curve_is_the_profile_over_the_other_channel(search, exhaustive, noisy):
    rows, least = int(noisy.usable.sum()), min(exhaustive.values())
    own = search.curve[search.curve["channel"] == "social"].set_index("retention")
    for value in FEW:
        best = min(error for (_, social), error in exhaustive.items() if social == value)
        assert own.loc[value, "aic_difference"] == pytest.approx(rows * np.log(best / least), abs=1e-5)


def test_plausible_values_are_those_within_two(search):
    near = search.curve[(search.curve["channel"] == "social") & (search.curve["aic_difference"] <= 2)]
    assert search.plausible("social") == near["retention"].tolist()
    assert search.best["social"] in search.plausible("social")


@pytest.mark.parametrize("unit", ["day", "week", "month"])
def test_true_retention_is_found(make_data, true_retention, unit):
    periods = 400 if unit == "day" else 156
    assert grid.search_retentions(make_data(periods, unit=unit)).best == true_retention


def test_clear_data_rule_out_what_noise_leaves_open(make_data):
    clear = grid.search_retentions(make_data(156, noise=1.0))
    vague = grid.search_retentions(make_data(156, noise=400.0))
    assert clear.plausible("tv") == [0.6]
    assert len(vague.plausible("tv")) > 4


def test_no_carry_over_is_zero_everywhere(noisy):
    assert grid.without_carry_over(noisy) == {"tv": 0.0, "social": 0.0}
