"""`python -m benchmarks --only report,notebook`: measure, and write `results/bench/figures.csv`."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks import (
    attribution,
    budget,
    calibration,
    capture,
    experiment_value,
    experiments,
    explorer,
    labs,
    ladder,
    report,
    round_trip,
    sampling,
    scale,
    two_stage,
    unified,
)
from benchmarks.figures import Figure, measure, pick, write_rows
from mmm_helpers.layout import Layout

FIGURES: tuple[Figure, ...] = (
    *report.FIGURES,
    *scale.FIGURES,
    *two_stage.FIGURES,
    *sampling.FIGURES,
    *labs.FIGURES,
    *ladder.FIGURES,
    *experiments.FIGURES,
    *experiment_value.FIGURES,
    *calibration.FIGURES,
    *round_trip.FIGURES,
    *explorer.FIGURES,
    *budget.FIGURES,
    *capture.FIGURES,
    *attribution.FIGURES,
    *unified.FIGURES,
)
"""Every figure that can be measured, in the order in which they are."""


def main() -> int:
    """Measure the chosen figures; returns 1 if one failed or missed its target."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="prefixes of figure names, separated by commas")
    parser.add_argument("--seed", default="", help="seeds of the worlds with known truth: 3, or 1-20")
    parser.add_argument("--worlds", default="", help="names of the ladder's worlds; default all")
    options = parser.parse_args()
    os.environ |= {k: v for k, v in (("SEED", options.seed), ("WORLDS", options.worlds)) if v}
    chosen = pick(FIGURES, options.only)
    if not chosen:
        print(f"No figure has such a name; there are {', '.join(f.name for f in FIGURES)}.", file=sys.stderr)
        return 1
    folder, met = Layout("bench").bench, []
    for figure in chosen:
        print(f"{figure.name} …", flush=True)
        row = measure(figure, folder / "raw")
        write_rows(folder / "figures.csv", [row])
        print(f"  {row['value']} {row['unit']} (target {row['target']}, met: {row['met']}) {row['reason']}")
        met.append(row["met"])
    return 1 if "no" in met else 0


if __name__ == "__main__":
    sys.exit(main())
