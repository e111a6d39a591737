"""Events against a market's data: which are refused, which are named as bearing on nothing."""

from __future__ import annotations

import pytest


@pytest.fixture
def events(small):
    """The sound portfolio with events, as YAML."""

    def yaml(*entries: str) -> str:
        return small.yaml + "events:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries)

    return yaml


STRIKE = "name: strike, start: 2023-01-10, end: 2023-01-12"


def test_an_event_reaches_the_specification_with_its_regions(small, events):
    specification = small.check(events(f"{STRIKE}, regions: [East]")).specification
    assert specification["events"] == [
        {"name": "strike", "start": "2023-01-10", "end": "2023-01-12", "markets": [], "regions": ["East"]}
    ]


def test_an_event_of_another_market_is_none_of_this(small):
    yaml = small.yaml.replace("data:", '  "US": {}\ndata:')
    yaml += f'events:\n  - {{{STRIKE}, markets: ["US"], regions: [Texas]}}\n'
    assert small.check(yaml).specification["events"] == []


def test_an_unknown_region(small, events):
    problem = small.refused(events(f"{STRIKE}, regions: [Est]"))
    assert problem.what == "event 'strike' names the region 'Est'"
    assert problem.expected == "one of 'East', 'West' (the nearest is 'East')"
    assert problem.where == "portfolio.yml, key events"


def test_an_event_that_ends_before_it_starts(small, events):
    problem = small.refused(events("name: strike, start: 2023-01-12, end: 2023-01-10"))
    assert problem.what == "event 'strike' ends on 2023-01-10, before it starts on 2023-01-12"
    assert problem.mend == "swap the two"


def test_two_events_of_one_name(small, events):
    problem = small.refused(events(STRIKE, STRIKE.replace("10", "20").replace("12", "22")))
    assert problem.what == "event 'strike' stands twice"


@pytest.mark.parametrize(("start", "end"), [("2022-01-03", "2022-01-10"), ("2023-02-01", "2023-02-05")])
def test_an_event_outside_the_data_is_named(small, events, start, end):
    quality = small.check(events(f"name: strike, start: {start}, end: {end}")).quality.set_index("check")
    row = quality.loc["event_strike"]
    assert row["status"] == "review"
    assert row["detail"] == (
        f"{start} to {end} lies outside the data (2023-01-02 to 2023-01-29): it bears on nothing"
    )


def test_an_event_that_covers_everything_is_named(small, events):
    quality = small.check(events("name: age, start: 2020-01-01, end: 2030-01-01")).quality.set_index("check")
    assert "nothing tells it from the level" in quality.loc["event_age", "detail"]


def test_an_event_within_the_data_is_not(small, events):
    assert not small.check(events(STRIKE)).quality["check"].str.startswith("event_").any()
