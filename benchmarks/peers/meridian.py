"""`python -m benchmarks.peers.meridian FOLDER`: Google Meridian with its defaults, on the processor.

`ModelSpec()` as its page "Run the model" states it: return priors of its own, a common effect of every week (a knot
a week), carry-over of eight weeks. That page samples 7 chains; here as many as everybody has, with the tuning split
into adaptation and burn-in of equal length, as there. Spend stands for media execution as well.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.peers.exchange import CONTROL, Clock, Problem, read_problem, write_answer

PACKAGES = ("google-meridian", "jax", "tfp-nightly")


def input_data(problem: Problem):
    """The panel in Meridian's form."""
    from meridian.data import data_frame_input_data_builder as builder

    frame = problem.panel.rename(columns={"region": "geo", "date": "time", "outcome": "kpi"})
    frame["time"] = frame["time"].dt.strftime("%Y-%m-%d")
    names = problem.channels
    return (
        builder.DataFrameInputDataBuilder(kpi_type="revenue")
        .with_kpi(frame)
        .with_population(frame[["geo", "population"]].drop_duplicates())
        .with_controls(frame, control_cols=[CONTROL])
        .with_media(frame, media_cols=names, media_spend_cols=names, media_channels=names)
        .build()
    )


def sample(mmm, problem: Problem) -> None:
    """Draw from the posterior; compiling is part of it."""
    effort = problem.effort
    mmm.sample_posterior(
        n_chains=effort.chains,
        n_adapt=effort.tune // 2,
        n_burnin=effort.tune - effort.tune // 2,
        n_keep=effort.draws,
        seed=effort.seed,
    )


def contribution(mmm, problem: Problem) -> np.ndarray:
    """(chain, draw, region, channel) outcome minus outcome without the channel, over all weeks."""
    from meridian.analysis import analyzer

    outcome = analyzer.Analyzer(mmm).incremental_outcome(aggregate_geos=False, aggregate_times=True)
    geos, channels = (list(getattr(mmm.input_data, a).values) for a in ("geo", "media_channel"))
    rows = [geos.index(r) for r in problem.regions]
    return np.asarray(outcome)[:, :, rows][..., [channels.index(c) for c in problem.channels]]


def main(folder: Path) -> None:
    """Answer the problem in `folder`."""
    clock = Clock()
    with clock.step("import"):
        from meridian.model import model, spec
    problem = read_problem(folder)
    with clock.step("compile"):
        mmm = model.Meridian(input_data=input_data(problem), model_spec=spec.ModelSpec())
    with clock.step("sample"):
        sample(mmm, problem)
    write_answer(folder, contribution(mmm, problem), clock, packages=PACKAGES)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
