"""The regions file: attributes that reach the specification, and names that must be known."""

from __future__ import annotations

import pytest

REGIONS = "market,region,population,income\nDE,East,300,1000\nDE,West,100,\n"


@pytest.fixture
def yaml(small) -> str:
    return small.yaml + "regions: regions.csv\n"


def test_attributes_reach_the_specification(small, yaml):
    specification = small.check(yaml, regions__csv=REGIONS).specification
    assert specification["regions"] == {
        "East": {"population": 300, "income": 1000},
        "West": {"population": 100},
    }


def test_national_spend_is_split_by_population(small, yaml):
    yaml = yaml.replace("tv: {spend: tv_spend}", "tv: {spend: extra, level: national}")
    yaml = yaml.replace("holidays: DE", "sources: [{path: tv.csv}]")
    rows = "".join(f"2023-01-{d:02d},40\n" for d in (2, 9, 16, 23))
    panel = small.check(yaml, regions__csv=REGIONS, tv__csv=f"date,extra\n{rows}").panel
    assert set(panel.loc[panel["region"] == "East", "spend_tv"]) == {30.0}
    assert set(panel.loc[panel["region"] == "West", "spend_tv"]) == {10.0}


def test_regional_channel_without_region_is_refused(small, yaml):
    yaml = yaml.replace("tv: {spend: tv_spend}", "tv: {spend: extra}")
    yaml = yaml.replace("holidays: DE", "sources: [{path: tv.csv}]")
    rows = "".join(f"2023-01-{d:02d},40\n" for d in (2, 9, 16, 23))
    problem = small.refused(yaml, regions__csv=REGIONS, tv__csv=f"date,extra\n{rows}")
    assert problem.what == "'extra' come without region, but the market has 2 regions"
    assert problem.mend == "name the region column, or mark the channel level: national"


def test_unknown_market(small, yaml):
    problem = small.refused(yaml, regions__csv=REGIONS + "GE,East,1,1\n")
    assert problem.what == "market 'GE' is unknown"
    assert problem.where == "regions.csv, row 4, column 'market'"
    assert "the nearest is 'DE'" in problem.expected


def test_unknown_region(small, yaml):
    problem = small.refused(yaml, regions__csv=REGIONS.replace("West", "Wets"))
    assert problem.what == "region 'Wets' is unknown"
    assert problem.where == "regions.csv, row 3, column 'region'"
    assert "the nearest is 'West'" in problem.expected


def test_missing_region(small, yaml):
    problem = small.refused(yaml, regions__csv=REGIONS.replace("DE,West,100,\n", ""))
    assert problem.what == "region 'West' is missing"


def test_region_twice(small, yaml):
    problem = small.refused(yaml, regions__csv=REGIONS + "DE,West,5,\n")
    assert problem.what == "region 'West' stands twice"


def test_unknown_attribute(small, yaml):
    problem = small.refused(yaml, regions__csv=REGIONS.replace("income", "incomes"))
    assert problem.what == "column 'incomes' is unknown"
    assert "the nearest is 'income'" in problem.expected


def test_population_of_zero(small, yaml):
    problem = small.refused(yaml, regions__csv=REGIONS.replace("300", "0"))
    assert problem.where == "regions.csv, row 2, column 'population'"
    assert problem.expected == "a number above zero"


def test_market_without_rows_has_no_attributes(small):
    yaml = small.yaml.replace("data:", '  "US": {}\ndata:') + "regions: regions.csv\n"
    regions = "market,region,population\nUS,all,5\n"
    assert small.check(yaml, regions__csv=regions).specification["regions"] == {"East": {}, "West": {}}


def test_a_region_with_the_name_of_the_whole_market_is_refused(small):
    rows = [row.replace("West", "all") for row in small.rows]
    problem = small.refused(small.yaml, data__csv=small.wide(rows))
    assert problem.what == "a region is called 'all', the name of the market as a whole"
    assert problem.expected == "regions by their names ('East')"
