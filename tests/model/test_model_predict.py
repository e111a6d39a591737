"""Contributions from draws: they add up, follow the definition by a plain loop, and noise has its moments."""

import numpy as np
import pytest

from mmm_helpers.model.predict import channel_contribution, components, flatten, media_contributions


@pytest.fixture(scope="module")
def design(small_design):
    return small_design(2)


@pytest.fixture(scope="module")
def draws(design, small_draws):
    return small_draws(design)


@pytest.fixture(scope="module")
def parts(design, draws):
    return components(design, draws)


@pytest.mark.parametrize("channel", ["tv", "organic"])
def test_contribution_agrees_with_a_plain_loop(design, draws, channel, landed_by_loop):
    ours = channel_contribution(design, draws, channel)
    for s in (0, 17):
        assert ours[s] == pytest.approx(landed_by_loop(design, draws, channel, s), rel=1e-6)


def test_components_add_up_to_the_fitted_outcome(parts):
    total = sum(v for k, v in parts.items() if k != "fitted")
    assert np.abs(total - parts["fitted"]).max() < 1e-6 * np.abs(parts["fitted"]).max()


def test_every_channel_and_control_is_a_component(parts):
    assert set(parts) == {
        "baseline", "trend", "seasonality", "shock", "control:price", "holidays",
        "channel:tv", "channel:search", "channel:organic", "fitted",
    }  # fmt: skip


def test_mean_fitted_outcome_without_movement_is_the_level(design, draws, parts):
    moving = ("trend", "seasonality", "shock", "control:price", "holidays")
    still = parts["fitted"] - sum(parts[k] for k in moving)
    level = draws["intercept"].to_numpy() * design.outcome_scale
    assert still.mean(axis=1) == pytest.approx(level)


def test_contribution_at_constant_mean_spend_is_the_effect_at_mean(design, draws):
    steady = np.broadcast_to(design.mean_media[:, 0], (60, 2))
    settled = channel_contribution(design, draws, "tv", media=steady)[:, -1]
    effect = np.exp(draws["log_effect"].sel(channel="tv").to_numpy())
    assert settled == pytest.approx(effect * design.prior_share[:, 0] * design.outcome_scale)


def test_no_spend_brings_nothing(design, draws):
    nothing = channel_contribution(design, draws, "tv", media=np.zeros((60, 2)))
    assert np.abs(nothing).max() < 0.01 * channel_contribution(design, draws, "tv").mean()


def test_contributions_cover_all_channels(design, draws):
    assert list(media_contributions(design, draws)) == design.channels


def test_flattening_lays_chains_end_to_end(draws):
    chains = draws.rename(sample="draw").expand_dims(chain=2)
    flat = flatten(chains)
    assert flat.sizes["sample"] == 2 * draws.sizes["sample"]


def test_flattening_thins_evenly_to_the_most(draws):
    chains = draws.rename(sample="draw").expand_dims(chain=3)
    assert flatten(chains, most=50).sizes["sample"] == 40
