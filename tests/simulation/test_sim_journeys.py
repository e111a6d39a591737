"""Simulated journeys: their causal truth, and what identities lose."""

import numpy as np
import pytest

from mmm_helpers.simulation import simulate_company
from mmm_helpers.simulation.generated import JOURNEYS, LINKS, make_missing, write_journeys
from mmm_helpers.simulation.journeys import (
    DIRECT,
    PEOPLE,
    STAGE,
    people_by_market,
    simulate_all,
    simulate_journeys,
    true_shares,
)
from mmm_helpers.simulation.truth import window_change


@pytest.fixture(scope="module")
def company():
    return simulate_company(7, markets=["DE", "IE"])


@pytest.fixture(scope="module")
def world(company):
    return simulate_journeys(company, "DE", 40_000, split=0, lost=0)


def test_people_are_divided_and_add_up(company):
    people = people_by_market(company)
    assert sum(people.values()) == PEOPLE
    assert people["DE"] > people["IE"]


def test_equal_seeds_give_equal_journeys(company):
    one, other = (simulate_journeys(company, "IE", 500) for _ in range(2))
    assert one.touches.equals(other.touches)
    assert one.links.equals(other.links)


def test_every_journey_is_as_long_as_asked(world, company):
    assert world.touches.groupby("user").size().min() == 5
    short = simulate_journeys(company, "IE", 500, shortest=1, split=0, lost=0)
    assert short.touches.groupby("user").size().min() == 1


def test_shares_of_what_channels_cause_are_those_of_the_panel(company, world):
    """The incremental revenue of the last 13 weeks' spend, over the revenue of these weeks."""
    market = company.markets["DE"]
    weeks = len(market.dates)
    expected = -window_change(market, "social", weeks - 13, weeks, 0.0).sum() / market.outcome[-13:].sum()
    assert true_shares(market)["social"] == pytest.approx(expected)
    truth = world.truth.set_index("channel")["conversions"]
    assert truth["social"] / truth.sum() == pytest.approx(expected)
    assert truth[DIRECT] == 0


def test_conversions_happen_as_often_as_the_truth_says(world):
    converted = world.touches["converted"].sum()
    expected = world.truth["conversions"].sum()
    assert converted == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_taking_a_channel_away_takes_its_conversions(world):
    """Among people of equal intent those who met social convert more often by its effect: here by regression."""
    touches = world.touches
    met = touches.groupby("user")["channel"].agg(lambda c: "social" in set(c))
    truth = world.truth.set_index("channel")
    effect = truth.loc["social", "conversions"] / truth.loc["social", "met"]
    assert met.sum() == truth.loc["social", "met"]
    assert 0 < effect < 0.05


def test_a_conversion_stands_at_the_last_touch_with_its_value(world):
    touches = world.touches
    last = ~touches["user"].duplicated(keep="last")
    assert last[touches["converted"]].all()
    assert (touches["value"].gt(0) == touches["converted"]).all()


def test_times_run_forward_and_end_within_the_last_weeks(world, company):
    touches = world.touches
    assert touches.groupby("user")["time"].is_monotonic_increasing.all()
    ends = touches.groupby("user")["time"].last()
    assert ends.min() >= company.markets["DE"].dates[-13]


def test_lost_and_split_identities_make_more_users_than_people(company):
    torn = simulate_journeys(company, "IE", 5000, split=0.5, matched=0.5, lost=0.2)
    whole = simulate_journeys(company, "IE", 5000, split=0, lost=0)
    assert torn.touches["user"].nunique() > 1.5 * whole.touches["user"].nunique()
    assert torn.touches["converted"].sum() == whole.touches["converted"].sum()
    assert torn.links["person"].nunique() == pytest.approx(1250, abs=120)
    assert (torn.links.groupby("person").size() == 2).all()


def test_users_of_different_markets_differ(company):
    worlds = simulate_all(company, 3000)
    users = [set(w.touches["user"]) for w in worlds.values()]
    assert not users[0] & users[1]


def test_wrong_shares_are_refused(company):
    with pytest.raises(ValueError, match="between 0 and 1"):
        simulate_journeys(company, "IE", 100, lost=1.5)


def test_only_a_simulated_portfolio_gets_its_journeys_made(company, tmp_path):
    assert not make_missing(tmp_path, JOURNEYS.as_posix())
    assert not make_missing(tmp_path, "my_journeys.csv")
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "truth.json").write_text('{"seed": 7}', encoding="utf-8")
    assert not make_missing(tmp_path, "my_journeys.csv")
    assert make_missing(tmp_path, JOURNEYS.as_posix(), people=3000)
    assert not make_missing(tmp_path, JOURNEYS.as_posix(), people=3000)
    assert (tmp_path / LINKS).exists()
    assert not list(tmp_path.rglob("*.part"))


def test_the_file_holds_every_market(company, tmp_path):
    import pandas as pd

    write_journeys(company, tmp_path, people=2000)
    table = pd.read_parquet(tmp_path / JOURNEYS)
    assert list(table.columns) == ["user", "time", "channel", "converted", "value", "market"]
    assert set(table["market"]) == {"DE", "IE"}
    assert set(table["channel"]) <= set(STAGE)
