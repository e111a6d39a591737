"""The hierarchy over markets: each step against a closed form or a numerical integral."""

import numpy as np
import pytest
from scipy import stats

from mmm_helpers.model.evidence import MarketEvidence, evidence
from mmm_helpers.model.hierarchy import (
    CHAINS,
    KEPT,
    NormalPart,
    Prior,
    _draw_mu,
    _draw_tau,
    pool,
    pool_fully,
)
from mmm_helpers.model.priors import BETWEEN_SCALE

PRIOR_SD = 0.9


def _known(mean: list[float], sd: list[float], channels: list[str]) -> MarketEvidence:
    precision = np.diag(1 / np.square(sd))
    weighted = precision @ np.array(mean)
    return MarketEvidence(channels, np.zeros(len(mean)), precision, weighted, np.full(len(mean), PRIOR_SD))


def _silent(channels: list[str], effect_sd: float = PRIOR_SD) -> MarketEvidence:
    count = len(channels)
    zero = np.zeros(count)
    return MarketEvidence(channels, zero, np.zeros((count, count)), zero, np.full(count, effect_sd))


def _means(pooled) -> list[float]:
    return [float(m[:, 0].mean()) for m in pooled.log_return]


def test_log_returns_given_the_hierarchy_have_their_closed_form():
    root = np.array([[2.0, 0.0], [1.0, 1.5]])
    precision, mean, mu, tau = root @ root.T, np.array([0.4, -0.3]), np.array([1.0, 0.5]), 0.7
    market = MarketEvidence(["a", "b"], np.zeros(2), precision, precision @ mean, np.full(2, PRIOR_SD))
    draws = NormalPart.of(market).draw(
        np.tile(mu, (200_000, 1)), np.full(200_000, tau), np.random.default_rng(0)
    )
    cov = np.linalg.inv(precision + np.eye(2) / tau**2)
    assert np.cov(draws.T) == pytest.approx(cov, abs=0.005)
    assert draws.mean(axis=0) == pytest.approx(cov @ (precision @ mean + mu / tau**2), abs=0.005)


def test_portfolio_means_given_the_markets_have_their_closed_form():
    markets = [_known([0.0], [1.0], ["a"])] * 3
    theta, tau = np.array([0.2, 0.4, 0.9]), 0.5
    repeated = [np.full((200_000, 1), t) for t in theta]
    draws = _draw_mu(repeated, Prior.of(markets), np.full(200_000, tau), np.random.default_rng(0))
    precision = 3 / tau**2 + 1 / PRIOR_SD**2
    assert draws.mean() == pytest.approx(theta.sum() / tau**2 / precision, abs=0.005)
    assert draws.std() == pytest.approx(precision**-0.5, rel=0.01)


def test_tau_given_deviations_has_the_mean_of_a_numerical_integral():
    deviations = np.array([0.3, -0.4, 0.2, 0.1])
    prior = Prior.of([_known([0.0] * 4, [1.0] * 4, list("abcd"))])
    theta, mu = [np.tile(deviations, (40_000, 1))], np.zeros((40_000, 4))
    drawn = _draw_tau(theta, prior, mu, 0.15, np.random.default_rng(0))
    tau = np.linspace(0.01, 2.0, 4000)
    log_p = -4 * np.log(tau) - (deviations @ deviations) / (2 * tau**2) + np.log(tau) - tau / 0.15
    weight = np.exp(log_p - log_p.max())
    assert drawn.mean() == pytest.approx((tau * weight).sum() / weight.sum(), rel=0.01)


MEAN, SD = np.array([0.9, 0.2, -0.3, 0.4]), np.array([0.5, 0.1, 0.2, 0.3])
TAU = np.linspace(0.01, 2.0, 2000)


