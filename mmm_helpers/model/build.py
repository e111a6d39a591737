"""From a design to a pymc-marketing model: partial pooling over regions, non-centred.

Everything is in units of a region's mean outcome, so that one prior fits every region and market.
The effect of a channel is parameterised at the region's mean level of the channel ("effect at mean
spend"), where the data speak, not at the curve's asymptote, where they rarely do.
"""

from __future__ import annotations

import warnings
from typing import ClassVar

import numpy as np
import pandas as pd
import pymc as pm
import pymc.dims as pmd
import xarray as xr
from pymc_extras.prior import Prior
from pymc_marketing.mmm import MMM, GeometricAdstock
from pymc_marketing.mmm.additive_effect import MuEffect
from pymc_marketing.mmm.components.saturation import SaturationTransformation
from pymc_marketing.special_priors import SpecialPrior
from pytensor.xtensor import as_xtensor, concat
from pytensor.xtensor import math as ptx

from mmm_helpers.model.design import HARMONICS, Design
from mmm_helpers.model.priors import (
    BETWEEN_SCALE,
    BETWEEN_SHAPE,
    LOG_EFFECT_SD,
    NOISE_MEDIAN,
    NOISE_SD,
    SHOCK_MEDIAN,
    SHOCK_SD,
)

HIDDEN_SD = 1e3
"""Residual sd that takes a cell out of the likelihood."""


class EffectAtMeanHill(SaturationTransformation):
    """Hill saturation scaled by its value at the region's mean level of the channel.

    The log effect of a region is the market's mean plus a deviation that sums to zero over regions: the
    market's mean is then what the data inform, and the two do not trade off against each other.
    """

    def function(self, x, log_effect, deviation, fullness, slope, share, mean_media, *, dim=None):
        """Share of outcome at x; parameters broadcast over (region, channel)."""
        size = share * ptx.exp(log_effect + deviation)
        return size * _hill(x, fullness, slope) / _hill(mean_media, fullness, slope)

    default_priors: ClassVar[dict] = {
        "log_effect": Prior("Normal", mu=0, sigma=LOG_EFFECT_SD),
        "deviation": 0.0,
        "fullness": Prior("Normal", mu=-0.2, sigma=0.7),
        "slope": Prior("LogNormal", mu=0.0, sigma=0.2),
        "share": 0.1,
        "mean_media": 1.0,
    }


def _hill(x, fullness, slope):
    """Hill curve by the log-odds of saturation at x = 1: far less correlated with the slope than kappa is."""
    # The small offset keeps the gradient of log x finite where nothing was spent.
    return ptx.sigmoid(fullness + slope * ptx.log(x + 1e-9))


class ZeroSumDeviation(SpecialPrior):
    """Normal deviations over (region, channel) that sum to zero over the regions; one sd for all channels.

    Three to six regions say little about the sd of one channel; all channels together say enough.
    """

    def _checks(self) -> None:
        self.dims = ("region", "channel")

    def create_variable(self, name, xdist=False):
        """Free normals minus their mean, rescaled so that the sd is that of each deviation."""
        raw = pmd.Normal(f"{name}_raw", mu=0, sigma=1, dims=self.dims)
        sd = self.parameters["sd"].create_variable(f"{name}_sd", xdist=True)
        regions = len(pm.modelcontext(None).coords["region"])
        scale = float(np.sqrt(regions / (regions - 1)))
        return pmd.Deterministic(name, sd * (raw - raw.mean(dim="region")) * scale)


