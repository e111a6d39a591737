"""Markets learn from each other: each step against a closed form or a numerical integral."""

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.model.portfolio_stage import (
    MarketEvidence,
    _draw_tau,
    _transport,
    evidence,
    market_effect,
    move_draws,
    pool,
)
from mmm_helpers.model.priors import BETWEEN_SCALE

PRIOR_SD = 0.9


def _posterior(mean: np.ndarray, sd: np.ndarray, offset: np.ndarray, draws: int = 40_000) -> np.ndarray:
    """Exact draws of log effects under a normal likelihood of the log return, prior Normal(0, 0.9²)."""
    precision = 1 / sd**2 + 1 / PRIOR_SD**2
    centre = (mean - offset) / sd**2 / precision
    raw = np.random.default_rng(0).normal(size=(draws, len(mean)))
    raw = (raw - raw.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T).reshape(len(mean), -1))).T
    return centre + raw / np.sqrt(precision)


def _known(mean: list[float], sd: list[float], channels: list[str]) -> MarketEvidence:
    precision = np.diag(1 / np.square(sd))
    return MarketEvidence(channels, np.zeros(len(mean)), precision, precision @ np.array(mean))


def test_evidence_recovers_the_precision_of_a_normal_likelihood():
    mean, sd, offset = np.array([0.5, -0.2]), np.array([0.2, 0.4]), np.array([0.3, 0.3])
    found = evidence(_posterior(mean, sd, offset), offset, ["a", "b"], PRIOR_SD)
    assert found.precision == pytest.approx(np.diag(1 / sd**2), rel=1e-6, abs=1e-6)


def test_evidence_recovers_the_mean_of_a_normal_likelihood():
    mean, sd, offset = np.array([0.5, -0.2]), np.array([0.2, 0.4]), np.array([0.3, 0.3])
    found = evidence(_posterior(mean, sd, offset), offset, ["a", "b"], PRIOR_SD)
    assert np.linalg.solve(found.precision, found.weighted) == pytest.approx(mean, rel=1e-6)


def test_draws_of_the_prior_are_no_evidence():
    draws = np.random.default_rng(0).normal(0, PRIOR_SD, (40_000, 2))
    found = evidence(draws, np.zeros(2), ["a", "b"], PRIOR_SD)
    assert np.abs(found.precision).max() < 0.05


def test_evidence_is_never_negative():
    draws = np.random.default_rng(0).normal(0, 3 * PRIOR_SD, (1000, 2))
    found = evidence(draws, np.zeros(2), ["a", "b"], PRIOR_SD)
    assert found.precision == pytest.approx(0.0, abs=1e-9)
    assert found.weighted == pytest.approx(0.0, abs=1e-9)


def test_precise_markets_keep_their_own_mean():
    markets = [_known([0.0], [1e-3], ["a"]), _known([1.0], [1e-3], ["a"])]
    pooled = pool(markets, seed=1)
    assert [float(m[0]) for m in pooled.mean] == pytest.approx([0.0, 1.0], abs=1e-3)


def test_a_market_without_data_gets_the_others_mean():
    known = [_known([x], [0.05], ["a"]) for x in (0.9, 1.0, 1.1)]
    silent = MarketEvidence(["a"], np.zeros(1), np.zeros((1, 1)), np.zeros(1))
    pooled = pool([*known, silent], seed=1)
    assert float(pooled.mean[3][0]) == pytest.approx(1.0, abs=0.1)


def test_a_market_without_data_is_less_certain_than_the_others():
    known = [_known([x], [0.05], ["a"]) for x in (0.9, 1.0, 1.1)]
    silent = MarketEvidence(["a"], np.zeros(1), np.zeros((1, 1)), np.zeros(1))
    pooled = pool([*known, silent], seed=1)
    assert pooled.cov[3][0, 0] > 2 * pooled.cov[0][0, 0]


def test_a_noisy_market_is_drawn_towards_the_others():
    markets = [_known([x], [0.05], ["a"]) for x in (0.0, 0.1, -0.1)] + [_known([1.0], [0.5], ["a"])]
    assert 0.0 < float(pool(markets, seed=1).mean[3][0]) < 0.5


def test_markets_may_have_different_channels():
    pooled = pool([_known([0.3], [0.01], ["a"]), _known([0.7], [0.01], ["b"])], seed=1)
    assert pooled.channels == ["a", "b"]
    assert [float(m[0]) for m in pooled.mean] == pytest.approx([0.3, 0.7], abs=0.01)


def test_order_of_channels_does_not_matter():
    markets = [_known([0.3, 0.7], [0.01, 0.01], ["a", "b"]), _known([0.8, 0.2], [0.01, 0.01], ["b", "a"])]
    assert pool(markets, seed=1).mean[1].tolist() == pytest.approx([0.8, 0.2], abs=0.01)


