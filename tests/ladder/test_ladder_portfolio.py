"""A written world passes the data gate: what was simulated is what the template reads."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.inputs.gate import check_market
from mmm_helpers.inputs.portfolio import load_portfolio
from mmm_helpers.inputs.spec_model import Channel
from mmm_helpers.ladder.recipe import CODES
from mmm_helpers.ladder.world import write_world
from mmm_helpers.ladder.worlds import WORLDS


def _accepted(portfolio: dict) -> bool:
    """Whether the schema knows every key of the channels."""
    return all(set(spec) <= set(Channel.model_fields) for spec in portfolio["channels"].values())


@pytest.mark.parametrize("name", WORLDS)
def test_written_world_passes_the_gate_unchanged(world, name, tmp_path):
    drawn = world(name, 3)
    if not _accepted(drawn.portfolio):
        pytest.skip("the portfolio file has no key follows_demand yet")
    portfolio = load_portfolio(write_world(drawn, tmp_path))
    for code in portfolio.markets:
        panel = check_market(portfolio, code).panel
        own = drawn.panel[drawn.panel["market"] == code].sort_values(["region", "date"])
        for column in ("outcome", *(f"spend_{c}" for c in CODES)):
            assert panel[column].to_numpy() == pytest.approx(own[column].to_numpy())
        assert panel["control_price"].to_numpy() == pytest.approx(own["price"].to_numpy())


@pytest.mark.parametrize("name", WORLDS)
def test_portfolio_states_what_an_analyst_knows_and_no_model(world, name):
    portfolio = world(name, 3).portfolio
    assert "model" not in portfolio
    assert portfolio["controls"]["demand_index"] == {"role": "confounder", "known_ahead": False}
    declared = {c for c, spec in portfolio["channels"].items() if spec.get("follows_demand")}
    assert declared == ({"search", "social"} if name == "chases_demand" else set())


def test_late_starts_are_the_first_dates_of_the_channels(world, tmp_path):
    drawn = world("staggered", 3)
    status = check_market(load_portfolio(write_world(drawn, tmp_path)), "M1").channel_status
    long = drawn.panel.melt(["date", "region"], [f"spend_{c}" for c in CODES])
    long["channel"] = long["variable"].str.removeprefix("spend_")
    first = long[long["value"] > 0].groupby(["region", "channel"])["date"].min()
    found = pd.to_datetime(status.set_index(["region", "channel"])["first_date"])
    assert (found.reindex(first.index) == first).all()
    assert found.nunique() >= 8


def test_same_world_is_written_as_the_same_bytes(world, tmp_path):
    for place in ("one", "two"):
        write_world(world("thin", 5), tmp_path / place)
    for name in ("panel.csv", "regions.csv", "portfolio.yml"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_people_reach_the_specification(world, tmp_path):
    drawn = world("clean", 3)
    specification = check_market(load_portfolio(write_world(drawn, tmp_path)), "M1").specification
    people = [specification["regions"][r]["population"] for r in drawn.regions["region"]]
    assert np.array_equal(people, drawn.regions["population"])
    assert specification["margin"] == drawn.portfolio["margin"]
    assert people[0] > people[1] > people[2]
