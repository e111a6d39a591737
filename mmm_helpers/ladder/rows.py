"""Raw rows of the ladder: one per world, seed and cell; their columns, and the file that they are kept in.

A cell is a market x region x channel. Money is in the world's one currency; windows are the last 52 weeks of the data.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from mmm_helpers.ladder.scores import reported
from mmm_helpers.layout import Layout

TEXT, NUMBER, FLAG, WHOLE = "text", "number", "flag", "whole"

COLUMNS: dict[str, tuple[str, str]] = {
    "world": (TEXT, "name in `WORLDS`"),
    "seed": (WHOLE, "of the simulation and of the sampler"),
    "profile": (TEXT, "quick, standard or full"),
    "market": (TEXT, "code"),
    "region": (TEXT, "name; empty in the one row of a world that failed before it had cells"),
    "channel": (TEXT, "code; likewise"),
    "null": (FLAG, "the channel has no effect at all"),
    "confounded": (FLAG, "its spend follows something that moves the outcome and is not in the data"),
    "tested": (FLAG, "an experiment on the channel was read in"),
    "spend": (NUMBER, "in the window"),
    "outcome": (NUMBER, "expected, of the cell's region in the window"),
    "truth_incremental": (NUMBER, "what the window's spend brings, tail included"),
    "truth_roas": (NUMBER, "truth_incremental / spend"),
    "truth_mroas": (NUMBER, "what one more unit of money would bring"),
    "truth_landed": (NUMBER, "what landed in the window, of all spend"),
    **{f"incremental_{s}": (NUMBER, "estimate of truth_incremental") for s in ("mean", "q05", "q50", "q95")},
    **{f"landed_{s}": (NUMBER, "estimate of truth_landed") for s in ("mean", "q05", "q95")},
    "roas_mean": (NUMBER, "estimate of truth_roas"),
    **{f"mroas_{s}": (NUMBER, "estimate of truth_mroas") for s in ("mean", "q05", "q95")},
    "p_above": (NUMBER, "probability that mROAS exceeds break_even"),
    "break_even": (NUMBER, "1 / margin"),
    "crps": (NUMBER, "of the incremental contribution, in money"),
    "srmse": (NUMBER, "RMSE of the weekly contribution over its true mean, by draw, averaged; none for a null channel"),
    "q95_share": (NUMBER, "95 % quantile of the landed contribution / outcome"),
    "identified": (FLAG, "whether the market's own data speak about the cell"),
    "reason": (TEXT, "why it is not identified"),
    "data_tier": (TEXT, "local, partially_pooled or transferred"),
    "cause_mark": (TEXT, "tested, quasi or observational"),
    "decision_grade": (FLAG, "the verdict: whether the number may ground a decision"),
    "computation": (TEXT, "pass or fail, of the market's health check"),
    "plausibility": (TEXT, "pass or fail, likewise"),
    "failed_checks": (TEXT, "names of the checks that failed"),
    "seconds": (NUMBER, "that the fit took"),
    "error": (TEXT, "why there is no estimate; then all estimates are empty"),
    "model": (TEXT, "hash of the model's source, see `hash_model`"),
    "versions": (TEXT, "packages that the estimate depends on"),
    "when": (TEXT, "day on which the row was measured; set when it is appended"),
}  # fmt: skip
"""Column → kind and meaning. Files hold them in this order."""

FIGURE_COLUMNS = (
    "figure", "value", "unit", "peer", "peer_value", "ratio", "target", "met", "when", "versions", "reason",
)  # fmt: skip
"""Columns of the benchmarks' table of figures."""


@dataclass(frozen=True)
class Measurement:
    """Rows and where they come from.

    Parameters
    ----------
    rows : result of `read_rows`; none if nothing was measured. path : their file.
    shipped : whether it came with the repository.
    """

    rows: pd.DataFrame
    path: Path
    shipped: bool


