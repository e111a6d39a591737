"""Writing the demo to a folder: raw exports and the truth beside them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mmm_helpers.simulation import truth
from mmm_helpers.simulation.exports import raw_files
from mmm_helpers.simulation.formats import csv_bytes, parquet_bytes
from mmm_helpers.simulation.generated import journey_truth
from mmm_helpers.simulation.holdout import compute_best_curve, compute_holdout_truth, simulate_holdout
from mmm_helpers.simulation.lift_tests import compute_experiments
from mmm_helpers.simulation.world import Company

HOLDOUT = {"market": "DE", "channel": "email"}
"""Where the demo knows people one by one."""


def truth_files(company: Company) -> dict[str, bytes]:
    """The truth's files by their path below the demo's folder."""
    return {
        "truth/truth.json": truth.describe_truth(company).encode(),
        "truth/parameters.csv": _csv(truth.compute_parameters(company)),
        "truth/channel_effects.csv": _csv(truth.compute_channel_effects(company)),
        "truth/experiments.csv": _csv(compute_experiments(company)),
        "truth/journeys.csv": _csv(journey_truth(company)),
        "truth/contributions.parquet": parquet_bytes(truth.compute_contributions(company)),
        "truth/components.parquet": parquet_bytes(truth.compute_components(company)),
    }


def holdout_files(company: Company) -> dict[str, bytes]:
    """A sample of the people behind Germany's e-mail test, and the truth about them."""
    if HOLDOUT["market"] not in company.markets:
        return {}
    world = simulate_holdout(**HOLDOUT, seed=company.seed)
    truths = {"holdout": compute_holdout_truth(world), "holdout_curve": compute_best_curve(world)}
    named = {name: table.assign(**HOLDOUT) for name, table in truths.items()}
    return {"holdout.parquet": parquet_bytes(world.users)} | {
        f"truth/{name}.csv": _csv(table) for name, table in named.items()
    }


def write_demo(company: Company, folder: str | Path) -> list[Path]:
    """Write raw exports, `regions.csv`, `fx.csv`, `lift_tests.csv` and `truth/` below `folder`.

    Equal seeds give equal bytes. `portfolio.yml` and `README.md` are written by hand and left alone.

    Returns
    -------
    The written paths.
    """
    written = []
    for name, content in (raw_files(company) | truth_files(company) | holdout_files(company)).items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written.append(path)
    return written


def _csv(table: pd.DataFrame) -> bytes:
    """Floats with ten significant digits: far below any rounding that matters, and stable across machines."""
    text = table.copy()
    for column in text.select_dtypes("float"):
        text[column] = text[column].map(lambda v: f"{v:.10g}", na_action="ignore")
    return csv_bytes(text)
