"""Scenarios of the portfolio file: two lines of YAML, and what is refused with name, line and mend."""

from __future__ import annotations

import pytest

from mmm_helpers.decisions.responses import GRID
from mmm_helpers.decisions.scenarios import FOLLOW
from mmm_helpers.errors import InputError
from mmm_helpers.inputs.spec_scenarios import LARGEST_MULTIPLE, OWN_NAMES


@pytest.fixture
def stated(small):
    """The sound portfolio with one scenario, as YAML."""
    return lambda entry, name="mine": f"{small.yaml}scenarios:\n  {name}: {{{entry}}}\n"


@pytest.fixture
def refusal(small, stated):
    """The one problem for which a portfolio with this scenario is refused."""

    def problem(entry: str, name: str = "mine"):
        with pytest.raises(InputError) as caught:
            small.load(stated(entry, name))
        (found,) = caught.value.problems
        return found

    return problem


def test_two_lines_reach_the_specification(small, stated):
    specification = small.check(stated("change: {tv: 1.5, search: 0.7}")).specification
    assert specification["decisions"]["scenarios"]["mine"]["change"] == {"tv": 1.5, "search": 0.7}


def test_a_move_may_name_one_or_several_channels(small, stated):
    move = small.load(stated("move: {from: search, to: [tv], share: 0.1}")).scenarios["mine"].move
    assert (move.from_channel, move.to_channel, move.share) == (["search"], ["tv"], 0.1)


def test_a_move_between_markets_is_no_markets_own(small):
    yaml = small.yaml.replace("data:", '  "US": {}\ndata:')
    yaml += "scenarios:\n  away: {move: {from_market: DE, to_market: US, share: 0.1}}\n"
    portfolio = small.load(yaml)
    assert portfolio.scenarios["away"].between_markets
    decisions = small.check(yaml).specification["decisions"]
    assert "scenarios" not in decisions
    assert decisions["market_moves"]["away"]["move"]["to_market"] == "US"


@pytest.mark.parametrize(
    ("entry", "what", "nearest"),
    [
        ("change: {tvv: 2.0}", "unknown paid channel 'tvv'", "'tv'"),
        ("change: {organic: 2.0}", "unknown paid channel 'organic'", ""),
        ("move: {from: serch, to: tv, share: 0.1}", "unknown paid channel 'serch'", "'search'"),
        ("change: {tv: 2.0}, markets: [DF]", "unknown market 'DF'", "'DE'"),
        ("move: {from_market: DE, to_market: JP, share: 0.1}", "unknown market 'JP'", "'DE'"),
        ("context: {controls: {prices: 0.1}}", "unknown control 'prices'", "'price'"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(refusal, entry, what, nearest):
    problem = refusal(entry)
    assert problem.what == f"scenario 'mine' names the {what}"
    assert f"the nearest is {nearest}" in problem.expected
    assert problem.where == "portfolio.yml, line 15, key scenarios.mine"


def test_an_unknown_region_is_refused_at_the_gate(small, stated):
    problem = small.refused(stated("change: {tv: 0}, regions: [Est]"))
    assert problem.what == "scenario 'mine' names the unknown region 'Est'"
    assert problem.expected == "one of 'East', 'West' (the nearest is 'East')"
    assert problem.where == "portfolio.yml, key scenarios.mine.regions"


def test_a_region_may_be_another_markets(small, stated):
    yaml = (
        small.yaml.replace("data:", '  "US": {}\ndata:')
        + "scenarios:\n  a: {change: {tv: 0}, regions: [TX]}\n"
    )
    data = small.check(yaml)
    assert data.specification["decisions"]["scenarios"]["a"]["regions"] == ["TX"]
    row = data.quality.set_index("check").loc["scenario_a"]
    assert row["status"] == "review"
    assert row["detail"].startswith("the region 'TX' is none of this market's (the nearest is '")


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("change: {tv: -0.5}", "spend of 'tv' would be -0.5 times today's, which is negative"),
        ("change: {all: 0}", "a budget of zero leaves nothing to plan"),
        ("change: {tv: 2.5}", "spend of 'tv' would be 2.5 times today's"),
        ("move: {from: tv, share: 0.1}", "a move does not say from where to where"),
        ("move: {from: tv, to: tv, share: 0.1}", "a move leads to where it comes from"),
        ("context: {}", "a context changes nothing"),
        ("context: {supply: 1, supply_cap: 9}", "a context states both supply_cap and supply"),
        ("regions: [East]", "a scenario says nothing"),
    ],
)
def test_what_cannot_be_is_refused(refusal, entry, what):
    assert refusal(entry).what == what


def test_a_slip_in_a_key_names_the_keys_as_they_are_written(refusal):
    problem = refusal("move: {form: tv, to: search, share: 0.1}")
    assert problem.what == "unknown key 'form'"
    assert "the nearest is 'from'" in problem.mend


def test_names_of_the_reports_own_scenarios_are_taken(refusal):
    assert "a name that is taken" in refusal("change: {tv: 0}", "'dark:tv'").what
    assert FOLLOW in OWN_NAMES


def test_the_largest_multiple_is_the_end_of_the_responses():
    assert GRID[-1] == LARGEST_MULTIPLE
