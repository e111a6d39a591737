"""Time-based regression: ordinary least squares by another route, and the published figures."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS

from mmm_helpers.experiments.time_regression import (
    cumulate,
    estimate_time_regression,
    iroas,
    time_regression_iroas,
)

FOLDER = os.environ.get("MMM_PUBLIC_DATA")


def test_error_of_the_sum_is_that_of_predicting_it():
    rng = np.random.default_rng(1)
    control = rng.normal(100, 10, 50)
    treated, pre = 5 + 2 * control + rng.normal(0, 3, 50), np.arange(50) < 40
    found = cumulate(control, treated, pre, ~pre)
    design = np.column_stack([np.ones(50), control])
    fit = OLS(treated[pre], design[pre]).fit()
    total = design[~pre].sum(axis=0)
    variance = 10 * fit.scale + total @ fit.cov_params() @ total
    assert found.total == pytest.approx(treated[~pre].sum() - total @ fit.params)
    assert found.scale == pytest.approx(np.sqrt(variance))
    assert found.freedom == 38


@pytest.mark.skipif(not FOLDER, reason="MMM_PUBLIC_DATA is not set")
def test_published_figures_are_reproduced():
    folder = Path(FOLDER) / "google_tbr"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    said = expected["published_R"]
    sales = pd.read_csv(folder / "salesandcost.csv", parse_dates=["date"])
    sales = sales.merge(pd.read_csv(folder / "geoassignment.csv"), on="geo")
    total = sales.groupby(["date", "geo.group"])[["sales", "cost"]].sum().unstack()
    pre, during = (
        (total.index >= first) & (total.index <= last)
        for first, last in (expected["pretest"], expected["intervention"])
    )
    control, treated = (total["sales"][expected[f"{k}_group"]].to_numpy() for k in ("control", "treatment"))
    found = cumulate(control, treated, pre, during)
    cost = total["cost"][expected["treatment_group"]][during].sum()
    assert found.total == pytest.approx(said["incremental_response"], abs=0.01)
    mean, low, high = iroas(found, cost)
    assert mean == pytest.approx(said["iROAS"], abs=1e-5)
    assert mean - found.quantile(0.1) / cost == pytest.approx(said["precision_90_one_sided"], abs=1e-6)
    assert low < said["lower"] < mean < high


@pytest.mark.parametrize("memory", [0.0, 0.3])
def test_weekly_panels_with_seasons_and_memory_hold_the_level(make_test, memory):
    missed = sum(
        estimate_time_regression(make_test(seed, memory=memory)).p_value < 0.1 for seed in range(200)
    )
    # 95 % binomial band of 10 % among 200
    assert 12 <= missed <= 28


def test_return_is_the_effect_over_the_spend(make_test):
    test = replace(make_test(3, effect=10.0), spend_change=-40.0)
    found = estimate_time_regression(test)
    mean, low, high = time_regression_iroas(test)
    assert mean == pytest.approx(found.total / -40)
    assert (high, low) == pytest.approx(tuple(v / -40 for v in found.total_interval))
