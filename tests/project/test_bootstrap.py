"""The bootstrap finds a Python that really starts, and installs only when something has changed."""

from __future__ import annotations

import json
import sys
import tomllib

import pytest
from packaging.specifiers import SpecifierSet

from mmm_helpers import bootstrap
from mmm_helpers.layout import PROJECT_ROOT


@pytest.fixture
def stamped(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "installed.json")
    stamp = {"hash": bootstrap.lock_hash(), "root": str(bootstrap.ROOT)}
    return lambda **changes: bootstrap.STAMP.write_text(json.dumps(stamp | changes))


def test_running_interpreter_tells_its_version():
    assert bootstrap.version_of([sys.executable]) == sys.version_info[:2]


def test_command_that_does_not_start_has_no_version(tmp_path):
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    assert bootstrap.version_of([str(shim)]) is None
    assert bootstrap.version_of([str(tmp_path / "none")]) is None


@pytest.mark.parametrize(
    ("version", "taken"), [((3, 11), False), ((3, 12), True), ((3, 13), True), ((3, 14), False)]
)
def test_range_of_versions(monkeypatch, version, taken):
    monkeypatch.setattr(bootstrap, "candidates", lambda: [["python"]])
    monkeypatch.setattr(bootstrap, "version_of", lambda command: version)
    assert bootstrap.find_interpreter() == (["python"] if taken else None)


def test_range_is_the_projects():
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["project"]
    oldest, too_new = (".".join(map(str, v)) for v in (bootstrap.OLDEST, bootstrap.TOO_NEW))
    assert SpecifierSet(project["requires-python"]) == SpecifierSet(f">={oldest},<{too_new}")


def test_no_python_is_one_sentence_and_an_exit_code(monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "is_current", lambda python: False)
    monkeypatch.setattr(bootstrap, "find_interpreter", lambda: None)
    assert bootstrap.main(["-c", ""]) == 1
    assert capsys.readouterr().err.startswith("No Python 3.12 or 3.13 was found: install one")


def test_current_environment_is_left_alone(stamped):
    from pathlib import Path

    stamped()
    assert bootstrap.is_current(Path(sys.executable))


@pytest.mark.parametrize("change", [{"hash": "of another lock"}, {"root": "another place"}])
def test_changed_lock_or_moved_folder_installs_again(stamped, change):
    from pathlib import Path

    stamped(**change)
    assert not bootstrap.is_current(Path(sys.executable))
