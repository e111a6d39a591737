"""Contributions and returns against a plain loop over the definition."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.effects import (
    STEP,
    Window,
    compute_channel_effects,
    compute_effect,
    overall_marginal,
    windows,
)
from mmm_helpers.estimands.money import Money

SAMPLES = (0, 7)


@pytest.fixture(scope="module")
def design(small_design):
    return small_design(2, 80)


@pytest.fixture(scope="module")
def draws(design, small_draws):
    return small_draws(design)


@pytest.fixture(scope="module")
def money():
    return Money(rate=1.0, value=np.ones(2), is_revenue=True)


@pytest.fixture(scope="module")
def table(design, draws, money):
    return compute_channel_effects(design, draws, money, margin=0.4)


def _paths(design, channel: str, window: Window, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Observed media with a tail of zeros, and the same with the window's multiplied."""
    observed = design.media[:, :, design.channels.index(channel)]
    actual = np.vstack([observed, np.zeros((design.l_max - 1, observed.shape[1]))])
    changed = actual.copy()
    changed[window.start : window.stop] *= factor
    return actual, changed


def _difference(loop, design, draws, channel, sample, window, factor):
    """Outcome as it was minus outcome with the window's media multiplied, over all periods, (r,)."""
    actual, changed = _paths(design, channel, window, factor)
    total = loop(design, draws, channel, sample, media=actual) - loop(
        design, draws, channel, sample, media=changed
    )
    return total.sum(axis=0)


LAST = Window("last 52 weeks", 28, 80)


@pytest.mark.parametrize("sample", SAMPLES)
def test_landed_is_what_lands_in_the_window(design, draws, landed_by_loop, sample):
    landed = landed_by_loop(design, draws, "tv", sample)[28:80].sum(axis=0)
    assert compute_effect(design, draws, "tv", LAST).landed[sample] == pytest.approx(landed, rel=1e-6)


@pytest.mark.parametrize("sample", SAMPLES)
def test_incremental_is_the_outcome_lost_without_the_windows_spend(design, draws, landed_by_loop, sample):
    lost = _difference(landed_by_loop, design, draws, "search", sample, LAST, 0.0)
    assert compute_effect(design, draws, "search", LAST).incremental[sample] == pytest.approx(lost, rel=1e-5)


@pytest.mark.parametrize("sample", SAMPLES)
def test_incremental_of_all_history_is_landed_plus_the_tail(design, draws, landed_by_loop, sample):
    actual, _ = _paths(design, "tv", Window("all", 0, 80), 0.0)
    everything = landed_by_loop(design, draws, "tv", sample, media=actual).sum(axis=0)
    effect = compute_effect(design, draws, "tv", windows(design)[0])
    assert effect.incremental[sample] == pytest.approx(everything, rel=1e-5)


@pytest.mark.parametrize("sample", SAMPLES)
def test_marginal_is_the_gain_of_one_per_cent_more(design, draws, landed_by_loop, sample):
    gain = -_difference(landed_by_loop, design, draws, "tv", sample, LAST, 1.01)
    assert compute_effect(design, draws, "tv", LAST).marginal[sample] == pytest.approx(gain, rel=1e-4)


def test_windows_are_all_history_and_the_last_year(small_design):
    assert [(w.start, w.stop) for w in windows(small_design(2, 156))] == [(0, 156), (104, 156)]


@pytest.mark.parametrize("periods", [40, 52])
def test_short_history_has_one_window(periods, small_design):
    assert [(w.start, w.stop) for w in windows(small_design(2, periods))] == [(0, periods)]


def _row(table, region, channel, window="last 52 weeks"):
    keys = (table["region"] == region) & (table["channel"] == channel) & (table["window"] == window)
    return table[keys].squeeze()


def test_one_row_per_region_channel_and_window(table):
    assert len(table) == len(table[["region", "channel", "window"]].drop_duplicates()) == 3 * 3 * 2


def test_market_of_one_region_has_one_row_each(small_design, small_draws):
    design = small_design(1, 80, regions=["all"])
    table = compute_channel_effects(design, small_draws(design), Money(1.0, np.ones(1), True), margin=None)
    assert len(table) == 3 * 2


