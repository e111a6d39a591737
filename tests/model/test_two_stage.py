"""Two stages against one joint fit: the same posterior, on markets of which one has hardly any data.

The joint fits are written in plain PyMC, apart from the package; `benchmarks.two_stage` does the same for the whole
model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import nutpie
import pymc as pm
import pytensor.tensor as pt
import pytest
import xarray as xr

from benchmarks.joint_model import _market
from benchmarks.small_portfolio import RECIPES, Recipe, simulate_portfolio
from mmm_helpers.model.build import build_model
from mmm_helpers.model.evidence import evidence
from mmm_helpers.model.portfolio_stage import pool_markets
from mmm_helpers.model.priors import BETWEEN_SCALE, BETWEEN_SHAPE, LOG_EFFECT_SD

WEEKS = {"RICH": 100, "GOOD": 70, "POOR": 40, "THIN": 15}
CHANNELS = ["a", "b"]
NOISE = 0.5


def _simulate(seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Media (m, t, c), outcome (m, t) and which cells are known (m, t): a curved response to each channel."""
    rng = np.random.default_rng(seed)
    media = rng.lognormal(0.0, 0.7, (len(WEEKS), max(WEEKS.values()), 2))
    effect = np.exp([0.0, -0.7] + 0.3 * rng.normal(size=(len(WEEKS), 2)))
    outcome = 1 + (effect[:, None, :] * media**0.7).sum(axis=2) + NOISE * rng.normal(size=media.shape[:2])
    known = np.arange(media.shape[1])[None, :] < np.array(list(WEEKS.values()))[:, None]
    return media, outcome, known.astype(float)


def _draws(*, joint: bool) -> xr.Dataset:
    """Posterior of all markets: under the hierarchy, or each by itself with a wide prior."""
    media, outcome, known = _simulate()
    shape = (len(WEEKS), 2)
    with pm.Model() as model:
        if joint:
            mu, tau = (
                pm.Normal("mu", 0, LOG_EFFECT_SD, shape=2),
                pm.Gamma("tau", BETWEEN_SHAPE, 1 / BETWEEN_SCALE),
            )
            effect = pm.Deterministic("effect", mu + tau * pm.Normal("z", 0, 1, shape=shape))
        else:
            effect = pm.Normal("effect", 0, LOG_EFFECT_SD, shape=shape)
        alpha = pm.Beta("alpha", 4, 2, shape=shape)
        sigma = pm.LogNormal("sigma", np.log(NOISE), 0.5, shape=len(WEEKS))
        level = pm.Normal("intercept", 1, 1, shape=len(WEEKS))
        response = pt.exp(effect)[:, None, :] * pt.exp(alpha[:, None, :] * np.log(media))
        distance = (outcome - level[:, None] - response.sum(axis=2)) / sigma[:, None]
        pm.Potential("likelihood", ((-(distance**2) / 2 - pt.log(sigma)[:, None]) * known).sum())
    effort = {"chains": 4, "tune": 800, "draws": 2000, "target_accept": 0.9}
    tree = nutpie.sample(
        nutpie.compile_pymc_model(model), **effort, seed=1, save_warmup=False, progress_bar=False
    )
    return tree["posterior"].to_dataset()


def _market_draws(wide: xr.Dataset, m: int) -> xr.Dataset:
    """One market's own fit in the form in which fits are stored."""
    data = {
        "log_effect_market": (("chain", "draw", "channel"), wide["effect"].to_numpy()[:, :, m]),
        "alpha": (("chain", "draw", "channel"), wide["alpha"].to_numpy()[:, :, m]),
        "sigma": (("chain", "draw"), wide["sigma"].to_numpy()[:, :, m]),
        "intercept": (("chain", "draw"), wide["intercept"].to_numpy()[:, :, m]),
    }
    return xr.Dataset(data, coords={"channel": CHANNELS})


@dataclass(frozen=True)
class Fits:
    """Joint draws; each market's own; the hierarchy and the markets' draws of the two stages."""

    joint: xr.Dataset
    own: dict[str, xr.Dataset]
    shared: xr.Dataset
    moved: dict[str, xr.Dataset]


@pytest.fixture(scope="module")
def fits() -> Fits:
    joint, wide = _draws(joint=True), _draws(joint=False)
    own = {code: _market_draws(wide, m) for m, code in enumerate(WEEKS)}
    evidences = {
        code: evidence(d["log_effect_market"].to_numpy().reshape(-1, 2), np.zeros(2), CHANNELS, LOG_EFFECT_SD)
        for code, d in own.items()
    }
    return Fits(joint, own, *pool_markets(evidences, own, pooling="partial", seed=1))


