"""How far data reach: spend before the first outcome, regions that begin late or end early, too little data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.inputs import history
from mmm_helpers.inputs.history import span_of, too_short

MIN_PERIODS = history.MIN_PERIODS
YAML = """\
name: reach
reporting_currency: EUR
outcome: {column: revenue}
channels:
  tv: {spend: tv_spend}
  search: {spend: search_spend}
model: {l_max: 4}
markets:
  "DE":
    unknown: [UNKNOWN]
    sources:
      - {path: sales.csv}
      - {path: tv.csv}
      - SEARCH
"""
DAILY = (
    "{path: search.csv, frequency: daily, channel_column: platform, channels: {search: S}, "
    "metrics: {spend: cost}}"
)
WEEKS = pd.date_range("2023-03-06", periods=6, freq="7D")


def long(values: dict[str, tuple[str, list[float]]], column: str) -> str:
    """CSV of weekly values by region: region → first week and the values from then on."""
    rows = [
        f"{region},{day.date()},{value}"
        for region, (first, numbers) in values.items()
        for day, value in zip(pd.date_range(first, periods=len(numbers), freq="7D"), numbers, strict=True)
    ]
    return "\n".join([f"region,date,{column}", *rows]) + "\n"


def both(first: str, numbers: list[float]) -> dict:
    return {"East": (first, numbers), "West": (first, numbers)}


SALES = long(both("2023-03-06", [10, 11, 12, 13, 14, 15]), "revenue")
TV = long(both("2023-03-06", [1, 2, 3, 4, 5, 6]), "tv_spend")
SEARCH = long(both("2023-03-06", [1, 1, 2, 2, 3, 3]), "search_spend")


@pytest.fixture
def check(small):
    """The market's data; files as given, the sound ones else."""

    def run(*, unknown: str = "", search: str = "{path: search.csv}", **files: str):
        yaml = YAML.replace("UNKNOWN", unknown).replace("SEARCH", search)
        files = {"sales__csv": SALES, "tv__csv": TV, "search__csv": SEARCH} | files
        return small.check(yaml, **files)

    return run


def column(data, name: str, region: str = "East") -> list[float]:
    return data.panel.loc[data.panel["region"] == region, name].tolist()


def row(data, name: str) -> pd.Series:
    return data.quality.set_index("check").loc[name]


def earlier(weeks: int, column: str) -> str:
    first = pd.Timestamp("2023-03-06") - pd.Timedelta(weeks=weeks)
    return long(both(str(first.date()), [float(i + 1) for i in range(weeks + 6)]), column)


def test_spend_before_the_first_outcome_is_kept_with_an_unknown_outcome(check):
    data = check(tv__csv=earlier(3, "tv_spend"), search__csv=earlier(3, "search_spend"))
    assert data.panel["date"].min() == pd.Timestamp("2023-02-13")
    assert column(data, "spend_tv") == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert np.isnan(column(data, "outcome")).tolist() == [True] * 3 + [False] * 6


def test_no_more_of_it_is_kept_than_spend_works_in(check):
    data = check(tv__csv=earlier(30, "tv_spend"), search__csv=earlier(30, "search_spend"))
    assert data.panel["date"].min() == pd.Timestamp("2023-02-06")
    assert row(data, "pre_history")["value"] == 4


def test_a_channel_without_spend_before_the_outcome_ends_what_is_known(check):
    data = check(tv__csv=earlier(4, "tv_spend"), search__csv=earlier(2, "search_spend"))
    assert data.panel["date"].min() == pd.Timestamp("2023-02-20")


def test_spend_from_the_first_outcome_on_is_not_preceded_by_zeros(check):
    data = check(tv__csv=earlier(4, "tv_spend"))
    assert data.panel["date"].min() == WEEKS[0]
    assert row(data, "pre_history")["value"] == 0
    assert "masked" in row(data, "pre_history")["detail"]


def test_a_channel_that_starts_later_had_not_started_before_the_outcome_either(check):
    late = long(both("2023-03-20", [2, 2, 3, 3]), "search_spend")
    data = check(tv__csv=earlier(2, "tv_spend"), search__csv=late)
    assert column(data, "spend_search") == [0, 0, 0, 0, 2, 2, 3, 3]


