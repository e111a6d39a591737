"""Outcomes that the model deems possible in the periods that it has seen, all that is noise drawn anew."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mmm_helpers.model.design import Design
from mmm_helpers.model.noise_draws import future_noise


def replicate(
    design: Design, draws: xr.Dataset, parts: dict[str, np.ndarray], *, rng: np.random.Generator
) -> np.ndarray:
    """Outcome draws (sample, t, r) of the same periods lived again: shared shocks and own noise are new ones.

    A shock is one number per period that few regions share, and follows the data closely. With the shocks that the
    data suggest, nearly every observation lies inside its interval however good the model is: with three
    regions a share of up to a third of each observation predicts itself. Drawing what is latent in a period anew
    takes that out (mixed predictive check: Marshall & Spiegelhalter 2007, Bayesian Analysis 2(2), section 2).

    Parameters
    ----------
    draws : flattened posterior. parts : components (sample, t, r) with `fitted`, and `shock` where regions share one.
    """
    explained = parts["fitted"] - parts.get("shock", 0.0)
    noise = future_noise(draws, explained.shape[1], rng=rng)
    return explained + noise * design.outcome_scale
