"""Run one notebook for one market: a papermill engine whose output can be published as it is.

Plain papermill leaves four things that would spoil a page: titles that name no market, the visible cell of
injected parameters, warnings on stderr, and images without alternative text. The engine mends them; the
function `execute` adds what protects a pipeline: misspelt parameters are refused, a kernel that does not
start is tried once more, and a failed run never leaves a notebook where a good one is expected.
"""

from __future__ import annotations

import difflib
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import nbformat
import papermill
from nbformat import NotebookNode
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from mmm_helpers.errors import InputError, Problem, PublishError
from mmm_helpers.layout import PROJECT_ROOT
from mmm_helpers.report.images import describe_images

ENGINE = "report"
"""Name under which the engine is registered with papermill."""

KERNEL = "python3"
"""Kernel of every notebook, whatever an editor wrote into its metadata."""

STARTS = 2
"""How often a kernel may fail to start before the run is given up (papermill issue 511: ports race)."""


class ReportEngine(NBClientEngine):
    """papermill's own engine, with the cell order, the title and the outputs made fit for a page."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, *, context=None, **kwargs):
        """Render titles and hide the parameters before the run, tidy the outputs after it."""
        render_markdown(nb_man.nb, context or {})
        hide_injected_parameters(nb_man.nb)
        super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
        drop_stderr(nb_man.nb)
        describe_images(nb_man.nb)


papermill_engines.register(ENGINE, ReportEngine)


def render_markdown(notebook: NotebookNode, context: Mapping[str, Any]) -> None:
    """Fill `{{ name }}` in markdown cells from `context`, in place.

    A cell whose metadata hold a `template` takes that text instead of its own, so that the notebook has a
    plain title for those who run it without this engine.

    Raises
    ------
    PublishError
        A cell names something that the context does not hold.
    """
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        cell.source = cell.metadata.pop("template", cell.source)
        if "{{" not in cell.source:
            continue
        try:
            cell.source = environment.from_string(cell.source).render(context)
        except jinja2.UndefinedError as error:
            raise PublishError(
                f"Title {cell.source!r}: {error}; known: {', '.join(sorted(context))}."
            ) from error


def hide_injected_parameters(notebook: NotebookNode) -> None:
    """Tag the cells of default and of injected parameters so that no page shows them, in place."""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if {"injected-parameters", "parameters"} & set(tags) and "remove-cell" not in tags:
            cell.metadata["tags"] = [*tags, "remove-cell"]


def drop_stderr(notebook: NotebookNode) -> None:
    """Remove what was written to stderr (warnings, progress) from every cell's outputs, in place."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]


def check_parameters(notebook: Path, parameters: Mapping[str, Any]) -> None:
    """Refuse a parameter that the notebook does not declare; papermill alone would only warn.

    Raises
    ------
    InputError
        Names the unknown parameter, the nearest declared one and all declared ones.
    """
    template = nbformat.read(notebook, as_version=4)
    template.metadata["kernelspec"] = {"name": KERNEL, "language": "python"}
    declared = list(papermill.inspect_notebook(template))
    for name in parameters:
        if name in declared:
            continue
        near = difflib.get_close_matches(name, declared, n=1, cutoff=0.0)
        raise InputError(
            Problem(
                f"unknown parameter '{name}'",
                notebook.name,
                f"one of {', '.join(declared) or 'none'}",
                f"write '{near[0]}' instead" if near else "remove it",
            )
        )


def execute(
    notebook: str | Path,
    output: str | Path,
    parameters: Mapping[str, Any],
    context: Mapping[str, Any],
    *,
    failed: str | Path | None = None,
) -> None:
    """Run `notebook` and write the result to `output`; on failure write it to `failed` and raise.

    Parameters
    ----------
    notebook : notebook with a cell tagged `parameters`.
    output : where the executed notebook goes, only if every cell ran.
    parameters : values that replace the notebook's defaults, by name.
    context : what `{{ … }}` in markdown cells may name, beside the parameters (usually `label`).
    failed : where an error notebook goes; default a folder `failed` beside the output's folder.

    Raises
    ------
    InputError
        A parameter that the notebook does not declare.
    PublishError
        A cell failed; the message names the notebook, the error and where the error notebook lies.

    Examples
    --------
    >>> execute("notebooks/01_data_and_eda.ipynb", "out/01.ipynb", {"market": "DE"},
    ...         {"label": "Germany"})  # doctest: +SKIP
    """
    notebook, output = Path(notebook).resolve(), Path(output).resolve()
    failed = Path(failed) if failed else output.parent.parent / "failed" / output.name
    check_parameters(notebook, parameters)
    for stale in (output, failed):
        stale.unlink(missing_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f".{output.name}")
    try:
        _run(notebook, partial, parameters, {**parameters, **context})
    except PapermillExecutionError as error:
        failed.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(partial, failed)
        kept = _relative(failed)
        raise PublishError(
            f"{notebook.name}: {error.ename}: {error.evalue} (the notebook up to the error: {kept})"
        ) from error
    partial.replace(output)


def _run(notebook: Path, output: Path, parameters: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    logging.getLogger("papermill").setLevel(logging.ERROR)
    for start in range(1, STARTS + 1):
        try:
            papermill.execute_notebook(
                str(notebook),
                str(output),
                parameters=dict(parameters),
                engine_name=ENGINE,
                kernel_name=KERNEL,
                language="python",
                context=dict(context),
                cwd=str(PROJECT_ROOT),
                # written once, at the end: a run that is stopped leaves nothing that looks like a result
                request_save_on_cell_execute=False,
                progress_bar=False,
            )
            return
        except RuntimeError as error:
            if start == STARTS or not _is_kernel_start_error(error):
                raise PublishError(f"{notebook.name}: {error}") from error


def _is_kernel_start_error(error: RuntimeError) -> bool:
    return "Kernel died before replying" in str(error) or "Address already in use" in str(error)


def _relative(path: Path) -> Path:
    path = path.resolve()
    return path.relative_to(PROJECT_ROOT) if path.is_relative_to(PROJECT_ROOT) else path