def test_roas_is_incremental_per_spend(table):
    row = _row(table, "R1", "tv")
    assert row["roas_mean"] == pytest.approx(row["incremental_mean"] / row["spend"])


def test_mroas_is_the_gain_per_extra_spend(table, design, draws):
    marginal = compute_effect(design, draws, "tv", LAST).marginal[:, 0].mean()
    spend = design.spend[28:80, 0, 0].sum()
    assert _row(table, "R1", "tv")["mroas_mean"] == pytest.approx(marginal / (STEP * spend))


def test_market_row_is_the_sum_of_its_regions(table):
    rows = [_row(table, r, "tv") for r in ("R1", "R2", "all")]
    for column in ("spend", "landed_mean", "incremental_mean"):
        assert rows[2][column] == pytest.approx(rows[0][column] + rows[1][column])


def test_unpaid_channel_has_a_contribution_but_no_return(table):
    row = _row(table, "all", "organic")
    assert row["landed_mean"] > 0
    assert row[["spend", "roas_mean", "mroas_mean", "cost_per_incremental_q50", "p_above"]].isna().all()


def test_no_spend_is_a_missing_return_not_zero(design, draws, money):
    media, spend = design.media.copy(), design.spend.copy()
    media[28:, 0, 0] = spend[28:, 0, 0] = 0.0
    table = compute_channel_effects(replace(design, media=media, spend=spend), draws, money, margin=0.4)
    assert np.isnan(_row(table, "R1", "tv")["roas_mean"])


def test_cost_per_incremental_unit_is_the_inverse_of_the_return(table):
    row = _row(table, "R1", "tv")
    assert row["cost_per_incremental_q50"] == pytest.approx(1 / row["roas_q50"], rel=1e-3)


def test_probability_counts_draws_above_break_even(table, design, draws):
    effect = compute_effect(design, draws, "tv", LAST)
    mroas = effect.marginal[:, 0] / (STEP * effect.spend[0])
    assert _row(table, "R1", "tv")["p_above"] == pytest.approx((mroas > 2.5).mean())


def test_unknown_margin_compares_with_the_markets_marginal_return(design, draws, money):
    effects = {c: compute_effect(design, draws, c, LAST) for c in design.channels}
    paid = [effects["tv"], effects["search"]]
    gain = sum(e.marginal.sum(axis=1).mean() for e in paid)
    expected = gain / (STEP * sum(e.spend.sum() for e in paid))
    assert overall_marginal(design, effects, money) == pytest.approx(expected)


def test_rate_changes_money_but_no_return(design, draws, table):
    other = compute_channel_effects(design, draws, Money(0.5, np.ones(2), True), margin=0.4)
    ours, theirs = _row(table, "all", "tv"), _row(other, "all", "tv")
    assert theirs["landed_mean"] == pytest.approx(0.5 * ours["landed_mean"])
    assert theirs["spend"] == pytest.approx(0.5 * ours["spend"])
    assert theirs["roas_mean"] == pytest.approx(ours["roas_mean"])


def test_units_are_shown_as_units_and_returned_as_money(design, draws, table):
    other = compute_channel_effects(design, draws, Money(1.0, np.full(2, 10.0), False), margin=0.4)
    ours, theirs = _row(table, "all", "tv"), _row(other, "all", "tv")
    assert theirs["incremental_mean"] == pytest.approx(ours["incremental_mean"])
    assert theirs["roas_mean"] == pytest.approx(10 * ours["roas_mean"])
    assert theirs["cost_per_incremental_q50"] == pytest.approx(ours["cost_per_incremental_q50"])


def test_relabelling_a_currency_changes_only_the_unit(design, draws, table):
    """All money times 128 and the rate divided by it: every number shown is the same, bit for bit."""
    many = replace(
        design,
        outcome=design.outcome * 128,
        outcome_scale=design.outcome_scale * 128,
        spend=design.spend * 128,
        media_unit=design.media_unit * np.where(design.paid, 128, 1),
    )
    relabelled = compute_channel_effects(
        many, draws, Money(rate=1 / 128, value=np.ones(2), is_revenue=True), margin=0.4
    )
    pd.testing.assert_frame_equal(relabelled, table)
