"""The model as a linear regression: whitening against the noise's covariance, partial R² against plain regressions."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.linearised import (
    Whitening,
    baseline_columns,
    conditional,
    left_over,
    linearise,
    residual,
)
from mmm_helpers.model.predict import components

WIDE = np.full(3, 0.9)


def _covariance(sigma, rho: float, shock_sd: float, periods: int) -> np.ndarray:
    """Covariance (t × r, t × r) of stationary noise: own with sds `sigma`, and a shared shock, both carried over."""
    start = np.diag(np.asarray(sigma) ** 2) / (1 - rho**2) + shock_sd**2
    step = np.diag(np.asarray(sigma) ** 2) + shock_sd**2
    regions = len(sigma)
    blocks = np.zeros((periods, periods, regions, regions))
    variance = start
    for t in range(periods):
        for ahead in range(periods - t):
            blocks[t, t + ahead] = blocks[t + ahead, t] = rho**ahead * variance
        variance = rho**2 * variance + step
    return blocks.transpose(0, 2, 1, 3).reshape(periods * regions, -1)


@pytest.mark.parametrize("shock_sd", [0.0, 0.04])
def test_whitened_rows_have_the_quadratic_form_of_the_noise(shock_sd):
    periods, sigma, rho = 9, np.array([0.05, 0.08, 0.03]), 0.6
    observed = np.ones((periods, 3), bool)
    follows = np.arange(periods)[:, None] > np.zeros(3)
    spread = np.where(follows, sigma, sigma / np.sqrt(1 - rho**2))
    x = np.random.default_rng(1).normal(size=(periods, 3))
    rows = Whitening(observed, follows, spread, rho, shock_sd)(x)
    covariance = _covariance(sigma, rho, shock_sd, periods)
    assert rows @ rows == pytest.approx(x.ravel() @ np.linalg.solve(covariance, x.ravel()), rel=1e-9)


def test_hidden_cells_have_no_row_and_tell_nothing(small_design, small_draws):
    design = small_design(2)
    whiten = Whitening.of(design, small_draws(design))
    x = np.random.default_rng(1).normal(size=design.outcome.shape)
    other = x.copy()
    other[~design.observed] = 1e6
    assert len(whiten(x)) == design.observed.sum()
    assert whiten(other) == pytest.approx(whiten(x))


def test_conditional_is_what_plain_regressions_say():
    rng = np.random.default_rng(2)
    columns = rng.normal(size=(80, 4)) @ rng.normal(size=(4, 4))
    found = conditional(columns)
    size, together = found.size, found.together
    others = columns[:, 2:]
    first, second = residual(columns[:, 0], others), residual(columns[:, 1], others)
    assert together[0, 1] == pytest.approx(np.corrcoef(first, second)[0, 1] ** 2, abs=0.02)
    assert together[0, 1] == pytest.approx((first @ second) ** 2 / (first @ first) / (second @ second))
    assert size[0] == pytest.approx(np.linalg.norm(residual(columns[:, 0], columns[:, 1:])))


def test_columns_that_cannot_be_told_apart_have_nothing_of_their_own():
    x = np.random.default_rng(3).normal(size=(50, 2))
    size = conditional(np.column_stack([x, x[:, 0]])).size
    assert size[0] < 1e-3 * np.linalg.norm(x[:, 0])


def test_residual_is_that_of_least_squares():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(60, 5)), rng.normal(size=60)
    expected = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    assert residual(y, x) == pytest.approx(expected, abs=1e-8)


def test_regression_finds_the_models_own_effects_where_it_fits_exactly(small_design, small_draws):
    """An outcome that is the posterior mean itself has nothing left, and every channel's coefficient is 1."""
    design = small_design(2, 80)
    draws = small_draws(design)
    parts = components(design, draws)
    exact = (parts["fitted"] - parts["shock"]).mean(axis=0)
    design = small_design(2, 80, outcome=exact)
    assert np.abs(left_over(design, parts)).max() < 1e-12
    found = linearise(design, draws, parts, prior_sd=WIDE)
    coefficient = np.linalg.lstsq(found.columns, found.outcome, rcond=None)[0]
    assert coefficient[:3] == pytest.approx(1.0, abs=1e-6)
    assert found.controls == ["price", "holiday"]


def test_a_control_has_its_own_effect(small_design, small_draws):
    design = small_design(2, 80)
    draws = small_draws(design)
    parts = components(design, draws)
    found = linearise(small_design(2, 80, outcome=parts["fitted"].mean(axis=0)), draws, parts, prior_sd=WIDE)
    coefficient = np.linalg.lstsq(found.columns, found.outcome, rcond=None)[0]
    expected = draws["control_effect"].mean("sample").to_numpy()
    assert coefficient[-2:] == pytest.approx(expected, abs=0.01)


def test_a_channel_without_media_and_a_control_without_movement_are_left_out(small_design, small_draws):
    base = small_design(2, 80)
    media, controls = base.media.copy(), base.controls.copy()
    media[..., 0], controls[..., 1] = 0.0, 0.0
    design = small_design(2, 80, media=media, mean_media=np.ones((2, 3)), controls=controls)
    draws = small_draws(design)
    found = linearise(design, draws, components(design, draws), prior_sd=WIDE)
    assert found.channels == ["search", "organic"]
    assert found.controls == ["price"]


def test_what_is_thought_before_the_data_is_a_row(small_design, small_draws):
    design = small_design(2, 80)
    draws = small_draws(design)
    found = linearise(design, draws, components(design, draws), prior_sd=np.array([0.5, 1.0, 2.0]))
    data = design.observed.sum()
    assert len(found.outcome) == data + 3
    assert found.columns[data:, :3].tolist() == [[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.5]]
    assert found.outcome[data:].tolist() == [2.0, 1.0, 0.5]


def test_share_of_the_data_is_that_of_their_precision():
    """One column, no others: precision of the data over that of data and prior together."""
    x = np.random.default_rng(6).normal(size=50)
    column = np.append(x, 3.0)[:, None]
    found = conditional(column, rows=50)
    assert found.data_share[0] == pytest.approx(x @ x / (x @ x + 9.0))
    assert conditional(column).data_share[0] == pytest.approx(1.0)


def test_daily_data_have_weekdays_among_the_baseline(small_design):
    daily = small_design(
        1, 400, periods_per_year=365.25, dates=pd.date_range("2024-01-01", periods=400, freq="D")
    )
    weekly = small_design(1, 400)
    assert len(baseline_columns(daily)) == len(baseline_columns(weekly)) + 6


def test_a_drift_has_its_knots_among_the_baseline(small_design):
    line, drift = (small_design(1, 104, trend=kind) for kind in ("linear", "varying"))
    more = len(baseline_columns(drift)) - len(baseline_columns(line))
    assert more == drift.drift_basis.shape[1] - 2
