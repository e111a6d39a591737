"""The portfolio file: what it gives, and what it refuses with line, key and mend."""

from __future__ import annotations

import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.portfolio import load_portfolio


def refusal(small, yaml: str):
    with pytest.raises(InputError) as caught:
        small.load(yaml)
    return caught.value.problems[0]


def test_paths_are_relative_to_the_file(small):
    portfolio = small.load()
    assert portfolio.folder == small.folder
    assert portfolio.resolve("data.csv") == small.folder / "data.csv"


def test_currency_defaults_to_the_reporting_currency(small):
    assert small.load().currency("DE") == "EUR"


@pytest.mark.parametrize(("frequency", "l_max"), [("daily", 28), ("weekly", 8), ("monthly", 3)])
def test_carry_over_defaults_by_frequency(small, frequency, l_max):
    assert small.load(small.yaml.replace("weekly", frequency)).l_max == l_max


def test_market_overrides_a_channel(small):
    yaml = small.yaml.replace("holidays: DE", "channels: {tv: {level: national}}")
    portfolio = small.load(yaml)
    assert portfolio.market_channels("DE")["tv"].level == "national"
    assert portfolio.channels["tv"].level == "regional"


@pytest.mark.parametrize(("stated", "own", "holds"), [("true", "false", False), ("false", "true", True)])
def test_market_overrides_what_follows_demand(small, stated, own, holds):
    yaml = small.yaml.replace("spend: tv_spend", f"spend: tv_spend, follows_demand: {stated}")
    yaml = yaml.replace("holidays: DE", f"channels: {{tv: {{follows_demand: {own}}}}}")
    portfolio = small.load(yaml)
    assert portfolio.market_channels("DE")["tv"].follows_demand is holds
    assert portfolio.channels["tv"].follows_demand is not holds
    assert not portfolio.market_channels("DE")["search"].follows_demand


def test_a_slip_in_follows_demand_names_the_key(small):
    problem = refusal(small, small.yaml.replace("spend: tv_spend", "spend: tv_spend, follow_demand: true"))
    assert problem.where == "portfolio.yml, line 6, key channels.tv.follow_demand"
    assert "the nearest is 'follows_demand'" in problem.mend


@pytest.mark.parametrize("value", ["sometimes", "3"])
def test_what_follows_demand_does_or_does_not(small, value):
    yaml = small.yaml.replace("spend: tv_spend", f"spend: tv_spend, follows_demand: {value}")
    with pytest.raises(InputError) as caught:
        small.load(yaml)
    (problem,) = caught.value.problems
    assert problem.where == "portfolio.yml, line 6, key channels.tv.follows_demand"
    assert "true or false" in problem.expected


def test_unknown_key_names_line_and_nearest(small):
    problem = refusal(small, small.yaml.replace("frequency: weekly", "frequenzy: weekly"))
    assert problem.what == "unknown key 'frequenzy'"
    assert problem.where == "portfolio.yml, line 3, key frequenzy"
    assert "the nearest is 'frequency'" in problem.mend


def test_unknown_nested_key_lists_the_section_s_keys(small):
    problem = refusal(
        small, small.yaml.replace("tv: {spend: tv_spend}", "tv: {spend: tv_spend, funel: upper}")
    )
    assert problem.where == "portfolio.yml, line 6, key channels.tv.funel"
    assert "the nearest is 'funnel'" in problem.mend


def test_unquoted_NO_as_market_is_refused_naming_the_quotes(small):
    problem = refusal(small, small.yaml.replace('"DE":', "NO:"))
    assert problem.what == "key NO is read by YAML as true/false"
    assert problem.mend == 'put it in quotes: "NO"'


def test_unquoted_integer_market_keeps_its_zero_in_the_message(small):
    problem = refusal(small, small.yaml.replace('"DE":', "01:"))
    assert problem.what == "key 01 is read by YAML as an integer"
    assert problem.mend == 'put it in quotes: "01"'


