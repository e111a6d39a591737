"""Uplift among people: closed forms, coverage, and the truth of simulated holdouts."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from mmm_helpers.experiments import uplift as u
from mmm_helpers.simulation.holdout import compute_holdout_truth, simulate_holdout


@pytest.fixture(scope="module")
def worlds():
    """Four holdouts, each with what the T-learner says of every user."""
    found = []
    for seed in range(31, 35):
        world = simulate_holdout(users=12_000, seed=seed)
        found.append((world, u.predict_uplift(world.users, rng=np.random.default_rng(seed))))
    return found


def _cheap(rng, *, users=400, base=0.1, uplift=0.05):
    treated = rng.integers(0, 2, users)
    converted = (rng.random(users) < base + uplift * treated).astype(int)
    return pd.DataFrame({"region": "East", "segment": "new", "treated": treated, "converted": converted})


def _row(table, region="all", segment="all"):
    return table[(table["region"] == region) & (table["segment"] == segment)].iloc[0]


def test_simple_uplift_is_that_of_a_table_of_counts():
    """120 of 1,000 treated and 80 of 800 left out converted."""
    users = pd.DataFrame({"treated": [1] * 1000 + [0] * 800, "region": "East", "segment": "new"})
    users["converted"] = [1] * 120 + [0] * 880 + [1] * 80 + [0] * 720
    row = _row(u.compute_simple_uplift(users))
    sd = np.sqrt(0.12 * 0.88 / 999 + 0.1 * 0.9 / 799)
    assert row["uplift_mean"] == pytest.approx(0.02)
    assert row["sd"] == pytest.approx(sd)
    assert row["uplift_q05"] == pytest.approx(0.02 - 1.6448536269514722 * sd)
    assert (row["treated"], row["control"]) == (1000, 800)


def test_simple_uplift_of_money_is_welchs_interval_in_each_group():
    users = simulate_holdout(users=3000, seed=2).users
    table = u.compute_simple_uplift(users, outcome="value")
    for region, segment in (("all", "all"), ("Ost", "all"), ("all", "new"), ("Ost", "new")):
        own = users[users["region"].isin([region]) | (region == "all")]
        own = own[own["segment"].isin([segment]) | (segment == "all")]
        arms = [DescrStatsW(own.loc[own["treated"] == arm, "value"]) for arm in (1, 0)]
        expected = CompareMeans(*arms).zconfint_diff(alpha=0.1, usevar="unequal")
        row = _row(table, region, segment)
        assert (row["uplift_q05"], row["uplift_q95"]) == pytest.approx(expected)


def test_interval_holds_the_truth_nine_times_in_ten():
    rng, hits = np.random.default_rng(1), 0
    for _ in range(200):
        row = _row(u.compute_simple_uplift(_cheap(rng, users=1000)))
        hits += row["uplift_q05"] <= 0.05 <= row["uplift_q95"]
    low, high = binom.interval(0.95, 200, 0.9)
    assert low <= hits <= high


def test_rows_are_of_everybody_segments_regions_and_both():
    table = u.compute_simple_uplift(simulate_holdout(users=2000).users)
    assert len(table) == 1 + 3 + 4 + 12
    assert table.groupby(table["region"] == "all")["treated"].sum().nunique() == 1


def test_one_region_is_not_split():
    table = u.compute_simple_uplift(simulate_holdout(users=500, regions=("all",)).users)
    assert table[["region", "segment"]].to_numpy().tolist() == [
        ["all", s] for s in ("all", "active", "lapsed", "new")
    ]


def test_small_groups_are_marked():
    users = _cheap(np.random.default_rng(1), base=0.3)
    assert _row(u.compute_simple_uplift(users))["marked"] == ""
    assert _row(u.compute_simple_uplift(users.head(40)))["marked"] == "few users in an arm"
    assert _row(u.compute_simple_uplift(users.assign(converted=0)))["marked"] == "few conversions in an arm"


def test_learner_does_not_see_the_user_it_predicts():
    """Features that name the user: a model that had seen the outcome would repeat it."""
    users = _cheap(np.random.default_rng(3), users=3000)
    users["x_name"] = np.arange(3000)
    predicted = u.predict_uplift(users, rng=np.random.default_rng(1))
    for arm, column in ((0, "without"), (1, "with_treatment")):
        own = users["treated"] == arm
        assert abs(np.corrcoef(predicted.loc[own, column], users.loc[own, "converted"])[0, 1]) < 0.08


def test_learner_finds_who_is_moved(worlds):
    for world, predicted in worlds:
        assert np.corrcoef(predicted["uplift"], world.truth["uplift"])[0, 1] > 0.3


def test_learner_of_money_finds_the_people_whose_orders_are_large():
    world = simulate_holdout(users=12_000, seed=8)
    predicted = u.predict_uplift(world.users, outcome="value", rng=np.random.default_rng(1))
    assert np.corrcoef(predicted["uplift"], world.truth["value_uplift"])[0, 1] > 0.15


def test_learners_group_means_hold_the_truth(worlds):
    """Everybody, 3 segments and 4 regions of 4 worlds: 32 ranges, of which 97.5 % of the time 25 or more hold it."""
    hits = []
    for world, predicted in worlds:
        table = u.compute_learner_uplift(world.users, predicted)
        both = table.merge(compute_holdout_truth(world), on=["region", "segment"])
        margins = both[(both["region"] == "all") | (both["segment"] == "all")]
        hits += list(margins["uplift"].between(margins["uplift_q05"], margins["uplift_q95"]))
    assert len(hits) == 32
    assert sum(hits) >= binom.ppf(0.025, 32, 0.9)


def test_correction_makes_a_wrong_model_the_simple_difference():
    """With a constant prediction, right or wrong, the corrected mean is the difference of means."""
    users = _cheap(np.random.default_rng(4), users=5000)
    wrong = pd.DataFrame({"without": 0.0, "with_treatment": 0.0, "uplift": 0.0}, index=users.index)
    simple, learned = _row(u.compute_simple_uplift(users)), _row(u.compute_learner_uplift(users, wrong))
    assert learned["uplift_mean"] == pytest.approx(simple["uplift_mean"])


def test_correction_by_the_truth_is_shorter():
    """A covariate that foretells most of the outcome takes its variance out."""
    rng = np.random.default_rng(6)
    users = _cheap(rng, users=4000).assign(level=rng.normal(0, 1, 4000))
    users["value"] = users["level"] + 0.1 * users["treated"] + rng.normal(0, 0.1, 4000)
    known = pd.DataFrame({"without": users["level"], "with_treatment": users["level"] + 0.1, "uplift": 0.1})
    learned = _row(u.compute_learner_uplift(users, known, outcome="value"))
    assert learned["sd"] < 0.2 * _row(u.compute_simple_uplift(users, outcome="value"))["sd"]
    assert learned["uplift_q05"] <= 0.1 <= learned["uplift_q95"]


def test_region_with_one_arm_is_refused():
    users = _cheap(np.random.default_rng(1)).assign(treated=1)
    with pytest.raises(ValueError, match="Each region needs treated users and some who were left out"):
        u.compute_learner_uplift(users, users[["converted"]])
    with pytest.raises(ValueError, match="Each arm needs a user for each of the 5 folds"):
        u.predict_uplift(users, rng=np.random.default_rng(1))


def test_differences_between_groups_are_told_when_there_are_any(worlds):
    rng, told, by_chance = np.random.default_rng(1), 0, 0
    for world, _ in worlds:
        shuffled = world.users.assign(segment=rng.permutation(world.users["segment"]))
        told += u.difference_p_value(u.compute_simple_uplift(world.users), by="segment") < 0.05
        by_chance += u.difference_p_value(u.compute_simple_uplift(shuffled), by="segment") < 0.05
    assert told >= 3
    assert by_chance <= 1


def test_two_groups_are_compared_by_a_z_test():
    rows = pd.DataFrame(
        {"region": "all", "segment": ["a", "b"], "uplift_mean": [0.03, 0.0], "sd": [0.01, 0.01]}
    )
    # z = 0.03 / sqrt(2 × 0.01²) = 2.1213
    assert u.difference_p_value(rows, by="segment") == pytest.approx(0.03389, abs=1e-5)
    assert np.isnan(u.difference_p_value(rows.head(1), by="segment"))


def test_balance_shows_a_lot_that_was_not_fair():
    users = simulate_holdout(users=5000, seed=4).users
    assert u.compute_arm_balance(users)["p_value"].min() > 0.001
    unfair = users[(users["treated"] == 1) | (users["x_value"] > 50)]
    worst = u.compute_arm_balance(unfair).set_index("what").loc["value"]
    assert worst["difference_sd"] < -0.3
    assert worst["p_value"] < 1e-6
