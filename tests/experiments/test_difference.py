"""Difference in differences: the two-way regression by another route, and what it knows beside the controls."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols

from mmm_helpers.experiments.difference import estimate_difference


@pytest.fixture
def forgetful(monkeypatch):
    monkeypatch.setattr("mmm_helpers.experiments.gap.memory", lambda residuals, *, fitted: 0.0)


@pytest.mark.usefixtures("forgetful")
def test_short_history_without_memory_is_the_two_way_regression(make_test):
    test = make_test(1, effect=6.0, weeks=24, cooldown=2)
    long = test.outcome.rename_axis("date").reset_index().melt("date", var_name="region", value_name="y")
    long["on"] = ((long["region"] == "R0") & long["date"].isin(test.dates[test.during])).astype(float)
    two_way = ols("y ~ on + C(region) + C(date)", long.astype({"date": str})).fit()
    assert estimate_difference(test).effect == pytest.approx(two_way.params["on"])


def test_common_shocks_and_levels_are_no_effect(make_test):
    test = make_test(2, effect=4.0)
    shocks = np.random.default_rng(1).normal(0, 50, len(test.dates))
    moved = test.outcome.add(shocks, axis=0) + np.array([5.0, 100.0, -40.0, 0.0, 7.0])
    one, other = estimate_difference(test), estimate_difference(replace(test, outcome=moved))
    assert (other.effect, other.low, other.high) == pytest.approx((one.effect, one.low, one.high))


def test_known_driver_of_the_gap_is_no_effect(make_test):
    test = make_test(3, effect=5.0)
    driver = np.where(np.arange(110) % 9 < 4, 1.0, -1.0)
    driven = test.outcome + pd.DataFrame({"R0": 20 * driver}, index=test.dates).reindex(
        columns=test.outcome.columns, fill_value=0.0
    )
    blind = estimate_difference(replace(test, outcome=driven))
    knowing = estimate_difference(replace(test, outcome=driven, covariates=driver[:, None]))
    assert knowing.effect == pytest.approx(5.0, abs=3.0)
    assert knowing.high - knowing.low < (blind.high - blind.low) / 2
