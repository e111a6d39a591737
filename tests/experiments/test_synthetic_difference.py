"""Synthetic difference in differences: closed forms of its weights and effect."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.geo import GeoTest
from mmm_helpers.experiments.synthetic_difference import (
    estimate_synthetic_difference,
    synthetic_difference,
    time_weights,
    unit_weights,
)


def test_huge_ridge_weighs_all_regions_alike():
    rng = np.random.default_rng(1)
    assert unit_weights(rng.normal(size=(30, 4)), rng.normal(size=30), 1e6) == pytest.approx(
        np.full(4, 0.25), abs=1e-4
    )


def test_without_ridge_the_region_that_moves_alike_has_all_weight():
    rng = np.random.default_rng(2)
    donors = rng.normal(size=(40, 3))
    assert unit_weights(donors, 7 + donors[:, 1], 0.0) == pytest.approx([0, 1, 0], abs=1e-6)


def test_periods_like_the_test_weigh_most():
    donors = np.array([[1.0, 2.0], [5.0, 1.0], [1.0, 2.0], [5.0, 1.0]])
    pre = np.array([True, True, True, False])
    assert time_weights(donors, pre, ~pre) == pytest.approx([0, 1, 0], abs=1e-3)


def test_additive_panel_gives_the_effect_exactly(make_test):
    test = make_test(1)
    time, level = np.arange(len(test.dates)) / 10, np.arange(5) * 20.0
    outcome = test.outcome * 0 + 100 + np.sin(time)[:, None] * 5 + level
    outcome.loc[test.during, "R0"] += 4.0
    effect, omega, lam = synthetic_difference(replace(test, outcome=outcome))
    assert effect == pytest.approx(4.0, abs=1e-6)
    assert omega.sum() == pytest.approx(1)
    assert lam.sum() == pytest.approx(1)


def test_regions_with_seasons_of_their_own_hold_the_level(make_test):
    missed = sum(estimate_synthetic_difference(make_test(seed)).p_value < 0.1 for seed in range(200))
    # 95 % binomial band of 10 % among 200
    assert 12 <= missed <= 28


def test_published_effect_of_californias_tobacco_tax():
    """-15.6 packs (Arkhangelsky et al. 2021, table 1), with the data and the code of a port of the authors' package."""
    synthdid = pytest.importorskip("synthdid", reason="synthdid-py is not installed")
    packs = synthdid.load_california_prop99().pivot(index="Year", columns="State", values="PacksPerCapita")
    packs.index = pd.to_datetime(packs.index.astype(str))
    test = GeoTest("tax", packs, ("California",), pd.Timestamp("1989"), pd.Timestamp("2000"))
    own = synthdid.synthdid_estimate(np.vstack([test.control_outcome.T, test.treated_mean]), 38, 19)
    assert synthetic_difference(test)[0] == pytest.approx(float(own), abs=0.01)
    assert synthetic_difference(test)[0] == pytest.approx(-15.604, abs=0.01)