def test_a_daily_export_from_before_the_outcome_is_spend_before_it(check):
    rows = "East,2023-02-13,S,5\nWest,2023-03-01,S,7\nEast,2023-04-16,S,1\n"
    data = check(
        search=DAILY, tv__csv=earlier(3, "tv_spend"), search__csv=f"region,date,platform,cost\n{rows}"
    )
    assert data.panel["date"].min() == pd.Timestamp("2023-02-13")
    assert column(data, "spend_search") == [5, 0, 0, 0, 0, 0, 0, 0, 1]
    assert column(data, "spend_search", "West") == [0, 0, 7, 0, 0, 0, 0, 0, 0]


def test_a_daily_export_that_begins_with_the_outcome_says_nothing_of_before(check):
    rows = "East,2023-03-06,S,5\nEast,2023-04-16,S,1\n"
    data = check(
        search=DAILY, tv__csv=earlier(3, "tv_spend"), search__csv=f"region,date,platform,cost\n{rows}"
    )
    assert data.panel["date"].min() == WEEKS[0]


def test_totals_before_the_outcome_are_conserved(check):
    data = check(tv__csv=earlier(3, "tv_spend"), search__csv=earlier(3, "search_spend"))
    assert row(data, "total_spend_tv")["status"] == "pass"
    assert "outside" not in row(data, "total_spend_tv")["detail"]
    assert any("Spend from 2023-02-13 on is used" in a for a in data.provenance["assumptions"])


LATE = {
    "sales__csv": long(
        {"East": ("2023-03-06", [10, 11, 12, 13, 14, 15]), "West": ("2023-03-27", [5, 5, 5])}, "revenue"
    ),
    "tv__csv": long(
        {"East": ("2023-03-06", [1, 2, 3, 4, 5, 6]), "West": ("2023-03-27", [2, 2, 2])}, "tv_spend"
    ),
    "search__csv": long(
        {"East": ("2023-03-06", [1, 1, 2, 2, 3, 3]), "West": ("2023-03-20", [9, 1, 1, 1])}, "search_spend"
    ),
}


def test_a_region_that_begins_later_is_unknown_before_not_zero(check):
    data = check(**LATE)
    assert np.isnan(column(data, "outcome", "West")).tolist() == [True] * 3 + [False] * 3
    assert np.isnan(column(data, "spend_tv", "West")).tolist() == [True] * 3 + [False] * 3
    assert column(data, "spend_tv", "East") == [1, 2, 3, 4, 5, 6]


def test_spend_before_a_region_begins_is_used_where_it_is_given(check):
    known = column(check(**LATE), "spend_search", "West")
    assert known[2:] == [9, 1, 1, 1]
    assert np.isnan(known[:2]).all()


def test_a_late_region_is_pointed_out_and_on_record(check):
    data = check(**LATE)
    late = row(data, "begins_late_West")
    assert (late["status"], late["value"]) == ("review", 3)
    assert "2023-03-27" in late["detail"]
    assert row(data, "outcome_unknown_share")["value"] == 0
    assert not data.quality["check"].str.startswith("unknown_spend").any()
    assert any(a.startswith("West: outcome") for a in data.provenance["assumptions"])


def test_a_channel_may_still_start_after_its_late_region(check):
    tv = long({"East": ("2023-03-06", [1, 2, 3, 4, 5, 6]), "West": ("2023-04-03", [2, 2])}, "tv_spend")
    data = check(**LATE | {"tv__csv": tv})
    assert column(data, "spend_tv", "West") == [0, 0, 0, 0, 2, 2]


def test_a_channel_that_a_late_region_never_had_is_absent_there_not_unknown(check):
    tv = long({"East": ("2023-03-06", [1, 2, 3, 4, 5, 6]), "West": ("2023-03-27", [0, 0, 0])}, "tv_spend")
    status = check(**LATE | {"tv__csv": tv}).channel_status.set_index(["region", "channel"])["status"]
    assert status["West", "tv"] == "absent"
    assert status["East", "tv"] == "active"


ENDED = {
    "sales__csv": long(
        {"East": ("2023-03-06", [10, 11, 12, 13, 14, 15]), "West": ("2023-03-06", [5, 5, 5, 5])}, "revenue"
    ),
    "tv__csv": long(
        {"East": ("2023-03-06", [1, 2, 3, 4, 5, 6]), "West": ("2023-03-06", [2, 2, 2, 2])}, "tv_spend"
    ),
}


