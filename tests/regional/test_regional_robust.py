"""Regression for few regions against independent implementations and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from mmm_helpers.regional.robust import within_regression


def test_one_row_a_cluster_is_hc2():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 2))
    y = x @ [1.0, 2.0] + rng.normal(size=12)
    found = within_regression(y, x, groups=np.zeros(12), clusters=np.arange(12))
    peer = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC2")
    np.testing.assert_allclose(found.value, peer.params[1:])
    np.testing.assert_allclose(found.se, peer.bse[1:])


def test_degrees_of_freedom_of_a_dummy():
    # Imbens & Kolesár (2016): n0 and n1 observations without and with the dummy
    few, many = 3, 5
    dummy = np.r_[np.zeros(many), np.ones(few)][:, None]
    y = np.random.default_rng(1).normal(size=8)
    found = within_regression(y, dummy, groups=np.zeros(8), clusters=np.arange(8))
    expected = 8**2 * (many - 1) * (few - 1) / (few**2 * (few - 1) + many**2 * (many - 1))
    assert found.df[0] == pytest.approx(expected)


def test_slopes_are_those_of_dummies():
    rng = np.random.default_rng(2)
    groups, clusters = np.repeat(np.arange(10), 4), np.tile(np.arange(4), 10)
    x = rng.normal(size=(40, 2)) + clusters[:, None]
    y = x @ [0.5, -1.0] + rng.normal(size=10)[groups] + rng.normal(0, 0.1, 40)
    dummies = (groups[:, None] == np.arange(10)).astype(float)
    peer = np.linalg.lstsq(np.c_[x, dummies], y, rcond=None)[0][:2]
    found = within_regression(y, x, groups=groups, clusters=clusters)
    np.testing.assert_allclose(found.value, peer)


@pytest.mark.parametrize("clusters", [1, 2])
def test_fewer_than_three_clusters_tell_nothing(clusters):
    x = np.random.default_rng(3).normal(size=(20, 1))
    found = within_regression(x[:, 0], x, groups=np.arange(20) // 2, clusters=np.arange(20) % clusters)
    assert np.isnan(found.value).all()


def test_columns_that_are_one_tell_nothing():
    x = np.random.default_rng(4).normal(size=(20, 1))
    found = within_regression(x[:, 0], np.c_[x, 2 * x], groups=np.zeros(20), clusters=np.arange(20) % 5)
    assert np.isnan(found.value).all()


def test_intervals_cover_with_four_regions_that_differ():
    rng = np.random.default_rng(5)
    groups, clusters = np.repeat(np.arange(13), 4), np.tile(np.arange(4), 13)
    hits = 0
    for _ in range(400):
        driver = rng.normal(size=4)[clusters] + 0.2 * rng.normal(size=52)
        y = 0.5 * driver + 0.3 * rng.normal(size=4)[clusters] + 0.1 * rng.normal(size=52)
        found = within_regression(y, driver[:, None], groups=groups, clusters=clusters)
        hits += abs(found.value[0] - 0.5) <= found.half_width[0]
    assert 0.85 < hits / 400 < 0.97
