"""The command line: what it offers, and how it says no."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mmm_helpers.__main__ import COMMANDS, build_parser, main


def test_without_a_command_the_help_is_shown(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)


def test_missing_portfolio_file_is_one_sentence_and_an_exit_code(capsys):
    assert main(["check", "--portfolio", "no/such/file.yml"]) == 1
    assert "file.yml" in capsys.readouterr().err


def test_profile_is_checked():
    with pytest.raises(SystemExit):
        build_parser().parse_args(["report", "--profile", "quickest"])


def test_help_loads_no_heavy_package():
    code = "import sys; from mmm_helpers.__main__ import main; main([]); print('pandas' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "False"
