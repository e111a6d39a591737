"""Notebooks in git: no outputs, one cell of parameters, the kernel named, code hidden, cells short."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from mmm_helpers.layout import PROJECT_ROOT
from mmm_helpers.pipeline.plan import MARKET_NOTEBOOKS, PORTFOLIO_NOTEBOOKS

PATHS = sorted((PROJECT_ROOT / "notebooks").glob("*.ipynb"))
EVERYWHERE = {
    "portfolio": "data/demo/portfolio.yml",
    "profile": "standard",
    "results": "results",
    "build": True,
}
LONGEST_CELL = 8


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


@pytest.fixture
def notebook(path: Path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def parameter_cells(notebook) -> list:
    return [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]


def test_every_notebook_has_a_place_in_the_plan(path):
    assert path.stem in {**MARKET_NOTEBOOKS, **PORTFOLIO_NOTEBOOKS}


def test_no_outputs_and_no_counts(notebook):
    assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(notebook))


def test_parameters_are_the_contracts(notebook, path):
    (cell,) = parameter_cells(notebook)
    found = {n.targets[0].id: ast.literal_eval(n.value) for n in ast.parse(cell.source).body}
    own = {"market": "DE"} if path.stem in MARKET_NOTEBOOKS else {}
    assert found == own | EVERYWHERE


def test_every_parameter_is_explained(notebook):
    (cell,) = parameter_cells(notebook)
    assert all("#" in line for line in cell.source.splitlines() if "=" in line)


def test_kernel_and_hidden_code(notebook):
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.mystnb.remove_code_source is True


def test_title_is_a_markdown_cell(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")


def test_code_only_calls_helpers(notebook):
    for cell in code_cells(notebook):
        nodes = list(ast.walk(ast.parse(cell.source)))
        assert not any(isinstance(n, (ast.FunctionDef, ast.ClassDef)) for n in nodes), cell.source
        long = len(cell.source.splitlines()) > LONGEST_CELL
        assert not long or cell in parameter_cells(notebook), cell.source


def test_no_sampler_in_a_notebooks_own_process(notebook):
    source = "\n".join(cell.source for cell in code_cells(notebook))
    assert not any(name in source for name in ("import pymc", "import nutpie", "import pytensor"))
