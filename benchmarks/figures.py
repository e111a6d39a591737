"""Figures: what is measured, against which target, and the table that they are kept in."""

from __future__ import annotations

import csv
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

COLUMNS = (
    "figure", "value", "unit", "peer", "peer_value", "ratio", "target", "met", "when", "versions", "reason",
)  # fmt: skip
PACKAGES = ("pymc", "pymc-marketing", "nutpie", "snakemake", "jupyter-book")


class Skipped(Exception):
    """A figure that cannot be measured here; the message says why."""


@dataclass(frozen=True)
class Measurement:
    """A value, the peer's value under the same conditions where there is one, and the rows behind them.

    `failed` says why the value does not count although it was measured: the figure then has no chance to be met.
    """

    value: float
    raw: list[dict[str, Any]]
    peer_value: float | None = None
    failed: str = ""


@dataclass(frozen=True)
class Figure:
    """One figure.

    Parameters
    ----------
    name : dotted; `--only` picks by its beginning.
    unit : of the value.
    limit : the target; None if the figure is only reported.
    run : measures it; raises `Skipped` with the reason where that is not possible.
    at_most : whether the value must stay below the limit, or reach it.
    peer : what it is compared with; empty for none.
    of_ratio : whether the limit is how many times better than the peer the value has to be, at least.
    """

    name: str
    unit: str
    limit: float | None
    run: Callable[[], Measurement] = field(repr=False)
    at_most: bool = True
    peer: str = ""
    of_ratio: bool = False

    @property
    def target(self) -> str:
        if self.limit is None:
            return ""
        if self.of_ratio:
            return f"ratio ≥ {self.limit:g}"
        return f"{'≤' if self.at_most else '≥'} {self.limit:g}"

    def is_met(self, measured: Measurement) -> str:
        """`yes` or `no`; empty without a target.

        Examples
        --------
        >>> Figure("a.seconds", "s", 15, run=None).is_met(Measurement(14.0, []))
        'yes'
        """
        if measured.failed:
            return "no"
        if self.limit is None:
            return ""
        if self.of_ratio:
            return "yes" if (self.ratio(measured) or 0.0) >= self.limit else "no"
        value = measured.value
        return "yes" if (value <= self.limit if self.at_most else value >= self.limit) else "no"

    def ratio(self, measured: Measurement) -> float | None:
        """How many times better than the peer."""
        if not measured.peer_value or not measured.value:
            return None
        ratio = measured.value / measured.peer_value
        return 1 / ratio if self.at_most else ratio


def pick(figures: Sequence[Figure], only: str) -> list[Figure]:
    """Figures whose name begins with one of the prefixes; all if none is given.

    Examples
    --------
    >>> some = [Figure("report.a", "s", 1, run=None), Figure("notebook.b", "s", 1, run=None)]
    >>> [f.name for f in pick(some, "note, other")]
    ['notebook.b']
    """
    prefixes = tuple(part.strip() for part in only.split(",") if part.strip())
    return [f for f in figures if not prefixes or f.name.startswith(prefixes)]


def measure(figure: Figure, raw: Path) -> dict[str, Any]:
    """Run one figure and return its row, with a reason if it failed; its raw rows go to the folder `raw`."""
    row = dict.fromkeys(COLUMNS, "")
    row |= {"figure": figure.name, "unit": figure.unit, "peer": figure.peer, "target": figure.target}
    row |= {"when": datetime.now(UTC).isoformat(timespec="seconds"), "versions": describe_versions()}
    try:
        measured = figure.run()
    except Skipped as error:
        return row | {"met": "skipped", "reason": str(error)}
    except Exception as error:
        return row | {"met": "no", "reason": f"{type(error).__name__}: {' '.join(str(error).split())}"}
    write_raw(raw / f"{figure.name}.csv", measured.raw, row["versions"])
    ratio, peer = figure.ratio(measured), measured.peer_value
    row |= {"value": f"{measured.value:.4g}", "met": figure.is_met(measured)}
    return row | {
        "reason": measured.failed,
        "peer_value": "" if peer is None else f"{peer:.4g}",
        "ratio": f"{ratio:.3g}" if ratio else "",
    }


def describe_versions() -> str:
    """Python and the packages that the figures depend on most."""
    return "; ".join([f"python {platform.python_version()}", *(f"{p} {version(p)}" for p in PACKAGES)])


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Put rows into the table of figures; each replaces the row of the same figure, the others stay."""
    kept = {row["figure"]: row for row in read_rows(path)}
    kept |= {row["figure"]: row for row in rows}
    _write_csv(path, [kept[name] for name in sorted(kept)], COLUMNS)


def read_rows(path: Path) -> list[dict[str, str]]:
    """The table of figures; empty if there is none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_raw(path: Path, rows: Sequence[dict[str, Any]], versions: str) -> None:
    """The rows that a figure can be computed from again."""
    _write_csv(path, [{**row, "versions": versions} for row in rows], [*rows[0], "versions"])


def _write_csv(path: Path, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
