"""The worlds follow the plain hierarchy's equations, and their truth is what media really brought."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.peers.worlds import SIZES, carry, simulate_world


def test_carry_over_keeps_what_was_spent():
    spend = np.zeros((20, 1, 1))
    spend[2] = 3.0
    carried = carry(spend, np.array([[0.6]]))
    assert carried.sum() == pytest.approx(3.0)
    assert carried[3, 0, 0] / carried[2, 0, 0] == pytest.approx(0.6)
    assert not carried[10:].any()


def test_world_has_the_asked_shape_and_order():
    world = simulate_world(4, 2, seed=1, weeks=60)
    assert world.truth.shape == (4, 2)
    assert len(world.panel) == 4 * 60
    assert world.panel["region"].head(4).tolist() == list(world.truth.index)
    assert (world.panel["outcome"] > 0).all()


def test_same_seed_same_world():
    one, two, other = (simulate_world(2, 2, seed=s, weeks=30) for s in (1, 1, 2))
    assert one.panel.equals(two.panel)
    assert not one.panel["outcome"].equals(other.panel["outcome"])


def test_truth_is_recovered_by_regression_on_the_weekly_mean():
    """Without media the outcome is level, season, trend and price: what is above it adds up to the truth."""
    world = simulate_world(2, 1, seed=3, weeks=400)
    for region, truth in world.truth["channel_1"].items():
        own = world.panel[world.panel["region"] == region]
        angle = 2 * np.pi * own["date"].dt.day_of_year.to_numpy() / 365.25
        shape = _curve(own["channel_1"].to_numpy())
        fixed = [
            np.ones(len(own)),
            np.arange(len(own)),
            own["price"],
            *(f(k * angle) for f in (np.sin, np.cos) for k in (1, 2)),
        ]
        inputs = np.column_stack([*fixed, *shape])
        effects = np.linalg.lstsq(inputs, own["outcome"].to_numpy(), rcond=None)[0]
        assert inputs[:, len(fixed) :].sum(axis=0) @ effects[len(fixed) :] == pytest.approx(truth, rel=0.15)


def _curve(spend: np.ndarray) -> list[np.ndarray]:
    """Bent and carried-over forms of spend that vanish with it: a basis for any curve and retention."""
    carried = [carry(spend[:, None, None] / spend.max(), np.array([[a]])).ravel() for a in (0.0, 0.4, 0.8)]
    return [f for x in carried for f in (x, x**2, x / (x + 0.3))]


@pytest.mark.parametrize("size", SIZES)
def test_media_bring_a_plausible_part(size):
    world = simulate_world(*SIZES[size], seed=1)
    spend = world.panel[list(world.truth.columns)].sum()
    assert 0.15 < world.truth.to_numpy().sum() / world.panel["outcome"].sum() < 0.4
    assert ((world.truth.sum() / spend).between(0.3, 5)).all()