class MaskedNormal(SpecialPrior):
    """Normal likelihood with serial correlation, in which hidden cells carry no information.

    pymc-marketing fills missing outcomes with zero; the model's `observed` data say which cells count. What is
    left of one period carries over to the next with `rho`, in each region; `sigma` is the sd of the innovation.
    """

    def _checks(self) -> None:
        if set(self.parameters) != {"sigma", "rho"}:
            raise ValueError(f"MaskedNormal takes sigma and rho. Got {sorted(self.parameters)} instead.")

    def create_variable(self, name, xdist=False):
        raise NotImplementedError("MaskedNormal is a likelihood, not a prior.")

    def create_likelihood_variable(self, name, mu, observed, xdist=False):
        """Normal(mu + rho × last residual, sigma) where `observed`, and an all but flat density elsewhere."""
        sigma, rho = (
            as_xtensor(self._create_parameter(p, self.parameters[p], name, xdist=True))
            for p in ("sigma", "rho")
        )
        model = pm.modelcontext(None)
        mask, outcome = model["observed"], model["target_data"]
        # With one region PyMC does not see through a mean whose dims come in another order.
        mu = mu.transpose(*self.dims)
        known = _previous(mask)
        mean = mu + rho * _previous((outcome - mu) * mask)
        first = sigma / ptx.sqrt(1 - rho**2)
        spread = known * sigma + (1 - known) * first
        spread = mask * spread + (1 - mask) * HIDDEN_SD
        return pmd.Normal(name, mu=mean, sigma=spread, observed=observed, dims=self.dims)


def _previous(series):
    """Each period's predecessor along `date`; zero for the first."""
    head = series.isel(date=slice(0, 1)) * 0.0
    return concat([head, series.isel(date=slice(0, -1))], dim="date").transpose(*series.dims)


class Observed(MuEffect):
    """Registers which cells enter the likelihood; adds nothing to the mean."""

    prefix: str = "observed"
    mask: list

    def create_data(self, mmm) -> None:
        pmd.Data("observed", np.array(self.mask, float), dims=("date", "region"))

    def create_effect(self, mmm):
        return 0.0

    def set_data(self, mmm, model, X) -> None:
        raise NotImplementedError("Predictions are computed from parameter draws, see model.predict.")


class Trend(MuEffect):
    """Linear trend in years since the middle of the data, partially pooled over regions.

    The library's own linear trend does not extrapolate; this one has a fixed axis.
    """

    prefix: str = "trend"
    time: list

    def create_data(self, mmm) -> None:
        pmd.Data("trend_time", np.array(self.time), dims="date")

    def create_effect(self, mmm):
        mean = pmd.Normal("trend_mean", mu=0, sigma=0.15)
        offset = pmd.Normal("trend_offset", mu=0, sigma=1, dims="region")
        slope = pmd.Deterministic("trend", mean + 0.05 * offset)
        return slope * mmm.model["trend_time"]

    def set_data(self, mmm, model, X) -> None:
        raise NotImplementedError("Predictions are computed from parameter draws, see model.predict.")


class CentredMedia(MuEffect):
    """Takes the media's mean over time out of the mean, so that the intercept is the region's level.

    Level and media effects then do not trade off against each other; the baseline without media is the level
    minus the media's mean (see `model.predict`).
    """

    prefix: str = "media_mean"

    def create_data(self, mmm) -> None:
        return None

    def create_effect(self, mmm):
        media = mmm.model["channel_contribution"].sum(dim="channel")
        return pmd.Deterministic("media_mean", -media.mean(dim="date"))

    def set_data(self, mmm, model, X) -> None:
        raise NotImplementedError("Predictions are computed from parameter draws, see model.predict.")


class WeekShock(MuEffect):
    """A shock per period shared by all regions: regions of one market are not independent witnesses."""

    prefix: str = "shock"

    def create_data(self, mmm) -> None:
        return None

    def create_effect(self, mmm):
        sd = pmd.LogNormal("shock_sd", mu=np.log(SHOCK_MEDIAN), sigma=SHOCK_SD)
        raw = pmd.Normal("shock_offset", mu=0, sigma=1, dims="date")
        return pmd.Deterministic("shock", sd * raw)

    def set_data(self, mmm, model, X) -> None:
        raise NotImplementedError("Predictions are computed from parameter draws, see model.predict.")


def effect_priors(regions: int, pooling: str) -> dict:
    """Priors of a channel's log effect; `pooling` over regions is none, partial or full.

    A market with one region has nothing to pool over: its effect is the market's.
    """
    market = Prior("Normal", mu=0, sigma=LOG_EFFECT_SD, dims="channel")
    if pooling == "full" or regions == 1:
        return {"log_effect": market, "deviation": 0.0}
    if pooling == "none":
        own = Prior("Normal", mu=0, sigma=LOG_EFFECT_SD, dims=("region", "channel"))
        return {"log_effect": own, "deviation": 0.0}
    return {"log_effect": market, "deviation": ZeroSumDeviation(sd=_between())}