def test_unquoted_NO_as_holiday_calendar_is_refused(small):
    problem = refusal(small, small.yaml.replace("holidays: DE", "holidays: NO"))
    assert problem.where == "portfolio.yml, line 12, key markets.DE.holidays"
    assert problem.mend == 'put it in quotes: "NO"'


@pytest.mark.parametrize("code", ["all", "portfolio", "fits", "cache", "ALL"])
def test_reserved_codes(small, code):
    assert "is reserved" in refusal(small, small.yaml.replace('"DE"', f'"{code}"')).what


def test_codes_unique_regardless_of_case(small):
    problem = refusal(small, small.yaml.replace("data:", '  "de": {}\ndata:'))
    assert problem.what == "market codes 'DE' and 'de' differ only in case"


def test_code_with_a_space(small):
    assert "has characters it may not have" in refusal(small, small.yaml.replace('"DE"', '"D E"')).what


def test_duplicate_key_names_both_lines(small):
    problem = refusal(small, small.yaml.replace("data:", '  "DE": {}\ndata:'))
    assert problem.what == "key 'DE' stands twice, first on line 12"
    assert problem.where == "portfolio.yml, line 13, in markets"


def test_mediator_is_refused(small):
    problem = refusal(small, small.yaml.replace("role: precision", "role: mediator"))
    assert "mediator" in problem.what
    assert problem.where == "portfolio.yml, line 10, key controls.price.role"
    assert problem.mend == "remove this control"


def test_column_with_two_uses(small):
    problem = refusal(small, small.yaml.replace("spend: search_spend", "spend: tv_spend"))
    assert problem.what == "column 'tv_spend' is both spend of 'tv' and spend of 'search'"


def test_paid_channel_without_spend(small):
    problem = refusal(small, small.yaml.replace("spend: tv_spend", "label: TV"))
    assert problem.what == "a paid channel names no spend column"


def test_unpaid_channel_without_activity(small):
    problem = refusal(small, small.yaml.replace("activity: sessions, ", ""))
    assert problem.what == "an unpaid channel names no activity column"


def test_units_need_their_value(small):
    problem = refusal(small, small.yaml.replace("column: revenue", "column: revenue, kind: units"))
    assert problem.what == "kind units lacks value_per_unit"


def test_market_without_data(small):
    problem = refusal(small, small.yaml.replace("data: {path: data.csv}", ""))
    assert problem.what == "market 'DE' has no data"


def test_source_renaming_an_unknown_column(small):
    problem = refusal(small, small.yaml.replace("path: data.csv", "path: data.csv, columns: {tv_spent: TV}"))
    assert "names the unknown column 'tv_spent'" in problem.what
    assert "the nearest is 'tv_spend'" in problem.expected


def test_unknown_may_not_be_declared_for_a_control(small):
    entry = "unknown: [{column: price, start: 2023-01-02, end: 2023-01-08}]"
    problem = refusal(small, small.yaml.replace("holidays: DE", entry))
    assert problem.what == "market 'DE' declares 'price' unknown"


def test_every_fault_is_reported_at_once(small):
    yaml = small.yaml.replace("role: precision", "role: mediator").replace("weekly", "wekly")
    with pytest.raises(InputError) as caught:
        small.load(yaml)
    assert len(caught.value.problems) == 2


def test_missing_file_names_the_nearest(small):
    small.load()
    with pytest.raises(InputError, match=r"the nearest is 'portfolio\.yml'"):
        load_portfolio(small.folder / "portfolo.yml")


def test_broken_yaml_names_the_line(small):
    problem = refusal(small, small.yaml.replace("{column: revenue}", "{column: revenue"))
    assert problem.what.startswith("this is not valid YAML")
    assert "line" in problem.where


def test_empty_file(small):
    assert refusal(small, "# nothing yet\n").what == "the file holds no keys"
