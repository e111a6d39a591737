"""The Bayesian synthetic control of a market's tests, stored by key: computed by `full`, shown by every profile.

It takes about a minute a test, and says little that the other methods do not; who doubts their weights will ask for it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from mmm_helpers.estimands.money import Money, units_of
from mmm_helpers.experiments.tables import COLUMNS, Units, compute_bayesian_rows
from mmm_helpers.inputs.store import read_json, read_panel, write_csv
from mmm_helpers.layout import Layout
from mmm_helpers.model.run import load_design
from mmm_helpers.pipeline.keys import cache_lookup, fit_key, hash_files, package_versions
from mmm_helpers.pipeline.sources import closure

PACKAGES = ("causalpy", "nutpie", "numpy", "pymc", "pytensor")
"""Packages whose version can change the numbers."""
NAME = "experiment_methods"
TEXT = dict.fromkeys(("market", "experiment", "method", "marked", "computed_on"), "str")


def bayesian_file(layout: Layout, code: str, units: Units) -> Path:
    """Where the rows of a market's present data, tests and rates are stored."""
    settings = read_json(layout.specification(code))
    key = fit_key(
        layout.panel(code).read_bytes(),
        {name: settings.get(name) for name in ("lift_tests", "channels", "l_max", "frequency")},
        profile=vars(units),
        versions=package_versions(PACKAGES),
        source=hash_files(
            p for p in closure(["mmm_helpers.experiments.tables"]) if p.parent.name == "experiments"
        ),
    )
    return cache_lookup(layout, f"bayesian-{key}", ".csv")


def run_bayesian(layout: Layout, code: str) -> None:
    """Compute and store the rows that are not stored yet; a test that cannot be read is left out."""
    units = units_of(Money.of(*load_design(layout, code)))
    path = bayesian_file(layout, code, units)
    if path.exists():
        return
    rows = compute_bayesian_rows(read_panel(layout, code), read_json(layout.specification(code)), units)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(rows.assign(computed_on=datetime.now(UTC).date().isoformat()), path)


def read_bayesian(layout: Layout, code: str, units: Units) -> pd.DataFrame:
    """Rows of the table `experiment_methods` that were ever computed with the market's present data; else none."""
    path = bayesian_file(layout, code, units)
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS[NAME])
    path.touch()  # what is shown is in use, however long ago it was computed
    return pd.read_csv(path, dtype=TEXT, keep_default_na=False, na_values=[""])
