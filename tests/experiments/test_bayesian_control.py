"""Bayesian synthetic control: the error that is drawn by closed form, CausalPy's weights by direct integration."""

import sys

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.errors import FitError
from mmm_helpers.experiments import bayesian
from mmm_helpers.experiments.bayesian import WeightDraws, draw_effects, estimate_bayesian, sample_weights
from mmm_helpers.experiments.contrast import without_background


def _alike(count, sd):
    """Draws that do not differ: equal weights of four controls."""
    return WeightDraws(np.full((count, 4), 0.25), np.full(count, sd))


@pytest.fixture
def known_weights(monkeypatch):
    monkeypatch.setattr(bayesian, "sample_weights", lambda rest, *, seed: _alike(4000, 3.0))


def test_error_of_the_mean_has_the_sd_of_a_forecast_from_the_level(make_test, monkeypatch):
    monkeypatch.setattr(bayesian, "memory", lambda residuals, *, fitted: 0.0)
    monkeypatch.setattr(bayesian, "background", lambda dates, pre: np.ones((len(dates), 1)))
    test = make_test(1).until_end()
    found = draw_effects(test, _alike(200_000, 2.0), np.random.default_rng(1))
    before, during = test.pre.sum(), test.during.sum()
    variance = 4.0 * before / (before - 1) * (1 / during + 1 / before)
    gap = test.treated_mean - test.control_outcome.mean(axis=1)
    assert found.mean() == pytest.approx(gap[test.during].mean() - gap[test.pre].mean(), abs=0.01)
    assert found.std() == pytest.approx(np.sqrt(variance), rel=0.01)


def test_memory_widens(make_test, monkeypatch):
    spread = []
    for rho in (0.0, 0.6):
        monkeypatch.setattr(bayesian, "memory", lambda residuals, *, fitted, rho=rho: rho)
        spread.append(
            draw_effects(make_test(1).until_end(), _alike(20_000, 2.0), np.random.default_rng(1)).std()
        )
    assert spread[1] > 1.5 * spread[0]


@pytest.mark.usefixtures("known_weights")
def test_estimate_comes_with_draws_of_the_total(make_test):
    found = estimate_bayesian(make_test(4, effect=15.0))
    assert found.effect == pytest.approx(15.0, abs=4.0)
    assert np.quantile(found.draws, [0.05, 0.95]) == pytest.approx(found.total_interval)
    assert found.p_value < 0.1
    assert found.weights == dict.fromkeys(["R1", "R2", "R3", "R4"], 0.25)


@pytest.mark.usefixtures("known_weights")
def test_counterfactual_and_effect_add_up(make_test):
    test = make_test(6, effect=5.0)
    found = estimate_bayesian(test)
    assert (test.treated_mean - found.counterfactual)[test.during].mean() == pytest.approx(
        found.effect, abs=0.2
    )


def test_one_control_is_refused(make_test):
    with pytest.raises(ValueError, match="weights need two controls"):
        estimate_bayesian(make_test(1, regions=2))


def test_missing_causalpy_is_named_with_what_to_do(make_test, monkeypatch):
    monkeypatch.setitem(sys.modules, "causalpy", None)
    with pytest.raises(FitError, match=r"needs CausalPy .*pip install causalpy==1\.0\.0rc1"):
        estimate_bayesian(make_test(1))


def test_chains_that_disagree_are_refused():
    apart = np.random.default_rng(1).normal(size=(4, 100)) + np.arange(4)[:, None]
    posterior = xr.Dataset(dict.fromkeys(("beta", "y_hat_sigma"), (("chain", "draw"), apart)))
    stats = xr.Dataset({"diverging": (("chain", "draw"), np.zeros((4, 100), bool))})
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})
    with pytest.raises(FitError, match="chains do not agree"):
        bayesian._check(tree)


def test_weights_are_those_of_causalpy(make_test):
    """The posterior of two controls under a flat Dirichlet, by direct integration; compiles for half a minute."""
    pytest.importorskip("causalpy", reason="CausalPy is not installed")
    test = without_background(make_test(2, regions=3).until_end())
    found = sample_weights(test, seed=1)
    y, x = (v[test.pre] - v[test.pre].mean(axis=0) for v in (test.treated_mean, test.control_outcome))
    share = np.linspace(0, 1, 401)[:, None]
    sd = np.linspace(0.3, 2.0, 400) * y.std()
    square = ((y[:, None] - x @ np.hstack([share, 1 - share]).T) ** 2).sum(axis=0)[:, None]
    log = -len(y) * np.log(sd) - square / (2 * sd**2) - 2 * sd / y.std()
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    assert found.weights[:, 0].mean() == pytest.approx((weight.sum(axis=1) * share[:, 0]).sum(), abs=0.02)
    assert found.sd.mean() == pytest.approx((weight.sum(axis=0) * sd).sum(), rel=0.02)
