"""The fit of a market: sampled soundly, and with a level that drifts where a straight line does not do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from mmm_helpers.model.agreement import agree_within
from mmm_helpers.model.design import Design
from mmm_helpers.model.health import computation_checks, plausibility_checks
from mmm_helpers.model.noise_draws import predictive
from mmm_helpers.model.posterior import with_cell_effects
from mmm_helpers.model.predict import components, flatten
from mmm_helpers.model.profiles import Profile

RETRY_TARGET = 0.98
"""Acceptance rate of the second try of a fit whose computation checks did not pass."""
CHECKED_DRAWS = 400
AGREES = "agrees"
"""Attribute of draws: whether a refit with smaller steps says the same (1) or not (0)."""


@dataclass(frozen=True)
class Chosen:
    """A market's model as fitted: its design, its compiled program, and its draws (chain, draw, …)."""

    design: Design
    compiled: Any
    draws: xr.Dataset


def fit_design(design: Design, effort: Profile, *, pooling: str, auto: bool, seed: int, cores: int) -> Chosen:
    """Fit the design, and once more with a drifting level where it may and the checks of plausibility ask for it.

    A drift takes up what is slow and unseen, and with it some of what always-on media bring; so it is used only
    where the health gate finds the straight line wanting, and kept only if fewer checks fail with it.

    Parameters
    ----------
    auto : whether the trend may be chosen (`model.trend: auto`).
    """
    first = _fit(design, effort, pooling=pooling, seed=seed, cores=cores)
    if not (auto and effort.decision_grade):
        return first
    failed = failing_checks(first, seed=seed)
    if not failed:
        return first
    print(f"fitting again with a drifting level ({', '.join(failed)})", flush=True)
    drifting = replace(design, trend="varying")
    second = _fit(drifting, effort, pooling=pooling, seed=seed, cores=cores)
    return second if len(failing_checks(second, seed=seed)) < len(failed) else first


def failing_checks(fit: Chosen, *, seed: int) -> list[str]:
    """Names of the checks of plausibility that fail."""
    rng = np.random.default_rng(seed)
    draws = flatten(with_cell_effects(fit.draws, fit.design.regions), most=CHECKED_DRAWS)
    parts = components(fit.design, draws)
    predicted = predictive(fit.design, draws, parts["fitted"], rng=rng)
    checks = plausibility_checks(fit.design, draws, parts, predicted, rng=rng)
    return [c["check"] for c in checks if c["status"] == "fail"]


def _fit(design: Design, effort: Profile, *, pooling: str, seed: int, cores: int) -> Chosen:
    from mmm_helpers.model.programs import compiled_for

    print("building and compiling the model", flush=True)
    compiled = compiled_for(design, pooling=pooling)
    return Chosen(design, compiled, sample_soundly(compiled, effort, seed=seed, cores=cores))


def sample_soundly(compiled: Any, effort: Profile, *, seed: int, cores: int) -> xr.Dataset:
    """Sample; where a check of the computation does not pass, once more with smaller steps and more draws.

    Returns
    -------
    Draws (chain, draw, …) of the last try; its attribute `agrees` says whether both tries say the same.
    """
    from mmm_helpers.model.sample import sample

    draws = sample(compiled, **effort.effort, seed=seed, cores=cores, label="sampling")
    if not effort.decision_grade:
        return draws
    open_checks = [c["check"] for c in computation_checks(draws, effort) if c["status"] != "pass"]
    if not open_checks:
        return draws
    print(f"sampling again with smaller steps ({', '.join(open_checks)})", flush=True)
    harder = effort.effort | {"target_accept": RETRY_TARGET, "draws": 2 * effort.draws}
    again = sample(compiled, **harder, seed=seed + 1000, cores=cores, label="sampling again")
    return again.assign_attrs({AGREES: int(agree_within(draws, again))})


def as_fitted(design: Design, draws: xr.Dataset, lifts: xr.Dataset | None = None) -> Design:
    """The design that stored draws were fitted with: its trend may have been chosen, and its experiments too.

    Parameters
    ----------
    lifts : what became of the experiments; None without any.
    """
    known = design.lifts if lifts is None else design.lifts.only(lifts["used"].to_numpy())
    return replace(design, trend="varying" if "drift" in draws else "linear", lifts=known)
