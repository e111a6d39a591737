"""The truth's tables: definitions of landed, incremental, ROAS and mROAS."""

import json

import numpy as np
import pytest

from mmm_helpers.simulation import truth
from mmm_helpers.simulation.world import LEAD_IN

LAST = 52


@pytest.fixture(scope="module")
def effects(company):
    return truth.compute_channel_effects(company).set_index(["market", "region", "channel", "window"])


def test_landed_is_the_sum_of_contributions_in_the_window(company, effects):
    landed = company.contribution("DE", "tv").iloc[-LAST:]["Ost"].sum()
    assert effects.loc[("DE", "Ost", "tv", "last_52_weeks"), "landed"] == pytest.approx(landed)


def test_incremental_of_a_window_is_the_outcome_lost_without_its_spend(company, effects):
    tail = company.spend("DE", "tv").reindex(_with_tail(company), fill_value=0.0)
    without = tail.copy()
    without.iloc[-LAST - 7 : -7] = 0.0
    lost = (company.contribution("DE", "tv", tail) - company.contribution("DE", "tv", without)).sum()
    assert effects.loc[("DE", "Ost", "tv", "last_52_weeks"), "incremental"] == pytest.approx(lost["Ost"])


def _with_tail(company):
    dates = company.markets["DE"].dates
    return dates.union(dates[-7:] + (dates[7] - dates[0]))


def test_effect_of_a_window_in_the_middle_ends_seven_weeks_after_it(company):
    world = company.markets["DE"]
    amount = world.amounts["social"].copy()
    amount[LEAD_IN + 50 : LEAD_IN + 60] = 0.0
    change = world.truth["social"].response(amount) - world.truth["social"].response(world.amounts["social"])
    assert truth.window_change(world, "social", 50, 60, 0.0) == pytest.approx(change.sum(axis=0))
    assert not change[LEAD_IN + 67 :].any()


def test_roas_is_incremental_money_per_money(effects):
    row = effects.loc[("US", "all", "search_generic", "all_history")]
    assert row["roas"] == pytest.approx(row["incremental"] / row["spend"])


def test_marginal_return_lies_below_the_average_one_where_the_response_is_concave(effects):
    rows = effects.query("channel == 'display'")
    assert (rows["mroas"] < rows["roas"]).all()


def test_regions_add_up_to_the_market(effects):
    rows = effects.xs(("US", "tv", "all_history"), level=("market", "channel", "window"))
    regions = rows.drop(index="all")["incremental"].sum()
    assert rows.loc["all", "incremental"] == pytest.approx(regions)


def test_unpaid_channels_have_no_return(effects):
    assert effects.query("channel == 'organic'")[["spend", "roas", "mroas"]].isna().all(axis=None)


def test_short_history_has_both_windows_alike(effects):
    rows = effects.query("market == 'PT' and region == 'all' and channel == 'tv'")
    assert rows["incremental"].nunique() == 1
    assert len(rows) == 2


def test_returns_lie_in_a_plausible_range(effects):
    rows = effects.query("region == 'all' and window == 'all_history' and channel != 'organic'")["roas"]
    assert rows.between(0.05, 6.0).all()
    assert rows.xs("search_brand", level="channel").max() < 0.3


def test_written_parts_add_up_to_the_outcome(company):
    media = truth.compute_contributions(company).groupby(["market", "region", "date"])["contribution"].sum()
    parts = truth.compute_components(company).set_index(["market", "region", "date"])
    outcome = parts.pop("outcome")
    total = parts.sum(axis=1) + media.reindex(parts.index)
    assert np.abs(total / outcome - 1).max() < 1e-9


def test_truth_states_what_the_default_model_misses(company):
    channels = json.loads(truth.describe_truth(company))["channels"]
    missed = {c for c, facts in channels.items() if facts["expected_miss"]}
    assert {"tv", "online_video", "search_brand"} <= missed
