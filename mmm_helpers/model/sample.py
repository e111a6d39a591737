"""Sampling with nutpie: compile once, sample the data and every fold with the same program."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import nutpie
import pymc as pm
import xarray as xr

from mmm_helpers.errors import FitError

PARAMETERS = {
    "adstock_alpha": "alpha",
    "saturation_log_effect": "log_effect_market",
    "saturation_deviation": "region_deviation",
    "saturation_deviation_sd": "region_sd",
    "saturation_fullness": "fullness",
    "saturation_slope": "slope",
    "intercept_contribution": "intercept",
    "trend": "trend",
    "gamma_control": "control_effect",
    "gamma_fourier": "season_effect",
    "shock": "shock",
    "shock_sd": "shock_sd",
    "y_sigma": "sigma",
    "y_rho": "rho",
}
"""Names in the sampled model → names in a stored fit."""


def compile_model(model: pm.Model) -> nutpie.CompiledPyMCModel:
    """Compile for nutpie, keeping the data replaceable so that folds need no second compilation."""
    names = [n for n in PARAMETERS if n in model.named_vars]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nutpie.compile_pymc_model(model, var_names=names, freeze_model=False)


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
    observed: np.ndarray | None = None,
) -> xr.Dataset:
    """Draw from the posterior.

    Parameters
    ----------
    compiled : a compiled model.
    draws : draws per chain after tuning.
    observed : (periods, regions) mask replacing the compiled one; a fold's view of the data.

    Returns
    -------
    Dataset with the parameters under their stored names, dims (chain, draw, …), and `lp` and `diverging`
    (chain, draw).

    Raises
    ------
    FitError : the sampler stopped.
    """
    program = compiled if observed is None else compiled.with_data(observed=observed.astype(float))
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
    """Print progress in steps of ten per cent: these lines are what the run's progress display reads."""
    seen = {"tenths": -1}

    def report(chains) -> None:
        total = sum(c.total_draws for c in chains)
        tenths = int(10 * sum(c.finished_draws for c in chains) / max(total, 1))
        if tenths > seen["tenths"]:
            seen["tenths"] = tenths
            print(f"{label}: {10 * tenths} %", flush=True)

    return report if sys.stdout else None
