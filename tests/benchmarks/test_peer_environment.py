"""Environments of peers: pinned, reused, and skipped with a reason where they cannot be made."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from benchmarks.figures import Skipped
from benchmarks.peers import environment
from benchmarks.peers.sides import SIDES, pytensor_flags
from mmm_helpers.layout import PROJECT_ROOT

PIN = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)$")


@pytest.mark.parametrize("name", sorted({n for n in SIDES.values() if n}))
def test_requirements_are_exact(name):
    lines = (environment.REQUIREMENTS / f"{name}.txt").read_text().split("\n")
    assert all(PIN.match(line) for line in lines if line)


def test_the_library_is_the_one_that_the_template_uses():
    locked = dict(
        re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", (PROJECT_ROOT / "requirements.lock").read_text(), re.M)
    )
    pins = [
        PIN.match(p).groups() for p in (environment.REQUIREMENTS / "pymc_marketing.txt").read_text().split()
    ]
    assert {name: locked[name] for name, _ in pins} == dict(pins)


def test_other_requirements_are_another_folder(tmp_path):
    one, two = tmp_path / "a.txt", tmp_path / "b" / "a.txt"
    two.parent.mkdir()
    one.write_text("numpy==1\n")
    two.write_text("numpy==2\n")
    folders = {environment.environment_folder(p, Path("cache")) for p in (one, two)}
    assert len(folders) == 2
    assert all(f.name.startswith("a-") for f in folders)


def test_an_environment_is_made_once(tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(environment.subprocess, "run", _succeeds(commands))
    first = environment.peer_python("meridian", root=tmp_path)
    made = len(commands)
    assert environment.peer_python("meridian", root=tmp_path) == first
    assert made == len(commands) == 3


def test_without_an_index_the_reason_is_one_sentence(tmp_path, monkeypatch):
    done = subprocess.CompletedProcess(
        [], 1, "", "WARNING: retrying\nERROR: No matching distribution found\n"
    )
    monkeypatch.setattr(environment.subprocess, "run", lambda *args, **kwargs: done)
    with pytest.raises(Skipped, match=r"^the environment of meridian could not be made: ERROR: No matching"):
        environment.peer_python("meridian", root=tmp_path)
    assert not list(tmp_path.rglob(environment.STAMP))


def test_compiled_functions_go_where_they_are_told(monkeypatch):
    monkeypatch.setenv("PYTENSOR_FLAGS", "floatX=float64,base_compiledir=/elsewhere")
    assert pytensor_flags(Path("/here")) == "floatX=float64,base_compiledir=/here"


def _succeeds(commands: list):
    def run(command, **kwargs):
        commands.append(command)
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True)
        return subprocess.CompletedProcess(command, 0, "numpy==1\n", "")

    return run
