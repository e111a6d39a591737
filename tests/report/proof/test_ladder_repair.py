"""Sentence and table about what experiments repair, on rows made by hand."""

import pytest

from mmm_helpers.ladder.tested import WITH, WITHOUT
from mmm_helpers.report.proof.ladder_repair import NOT_RUN, compute_repair_table, describe_repair
from tests.ladder.made_up import rows


def _pair(seed: int, channel: str, *, tested: bool, without: float, after: float) -> list[dict]:
    """One cell of truth 2 in both worlds."""
    own = {"seed": seed, "channel": channel, "truth_roas": 2.0}
    return [
        own | {"world": WITHOUT, "roas_mean": without},
        own | {"world": WITH, "roas_mean": after, "tested": tested},
    ]


@pytest.fixture(scope="module")
def both():
    """Two seeds: tested channels go from 4 (error 100 %) to 2.5 (25 %), untested ones stay at 3 (50 %)."""
    found = []
    for seed in (1, 2):
        found += _pair(seed, "tv", tested=True, without=4.0, after=2.5)
        found += _pair(seed, "search", tested=False, without=3.0, after=3.0)
    return rows(*found)


def test_sentence_says_what_is_left_of_the_error(both):
    text = describe_repair(both)
    assert "**25 % (25 % to 25 %)** of the error of tested channels" in text
    assert "100 % (100 % to 100 %) of that of untested ones" in text


def test_table_has_a_row_for_each_kind_of_channel(both):
    table = compute_repair_table(both)
    assert table["Channels"].tolist() == ["Tested channels", "Untested channels"]
    assert table["Mean error without tests"].tolist() == ["100 %", "50 %"]
    assert table["Mean error with tests"].tolist() == ["25 %", "50 %"]
    assert table["Worlds"].tolist() == ["2", "2"]


def test_nothing_is_said_where_the_worlds_have_not_been_run():
    assert describe_repair(rows()) == NOT_RUN
    assert compute_repair_table(rows()).empty
