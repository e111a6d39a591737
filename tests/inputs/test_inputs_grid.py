"""What a missing cell means: no delivery, not started, unknown, or a gap."""

from __future__ import annotations

import numpy as np
import pytest

from mmm_helpers.errors import InputError

SALES = "date,revenue\n" + "".join(f"2023-01-{d:02d},{100 + d}\n" for d in (2, 9, 16, 23))
YAML = """\
name: grid
reporting_currency: EUR
outcome: {column: revenue}
channels:
  tv: {spend: tv_spend, impressions: tv_impressions}
markets:
  "DE":
    sources:
      - {path: sales.csv}
      - SOURCE
"""
LONG = (
    "{path: ads.csv, frequency: daily, channel_column: platform, channels: {tv: TV}, metrics: {spend: cost}, "
    "ignore: [other]}"
)
HEADER = "date,platform,cost\n"
ADS_WITH_OTHER = HEADER + "2023-01-02,TV,5\n2023-01-29,other,\n"
WIDE = "{path: ads.csv, columns: {tv_spend: cost}}"
DAILY = "{path: ads.csv, frequency: daily, columns: {tv_spend: cost}}"


@pytest.fixture
def spend(small):
    """TV spend by week for an ads file."""

    def panel(source: str, ads: str, unknown: str = ""):
        yaml = YAML.replace("SOURCE", source).replace(", impressions: tv_impressions", "")
        yaml = yaml.replace("    sources:", f"    unknown: [{unknown}]\n    sources:")
        return small.check(yaml, sales__csv=SALES, ads__csv=ads)

    return panel


@pytest.fixture
def gap(spend):
    def problem(source: str, ads: str):
        with pytest.raises(InputError) as caught:
            spend(source, ads)
        assert len(caught.value.problems) == 1
        return caught.value.problems[0]

    return problem


def days(first: int, last: int) -> str:
    return "date,cost\n" + "".join(f"2023-01-{d:02d},1\n" for d in range(first, last + 1))


def test_day_without_row_in_a_daily_export_is_no_delivery(spend):
    ads = HEADER + "2023-01-02,TV,5\n2023-01-18,TV,7\n2023-01-29,TV,1\n"
    assert list(spend(LONG, ads).panel["spend_tv"]) == [5, 0, 7, 1]


def test_before_a_channel_s_first_row_it_had_not_started(spend):
    data = spend(LONG, HEADER + "2023-01-18,TV,7\n2023-01-29,TV,1\n")
    assert list(data.panel["spend_tv"]) == [0, 0, 7, 1]
    assert data.channel_status["first_date"].tolist() == ["2023-01-16"]
    assert data.channel_status["status"].tolist() == ["active"]
    late = data.quality.set_index("check").loc["late_ads.csv"]
    assert (late["status"], late["value"]) == ("review", 16)


def test_export_ending_within_the_last_week_is_refused(gap):
    problem = gap(LONG, HEADER + "2023-01-02,TV,5\n2023-01-27,TV,1\n")
    assert problem.what == (
        "'cost' has no complete data for the week of 2023-01-23; "
        "the file's rows run from 2023-01-02 to 2023-01-27"
    )
    assert problem.expected == "every week from 2023-01-02 to 2023-01-29"
    assert "0 where nothing was spent" in problem.mend


def test_ignored_rows_do_not_stretch_an_export_s_dates(gap):
    assert "the file's rows run from 2023-01-02 to 2023-01-02" in gap(LONG, ADS_WITH_OTHER).what


def test_hole_between_two_yearly_files_is_refused(small):
    two = f"{LONG}\n      - {LONG.replace('ads.csv', 'ads2.csv')}"
    yaml = YAML.replace("SOURCE", two).replace(", impressions: tv_impressions", "")
    ads, ads2 = HEADER + "2023-01-02,TV,5\n2023-01-08,TV,5\n", HEADER + "2023-01-16,TV,1\n2023-01-29,TV,1\n"
    problem = small.refused(yaml, sales__csv=SALES, ads__csv=ads, ads2__csv=ads2)
    assert "no complete data for the week of 2023-01-09" in problem.what


def test_two_daily_files_may_meet_within_a_week(small):
    two = f"{LONG}\n      - {LONG.replace('ads.csv', 'ads2.csv')}"
    yaml = YAML.replace("SOURCE", two).replace(", impressions: tv_impressions", "")
    ads, ads2 = HEADER + "2023-01-02,TV,5\n2023-01-10,TV,2\n", HEADER + "2023-01-11,TV,3\n2023-01-29,TV,1\n"
    data = small.check(yaml, sales__csv=SALES, ads__csv=ads, ads2__csv=ads2)
    assert list(data.panel["spend_tv"]) == [5, 5, 0, 1]


