"""What the peers that are written with pymc-marketing share: the panel in its form, compiling and sampling."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peers.exchange import Clock, Problem, write_answer

if TYPE_CHECKING:
    import pandas as pd

TARGET_ACCEPT = 0.8
"""Nutpie's default."""
PACKAGES = ("pymc-marketing", "pymc", "pytensor", "nutpie", "numba")
PER_REGION = {"method": "max", "dims": ()}
"""Media and outcome relative to each region's own largest week."""


def long_panel(problem: Problem) -> tuple[pd.DataFrame, pd.Series]:
    """Inputs and target in the library's form: one row per date and geo."""
    frame = problem.panel.rename(columns={"region": "geo", "outcome": "y"})
    return frame.drop(columns=["y", "population"]), frame["y"]


def fit(mmm, problem: Problem, folder: Path, clock: Clock) -> None:
    """Build, compile and sample a model of the library, and write its contributions.

    Only the contributions' totals are computed with each draw, so that sampling is not charged for what is not asked.
    """
    import nutpie
    import pymc.dims as pmd

    effort = problem.effort
    with clock.step("compile"):
        mmm.build_model(*long_panel(problem))
        with mmm.model:
            total = mmm.model["channel_contribution"].sum(dim="date").transpose("geo", "channel")
            pmd.Deterministic("total", total)
        compiled = nutpie.compile_pymc_model(mmm.model, var_names=["total"])
    with clock.step("sample"):
        tree = nutpie.sample(
            compiled,
            chains=effort.chains,
            tune=effort.tune,
            draws=effort.draws,
            seed=effort.seed,
            cores=effort.cores,
            target_accept=effort.target_accept or TARGET_ACCEPT,
            save_warmup=False,
            progress_bar=False,
        )
    scale = mmm.get_scales_as_xarray()["target_scale"].sel(geo=problem.regions).to_numpy()
    draws = tree["posterior"]["total"].sel(geo=problem.regions, channel=problem.channels)
    contribution = draws.transpose("chain", "draw", "geo", "channel").to_numpy()
    write_answer(folder, contribution * np.asarray(scale)[:, None], clock, packages=PACKAGES)
