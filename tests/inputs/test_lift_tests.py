"""Lift tests: what is read, and each thing that cannot have been is refused with what, where and mend."""

import re

import pandas as pd
import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.lift_tests import market_tests

WEEKS = pd.date_range("2024-01-01", periods=40, freq="7D")
GOOD = {
    "experiment": "tv dark", "market": "DE", "region": "East", "channel": "tv", "design": "go_dark",
    "start": "2024-07-01", "end": "2024-07-28", "spend_change": "-400", "outcome_change": "-900",
    "outcome_low": "-1300", "outcome_high": "-500", "explanation": "",
}  # fmt: skip
HEADER = ",".join(GOOD)


@pytest.fixture
def panel():
    """40 weeks of three regions, 100 on TV and 50 on search a week; TV is dark in July, search from August."""
    rows = [
        {"date": date, "region": region, "outcome": 1000.0, "spend_tv": 100.0, "spend_search": 50.0}
        for region in ("East", "South", "West")
        for date in WEEKS
    ]
    panel = pd.DataFrame(rows)
    dark = (panel["region"] == "East") & panel["date"].between("2024-07-01", "2024-07-28")
    later = (panel["region"] != "South") & (panel["date"] >= "2024-08-05")
    return panel.assign(
        spend_tv=panel["spend_tv"].mask(dark, 0.0), spend_search=panel["spend_search"].mask(later, 0.0)
    )


def _csv(*rows):
    return (
        "\n".join([HEADER, *(",".join(GOOD[k] if k not in row else row[k] for k in GOOD) for row in rows)])
        + "\n"
    )


@pytest.fixture
def read(small, panel):
    """`read({change}, …)`: the market's tests, rows as the good one but for the changes."""

    def read(*rows, text=None):
        yaml = (small.yaml + "lift_tests: tests.csv\n").replace('"DE"', '"AT": {}\n  "DE"')
        portfolio = small.load(yaml, tests__csv=text or _csv(*rows), data__csv=small.wide())
        return market_tests(portfolio, "DE", panel)

    return read


@pytest.fixture
def refused(read):
    """The one sentence for which the tests are refused."""

    def refused(*rows, text=None):
        with pytest.raises(InputError) as caught:
            read(*rows, text=text)
        assert len(caught.value.problems) == 1, caught.value
        return str(caught.value)

    return refused


def test_sound_test_is_read_as_it_stands(read):
    (test,) = read({})
    assert test == {
        "experiment": "tv dark", "region": "East", "channel": "tv", "design": "go_dark", "start": "2024-07-01",
        "end": "2024-07-28", "spend_change": -400.0, "outcome_change": -900.0, "outcome_low": -1300.0,
        "outcome_high": -500.0,
    }  # fmt: skip


def test_blank_result_is_to_be_measured(read):
    blank = dict.fromkeys(("outcome_change", "outcome_low", "outcome_high"), "")
    (test,) = read(blank | {"region": "East | West", "spend_change": "-800", "explanation": "a strike"})
    assert "outcome_change" not in test
    assert test["region"] == "East|West"
    assert test["explanation"] == "a strike"


def test_tests_of_other_markets_are_theirs(read):
    assert read({"market": "AT", "region": "nowhere"}) == []


