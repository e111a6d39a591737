"""Files whose edit re-runs a notebook: what it imports, and what that imports."""

from __future__ import annotations

import json
from pathlib import Path

from mmm_helpers.pipeline import sources


def names(paths) -> set[str]:
    return {path.relative_to(sources.PACKAGE).as_posix() for path in paths}


def test_imports_of_imports_are_found():
    found = names(sources.closure(["mmm_helpers.pipeline.stage"]))
    assert {"pipeline/stage.py", "pipeline/plan.py", "layout.py", "report/site/engine.py"} <= found


def test_builders_are_left_to_the_rules():
    assert "estimands/run.py" not in names(sources.closure(["mmm_helpers.pipeline.stage"]))


def test_notebook_with_magics_and_imports(tmp_path: Path):
    notebook = tmp_path / "n.ipynb"
    cells = [
        {"cell_type": "markdown", "source": ["import mmm_helpers.errors"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "from mmm_helpers import intervals"]},
    ]
    notebook.write_text(json.dumps({"cells": cells}))
    assert names(sources.notebook_files(notebook)) == {"__init__.py", "intervals.py"}


def test_other_packages_are_no_sources():
    assert list(sources.imported("import numpy as np\nfrom json import loads")) == []


def test_tables_depend_on_the_model_files_too():
    assert set(sources.model_files()) <= set(sources.table_files())
