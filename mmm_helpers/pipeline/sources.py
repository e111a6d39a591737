"""Which source files a step uses, so that an edit re-runs that step and no other.

Snakemake sees edits only in files that are inputs of a rule: one in an imported module would go unnoticed.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from mmm_helpers.layout import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "mmm_helpers"

BUILDERS = frozenset({"mmm_helpers.inputs.gate", "mmm_helpers.model.run", "mmm_helpers.estimands.run"})
"""Modules that a notebook calls only where no rule has built its inputs: what they use concerns the rules."""


def model_files() -> list[Path]:
    """Modules that measure experiments, and build and sample the model."""
    return [path for name in ("experiments", "model") for path in sorted((PACKAGE / name).glob("*.py"))]


def study_files() -> list[Path]:
    """Modules that studies are made of, from the model to the returns; not those that make the panel they read."""
    return sorted(p for p in closure(["mmm_helpers.estimands.studies"]) if p.parent.name != "inputs")


def table_files() -> list[Path]:
    """Modules between a posterior and the tables."""
    return (
        model_files()
        + sorted((PACKAGE / "attribution").glob("*.py"))
        + sorted((PACKAGE / "estimands").glob("*.py"))
        + sorted((PACKAGE / "decisions").glob("*.py"))
    )


def notebook_files(notebook: Path) -> list[Path]:
    """The helper modules that a notebook imports, directly or through other modules, in path order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return sorted(closure(name for source in code for name in imported(_without_magics(source))))


def closure(names: Iterable[str]) -> set[Path]:
    """Files of the modules and of everything in this package that they import."""
    found: dict[str, Path] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        path = module_path(name)
        if path is None or name in found or name in BUILDERS:
            continue
        found[name] = path
        waiting += [*_imports_of(path), name.rpartition(".")[0]]
    return set(found.values())


@cache
def _imports_of(path: Path) -> tuple[str, ...]:
    return tuple(imported(path.read_text(encoding="utf-8")))


def imported(source: str) -> Iterator[str]:
    """Names that a piece of Python may import from this package, as dotted modules (some may be no module).

    Examples
    --------
    >>> sorted(imported("from mmm_helpers.report import words"))
    ['mmm_helpers.report', 'mmm_helpers.report.words']
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] == PACKAGE.name)


def module_path(name: str) -> Path | None:
    """File of a dotted module of this package; None if there is no such module."""
    place = PROJECT_ROOT.joinpath(*name.split("."))
    options = (place / "__init__.py", place.with_suffix(".py"))
    return next((p for p in options if p.is_file()), None) if name else None


def _without_magics(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))
