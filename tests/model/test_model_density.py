"""Log prior and log likelihood in numpy against the compiled model, and what raising a prior to a power means."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats
from scipy.special import expit

from mmm_helpers.model.density import log_likelihood, log_prior
from mmm_helpers.model.posterior import with_cell_effects
from mmm_helpers.model.priors import priors_of

FAST = "FAST_COMPILE"
OWN = {
    "adstock_alpha": ("alpha", expit),
    "saturation_log_effect": ("log_effect_market", np.asarray),
    "saturation_fullness": ("fullness", np.asarray),
    "saturation_slope": ("slope", np.exp),
}
"""Variable of the model → stored name, and how it is had from the value that is sampled."""


class Compiled:
    """The model of a small design with its log densities at any point."""

    def __init__(self, design, pooling: str):
        from mmm_helpers.model.build import build_model

        self.design, self.model = design, build_model(design, pooling=pooling).model

    def point(self, seed: int) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        start = self.model.initial_point()
        return {name: np.asarray(v) + rng.normal(0, 0.2, np.shape(v)) for name, v in start.items()}

    def logp(self, names: list[str], point: dict[str, np.ndarray]) -> float:
        """Log density of the named variables on the scale on which they are sampled."""
        variables = [self.model[n] for n in names if n in self.model.named_vars]
        return float(self.model.compile_logp(vars=variables, jacobian=True, mode=FAST)(point))

    def draws(self, point: dict[str, np.ndarray]) -> xr.Dataset:
        """The point as one draw of a stored fit."""
        import pytensor

        from mmm_helpers.model.sample import PARAMETERS

        names = [n for n in PARAMETERS if n in self.model.named_vars]
        values = self.model.replace_rvs_by_values([self.model[n] for n in names])
        function = pytensor.function(self.model.value_vars, values, mode=FAST, on_unused_input="ignore")
        found = function(*(point[v.name] for v in self.model.value_vars))
        data = {
            PARAMETERS[n]: (("sample", *self.model[n].dims), np.asarray(v)[None])
            for n, v in zip(names, found, strict=True)
        }
        coords = {
            d: list(self.model.coords[d]) for d in ("region", "channel", "control") if d in self.model.coords
        }
        return with_cell_effects(xr.Dataset(data, coords=coords), self.design.regions)


@pytest.fixture(scope="module", params=["partial", "none"])
def compiled(request, small_design):
    return Compiled(small_design(2), request.param)


@pytest.mark.parametrize("seed", [1, 2])
def test_log_prior_of_all_channels_is_the_models(compiled, seed):
    point = compiled.point(seed)
    total = log_prior(compiled.design, compiled.draws(point)).sum()
    assert total == pytest.approx(compiled.logp(list(OWN), point), abs=1e-6)


def test_log_likelihood_is_the_models_up_to_a_constant(compiled):
    points = [compiled.point(seed) for seed in (1, 2)]
    ours = [log_likelihood(compiled.design, compiled.draws(p))[0] for p in points]
    theirs = [compiled.logp(["y", "shared_shock"], p) for p in points]
    assert ours[0] - ours[1] == pytest.approx(theirs[0] - theirs[1], abs=1e-3)
    assert abs(ours[0] - ours[1]) > 1.0


def test_log_prior_of_a_channel_does_not_know_the_others(small_design, small_draws):
    design = small_design(2)
    draws = small_draws(design)
    draws = draws.assign(log_effect_market=draws["log_effect"].mean("region"))
    before = log_prior(design, draws)
    moved = draws.copy(deep=True)
    moved["alpha"].loc[{"channel": "tv"}] = 0.5
    change = log_prior(design, moved) - before
    assert np.abs(change[:, 0]).max() > 0.1
    assert np.abs(change[:, 1:]).max() == 0.0


def test_parameters_that_a_family_does_not_have_do_not_count(small_design, small_draws):
    design = small_design(
        2, adstock=("weibull", "geometric", "geometric"), saturation=("log", "hill", "hill")
    )
    rng = np.random.default_rng(0)
    draws = small_draws(design)
    draws = draws.assign(log_effect_market=draws["log_effect"].mean("region"))
    draws["weibull_shape"] = draws["weibull_scale"] = xr.ones_like(draws["alpha"]) * rng.uniform(1, 2)
    before = log_prior(design, draws)
    for name in ("alpha", "slope"):
        moved = draws.copy(deep=True)
        moved[name] = draws[name] * 0.9
        change = log_prior(design, moved) - before
        assert (change[:, 0] == 0).all()
        assert (change[:, 1:] != 0).all()


def test_a_draw_that_was_rounded_to_its_bound_has_a_density(small_design, small_draws):
    design = small_design(1)
    draws = small_draws(design)
    draws = draws.assign(log_effect_market=draws["log_effect"].mean("region"))
    draws["alpha"][0], draws["alpha"][1], draws["slope"][2] = 0.0, 1.0, 0.0
    assert np.isfinite(log_prior(design, draws)).all()


@pytest.mark.parametrize("alpha", [0.5, 2.0])
def test_a_prior_to_a_power_keeps_its_centre_and_changes_how_firm_it_is(small_design, alpha):
    """Beta(a, b) to the power α is Beta(αa, αb) on the logit scale, and a log-normal's variance is divided by α."""
    design = small_design(1)
    size, rng = 200_000, np.random.default_rng(3)
    priors = {name: p for name, p in priors_of(design).items() if p.dims == ("channel",)}
    data = {
        n: (("sample", "channel"), p.dist.rvs(size=(size, 3), random_state=rng)) for n, p in priors.items()
    }
    draws = xr.Dataset(data, coords={"channel": design.channels})
    density = log_prior(design, draws)[:, 0]
    weights = np.exp((alpha - 1) * (density - density.max()))
    weights /= weights.sum()
    first, second = (float(np.ravel(a)[0]) for a in priors["alpha"].dist.args)
    kept, slope = draws["alpha"].to_numpy()[:, 0], np.log(draws["slope"].to_numpy()[:, 0])
    expected = stats.beta(alpha * first, alpha * second)
    assert weights @ kept == pytest.approx(expected.mean(), abs=0.02)
    assert weights @ (kept - expected.mean()) ** 2 == pytest.approx(expected.var(), rel=0.1)
    sd = priors["slope"].dist.kwds["s"]
    assert weights @ slope**2 == pytest.approx(sd**2 / alpha, rel=0.1)
