"""One file as a market sees it: every fault names file, row, column, market, and the mend."""

from __future__ import annotations

import pytest

from mmm_helpers.errors import InputError

LONG_YAML = """\
name: long
reporting_currency: EUR
outcome: {column: revenue}
channels:
  tv: {spend: tv_spend}
  search: {spend: search_spend, clicks: search_clicks}
markets:
  "DE":
    sources:
      - {path: sales.csv}
      - path: ads.csv
        frequency: daily
        date: day
        channel_column: platform
        channels: {tv: TV, search: Google Ads}
        metrics: {spend: cost, clicks: clicks}
"""
SALES = "date,revenue\n2023-01-02,100\n2023-01-09,110\n"
ADS = (
    "day,platform,cost,clicks\n"
    "2023-01-02,Google Ads,5,1\n"
    "2023-01-04,Google Ads,7,2\n"
    "2023-01-05,TV,50,\n"
    "2023-01-15,Google Ads,1,1\n"
)


@pytest.fixture
def long(small):
    """Refusal of the long portfolio with another ads file or file of options."""

    def refused(ads: str = ADS, yaml: str = LONG_YAML, sales: str = SALES):
        return small.refused(yaml, sales__csv=sales, ads__csv=ads)

    return refused


def test_missing_column_names_the_nearest_present_one(small):
    problem = small.refused(data__csv=small.wide().replace("tv_spend", "tv_spent"))
    assert problem.what == "column 'tv_spend' is missing"
    assert problem.where == "data.csv, header"
    assert "the nearest is 'tv_spent'" in problem.expected
    assert problem.market == "DE"


def test_declared_column_that_the_file_lacks(small):
    yaml = small.yaml.replace("data.csv}", "data.csv, columns: {revenue: Umsatz}}")
    problem = small.refused(yaml, data__csv=small.wide().replace("revenue", "Umsaetze"))
    assert problem.what == "column 'Umsatz' (revenue) is missing"
    assert problem.where == "data.csv, row of the header"
    assert "the nearest is 'Umsaetze'" in problem.expected


def test_missing_date_column(small):
    problem = small.refused(data__csv=small.wide().replace("date", "week"))
    assert problem.what == "column 'date' (date) is missing"


def test_duplicate_key_names_both_rows(small):
    problem = small.refused(data__csv=small.wide([*small.rows, small.rows[1]]))
    assert problem.what == "rows 3 and 10 both give 2023-01-09, East"
    assert problem.where == "data.csv, row 10"
    assert problem.mend == "remove or add up the repeated rows"


def test_negative_spend_names_row_and_value(small, swap):
    problem = small.refused(data__csv=swap(2, "tv_spend", "-4"))
    assert problem.what == "spend_tv is -4"
    assert problem.where == "data.csv, row 4, column 'tv_spend'"
    assert problem.expected == "zero or more"


def test_unparsable_number(small, swap):
    problem = small.refused(data__csv=swap(0, "revenue", "12 EUR"))
    assert problem.what == "'12 EUR' is no number"
    assert problem.where == "data.csv, row 2, column 'revenue'"


def test_unparsable_date(small, swap):
    problem = small.refused(data__csv=swap(3, "date", "23.01.2023"))
    assert problem.what == "'23.01.2023' is no date"
    assert problem.where == "data.csv, row 5, column 'date'"


def test_mixed_week_anchors(small, swap):
    problem = small.refused(data__csv=swap(3, "date", "2023-01-24"))
    assert problem.what.startswith("week anchors change: 2023-01-24 is a tuesday")
    assert problem.where == "data.csv, row 5"


def test_other_anchor_than_declared(small):
    problem = small.refused(small.yaml.replace("holidays: DE", "week_start: friday"))
    assert problem.what == "weeks begin on monday (2023-01-02), declared is friday"


def test_mixed_currencies(small):
    header = "market,region,date,revenue,tv_spend,search_spend,search_clicks,sessions,price,money"
    rows = [f"{r},{'USD' if i == 2 else 'EUR'}" for i, r in enumerate(small.rows)]
    yaml = small.yaml.replace("data.csv}", "data.csv, currency_column: money}")
    problem = small.refused(yaml, data__csv=small.wide(rows, header))
    assert problem.what == "currencies are mixed: 'EUR', 'USD'"
    assert problem.where == "data.csv, row 4, column 'money'"
    assert "convert the rows to EUR" in problem.mend


def test_another_currency_than_the_market_s(small):
    header = "market,region,date,revenue,tv_spend,search_spend,search_clicks,sessions,price,money"
    yaml = small.yaml.replace("data.csv}", "data.csv, currency_column: money}")
    problem = small.refused(yaml, data__csv=small.wide([f"{r},USD" for r in small.rows], header))
    assert problem.what == "the currency is USD"
    assert problem.expected == "only EUR"


def test_market_without_rows_names_the_nearest_code(small):
    problem = small.refused(data__csv=small.wide().replace("DE,", "GER,"))
    assert problem.what == "the market has no rows"
    assert "the nearest is 'GER'" in problem.expected


