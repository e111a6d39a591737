"""Nothing is lost or invented: raw totals are the totals of the panel, or stand in the record."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

YAML = """\
name: whole
reporting_currency: EUR
outcome: {column: revenue}
channels:
  tv: {spend: tv_spend, impressions: tv_impressions, impression_share: tv_share}
  search: {spend: search_spend, clicks: search_clicks}
controls:
  price: {role: precision}
  index: {role: precision}
markets:
  "US":
    week_start: sunday
    channels: {tv: {level: national}}
    sources:
      - {path: sales.csv, frequency: daily}
      - path: ads.csv
        frequency: daily
        channel_column: p
        channels: {search: S}
        metrics: {spend: c, clicks: k}
      - {path: tv.csv}
      - {path: index.csv, frequency: monthly}
"""
REGIONS = ("East", "South", "West")


@pytest.fixture
def raw() -> dict[str, pd.DataFrame]:
    """Sales from a Tuesday to a Thursday, ads from before to after, national TV on Sundays."""
    rng = np.random.default_rng(7)
    days = pd.date_range("2023-01-03", "2023-03-30")
    sales = pd.MultiIndex.from_product([REGIONS, days], names=["region", "date"]).to_frame(index=False)
    sales["revenue"] = rng.gamma(5, 20, len(sales)).round(2)
    sales["price"] = 100 + rng.normal(size=len(sales)).round(2)
    ads_days = pd.date_range("2022-12-20", "2023-04-05")
    ads = pd.MultiIndex.from_product([REGIONS, ads_days], names=["region", "date"]).to_frame(index=False)
    ads = ads.assign(p="S", c=rng.gamma(2, 10, len(ads)).round(2), k=rng.integers(0, 50, len(ads)))
    ads = ads[(rng.random(len(ads)) < 0.8) | ads["date"].isin([ads_days[0], ads_days[-1]])]
    weeks = pd.date_range("2023-01-08", "2023-03-19", freq="7D")
    tv = pd.DataFrame({"date": weeks, "tv_spend": rng.gamma(2, 500, len(weeks)).round(2)})
    tv = tv.assign(tv_impressions=(tv["tv_spend"] * 30).round(), tv_share=0.4)
    index = pd.DataFrame({"date": ["2023-01-01", "2023-02-01", "2023-03-01"], "index": [1.0, 2.0, 3.0]})
    return {"sales": sales, "ads": ads, "tv": tv, "index": index}


@pytest.fixture
def data(small, raw):
    files = {f"{name}__csv": table.to_csv(index=False) for name, table in raw.items()}
    return small.check(YAML, market="US", **files)


def within(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of complete Sunday weeks of the outcome: 8 January to 25 March 2023."""
    return table[table["date"].between("2023-01-08", "2023-03-25")]


def test_panel_holds_the_complete_weeks_of_the_outcome(data):
    assert data.panel["date"].min() == pd.Timestamp("2023-01-08")
    assert data.panel["date"].max() == pd.Timestamp("2023-03-19")
    assert len(data.panel) == 3 * 11


def test_outcome_total(data, raw):
    assert data.panel["outcome"].sum() == pytest.approx(within(raw["sales"])["revenue"].sum(), rel=1e-12)


def test_outcome_total_by_region(data, raw):
    expected = within(raw["sales"]).groupby("region")["revenue"].sum()
    assert data.panel.groupby("region")["outcome"].sum().to_numpy() == pytest.approx(expected.to_numpy())


@pytest.mark.parametrize(("column", "file_column"), [("spend_search", "c"), ("clicks_search", "k")])
def test_daily_export_total(data, raw, column, file_column):
    assert data.panel[column].sum() == pytest.approx(within(raw["ads"])[file_column].sum(), rel=1e-12)


def test_daily_export_total_of_one_week(data, raw):
    week = raw["ads"][raw["ads"]["date"].between("2023-02-05", "2023-02-11")]
    panel = data.panel[data.panel["date"] == "2023-02-05"]
    assert panel["spend_search"].sum() == pytest.approx(week["c"].sum())


@pytest.mark.parametrize(
    ("column", "file_column"), [("spend_tv", "tv_spend"), ("impressions_tv", "tv_impressions")]
)
def test_national_total_is_split_without_loss(data, raw, column, file_column):
    assert data.panel[column].sum() == pytest.approx(raw["tv"][file_column].sum(), rel=1e-12)


def test_national_spend_is_split_by_outcome_without_population(data, raw):
    sizes = raw["sales"].groupby("region")["revenue"].sum()
    split = data.panel.groupby("region")["spend_tv"].sum()
    assert (split / split.sum()).to_numpy() == pytest.approx((sizes / sizes.sum()).to_numpy())
    assert (
        "National spend and delivery are split over the regions by outcome." in data.provenance["assumptions"]
    )


def test_averages_are_copied_to_regions_not_split(data):
    assert set(data.panel["impression_share_tv"]) == {0.4}


def test_daily_control_is_averaged(data, raw):
    east = raw["sales"][
        (raw["sales"]["region"] == "East") & raw["sales"]["date"].between("2023-01-08", "2023-01-14")
    ]
    assert data.panel["control_price"].iloc[0] == pytest.approx(east["price"].mean())


def test_monthly_control_takes_the_month_of_the_week_s_middle(data):
    east = data.panel[data.panel["region"] == "East"].set_index("date")["control_index"]
    assert east["2023-01-22"] == 1.0  # middle: Wednesday, 25 January
    assert east["2023-01-29"] == 2.0  # middle: Wednesday, 1 February
    assert east["2023-02-26"] == 3.0  # middle: Wednesday, 1 March


def test_what_lies_outside_the_outcome_s_dates_is_on_record(data, raw):
    steps = data.provenance["sources"][1]["transformations"]
    cut = next(s for s in steps if s["step"] == "keep the outcome's periods 2023-01-08 to 2023-03-19")
    aside = cut["totals_before"]["spend_search"] - cut["totals_after"]["spend_search"]
    outside = raw["ads"]["c"].sum() - within(raw["ads"])["c"].sum()
    assert aside == pytest.approx(outside)


def test_first_step_records_the_file_s_total(data, raw):
    first = data.provenance["sources"][0]["transformations"][0]
    assert first["totals_after"]["outcome"] == pytest.approx(raw["sales"]["revenue"].sum())
    assert first["rows_out"] == len(raw["sales"])


def test_conservation_is_a_passed_check(data):
    quality = data.quality.set_index("check")["status"]
    assert set(quality[quality.index.str.startswith("total_")]) == {"pass"}
    assert {"total_outcome", "total_spend_tv", "total_spend_search"} <= set(quality.index)
