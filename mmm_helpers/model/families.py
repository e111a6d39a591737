"""Carry-over and saturation of every family as pymc-marketing transformations, family by channel.

`model.transforms` holds the same functions in numpy; a test holds the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pymc as pm
import pymc.dims as pmd
from pymc_extras.prior import Prior
from pymc_marketing.mmm.components.adstock import AdstockTransformation
from pymc_marketing.mmm.components.saturation import SaturationTransformation
from pymc_marketing.special_priors import SpecialPrior
from pytensor.xtensor import as_xtensor
from pytensor.xtensor import math as ptx

from mmm_helpers.model.design import Design
from mmm_helpers.model.transforms import LOG_PACE

OUT_OF_REACH = -1e3
"""Log weight of a lag beyond a channel's own reach."""


class MixedAdstock(AdstockTransformation):
    """Normalised carry-over whose family and reach are each channel's own.

    A family's log weights are added up under its channels' indicators, then normalised over the lags.
    """

    families: ClassVar[tuple[str, ...]] = ("geometric", "delayed", "weibull")

    def __init__(self, design: Design, priors: dict) -> None:
        self.used = {
            f: np.array([own == f for own in design.adstock], float)
            for f in self.families
            if f in design.adstock
        }
        self.lags = design.lags
        super().__init__(l_max=design.l_max, priors=priors)

    def function(self, x, alpha, delay, weibull_shape, weibull_scale, *, dim):
        """Carry-over along `dim`; parameters have dim channel.

        Taken from the model's data `lagged_media` and not from x, which the library rescales and searches for
        missing values with every evaluation; the weighted sum over lags needs no convolution.
        """
        weights = self.weights(alpha, delay, weibull_shape, weibull_scale)
        return (pm.modelcontext(None)["lagged_media"] * weights).sum(dim="lag")

    def weights(self, alpha, delay, weibull_shape, weibull_scale):
        """(lag, channel) weights that sum to 1 over the lags."""
        lag = as_xtensor(np.arange(self.l_max, dtype=float), dims=("lag",))
        shape = (alpha, delay, weibull_shape, weibull_scale)
        logs = _by_family(self.used, lambda family: self._log_kernel(family, lag, *shape))
        if (self.lags < self.l_max).any():
            late = np.where(np.arange(self.l_max)[:, None] >= self.lags, OUT_OF_REACH, 0.0)
            logs = logs + as_xtensor(late, dims=("lag", "channel"))
        weights = ptx.exp(logs - logs.max(dim="lag"))
        return weights / weights.sum(dim="lag")

    @staticmethod
    def _log_kernel(family, lag, alpha, delay, weibull_shape, weibull_scale):
        if family == "weibull":
            relative = (lag + 1.0) / weibull_scale
            return (weibull_shape - 1) * ptx.log(relative) - relative**weibull_shape
        return ptx.log(alpha) * (lag if family == "geometric" else (lag - delay) ** 2)

    default_priors: ClassVar[dict] = {
        "alpha": 0.5,
        "delay": 0.0,
        "weibull_shape": 1.0,
        "weibull_scale": 1.0,
    }


class EffectAtMean(SaturationTransformation):
    """Saturation of any family, scaled by its value at the region's mean level of the channel.

    The log effect of a region is the market's mean plus a deviation that sums to zero over regions: the
    market's mean is then what the data inform, and the two do not trade off against each other. The effect is
    parameterised at the mean level, where the data speak, not at the curve's asymptote, where they rarely do.
    """

    families: ClassVar[tuple[str, ...]] = ("hill", "michaelis_menten", "logistic", "log")

    def __init__(self, design: Design, priors: dict) -> None:
        self.used = {
            f: np.array([own == f for own in design.saturation], float)
            for f in self.families
            if f in design.saturation
        }
        super().__init__(priors=priors)

    def function(self, x, log_effect, deviation, fullness, slope, share, mean_media, tide, *, dim=None):
        """Share of outcome at x; parameters broadcast over (region, channel), `tide` over date."""
        size = share * ptx.exp(log_effect + deviation + tide)
        return size * self.shape(x, fullness, slope) / self.shape(mean_media, fullness, slope)

    def shape(self, x, fullness, slope, *, pick=lambda own: own):
        """The curve at x before scaling; `pick` takes what is each channel's to the axes of the arguments."""
        return _by_family(self.used, lambda family: _curve(family, x, fullness, slope), pick=pick)

    default_priors: ClassVar[dict] = {
        "log_effect": 0.0,
        "deviation": 0.0,
        "fullness": 0.0,
        "slope": 1.0,
        "share": 0.1,
        "mean_media": 1.0,
        "tide": 0.0,
    }


def _by_family(used, function, *, pick=lambda own: own):
    """What each channel's own family gives; families as indicators over the channels."""
    if len(used) == 1:
        return function(next(iter(used)))
    return sum(pick(as_xtensor(mine, dims=("channel",))) * function(family) for family, mine in used.items())


def _curve(family, x, fullness, slope):
    if family == "logistic":
        return ptx.tanh(x * ptx.log1p(2 * ptx.exp(fullness)) / 2)
    if family == "log":
        return ptx.log1p(LOG_PACE * ptx.exp(fullness) * x)
    # The log-odds of saturation at x = 1 is far less correlated with the slope than the half-saturation point;
    # the small offset keeps the gradient of log x finite where nothing was spent.
    steep = slope if family == "hill" else 1.0
    return ptx.sigmoid(fullness + steep * ptx.log(x + 1e-9))