def _between() -> Prior:
    """Prior of the sd between regions."""
    return Prior("Gamma", alpha=BETWEEN_SHAPE, beta=1 / BETWEEN_SCALE)


def _constants(design: Design) -> dict:
    """Arrays of the design that the saturation takes as they are, with dims (region, channel)."""
    dims = ("region", "channel")
    return {
        "share": as_xtensor(design.prior_share, dims=dims),
        "mean_media": as_xtensor(design.mean_media, dims=dims),
    }


def _model_config() -> dict:
    return {
        "intercept": Prior("Normal", mu=1.0, sigma=0.1, dims="region"),
        "gamma_control": Prior("Normal", mu=0, sigma=0.1, dims="control"),
        "gamma_fourier": Prior("Normal", mu=0, sigma=0.1, dims="fourier_mode"),
        "likelihood": MaskedNormal(
            sigma=Prior("LogNormal", mu=np.log(NOISE_MEDIAN), sigma=NOISE_SD, dims="region"),
            rho=Prior("Normal", mu=0, sigma=0.4, transform="tanh"),
            dims=("date", "region"),
        ),
    }


def to_dataset(design: Design) -> xr.Dataset:
    """The design as the dataset that `MMM.build_model` takes (dims date, region, channel, control)."""
    data = {
        "media": (("date", "region", "channel"), design.media),
        "target": (("date", "region"), design.scaled_outcome),
    }
    coords = {"date": design.dates, "region": design.regions, "channel": design.channels}
    if design.control_names:
        data["_control"] = (("date", "region", "control"), design.controls)
        coords["control"] = design.control_names
    return xr.Dataset(data, coords=coords)


def build_model(design: Design, *, pooling: str = "partial") -> MMM:
    """The market's model, built and ready to sample.

    Parameters
    ----------
    design : scaled arrays of one market.
    pooling : how the regions of the market share a channel's effect: none, partial or full.

    Returns
    -------
    MMM whose `.model` has free variables over dims region, channel, control, fourier_mode and date.
    """
    fixed = {"method": "fixed", "dims": ("region",), "value": 1.0}
    mmm = MMM(
        date_column="date",
        target_column="target",
        channel_columns=design.channels,
        control_columns=design.control_names or None,
        dims=("region",),
        scaling={"channel": {**fixed, "dims": ("region", "channel")}, "target": fixed},
        adstock=GeometricAdstock(
            l_max=design.l_max, priors={"alpha": Prior("Beta", alpha=2, beta=3, dims="channel")}
        ),
        saturation=EffectAtMeanHill(
            priors={
                **effect_priors(len(design.regions), pooling),
                "fullness": Prior("Normal", mu=-0.2, sigma=0.7, dims="channel"),
                "slope": Prior("LogNormal", mu=0.0, sigma=0.2, dims="channel"),
                **_constants(design),
            }
        ),
        yearly_seasonality=HARMONICS if _has_a_year(design.dates) else None,
        model_config=_model_config(),
    )
    mmm.add_mu_effect(Observed(mask=design.observed.astype(float).tolist()))
    mmm.add_mu_effect(Trend(time=design.time.tolist()))
    mmm.add_mu_effect(CentredMedia())
    if len(design.regions) > 1:
        mmm.add_mu_effect(WeekShock())
    with warnings.catch_warnings():
        # The library does not know this likelihood; its mean is on the scale of the target, as it asks for.
        warnings.filterwarnings("ignore", message="Likelihood 'MaskedNormal'", category=UserWarning)
        mmm.build_model(to_dataset(design))
    return mmm


def _has_a_year(dates: pd.DatetimeIndex) -> bool:
    """Whether the data cover a full year: without it season and trend cannot be told apart."""
    return (dates[-1] - dates[0]).days >= 364