def test_without_a_file_there_are_no_tests(small, panel):
    assert market_tests(small.load(data__csv=small.wide()), "DE", panel) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"market": "CH"}, r"market 'CH' is unknown \(tests.csv, row 2, column 'market'\)"),
        ({"channel": "serch"}, r"channel 'serch' is unknown .* expected one of .*search"),
        ({"channel": "organic"}, r"channel 'organic' is unknown"),
        ({"region": "Eats"}, r"region 'Eats' is unknown .*East"),
        ({"region": "|"}, r"names no region"),
        ({"design": "dark"}, r"design 'dark' is unknown .*go_dark"),
        ({"experiment": ""}, r"has no name"),
        ({"start": "2023-07-03"}, r"its start 2023-07-03 lies outside the data .*2024-01-01 to 2024-10-06"),
        ({"end": "2025-07-28"}, r"its end 2025-07-28 lies outside the data"),
        ({"end": "2024-06-02"}, r"ends on 2024-06-02, before it starts .* swap"),
        ({"start": "2024-07-03"}, r"within a period .* such as 2024-07-01"),
        ({"start": "July"}, r"'July' is no date"),
        ({"spend_change": ""}, r"change of spend is blank or zero"),
        ({"spend_change": "0"}, r"change of spend is blank or zero"),
        ({"spend_change": "a lot"}, r"'a lot' is no number"),
        ({"spend_change": "400"}, r"went dark with a change of spend of \+400.* with a minus"),
        (
            {"spend_change": "-100"},
            r"small part of what going dark saves \(400\).*looks like one period's.*total",
        ),
        ({"spend_change": "-40000"}, r"100.0 times what the panel holds.*unit or currency"),
        (
            {"region": "West"},
            r"-400, -100 a week, and the panel holds 400 for the test, 400 for as long before it",
        ),
        (
            {
                "channel": "search",
                "start": "2024-08-05",
                "end": "2024-08-11",
                "spend_change": "-50",
                "region": "East|East",
            },
            r"region 'East' stands twice in one test",
        ),
        (
            {
                "design": "roas",
                "region": "West",
                "spend_change": "4000",
                "outcome_change": "9",
                "outcome_low": "5",
                "outcome_high": "13",
            },
            r"10.0 times what the panel holds for the test, 400 .*unit or currency",
        ),
        (
            {"outcome_change": "-90000", "outcome_low": "-130000"},
            r"all that the panel holds for the test 4,000",
        ),
        ({"design": "scale", "spend_change": "-50"}, r"design is scale with a change of spend of -50"),
        ({"outcome_low": ""}, r"stated in part .* leave all blank"),
        ({"outcome_low": "-500", "outcome_high": "-1300"}, r"swap"),
        ({"outcome_low": "-900", "outcome_high": "-900"}, r"no width.* error above zero"),
        ({"outcome_change": "-200"}, r"-200 lies outside its own range"),
        (
            {"outcome_change": "900", "outcome_low": "500", "outcome_high": "1300"},
            r"has the other sign.*minus",
        ),
    ],
)
def test_what_cannot_have_been_is_refused(refused, change, says):
    text = refused(change)
    assert re.search(says, text), text
    assert "tests.csv" in text
    assert text.startswith("Market DE: ")


def test_nothing_left_alone_needs_a_stated_result(refused, panel):
    blank = dict.fromkeys(("outcome_change", "outcome_low", "outcome_high"), "")
    everywhere = refused(blank | {"region": "East|South|West", "start": "2024-05-06", "end": "2024-06-02",
                                  "spend_change": "-1200"})  # fmt: skip
    assert "treats every region and states no result" in everywhere
    assert "no trace in the panel" in refused(
        blank | {"design": "roas", "region": "South", "spend_change": "400"}
    )


def test_addition_of_a_week_for_that_of_the_test_is_seen_where_spend_rose(read, refused, panel):
    heavy = (panel["region"] == "West") & panel["date"].between("2024-05-06", "2024-06-02")
    panel.loc[heavy, "spend_tv"] = 200.0
    change = {"region": "West", "design": "scale", "start": "2024-05-06", "end": "2024-06-02"}
    change |= {"outcome_change": "900", "outcome_low": "500", "outcome_high": "1300"}
    assert read(change | {"spend_change": "400"})[0]["design"] == "scale"
    assert "what the panel shows to be added (400)" in refused(change | {"spend_change": "100"})


def test_channel_that_a_region_does_not_buy(refused, panel):
    panel.loc[panel["region"] == "East", "spend_tv"] = 0.0
    text = refused({})
    assert "channel 'tv' is never bought in region 'East'" in text
    assert "expected one of 'search'" in text


def test_unknown_spend_within_the_test(refused, panel):
    panel.loc[(panel["region"] == "East") & (panel["date"] == "2024-07-08"), "spend_tv"] = float("nan")
    assert "spend on 'tv' is unknown in 1 of the test's weeks" in refused({})


def test_measurement_needs_weeks_before_the_test(refused, panel):
    blank = dict.fromkeys(("outcome_change", "outcome_low", "outcome_high"), "")
    early = {"start": "2024-01-22", "end": "2024-02-04", "spend_change": "-200"}
    assert "the data hold 3 periods before it" in refused(blank | early)