def test_weekly_file_starting_late(spend):
    data = spend(WIDE, "date,cost\n2023-01-16,3\n2023-01-23,4\n")
    assert list(data.panel["spend_tv"]) == [0, 0, 3, 4]
    review = data.quality.set_index("check").loc["before_start_spend_tv"]
    assert review["status"] == "review"
    assert review["value"] == 2


def test_gap_in_a_weekly_file(gap):
    problem = gap(WIDE, "date,cost\n2023-01-02,3\n2023-01-09,4\n2023-01-23,4\n")
    assert problem.what.startswith("'cost' has no complete data for the week of 2023-01-16")


def test_weekly_file_ending_early(gap):
    problem = gap(WIDE, "date,cost\n2023-01-02,3\n2023-01-09,4\n")
    assert problem.what.startswith("'cost' has no complete data for 2 weeks, the first of 2023-01-16")


def test_missing_day_in_a_daily_wide_file(gap):
    ads = days(2, 29).replace("2023-01-11,1\n", "")
    assert "no complete data for the week of 2023-01-09" in gap(DAILY, ads).what


def test_blank_spend_is_not_zero(gap):
    problem = gap(WIDE, "date,cost\n2023-01-02,3\n2023-01-09,\n2023-01-16,1\n2023-01-23,4\n")
    assert problem.what == "tv_spend is blank for 2023-01-09"
    assert problem.where == "ads.csv, row 3, column 'cost'"
    assert problem.mend == "write 0 if nothing was spent, or declare the range under the market's unknown"


def test_declared_unknown_spend_is_missing_not_zero(spend):
    unknown = "{column: tv_spend, start: 2023-01-09, end: 2023-01-10}"
    data = spend(WIDE, "date,cost\n2023-01-02,3\n2023-01-09,\n2023-01-16,1\n2023-01-23,4\n", unknown)
    assert np.isnan(data.panel["spend_tv"].iloc[1])
    assert data.panel["spend_tv"].sum() == 8


def test_declared_unknown_overrules_a_zero_in_the_file(spend):
    unknown = "{column: tv_spend, start: 2023-01-09, end: 2023-01-15}"
    data = spend(WIDE, "date,cost\n2023-01-02,3\n2023-01-09,0\n2023-01-16,1\n2023-01-23,4\n", unknown)
    assert data.panel["spend_tv"].isna().tolist() == [False, True, False, False]


def test_declared_unknown_fills_a_gap_in_rows(spend):
    unknown = "{column: tv_spend, start: 2023-01-16, end: 2023-01-29}"
    data = spend(WIDE, "date,cost\n2023-01-02,3\n2023-01-09,4\n", unknown)
    assert data.panel["spend_tv"].isna().tolist() == [False, False, True, True]


def test_wholly_unknown_channel(spend):
    unknown = "{column: tv_spend, start: 2023-01-01, end: 2023-02-01}"
    data = spend(WIDE, "date,cost\n2023-01-02,3\n2023-01-09,4\n", unknown)
    assert data.channel_status["status"].tolist() == ["unknown"]


def test_unknown_day_makes_the_week_s_sum_unknown(spend):
    unknown = "{column: tv_spend, start: 2023-01-11, end: 2023-01-11}"
    data = spend(DAILY, days(2, 29), unknown)
    assert data.panel["spend_tv"].isna().tolist() == [False, True, False, False]


def test_blank_outcome_is_refused(small, swap):
    problem = small.refused(data__csv=swap(1, "revenue", ""))
    assert problem.what == "revenue is blank for 2023-01-09"
    assert problem.mend == "fill it in, or declare the range under the market's unknown"


def test_declared_unknown_outcome_of_one_region_is_masked(small, swap):
    entry = "unknown: [{column: revenue, start: 2023-01-09, end: 2023-01-15, region: East}]"
    panel = small.check(small.yaml.replace("holidays: DE", entry), data__csv=swap(1, "revenue", "")).panel
    unknown = panel[panel["outcome"].isna()]
    assert unknown[["region", "date"]].astype("str").to_numpy().tolist() == [["East", "2023-01-09"]]


def test_unknown_of_a_region_that_does_not_exist(small):
    entry = "unknown: [{column: revenue, start: 2023-01-09, end: 2023-01-15, region: Est}]"
    problem = small.refused(small.yaml.replace("holidays: DE", entry))
    assert problem.what == "unknown names the region 'Est'"


