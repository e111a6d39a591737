"""What a market's own data say about a cell, and which channels they cannot tell apart."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mmm_helpers.estimands.identification import (
    find_groups,
    identification,
    identification_check,
    moved_together,
    ran_and_varied,
    trade_off,
)

PRIOR_SD = 0.9
NAMES = {"tv": "TV", "search": "Search", "organic": "Organic"}


def _own(effects: np.ndarray) -> xr.Dataset:
    """A market's own fit whose regions share one effect, so that the prior sd is 0.9 everywhere."""
    coords = {"region": [f"R{i + 1}" for i in range(effects.shape[1])], "channel": list(NAMES)}
    data = {
        "log_effect": (("sample", "region", "channel"), effects),
        "log_effect_market": (("sample", "channel"), effects.mean(axis=1)),
    }
    return xr.Dataset(data, coords=coords)


def _effects(sd: float, seed: int = 0) -> np.ndarray:
    """Regions that share one effect of each channel."""
    one = np.random.default_rng(seed).normal(0, sd, (4000, 1, 3))
    return np.repeat(one, 2, axis=1)


def _table(small_design, effects: np.ndarray, **options) -> pd.DataFrame:
    design = options.pop("design", None) or small_design(2)
    return identification(design, _own(effects), labels=NAMES, **options).set_index(["region", "channel"])


def test_cells_that_the_data_speak_about_are_identified(small_design):
    cells = _table(small_design, _effects(0.2))
    assert cells["identified"].all()
    assert set(cells["reason"]) == {""}


def test_sd_ratio_is_posterior_over_prior(small_design):
    cells = _table(small_design, _effects(0.45))
    assert cells["prior_sd"].to_numpy() == pytest.approx(PRIOR_SD)
    assert cells["posterior_sd"].to_numpy() == pytest.approx(0.45, rel=0.05)
    assert cells["sd_ratio"].to_numpy() == pytest.approx(0.5, rel=0.05)


def test_a_stated_prior_is_what_the_data_are_held_against(small_design):
    design = replace(small_design(2), effect_sd=np.array([0.22, 0.9, 0.9]))
    cells = _table(small_design, _effects(0.2), design=design)
    assert cells.loc[("R1", "tv"), "sd_ratio"] == pytest.approx(0.2 / 0.22, rel=0.05)
    assert cells.loc[("R1", "tv"), "reason"] == "mostly prior"
    assert cells.loc[("R1", "search"), "identified"]


@pytest.mark.parametrize(("information", "identified"), [(0.45, False), (0.55, True)])
def test_more_than_half_of_the_information_must_be_the_datas(small_design, information, identified):
    # precision of the posterior = precision of the prior / (1 − share of the data)
    cells = _table(small_design, _effects(PRIOR_SD * np.sqrt(1 - information)))
    assert (cells["identified"] == identified).all()


def test_deviations_of_regions_widen_the_prior_of_a_region_but_not_of_the_market(small_design):
    own = _own(_effects(0.2)).assign(region_sd=("sample", np.full(4000, 0.4)))
    cells = identification(small_design(2), own).set_index(["region", "channel"])
    assert cells.loc[("R1", "tv"), "prior_sd"] == pytest.approx(np.hypot(PRIOR_SD, 0.4))
    assert cells.loc[("all", "tv"), "prior_sd"] == pytest.approx(PRIOR_SD)


def test_a_markets_total_weighs_its_regions_by_their_size(small_design):
    # each region has a prior and an effect of its own; the second is three times the first
    effects = np.random.default_rng(0).normal(0, 0.3, (20_000, 2, 3))
    own = _own(effects).assign(log_effect_market=(("sample", "region", "channel"), effects))
    size = {"outcome_scale": np.array([1.0, 3.0]), "prior_share": np.full((2, 3), 0.1)}
    cells = identification(replace(small_design(2), **size), own).set_index(["region", "channel"])
    mean = np.sqrt(0.25**2 + 0.75**2)
    assert cells.loc[("all", "tv"), "prior_sd"] == pytest.approx(PRIOR_SD * mean)
    assert cells.loc[("all", "tv"), "posterior_sd"] == pytest.approx(0.3 * mean, rel=0.05)


