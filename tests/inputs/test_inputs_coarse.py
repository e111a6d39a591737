"""One monthly series in a weekly panel: amounts are spread over days, on record; an outcome is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

YAML = """\
name: coarse
reporting_currency: EUR
outcome: {column: revenue}
channels:
  tv: {spend: tv_spend, impressions: tv_impressions, impression_share: tv_share}
  search: {spend: search_spend}
markets:
  "DE":
    unknown: [UNKNOWN]
    sources:
      - {path: weekly.csv}
      - {path: monthly.csv, frequency: monthly}
"""
WEEKS = pd.date_range("2023-01-02", "2023-03-20", freq="7D")
WEEKLY = "date,revenue,search_spend\n" + "".join(f"{w.date()},100,{i}\n" for i, w in enumerate(WEEKS))
MONTHLY = (
    "date,tv_spend,tv_impressions,tv_share\n"
    "2023-01-01,3100,310,0.2\n2023-02-01,5600,560,0.4\n2023-03-01,0,0,0.1\n"
)


def check(small, *, unknown: str = "", yaml: str = YAML, **files: str):
    files = {"weekly__csv": WEEKLY, "monthly__csv": MONTHLY} | files
    return small.check(yaml.replace("UNKNOWN", unknown), **files)


@pytest.fixture
def data(small):
    return check(small)


def test_a_week_gets_its_days_shares_of_their_months(data):
    spend = data.panel.set_index("date")["spend_tv"]
    assert spend["2023-01-09"] == pytest.approx(7 * 100.0)
    assert spend["2023-01-30"] == pytest.approx(2 * 100.0 + 5 * 200.0)
    assert spend["2023-02-27"] == pytest.approx(2 * 200.0)
    assert spend["2023-03-06"] == 0


def test_the_total_is_conserved_but_for_the_days_outside(data):
    # 1 January is a Sunday, before the first week.
    assert data.panel["spend_tv"].sum() == pytest.approx(3100 + 5600 - 100)
    assert data.panel["impressions_tv"].sum() == pytest.approx(310 + 560 - 10)
    total = data.quality.set_index("check").loc["total_spend_tv"]
    assert total["status"] == "pass"
    assert "100.00 outside the dates" in total["detail"]


def test_spreading_is_a_step_of_the_record_that_loses_nothing(data):
    steps = data.provenance["sources"][1]["transformations"]
    (spread,) = [
        s for s in steps if s["step"].startswith("spread amounts evenly over the days of each month")
    ]
    assert spread["totals_after"]["spend_tv"] == pytest.approx(spread["totals_before"]["spend_tv"])


def test_an_average_is_copied_not_spread(data):
    share = data.panel.set_index("date")["impression_share_tv"]
    assert share["2023-01-09"] == pytest.approx(0.2)
    assert share["2023-01-30"] == pytest.approx((2 * 0.2 + 5 * 0.4) / 7)


def test_spreading_is_marked_as_an_assumption_to_review(data):
    row = data.quality.set_index("check").loc["spread_spend_tv"]
    assert row["status"] == "review"
    assert row["detail"] == ("monthly in a weekly panel, spread evenly over the days of each month: assumed")
    said = "tv_spend, tv_impressions, tv_share (monthly): spread evenly over the days of each month."
    assert said in data.provenance["assumptions"]


def test_the_page_names_what_was_spread(data):
    from mmm_helpers.report.data.eda import describe_quality, summarize_provenance

    assert "spread spend tv" in describe_quality(data.quality)
    record = summarize_provenance(data.provenance, profile="standard")
    assert any("spread evenly over the days" in a for a in record["assumptions"])


def test_an_unknown_month_is_unknown_in_every_week_that_it_touches(small):
    data = check(small, unknown="{column: tv_spend, start: 2023-02-10, end: 2023-02-20}")
    unknown = data.panel.loc[data.panel["spend_tv"].isna(), "date"]
    assert unknown.min() == pd.Timestamp("2023-01-30")
    assert unknown.max() == pd.Timestamp("2023-02-27")
    assert len(unknown) == 5


def test_a_month_that_is_missing_is_refused(small):
    rows = [r for r in MONTHLY.splitlines() if "2023-02" not in r]
    problem = small.refused(
        YAML.replace("UNKNOWN", ""), weekly__csv=WEEKLY, monthly__csv="\n".join(rows) + "\n"
    )
    assert problem.what.startswith("'tv_spend' has no complete data for 5 weeks, the first of 2023-01-30")


def test_a_monthly_outcome_in_a_weekly_panel_is_refused(small):
    yaml = YAML.replace("UNKNOWN", "").replace("{path: weekly.csv}", "{path: weekly.csv, frequency: monthly}")
    sales = "date,revenue,search_spend\n2023-01-01,10,1\n2023-02-01,10,1\n"
    problem = small.refused(yaml, weekly__csv=sales, monthly__csv=MONTHLY)
    assert problem.what == "'revenue' are monthly, the panel is weekly"
    assert problem.mend == "supply a weekly outcome, or set the portfolio's frequency to monthly"


def test_the_same_data_by_month_are_taken_as_they_are(small):
    yaml = YAML.replace("UNKNOWN", "").replace("{path: weekly.csv}", "{path: weekly.csv, frequency: monthly}")
    yaml = yaml.replace("outcome:", "frequency: monthly\noutcome:")
    sales = "date,revenue,search_spend\n2023-01-01,10,1\n2023-02-01,10,1\n2023-03-01,10,1\n"
    data = small.check(yaml, weekly__csv=sales, monthly__csv=MONTHLY)
    assert data.panel["spend_tv"].tolist() == [3100, 5600, 0]
    assert not data.quality["check"].str.startswith("spread_").any()


def test_weekly_spend_in_a_daily_panel_is_spread_over_the_week(small):
    yaml = YAML.replace("UNKNOWN", "").replace("outcome:", "frequency: daily\noutcome:")
    yaml = yaml.replace("{path: monthly.csv, frequency: monthly}", "{path: tv.csv, frequency: weekly}")
    days = pd.date_range("2023-01-02", periods=14)
    daily = "date,revenue,search_spend\n" + "".join(f"{d.date()},5,1\n" for d in days)
    tv = "date,tv_spend,tv_impressions,tv_share\n2023-01-02,70,7,0.5\n2023-01-09,7,7,0.5\n"
    panel = small.check(yaml, weekly__csv=daily, tv__csv=tv).panel
    assert panel["spend_tv"].tolist() == [10.0] * 7 + [1.0] * 7


def test_monthly_spend_by_region_keeps_each_regions_total(small):
    weekly = "region,date,revenue,search_spend\n" + "".join(
        f"{r},{w.date()},100,1\n" for r in ("East", "West") for w in WEEKS
    )
    monthly = "region,date,tv_spend,tv_impressions,tv_share\n" + "".join(
        f"{r},2023-{m:02d}-01,{v * m},0,0\n" for r, v in (("East", 310), ("West", 620)) for m in (1, 2, 3)
    )
    panel = check(small, weekly__csv=weekly, monthly__csv=monthly).panel
    by_region = panel.groupby("region")["spend_tv"].sum()
    outside = np.array([310, 620]) * (1 / 31) + np.array([310, 620]) * 3 * (5 / 31)
    assert by_region.to_numpy() == pytest.approx(np.array([310, 620]) * 6 - outside)
