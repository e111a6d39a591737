"""Sampling with nutpie: compile once, then sample the data, every fold and most studies with the same program."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping

import numpy as np
import nutpie
import pymc as pm
import xarray as xr
from pymc.model.transform.optimization import freeze_dims_and_data

from mmm_helpers.errors import FitError
from mmm_helpers.model.design import Design
from mmm_helpers.model.lift_evidence import LIFT_EVIDENCE, lift_arrays

PARAMETERS = {
    "adstock_alpha": "alpha",
    "adstock_delay": "delay",
    "adstock_weibull_shape": "weibull_shape",
    "adstock_weibull_scale": "weibull_scale",
    "saturation_log_effect": "log_effect_market",
    "saturation_deviation": "region_deviation",
    "saturation_deviation_sd": "region_sd",
    "saturation_fullness": "fullness",
    "saturation_slope": "slope",
    "intercept_contribution": "intercept",
    "predictor_effect": "predictor_effect",
    "saturation_tide": "tide",
    "tide_sd": "tide_sd",
    "trend": "trend",
    "drift": "drift",
    "drift_sd": "drift_sd",
    "weekday_effect": "weekday_effect",
    "interaction": "interaction",
    "spillover": "spillover",
    "gamma_control": "control_effect",
    "gamma_control_mu": "control_mean",
    "gamma_control_sigma": "control_sd",
    "season_effect": "season_effect",
    "y_shock_sd": "shock_sd",
    "y_sigma": "sigma",
    "y_rho": "rho",
}
"""Names in the sampled model → names in a stored fit."""


def compile_model(model: pm.Model) -> nutpie.CompiledPyMCModel:
    """Compile for nutpie, keeping the data replaceable so that folds need no second compilation."""
    # Numbers stay replaceable, and the lengths of all axes but time are fixed, which saves work in every evaluation.
    model = freeze_dims_and_data(model, dims=[d for d in model.dim_lengths if d != "date"], data=[])
    names = [n for n in PARAMETERS if n in model.named_vars]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nutpie.compile_pymc_model(model, var_names=names, freeze_model=False)


def replaceable(design: Design) -> dict[str, np.ndarray]:
    """Data of a design that a compiled model takes in place of those it was compiled with.

    So one compilation serves a market and every view of it with the same axes: cells or experiments hidden from the
    likelihood, a channel's media set to zero or shuffled, a control set to zero. What is zero throughout drops out
    of the likelihood, and its parameters stay at their priors. Prior shares and mean levels are part of the program
    and stay as they were.
    """
    data = {"observed": design.observed.astype(float), "lagged_media": design.lagged_media}
    data |= {"control_data": design.controls} if design.control_names else {}
    return data | (
        {name: lift_arrays(design)[name].values for name in LIFT_EVIDENCE} if design.lifts.names else {}
    )


def sample(
    compiled: nutpie.CompiledPyMCModel,
    *,
    chains: int,
    tune: int,
    draws: int,
    target_accept: float,
    seed: int,
    cores: int = 1,
    label: str = "sampling",
    data: Mapping[str, np.ndarray] | None = None,
) -> xr.Dataset:
    """Draw from the posterior.

    Parameters
    ----------
    compiled : a compiled model.
    draws : draws per chain after tuning.
    data : what replaces the compiled data, by name (`replaceable`): another view of the same market.

    Returns
    -------
    Dataset with the parameters under their stored names, dims (chain, draw, …), and `lp` and `diverging`
    (chain, draw).

    Raises
    ------
    FitError : the sampler stopped.
    """
    program = compiled.with_data(**data) if data else compiled
    try:
        tree = nutpie.sample(
            program,
            draws=draws,
            tune=tune,
            chains=chains,
            cores=cores,
            seed=seed,
            target_accept=target_accept,
            save_warmup=False,
            progress_bar=False,
            progress_callback=_reporter(label),
            progress_rate=1000,
        )
    except RuntimeError as error:
        raise FitError(
            f"The sampler stopped: {error}. Check the data-quality table of this market."
        ) from error
    posterior = tree["posterior"].to_dataset()
    stats = tree["sample_stats"].to_dataset()
    names = {k: v for k, v in PARAMETERS.items() if k in posterior}
    return (
        posterior[list(names)]
        .rename(names)
        .assign(lp=stats["logp"], diverging=stats["diverging"], steps=stats["n_steps"])
    )


def _reporter(label: str):
    """Print progress in steps of ten per cent, which the run's progress display reads; nothing without a label."""
    seen = {"tenths": -1}

    def report(chains) -> None:
        total = sum(c.total_draws for c in chains)
        tenths = int(10 * sum(c.finished_draws for c in chains) / max(total, 1))
        if tenths > seen["tenths"]:
            seen["tenths"] = tenths
            print(f"{label}: {10 * tenths} %", flush=True)

    return report if label and sys.stdout else None
