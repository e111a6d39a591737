"""When to spend, against exhaustive search on a tiny horizon and against closed forms."""

from itertools import product

import numpy as np
import pytest

from mmm_helpers.decisions.pacing import Course, pace

LEVELS = np.array([0.0, 0.5, 1.0, 1.5, 2.0])


def geometric(alpha, lags):
    weights = alpha ** np.arange(lags + 1.0)
    return (weights / weights.sum())[None, :]


def hill(kappa, slope):
    return lambda x: x**slope / (kappa**slope + x**slope)


def course(saturate, *, alpha=0.0, lags=0, horizon=4, most=2.0, before=0.0, after=0.0, worth=None):
    worth = np.ones((1, horizon + lags, 1)) if worth is None else worth
    around = {"before": np.full((lags, 1), before), "after": np.full(1, after), "even": np.ones(1)}
    works = {"weights": geometric(alpha, lags), "saturate": saturate, "worth": worth}
    return Course(**around, **works, horizon=horizon, most=most)


def by_hand(alpha, lags, saturate, before, after, plan):
    """The same value in plain loops."""
    weights = [alpha**lag for lag in range(lags + 1)]
    path = [before] * lags + list(plan) + [after] * lags
    total = 0.0
    for t in range(lags, len(path)):
        carried = sum(w * path[t - lag] for lag, w in enumerate(weights)) / sum(weights)
        total += saturate(carried)
    return total


def exhaustive(alpha, lags, saturate, before, after):
    plans = [p for p in product(LEVELS, repeat=4) if abs(sum(p) - 4) < 1e-9]
    return max(by_hand(alpha, lags, saturate, before, after, p) for p in plans)


@pytest.mark.parametrize("slope", [0.8, 2.0, 4.0])
@pytest.mark.parametrize("kappa", [0.5, 1.5, 3.0])
@pytest.mark.parametrize(("before", "after"), [(0.0, 0.0), (1.0, 1.0), (3.0, 1.0), (0.0, 2.0)])
def test_no_plan_of_an_exhaustive_search_is_better(slope, kappa, before, after):
    curve = hill(kappa, slope)
    own = course(curve, alpha=0.6, lags=3, before=before, after=after)
    plan = pace(own)
    found = exhaustive(0.6, 3, curve, before, after)
    assert by_hand(0.6, 3, curve, before, after, plan) == pytest.approx(own.value(plan)[0])
    assert own.value(plan)[0] >= found * (1 - 1e-6)
    assert plan.mean() == pytest.approx(1)
    assert plan.min() >= 0
    assert plan.max() <= 2 + 1e-9


def test_concave_without_carry_over_is_spent_evenly():
    assert pace(course(np.sqrt, horizon=13)).tolist() == [1.0] * 13


def test_linear_without_carry_over_is_indifferent_and_stays_even():
    linear = course(lambda x: 3.0 * x, horizon=6)
    values = [linear.value(p)[0] for p in (np.ones(6), np.array([2.0, 2, 2, 0, 0, 0]), np.arange(6) / 2.5)]
    assert values == pytest.approx([18.0] * 3)
    assert pace(linear).tolist() == [1.0] * 6


def test_linear_with_carry_over_and_tail_is_indifferent_too():
    linear = course(lambda x: x, alpha=0.7, lags=5, horizon=6)
    assert pace(linear).tolist() == [1.0] * 6
    assert linear.value(np.array([6.0, 0, 0, 0, 0, 0]))[0] == pytest.approx(6)


def test_square_root_with_worth_by_period_spends_by_the_square_of_worth():
    worth = np.array([1.0, 2.0, 3.0, 2.0])
    own = course(np.sqrt, most=4.0, worth=worth[None, :, None])
    assert pace(own) == pytest.approx(4 * worth**2 / (worth**2).sum(), abs=1e-3)


def test_s_shaped_without_carry_over_comes_in_bursts():
    own = course(hill(2.0, 4.0), most=2.0)
    plan = pace(own)
    assert sorted(plan) == pytest.approx([0, 0, 2, 2], abs=1e-3)


def test_what_was_spent_before_is_used_up_first():
    about = {"alpha": 0.8, "lags": 6, "horizon": 8, "after": 1.0}
    after_burst = pace(course(hill(1.0, 1.0), before=3.0, **about))
    after_pause = pace(course(hill(1.0, 1.0), before=0.0, **about))
    assert after_burst[0] < 1 < after_pause[0]


def test_between_even_weeks_concave_spending_stays_even():
    plan = pace(course(hill(1.0, 1.0), alpha=0.6, lags=6, horizon=8, before=1.0, after=1.0))
    assert plan == pytest.approx(np.ones(8), abs=1e-3)


def test_the_slope_is_the_values_slope():
    own = course(hill(1.3, 1.7), alpha=0.5, lags=3, before=0.7)
    plan = np.array([0.4, 1.9, 1.1, 0.6])
    steps = np.eye(4) * 1e-5
    numeric = [(own.value(plan + s) - own.value(plan - s)).mean() / 2e-5 for s in steps]
    assert own.slope(plan) == pytest.approx(numeric, rel=1e-5)


def test_where_no_more_was_ever_spent_it_stays_even():
    assert pace(course(hill(2.0, 4.0), most=1.0)).tolist() == [1.0] * 4
