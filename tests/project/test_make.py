"""Make's targets, the README's table of them and the command line agree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from mmm_helpers.layout import PROJECT_ROOT

MAKEFILE = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
TARGETS = {"report", "test", "check", "bench", "pdf", "lab", "serve", "clean", "help"}
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments: str) -> str:
    # `make test` calls this test: a make within a make would announce its folder and take over its flags.
    outside = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(
        command, cwd=PROJECT_ROOT, env=outside, capture_output=True, text=True, check=True
    ).stdout


def test_every_target_is_phony_and_described():
    assert set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE)) == TARGETS
    assert set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split()) == TARGETS


@needs_make
def test_help_lists_every_target():
    assert set(re.findall(r"^ +make ([a-z]+)", make("help"), re.MULTILINE)) == TARGETS


@needs_make
@pytest.mark.parametrize("target", sorted(TARGETS - {"help"}))
def test_each_target_is_one_line_over_a_python_command(target):
    (line,) = make("-n", target).splitlines()
    assert "mmm_helpers/bootstrap.py -m " in line


@needs_make
def test_variables_reach_the_command():
    line = make("-n", "report", "PORTFOLIO=my data/p.yml", "MARKETS=DE NO", "PROFILE=quick")
    assert line.endswith("report --portfolio 'my data/p.yml' --markets 'DE NO' --profile quick\n")


def test_readme_describes_every_target():
    assert set(re.findall(r"^\| `make ([a-z]+)", README, re.MULTILINE)) == TARGETS
