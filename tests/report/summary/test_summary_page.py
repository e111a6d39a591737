"""Sentences of a market's first page: each number comes from its table."""

import pandas as pd
import pytest

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.report.summary.summary_page import (
    last_window,
    plan_conditions,
    returns_sentence,
    room_sentence,
    source_sentence,
    summary_cards,
    trust_sentence,
    unknowns,
    what_happened,
)

LABELS = {"tv": "TV", "search": "Search", "organic": "Organic"}


def _interval(name: str, mean: float, low: float, high: float) -> dict[str, float]:
    return {f"{name}_mean": mean, f"{name}_q05": low, f"{name}_q95": high}


def _effect(channel: str, spend: float, roas, landed: float, **more) -> dict:
    row = {"region": "all", "channel": channel, "window": "last 52 weeks", "spend": spend}
    row |= {"period_start": "2024-12-30", "period_end": "2025-12-22", "data_tier": "local"}
    row |= {"cause_mark": "observational", "decision_grade": True, "pooling_factor": 0.1}
    row |= _interval("roas", *roas) | _interval("mroas", *(r / 2 for r in roas))
    return row | _interval("landed", landed, 0.9 * landed, 1.1 * landed) | more


NONE = (float("nan"),) * 3


STARTS = {"all history": "2023-01-02", "last 52 weeks": "2024-12-30"}


def _effects() -> pd.DataFrame:
    older = _effect("tv", 1.0, (9.0, 8.0, 10.0), 1.0, window="all history")
    rows = [
        _effect("tv", 2e6, (3.0, 2.6, 3.4), 6e6),
        _effect("search", 1e6, (2.0, 0.5, 4.5), 2e6, data_tier="transferred", decision_grade=False),
        _effect("organic", float("nan"), NONE, 7e6),
    ]
    effects = pd.DataFrame([older, *rows]).assign(market="DE")
    return effects.assign(period_start=effects["window"].map(STARTS))


SUMMARY = pd.Series(
    {"outcome": 5e7, "spend": 3e6, "period_start": "2024-12-30", "period_end": "2025-12-22"}
    | _interval("media_share", 0.18, 0.15, 0.21)
    | _interval("roas", 2.7, 2.3, 3.1)
)
HEALTH = pd.DataFrame({"check": ["R-hat", "coverage"], "status": ["pass", "review"]})


def test_cards_show_outcome_share_and_return():
    cards = summary_cards(SUMMARY, _effects(), "EUR")
    assert [value for _, value, _ in cards] == ["€50.0 M", "18 % (15–21)", "2.7 (2.3–3.1)"]


def test_estimates_on_cards_carry_tier_and_cause():
    cards = summary_cards(SUMMARY, _effects(), "EUR")
    assert [line.endswith("● ▽") for _, _, line in cards] == [False, True, True]


def test_last_window_leaves_older_ones_out():
    assert last_window(_effects())["spend"].tolist()[:2] == [2e6, 1e6]


def _happened() -> str:
    return " ".join(what_happened(SUMMARY, _effects(), label="Germany", labels=LABELS, currency="EUR"))


@pytest.mark.parametrize(
    "said",
    [
        "Germany turned over **€50.0 M** and spent **€3.00 M**",
        "Marketing brought **18 % (15–21)** ● ▽ of the outcome",
        "each unit of money spent brought back **2.7 (2.3–3.1)** ● ▽",
        "TV, the largest budget at €2.00 M, returned **3.0 (2.6–3.4)** ● ▽",
        "Least is known about Search: **2.0 (0.50–4.5)** ○ ▽",
    ],
)
def test_what_happened_says(said):
    assert said in _happened()


def test_a_year_is_called_one():
    assert "in the last year of data" in _happened()


def test_a_short_history_is_not_called_a_year():
    short = pd.Series(SUMMARY.to_dict() | {"period_start": "2025-03-24"})
    text = what_happened(short, _effects(), label="Portugal", labels=LABELS, currency="EUR")[0]
    assert "since 2025-03-24" in text
    assert "year" not in text


def test_nothing_says_nan():
    assert "nan" not in _happened().lower()


def test_trust_counts_checks_and_tiers():
    text = trust_sentence(HEALTH, _effects())
    assert text.startswith("**1 of 2 checks pass.**")
    assert "1 on the market's own data and 1 mostly on other markets and regions" in text


def test_trust_says_that_no_experiment_stands_behind():
    assert trust_sentence(HEALTH, _effects()).endswith("No estimate is backed by an experiment yet.")


def test_returns_are_sorted_by_break_even():
    text = returns_sentence(_effects(), labels=LABELS, break_even=2.5)
    assert "**TV** is clearly above, no channel is clearly below, and for 1 channel" in text


def test_nothing_is_said_about_what_pays_where_the_gate_fails():
    text = returns_sentence(_effects(), labels=LABELS, break_even=2.5, withheld="No recommendation: R-hat.")
    assert (
        text
        == "Returns lie **from 2.0 to 3.0** at the mean; which of them pay is not said by a model that failed."
    )