def test_shared_data_without_a_market_column(small):
    yaml = small.yaml.replace("data:", '  "US": {}\ndata:')
    text = "\n".join(line.partition(",")[2] for line in small.wide().splitlines())
    assert small.refused(yaml, data__csv=text).what == "the shared data file has no market column"


def test_undeclared_channel_value_names_the_nearest(long):
    problem = long(ADS.replace("2023-01-05,TV", "2023-01-05,Google Adz"))
    assert problem.what == "'Google Adz' is no declared channel"
    assert problem.where == "ads.csv, row 4, column 'platform'"
    assert "the nearest is 'Google Ads'" in problem.expected
    assert problem.mend == "add it to the source's channels, or to ignore"


def test_ignored_channel_values_are_left_out_on_record(small):
    yaml = LONG_YAML.replace("channel_column: platform", "channel_column: platform\n        ignore: [Radio]")
    data = small.check(yaml, sales__csv=SALES, ads__csv=ADS + "2023-01-15,Radio,99,\n")
    assert data.panel["spend_tv"].sum() + data.panel["spend_search"].sum() == 63
    steps = [t["step"] for t in data.provenance["sources"][1]["transformations"]]
    assert "leave out 'Radio'" in steps


def test_missing_metric_column_of_a_long_file(long):
    problem = long(ADS.replace("cost", "costs"))
    assert problem.what == "column 'cost' (spend) is missing"
    assert "the nearest is 'costs'" in problem.expected


def test_same_channel_and_day_twice_in_a_long_file(long):
    problem = long(ADS + "2023-01-05,TV,1,\n")
    assert problem.what == "rows 4 and 6 both give 2023-01-05, TV"


def test_two_values_of_one_channel_are_added_up(small):
    yaml = LONG_YAML.replace("search: Google Ads", "search: [Google Ads, Bing]")
    data = small.check(yaml, sales__csv=SALES, ads__csv=ADS + "2023-01-15,Bing,3,1\n")
    assert list(data.panel["spend_search"]) == [12.0, 4.0]


def test_undeclared_region_value(small):
    yaml = small.yaml.replace("data.csv}", "data.csv, regions: {East: East, Westen: Westt}}")
    problem = small.refused(yaml)
    assert problem.what == "'West' is no declared region"
    assert "the nearest is 'Westt'" in problem.expected


def test_region_that_the_outcome_lacks(small):
    yaml = small.yaml + "# "
    yaml = yaml.replace("holidays: DE", "holidays: DE, sources: [{path: tv.csv}]").replace(
        "tv_spend}", "tv_extra}", 1
    )
    rows = "".join(f"{r},{w},1\n" for r in ("East", "Wst") for w in ("2023-01-02", "2023-01-09"))
    problem = small.refused(yaml, tv__csv=f"region,date,tv_extra\n{rows}")
    assert problem.what == "region 'Wst' is not among the regions of the outcome"
    assert problem.where == "tv.csv, row 4"
    assert "the nearest is 'West'" in problem.expected


def test_two_sources_giving_the_same_cell(small):
    yaml = small.yaml.replace("holidays: DE", "sources: [{path: tv.csv}]")
    problem = small.refused(yaml, tv__csv="region,date,tv_spend\nEast,2023-01-09,3\n")
    assert problem.what == "data.csv and tv.csv both give spend_tv for 2023-01-09"
    assert problem.where == "tv.csv, row 2, column 'tv_spend'"


def test_weekly_spend_in_a_daily_panel(small):
    yaml = small.yaml.replace("frequency: weekly", "frequency: daily").replace(
        "data.csv}", "data.csv, frequency: weekly}"
    )
    problem = small.refused(yaml)
    assert "are weekly, the panel is daily" in problem.what


def test_all_files_problems_come_together(small):
    yaml = small.yaml.replace("holidays: DE", "sources: [{path: no.csv}, {path: none.csv}]")
    with pytest.raises(InputError) as caught:
        small.check(yaml)
    assert [p.where for p in caught.value.problems] == ["no.csv", "none.csv"]


@pytest.mark.parametrize("share", ["impression_share", "auction_overlap"])
def test_share_in_per_cent_is_refused(small, share):
    yaml = small.yaml.replace("spend: tv_spend", f"spend: tv_spend, {share}: tv_share")
    rows = [f"{row},40" for row in small.rows]
    header = small.wide([]).strip() + ",tv_share"
    problem = small.refused(yaml, data__csv=small.wide(rows, header))
    assert problem.what == f"{share}_tv is 40 (and 7 more)"
    assert problem.mend == "give shares between 0 and 1, not per cent"


def test_auction_overlap_of_days_is_averaged_over_the_week(small):
    yaml = small.yaml.replace("spend: tv_spend", "spend: tv_spend, auction_overlap: tv_overlap")
    yaml = yaml.replace("data: {path: data.csv}", "data: {path: data.csv, frequency: daily}")
    days = [f"2023-01-{day:02d}" for day in range(2, 30)]
    rows = [f"DE,East,{day},1,1,1,1,1,1,{0.1 * (i % 7)}" for i, day in enumerate(days)]
    panel = small.check(yaml, data__csv=small.wide(rows, small.wide([]).strip() + ",tv_overlap")).panel
    assert panel["auction_overlap_tv"].to_numpy() == pytest.approx(0.3)
