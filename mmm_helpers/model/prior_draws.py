"""Draws from the priors in the form of a stored fit: what the model holds possible before it sees any data."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mmm_helpers.model.design import HARMONICS, Design
from mmm_helpers.model.posterior import with_cell_effects
from mmm_helpers.model.priors import PriorOf, priors_of

NOT_STORED = ("trend_mean", "trend_offset")
"""Parameters that a stored fit holds only as what they add up to."""
OF_REGIONS = ("region_sd", "predictor_effect")
"""Parameters of how regions differ, which only partial pooling has."""


def draw_priors(design: Design, n: int, seed: int, *, pooling: str = "partial") -> xr.Dataset:
    """Draw all parameters of a market's model from its priors, independently of the sampler.

    Parameters
    ----------
    design : scaled arrays of one market; its outcome is not looked at.
    n : number of draws.
    pooling : over regions: none, partial or full.

    Returns
    -------
    Dataset with dims (sample, …) and the names of a stored fit, `log_effect` (sample, region, channel) included;
    what `model.predict.components` takes in place of a flattened posterior.
    """
    rng, axes, priors = np.random.default_rng(seed), _axes(design), priors_of(design)
    drawn = {name: _draw(prior, axes, n, rng) for name, prior in priors.items()}
    drawn |= _effects(design, drawn, axes, rng, pooling=pooling)
    drawn |= _walks(design, drawn, rng) | _control_effects(drawn, axes, rng)
    drawn["trend"] = drawn["trend_mean"] + drawn["trend_offset"]
    unused = NOT_STORED if "region_deviation" in drawn else (*NOT_STORED, *OF_REGIONS)
    kept = xr.Dataset({name: values for name, values in drawn.items() if name not in unused})
    return with_cell_effects(kept, design.regions).transpose("sample", ...)


def _axes(design: Design) -> dict[str, list]:
    return {
        "channel": design.channels,
        "region": design.regions,
        "control": design.control_names,
        "predictor": design.predictor_names,
        "pair": [f"{a}*{b}" for a, b in design.interactions],
        "fourier_mode": list(range(2 * HARMONICS)),
        "weekday": list(range(design.weekdays.shape[-1])),
    }


def _draw(prior: PriorOf, axes: dict[str, list], n: int, rng: np.random.Generator) -> xr.DataArray:
    """(sample, …) draws of one parameter, on the scale on which it is stored."""
    shape = (n, *(len(axes[d]) for d in prior.dims))
    values = prior.constrained(prior.dist.rvs(size=shape, random_state=rng))
    return xr.DataArray(values, dims=("sample", *prior.dims), coords={d: axes[d] for d in prior.dims})


def _normals(n: int, axes: dict[str, list], dims: tuple[str, ...], rng: np.random.Generator) -> xr.DataArray:
    values = rng.normal(size=(n, *(len(axes[d]) for d in dims)))
    return xr.DataArray(values, dims=("sample", *dims), coords={d: axes[d] for d in dims})


def _effects(
    design: Design, drawn: dict, axes: dict[str, list], rng: np.random.Generator, *, pooling: str
) -> dict[str, xr.DataArray]:
    """Effects of regions that are each their own (none), or deviations that average to one over them (partial)."""
    if pooling == "full" or len(design.regions) == 1:
        return {}
    n = drawn["log_effect_market"].sizes["sample"]
    if pooling == "none":
        own = _normals(n, axes, ("region", "channel"), rng)
        return {"log_effect_market": own * xr.DataArray(design.effect_sd, dims="channel")}
    deviation = drawn["region_sd"] * _zero_sum(n, axes, ("region", "channel"), rng)
    if "predictor_effect" in drawn:
        attributes = xr.DataArray(design.predictors, dims=("region", "predictor"))
        deviation = deviation + (attributes * drawn["predictor_effect"]).sum("predictor")
    deviation = deviation * xr.DataArray(~design.national, dims="channel")
    weights = xr.DataArray(design.region_weights, dims=("region", "channel"))
    return {"region_deviation": deviation - np.log((weights * np.exp(deviation)).sum("region"))}


def _zero_sum(n: int, axes: dict[str, list], dims: tuple[str, ...], rng: np.random.Generator) -> xr.DataArray:
    """Standard normals that sum to zero over the regions, each still with variance one."""
    own, regions = _normals(n, axes, dims, rng), len(axes["region"])
    return (own - own.mean("region")) * np.sqrt(regions / (regions - 1))


def _control_effects(drawn: dict, axes: dict[str, list], rng: np.random.Generator) -> dict[str, xr.DataArray]:
    """A control's effect in each region, around what the regions share."""
    if "control_sd" not in drawn:
        return {}
    mean = drawn["control_mean"]
    own = _zero_sum(mean.sizes["sample"], axes, ("region", "control"), rng)
    return {"control_effect": mean + drawn["control_sd"] * own}


def _walks(design: Design, drawn: dict, rng: np.random.Generator) -> dict[str, xr.DataArray]:
    """Random walks between knots, zero on average over the data: the level's drift and the media's tide."""
    bases = {"drift": design.drift_basis, "tide": design.tide_basis}
    return {
        name: _walk(drawn[f"{name}_sd"], basis, rng) for name, basis in bases.items() if f"{name}_sd" in drawn
    }


def _walk(sd: xr.DataArray, basis: np.ndarray, rng: np.random.Generator) -> xr.DataArray:
    steps = rng.normal(size=(sd.sizes["sample"], basis.shape[1] - 1)) * sd.to_numpy()[:, None]
    levels = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1) @ basis.T
    return xr.DataArray(levels - levels.mean(axis=1, keepdims=True), dims=("sample", "date"))
