"""The simulated holdout: its lot is fair, its truth is what the docstring says, and the data show it."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from mmm_helpers.simulation.formats import parquet_bytes
from mmm_helpers.simulation.holdout import compute_best_curve, compute_holdout_truth, simulate_holdout

LARGEST_FILE = 700_000


@pytest.fixture(scope="module")
def world():
    return simulate_holdout()


@pytest.fixture(scope="module")
def large():
    return simulate_holdout(users=400_000, seed=5)


def test_file_of_the_demo_is_small(world):
    assert len(world.users) == 40_000
    assert len(parquet_bytes(world.users)) < LARGEST_FILE


def test_equal_seeds_give_equal_files(world):
    assert parquet_bytes(simulate_holdout().users) == parquet_bytes(world.users)
    assert not simulate_holdout(seed=2).users.equals(world.users)


def test_truth_is_apart_from_what_is_seen(world):
    assert list(world.users) == [
        "user", "market", "region", "channel", "segment", "treated", "converted", "value", "x_recency",
        "x_frequency", "x_value",
    ]  # fmt: skip
    assert world.users["user"].is_unique
    assert world.truth["user"].equals(world.users["user"])


def test_truth_is_that_of_the_docstring(world):
    """Worked by hand: Nord has the factor 1.4, West 0.6."""
    both = world.users.merge(world.truth, on=["user", "region", "segment"])
    new = both[(both["segment"] == "new") & (both["region"] == "Nord")]
    assert np.allclose(new[["chance", "uplift"]], [0.03, 1.4 * 0.03])
    loyal = both[(both["segment"] == "active") & (both["region"] == "West") & (both["x_frequency"] >= 6)]
    assert np.allclose(loyal[["chance", "uplift"]], [0.11, 0.6 * -0.012])
    gone = both[(both["segment"] == "lapsed") & (both["region"] == "West") & (both["x_recency"] == 173)]
    assert np.allclose(gone["uplift"], 0.6 * 0.015, rtol=0.01)
    assert np.allclose(both["value_uplift"], both["uplift"] * both["x_value"] * np.exp(0.08))


def test_segments_have_their_shares(world):
    shares = world.users["segment"].value_counts(normalize=True)
    assert shares[["new", "active", "lapsed"]].to_numpy() == pytest.approx([0.25, 0.45, 0.30], abs=0.01)
    spans = world.users.groupby("segment")["x_recency"].agg(["min", "max"])
    assert spans.loc["new"].tolist() == [0, 30]
    assert spans.loc["active", "max"] == 90
    assert spans.loc["lapsed", "min"] == 91


def test_lot_is_the_same_for_everyone(world):
    for _, own in world.users.groupby(["region", "segment"]):
        low, high = binom.interval(0.9999, len(own), 0.7)
        assert low <= own["treated"].sum() <= high


def test_conversions_happen_with_the_stated_chance(large):
    """The sum over users of what happened less its chance is noise of known size, in each arm and segment."""
    chance = large.truth["chance"] + large.truth["uplift"] * large.users["treated"]
    assert chance.between(0, 1).all()
    for _, own in large.users.groupby(["segment", "treated"]):
        p = chance[own.index]
        z = (own["converted"] - p).sum() / np.sqrt((p * (1 - p)).sum())
        assert abs(z) < norm.ppf(0.9999)


def test_money_comes_with_conversions_alone(large):
    users = large.users
    assert (users["value"] > 0).equals(users["converted"] == 1)
    bought = users[users["converted"] == 1]
    assert (bought["value"] / bought["x_value"]).mean() == pytest.approx(np.exp(0.08), rel=0.01)


def test_truth_of_the_margins_is_the_mean_of_their_people(world):
    table = compute_holdout_truth(world).set_index(["region", "segment"])
    assert len(table) == 20
    assert table.loc[("all", "all"), "uplift"] == pytest.approx(world.truth["uplift"].mean())
    parts = table.drop("all", level="region").drop("all", level="segment")
    total = (parts["uplift"] * parts["users"]).sum() / parts["users"].sum()
    assert total == pytest.approx(table.loc[("all", "all"), "uplift"])


def test_best_curve_leaves_out_whom_treatment_puts_off(world):
    curve = compute_best_curve(world)
    assert curve["uplift"].iloc[-1] == pytest.approx(world.truth["uplift"].mean())
    gained = world.truth["uplift"].clip(lower=0).mean()
    assert curve["uplift"].max() == pytest.approx(gained, rel=0.001)
    assert (np.diff(curve["uplift"], 2) < 1e-12).all()


def test_one_region_has_no_factor():
    world = simulate_holdout(market="IE", regions=("all",), users=2000)
    new = world.truth[world.truth["segment"] == "new"]
    assert np.allclose(new["uplift"], 0.03)
    assert pd.unique(world.users["market"]).tolist() == ["IE"]


def test_impossible_holdouts_are_refused():
    for change in ({"regions": ()}, {"users": 0}, {"treated_share": 1.0}):
        with pytest.raises(ValueError, match="A holdout needs a region, a user and 0 < treated_share < 1"):
            simulate_holdout(**change)
