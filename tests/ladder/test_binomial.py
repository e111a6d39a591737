"""Exact intervals of clustered shares, against closed forms, published numbers and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, t

from mmm_helpers.ladder.binomial import (
    clopper_pearson,
    clustered_share,
    effective_size,
    upper_limit,
)


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (3, 10), (10, 10), (263, 300)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_interval_is_scipys(successes, trials, level):
    expected = binomtest(successes, trials).proportion_ci(level, method="exact")
    assert clopper_pearson(successes, trials, level=level) == pytest.approx((expected.low, expected.high))


def test_interval_is_the_published_one():
    """Newcombe (1998, Statistics in Medicine 17, table I): 81 of 263, exact 95 % interval 0.2527 to 0.3676."""
    assert clopper_pearson(81, 263) == pytest.approx((0.2527, 0.3676), abs=5e-5)


def test_independent_cases_are_worth_themselves():
    assert effective_size([1, 0, 1, 1, 0], [1] * 5) == 5


def test_clusters_that_are_all_or_nothing_are_worth_one_case_each():
    """Ten clusters of 20 cells, each all right or all wrong: by hand p(1-p)/var = 9, then the t quantiles."""
    hits = [20, 0] * 5
    expected = 9 * (t.ppf(0.975, 199) / t.ppf(0.975, 9)) ** 2
    assert effective_size(hits, [20] * 10) == pytest.approx(expected)


def test_effective_size_never_exceeds_the_number_of_cases():
    assert effective_size([9, 9, 10], [10, 10, 11]) == 31


@pytest.mark.parametrize("hits", [[0, 0, 0], [5, 4, 6]])
def test_where_all_cases_are_alike_the_clusters_are_the_units(hits):
    assert effective_size(hits, [5, 4, 6]) == 3


def test_one_cluster_is_worth_one_case():
    share = clustered_share([9], [10])
    assert (share.value, share.effective) == (0.9, 1.0)
    assert share.high - share.low > 0.9


def test_clusters_without_cases_do_not_count():
    assert clustered_share([0, 3, 4], [0, 5, 5]) == clustered_share([3, 4], [5, 5])


def test_no_case_at_all_gives_no_number():
    share = clustered_share([0], [0])
    assert np.isnan([share.value, share.low, share.high, upper_limit([], [])]).all()
    assert not share.holds(0.9)


def test_limit_without_an_event_is_the_closed_form_over_clusters():
    assert upper_limit([0] * 20, [12] * 20) == pytest.approx(1 - 0.05 ** (1 / 20))


@pytest.mark.parametrize("clusters", [100, 300])
def test_limit_without_an_event_follows_the_rule_of_three(clusters):
    assert upper_limit([0] * clusters, [1] * clusters) == pytest.approx(3 / clusters, rel=0.02)


def test_one_event_never_gives_a_lower_limit_than_none():
    none, one = ([first] + [0] * 19 for first in (0, 1))
    assert upper_limit(one, [12] * 20) >= upper_limit(none, [12] * 20)


def test_limit_with_events_is_the_one_sided_exact_one():
    expected = binomtest(2, 50, alternative="less").proportion_ci(0.95, method="exact").high
    assert upper_limit([1, 1] + [0] * 48, [1] * 50) == pytest.approx(expected)


def test_interval_holds_the_truth_as_often_as_it_says():
    """30 clusters of 10 beta-binomial cells with correlation 0.2: naive intervals hold the truth in about 76 %."""
    rng, held, naive = np.random.default_rng(1), 0, 0
    for _ in range(400):
        hits = rng.binomial(10, rng.beta(0.9 * 4, 0.1 * 4, 30))
        held += clustered_share(hits, [10] * 30).holds(0.9)
        low, high = clopper_pearson(hits.sum(), 300)
        naive += low <= 0.9 <= high
    assert held / 400 >= 0.93
    assert naive / 400 < 0.85
