"""The coming periods without paid media, written out period by period for one draw."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.future import (
    coming_controls,
    coming_dates,
    control_sizes,
    foresee_baseline,
    has_level,
    usual_range,
)
from mmm_helpers.estimands.money import Money
from mmm_helpers.model.predict import components

PERIODS, HORIZON = 110, 5
MONEY = Money(rate=0.5, value=np.ones(2), is_revenue=True)


@pytest.fixture(scope="module")
def design(small_design):
    return small_design(2, PERIODS)


@pytest.fixture(scope="module")
def draws(design, small_draws):
    return small_draws(design, draws=6)


@pytest.fixture(scope="module")
def panel(design):
    """Prices around 100 whose standardised values are the design's, up to their own mean and sd."""
    prices = 100 + 2 * design.controls[:, :, 0]
    rows = [
        {"date": date, "region": region, "control_price": prices[t, r], "holiday": float(t % 13 == 0)}
        for t, date in enumerate(design.dates)
        for r, region in enumerate(design.regions)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def future(design, draws, panel):
    return foresee_baseline(design, draws, MONEY, panel, horizon=HORIZON)


def _by_hand(design, draws, landed_by_loop, sample: int, step: int) -> float:
    """Money of one period ahead: level, trend, season, controls of a year ago, organic at its last year's level."""
    one, total = draws.isel(sample=sample), 0.0
    landed = sum(landed_by_loop(design, draws, c, sample) for c in design.channels).mean(axis=0)
    t = PERIODS + step
    day = (design.dates[-1] + pd.Timedelta(days=7 * (step + 1))).day_of_year
    season = [f(2 * np.pi * h * day / 365.25) for f in (np.sin, np.cos) for h in (1, 2, 3)]
    level = design.media[-52:, :, 2].mean(axis=0)
    path = np.vstack([design.media[-3:, :, 2], np.tile(level, (HORIZON, 1))])
    organic = landed_by_loop(design, draws, "organic", sample, media=path)[3:]
    for r, region in enumerate(design.regions):
        years = (t - (PERIODS - 1) / 2) / design.periods_per_year
        share = float(one["intercept"].sel(region=region)) + float(one["trend"].sel(region=region)) * years
        share += float((one["season_effect"].to_numpy() * season).sum())
        share += float((one["control_effect"].to_numpy() * design.controls[t - 52, r]).sum())
        total += share * design.outcome_scale[r] - landed[r] + organic[step, r]
    return 0.5 * total


def _as_a_year_ago(design):
    """The same market with controls that repeat every year, so that a year ago is the nearer rule."""
    repeated = np.concatenate([design.controls[:52]] * 3)[: len(design.dates)]
    return replace(design, controls=repeated)


@pytest.mark.parametrize("step", [0, HORIZON - 1])
def test_the_baseline_is_level_trend_season_controls_and_unpaid_media(
    design, draws, panel, landed_by_loop, step
):
    yearly = _as_a_year_ago(design)
    baseline = foresee_baseline(yearly, draws, MONEY, panel, horizon=HORIZON).baseline
    assert baseline.shape == (6, HORIZON)
    assert baseline[4, step] == pytest.approx(_by_hand(yearly, draws, landed_by_loop, 4, step), rel=1e-6)


def test_a_controls_effect_is_that_of_its_whole_level_over_all_periods(design, draws, panel, future):
    raw = panel.pivot(index="date", columns="region", values="control_price").to_numpy()
    sds = raw[-52:].mean(axis=0) / raw.std()
    effect = draws["control_effect"].sel(control="price").to_numpy()
    expected = 0.5 * HORIZON * effect * (sds * design.outcome_scale).sum()
    assert future.control_effects["price"] == pytest.approx(expected)
    assert "holiday" not in future.control_effects


def test_a_control_that_can_be_zero_is_measured_by_its_usual_range(design, panel):
    centred = panel.assign(control_price=panel["control_price"] - 100)
    raw = centred["control_price"].to_numpy()
    low, high = np.quantile(raw, [0.05, 0.95])
    assert control_sizes(design, centred)["price"] == pytest.approx((high - low) / raw.std())


def test_level_and_range():
    assert has_level(np.array([1.0, 2.0]))
    assert not has_level(np.array([0.0, 2.0]))
    assert usual_range(np.arange(101.0)) == pytest.approx(90.0)


def test_what_nobody_knows_ahead_widens_the_draws(design, draws, panel):
    sure, unsure = (
        foresee_baseline(design, draws, MONEY, panel, horizon=HORIZON, unknown=names).baseline.sum(axis=1)
        for names in ((), ("price",))
    )
    assert unsure.std() > sure.std()


def test_holidays_come_from_the_calendar(design, panel):
    # of the data's end, 2026-02-02: Good Friday and Easter Monday lie in the periods of 30 March and 6 April
    dates = coming_dates(design, 10)
    coming = coming_controls(design, panel, dates, calendar="DE")[:, 0, 1]
    raw = panel["holiday"].to_numpy()
    counts = coming * raw.std() + raw.mean()
    expected = [1.0 if d in (pd.Timestamp("2026-03-30"), pd.Timestamp("2026-04-06")) else 0.0 for d in dates]
    assert counts == pytest.approx(expected, abs=1e-9)


def test_months_are_months(design):
    months = replace(design, periods_per_year=12.0, dates=pd.date_range("2023-01-01", periods=24, freq="MS"))
    assert coming_dates(months, 2).strftime("%Y-%m-%d").tolist() == ["2025-01-01", "2025-02-01"]


def test_the_drift_goes_on_from_its_last_value(design, draws, panel):
    walk = np.tile(np.linspace(0, 0.3, PERIODS), (6, 1))
    drifting = draws.assign(drift=(("sample", "date"), walk), drift_sd=("sample", np.zeros(6)))
    plain = foresee_baseline(design, draws, MONEY, panel, horizon=HORIZON).baseline
    moved = foresee_baseline(design, drifting, MONEY, panel, horizon=HORIZON).baseline
    assert moved - plain == pytest.approx(np.full((6, HORIZON), 0.5 * 0.3 * design.outcome_scale.sum()))


def test_a_horizon_longer_than_a_year_repeats_the_season(design, draws, panel):
    assert np.isfinite(foresee_baseline(design, draws, MONEY, panel, horizon=60).baseline).all()


def test_a_market_without_controls_has_a_baseline(design, draws, panel):
    bare = replace(design, control_names=[], controls=design.controls[:, :, :0])
    future = foresee_baseline(bare, draws.drop_vars("control_effect"), MONEY, panel, horizon=HORIZON)
    assert np.isfinite(future.baseline).all()
    assert future.control_effects == {}


def test_the_level_is_that_of_the_models_own_baseline(small_design, small_draws, panel):
    """With joint effects and spillover, whose mean is part of the intercept as well."""
    joint = small_design(2, PERIODS, interactions=(("tv", "search"),), spillover=True)
    draws = small_draws(joint, draws=6)
    draws = draws.assign(
        interaction=(("sample", "pair"), np.linspace(-0.02, 0.02, 6)[:, None]),
        spillover=("sample", np.linspace(0.05, 0.3, 6)),
    ).assign_coords(pair=["tv*search"])
    quiet = draws.assign({n: 0 * draws[n] for n in ("trend", "season_effect", "control_effect")})
    # no past spend of unpaid channels, so that nothing but the level is left
    paid = replace(joint, paid=np.ones(3, bool))
    baseline = foresee_baseline(paid, quiet, MONEY, panel, horizon=HORIZON).baseline
    level = components(paid, quiet)["baseline"][:, 0]
    assert baseline[:, 0] == pytest.approx(0.5 * level.sum(axis=1))