def test_unknown_margin_draws_no_break_even():
    text = returns_sentence(_effects(), labels=LABELS, break_even=None)
    assert "from 2.0 to 3.0" in text
    assert "margin is unknown" in text


def test_room_names_the_best_and_the_worst_next_unit():
    text = room_sentence(_effects(), labels=LABELS)
    assert "bring most in TV, **1.5 (1.3–1.7)** ● ▽, and least in Search, **1.0 (0.25–2.2)** ○ ▽" in text


def test_a_single_paid_channel_is_not_both_the_best_and_the_worst():
    only = _effects()[lambda rows: rows["channel"] != "search"]
    text = room_sentence(only, labels=LABELS)
    assert "**1.5 (1.3–1.7)** ● ▽ in TV, the only channel that is paid for" in text


def test_nothing_is_said_about_more_money_where_the_gate_fails():
    text = room_sentence(_effects(), labels=LABELS, withheld="No recommendation: R-hat.")
    assert text == "Nothing is said about where the next unit of money would go. No recommendation: R-hat."


def test_source_counts_unpaid_channels_too():
    assert source_sentence(_effects(), share=0.2, labels=LABELS, currency="EUR").startswith(
        "Most of what marketing brought came through Organic: **€7.00 M (6.30–7.70)** ● ▽"
    )


def test_next_to_nothing_is_not_split_up_by_channel():
    text = source_sentence(_effects(), share=1e-6, labels=LABELS, currency="EUR")
    assert text == "Marketing brought next to nothing in this period."


def _plan(lower: float, upper: float) -> pd.DataFrame:
    return pd.DataFrame({"current": [100.0, 100.0], "lower": [100.0, lower], "upper": [100.0, upper]})


def test_plan_says_how_many_cells_stay_and_how_far_the_others_move():
    text = plan_conditions(_plan(80.0, 120.0))
    assert "1 of its 2 cells" in text
    assert "move by 20 % at most" in text


def test_plan_says_the_portfolios_own_bounds():
    assert "move by 50 % at most" in plan_conditions(_plan(50.0, 120.0))


def test_no_plan_points_to_what_can_still_be_read():
    assert "can still be read above" in plan_conditions(pd.DataFrame())


CELLS = pd.DataFrame(
    {
        "region": ["all", "all", "all", "R1"],
        "channel": ["tv", "search", "organic", "tv"],
        "reason": ["", "mostly prior", "never varied", "mostly prior"],
    }
)


def test_unknowns_name_what_follows_demand():
    cells = CELLS.assign(reason=["", FOLLOWS, "never varied", "mostly prior"])
    lines = unknowns(_effects(), HEALTH, cells, labels=LABELS, currency="EUR")
    (told,) = [line for line in lines if line.startswith("Spend on Search")]
    assert "follows demand" in told
    assert "only an experiment" in told


def _doubts(**options) -> str:
    return " ".join(unknowns(_effects(), HEALTH, CELLS, labels=LABELS, currency="EUR", **options))


@pytest.mark.parametrize(
    "said",
    [
        "The costliest doubt is Search: its return of 2.0 (0.50–4.5) ○ ▽ leaves €4.00 M",
        "The market's own data say too little about Search: what is shown is mostly prior or borrowed.",
        "Spend on Organic never varied, so what it brings cannot be read from the data.",
        "Checks that need a look: coverage.",
        "50 % of the channels are estimated well enough",
    ],
)
def test_unknowns_say(said):
    assert said in _doubts()


def test_doubts_are_not_weighed_in_money_where_the_gate_fails():
    text = _doubts(withheld="No recommendation: the model failed.")
    assert text.startswith("No recommendation: the model failed.")
    assert not any(said in text for said in ("costliest", "experiment that switches", "well enough to move"))


def _unpaid() -> pd.DataFrame:
    """A year without paid media; only the unpaid channel ran."""
    rows = [_effect(c, float("nan"), NONE, 1e3) for c in ("tv", "search", "organic")]
    return pd.DataFrame(rows).assign(market="DE")


NO_RETURN = pd.Series(SUMMARY.to_dict() | {"spend": 0.0} | _interval("roas", *NONE))


@pytest.mark.parametrize(
    "text",
    [
        lambda: " ".join(what_happened(NO_RETURN, _unpaid(), label="Germany", labels=LABELS, currency="EUR")),
        lambda: trust_sentence(HEALTH, _unpaid()),
        lambda: returns_sentence(_unpaid(), labels=LABELS, break_even=2.5),
        lambda: returns_sentence(_unpaid(), labels=LABELS, break_even=None),
        lambda: room_sentence(_unpaid(), labels=LABELS),
        lambda: " ".join(unknowns(_unpaid(), HEALTH, CELLS, labels=LABELS, currency="EUR")),
    ],
    ids=["happened", "trust", "returns", "returns without margin", "room", "unknowns"],
)
def test_a_market_without_paid_spend_says_so(text):
    assert "Nothing was spent on paid media in this period" in text()
    assert "nan" not in text().lower()


def test_a_market_without_paid_spend_has_no_return_on_its_card():
    _, value, line = summary_cards(NO_RETURN, _unpaid(), "EUR")[2]
    assert (value, line) == ("–", "nothing was spent in this period")
