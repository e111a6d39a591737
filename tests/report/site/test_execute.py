"""The command that runs one notebook: values stay text, failures give exit code 1 and one sentence."""

from __future__ import annotations

import pytest

from mmm_helpers.errors import PublishError
from mmm_helpers.layout import PROJECT_ROOT
from mmm_helpers.report.site import execute as command

DEMO = "data/demo/portfolio.yml"


@pytest.fixture
def calls(monkeypatch):
    made = []
    monkeypatch.setattr(command, "execute", lambda *args, **options: made.append((args, options)))
    return made


def test_market_that_yaml_would_read_as_false_stays_text(calls):
    assert command.main(["in.ipynb", "out.ipynb", "-r", "market", "NO"]) == 0
    assert calls[0][0][2] == {"market": "NO"}


def test_switch_becomes_a_boolean(calls):
    command.main(["in.ipynb", "out.ipynb", "-b", "build", "false"])
    assert calls[0][0][2] == {"build": False}


def test_failure_is_one_sentence_and_exit_code_one(monkeypatch, capsys):
    def fail(*_, **__):
        raise PublishError("01.ipynb: KeyError: 'tv'")

    monkeypatch.setattr(command, "execute", fail)
    assert command.main(["in.ipynb", "out.ipynb"]) == 1
    assert capsys.readouterr().err == "01.ipynb: KeyError: 'tv'\n"


@pytest.mark.skipif(not (PROJECT_ROOT / DEMO).exists(), reason="the demo portfolio is not there")
def test_titles_name_the_market_as_the_portfolio_file_does():
    assert command.read_context({"market": "NO", "portfolio": DEMO}) == {"label": "Norway"}
    assert command.read_context({"portfolio": DEMO}) == {"label": "demo"}
