"""Panels as they come: each case where zeros in place of gaps go wrong, in a small world with known truth.

The world and its estimates stand in `conftest.py`; here they are recovered from an analyst's files with faults.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


def test_the_world_is_recovered_where_nothing_is_missing(panels):
    assert panels.miss(panels.design(panels.tables())) < 0.05


@pytest.fixture(scope="module")
def late_region(panels):
    """The south starts a year later."""
    return panels.design(panels.without(panels.tables(), "South", 0, 51))


def test_a_region_that_starts_a_year_later(panels, late_region):
    assert panels.miss(late_region) < 0.05
    assert panels.miss(late_region, regions=("South",)) < 0.1
    assert panels.miss(late_region, zeros=True) > 0.5


def test_a_late_regions_first_weeks_wait_for_known_spend(panels, late_region):
    first = np.flatnonzero(late_region.observed[:, 2])[0]
    assert late_region.dates[first] == pd.Timestamp(panels.week(52 + panels.l_max - 1))
    assert late_region.observed[panels.l_max :, :2].all()


def test_a_region_that_ended_early(panels):
    ended = f"{{column: revenue, region: South, start: {panels.week(70)}, end: 2030-01-01}}"
    early = panels.design(panels.without(panels.tables(), "South", 70, 200), unknown=ended)
    assert panels.miss(early) < 0.05
    assert panels.miss(early, regions=("South",)) < 0.1
    assert panels.miss(early, zeros=True) > 0.5


def test_an_outcome_declared_unknown(panels):
    unknown = f"{{column: revenue, start: {panels.week(35)}, end: {panels.week(40)}}}"
    masked = panels.design(panels.tables(), unknown=unknown)
    assert panels.miss(masked) < 0.05
    assert panels.miss(masked, zeros=True) > 0.5


def test_spend_declared_unknown_hides_what_it_carries_into(panels):
    last, l_max = int(panels.tables()["tv"]["tv_spend"].rolling(4).sum().idxmax()), panels.l_max
    unknown = f"{{column: tv_spend, start: {panels.week(last - 3)}, end: {panels.week(last)}}}"
    masked = panels.design(panels.tables(), unknown=unknown)
    hidden = np.flatnonzero(~masked.observed[l_max:, 0]) + l_max
    assert hidden.tolist() == list(range(last - 3, last + l_max))
    assert panels.miss(masked) < 0.05
    nothing = np.arange(panels.weeks)[:, None] >= np.full(3, l_max)
    assert panels.miss(masked, mask=nothing) > 0.15
    alone = nothing & ~np.isin(np.arange(panels.weeks), range(last - 3, last + 1))[:, None]
    assert panels.miss(masked, mask=alone) > 0.1


def test_spend_before_the_first_outcome_carries_into_its_first_weeks(panels):
    tables = panels.tables()
    sales = tables["sales"][tables["sales"]["date"] >= panels.week(panels.l_max)]
    known = panels.design(tables | {"sales": sales})
    assert known.dates[0] == pd.Timestamp(panels.start)
    assert known.observed[panels.l_max :].all()
    assert panels.miss(known) < 0.05


def test_without_spend_before_the_first_outcome_its_first_weeks_are_masked(panels):
    from_then = {n: t[t["date"] >= panels.week(panels.l_max)] for n, t in panels.tables().items()}
    cut = panels.design(from_then)
    assert not cut.observed[: panels.l_max].any()
    assert cut.observed[panels.l_max :].all()
    assert panels.miss(cut) < 0.05
    assert panels.miss(cut, mask=np.ones_like(cut.observed)) > 0.1


@pytest.fixture(scope="module")
def late_channel(panels):
    """Search starts in the middle, in the north only; its export has no earlier rows for that region."""
    media, half = panels.spend(), panels.weeks // 2
    media["search"][:half, 1] = 0.0
    tables = panels.world(media).tables()
    return panels.design(panels.without(tables, "North", 0, half - 1, "search"))


def test_a_channel_that_starts_in_the_middle_of_one_region(panels, late_channel):
    assert panels.miss(late_channel) < 0.05
    assert panels.miss(late_channel, regions=("North",)) < 0.1


def test_nothing_is_masked_where_a_channel_had_not_started(panels, late_channel):
    assert late_channel.observed[panels.l_max :].all()
    assert not late_channel.spend[: panels.weeks // 2, 1, 1].any()


def _mean_since_start(spend: np.ndarray) -> float:
    return float(spend[np.flatnonzero(spend)[0] :].mean())


def test_its_mean_level_is_that_since_its_start(late_channel):
    mean = _mean_since_start(late_channel.spend[:, 1, 1])
    assert late_channel.mean_spend[1, 1] == pytest.approx(mean)


def test_the_mean_level_of_a_late_region_is_of_its_own_time(panels, late_region):
    mean = _mean_since_start(panels.spend()["search"][52:, 2]) * panels.heads["South"]
    assert late_region.mean_spend[2, 1] == pytest.approx(mean)


def test_unknown_spend_does_not_lower_the_mean_level(panels):
    unknown = f"{{column: search_spend, start: {panels.week(30)}, end: {panels.week(59)}}}"
    masked = panels.design(panels.tables(), unknown=unknown)
    known = np.delete(panels.spend()["search"], range(30, 60), axis=0)
    mean = [_mean_since_start(known[:, r]) for r in range(3)]
    assert masked.mean_spend[:, 1] / list(panels.heads.values()) == pytest.approx(mean)


def test_monthly_spend_is_spread_over_the_days_of_its_months(panels):
    days = pd.date_range(panels.start, periods=7 * panels.weeks)
    months = days.to_period("M").unique()
    rates = np.random.default_rng(5).lognormal(np.log(0.0045), 1.0, (len(months), 3))
    daily = rates[months.get_indexer(days.to_period("M"))]
    world = panels.world({"search": daily.reshape(panels.weeks, 7, 3).sum(axis=1)})
    heads = np.array(list(panels.heads.values()))
    monthly = rates * heads * months.days_in_month.to_numpy()[:, None]
    search = panels.long(monthly, months.to_timestamp(), "search_spend")
    yaml = panels.yaml.replace("{path: search.csv}", "{path: search.csv, frequency: monthly}")
    spread = panels.design(world.tables() | {"search": search}, yaml=yaml)
    assert spread.spend[:, :, 1] == pytest.approx(world.media["search"] * heads, rel=1e-9)
    assert panels.miss(spread) < 0.05
