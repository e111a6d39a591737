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


def quality(small, yaml: str, regions: str):
    return small.check(yaml, regions__csv=regions).quality.set_index("check")


def test_media_are_per_head_where_population_is_known(small, yaml):
    row = quality(small, yaml, REGIONS).loc["media_per_head"]
    assert (row["status"], row["value"]) == ("pass", 1)


def test_outcome_stands_in_for_population_and_it_is_said(small, yaml):
    row = quality(small, yaml, REGIONS.replace("100", "")).loc["media_per_head"]
    assert row["status"] == "review"
    assert row["detail"] == (
        "the regions file lacks population: media are measured per region's mean outcome instead"
    )


def test_a_blank_attribute_is_left_out_and_it_is_said(small, yaml):
    row = quality(small, yaml, REGIONS).loc["blank_income"]
    assert row["status"] == "review"
    assert row["detail"] == "'income' is blank for 'West': it is left out for all regions"


def test_a_blank_attribute_that_the_model_is_told_to_use_is_refused(small, yaml):
    yaml += "model: {region_predictors: [population, income]}\n"
    problem = small.refused(yaml, regions__csv=REGIONS)
    assert problem.what == "model.region_predictors names 'income', which is not known for 'West'"
    assert problem.mend == "fill it in, or take it out of model.region_predictors"


def test_a_predictor_that_no_file_gives_is_refused(small):
    problem = small.refused(small.yaml + "model: {region_predictors: [city_tier]}\n")
    assert problem.what == "model.region_predictors names 'city_tier', which is not known for 'East', 'West'"


@pytest.mark.parametrize("name", ["competitive_density", "purchase_cycle_days"])
def test_what_describes_a_regions_purchases_is_no_predictor(small, yaml, name):
    problem = small.refused(yaml + f"model: {{region_predictors: [{name}]}}\n", regions__csv=REGIONS)
    assert f"'{name}' is not a choice here" in problem.what
    assert "population, income, media_penetration, city_tier" in problem.expected