def _sum_is_known(noise: float, seed: int = 1, draws: int = 200_000) -> np.ndarray:
    """Exact posterior where the data know the sum of two levels, 1 + 1, within `noise`: prior draws, thinned."""
    prior = np.random.default_rng(seed).normal(0, PRIOR_SD, (draws, 3))
    gap = (np.exp(prior[:, 0]) + np.exp(prior[:, 1]) - 2) / noise
    keep = np.random.default_rng(seed).uniform(size=draws) < np.exp(-(gap**2) / 2)
    # of the third channel the data say something
    return np.repeat((prior * [1.0, 1.0, 0.3])[keep, None, :], 2, axis=1)


def test_only_the_sum_of_two_effects_is_known(small_design):
    share = np.tile([0.1, 0.1, 0.03], (2, 1))
    cells = _table(small_design, _sum_is_known(0.05), design=replace(small_design(2), prior_share=share))
    assert cells.loc[("all", "tv"), "twin"] == "search"
    assert cells.loc[("all", "tv"), "reason"] == "cannot be told apart from Search"
    assert cells.loc[("R1", "search"), "reason"] == "cannot be told apart from TV"
    assert set(cells["group"]) == {"tv+search", ""}
    assert cells.loc[("all", "organic"), "identified"]


def test_trade_off_is_seen_in_levels_where_logarithms_hide_it():
    draws = _sum_is_known(0.05)[:, 0]
    assert np.corrcoef(draws[:, 0], draws[:, 1])[0, 1] > -0.9
    assert trade_off(draws, np.exp(draws))[0, 1] < -0.95


def test_effects_that_rise_together_are_no_trade_off():
    one = np.random.default_rng(0).normal(size=(500, 1))
    assert trade_off(np.hstack([one, one]), np.exp(np.hstack([one, one])))[0, 1] == pytest.approx(1.0)


def _proportional(design):
    """The same market, search spend exactly 0.6 × TV spend in every region and week."""
    media = design.media.copy()
    media[:, :, 1] = 0.6 * media[:, :, 0]
    return replace(design, media=media)


def test_channels_that_never_moved_apart_are_a_group_whatever_the_model_says(small_design):
    cells = _table(small_design, _effects(0.2), design=_proportional(small_design(2)))
    pair = cells.loc[(slice(None), ["tv", "search"]), :]
    assert set(pair["group"]) == {"tv+search"}
    assert not pair["identified"].any()
    assert cells.loc[("R1", "tv"), "reason"] == "cannot be told apart from Search"


@pytest.mark.parametrize(("apart", "grouped"), [(0.2, True), (0.5, False)])
def test_channels_whose_variance_is_inflated_tenfold_are_a_group(small_design, apart, grouped):
    # sd of what moves apart over sd of what moves together: the correlation is 1 / √(1 + apart²), 0.98 or 0.89
    rng, shape = np.random.default_rng(0), (400, 2)
    media = np.repeat(3 + rng.normal(size=shape)[:, :, None], 3, axis=2)
    media[:, :, 1] += apart * rng.normal(size=shape)
    media[:, :, 2] = rng.uniform(1, 2, shape)
    design = replace(small_design(2, 400), media=media)
    assert bool(find_groups(design, _effects(0.2), np.ones(media.shape, bool))) == grouped


def test_separate_channels_are_no_group(small_design):
    cells = _table(small_design, _effects(0.2))
    assert set(cells["group"]) == {""}
    assert set(cells["twin"]) == {""}


def test_three_channels_in_a_chain_are_one_group(small_design):
    design, effects = small_design(2), _effects(0.2)
    media = design.media.copy()
    media[:, :, 1] = media[:, :, 0]
    media[:, :, 2] = 2 * media[:, :, 1]
    groups = find_groups(replace(design, media=media), effects, np.ones(media.shape, bool))
    assert groups == dict.fromkeys(NAMES, "tv+search+organic")


def test_regions_with_unlike_levels_do_not_make_channels_move_together(small_design):
    # ten times the level of both channels in one region, independent from week to week
    rng = np.random.default_rng(0)
    media = rng.uniform(0.8, 1.2, (80, 2, 2)) * np.array([1.0, 10.0])[None, :, None]
    assert abs(moved_together(media, np.ones(media.shape, bool))[0, 1]) < 0.3


def test_unknown_weeks_say_nothing_about_moving_together():
    rng = np.random.default_rng(0)
    media = rng.uniform(0.5, 1.5, (60, 1, 2))
    media[:, :, 1] = media[:, :, 0]
    known = np.ones(media.shape, bool)
    media[10:20, :, 1], known[10:20, :, 1] = 0.0, False
    assert moved_together(media, known)[0, 1] == pytest.approx(1.0)
    assert moved_together(media, np.ones(media.shape, bool))[0, 1] < 0.9


