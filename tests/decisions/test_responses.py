"""What constant spend over a horizon brings, per cell."""

from dataclasses import replace

import numpy as np
import pytest

from mmm_helpers.decisions.responses import GRID, TODAY, plan_cells, response_at
from mmm_helpers.estimands.money import Money

MONEY = Money(rate=0.5, value=np.ones(2), is_revenue=True)
HORIZON = 6


@pytest.fixture(scope="module")
def design(small_design):
    return small_design(2)


@pytest.fixture(scope="module")
def draws(design, small_draws):
    return small_draws(design, draws=10)


@pytest.fixture(scope="module")
def cells(design, draws):
    return plan_cells(design, draws, MONEY, horizon=HORIZON, national={"search"})


def test_a_cell_is_a_region_or_the_market_where_bought_nationally(cells):
    assert [(c.region, c.channel) for c in cells] == [("R1", "tv"), ("R2", "tv"), ("all", "search")]


def test_spend_is_the_last_years_mean_over_the_horizon(cells, design):
    assert cells[0].spend == pytest.approx(0.5 * HORIZON * design.spend[-52:, 0, 0].mean())


def test_national_spend_is_the_sum_of_the_regions(cells, design):
    assert cells[2].spend == pytest.approx(0.5 * HORIZON * design.spend[-52:, :, 1].sum(axis=1).mean())


def test_support_is_relative_to_todays_spend(cells, design):
    seen = design.spend[:, 0, 0]
    assert cells[0].support == pytest.approx(np.quantile(seen, 0.95) / seen[-52:].mean())


def test_nothing_is_brought_by_nothing(cells):
    assert (cells[0].response[:, 0] == 0).all()


@pytest.mark.parametrize("index", [TODAY, 25])
def test_response_is_the_outcome_gained_over_spending_nothing(cells, design, draws, landed_by_loop, index):
    level = design.media[-52:, :, 0].mean(axis=0)
    before, after = design.media[-(design.l_max - 1) :, :, 0], np.zeros((design.l_max - 1, 2))
    spent, dark = (
        np.vstack([before, np.tile(level * multiple, (HORIZON, 1)), after]) for multiple in (GRID[index], 0.0)
    )
    gain = landed_by_loop(design, draws, "tv", 3, media=spent) - landed_by_loop(
        design, draws, "tv", 3, media=dark
    )
    expected = 0.5 * gain[design.l_max - 1 :].sum(axis=0)
    assert cells[1].response[3, index] == pytest.approx(expected[1], rel=1e-5)


def test_response_between_grid_points_is_linear(cells):
    between = response_at(cells[0], float(GRID[10] + GRID[11]) / 2)
    assert between == pytest.approx((cells[0].response[:, 10] + cells[0].response[:, 11]) / 2)


def test_response_at_the_end_of_the_grid_is_its_last_value(cells):
    assert response_at(cells[0], float(GRID[-1])) == pytest.approx(cells[0].response[:, -1])


def test_a_cell_without_recent_spend_is_left_out(design, draws):
    media = design.media.copy()
    media[-52:, 0, 0] = 0.0
    cells = plan_cells(replace(design, media=media), draws, MONEY, horizon=HORIZON, national=set())
    assert ("R1", "tv") not in [(c.region, c.channel) for c in cells]


def test_a_single_lag_needs_no_history(small_design, small_draws):
    design = small_design(2, lags=np.ones(3, int))
    cells = plan_cells(design, small_draws(design, draws=3), MONEY, horizon=2, national=set())
    assert np.isfinite(cells[0].response).all()


def _unknown(design, weeks: slice):
    """The same market, its TV spend unknown in some weeks of the first region: zero in the arrays."""
    media, known = design.media.copy(), np.ones(design.media.shape, bool)
    media[weeks, 0, 0], known[weeks, 0, 0] = 0.0, False
    return replace(design, media=media), known


def test_unknown_weeks_count_neither_for_todays_spend_nor_for_support(design, draws):
    weeks = slice(-30, -10)
    blank, known = _unknown(design, weeks)
    seen = np.delete(design.spend[:, 0, 0], np.arange(60)[weeks])
    recent = np.delete(design.spend[-52:, 0, 0], np.arange(52)[weeks]).mean()
    cell = plan_cells(blank, draws, MONEY, horizon=HORIZON, national=set(), known=known)[0]
    assert cell.spend == pytest.approx(0.5 * HORIZON * recent)
    assert cell.support == pytest.approx(np.quantile(seen, 0.95) / recent)


def test_unknown_weeks_of_one_region_are_left_out_of_a_national_channels_support(design, draws):
    media, known = design.media.copy(), np.ones(design.media.shape, bool)
    media[-20:, 0, 1], known[-20:, 0, 1] = 0.0, False
    cells = plan_cells(
        replace(design, media=media), draws, MONEY, horizon=HORIZON, national={"search"}, known=known
    )
    today = design.spend[-52:-20, 0, 1].mean() + design.spend[-52:, 1, 1].mean()
    assert cells[2].spend == pytest.approx(0.5 * HORIZON * today)
    seen = design.spend[:-20, :, 1].sum(axis=1)
    assert cells[2].support == pytest.approx(np.quantile(seen, 0.95) / today)


def test_what_carries_over_from_unknown_weeks_is_todays_spend(design, draws, landed_by_loop):
    blank, known = _unknown(design, slice(-2, None))
    cell = plan_cells(blank, draws, MONEY, horizon=HORIZON, national=set(), known=known)[0]
    level = [design.media[-52:-2, 0, 0].mean(), design.media[-52:, 1, 0].mean()]
    before = design.media[-(design.l_max - 1) :, :, 0].copy()
    before[-2:, 0] = level[0]
    paths = [np.tile(np.multiply(level, m), (HORIZON, 1)) for m in (1.0, 0.0)]
    after = np.zeros((design.l_max - 1, 2))
    now, dark = (
        landed_by_loop(blank, draws, "tv", 3, media=np.vstack([before, path, after])) for path in paths
    )
    assert cell.response[3, TODAY] == pytest.approx(0.5 * (now - dark)[design.l_max - 1 :, 0].sum(), rel=1e-5)


def test_a_cell_whose_whole_last_year_is_unknown_is_left_out(design, draws):
    blank, known = _unknown(design, slice(-52, None))
    cells = plan_cells(blank, draws, MONEY, horizon=HORIZON, national=set(), known=known)
    assert ("R1", "tv") not in [(c.region, c.channel) for c in cells]
