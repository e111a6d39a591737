"""`python -m benchmarks.peers.ours FOLDER`: this template's model, with its defaults."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.peers.exchange import CONTROL, L_MAX, Clock, Problem, read_problem, write_answer

MARKET = "XX"
PACKAGES = ("pymc-marketing", "pymc", "pytensor", "nutpie", "numba")


def design_of(problem: Problem):
    """The market's arrays, from a panel and a specification such as the data gate writes."""
    from mmm_helpers.model.design import make_design

    names = {c: f"spend_{c}" for c in problem.channels} | {CONTROL: f"control_{CONTROL}"}
    panel = problem.panel.rename(columns=names).drop(columns="population").assign(market=MARKET, fx=1.0)
    first = str(panel["date"].min().date())
    cells = pd.MultiIndex.from_product([problem.regions, problem.channels], names=["region", "channel"])
    status = cells.to_frame(index=False).assign(market=MARKET, status="active", first_date=first)
    heads = problem.panel.groupby("region")["population"].first()
    settings = {
        "market": MARKET,
        "frequency": "weekly",
        "l_max": L_MAX,
        "outcome": {"kind": "revenue"},
        "channels": {c: {"paid": True} for c in problem.channels},
        "regions": {r: {"population": float(heads[r])} for r in problem.regions},
    }
    return make_design(panel, status, settings)


def contribution(design, draws) -> np.ndarray:
    """(chain, draw, region, channel) landed contribution over all weeks, of every draw."""
    from mmm_helpers.model.posterior import with_cell_effects
    from mmm_helpers.model.predict import flatten, media_contributions

    chains, count = draws.sizes["chain"], draws.sizes["draw"]
    flat = flatten(with_cell_effects(draws, design.regions), most=chains * count)
    weekly = media_contributions(design, flat)
    total = np.stack([weekly[c].sum(axis=1) for c in design.channels], axis=-1)
    return total.reshape(chains, count, *total.shape[1:])


def main(folder: Path) -> None:
    """Answer the problem in `folder`."""
    clock = Clock()
    with clock.step("import"):
        from mmm_helpers.model.build import build_model
        from mmm_helpers.model.profiles import PROFILES
        from mmm_helpers.model.sample import compile_model, sample
    problem = read_problem(folder)
    effort = problem.effort
    with clock.step("compile"):
        design = design_of(problem)
        compiled = compile_model(build_model(design).model)
    with clock.step("sample"):
        draws = sample(
            compiled,
            chains=effort.chains,
            tune=effort.tune,
            draws=effort.draws,
            target_accept=effort.target_accept or PROFILES["standard"].target_accept,
            seed=effort.seed,
            cores=effort.cores,
            label="",
        )
    write_answer(folder, contribution(design, draws), clock, packages=PACKAGES)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
