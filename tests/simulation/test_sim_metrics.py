"""Delivery metrics: consistent with each other, with spend, and with the regions' competition."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.simulation.metrics import DELIVERY, delivery

DIGITAL = [code for code, how in DELIVERY.items() if how.daily]


@pytest.fixture(scope="module")
def social(company):
    return delivery(company.markets["US"], "social")


@pytest.mark.parametrize("channel", DIGITAL)
def test_each_stage_is_no_larger_than_the_one_before(company, channel):
    report = delivery(company.markets["IE"], channel)
    assert (report["viewable_impressions"] <= report["impressions"]).all()
    assert (report["clicks"] <= report["viewable_impressions"]).all()
    assert (report["conversions"] <= report["clicks"]).all()
    assert (report["reach"] <= report["impressions"]).all()


@pytest.mark.parametrize("channel", list(DELIVERY))
def test_reach_of_a_week_stays_below_the_population(company, channel):
    world = company.markets["JP"]
    report = delivery(world, channel)
    weekly = report.groupby(["region", pd.Grouper(key="date", freq="W")])["reach"].sum().unstack("region")
    people = pd.Series({r.name: r.population for r in world.recipe.regions})
    assert (weekly.max() < people[weekly.columns]).all()


@pytest.mark.parametrize("market", ["US", "JP", "NO"])
def test_days_add_up_to_the_weeks_spend(company, market):
    daily = delivery(company.markets[market], "social").groupby("region")["spend"].sum()
    weekly = company.spend(market, "social").sum()
    assert np.allclose(daily[weekly.index], weekly, rtol=0, atol=1e-3)


def test_only_days_with_delivery_are_reported(social):
    assert (social["spend"] > 0).all()
    assert len(social) < 5 * 156 * 7


def test_media_are_dearer_where_competition_is_dense(social):
    totals = social.groupby("region")[["spend", "impressions"]].sum()
    cost = 1000 * totals["spend"] / totals["impressions"]
    assert cost.sort_values().index.tolist() == ["Southwest", "Midwest", "Southeast", "West", "Northeast"]


def test_impression_share_falls_with_competition(social):
    share = social.groupby("region")["impression_share"].mean()
    assert share.sort_values().index.tolist() == ["Northeast", "West", "Southeast", "Midwest", "Southwest"]


def test_auctions_overlap_more_where_competition_is_dense(social):
    overlap = social.groupby("region")["auction_overlap"].mean()
    assert overlap.sort_values().index.tolist() == ["Southwest", "Midwest", "Southeast", "West", "Northeast"]
    assert overlap.between(0.1, 0.6).all()


def test_narrow_audiences_of_metropolitan_regions_are_tired(social):
    totals = social.groupby("region")[["impressions", "reach", "clicks", "conversions"]].sum()
    frequency = totals["impressions"] / totals["reach"]
    assert frequency[["Northeast", "West"]].min() > 1.25 * frequency.drop(["Northeast", "West"]).max()
    wear = (frequency / 2) ** 0.5
    cycle = pd.Series({"Northeast": 9, "Southeast": 13, "Midwest": 12, "Southwest": 15, "West": 10})
    fresh = totals["conversions"] / totals["clicks"] * wear * (cycle / 11) ** 0.4
    assert fresh.max() / fresh.min() < 1.10


def test_orders_come_later_where_the_purchase_cycle_is_long(social):
    lag = social.groupby("region")["click_to_order_days"].mean()
    assert lag["Southwest"] / lag["Northeast"] == pytest.approx(15 / 9, rel=0.03)


def test_platform_claims_many_times_what_brand_search_caused(company):
    claimed = delivery(company.markets["US"], "search_brand")["conversions"].sum() * 40 * 1.1
    caused = company.contribution("US", "search_brand").to_numpy().sum()
    assert claimed > 10 * caused


def test_television_reports_no_clicks(company):
    assert delivery(company.markets["DE"], "tv")["clicks"].isna().all()
