"""Studies of a market, stored by key: computed by the full profile, shown by every profile with their date.

A study's key covers data, specification, package versions and the modules it is made of, but not the profile. Each is
stored as soon as it is done, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from mmm_helpers.estimands.money import Money
from mmm_helpers.estimands.studies import STUDY_COLUMNS, compute_study
from mmm_helpers.inputs.store import read_channel_status, read_json, read_panel, write_csv, write_json
from mmm_helpers.layout import Layout
from mmm_helpers.model.bench import Bench
from mmm_helpers.model.design import make_design
from mmm_helpers.model.run import SEED, fit_settings
from mmm_helpers.model.studies import STUDIES, expected_refits
from mmm_helpers.pipeline.bayesian_tests import run_bayesian
from mmm_helpers.pipeline.keys import cache_lookup, fit_key, hash_files, package_versions
from mmm_helpers.pipeline.outcome import STORED
from mmm_helpers.pipeline.sources import study_files

PACKAGES = ("arviz", "nutpie", "numpy", "pymc", "pymc-marketing", "pytensor", "scikit-learn")
"""Packages whose version can change a study's numbers."""
ALWAYS = 2
"""Refits that nearly every study is held against: the reference on all data, and before the hidden quarter."""
TEXT = dict.fromkeys(("market", "study", "variant", "channel", "advice", "note", "computed_on"), "str")


def study_key(layout: Layout, code: str) -> str:
    """Key of a market's studies, from everything that bears on their numbers; the profile does not."""
    settings = read_json(layout.specification(code))
    return fit_key(
        layout.panel(code).read_bytes(),
        fit_settings(settings) | {"margin": settings.get("margin")},
        profile={},
        versions=package_versions(PACKAGES),
        source=hash_files(study_files()),
    )


def study_file(layout: Layout, key: str, name: str) -> Path:
    """Where a study with this key is stored."""
    return cache_lookup(layout, f"study-{key}-{name}", ".csv")


def read_studies(layout: Layout, code: str) -> pd.DataFrame:
    """Table `studies`: what was ever computed with a market's present data and specification; else no rows."""
    key = study_key(layout, code)
    stored = [path for name in STUDIES if (path := study_file(layout, key, name)).exists()]
    for path in stored:
        path.touch()  # what is shown is in use, however long ago it was computed
    frames = [pd.read_csv(p, dtype=TEXT, keep_default_na=False, na_values=[""]) for p in stored]
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=STUDY_COLUMNS)


def run_studies(layout: Layout, code: str) -> None:
    """Compute and store every study of a market that is not stored yet, and note what became of each.

    A study that fails leaves the others alone; its reason stands in the note, and the next run tries it again.
    """
    key = study_key(layout, code)
    missing = [name for name in STUDIES if not study_file(layout, key, name).exists()]
    failed = {}
    if missing:
        bench = open_bench(layout, code, missing)
        for name in missing:
            try:
                _store(compute(bench, name), study_file(layout, key, name))
                print(f"{name} is stored", flush=True)
                bench.report(bench.done)
            except Exception as error:
                traceback.print_exc()
                failed[name] = f"{type(error).__name__}: {error}"
    run_bayesian(layout, code)
    stored = {name: STORED for name in STUDIES if name not in failed}
    write_json({"key": key, "studies": stored | failed}, layout.studies(code))


def open_bench(layout: Layout, code: str, names: list[str]) -> Bench:
    """A market on the bench, reporting how much of these studies is done."""
    settings = read_json(layout.specification(code))
    panel, status = read_panel(layout, code), read_channel_status(layout, code)
    bench = Bench(
        settings,
        lambda changed: make_design(panel, status, changed),
        seed=SEED,
        cores=int(os.environ.get("MMM_CORES", "1")),
    )
    expected = expected_refits(bench.design)
    bench.report = _reporter(ALWAYS + sum(expected[name] for name in names))
    return bench


def compute(bench: Bench, name: str) -> pd.DataFrame:
    """Rows of one study, dated."""
    money, margin = Money.of(bench.design, bench.settings), bench.settings.get("margin")
    table = compute_study(bench, name, money, margin=margin)
    return table.assign(computed_on=datetime.now(UTC).date().isoformat())


def _store(table: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(table, path)


def _reporter(total: int) -> Callable[[int], None]:
    """Print progress as the run's display reads it."""

    def report(done: int) -> None:
        print(f"studies: {min(99, 100 * done // total)} %", flush=True)

    return report