def _integral() -> tuple[np.ndarray, np.ndarray, float]:
    """Mean and sd of each market's log return, and mean of tau: normal data, one channel, tau on a grid."""
    spread = SD[:, None] ** 2 + TAU**2
    precision = (1 / spread).sum(axis=0) + 1 / PRIOR_SD**2
    centre = (MEAN[:, None] / spread).sum(axis=0) / precision
    log_p = -np.log(spread).sum(axis=0) / 2 - np.log(precision) / 2
    log_p += (precision * centre**2 - (MEAN[:, None] ** 2 / spread).sum(axis=0)) / 2
    log_p += np.log(TAU) - TAU / BETWEEN_SCALE
    weight = np.exp(log_p - log_p.max())
    weight /= weight.sum()
    keep = TAU**2 / spread
    mean = keep * MEAN[:, None] + (1 - keep) * centre
    variance = keep * SD[:, None] ** 2 + (1 - keep) ** 2 / precision
    total = (mean * weight).sum(axis=1)
    return total, np.sqrt(((variance + mean**2) * weight).sum(axis=1) - total**2), float(TAU @ weight)


@pytest.fixture(scope="module")
def normal():
    return pool([_known([m], [s], ["a"]) for m, s in zip(MEAN, SD, strict=True)], seed=1)


def test_pooled_means_are_those_of_a_numerical_integral(normal):
    mean, sd, _ = _integral()
    assert np.abs((np.array(_means(normal)) - mean) / sd).max() < 0.05


def test_pooled_sds_are_those_of_a_numerical_integral(normal):
    _, sd, _ = _integral()
    assert [float(m.std()) for m in normal.log_return] == pytest.approx(sd, rel=0.05)


def test_tau_is_that_of_a_numerical_integral(normal):
    assert normal.tau.mean() == pytest.approx(_integral()[2], rel=0.04)


def test_every_chain_gives_the_same_number_of_draws(normal):
    assert len(normal.tau) == len(normal.mu) == len(normal.log_return[0]) == CHAINS * KEPT


LEFT = stats.loggamma(1.5, loc=0.2, scale=0.5)
"""Own posterior of a market with a long tail towards no effect."""


def _skewed() -> list[MarketEvidence]:
    draws = LEFT.ppf((np.arange(20_000) + 0.5) / 20_000)[:, None]
    skewed = evidence(np.random.default_rng(0).permutation(draws), np.zeros(1), ["a"], PRIOR_SD)
    return [skewed, _known([0.9], [0.2], ["a"]), _known([1.1], [0.2], ["a"])]


THETA = np.linspace(-6.0, 4.0, 2001)
MU = np.linspace(-2.0, 3.0, 201)


def _likelihoods() -> list[np.ndarray]:
    skewed = np.exp(LEFT.logpdf(THETA) + THETA**2 / (2 * PRIOR_SD**2))
    return [skewed, stats.norm(0.9, 0.2).pdf(THETA), stats.norm(1.1, 0.2).pdf(THETA)]


def _skewed_integral() -> tuple[float, float]:
    """Mean and sd of the skewed market's log return over a grid of all three unknowns."""
    total, first, second = 0.0, 0.0, 0.0
    for tau in np.linspace(0.02, 2.0, 100):
        density = stats.norm.pdf(THETA[None, :], MU[:, None], tau)
        weight = np.prod([density @ one for one in _likelihoods()[1:]], axis=0)
        weight *= stats.norm.pdf(MU, 0, PRIOR_SD) * tau * np.exp(-tau / BETWEEN_SCALE)
        joint = weight @ density * _likelihoods()[0]
        total, first = total + joint.sum(), first + joint @ THETA
        second += joint @ THETA**2
    return first / total, np.sqrt(second / total - (first / total) ** 2)


def test_a_skewed_market_is_pooled_as_by_a_numerical_integral():
    mean, sd = _skewed_integral()
    found = pool(_skewed(), seed=1).log_return[0]
    assert abs(found.mean() - mean) / sd < 0.1
    assert found.std() == pytest.approx(sd, rel=0.06)