def test_national_channel_is_tested_in_the_whole_market(small, panel):
    yaml = small.yaml.replace("holidays: DE", "channels: {tv: {level: national}}") + "lift_tests: tests.csv\n"
    portfolio = small.load(yaml, tests__csv=_csv({}), data__csv=small.wide())
    with pytest.raises(InputError, match="'tv' is bought for the whole market, the test treats 'East'"):
        market_tests(portfolio, "DE", panel)


def test_all_stands_for_every_region(read):
    (test,) = read({"region": "all", "design": "roas", "spend_change": "800", "outcome_change": "900",
                    "outcome_low": "500", "outcome_high": "1300"})  # fmt: skip
    assert test["region"] == "East|South|West"


def test_every_fault_of_a_stage_is_named_at_once(read):
    with pytest.raises(InputError) as caught:
        read({"channel": "serch"}, {"experiment": "other", "design": "dark"})
    assert len(caught.value.problems) == 2


def test_overlap_in_a_region_is_refused_until_the_effect_has_landed(read, refused):
    late = {"experiment": "search dark", "channel": "search", "spend_change": "-200"}
    text = refused({}, late | {"start": "2024-08-05", "end": "2024-09-01"})
    assert "tests 'tv dark' and 'search dark' overlap in East" in text
    assert "row 3" in text
    assert len(read({}, late | {"start": "2024-09-16", "end": "2024-10-06", "spend_change": "-150"})) == 2
    assert len(read({}, late | {"region": "West", "start": "2024-08-05", "end": "2024-09-01"})) == 2


def test_effect_lasts_as_long_as_the_channel_s_own_carry_over(small, panel):
    late = {"experiment": "search dark", "channel": "search", "spend_change": "-200"}
    late |= {"start": "2024-08-05", "end": "2024-09-01"}
    yaml = small.yaml.replace("spend: tv_spend", "spend: tv_spend, l_max: 2") + "lift_tests: tests.csv\n"
    portfolio = small.load(yaml, tests__csv=_csv({}, late), data__csv=small.wide())
    assert len(market_tests(portfolio, "DE", panel)) == 2


def test_name_stands_once(refused):
    later = {"start": "2024-09-16", "end": "2024-10-06", "spend_change": "-300"}
    assert "'tv dark' stands twice" in refused({}, later)


def test_columns_are_known_and_complete(refused):
    assert "column 'outcome_mean' is unknown" in refused(
        text=_csv({}).replace("outcome_change", "outcome_mean")
    )
    assert "column 'spend_change' is missing" in refused(
        text=_csv({}).replace("spend_change,", "").replace("-400,", "")
    )


@pytest.fixture
def gated(small):
    """`gated(row)`: the small market's data, with a file of one test of all the spend on TV in two weeks."""
    stated = {"design": "roas", "start": "2023-01-09", "end": "2023-01-16", "spend_change": "23"}
    stated |= {"outcome_change": "30", "outcome_low": "10", "outcome_high": "50"}

    def gated(row):
        return small.check(small.yaml + "lift_tests: tests.csv\n", tests__csv=_csv(stated | row))

    return gated


def test_specification_has_the_tests_only_where_there_is_a_file(small, gated):
    assert "lift_tests" not in small.check().specification
    (test,) = gated({}).specification["lift_tests"]
    assert (test["experiment"], test["region"], test["spend_change"]) == ("tv dark", "East", 23.0)


def test_market_without_tests_has_an_empty_list(small):
    yaml = small.yaml.replace("data:", '  "US": {}\ndata:') + "lift_tests: tests.csv\n"
    assert small.check(yaml, tests__csv=_csv({"market": "US"})).specification["lift_tests"] == []


def test_provenance_names_the_file_and_a_change_of_it_is_seen(gated):
    one, two = gated({}).provenance, gated({"outcome_change": "31"}).provenance
    assert set(one["side_files"]) == {"tests.csv"}
    assert one["side_files"] != two["side_files"]
    assert one["fingerprint"] != two["fingerprint"]
