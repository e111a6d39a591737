"""The Qini curve: by hand, by another route, and against the truth of simulated holdouts."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments import qini as q
from mmm_helpers.experiments.uplift import compute_simple_uplift, predict_uplift
from mmm_helpers.simulation.holdout import compute_best_curve, simulate_holdout


@pytest.fixture(scope="module")
def world():
    return simulate_holdout(users=30_000, seed=21)


@pytest.fixture(scope="module")
def predicted(world):
    return predict_uplift(world.users, rng=np.random.default_rng(1))["uplift"]


def _measure(world, score, **options):
    options = {"draws": 60, "rng": np.random.default_rng(1)} | options
    return q.measure_qini(world.users, pd.Series(score), **options)


def _curve_by_loop(treated, outcome, score):
    """Radcliffe's curve, one distinct score after the other."""
    points = [(0.0, 0.0)]
    for least in sorted(set(score), reverse=True):
        in_ = score >= least
        t, c = (in_ & (treated == arm) for arm in (1, 0))
        scaled = outcome[c].sum() * t.sum() / c.sum() if c.any() else 0.0
        points.append((in_.mean(), (outcome[t].sum() - scaled) / (treated == 1).sum()))
    return np.array(points).T


def test_curve_by_hand():
    """By falling score: a treated convert, a left out convert, a treated and a left out who do not."""
    treated, converted = np.array([1, 0, 1, 0]), np.array([1, 1, 0, 0])
    share, gain = q.gain_curve(treated, converted, np.array([4.0, 3, 2, 1]))
    assert share.tolist() == [0, 0.25, 0.5, 0.75, 1]
    # after three: (1 − 1 × 2 / 1) / 2; after four: (1 − 1 × 2 / 2) / 2
    assert gain.tolist() == [0, 0.5, 0, -0.5, 0]


def test_curve_is_that_of_a_loop_with_ties():
    rng = np.random.default_rng(2)
    treated, outcome = rng.integers(0, 2, 300), rng.gamma(1, 1, 300)
    score = rng.integers(0, 40, 300).astype(float)
    assert np.allclose(q.gain_curve(treated, outcome, score), _curve_by_loop(treated, outcome, score))


def test_curve_ends_at_the_simple_uplift(world, predicted):
    found = _measure(world, predicted)
    everybody = compute_simple_uplift(world.users).iloc[0]
    last = found.curve.iloc[-1]
    assert last["uplift_mean"] == pytest.approx(everybody["uplift_mean"])
    assert last["random"] == pytest.approx(everybody["uplift_mean"])
    assert last["uplift_q95"] - last["uplift_q05"] == pytest.approx(2 * 1.645 * everybody["sd"], rel=0.3)


def test_ranking_that_tells_nobody_apart_is_the_random_line(world):
    found = _measure(world, np.zeros(len(world.users)))
    assert np.allclose(found.curve["uplift_mean"], found.curve["random"])
    assert found.area["mean"] == pytest.approx(0, abs=1e-12)


def test_learners_ranking_beats_random(world, predicted):
    learned = _measure(world, predicted, widen=q.CROSS_FITTED)
    random = _measure(world, np.random.default_rng(3).random(len(predicted)))
    assert learned.area["q05"] > 0
    assert learned.area["mean"] > random.area["q95"]
    assert random.area["q05"] < 0 < random.area["q95"]


def test_ranking_upside_down_is_worse_than_random(world, predicted):
    assert _measure(world, -predicted, widen=q.CROSS_FITTED).area["q95"] < 0


def test_true_uplift_ranks_best(world, predicted):
    """Against random rankings, features, segments' order and the T-learner, by what the ranking truly brings."""
    true, rng = world.truth["uplift"].to_numpy(), np.random.default_rng(4)
    best = compute_best_curve(world, points=101)["uplift"].to_numpy()
    rivals = [predicted, -predicted, *(rng.random(len(true)) for _ in range(20))]
    rivals += [world.users[name] for name in world.users if name.startswith("x_")]
    for score in rivals:
        gains = np.append(0, true[np.argsort(-np.asarray(score), kind="stable")].cumsum()) / len(true)
        at = np.interp(np.linspace(0, 1, 101), np.linspace(0, 1, len(gains)), gains)
        assert (best >= at - 1e-7).all()


