"""What a market's own fit says about its returns: against closed forms and known densities."""

import numpy as np
import pytest
from scipy import stats

from mmm_helpers.model.evidence import evidence, fit_shape

PRIOR_SD = 0.9
MEAN, SD, OFFSET = np.array([0.5, -0.2]), np.array([0.2, 0.4]), np.array([0.3, 0.3])


def _posterior(mean: np.ndarray, sd: np.ndarray, offset: np.ndarray, draws: int = 40_000) -> np.ndarray:
    """Exact draws of log effects under a normal likelihood of the log return, prior Normal(0, 0.9²)."""
    precision = 1 / sd**2 + 1 / PRIOR_SD**2
    centre = (mean - offset) / sd**2 / precision
    raw = np.random.default_rng(0).normal(size=(draws, len(mean)))
    raw = (raw - raw.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T).reshape(len(mean), -1))).T
    return centre + raw / np.sqrt(precision)


def test_evidence_recovers_the_precision_of_a_normal_likelihood():
    found = evidence(_posterior(MEAN, SD, OFFSET), OFFSET, ["a", "b"], PRIOR_SD)
    assert found.precision == pytest.approx(np.diag(1 / SD**2), rel=1e-6, abs=1e-6)


def test_evidence_recovers_the_mean_of_a_normal_likelihood():
    found = evidence(_posterior(MEAN, SD, OFFSET), OFFSET, ["a", "b"], PRIOR_SD)
    assert np.linalg.solve(found.precision, found.weighted) == pytest.approx(MEAN, rel=1e-6)


def test_each_channel_has_its_own_prior():
    raw = _posterior(MEAN, SD, OFFSET) * np.sqrt(1 / SD**2 + 1 / PRIOR_SD**2)
    prior = np.array([0.3, 0.9])
    draws = raw / np.sqrt(1 / SD**2 + 1 / prior**2)
    found = evidence(draws, OFFSET, ["a", "b"], prior)
    assert np.diag(found.precision) == pytest.approx(1 / SD**2, rel=1e-6)


def test_draws_of_the_prior_are_no_evidence():
    draws = np.random.default_rng(0).normal(0, PRIOR_SD, (40_000, 2))
    assert np.abs(evidence(draws, np.zeros(2), ["a", "b"], PRIOR_SD).precision).max() < 0.05


def test_evidence_is_never_negative():
    draws = np.random.default_rng(0).normal(0, 3 * PRIOR_SD, (1000, 2))
    found = evidence(draws, np.zeros(2), ["a", "b"], PRIOR_SD)
    assert found.precision == pytest.approx(0.0, abs=1e-9)
    assert found.weighted == pytest.approx(0.0, abs=1e-9)


def test_normal_draws_need_no_correction():
    draws = np.random.default_rng(0).normal(size=(20_000, 2)) @ np.array([[1.0, 0.5], [0.0, 0.6]])
    assert fit_shape(draws).correction(draws).std() < 0.1


LONG_LEFT = stats.loggamma(2.0)
"""Skewed as the log effect of a weak channel is: a long tail towards no effect."""


def test_shape_has_the_density_of_a_skewed_distribution():
    draws = LONG_LEFT.rvs(size=20_000, random_state=0)
    shape = fit_shape(draws[:, None])
    points = LONG_LEFT.ppf(np.linspace(0.03, 0.97, 20))
    normal = stats.norm(draws.mean(), draws.std(ddof=1))
    found = shape.correction(points[:, None]) + normal.logpdf(points)
    expected = LONG_LEFT.logpdf(points)
    assert found - found.mean() == pytest.approx(expected - expected.mean(), abs=0.12)


def test_margins_recover_a_sinh_arcsinh_distribution():
    place, scale, skew, tail = 0.5, 0.3, 0.4, 0.8
    normal = np.random.default_rng(0).normal(size=(100_000, 1))
    shape = fit_shape(place + scale * np.sinh((np.arcsinh(normal) - skew) / tail))
    expected = [place, np.log(scale), skew, np.log(tail)]
    assert shape.margins[:, 0] == pytest.approx(expected, abs=0.1)


def test_skewed_channels_keep_their_dependence():
    normal = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 20_000)
    shape = fit_shape(LONG_LEFT.ppf(stats.norm.cdf(normal)))
    expected = np.linalg.inv([[1, 0.6], [0.6, 1]]) - np.eye(2)
    assert shape.dependence == pytest.approx(expected, abs=0.08)


def test_beyond_the_draws_the_correction_stays_what_it_is():
    draws = LONG_LEFT.rvs(size=(2000, 1), random_state=0)
    shape = fit_shape(draws)
    edge, beyond = shape.correction(np.array([[draws.max()], [draws.max() + 50.0]]))
    assert beyond == edge
