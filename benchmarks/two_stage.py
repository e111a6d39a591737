"""The two-stage posterior against a joint fit of the same small portfolios: how far apart means and sds are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import arviz as az
import numpy as np
import nutpie
import xarray as xr

from benchmarks.figures import Figure, Measurement
from benchmarks.joint_model import joint_model
from benchmarks.small_portfolio import simulate_portfolio
from mmm_helpers.model.design import Design
from mmm_helpers.model.profiles import PROFILES

SEEDS = (1, 2, 3)
JOINT = {"chains": 4, "tune": 1500, "draws": 4000, "target_accept": 0.95}
LEAST_ESS = 2000
"""Effective draws of every pooled quantity in the joint fit: its Monte Carlo error is then below 0.025 sd."""
FOLLOWING = ("alpha", "fullness", "slope", "sigma", "intercept")
"""Parameters of a market that follow its returns."""


def measure_means() -> Measurement:
    """Largest difference of a pooled mean from the joint fit's, in the joint fit's sds."""
    rows = [row for row in compare_all() if row["kind"] == "pooled"]
    return Measurement(max(abs(row["difference_sd"]) for row in rows), rows)


def measure_sds() -> Measurement:
    """Largest ratio of a pooled sd to the joint fit's, or of the joint fit's to it."""
    rows = [row for row in compare_all() if row["kind"] == "pooled"]
    return Measurement(max(max(row["sd_ratio"], 1 / row["sd_ratio"]) for row in rows), rows)


def measure_following() -> Measurement:
    """Largest difference of the mean of a parameter that follows the returns, in the joint fit's sds."""
    rows = [row for row in compare_all() if row["kind"] == "following"]
    return Measurement(max(abs(row["difference_sd"]) for row in rows), rows)


@cache
def compare_all() -> list[dict]:
    """One row per simulated portfolio and quantity."""
    return [{"seed": seed} | row for seed in SEEDS for row in compare_portfolio(seed)]


def compare_portfolio(seed: int) -> list[dict]:
    """Fit one portfolio both ways; the markets' own fits are as long as in the standard profile."""
    designs = simulate_portfolio(seed=seed)
    joint = sample_joint(designs, seed=seed)
    shared, moved = two_stage(designs, seed=seed)
    rows = [_row("pooled", name, *pair) for name, pair in _pooled(joint, shared, designs).items()]
    for code in designs:
        for name in FOLLOWING:
            ours = _flat(moved[code][name])
            theirs = _flat(joint[f"{code}_{name}"])
            pairs = enumerate(zip(ours.T, theirs.T, strict=True))
            rows += [_row("following", f"{code} {name} {i}", *pair) for i, pair in pairs]
    return rows


def sample_joint(designs: Mapping[str, Design], *, seed: int) -> xr.Dataset:
    """Draws of the joint model.

    Raises
    ------
    RuntimeError : too few effective draws to compare with.
    """
    compiled = nutpie.compile_pymc_model(joint_model(designs))
    tree = nutpie.sample(compiled, **JOINT, cores=2, seed=seed, save_warmup=False, progress_bar=False)
    draws = tree["posterior"].to_dataset()
    names = ["mu", "tau", *(f"{code}_log_return" for code in designs)]
    least = float(az.ess(draws[names]).to_array().min())
    if least < LEAST_ESS:
        raise RuntimeError(f"the joint fit of portfolio {seed} has only {least:.0f} effective draws")
    return draws


def two_stage(designs: Mapping[str, Design], *, seed: int) -> tuple[xr.Dataset, dict[str, xr.Dataset]]:
    """Each market's own fit, then the portfolio stage: what a run of the standard profile computes."""
    from mmm_helpers.model.build import build_model
    from mmm_helpers.model.portfolio_stage import pool_markets
    from mmm_helpers.model.run import market_evidence
    from mmm_helpers.model.sample import compile_model, sample

    own = {}
    for code, design in designs.items():
        compiled = compile_model(build_model(design).model)
        own[code] = sample(compiled, **PROFILES["standard"].effort, seed=seed, cores=2, label="")
    evidences = {code: market_evidence(designs[code], own[code]) for code in designs}
    return pool_markets(evidences, own, pooling="partial", seed=seed)


def _pooled(joint: xr.Dataset, shared: xr.Dataset, designs: Mapping[str, Design]) -> dict:
    """Quantity → its draws of the two-stage and of the joint fit."""
    pairs = {"tau": (shared["tau"].to_numpy(), _flat(joint["tau"])[:, 0])}
    for c, channel in enumerate(shared["channel"].to_numpy()):
        pairs[f"mu {channel}"] = (shared["mu"][:, c].to_numpy(), _flat(joint["mu"])[:, c])
        for code in designs:
            ours = shared["log_return"].sel(market=code, channel=channel).to_numpy()
            pairs[f"{code} {channel}"] = (ours, _flat(joint[f"{code}_log_return"])[:, c])
    return pairs


def _flat(draws: xr.DataArray) -> np.ndarray:
    """(sample, k) draws of one parameter."""
    values = draws.transpose("chain", "draw", ...).to_numpy()
    return values.reshape(values.shape[0] * values.shape[1], -1)


def _row(kind: str, quantity: str, ours: np.ndarray, joint: np.ndarray) -> dict:
    return {
        "kind": kind,
        "quantity": quantity,
        "joint_mean": joint.mean(),
        "joint_sd": joint.std(),
        "two_stage_mean": ours.mean(),
        "two_stage_sd": ours.std(),
        "difference_sd": (ours.mean() - joint.mean()) / joint.std(),
        "sd_ratio": ours.std() / joint.std(),
    }


FIGURES = (
    Figure("pooling.two_stage_mean_sd", "sd", 0.1, measure_means, peer="joint fit in plain PyMC"),
    Figure("pooling.two_stage_sd_ratio", "ratio", 1.1, measure_sds, peer="joint fit in plain PyMC"),
    Figure("pooling.two_stage_others_sd", "sd", 0.1, measure_following, peer="joint fit in plain PyMC"),
)
