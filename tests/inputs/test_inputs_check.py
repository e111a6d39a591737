"""The check command: problems by market, in words, and an exit code."""

from __future__ import annotations

import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.check import run_check, select_markets


@pytest.fixture
def two_markets(small):
    yaml = small.yaml.replace("data:", '  "US": {}\ndata:')
    us = [row.replace("DE,", "US,").replace(",5,3,", ",-5,3,") for row in small.rows]
    small.load(yaml, data__csv=small.wide([*small.rows, *us]))
    return small.folder / "portfolio.yml"


def test_sound_data(small, capsys):
    small.load(data__csv=small.wide())
    assert run_check(small.folder / "portfolio.yml") == 0
    assert "Market DE: usable. 2 region(s), periods from 2023-01-02 to 2023-01-23." in capsys.readouterr().out


def test_problems_are_printed_under_their_market(two_markets, capsys):
    assert run_check(two_markets) == 1
    printed = capsys.readouterr().out
    assert "Market DE: usable" in printed
    assert (
        "Market US: 1 problem(s)\n  - spend_search is -5 (and 7 more)\n    where:    data.csv, row 10"
        in printed
    )
    assert printed.endswith("1 of 2 markets cannot be used: US\n")


def test_only_the_markets_asked_for(two_markets, capsys):
    assert run_check(two_markets, ["DE"]) == 0
    assert "US" not in capsys.readouterr().out


def test_faults_of_the_portfolio_file_stop_everything(small, capsys):
    with pytest.raises(InputError):
        small.load(small.yaml.replace("weekly", "hourly"))
    assert run_check(small.folder / "portfolio.yml") == 1
    printed = capsys.readouterr().out
    assert printed.startswith("Portfolio file: 1 problem(s)")
    assert "portfolio.yml, line 3, key frequency" in printed


def test_market_that_is_not_in_the_portfolio(small):
    with pytest.raises(InputError, match=r"market 'GE' is not in the portfolio.*nearest is 'DE'"):
        select_markets(small.load(), ["GE"])


def test_nothing_is_written(small):
    small.load(data__csv=small.wide())
    before = sorted(p.name for p in small.folder.rglob("*"))
    run_check(small.folder / "portfolio.yml")
    assert sorted(p.name for p in small.folder.rglob("*")) == before
