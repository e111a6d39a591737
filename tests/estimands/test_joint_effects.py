"""What channels bring together and in other regions: components of their own, counted once in joint returns."""

import numpy as np
import pytest

from mmm_helpers.decisions.responses import TODAY, plan_cells
from mmm_helpers.estimands.decomposition import group_of
from mmm_helpers.estimands.effects import Window, compute_effect, compute_joint_effect
from mmm_helpers.estimands.money import Money
from mmm_helpers.model.predict import channel_level, components, media_contributions

ALL = Window("all history", 0, 60)


@pytest.fixture(scope="module")
def design(small_design):
    return small_design(2, interactions=(("tv", "search"),), spillover=True)


@pytest.fixture(scope="module")
def draws(design, small_draws):
    rng = np.random.default_rng(3)
    own = small_draws(design, draws=10)
    own = own.assign(interaction=(("sample", "pair"), rng.uniform(0.01, 0.03, (10, 1))))
    return own.assign(spillover=("sample", rng.uniform(0.05, 0.15, 10))).assign_coords(pair=["tv*search"])


@pytest.fixture(scope="module")
def parts(design, draws):
    return components(design, draws)


def test_components_add_up_draw_by_draw(parts):
    total = sum(v for name, v in parts.items() if name != "fitted")
    assert total == pytest.approx(parts["fitted"], rel=1e-9)


def test_synergy_is_strength_times_both_levels(design, draws, parts):
    levels = [channel_level(design, draws, c) for c in ("tv", "search")]
    strength = draws["interaction"].to_numpy()[:, None]
    assert parts["interaction:tv*search"] == pytest.approx(
        strength * levels[0] * levels[1] * design.outcome_scale
    )


def test_spillover_is_a_share_of_the_other_regions_media(design, draws, parts):
    media = sum(media_contributions(design, draws).values()) / design.outcome_scale
    expected = draws["spillover"].to_numpy()[:, None] * media[:, :, 1] * design.outcome_scale[0]
    assert parts["spillover"][:, :, 0] == pytest.approx(expected)


def test_all_channels_dark_take_every_joint_part_with_them_once(design, draws, parts):
    gain = compute_joint_effect(design, draws, design.channels, ALL).incremental
    media = [v for k, v in parts.items() if k.startswith(("channel:", "interaction:")) or k == "spillover"]
    # The tail past the data's end is nearly nothing where carry-over is short; compare within it.
    landed = sum(media).sum(axis=1)
    assert (gain >= landed - 1e-6).all()
    assert gain == pytest.approx(landed, rel=0.05)


def test_one_channel_dark_takes_its_synergy_with_it(design, draws, small_design):
    with_it = compute_effect(design, draws, "tv", ALL)
    alone = compute_effect(small_design(2, spillover=False), draws.drop_vars("spillover"), "tv", ALL)
    assert (with_it.incremental > alone.incremental).all()
    assert with_it.landed == pytest.approx(alone.landed)


def test_a_plan_counts_synergy_at_the_partners_level_of_today(design, draws):
    money = Money(rate=1.0, value=np.ones(2), is_revenue=True)
    with_it, alone = (
        plan_cells(d, draws, money, horizon=6, national=set())
        for d in (design, design.__class__(**{**design.__dict__, "interactions": ()}))
    )
    assert (with_it[0].response[:, TODAY] > alone[0].response[:, TODAY]).all()


@pytest.mark.parametrize("component", ["interaction:tv*search", "spillover"])
def test_joint_parts_are_a_group_of_their_own(component):
    assert group_of(component) == "joint"
