"""The sampled model against numpy: the mean, the likelihood, the mask, and the switch of pooling."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import logit
from scipy.stats import multivariate_normal, norm

from mmm_helpers.model.posterior import with_cell_effects
from mmm_helpers.model.predict import components

FAST = "FAST_COMPILE"
"""Compiles in a second and runs in Python: enough for a few evaluations."""


class Sampled:
    """A model of a small design, to be evaluated at free variables that numpy draws."""

    def __init__(self, design, *, pooling="partial"):
        from mmm_helpers.model.build import build_model

        self.design = design
        self.model = build_model(design, pooling=pooling).model

    @property
    def positive(self) -> set[str]:
        """Free variables that are above zero."""
        return {v.name for v in self.model.free_RVs if self.model.rvs_to_transforms[v] is not None}

    @property
    def free(self) -> set[str]:
        return {v.name for v in self.model.free_RVs}

    def values(self, seed: int) -> list[np.ndarray]:
        """Values of the free variables, inside the support of each."""
        rng = np.random.default_rng(seed)
        drawn = []
        for variable in self.model.free_RVs:
            dims = self.model.named_vars_to_dims.get(variable.name, ())
            shape = [len(self.model.coords[d]) for d in dims]
            positive = variable.name in self.positive
            drawn.append(rng.uniform(0.1, 0.9, shape) if positive else rng.normal(0.0, 0.5, shape))
        return drawn

    def evaluate(self, seed: int) -> tuple[np.ndarray, xr.Dataset]:
        """The model's mean (t, r) and the parameters as a stored fit names them, one draw."""
        import pytensor

        from mmm_helpers.model.sample import PARAMETERS

        names = [n for n in PARAMETERS if n in self.model.named_vars]
        wanted = [self.model["mu"], *(self.model[n] for n in names)]
        function = pytensor.function(self.model.free_RVs, wanted, mode=FAST, on_unused_input="ignore")
        mu, *values = function(*self.values(seed))
        data = {}
        for name, value in zip(names, values, strict=True):
            data[PARAMETERS[name]] = (("sample", *self.model[name].dims), np.asarray(value)[None])
        dims = self.model["mu"].dims
        mu = xr.DataArray(mu, dims=dims).transpose("date", "region").to_numpy()
        known = [d for d in ("region", "channel", "control", "pair", "predictor") if d in self.model.coords]
        coords = {d: list(self.model.coords[d]) for d in known}
        return mu, with_cell_effects(xr.Dataset(data, coords=coords), self.design.regions)


def explained(design, draws: xr.Dataset) -> np.ndarray:
    """(t, r) numpy's mean without the shock, which the sampled model has integrated out."""
    parts = components(design, draws)
    return (parts["fitted"] - parts.get("shock", 0.0))[0] / design.outcome_scale


@pytest.fixture(scope="module")
def two_regions(small_design):
    return Sampled(small_design(2))


@pytest.fixture(scope="module")
def one_region(small_design):
    return Sampled(small_design(1))


@pytest.mark.parametrize("market", ["two_regions", "one_region"])
@pytest.mark.parametrize("seed", [1, 2])
def test_numpy_and_the_sampled_model_agree_on_the_mean(market, seed, request):
    sampled = request.getfixturevalue(market)
    mean, draws = sampled.evaluate(seed)
    assert explained(sampled.design, draws) == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize("pooling", ["none", "full"])
def test_numpy_and_the_sampled_model_agree_under_every_pooling(pooling, small_design):
    sampled = Sampled(small_design(2, 60), pooling=pooling)
    mean, draws = sampled.evaluate(3)
    assert explained(sampled.design, draws) == pytest.approx(mean, abs=1e-9)


def test_short_history_has_no_season(small_design):
    assert "season_effect" not in Sampled(small_design(2, 40)).free


def test_short_history_agrees_with_numpy(small_design):
    sampled = Sampled(small_design(2, 40))
    mean, draws = sampled.evaluate(4)
    assert explained(sampled.design, draws) == pytest.approx(mean, abs=1e-9)


def test_partial_pooling_has_deviations_with_one_sd(two_regions):
    assert {"saturation_deviation_raw", "saturation_deviation_sd"} <= two_regions.free


def test_full_pooling_has_one_effect_a_channel(small_design):
    sampled = Sampled(small_design(2), pooling="full")
    assert sampled.model.named_vars_to_dims["saturation_log_effect"] == ("channel",)
    assert "saturation_deviation_raw" not in sampled.free


def test_no_pooling_has_an_effect_for_each_region_and_channel(small_design):
    sampled = Sampled(small_design(2), pooling="none")
    assert set(sampled.model.named_vars_to_dims["saturation_log_effect"]) == {"region", "channel"}
    assert "saturation_deviation_raw" not in sampled.free


def test_one_region_has_nothing_to_pool_over_and_no_shared_shock(one_region):
    assert not {"saturation_deviation_raw", "y_shock_sd"} & one_region.free