def test_a_common_return_of_normal_markets_has_its_closed_form():
    pooled = pool_fully([_known([m], [s], ["a"]) for m, s in zip(MEAN, SD, strict=True)], seed=1)
    precision = (SD**-2.0).sum() + PRIOR_SD**-2
    assert pooled.mu.mean() == pytest.approx((MEAN / SD**2).sum() / precision, abs=0.004)
    assert pooled.mu.std() == pytest.approx(precision**-0.5, rel=0.03)


def test_a_common_return_of_skewed_markets_is_that_of_a_numerical_integral():
    weight = np.prod(_likelihoods(), axis=0) * stats.norm.pdf(THETA, 0, PRIOR_SD)
    mean = (weight @ THETA) / weight.sum()
    sd = np.sqrt((weight @ THETA**2) / weight.sum() - mean**2)
    found = pool_fully(_skewed(), seed=1).mu
    assert abs(found.mean() - mean) / sd < 0.1
    assert found.std() == pytest.approx(sd, rel=0.06)


def test_with_full_pooling_all_markets_have_the_same_return():
    pooled = pool_fully([_known([0.0, 1.0], [0.1, 0.2], ["a", "b"]), _known([0.5], [0.1], ["b"])], seed=1)
    assert np.array_equal(pooled.log_return[0][:, 1], pooled.log_return[1][:, 0])
    assert (pooled.tau == 0).all()


def test_precise_markets_keep_their_own_mean():
    assert _means(
        pool([_known([0.0], [1e-3], ["a"]), _known([1.0], [1e-3], ["a"])], seed=1)
    ) == pytest.approx([0.0, 1.0], abs=1e-3)


def test_a_market_without_data_gets_the_others_mean():
    known = [_known([x], [0.05], ["a"]) for x in (0.9, 1.0, 1.1)]
    assert _means(pool([*known, _silent(["a"])], seed=1))[3] == pytest.approx(1.0, abs=0.1)


def test_a_market_without_data_is_less_certain_than_the_others():
    known = [_known([x], [0.05], ["a"]) for x in (0.9, 1.0, 1.1)]
    pooled = pool([*known, _silent(["a"])], seed=1).log_return
    assert pooled[3].var() > 2 * pooled[0].var()


def test_a_noisy_market_is_drawn_towards_the_others():
    markets = [_known([x], [0.05], ["a"]) for x in (0.0, 0.1, -0.1)] + [_known([1.0], [0.5], ["a"])]
    assert 0.0 < _means(pool(markets, seed=1))[3] < 0.5


def test_markets_may_have_different_channels():
    pooled = pool([_known([0.3], [0.01], ["a"]), _known([0.7], [0.01], ["b"])], seed=1)
    assert pooled.channels == ["a", "b"]
    assert _means(pooled) == pytest.approx([0.3, 0.7], abs=0.01)


def test_order_of_channels_does_not_matter():
    markets = [_known([0.3, 0.7], [0.01, 0.01], ["a", "b"]), _known([0.8, 0.2], [0.01, 0.01], ["b", "a"])]
    assert pool(markets, seed=1).log_return[1].mean(axis=0) == pytest.approx([0.8, 0.2], abs=0.01)


def test_what_was_stated_about_a_channel_holds_for_the_portfolios_mean():
    pooled = pool([_silent(["a"], 0.25), _silent(["a"], 0.25)], seed=1)
    assert pooled.mu.std() == pytest.approx(0.25, rel=0.05)


def test_a_wider_prior_of_tau_pools_less():
    markets = [_known([x], [0.3], ["a"]) for x in (0.0, 0.4, 1.0)]
    tight, wide = (pool(markets, seed=1, tau_scale=BETWEEN_SCALE * f) for f in (0.5, 2.0))
    assert tight.tau.mean() < wide.tau.mean()
    assert np.ptp(_means(tight)) < np.ptp(_means(wide))


def test_fewer_draws_may_be_asked_for():
    assert len(pool([_known([0.3], [0.1], ["a"])] * 2, seed=1, samples=100).tau) == 100