class RegionDeviation(SpecialPrior):
    """Deviations of log effects over (region, channel), of which the market's effect is the mean.

    Normal with one sd for all channels: three to six regions say little about the sd of one channel; all channels
    together say enough. Attributes of the regions shift all channels alike; a channel bought for the whole market
    has no deviations. The exponentials average to one over the regions, weighted by spend, so that the market's
    log effect is that of its return however much regions differ; otherwise the mean of log-normals would grow
    with their spread, and the spread would trade off against the effect.
    """

    def _checks(self) -> None:
        self.dims = ("region", "channel")

    def create_variable(self, name, xdist=False):
        """Free normals minus their mean, rescaled so that the sd is that of each deviation, then normalised."""
        sd = self.parameters["sd"].create_variable(f"{name}_sd", xdist=True)
        deviation = sd * zero_sum(f"{name}_raw", self.dims)
        if "predictor_effect" in self.parameters:
            effect = self.parameters["predictor_effect"].create_variable("predictor_effect", xdist=True)
            predictors = self.parameters["predictors"].create_variable("predictors", xdist=True)
            deviation = deviation + (predictors * effect).sum(dim="predictor")
        deviation = deviation * self.parameters["regional"].create_variable(f"{name}_regional", xdist=True)
        weight = self.parameters["weight"].create_variable(f"{name}_weight", xdist=True)
        deviation = deviation - ptx.log((weight * ptx.exp(deviation)).sum(dim="region"))
        return pmd.Deterministic(name, deviation.transpose(*self.dims))


class AroundMean(SpecialPrior):
    """A control's effects over (region, control): normal around their mean, which is their mean exactly."""

    def _checks(self) -> None:
        if set(self.parameters) != {"mean", "sd"}:
            raise ValueError(f"AroundMean takes mean and sd. Got {sorted(self.parameters)} instead.")

    def create_variable(self, name, xdist=False):
        """Mean plus free normals that sum to zero over the regions."""
        mean = self.parameters["mean"].create_variable(f"{name}_mu", xdist=True)
        sd = self.parameters["sd"].create_variable(f"{name}_sigma", xdist=True)
        return pmd.Deterministic(name, mean + sd * zero_sum(f"{name}_raw", self.dims))


def zero_sum(name: str, dims: tuple[str, ...]):
    """Standard normals that sum to zero over the regions, each still with variance one."""
    raw = pmd.Normal(name, mu=0, sigma=1, dims=dims)
    regions = len(pm.modelcontext(None).coords["region"])
    return (raw - raw.mean(dim="region")) * float(np.sqrt(regions / (regions - 1)))


class Tide(SpecialPrior):
    """Log of the media's common ups and downs over time: a random walk between knots, zero on average."""

    def _checks(self) -> None:
        # Its axis is date, which the library does not allow a saturation's parameter to name.
        self.dims = ()

    def create_variable(self, name, xdist=False):
        """Steps between knots, interpolated to dates."""
        sd = self.parameters["sd"].create_variable("tide_sd", xdist=True)
        walk = random_walk("tide", sd)
        return pmd.Deterministic(name, walk - walk.mean(dim="date"))


def random_walk(name: str, sd):
    """(date,) a random walk with steps of sd `sd` between knots, linear in between, starting at zero.

    The model's data `<name>_levels` turn steps into levels (`walk_levels`).
    """
    steps = pmd.Normal(f"{name}_step", mu=0, sigma=1, dims=(f"{name}_knot",))
    return sd * (pm.modelcontext(None)[f"{name}_levels"] * steps).sum(dim=f"{name}_knot")


def walk_levels(basis: np.ndarray) -> np.ndarray:
    """(date, knots − 1) what each step adds to the level of each date, for a basis (date, knots)."""
    return np.cumsum(basis[:, ::-1], axis=1)[:, ::-1][:, 1:]


@dataclass(frozen=True)
class Given:
    """Numbers that the model takes as data, so that a compiled program serves others in their place.

    Parameters
    ----------
    values : array. dims : names of its axes.
    """

    values: np.ndarray
    dims: tuple[str, ...]

    def create_variable(self, name, xdist=False):
        """The data, under this name in the model."""
        return pmd.Data(name, np.asarray(self.values, float), dims=self.dims)


def to_pymc(prior, *, scale: float = 1.0) -> Prior:
    """A prior of `model.priors` as pymc-marketing takes it; `scale` stretches a gamma's scale."""
    dist, args = prior.dist, prior.dist.args
    dims = prior.dims or None
    wrap = lambda v: Given(v, dims) if np.ndim(v) else float(v)  # noqa: E731
    match dist.dist.name:
        case "norm":
            mean, sd = (*args, 0.0, 1.0)[:2]
            made = {"distribution": "Normal", "mu": wrap(mean), "sigma": wrap(sd)}
        case "lognorm":
            made = {
                "distribution": "LogNormal",
                "mu": float(np.log(dist.kwds["scale"])),
                "sigma": dist.kwds["s"],
            }
        case "beta":
            made = {"distribution": "Beta", "alpha": wrap(args[0]), "beta": wrap(args[1])}
        case "gamma":
            made = {"distribution": "Gamma", "alpha": args[0], "beta": 1 / (dist.kwds["scale"] * scale)}
        case name:
            raise ValueError(f"A prior must be norm, lognorm, beta or gamma. Got {name} instead.")
    return Prior(**made, dims=dims, transform=prior.transform or None)
