"""`pyproject.toml`, `requirements.lock` and `environment.yml` describe one and the same environment."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mmm_helpers.layout import PROJECT_ROOT

LOCK = (PROJECT_ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", LOCK, re.MULTILINE))
DECLARED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]


@pytest.mark.parametrize("line", DECLARED)
def test_declared_dependency_is_pinned_to_a_version_that_it_allows(line):
    wanted = Requirement(line)
    assert wanted.specifier.contains(PINS[canonicalize_name(wanted.name)])


def test_every_pin_has_a_hash():
    blocks = re.split(r"\n(?=\S)", LOCK.strip())
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_lock_names_no_index_and_no_machine():
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links|file:|^#", LOCK, re.MULTILINE) == []


def test_jupyter_book_is_below_2():
    assert int(PINS["jupyter-book"].split(".")[0]) == 1
    assert version("jupyter-book") == PINS["jupyter-book"]


def test_conda_environment_is_python_pip_and_the_lock():
    python, pip, packages = yaml.safe_load((PROJECT_ROOT / "environment.yml").read_text())["dependencies"]
    assert python.removeprefix("python ") == PROJECT["requires-python"]
    assert pip == "pip"
    assert packages == {"pip": ["-r requirements.lock"]}


def test_python_version_file_is_in_the_supported_range():
    stated = (PROJECT_ROOT / ".python-version").read_text().strip()
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(f"{stated}.0")
