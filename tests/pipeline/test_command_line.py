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


@pytest.mark.parametrize("command", ["check", "report"])
def test_missing_portfolio_file_is_named_and_the_exit_code_is_1(command, capsys):
    assert main([command, "--portfolio", "no/such/file.yml"]) == 1
    captured = capsys.readouterr()
    assert "the portfolio file 'file.yml' does not exist" in captured.out + captured.err


def test_profile_is_checked():
    with pytest.raises(SystemExit):
        build_parser().parse_args(["report", "--profile", "quickest"])


def test_help_loads_no_heavy_package():
    code = "import sys; from mmm_helpers.__main__ import main; main([]); print('pandas' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "False"
