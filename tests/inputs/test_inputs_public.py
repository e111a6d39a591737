"""Real and public data through the gate, with portfolio files of a few lines."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

PUBLIC = os.environ.get("MMM_PUBLIC_DATA", "")
pytestmark = pytest.mark.skipif(not PUBLIC, reason="MMM_PUBLIC_DATA is not set")

FOOD = """\
name: food_drink
reporting_currency: USD
outcome: {column: revenue}
channels:
  search: {spend: spend_google_search}
  shopping: {spend: spend_google_shopping_pmax}
  meta: {spend: spend_meta}
  tiktok: {spend: spend_tiktok}
markets:
  "US": {holidays: US, week_start: friday}
data: {path: PATH, date: week_start}
"""
ROBYN = """\
name: robyn_de
reporting_currency: EUR
outcome: {column: revenue}
channels:
  tv: {spend: tv_S}
  ooh: {spend: ooh_S}
  print: {spend: print_S}
  facebook: {spend: facebook_S, impressions: facebook_I}
  search: {spend: search_S, clicks: search_clicks_P}
  newsletter: {activity: newsletter, paid: false}
controls:
  competitor_sales_B: {role: confounder}
markets:
  "DE": {holidays: DE}
data: {path: PATH, date: DATE}
"""
MERIDIAN = """\
name: meridian
reporting_currency: USD
outcome: {column: conversions, kind: conversions, value_per_unit: revenue_per_conversion}
channels:
  channel0: {spend: Channel0_spend, impressions: Channel0_impression}
  organic: {activity: Organic_channel0_impression, paid: false}
controls:
  Promo: {role: confounder}
markets:
  "US": {}
data: {path: PATH, date: time, region: geo}
"""
CASES = {
    "food": (FOOD, "real_food_drink_us/food_drink_us_weekly.csv", "US", "revenue", (1, 117)),
    "robyn": (ROBYN, "robyn_de_weekly/dt_simulated_weekly.csv", "DE", "revenue", (1, 208)),
    "meridian": (MERIDIAN, "meridian_40_geos/geo_all_channels.csv", "US", "conversions", (40, 156)),
}


@pytest.mark.parametrize("case", CASES)
def test_case(small, case):
    yaml, file, market, outcome, (regions, weeks) = CASES[case]
    path = Path(PUBLIC).resolve() / file
    panel = small.check(yaml.replace("PATH", str(path)), market=market).panel
    assert len(panel) == regions * weeks
    assert panel["outcome"].sum() == pytest.approx(pd.read_csv(path)[outcome].sum(), rel=1e-12)


def test_friday_weeks_stay_friday_weeks(small):
    yaml = FOOD.replace("PATH", str(Path(PUBLIC).resolve() / CASES["food"][1]))
    panel = small.check(yaml, market="US").panel
    assert set(panel["date"].dt.day_name()) == {"Friday"}
