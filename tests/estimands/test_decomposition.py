"""Tables over time: parts add up, regions add up, money is converted once."""

import numpy as np
import pytest

from mmm_helpers.estimands.decomposition import (
    FORECAST_COLUMNS,
    compute_contributions,
    compute_decomposition,
    compute_fit_series,
    compute_forecasts,
)
from mmm_helpers.estimands.effects import windows
from mmm_helpers.estimands.money import Money
from mmm_helpers.model.predict import components

MONEY = Money(rate=0.5, value=np.array([1.0, 1.0]), is_revenue=True)


@pytest.fixture(scope="module")
def design(small_design):
    return small_design(2)


@pytest.fixture(scope="module")
def parts(design, small_draws):
    return components(design, small_draws(design))


@pytest.fixture(scope="module")
def table(design, parts):
    return compute_decomposition(design, parts, MONEY)


def test_means_add_up_to_fitted(table):
    wide = table.pivot(index=["region", "date"], columns="component", values="value_mean")
    assert wide.drop(columns="fitted").sum(axis=1).to_numpy() == pytest.approx(wide["fitted"].to_numpy())


def test_market_is_the_sum_of_its_regions(table):
    wide = table.pivot(index=["component", "date"], columns="region", values="value_mean")
    assert wide["all"].to_numpy() == pytest.approx((wide["R1"] + wide["R2"]).to_numpy())


def test_money_is_in_the_reporting_currency(table, parts):
    total = table.query("region == 'all' and component == 'fitted'")["value_mean"].sum()
    assert total == pytest.approx(0.5 * parts["fitted"].mean(axis=0).sum())


def test_one_row_per_region_date_and_component(table, parts, design):
    keys = table[["region", "date", "component"]].drop_duplicates()
    assert len(table) == len(keys) == 3 * len(design.dates) * len(parts)


def test_market_of_one_region_counts_once(small_design, small_draws):
    design = small_design(1, regions=["all"])
    parts = components(design, small_draws(design))
    table = compute_decomposition(design, parts, Money(1.0, np.ones(1), True))
    assert len(table) == len(design.dates) * len(parts)


def test_units_are_not_turned_into_money(design, parts):
    table = compute_decomposition(design, parts, Money(0.5, np.array([10.0, 10.0]), False))
    total = table.query("region == 'all' and component == 'fitted'")["value_mean"].sum()
    assert total == pytest.approx(parts["fitted"].mean(axis=0).sum())


def test_fit_series_holds_what_was_observed(design, parts):
    series = compute_fit_series(design, parts["fitted"], parts["fitted"], MONEY)
    own = series.query("region == 'R2'")["observed"].to_numpy()
    assert own == pytest.approx(0.5 * design.outcome[:, 1])


def test_fit_series_marks_masked_periods(design, parts):
    series = compute_fit_series(design, parts["fitted"], parts["fitted"], MONEY)
    assert series.query("region == 'all'")["in_likelihood"].tolist() == [False] * 4 + [True] * 56


def test_market_interval_is_of_the_sum_not_the_sum_of_intervals(design, parts):
    series = compute_fit_series(design, parts["fitted"], parts["fitted"], MONEY)
    upper = series.query("region == 'all'")["fitted_q95"].to_numpy()
    assert upper == pytest.approx(np.quantile(0.5 * parts["fitted"].sum(axis=2), 0.95, axis=0))


def test_forecasts_stand_beside_what_happened(design):
    ahead = np.full((5, 10, 2), 3.0)
    table = compute_forecasts(design, ahead, 50, 1, MONEY)
    row = table.query("region == 'all'").iloc[0]
    assert list(table.columns) == FORECAST_COLUMNS
    assert row["date"] == design.dates[50]
    assert row["observed"] == pytest.approx(0.5 * design.outcome[50].sum())
    assert row["forecast_mean"] == pytest.approx(3.0)


def test_contributions_of_a_window_add_up_to_its_total(design, parts):
    rows = compute_contributions(design, parts, windows(design)[-1], MONEY)
    for _, region in rows.groupby("region"):
        groups, total = region[region["group"] != "total"], region[region["group"] == "total"]
        assert groups["value_mean"].sum() == pytest.approx(total["value_mean"].item())
        assert groups["share_mean"].sum() == pytest.approx(1.0)


def test_contributions_of_all_history_are_the_sum_of_its_dates(design, parts, table):
    rows = compute_contributions(design, parts, windows(design)[0], MONEY).query("region == 'all'")
    dated = table.query("region == 'all'").groupby("component")["value_mean"].sum()
    channel = next(c for c in dated.index if c.startswith("channel:"))
    assert rows.set_index("group")["value_mean"][channel[8:]] == pytest.approx(dated[channel])
