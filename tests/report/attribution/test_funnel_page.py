"""The one-page recommendation on the funnel, on moves with known change."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.funnel_shift import FunnelShift
from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.report.attribution.funnel_page import (
    NO_FUNNEL,
    compute_shift_table,
    describe_agreement,
    describe_basis,
    describe_blind_spots,
    describe_shift,
    find_shift,
)

LABELS = {"email": "Email", "search": "Search", "video": "Video", "tv": "TV"}
ABOUT = {"labels": LABELS, "currency": "EUR", "span": "13 weeks", "margin": 0.4, "withheld": ""}


def _shift(change, **other) -> FunnelShift:
    """300 moved in all, of which e-mail gives a third."""
    change = np.asarray(change, float)
    moved = {"email": 100.0, "search": 200.0}
    return FunnelShift(moved, "video", 1.25, np.zeros(len(change)), change, **({"support": 1.5} | other))


def _returns(source: str, values: dict[str, tuple[float, float, float]]) -> pd.DataFrame:
    rows = [
        {"source": source, "channel": c, "roas_mean": m, "roas_q05": a, "roas_q95": b}
        for c, (m, a, b) in values.items()
    ]
    return pd.DataFrame(rows)


def test_a_sure_gain_is_recommended_with_its_amount_range_and_chance():
    text = describe_shift(_shift(np.linspace(1000.0, 3000.0, 101)), **ABOUT)
    assert text.startswith("**Move 15 % of Email and Search to Video: €300 over 13 weeks.**")
    assert "**+€2.00 k (+1.10 to +2.90)**, worth +€800 of profit" in text
    assert "less than 1 % chance of a loss" in text


@pytest.mark.parametrize(
    ("change", "verb"),
    [
        (np.linspace(-3, -1, 50), "**Do not move 15 %"),
        (np.linspace(-1, 1, 50), "**Test before you move 15 %"),
    ],
)
def test_a_loss_is_advised_against_and_a_toss_up_is_tested(change, verb):
    assert describe_shift(_shift(change), **ABOUT).startswith(verb)


def test_a_market_without_recommendation_gets_a_what_if():
    text = describe_shift(
        _shift(np.linspace(1, 3, 50)), **(ABOUT | {"withheld": "The model failed its check."})
    )
    assert text.startswith(
        "**No recommendation on moving 15 % of Email and Search to Video.** The model failed its check."
    )
    assert "As a what-if" in text


def test_every_measurement_answers_the_same_question():
    """By returns of 2, 1 and 3: 300 × 3 − 100 × 2 − 200 × 1 = 500; its range adds errors in squares."""
    returns = _returns("calibrated", {"email": (2, 1, 4), "search": (1, 0.5, 1.5), "video": (3, 2, 3.5)})
    table = compute_shift_table(_shift(np.linspace(1, 3, 50)), returns, currency="EUR").set_index("source")
    assert table.loc["calibrated", "mean"] == pytest.approx(500)
    down = np.sqrt((300 * 1) ** 2 + (100 * 2) ** 2 + (200 * 0.5) ** 2)
    up = np.sqrt((300 * 0.5) ** 2 + (100 * 1) ** 2 + (200 * 0.5) ** 2)
    assert table.loc["calibrated", ["low", "high"]].tolist() == pytest.approx([500 - down, 500 + up])
    assert table.loc["model", "mean"] == pytest.approx(2.0)


def test_a_rule_gives_no_range():
    returns = _returns("last", {"email": (2, 2, 2), "search": (1, 1, 1), "video": (3, 3, 3)})
    table = compute_shift_table(_shift(np.linspace(1, 3, 50)), returns, currency="EUR")
    assert table["text"].tolist()[1] == "+€500, no range"
    assert "last click gives no range" in describe_agreement(table, names={"last": "last click"})


def test_a_measurement_that_lacks_a_channel_cannot_say():
    returns = _returns("experiment", {"email": (2, 1, 4)})
    table = compute_shift_table(_shift(np.linspace(1, 3, 50)), returns, currency="EUR")
    assert table["text"].tolist()[1] == "not known: not every channel was measured"
    text = describe_agreement(table, names={"model": "the model", "experiment": "experiments"})
    assert text == "The model speaks for it; experiments cannot say."


def test_one_that_has_no_range_is_said_to_have_none():
    missing = float("nan")
    returns = _returns("last", dict.fromkeys(("email", "search", "video"), (1.0, missing, missing)))
    table = compute_shift_table(_shift(np.linspace(-3, -1, 50)), returns, currency="EUR")
    assert describe_agreement(table, names={"model": "the model", "last": "last click"}) == (
        "The model speaks against it; last click gives no range."
    )


def test_what_it_rests_on_names_evidence_and_support():
    effects = pd.DataFrame(
        {
            "channel": ["video", "email", "search"],
            "data_tier": ["local", "transferred", "local"],
            "cause_mark": ["observational", "tested", "observational"],
            "decision_grade": [True, False, True],
        }
    )
    lines = describe_basis(_shift([1.0]), effects, labels=LABELS).splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("- Video: ")
    assert lines[1].endswith("not decision-grade.")
    assert (
        lines[3]
        == "- Video would have 25 % more than today, within what was spent in all but the highest weeks so far."
    )
    beyond = describe_basis(_shift([1.0], support=1.1), effects, labels=LABELS)
    assert "**beyond**" in beyond


def test_channels_that_journeys_do_not_see_are_named():
    assert "they do not see TV" in describe_blind_spots(["tv"], labels=LABELS)
    assert "Journeys" not in describe_blind_spots([], labels=LABELS)


def _cell(channel: str, spend: float) -> Cell:
    return Cell("R1", channel, spend, 1.5, np.tile(spend * GRID, (4, 1)))


def test_the_move_is_found_where_the_funnel_is_declared():
    channels = {"search": {"funnel": "lower"}, "video": {"funnel": "upper"}}
    shift, why = find_shift(channels, ["search", "video"], [_cell("search", 100.0), _cell("video", 50.0)])
    assert shift.moved == pytest.approx({"search": 15.0})
    assert why == ""
    assert find_shift({"search": {}, "video": {}}, ["video"], [_cell("search", 1.0)]) == (None, NO_FUNNEL)


def test_a_target_too_small_for_the_money_is_said():
    channels = {"search": {"funnel": "lower"}, "video": {"funnel": "upper"}}
    shift, why = find_shift(channels, ["video"], [_cell("search", 1000.0), _cell("video", 50.0)])
    assert shift is None
    assert "4.0 times today's spend" in why