def test_tau_has_the_posterior_of_a_numerical_integral():
    values, channels = np.array([0.5, -0.5, 0.2, -0.2]), ["a", "b", "c", "d"]
    markets = [_known(list(values), [1e-3] * 4, channels), _known(list(-values), [1e-3] * 4, channels)]
    tau = np.linspace(0.02, 2.0, 4000)
    # mu integrated out: two values x and −x with prior mean 0 have the covariance tau² I + 0.81 · 1 1ᵀ
    small, large = tau**2, tau**2 + 2 * PRIOR_SD**2
    log_p = sum(-0.5 * (np.log(small) + np.log(large)) - 0.5 * (2 * x**2) / small for x in values)
    log_p = log_p + np.log(tau) - tau / BETWEEN_SCALE
    weight = np.exp(log_p - log_p.max())
    expected = (tau * weight).sum() / weight.sum()
    assert pool(markets, seed=1).tau.mean() == pytest.approx(expected, rel=0.02)


def test_tau_given_deviations_has_the_mean_of_a_numerical_integral():
    rng, deviations = np.random.default_rng(0), np.array([0.3, -0.4, 0.2, 0.1])
    drawn = np.mean([_draw_tau(deviations, 0.15, rng) for _ in range(4000)])
    tau = np.linspace(0.02, 2.0, 4000)
    log_p = -4 * np.log(tau) - (deviations @ deviations) / (2 * tau**2) + np.log(tau) - tau / 0.15
    weight = np.exp(log_p - log_p.max())
    assert drawn == pytest.approx((tau * weight).sum() / weight.sum(), rel=0.02)


def test_transport_takes_one_covariance_to_the_other():
    rng = np.random.default_rng(0)
    source, target = (a @ a.T + np.eye(3) for a in rng.normal(size=(2, 3, 3)))
    matrix = _transport(source, target)
    assert matrix @ source @ matrix.T == pytest.approx(target)


def test_transport_is_symmetric():
    rng = np.random.default_rng(0)
    source, target = (a @ a.T + np.eye(3) for a in rng.normal(size=(2, 3, 3)))
    matrix = _transport(source, target)
    assert matrix == pytest.approx(matrix.T)


def _market_draws(*, regions: bool) -> xr.Dataset:
    rng = np.random.default_rng(0)
    dims = ("chain", "draw", "region", "channel") if regions else ("chain", "draw", "channel")
    effect = rng.normal(size=(2, 500, 3, 2) if regions else (2, 500, 2))
    partner = effect[..., 0].mean(axis=-1) if regions else effect[..., 0]
    data = {
        "log_effect_market": (dims, effect),
        "intercept": (("chain", "draw"), 1 + 0.5 * partner),
        "sigma": (("chain", "draw"), rng.lognormal(size=(2, 500))),
        "lp": (("chain", "draw"), rng.normal(size=(2, 500))),
    }
    return xr.Dataset(data, coords={"channel": ["a", "b"]})


TARGET = np.array([1.0, 2.0]), np.array([[0.1, 0.02], [0.02, 0.2]])


def _moved(*, regions: bool) -> tuple[xr.Dataset, xr.Dataset, np.ndarray]:
    draws = _market_draws(regions=regions)
    market = MarketEvidence(["a", "b"], np.array([0.1, 0.2]), np.eye(2), np.zeros(2))
    moved = move_draws(draws, market, *TARGET)
    return draws, moved, market_effect(moved.stack(sample=("chain", "draw"))) + market.offset


@pytest.mark.parametrize("regions", [False, True])
def test_moved_draws_have_the_pooled_mean(regions):
    _, _, effect = _moved(regions=regions)
    assert effect.mean(axis=0) == pytest.approx(TARGET[0])


@pytest.mark.parametrize("regions", [False, True])
def test_moved_draws_have_the_pooled_covariance(regions):
    _, _, effect = _moved(regions=regions)
    assert np.cov(effect.T) == pytest.approx(TARGET[1])


def test_what_depends_on_the_effects_follows_them():
    _, moved, effect = _moved(regions=False)
    expected = 1 + 0.5 * (effect[:, 0] - 0.1)
    assert moved["intercept"].to_numpy().ravel() == pytest.approx(expected)


def test_positive_parameters_stay_positive():
    assert float(_moved(regions=False)[1]["sigma"].min()) > 0


def test_log_probability_is_not_moved():
    draws, moved, _ = _moved(regions=False)
    assert np.array_equal(moved["lp"], draws["lp"])


def test_differences_between_regions_are_kept():
    draws, moved, _ = _moved(regions=True)
    spread = lambda d: d["log_effect_market"].std("region").mean()  # noqa: E731
    assert float(spread(moved)) == pytest.approx(float(spread(draws)), rel=0.05)