def _compare(ours: xr.DataArray, theirs: xr.DataArray) -> tuple[float, float]:
    """Difference of the means in the joint fit's sds, and ratio of the sds."""
    mean, sd = float(theirs.mean()), float(theirs.std())
    return (float(ours.mean()) - mean) / sd, float(ours.std()) / sd


def _effects(fits: Fits) -> list[tuple[float, float]]:
    return [
        _compare(fits.moved[code]["log_effect_market"][..., c], fits.joint["effect"][..., m, c])
        for m, code in enumerate(WEEKS)
        for c in range(2)
    ]


def test_means_of_the_markets_returns_are_the_joint_fits(fits):
    assert max(abs(difference) for difference, _ in _effects(fits)) < 0.1


def test_sds_of_the_markets_returns_are_the_joint_fits(fits):
    assert max(abs(ratio - 1) for _, ratio in _effects(fits)) < 0.1


def test_the_hierarchy_is_the_joint_fits(fits):
    pairs = [_compare(fits.shared["tau"], fits.joint["tau"])]
    pairs += [_compare(fits.shared["mu"][:, c], fits.joint["mu"][..., c]) for c in range(2)]
    assert max(abs(difference) for difference, _ in pairs) < 0.1
    assert max(abs(ratio - 1) for _, ratio in pairs) < 0.1


@pytest.mark.parametrize("name", ["alpha", "sigma", "intercept"])
def test_other_parameters_follow_as_in_the_joint_fit(fits, name):
    pairs, joint = [], fits.joint[name]
    for m, code in enumerate(WEEKS):
        ours, theirs = fits.moved[code][name], joint.isel({joint.dims[2]: m})
        columns = [(ours[..., c], theirs[..., c]) for c in range(2)] if name == "alpha" else [(ours, theirs)]
        pairs += [_compare(*pair) for pair in columns]
    assert max(abs(difference) for difference, _ in pairs) < 0.1
    assert max(abs(ratio - 1) for _, ratio in pairs) < 0.1


def test_pooling_makes_a_difference_in_the_thin_market(fits):
    own, pooled = fits.own["THIN"]["log_effect_market"], fits.moved["THIN"]["log_effect_market"]
    over = ("chain", "draw")
    assert float((own.std(over) / pooled.std(over)).max()) > 1.25


NAMES = {
    "saturation_log_effect": "log_effect", "saturation_fullness": "fullness", "saturation_slope_log__": "slope_log__",
    "saturation_deviation_raw": "deviation", "saturation_deviation_sd_log__": "region_sd_log__",
    "adstock_alpha_logodds__": "alpha_logodds__", "intercept_contribution": "intercept",
    "trend_mean": "trend_mean", "trend_offset": "trend_offset", "season_effect": "season_effect",
    "gamma_control": "control_effect", "gamma_control_mu": "control_mean", "gamma_control_raw": "control",
    "gamma_control_sigma_log__": "control_sd_log__", "y_sigma_log__": "sigma_log__", "y_rho_raw": "rho",
    "y_shock_sd_log__": "shock_sd_log__",
}  # fmt: skip
"""Free variables of the package's model → those of the benchmark's, without the market's prefix."""


@pytest.mark.parametrize("recipe", [Recipe("TWO", 56, 2, 0.03), RECIPES[-1]])
def test_the_benchmarks_joint_model_has_the_packages_density(recipe):
    design = simulate_portfolio(seed=1, recipes=(recipe,))[recipe.code]
    package = build_model(design).model
    with pm.Model() as plain:
        _market("M", design, pm.Normal("M_log_effect", 0, LOG_EFFECT_SD, shape=2))
    package_density, plain_density = (m.compile_logp(mode="FAST_COMPILE") for m in (package, plain))
    rng, start, differences = np.random.default_rng(0), package.initial_point(), []
    for _ in range(3):
        point = {name: 0.3 * rng.normal(size=np.shape(value)) for name, value in start.items()}
        renamed = {f"M_{NAMES[name]}": value for name, value in point.items()}
        differences.append(float(package_density(point)) - float(plain_density(renamed)))
    # Hidden cells add a constant to the package's density (all but: their sd is large, not infinite).
    assert differences == pytest.approx([differences[0]] * 3, abs=1e-3)