def test_deviations_average_to_one_by_spend(two_regions):
    _, draws = two_regions.evaluate(1)
    relative = np.exp(draws["region_deviation"].transpose("sample", "region", "channel").to_numpy()[0])
    assert (relative * two_regions.design.region_weights).sum(axis=0) == pytest.approx(1.0)


def test_market_effect_is_that_of_its_total_at_mean_level(two_regions):
    """The market's log effect is the log of what all regions together bring, relative to their prior."""
    design = two_regions.design
    _, draws = two_regions.evaluate(2)
    effect = np.exp(draws["log_effect"].transpose("sample", "region", "channel").to_numpy()[0])
    prior = design.prior_share * (design.outcome_scale * design.value)[:, None]
    total = (effect * prior).sum(axis=0) / prior.sum(axis=0)
    assert np.log(total) == pytest.approx(draws["log_effect_market"].to_numpy()[0])


def test_effects_of_a_control_average_to_its_mean_over_regions(two_regions):
    _, draws = two_regions.evaluate(1)
    mean = draws["control_effect"].mean("region").to_numpy()
    assert mean == pytest.approx(draws["control_mean"].to_numpy())


def _likelihood(sampled: Sampled, seed: int) -> float:
    model, point = sampled.model, {}
    for variable, value in zip(model.free_RVs, sampled.values(seed), strict=True):
        free = value
        if model.rvs_to_transforms[variable] is not None:
            free = logit(value) if variable.name == "adstock_alpha" else np.log(value)
        point[model.rvs_to_values[variable].name] = free
    terms = [model[name] for name in ("y", "shared_shock") if name in model.named_vars]
    return float(model.compile_logp(vars=terms, mode=FAST)(point))


def _independent(design, draws: xr.Dataset, mean: np.ndarray) -> float:
    """Sum over the periods of a multivariate normal density of the regions' innovations, written out."""
    sigma, rho = draws["sigma"].transpose("sample", "region").to_numpy()[0], float(draws["rho"].item())
    rest = (design.scaled_outcome - mean) * design.observed
    total = 0.0
    for t in range(len(design.dates)):
        here = design.observed[t]
        if not here.any():
            continue
        follows = (design.observed[t - 1] if t else np.zeros_like(here))[here]
        innovation = rest[t, here] - rho * (rest[t - 1, here] if t else 0.0)
        spread = np.where(follows, sigma[here], sigma[here] / np.sqrt(1 - rho**2))
        covariance = np.diag(spread**2) + float(draws["shock_sd"].item()) ** 2
        total += multivariate_normal.logpdf(innovation, np.zeros(len(innovation)), covariance)
    return total


def test_likelihood_is_that_of_serially_correlated_noise(two_regions):
    mean, draws = two_regions.evaluate(1)
    hidden = int((~two_regions.design.observed).sum())
    flat = hidden * norm.logpdf(0.0, 0.0, 1e3)
    assert _likelihood(two_regions, 1) - flat == pytest.approx(
        _independent(two_regions.design, draws, mean), abs=1e-3
    )


def _with_outcome(sampled: Sampled, outcome: np.ndarray) -> float:
    import pymc as pm

    before = sampled.model["target_data"].get_value()
    order = sampled.model["target_data"].dims
    changed = xr.DataArray(outcome, dims=("date", "region")).transpose(*order).to_numpy()
    with sampled.model:
        pm.set_data({"target_data": changed})
        try:
            return _likelihood(sampled, 1)
        finally:
            pm.set_data({"target_data": before})


def test_outcome_of_a_masked_cell_does_not_count(two_regions):
    outcome = two_regions.design.scaled_outcome
    other = outcome.copy()
    other[:4] += 1.0
    assert _with_outcome(two_regions, other) == pytest.approx(_with_outcome(two_regions, outcome), abs=1e-4)


def test_outcome_of_an_observed_cell_counts(two_regions):
    outcome = two_regions.design.scaled_outcome
    other = outcome.copy()
    other[10] += 0.1
    assert abs(_with_outcome(two_regions, other) - _with_outcome(two_regions, outcome)) > 1e-3


PER_CHANNEL = ("effect_sd", "adstock", "saturation", "funnel", "lags", "national")


@pytest.mark.parametrize("regions", [1, 3])
def test_a_single_channel_without_controls_agrees_with_numpy(regions, small_design):
    full = small_design(regions)
    lone = small_design(
        regions,
        channels=["tv"],
        paid=full.paid[:1],
        control_names=[],
        controls=full.controls[:, :, :0],
        **{name: getattr(full, name)[..., :1] for name in ("spend", "media", "media_unit", "mean_media")},
        prior_share=full.prior_share[:, :1],
        **{
            name: getattr(full, name)[:1]
            for name in ("effect_sd", "adstock", "saturation", "funnel", "lags", "national")
        },
    )
    sampled = Sampled(lone)
    mean, draws = sampled.evaluate(5)
    assert explained(lone, draws) == pytest.approx(mean, abs=1e-9)


