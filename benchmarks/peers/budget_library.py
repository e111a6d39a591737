"""`python -m benchmarks.peers.budget_library FOLDER prepare|library|value`: pymc-marketing's side of a plan.

`prepare` draws the parameters of a model of simulated data and writes the problem (see `benchmarks.budget`);
`library` solves it; `value` says what both plans are worth by the library's objective.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from threadpoolctl import threadpool_limits

from benchmarks.budget import HORIZON, ROOM
from benchmarks.peers.exchange import L_MAX, Effort
from benchmarks.peers.library import PER_REGION, long_panel
from benchmarks.peers.worlds import simulate_world

REGIONS, CHANNELS, DRAWS = 8, 6, 2000
CELL = ("geo", "channel")
PARAMETERS = {"retention": "adstock_alpha", "steepness": "saturation_lam", "ceiling": "saturation_beta"}


def build(problem):
    """The model on its data, and draws of its parameters from the prior in the place of a posterior."""
    from pymc_extras.prior import Prior
    from pymc_marketing.mmm import MMM, GeometricAdstock, LogisticSaturation

    ceiling, steepness = (
        Prior("Gamma", mu=0.15, sigma=0.05, dims=CELL),
        Prior("Gamma", mu=3, sigma=0.6, dims=CELL),
    )
    retention = Prior("Beta", alpha=4, beta=6, dims=CELL)
    mmm = MMM(
        date_column="date",
        target_column="y",
        channel_columns=problem.channels,
        dims=("geo",),
        scaling={"channel": PER_REGION, "target": PER_REGION},
        adstock=GeometricAdstock(l_max=L_MAX, priors={"alpha": retention}),
        saturation=LogisticSaturation(priors={"beta": ceiling, "lam": steepness}),
    )
    inputs, target = long_panel(problem)
    mmm.build_model(inputs, target)
    mmm.sample_prior_predictive(inputs, target, samples=DRAWS, random_seed=1)
    free = [variable.name for variable in mmm.model.free_RVs]
    mmm.idata["posterior"] = xr.DataTree(mmm.idata["prior"].to_dataset()[free])
    return mmm


def todays_spend(problem) -> np.ndarray:
    """(region, channel) mean of a week in the last year."""
    last = problem.panel[problem.panel["date"] > problem.panel["date"].max() - pd.DateOffset(weeks=52)]
    return last.groupby("region")[problem.channels].mean().loc[problem.regions].to_numpy()


def prepare(mmm, problem, folder: Path) -> None:
    """Write what our side is given (see `budget.responses`), with today's spend and the outcome's scale (cell,)."""
    today, scales = todays_spend(problem), mmm.get_scales_as_xarray()
    most = (
        scales["channel_scale"].sel(geo=problem.regions, channel=problem.channels).transpose(*CELL).to_numpy()
    )
    outcome = scales["target_scale"].sel(geo=problem.regions).to_numpy()[:, None]
    drawn = (
        mmm.idata["posterior"].to_dataset().isel(chain=0).sel(geo=problem.regions, channel=problem.channels)
    )
    parameters = {
        ours: drawn[theirs].transpose("draw", *CELL).to_numpy().reshape(DRAWS, -1)
        for ours, theirs in PARAMETERS.items()
    }
    scale = np.broadcast_to(outcome, today.shape).ravel()
    spent = problem.panel.pivot(index="date", columns="region", values=problem.channels)[-L_MAX:]
    ordered = spent.reorder_levels([1, 0], axis=1)[
        [(r, c) for r in problem.regions for c in problem.channels]
    ]
    about = {
        "today": today.ravel(),
        "level": (today / most).ravel(),
        "before": ordered.to_numpy() / most.ravel(),
    }
    np.savez(folder / "problem.npz", scale=scale, **about, **parameters)


def optimize(mmm, problem, folder: Path) -> None:
    """The library's plan, from the fitted model on."""
    today = todays_spend(problem)
    bounds = labelled(np.stack([today * (1 - ROOM), today * (1 + ROOM)], axis=-1), problem, "bound")
    with threadpool_limits(1):
        started = time.process_time()
        found = planner(mmm, problem).allocate_budget(float(today.sum()), budget_bounds=bounds)
        seconds = time.process_time() - started
    np.savez(folder / "library.npz", plan=found.budgets.transpose(*CELL).to_numpy().ravel(), seconds=seconds)


def value(mmm, problem, folder: Path) -> None:
    """What each side's plan is worth by the library's objective: the mean over draws of what media bring."""
    judge = planner(mmm, problem)
    plans = {side: np.load(folder / f"{side}.npz")["plan"] for side in ("ours", "library")}
    shape = (REGIONS, CHANNELS)
    worth = {s: judge.evaluate_plan(labelled(p.reshape(shape), problem)).utility for s, p in plans.items()}
    np.savez(folder / "values.npz", **worth)


def planner(mmm, problem):
    """The library's optimizer over the periods after the data."""
    start = problem.panel["date"].max() + pd.DateOffset(weeks=1)
    end = start + pd.DateOffset(weeks=HORIZON - 1)
    return mmm.budget_optimizer(start_date=str(start.date()), end_date=str(end.date()))


def labelled(values: np.ndarray, problem, *more: str) -> xr.DataArray:
    """An array over the cells, with further dims behind."""
    return xr.DataArray(
        values, dims=(*CELL, *more), coords={"geo": problem.regions, "channel": problem.channels}
    )


def main(folder: Path, step: str) -> None:
    """One step of the comparison."""
    problem = simulate_world(REGIONS, CHANNELS, seed=1).problem(Effort())
    steps = {"prepare": prepare, "library": optimize, "value": value}
    steps[step](build(problem), problem, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