def load_measurement(layout: Layout) -> Measurement:
    """This machine's rows if there are any, else the shipped ones; without rows if there are none.

    Rows of seeds that the template was tuned on are left out, and do not count.
    """
    here, shipped = layout.ladder_rows
    for path in (here, shipped):
        rows = reported(read_rows(path))
        if len(rows):
            return Measurement(rows, path, path == shipped)
    return Measurement(reported(read_rows(here)), here, False)


def read_figures(layout: Layout) -> pd.DataFrame:
    """The benchmarks' table of figures as text, this machine's before the shipped one; no rows if there is none."""
    path = next((p for p in layout.figures if p.exists()), None)
    if path is None:
        return pd.DataFrame(columns=list(FIGURE_COLUMNS), dtype=str)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def read_rows(path: Path) -> pd.DataFrame:
    """All rows of a file with the types of `COLUMNS`; no rows if there is no file.

    Columns that the file lacks are empty; an empty flag is False.
    """
    if not path.exists():
        return _typed(pd.DataFrame(columns=list(COLUMNS), dtype=str))
    return _typed(pd.read_csv(path, dtype=str, keep_default_na=False))


def append_rows(path: Path, rows: pd.DataFrame) -> None:
    """Put whole blocks of world and seed into the file; each replaces the block of the same world and seed.

    The file is written anew beside the old one and takes its place in one step, so that a process that is killed
    leaves either the old file or the new one. Several processes may append: they wait for each other.

    Raises
    ------
    ValueError : a column that is not in `COLUMNS`.
    """
    unknown = sorted(set(rows.columns) - set(COLUMNS))
    if unknown:
        raise ValueError(f"The columns of 'rows' must be among COLUMNS. Got {', '.join(unknown)} as well.")
    new = _typed(rows.reset_index(drop=True))
    new["when"] = new["when"].where(new["when"] != "", datetime.now(UTC).date().isoformat())
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.with_name(f".{path.name}.lock")):
        old = read_rows(path)
        replaced = pd.MultiIndex.from_frame(old[["world", "seed"]]).isin(done(new))
        _write(path, pd.concat([old[~replaced], new], ignore_index=True) if len(old) else new)


def write_rows(path: Path, rows: pd.DataFrame) -> None:
    """Write a file with these rows and no others, compressed if its name ends with `.gz`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, _typed(rows.reset_index(drop=True)))


def done(rows: pd.DataFrame) -> set[tuple[str, int]]:
    """World and seed of every block that is there; what a run that is resumed need not do again."""
    return set(zip(rows["world"].astype(str), rows["seed"].astype(int).tolist(), strict=True))


def hash_model() -> str:
    """Hash of the source of the model as it is now, for the column `model`: the modules in a fit's key."""
    from mmm_helpers.model import run
    from mmm_helpers.pipeline.keys import LENGTH, hash_files

    folder = Path(run.__file__).parent
    return hash_files(folder / f"{name}.py" for name in run.BUILDERS)[:LENGTH]


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of `COLUMNS` in their order, each with its type."""
    convert = {TEXT: _text, NUMBER: _number, FLAG: _flag, WHOLE: lambda s: s.astype(int)}
    empty = pd.Series("", index=rows.index, dtype=str)
    return pd.DataFrame({c: convert[kind](rows.get(c, empty)) for c, (kind, _) in COLUMNS.items()})


def _text(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), "").astype(str).astype(object)


def _number(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values.replace("", np.nan)).astype(float)


def _flag(values: pd.Series) -> pd.Series:
    return _text(values).isin(["True", "true", "1", "1.0"])


def _write(path: Path, rows: pd.DataFrame) -> None:
    content = rows.to_csv(index=False, lineterminator="\n", float_format="%.6g").encode()
    if path.suffix == ".gz":
        content = gzip.compress(content, mtime=0)  # without the time, the same rows are the same file
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold a lock that the system takes back when the process ends; where it has none, do without."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with lock.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