def test_measured_qini_of_the_true_ranking_is_above_all_others(world, predicted):
    """Random rankings, features, the chance to buy anyway and the T-learner, on the users' own conversions."""
    perfect = _measure(world, world.truth["uplift"]).coefficient["mean"]
    rng = np.random.default_rng(5)
    others = [rng.random(len(predicted)) for _ in range(10)]
    others += [predicted, world.users["x_recency"], world.users["x_value"], world.truth["chance"]]
    assert all(perfect >= _measure(world, s, draws=2).coefficient["mean"] for s in others)


def test_coefficient_is_one_where_all_uplift_comes_first():
    """100 users who convert because of treatment, then 300 whom nothing moves: area U (1 − U) / 2, with U = 1/4."""
    users = pd.DataFrame({"treated": [1, 0] * 200, "converted": [1, 0] * 50 + [0] * 300})
    found = q.measure_qini(
        users, pd.Series([1.0] * 100 + [0.0] * 300), rng=np.random.default_rng(1), draws=20
    )
    assert found.area["mean"] == pytest.approx(0.25 * 0.75 / 2)
    assert found.coefficient["mean"] == pytest.approx(1)


def test_there_is_no_coefficient_for_money_or_for_losses(world, predicted):
    assert np.isnan(_measure(world, predicted, outcome="value", draws=5).coefficient["mean"])
    lost = world.users.assign(treated=1 - world.users["treated"])
    found = q.measure_qini(lost, predicted, rng=np.random.default_rng(1), draws=5)
    assert np.isnan(found.coefficient["mean"])
    assert found.area["mean"] < 0


def test_interval_of_a_fixed_ranking_holds_its_true_area():
    """40 holdouts ranked by one feature: 90 % ranges hold the true area in 31 to 40 of them (95 % binomial band)."""
    hits = 0
    for seed in range(40):
        small = simulate_holdout(users=3000, seed=100 + seed)
        score = -small.users["x_recency"].astype(float)
        gain = np.append(0, small.truth["uplift"][np.argsort(-score, kind="stable")].cumsum()) / 3000
        true = np.trapezoid(gain, dx=1 / 3000) - gain[-1] / 2
        found = _measure(small, score, draws=100).area
        hits += found["q05"] <= true <= found["q95"]
    assert 31 <= hits <= 40


def test_widening_is_of_what_the_ranking_adds_alone(world, predicted):
    fixed, wide = (_measure(world, predicted, widen=w) for w in (1.0, q.CROSS_FITTED))
    spread = [found.area["q95"] - found.area["q05"] for found in (fixed, wide)]
    assert spread[1] / spread[0] == pytest.approx(np.sqrt(2))
    assert wide.area["mean"] == fixed.area["mean"]
    pd.testing.assert_series_equal(wide.curve.iloc[-1], fixed.curve.iloc[-1])


def test_one_arm_is_refused(world):
    treated = world.users[world.users["treated"] == 1]
    with pytest.raises(ValueError, match=r"judged by both arms\. Got users with treated = 1 only"):
        q.measure_qini(treated, treated["x_value"], rng=np.random.default_rng(1))


def test_tables_have_their_columns_and_one_currency(world):
    users = world.users.head(2000)
    tables, again = (
        q.compute_uplift_tables(users, market="DE", rng=np.random.default_rng(1), rate=r) for r in (1, 2)
    )
    assert {name: list(t.columns) for name, t in tables.items()} == q.COLUMNS
    assert set(tables["uplift"]["method"]) == {"simple", "t_learner"}
    money = tables["uplift"]["outcome"] == "value"
    simple = tables["uplift"]["method"] == "simple"
    assert np.allclose(2 * tables["uplift"]["sd"][money & simple], again["uplift"]["sd"][money & simple])
    assert np.allclose(tables["uplift"]["sd"][~money & simple], again["uplift"]["sd"][~money & simple])


def test_few_people_are_compared_and_not_ranked(world):
    tables = q.compute_uplift_tables(world.users.head(600), market="DE", rng=np.random.default_rng(1))
    assert set(tables["uplift"]["method"]) == {"simple"}
    assert tables["uplift_curve"].empty
    assert tables["uplift_qini"]["area_mean"].isna().all()


def test_no_people_give_tables_without_rows(world):
    tables = q.compute_uplift_tables(world.users.head(0), market="DE", rng=np.random.default_rng(1))
    assert {name: list(t.columns) for name, t in tables.items()} == q.COLUMNS
    assert all(t.empty for t in tables.values())