def test_a_channel_absent_from_one_region_brings_nothing_there(small_design):
    media = small_design(2).media.copy()
    media[:, 1, 0] = 0.0
    mean_media = media.mean(axis=0)
    mean_media[1, 0] = 1.0
    sampled = Sampled(small_design(2, media=media, mean_media=mean_media))
    mean, draws = sampled.evaluate(6)
    parts = components(sampled.design, draws)
    assert explained(sampled.design, draws) == pytest.approx(mean, abs=1e-9)
    assert np.abs(parts["channel:tv"][0, :, 1]).max() < 1e-2 * np.abs(parts["channel:tv"][0, :, 0]).max()


FAMILIES = {
    "delayed and logistic": {"adstock": ("delayed", "geometric", "delayed"), "saturation": ("logistic",) * 3},
    "weibull and log": {"adstock": ("weibull", "weibull", "geometric"), "saturation": ("log", "hill", "log")},
    "own reach": {"lags": np.array([2, 4, 3]), "saturation": ("michaelis_menten", "hill", "logistic")},
    "drift": {"trend": "varying"},
    "synergy": {"interactions": (("tv", "search"),)},
    "spillover": {"spillover": True},
    "tide": {"varying_media": True},
    "plain noise": {"shock": False, "serial": False},
    "weekly cycle": {"periods_per_year": 365.25, "dates": pd.date_range("2024-01-01", periods=60)},
    "national": {"national": np.array([True, False, False])},
}


@pytest.mark.parametrize("option", FAMILIES)
def test_every_option_agrees_with_numpy(option, small_design):
    sampled = Sampled(small_design(2, 60, **FAMILIES[option]))
    mean, draws = sampled.evaluate(8)
    assert explained(sampled.design, draws) == pytest.approx(mean, abs=1e-9)


def test_attributes_of_regions_shift_all_channels_alike(small_design):
    income = np.array([[-1.2], [0.0], [1.2]])
    sampled = Sampled(small_design(3, predictor_names=["income"], predictors=income))
    mean, draws = sampled.evaluate(9)
    assert explained(sampled.design, draws) == pytest.approx(mean, abs=1e-9)
    assert {"predictor_effect", "saturation_deviation_raw"} <= sampled.free


def test_a_national_channel_has_one_effect(small_design):
    sampled = Sampled(small_design(2, national=np.array([True, False, False])))
    _, draws = sampled.evaluate(1)
    assert np.ptp(draws["log_effect"].sel(channel="tv").to_numpy()) == 0.0
    assert np.ptp(draws["log_effect"].sel(channel="search").to_numpy()) > 0.0


def test_model_has_exactly_the_free_variables_that_the_priors_name(two_regions):
    """Each stored prior is one free variable; deviations, standard normal, are added by pooling."""
    from mmm_helpers.model.priors import priors_of

    library = {
        "alpha": "adstock_alpha", "log_effect_market": "saturation_log_effect", "fullness": "saturation_fullness",
        "slope": "saturation_slope", "region_sd": "saturation_deviation_sd", "intercept": "intercept_contribution",
        "control_mean": "gamma_control_mu", "control_sd": "gamma_control_sigma",
        "sigma": "y_sigma", "rho": "y_rho_raw", "shock_sd": "y_shock_sd",
    }  # fmt: skip
    named = {library.get(name, name) for name in priors_of(two_regions.design)}
    assert two_regions.free == named | {"saturation_deviation_raw", "gamma_control_raw"}


def test_library_and_numpy_agree_on_a_counterfactual(two_regions):
    """With a channel's spend in a window set to zero, pymc-marketing's own forward pass changes as ours does."""
    import pymc as pm

    from mmm_helpers.estimands.effects import Window, compute_effect

    sampled, window = two_regions, Window("window", 20, 40)
    design, actual = sampled.design, sampled.model["lagged_media"].get_value()
    _, draws = sampled.evaluate(1)
    observed = _library_contribution(sampled, seed=1)
    tv = design.channels.index("tv")
    media = design.media.copy()
    media[20:40, :, tv] = 0.0
    with sampled.model:
        pm.set_data({"lagged_media": replace(design, media=media).lagged_media})
        try:
            changed = _library_contribution(sampled, seed=1)
        finally:
            pm.set_data({"lagged_media": actual})
    gain = (observed - changed)[20 : 40 + design.l_max - 1, :, tv].sum(axis=0) * design.outcome_scale
    ours = compute_effect(design, draws, "tv", window)
    assert ours.incremental[0] == pytest.approx(gain, rel=1e-6)
    landed = observed[20:40, :, tv].sum(axis=0) * design.outcome_scale
    assert ours.landed[0] == pytest.approx(landed, rel=1e-6)


def _library_contribution(sampled: Sampled, seed: int) -> np.ndarray:
    """(t, r, c) pymc-marketing's own deterministic, at the same free variables."""
    import pytensor

    wanted = sampled.model["channel_contribution"]
    function = pytensor.function(sampled.model.free_RVs, wanted, mode=FAST, on_unused_input="ignore")
    values = xr.DataArray(function(*sampled.values(seed)), dims=wanted.dims)
    return values.transpose("date", "region", "channel").to_numpy()
