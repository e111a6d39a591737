"""From a design to a pymc-marketing model: which prior, effect and likelihood goes where.

All numbers of a design enter as data, so that a program compiled for one design serves every other of the same
structure (`model.programs`).
"""

from __future__ import annotations

import warnings

import xarray as xr
from pymc_extras.prior import Prior
from pymc_marketing.mmm import MMM

from mmm_helpers.model.design import Design
from mmm_helpers.model.families import (
    AroundMean,
    EffectAtMean,
    Given,
    MixedAdstock,
    RegionDeviation,
    Tide,
    to_pymc,
    walk_levels,
)
from mmm_helpers.model.lift_evidence import LiftEvidence, lift_arrays
from mmm_helpers.model.mean_effects import (
    Arrays,
    CentredMedia,
    Drift,
    Interactions,
    Season,
    Spillover,
    Trend,
    Weekdays,
)
from mmm_helpers.model.noise import MarketNoise
from mmm_helpers.model.priors import PriorOf, priors_of

KERNEL = ("alpha", "delay", "weibull_shape", "weibull_scale")


def effect_priors(design: Design, pooling: str, *, between_scale: float = 1.0) -> dict:
    """Priors of a channel's log effect; `pooling` over regions is none, partial or full.

    A market with one region has nothing to pool over: its effect is the market's.

    Parameters
    ----------
    between_scale : factor on the scale of the prior of the sd between regions.
    """
    priors = priors_of(design)
    market = to_pymc(priors["log_effect_market"])
    if pooling == "full" or len(design.regions) == 1:
        return {"log_effect": market, "deviation": 0.0}
    if pooling == "none":
        sd = Given(design.effect_sd, ("channel",))
        return {"log_effect": Prior("Normal", mu=0, sigma=sd, dims=("region", "channel")), "deviation": 0.0}
    own = {
        "sd": to_pymc(priors["region_sd"], scale=between_scale),
        "regional": Given(1.0 - design.national, ("channel",)),
        "weight": Given(design.region_weights, ("region", "channel")),
    }
    if design.predictor_names:
        own |= {
            "predictor_effect": to_pymc(priors["predictor_effect"]),
            "predictors": Given(design.predictors, ("region", "predictor")),
        }
    return {"log_effect": market, "deviation": RegionDeviation(**own)}


def build_model(design: Design, *, pooling: str = "partial", between_scale: float = 1.0) -> MMM:
    """The market's model, built and ready to sample.

    Parameters
    ----------
    design : scaled arrays of one market.
    pooling : how the regions of the market share a channel's effect: none, partial or full.
    between_scale : factor on the scale of the prior of the sd between regions, for sensitivity.

    Returns
    -------
    MMM whose `.model` has free variables over dims region, channel, control, fourier_mode and date.
    """
    priors = priors_of(design)
    mmm = MMM(
        date_column="date",
        target_column="target",
        channel_columns=design.channels,
        control_columns=design.control_names or None,
        dims=("region",),
        scaling=_unscaled(),
        adstock=MixedAdstock(design, {name: to_pymc(priors[name]) for name in KERNEL if name in priors}),
        saturation=EffectAtMean(
            design,
            {
                **effect_priors(design, pooling, between_scale=between_scale),
                "fullness": to_pymc(priors["fullness"]),
                "slope": to_pymc(priors["slope"]),
                "share": Given(design.prior_share, ("region", "channel")),
                "mean_media": Given(design.mean_media, ("region", "channel")),
                **({"tide": Tide(sd=to_pymc(priors["tide_sd"]))} if design.varying_media else {}),
            },
        ),
        model_config=_model_config(priors),
    )
    for effect in _mean_effects(design, priors):
        mmm.add_mu_effect(effect)
    if design.lifts.names:
        mmm.add_mu_effect(LiftEvidence(adstock=mmm.adstock, saturation=mmm.saturation))
    with warnings.catch_warnings():
        # The library does not know this likelihood; its mean is on the scale of the target, as it asks for.
        warnings.filterwarnings("ignore", message="Likelihood 'MarketNoise'", category=UserWarning)
        mmm.build_model(to_dataset(design))
    return mmm


def _unscaled() -> dict:
    """The design is scaled already; the library is to leave it as it is."""
    fixed = {"method": "fixed", "dims": ("region",), "value": 1.0}
    return {"channel": {**fixed, "dims": ("region", "channel")}, "target": fixed}


def _model_config(priors: dict[str, PriorOf]) -> dict:
    names = {"intercept": "intercept", "gamma_control": "control_effect"}
    config = {library: to_pymc(priors[own]) for library, own in names.items() if own in priors}
    if "control_sd" in priors:
        config["gamma_control"] = AroundMean(
            mean=to_pymc(priors["control_mean"]), sd=to_pymc(priors["control_sd"]), dims=("region", "control")
        )
    noise = {name: to_pymc(priors[name]) for name in ("sigma", "rho", "shock_sd") if name in priors}
    return config | {"likelihood": MarketNoise(**noise, dims=("date", "region"))}


def _mean_effects(design: Design, priors: dict[str, PriorOf]) -> list:
    effects = [Arrays(axes=_axes(design), arrays=_arrays(design)), Trend(priors=priors), CentredMedia()]
    if "season_effect" in priors:
        effects.append(Season(priors=priors))
    if design.trend == "varying":
        effects.append(Drift(priors=priors))
    if "weekday_effect" in priors:
        effects.append(Weekdays(priors=priors))
    if design.interactions:
        effects.append(Interactions(pairs=list(design.interactions), priors=priors))
    if design.spillover and len(design.regions) > 1:
        effects.append(Spillover(priors=priors))
    return effects


def _arrays(design: Design) -> dict[str, Given]:
    """Arrays that parts of the mean and the likelihood read from the model by name."""
    cells = ("date", "region")
    arrays = {
        "observed": Given(design.observed, cells),
        "span": Given(design.span_weights, cells),
        "time": Given(design.time, ("date",)),
        "lagged_media": Given(design.lagged_media, ("date", "region", "channel", "lag")),
    }
    if design.has_season:
        arrays["fourier"] = Given(design.fourier, ("date", "fourier_mode"))
    if design.trend == "varying":
        arrays["drift_levels"] = Given(walk_levels(design.drift_basis), ("date", "drift_knot"))
    if design.weekdays.size:
        arrays["weekday_contrasts"] = Given(design.weekdays, ("date", "weekday"))
    if design.varying_media:
        arrays["tide_levels"] = Given(walk_levels(design.tide_basis), ("date", "tide_knot"))
    return arrays | (lift_arrays(design) if design.lifts.names else {})


def _axes(design: Design) -> dict[str, list]:
    """Axes that the library does not know of; knots by number, the first of a walk being its start."""
    axes = {"lag": list(range(design.l_max))}
    if design.has_season:
        axes["fourier_mode"] = list(range(1, design.fourier.shape[1] + 1))
    if design.lifts.names:
        axes |= {"lift": list(design.lifts.names), "lift_row": list(range(len(design.lifts.test)))}
    if design.predictor_names:
        axes["predictor"] = design.predictor_names
    if design.interactions:
        axes["pair"] = [f"{a}*{b}" for a, b in design.interactions]
    if design.trend == "varying":
        axes["drift_knot"] = list(range(1, design.drift_basis.shape[1]))
    if design.weekdays.size:
        axes["weekday"] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    if design.varying_media:
        axes["tide_knot"] = list(range(1, design.tide_basis.shape[1]))
    return axes


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