def test_gap_in_the_outcome_names_region_and_columns(small):
    problems = []
    with pytest.raises(InputError) as caught:
        small.check(data__csv=small.wide([r for i, r in enumerate(small.rows) if i != 5]))
    problems = {p.what.split(" has no")[0]: p for p in caught.value.problems}
    assert "region 'West'" in problems["'revenue'"].what
    assert "the week of 2023-01-09" in problems["'revenue'"].what
    assert "'tv_spend', 'search_spend'" in problems


def test_region_missing_from_a_wide_spend_file(small):
    yaml = small.yaml.replace("tv: {spend: tv_spend}", "tv: {spend: extra}").replace(
        "holidays: DE", "sources: [{path: tv.csv}]"
    )
    rows = "".join(f"East,2023-01-{d:02d},1\n" for d in (2, 9, 16, 23))
    problem = small.refused(yaml, tv__csv=f"region,date,extra\n{rows}")
    assert "'extra' has no complete data for 4 weeks" in problem.what
    assert "in region 'West'" in problem.what


def test_control_without_its_last_month(small):
    yaml = (
        YAML.replace("channels:", "controls: {index: {role: precision}}\nchannels:")
        .replace("SOURCE", f"{LONG}\n      - {{path: index.csv, frequency: monthly}}")
        .replace(", impressions: tv_impressions", "")
    )
    ads = HEADER + "2023-01-02,TV,5\n2023-01-29,TV,1\n"
    problem = small.refused(yaml, sales__csv=SALES, ads__csv=ads, index__csv="date,index\n2022-12-01,5\n")
    assert problem.what.startswith("'index' has no complete data for 4 weeks, the first of 2023-01-02")
    assert problem.mend == "add the rows, or remove the control"


def test_monthly_control_in_two_yearly_files(small):
    two = "{path: a.csv, frequency: monthly}\n      - {path: b.csv, frequency: monthly}"
    yaml = YAML.replace("channels:", "controls: {index: {role: precision}}\nchannels:")
    yaml = yaml.replace("SOURCE", f"{WIDE}\n      - {two}").replace(", impressions: tv_impressions", "")
    sales = "date,revenue\n2022-12-26,1\n2023-01-02,1\n"
    ads = "date,cost\n2022-12-26,3\n2023-01-02,4\n"
    files = {"a__csv": "date,index\n2022-12-01,5\n", "b__csv": "date,index\n2023-01-01,6\n"}
    data = small.check(yaml, sales__csv=sales, ads__csv=ads, **files)
    assert list(data.panel["control_index"]) == [5, 6]


def test_daily_panel(small):
    yaml = YAML.replace("SOURCE", WIDE).replace(", impressions: tv_impressions", "")
    yaml = yaml.replace("outcome:", "frequency: daily\noutcome:")
    sales = days(1, 31).replace("cost", "revenue")
    panel = small.check(yaml, sales__csv=sales, ads__csv=days(10, 31)).panel
    assert len(panel) == 31
    assert panel["spend_tv"].sum() == 22


def test_monthly_panel_from_daily_files(small):
    yaml = YAML.replace("SOURCE", DAILY).replace(", impressions: tv_impressions", "")
    yaml = yaml.replace("{path: sales.csv}", "{path: sales.csv, frequency: daily}")
    yaml = yaml.replace("outcome:", "frequency: monthly\noutcome:")
    sales = days(1, 31).replace("cost", "revenue") + "2023-02-01,1\n"
    panel = small.check(yaml, sales__csv=sales, ads__csv=days(1, 31)).panel
    assert panel[["outcome", "spend_tv"]].to_numpy().tolist() == [[31, 31]]


def test_weeks_are_never_cut_into_months(small):
    yaml = YAML.replace("SOURCE", DAILY).replace(", impressions: tv_impressions", "")
    yaml = yaml.replace("{path: sales.csv}", "{path: sales.csv, frequency: weekly}")
    yaml = yaml.replace("outcome:", "frequency: monthly\noutcome:")
    problem = small.refused(yaml, sales__csv=SALES, ads__csv=days(1, 31))
    assert problem.what == "'revenue' are weekly, the panel is monthly"


def test_a_control_by_month_and_by_week_is_refused(small):
    two = "{path: a.csv, frequency: monthly}\n      - {path: b.csv}"
    yaml = YAML.replace("channels:", "controls: {index: {role: precision}}\nchannels:")
    yaml = yaml.replace("SOURCE", f"{WIDE}\n      - {two}").replace(", impressions: tv_impressions", "")
    ads = SALES.replace("revenue", "cost")
    files = {"a__csv": "date,index\n2023-01-01,5\n", "b__csv": "date,index\n2023-01-16,6\n"}
    problem = small.refused(yaml, sales__csv=SALES, ads__csv=ads, **files)
    assert problem.what == "'control_index' come monthly here and weekly in b.csv"