def test_a_region_that_ended_has_to_be_declared(check):
    with pytest.raises(InputError) as caught:
        check(**ENDED)
    (problem,) = caught.value.problems
    assert "'revenue' has no complete data for 2 weeks, the first of 2023-04-03 in region 'West'" in (
        problem.what
    )
    assert problem.mend.endswith("declare the range under the market's unknown, also where a region ended")


def test_a_region_declared_to_have_ended_is_unknown_after_not_zero(check):
    ended = "{column: revenue, region: West, start: 2023-04-03, end: 2023-12-31}"
    data = check(unknown=ended, **ENDED)
    for name in ("outcome", "spend_tv"):
        assert np.isnan(column(data, name, "West")).tolist() == [False] * 4 + [True] * 2
    assert row(data, "ends_early_West")["value"] == 2


def test_a_region_that_begins_within_a_week_loses_that_week_on_record(small):
    days = pd.date_range("2023-03-06", "2023-04-16")
    east = "".join(f"East,{d.date()},1\n" for d in days)
    west = "".join(f"West,{d.date()},2\n" for d in days[9:])
    yaml = YAML.replace("UNKNOWN", "").replace("SEARCH", "{path: search.csv}")
    yaml = yaml.replace("{path: sales.csv}", "{path: sales.csv, frequency: daily}")
    files = {"tv__csv": TV, "search__csv": SEARCH}
    data = small.check(yaml, sales__csv=f"region,date,revenue\n{east}{west}", **files)
    assert np.isnan(column(data, "outcome", "West")).tolist() == [True] * 2 + [False] * 4
    assert row(data, "total_outcome")["status"] == "pass"
    assert "10.00 outside the dates" in row(data, "total_outcome")["detail"]


def test_national_spend_is_split_by_mean_outcome_so_a_late_region_is_not_taken_for_a_small_one(small):
    yaml = YAML.replace("tv: {spend: tv_spend}", "tv: {spend: tv_spend, level: national}")
    yaml = yaml.replace("UNKNOWN", "").replace("SEARCH", "{path: search.csv}")
    sales = long({"East": ("2023-03-06", [10.0] * 6), "West": ("2023-03-27", [30.0] * 3)}, "revenue")
    tv = "date,tv_spend\n" + "".join(f"{w.date()},40\n" for w in WEEKS)
    panel = small.check(yaml, sales__csv=sales, tv__csv=tv, search__csv=LATE["search__csv"]).panel
    assert set(panel.loc[panel["region"] == "West", "spend_tv"]) == {30.0}
    assert panel["spend_tv"].sum() == pytest.approx(240.0)


def test_two_markets_keep_their_own_lengths(small):
    yaml = small.yaml.replace("data:", '  "US": {}\ndata:')
    us = [r.replace("DE,", "US,") for r in small.rows if "2023-01-16" in r or "2023-01-23" in r]
    data = small.wide([*small.rows, *us])
    assert small.check(yaml, market="DE", data__csv=data).panel["date"].nunique() == 4
    short = small.check(yaml, market="US", data__csv=data).panel
    assert short["date"].min() == pd.Timestamp("2023-01-16")
    assert (short["outcome"] > 0).all()


def test_span_of_a_region_without_any_outcome_is_empty():
    assert not span_of(np.array([[np.nan], [np.nan]])).any()


@pytest.mark.parametrize("count", [1, MIN_PERIODS - 1])
def test_too_little_outcome_for_any_estimate_is_refused(count):
    outcome = np.full((52, 2), np.nan)
    outcome[:count, 0] = 1.0
    (problem,) = too_short(outcome, "DE", "data.csv")
    assert problem.what == f"only {count} periods have a known outcome, too little for any estimate"
    assert problem.expected == f"at least {MIN_PERIODS}"
    assert problem.market == "DE"


def test_just_enough_outcome_is_accepted():
    assert too_short(np.ones((MIN_PERIODS, 1)), "DE", "data.csv") == []


def test_the_gate_refuses_a_market_with_too_little_outcome(small, monkeypatch):
    monkeypatch.setattr(history, "MIN_PERIODS", MIN_PERIODS)
    problem = small.refused()
    assert problem.what == "only 4 periods have a known outcome, too little for any estimate"
    assert problem.mend == "add history, or leave the market out of the run"