def test_a_constant_channel_never_varied(small_design):
    media = small_design(2).media.copy()
    media[:, :, 0] = 0.7
    cells = _table(small_design, _effects(0.2), design=replace(small_design(2), media=media))
    assert set(cells.xs("tv", level="channel")["reason"]) == {"never varied"}
    assert not cells.xs("tv", level="channel")["identified"].any()
    assert cells.xs("search", level="channel")["identified"].all()


def test_unknown_weeks_do_not_make_a_constant_channel_vary():
    media, known = np.full((40, 1, 1), 0.7), np.ones((40, 1, 1), bool)
    media[5:9], known[5:9] = 0.0, False
    assert ran_and_varied(media, known) == ["never varied"]


def test_a_channel_that_was_switched_on_once_varied():
    media = np.concatenate([np.zeros((20, 1, 1)), np.ones((20, 1, 1))])
    assert ran_and_varied(media, np.ones(media.shape, bool)) == [""]


def _absent_in_the_second_region(small_design) -> pd.DataFrame:
    media = small_design(2).media.copy()
    media[:, 1, 0] = 0.0
    return identification(replace(small_design(2), media=media), _own(_effects(0.2)))


def test_a_channel_that_a_region_never_had_says_so(small_design):
    cells = _absent_in_the_second_region(small_design).set_index(["region", "channel"])
    assert cells.loc[("R2", "tv"), "reason"] == "never ran here"
    assert cells.loc[("R1", "tv"), "identified"]


def _line(design, effects: np.ndarray) -> dict:
    return identification_check(design, identification(design, _own(effects)))


def _priced(small_design, *spend: float):
    """Two regions alike, each channel with this spend a week."""
    design = small_design(2)
    return replace(design, spend=np.broadcast_to(np.array(spend), design.spend.shape))


@pytest.mark.parametrize(("search", "status"), [(10.0, "pass"), (30.0, "pass"), (60.0, "review")])
def test_health_line_is_the_share_of_spend_that_the_data_speak_about(small_design, search, status):
    effects = _effects(0.2)
    effects[:, :, 1] *= 5
    line = _line(_priced(small_design, 120.0, search, 0.0), effects)
    assert line["value"] == pytest.approx(120 / (120 + search))
    assert (line["status"], bool(line["action"])) == (status, status == "review")


def test_regions_count_by_their_own_spend(small_design):
    effects = _effects(0.2)
    effects[:, 1, 0] *= 5
    design = _priced(small_design, 100.0, 0.0, 0.0)
    spend = design.spend.copy()
    spend[:, 1] /= 4
    assert _line(replace(design, spend=spend), effects)["value"] == pytest.approx(0.8)


def test_only_the_last_year_counts(small_design):
    effects = _effects(0.2)
    effects[:, :, 1] *= 5
    design = _priced(small_design, 100.0, 0.0, 0.0)
    spend = design.spend.copy()
    spend[:8, :, 1] = 1e6
    assert _line(replace(design, spend=spend), effects)["value"] == 1.0


def test_without_spend_the_cells_in_which_a_channel_ran_weigh_alike(small_design):
    design = _priced(small_design, 0.0, 0.0, 0.0)
    media = design.media.copy()
    media[:, 1, 0] = 0.0
    effects = _effects(0.2)
    effects[:, 0, 2] *= 10
    assert _line(replace(design, media=media), effects)["value"] == pytest.approx(4 / 5)


@pytest.mark.parametrize(("name", "rows"), [("all", 3), ("North", 6)])
def test_market_of_one_region_is_counted_by_its_only_region(small_design, name, rows):
    own = _own(_effects(0.2)[:, :1]).assign_coords(region=[name])
    design = small_design(1, regions=[name])
    cells = identification(design, own)
    assert len(cells) == rows
    assert identification_check(design, cells)["value"] == 1.0


def test_a_market_of_one_channel_has_no_twin(small_design):
    design = small_design(2)
    pick = {"channels": ["tv"], "media": design.media[:, :, :1], "prior_share": design.prior_share[:, :1]}
    cells = identification(replace(design, **pick), _own(_effects(0.2)).sel(channel=["tv"]))
    assert cells["twin"].tolist() == ["", "", ""]
