"""The notebook runner: titles, hidden parameters, clean outputs, and what is left after a failure."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mmm_helpers.errors import InputError, PublishError
from mmm_helpers.report.site import engine

NOISY = """
import sys
from IPython.display import display
print("careful", file=sys.stderr)
print(market)
display({"image/png": "iVBORw0KGgo="}, raw=True, metadata={"alt": "A line that rises"})
"""


def write_notebook(path, *cells, title="# {{ label }}: test"):
    parameters = new_code_cell('market = "DE"\nprofile = "standard"', metadata={"tags": ["parameters"]})
    notebook = new_notebook(cells=[new_markdown_cell(title), parameters, *cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine")
    template = write_notebook(folder / "01_test.ipynb", new_code_cell(NOISY))
    output = folder / "DE" / "notebooks" / "01_test.ipynb"
    engine.execute(template, output, {"market": "NO"}, {"label": "Norway"})
    return nbformat.read(output, as_version=4)


def test_title_names_the_market(executed):
    assert executed.cells[0].source == "# Norway: test"


def test_text_parameter_stays_text(executed):
    (stdout,) = [o for o in executed.cells[-1].outputs if o.get("name") == "stdout"]
    assert stdout.text == "NO\n"


def test_stderr_is_dropped(executed):
    assert not [o for o in executed.cells[-1].outputs if o.get("name") == "stderr"]


def test_parameters_are_hidden(executed):
    tagged = [c for c in executed.cells if "remove-cell" in c.metadata.get("tags", [])]
    assert [sorted(set(c.metadata.tags) & {"parameters", "injected-parameters"}) for c in tagged] == [
        ["parameters"],
        ["injected-parameters"],
    ]


def test_alternative_text_reaches_the_cell(executed):
    assert executed.cells[-1].metadata.mystnb.image.alt == "A line that rises"


def test_record_says_that_nothing_failed(executed):
    assert not executed.metadata.papermill.exception


def test_misspelt_parameter_names_the_nearest(tmp_path):
    template = write_notebook(tmp_path / "01_test.ipynb")
    with pytest.raises(InputError, match=r"unknown parameter 'markt'.*write 'market' instead"):
        engine.execute(template, tmp_path / "out.ipynb", {"markt": "DE"}, {"label": "x"})


def test_title_with_an_unknown_name_is_refused(tmp_path):
    template = write_notebook(tmp_path / "01_test.ipynb", title="# {{ country }}")
    with pytest.raises(PublishError, match="'country' is undefined"):
        engine.execute(template, tmp_path / "a" / "b" / "out.ipynb", {}, {"label": "x"})


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failed")
    template = write_notebook(folder / "01_test.ipynb", new_code_cell('raise ValueError("no tables")'))
    output = folder / "DE" / "notebooks" / "01_test.ipynb"
    output.parent.mkdir(parents=True)
    output.write_text("an older result")
    with pytest.raises(PublishError, match="ValueError: no tables") as error:
        engine.execute(template, output, {}, {"label": "Germany"})
    return output, str(error.value)


def test_failed_run_leaves_no_result(failed):
    output, _ = failed
    assert list(output.parent.iterdir()) == []


def test_failed_run_keeps_the_error_notebook(failed):
    output, message = failed
    kept = output.parent.parent / "failed" / "01_test.ipynb"
    assert kept.exists()
    assert str(kept) in message


def test_template_in_metadata_replaces_the_plain_title():
    cell = new_markdown_cell("# The data", metadata={"template": "# {{ label }}: the data"})
    notebook = new_notebook(cells=[cell])
    engine.render_markdown(notebook, {"label": "Germany"})
    assert notebook.cells[0].source == "# Germany: the data"


def test_kernel_that_does_not_start_is_tried_once_more(monkeypatch, tmp_path):
    template = write_notebook(tmp_path / "01_test.ipynb")
    starts = []

    def start(source, output, **_):
        starts.append(source)
        if len(starts) == 1:
            raise RuntimeError("Kernel died before replying to kernel_info")
        write_notebook(output)

    monkeypatch.setattr(engine.papermill, "execute_notebook", start)
    engine.execute(template, tmp_path / "a" / "b" / "out.ipynb", {}, {"label": "x"})
    assert len(starts) == 2
