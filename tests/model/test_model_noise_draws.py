"""Noise: its moments, the shocks that the data speak of, and forecasts that start from the last residual."""

import numpy as np
import pytest

from mmm_helpers.model.noise_draws import draw_shock, forecast, future_noise, innovations
from mmm_helpers.model.predict import components


@pytest.fixture(scope="module")
def design(small_design):
    return small_design(2)


@pytest.fixture
def draws(design, small_draws):
    return small_draws(design)


@pytest.fixture
def many(design, small_draws):
    draws = small_draws(design, draws=4000)
    draws["rho"][:], draws["sigma"][:], draws["shock_sd"][:] = 0.6, 0.05, 0.03
    return draws


def test_noise_has_the_stationary_variance(many):
    noise = future_noise(many, 20, rng=np.random.default_rng(0))
    assert noise.std(axis=(0, 2)) == pytest.approx(np.sqrt((0.05**2 + 0.03**2) / (1 - 0.6**2)), rel=0.05)


def test_noise_has_the_stated_autocorrelation(many):
    noise = future_noise(many, 20, rng=np.random.default_rng(0))
    assert np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1] == pytest.approx(0.6, abs=0.02)


def test_regions_share_the_shock(many):
    noise = future_noise(many, 1, rng=np.random.default_rng(0))[:, 0]
    assert np.corrcoef(noise.T)[0, 1] == pytest.approx(0.03**2 / (0.05**2 + 0.03**2), abs=0.05)


def test_forecast_starts_from_the_last_residual(design, draws):
    draws["rho"][:], draws["sigma"][:], draws["shock_sd"][:] = 0.5, 1e-12, 1e-12
    parts = components(design, draws)
    explained = parts["fitted"] - parts["shock"]
    ahead = forecast(design, draws, parts, 50, rng=np.random.default_rng(0))
    last = design.outcome[49] - explained[:, 49]
    assert ahead[:, 2] - explained[:, 52] == pytest.approx(last * 0.5**3, abs=1e-6)


def test_shock_is_the_conjugate_posterior_of_the_shared_mean(design, many):
    explained = np.broadcast_to(design.outcome_scale * 1.0, (4000, 60, 2))
    many["rho"][:] = 0.0
    shock = draw_shock(design, many, explained, rng=np.random.default_rng(0))
    rest = design.scaled_outcome[20] - 1.0
    precision = 2 / 0.05**2 + 1 / 0.03**2
    assert shock[:, 20].mean() == pytest.approx(rest.sum() / 0.05**2 / precision, abs=3e-3)
    assert shock[:, 20].std() == pytest.approx(precision**-0.5, rel=0.05)


def test_shock_of_a_hidden_period_is_its_prior(design, many):
    many["rho"][:] = 0.0
    explained = np.zeros((4000, 60, 2))
    shock = draw_shock(design, many, explained, rng=np.random.default_rng(0))
    assert shock[:, 0].std() == pytest.approx(0.03, rel=0.05)
    assert shock[:, 0].mean() == pytest.approx(0.0, abs=0.002)


def test_innovation_after_a_hidden_period_has_the_stationary_sd(design, draws):
    _, sd = innovations(design, draws, np.zeros((40, 60, 2)))
    sigma, rho = draws["sigma"].to_numpy(), draws["rho"].to_numpy()[:, None]
    assert sd[:, 4] == pytest.approx(sigma / np.sqrt(1 - rho**2))
    assert sd[:, 5] == pytest.approx(sigma)


def test_chance_over_a_horizon_has_the_variance_of_noise_and_shocks(design, small_draws):
    draws = small_draws(design, draws=20_000)
    draws["rho"][:], draws["sigma"][:], draws["shock_sd"][:] = 0.0, 0.04, 0.03
    chance = future_noise(draws, 13, rng=np.random.default_rng(0)).sum(axis=1)
    assert chance.var(axis=0) == pytest.approx(13 * (0.04**2 + 0.03**2), rel=0.05)
    assert np.cov(chance.T)[0, 1] == pytest.approx(13 * 0.03**2, rel=0.1)
