"""Log densities in numpy from stored draws: each channel's own priors, and the likelihood of all known outcomes."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mmm_helpers.model.design import Design
from mmm_helpers.model.elpd import log_density
from mmm_helpers.model.priors import PriorOf, priors_of

IN_USE = {
    "alpha": ("adstock", ("geometric", "delayed")),
    "delay": ("adstock", ("delayed",)),
    "weibull_shape": ("adstock", ("weibull",)),
    "weibull_scale": ("adstock", ("weibull",)),
    "slope": ("saturation", ("hill",)),
}
"""Parameters that only some families have; under any other they stay at their prior and mean nothing."""


def log_prior(design: Design, draws: xr.Dataset) -> np.ndarray:
    """Log prior density of each channel's own parameters: effect, carry-over and curve.

    On the scale on which they are sampled (log, logit), so that raising it to a power α keeps the centre of each
    prior and changes how firmly it is held: a normal's variance is divided by α, a beta's or gamma's counts are
    multiplied by it. What channels share, such as the sd between regions, is not part of it.

    Parameters
    ----------
    draws : flattened draws of the market's own fit.

    Returns
    -------
    Shape (sample, c).
    """
    total = np.zeros((draws.sizes["sample"], len(design.channels)))
    for name, prior in priors_of(design).items():
        if prior.dims == ("channel",) and name in draws:
            total += _own_density(prior, draws[name]) * _used(design, name)
    return total


def log_likelihood(design: Design, draws: xr.Dataset) -> np.ndarray:
    """(sample,) log density of the known outcomes under serially correlated noise and shared shocks.

    The numpy twin of `model.noise.MarketNoise`; the two differ by a constant, which the hidden cells add there.

    Parameters
    ----------
    draws : flattened draws with `log_effect`.
    """
    return log_density(design, draws).sum(axis=1)


def _used(design: Design, name: str) -> np.ndarray:
    """(c,) 1 where the channel's family has the parameter, else 0."""
    if name not in IN_USE:
        return np.ones(len(design.channels))
    kind, families = IN_USE[name]
    return np.isin(getattr(design, kind), families).astype(float)


def _own_density(prior: PriorOf, draws: xr.DataArray) -> np.ndarray:
    """(sample, c) log density; summed over regions where each has an effect of its own."""
    values = _inside(prior, draws.transpose("sample", ..., "channel").to_numpy())
    density = prior.dist.logpdf(values) + _log_jacobian(prior, values)
    return density.reshape(len(values), -1, values.shape[-1]).sum(axis=1)


def _inside(prior: PriorOf, values: np.ndarray) -> np.ndarray:
    """Draws kept off the bounds of their support, which single precision may round them to."""
    low, high = prior.dist.support()
    if np.all(np.isfinite(high)):
        return np.clip(values, 1e-6, 1 - 1e-6)
    return np.maximum(values, 1e-9) if np.all(np.isfinite(low)) else values


def _log_jacobian(prior: PriorOf, values: np.ndarray) -> np.ndarray | float:
    """Log derivative of a parameter by the scale on which it is sampled: log above zero, logit between 0 and 1."""
    low, high = prior.dist.support()
    if np.all(np.isfinite(high)):
        return np.log(values) + np.log1p(-values)
    return np.log(values) if np.all(np.isfinite(low)) else 0.0
