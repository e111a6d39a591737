"""Response curves and carry-over, against closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from mmm_helpers.estimands.curves import (
    POINTS,
    compute_carryover,
    compute_response_curves,
    steady_response,
)
from mmm_helpers.estimands.money import Money
from mmm_helpers.model.predict import channel_contribution

MONEY = Money(rate=2.0, value=np.ones(2), is_revenue=True)


@pytest.fixture(scope="module")
def design(small_design):
    return small_design(2)


@pytest.fixture(scope="module")
def draws(design, small_draws):
    return small_draws(design)


@pytest.fixture(scope="module")
def curves(design, draws):
    return compute_response_curves(design, draws, MONEY)


def test_nothing_is_brought_by_nothing(curves):
    assert (curves.loc[curves["spend"] == 0, "response_mean"] == 0).all()


def test_more_spend_brings_more(curves):
    rise = curves.sort_values("spend").groupby(["region", "channel"])["response_mean"].diff().dropna()
    assert (rise > 0).all()


def test_settled_response_is_that_of_constant_spend(design, draws):
    level = 0.7 * design.mean_media[:, 0]
    constant = np.broadcast_to(level, (20, 2))
    settled = channel_contribution(design, draws, "tv", media=constant)[:, -1]
    assert steady_response(design, draws, "tv", level[None, :])[:, 0] == pytest.approx(settled)


def test_response_at_mean_is_the_effect(design, draws):
    at_mean = steady_response(design, draws, "tv", design.mean_media[None, :, 0])[:, 0]
    effect = np.exp(draws["log_effect"].sel(channel="tv").to_numpy())
    assert at_mean == pytest.approx(effect * design.prior_share[:, 0] * design.outcome_scale)


def test_spend_is_per_period_in_the_reporting_currency(curves, design):
    own = curves.query("region == 'R1' and channel == 'tv'")["spend"].to_numpy()
    assert own == pytest.approx(2.0 * POINTS * design.spend[:, 0, 0].mean())


def test_current_spend_is_the_last_years_mean(curves, design):
    own = curves.query("region == 'R2' and channel == 'search'")["current_spend"].iloc[0]
    assert own == pytest.approx(2.0 * design.spend[-52:, 1, 1].mean())


def test_support_is_the_95_per_cent_quantile_of_observed_spend(curves, design):
    own = curves.query("region == 'all' and channel == 'tv'")["support_q95"].iloc[0]
    assert own == pytest.approx(2.0 * np.quantile(design.spend[:, :, 0].sum(axis=1), 0.95))


def test_market_curve_is_the_sum_of_its_regions(curves):
    wide = curves.assign(point=curves.groupby(["region", "channel"]).cumcount())
    wide = wide.pivot(index=["channel", "point"], columns="region", values="response_mean")
    assert wide["all"].to_numpy() == pytest.approx((wide["R1"] + wide["R2"]).to_numpy())


def test_activity_of_an_unpaid_channel_is_not_converted(curves, design):
    own = curves.query("region == 'R1' and channel == 'organic'")["spend"].to_numpy()
    assert own == pytest.approx(POINTS * (design.media[:, 0, 2] * design.media_unit[0, 2]).mean())


def test_region_where_a_channel_never_ran_has_no_curve(design, draws):
    media, mean = design.media.copy(), design.mean_media.copy()
    media[:, 1, 0], mean[1, 0] = 0.0, 1.0
    curves = compute_response_curves(replace(design, media=media, mean_media=mean), draws, MONEY)
    tv = curves[curves["channel"] == "tv"].set_index("region")["response_mean"]
    assert set(tv.index) == {"R1", "all"}
    assert tv["all"].to_numpy() == pytest.approx(tv["R1"].to_numpy())


def test_half_life_is_when_half_of_the_effect_has_arrived(design, draws):
    fixed = draws.copy(deep=True)
    fixed["alpha"][:] = 0.5
    table = compute_carryover(design, fixed)
    # Weights 8, 4, 2 and 1 of 15: half of 15 arrives 7.5 / 8 into the first period.
    assert table["half_life_mean"].to_numpy() == pytest.approx(7.5 / 8)


def test_immediate_share_is_the_first_weight(design, draws):
    fixed = draws.copy(deep=True)
    fixed["alpha"][:] = 0.5
    table = compute_carryover(design, fixed)
    assert table["immediate_share_mean"].to_numpy() == pytest.approx(0.5 / (1 - 0.5**4))


def test_weights_of_a_channel_sum_to_one(design, draws):
    totals = compute_carryover(design, draws).groupby("channel")["weight_mean"].sum()
    assert totals.to_numpy() == pytest.approx(1.0)


def test_unknown_spend_does_not_lower_todays_spend(design, draws):
    known = np.ones(design.media.shape, bool)
    known[-10:, 0, 0] = False
    media = design.media.copy()
    media[-10:, 0, 0] = 0.0
    hidden = replace(design, media=media)
    curves = compute_response_curves(hidden, draws, MONEY, known=known)
    today = curves.query("region == 'R1' and channel == 'tv'")["current_spend"].iloc[0]
    seen = media[-52:-10, 0, 0].mean() * design.media_unit[0, 0]
    assert today == pytest.approx(MONEY.spend(np.array(seen)))
