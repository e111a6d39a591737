"""What calibration with noisy experiments repairs, from the ladder's rows of the two worlds with a hidden driver."""

from __future__ import annotations

import os
from functools import partial

import pandas as pd

from benchmarks.figures import Figure, Measurement, Skipped
from benchmarks.ladder import run_ladder
from mmm_helpers.ladder.scores import reported
from mmm_helpers.ladder.tested import WITH, WITHOUT, compute_ranking, error_ratio, pair_cells

LEAST_SEEDS = 20


def worlds() -> pd.DataFrame:
    """Raw rows of both worlds."""
    return reported(run_ladder(f"{WITHOUT} {WITH}", os.environ.get("SEED", "1-20")))


def measure_error(channels: str) -> Measurement:
    """Error of the return with tests over that without."""
    rows = worlds()
    cells = pair_cells(rows)
    cells = cells[cells["tested"] == (channels == "tested")]
    if cells.empty:
        raise Skipped("neither world has an estimate")
    few = "" if cells["seed"].nunique() >= LEAST_SEEDS else f"fewer than {LEAST_SEEDS} seeds"
    return Measurement(error_ratio(rows, channels), cells.to_dict("records"), failed=few)


def measure_ranking(column: str) -> Measurement:
    """Mean rank correlation of estimated and true returns."""
    ranking = compute_ranking(worlds())
    return Measurement(float(ranking[column].mean()), ranking.to_dict("records"))


FIGURES = (
    Figure("calibration.error_ratio", "error with tests / without", 0.5, partial(measure_error, "tested")),
    Figure(
        "calibration.untested_ratio", "error with tests / without", None, partial(measure_error, "untested")
    ),
    Figure("calibration.rank_without", "rank correlation", None, partial(measure_ranking, "rank_without")),
    Figure("calibration.rank_with", "rank correlation", None, partial(measure_ranking, "rank_with")),
)
