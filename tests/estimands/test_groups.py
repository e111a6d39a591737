"""Channels that cannot be told apart, reported as one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.estimands.effects import compute_channel_effects
from mmm_helpers.estimands.grading import add_marks
from mmm_helpers.estimands.groups import COLUMNS, compute_channel_groups, members
from mmm_helpers.estimands.identification import identification
from mmm_helpers.estimands.money import Money

MONEY = Money(rate=0.5, value=np.ones(2), is_revenue=True)
MARGIN = 0.4


def _world(small_design, small_draws, *, pair=("tv", "search"), sd: float = 0.1):
    """Two channels whose media are proportional, and draws in which what one gains the other loses."""
    design, names = small_design(2), ["tv", "search", "organic"]
    first, second = (names.index(c) for c in pair)
    media = design.media.copy()
    media[:, :, second] = media[:, :, first]
    share = np.full((2, 3), 0.1)
    spend = media * design.media_unit * design.paid
    design = replace(design, media=media, mean_media=media.mean(axis=0), prior_share=share, spend=spend)
    draws = small_draws(design, draws=400)
    split = np.random.default_rng(0).uniform(0.1, 0.9, 400)
    total = 2 * np.exp(np.random.default_rng(1).normal(0, sd, 400))
    for channel, part in zip(pair, (split, 1 - split), strict=True):
        effect = np.repeat(np.log(total * part)[:, None], 2, axis=1)
        draws["log_effect"].loc[{"channel": channel}] = xr.DataArray(effect, dims=("sample", "region"))
    return design, draws.assign(log_effect_market=draws["log_effect"].mean("region"))


def _tables(design, draws, *, market_may: bool = True, margin: float | None = MARGIN, **more):
    cells = identification(design, draws)
    effects = compute_channel_effects(design, draws, MONEY, margin=margin)
    keys = effects[["region", "channel"]].drop_duplicates()
    shrinkage = keys.assign(pooling_factor=keys["channel"].map({"tv": 0.1, "search": 0.9, "organic": 0.5}))
    shrinkage["data_tier"] = "local"
    effects = add_marks(effects, shrinkage, cells, market_may=market_may)
    options = {"margin": margin, "market_may": market_may} | more
    return effects, compute_channel_groups(design, draws, draws, MONEY, cells, effects, **options)


@pytest.fixture(scope="module")
def tables(small_design, small_draws):
    return _tables(*_world(small_design, small_draws))


def test_a_group_is_one_row_for_the_market_as_a_whole(tables):
    _, groups = tables
    row = groups.iloc[0]
    assert len(groups) == 1
    assert (row["group"], row["channels"], row["region"]) == ("tv+search", "tv|search", "all")
    assert list(groups.columns) == COLUMNS


def test_a_groups_spend_is_its_channels(tables):
    effects, groups = tables
    last = effects.query("region == 'all' and window == 'last 52 weeks' and channel in ['tv', 'search']")
    assert groups["spend"].iloc[0] == pytest.approx(last["spend"].sum())


def test_a_groups_landed_contribution_is_its_channels(tables):
    effects, groups = tables
    last = effects.query("region == 'all' and window == 'last 52 weeks' and channel in ['tv', 'search']")
    assert groups["landed_mean"].iloc[0] == pytest.approx(last["landed_mean"].sum())


def test_a_groups_return_is_known_better_than_either_of_its_channels(tables):
    effects, groups = tables
    last = effects.query("region == 'all' and window == 'last 52 weeks' and channel in ['tv', 'search']")
    alone = ((last["roas_q95"] - last["roas_q05"]) / last["roas_mean"]).min()
    joint = groups.iloc[0]
    assert (joint["roas_q95"] - joint["roas_q05"]) / joint["roas_mean"] < 0.6 * alone


def test_a_groups_return_lies_between_its_channels(tables):
    effects, groups = tables
    last = effects.query("region == 'all' and window == 'last 52 weeks' and channel in ['tv', 'search']")
    assert last["roas_mean"].min() < groups["roas_mean"].iloc[0] < last["roas_mean"].max()


def test_channels_of_a_group_are_not_decision_grade_by_themselves(tables):
    effects, groups = tables
    assert not effects.loc[effects["channel"].isin(["tv", "search"]), "decision_grade"].any()
    assert groups["decision_grade"].iloc[0]


def test_a_groups_tier_is_that_of_its_money(tables):
    effects, groups = tables
    last = effects.query("region == 'all' and window == 'last 52 weeks'").set_index("channel")
    tv, search = last.loc["tv", "spend"], last.loc["search", "spend"]
    assert groups["pooling_factor"].iloc[0] == pytest.approx((0.1 * tv + 0.9 * search) / (tv + search))
    assert groups["cause_mark"].iloc[0] == "observational"


def test_no_group_is_decision_grade_where_the_market_may_not(small_design, small_draws):
    _, groups = _tables(*_world(small_design, small_draws), market_may=False)
    assert not groups["decision_grade"].any()


def test_a_group_whose_joint_effect_is_the_priors_is_not_identified(small_design, small_draws):
    _, groups = _tables(*_world(small_design, small_draws, sd=1.5))
    assert groups["reason"].iloc[0] == "mostly prior"
    assert not groups["decision_grade"].iloc[0]


@pytest.mark.parametrize(("doubted", "known"), [("search", False), ("organic", True)])
def test_a_group_is_as_open_as_its_channel_that_follows_demand(small_design, small_draws, doubted, known):
    _, groups = _tables(*_world(small_design, small_draws), doubts={doubted: FOLLOWS})
    row = groups.iloc[0]
    assert row["reason"] == ("" if known else FOLLOWS)
    assert row["identified"] == row["decision_grade"] == known


def test_a_group_with_a_channel_that_costs_nothing_has_no_return(small_design, small_draws):
    _, groups = _tables(*_world(small_design, small_draws, pair=("tv", "organic")))
    row = groups.iloc[0]
    assert row["group"] == "tv+organic"
    assert row["reason"] == "not all of it is paid for"
    assert np.isnan(row["roas_mean"])
    assert not row["decision_grade"]


def test_without_a_margin_the_group_is_held_against_the_markets_overall_return(small_design, small_draws):
    # with one group as all that is paid for, its mean return is the break-even
    _, groups = _tables(*_world(small_design, small_draws), margin=None)
    assert 0.3 < groups["p_above"].iloc[0] < 0.7


def test_separate_channels_give_a_table_without_rows(small_design, small_draws):
    design = small_design(2)
    draws = small_draws(design, draws=400)
    _, groups = _tables(design, draws.assign(log_effect_market=draws["log_effect"].mean("region")))
    assert groups.empty
    assert list(groups.columns) == COLUMNS


def test_members_of_several_groups():
    table = pd.DataFrame({"group": ["a+b", "c+d+e"], "channels": ["a|b", "c|d|e"]})
    assert members(table) == {"a": "a+b", "b": "a+b", "c": "c+d+e", "d": "c+d+e", "e": "c+d+e"}


def test_no_groups_have_no_members():
    assert members(pd.DataFrame(columns=COLUMNS)) == {}
