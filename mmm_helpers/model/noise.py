"""The likelihood: a region's own noise, serial correlation, and a shock that all regions of a period share."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pymc.dims as pmd
from pymc_marketing.special_priors import SpecialPrior
from pytensor.xtensor import as_xtensor, concat
from pytensor.xtensor import math as ptx

HIDDEN_SD = 1e3
"""Residual sd that takes a cell out of the likelihood."""


class MarketNoise(SpecialPrior):
    """Normal likelihood over (date, region) in which hidden cells carry no information.

    pymc-marketing fills missing outcomes with zero; the model's `observed` data say which cells count. What is
    left of one period carries over to the next with `rho`, in each region; `sigma` is the sd of the innovation.
    A shock of sd `shock_sd`, shared by the regions of a period, is integrated out in closed form: the covariance
    of a period's innovations is diagonal plus rank one (Sherman & Morrison 1950), so that the sampler sees three
    numbers and not one more per period; `model.predict` draws the shocks afterwards.
    """

    def _checks(self) -> None:
        if not {"sigma"} <= set(self.parameters) <= {"sigma", "rho", "shock_sd"}:
            raise ValueError(
                f"MarketNoise takes sigma, and may take rho and shock_sd. Got {sorted(self.parameters)}."
            )

    def create_variable(self, name, xdist=False):
        raise NotImplementedError("MarketNoise is a likelihood, not a prior.")

    def create_likelihood_variable(self, name, mu, observed, xdist=False):
        """Normal(mu + rho × last residual, sigma) where `observed`, and an all but flat density elsewhere."""
        own = {
            p: as_xtensor(self._create_parameter(p, self.parameters[p], name, xdist=True))
            for p in self.parameters
        }
        model = pm.modelcontext(None)
        mask, outcome = model["observed"], model["target_data"]
        # With one region PyMC does not see through a mean whose dims come in another order.
        mu = mu.transpose(*self.dims)
        mean, spread = mu, own["sigma"] + 0.0 * mu
        if "rho" in own:
            known = _previous(mask)
            mean = mu + own["rho"] * _previous((outcome - mu) * mask)
            first = own["sigma"] / ptx.sqrt(1 - own["rho"] ** 2)
            spread = known * own["sigma"] + (1 - known) * first
        if "shock_sd" in own:
            factor = _shock_factor((outcome - mean) * mask, mask / spread**2, own["shock_sd"])
            _add_to_density("shared_shock", factor)
        spread = mask * spread + (1 - mask) * HIDDEN_SD
        # The target as it was given: `observed` is the same, rescaled by one with every evaluation.
        return pmd.Normal(name, mu=mean, sigma=spread, observed=outcome, dims=self.dims)


def _add_to_density(name, series):
    """Add a (date,) series to the log density: as the likelihood of a dummy observation, since PyMC makes
    likelihoods of xtensors differentiable, but not potentials.
    """
    dummy = np.zeros(len(pm.modelcontext(None).coords["date"]))
    pm.CustomDist(name, series.values, logp=lambda value, term: term, observed=dummy, dims="date")


def _shock_factor(innovation, precision, shock_sd):
    """Log density of innovations with a shared shock minus that without, per period."""
    total = precision.sum(dim="region")
    pull = (precision * innovation).sum(dim="region")
    spread = 1 + shock_sd**2 * total
    return (shock_sd**2 * pull**2 / spread - ptx.log(spread)) / 2


def _previous(series):
    """Each period's predecessor along `date`; zero for the first."""
    head = series.isel(date=slice(0, 1)) * 0.0
    return concat([head, series.isel(date=slice(0, -1))], dim="date").transpose(*series.dims)
