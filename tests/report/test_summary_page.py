"""Sentences of a market's first page: each number comes from its table."""

import pandas as pd
import pytest

from mmm_helpers.report.summary_page import (
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
    row |= {"cause_mark": "observational", "decision_grade": True}
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
    cards = summary_cards(SUMMARY, "EUR")
    assert [value for _, value, _ in cards] == ["€50.0 M", "18 % (15–21)", "2.7 (2.3–3.1)"]


def test_last_window_leaves_older_ones_out():
    assert last_window(_effects())["spend"].tolist()[:2] == [2e6, 1e6]


def _happened() -> str:
    return " ".join(what_happened(SUMMARY, _effects(), label="Germany", labels=LABELS, currency="EUR"))


@pytest.mark.parametrize(
    "said",
    [
        "Germany turned over **€50.0 M** and spent **€3.00 M**",
        "Marketing brought **18 % (15–21)** of the outcome",
        "TV, the largest budget at €2.00 M, returned **3.0 (2.6–3.4)**",
        "Least is known about Search: **2.0 (0.50–4.5)**",
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


def test_unknown_margin_draws_no_break_even():
    text = returns_sentence(_effects(), labels=LABELS, break_even=None)
    assert "from 2.0 to 3.0" in text
    assert "margin is unknown" in text


def test_room_names_the_best_and_the_worst_next_unit():
    text = room_sentence(_effects(), labels=LABELS)
    assert "bring most in TV, **1.5 (1.3–1.7)**, and least in Search, **1.0 (0.25–2.2)**" in text


def test_source_counts_unpaid_channels_too():
    assert source_sentence(_effects(), labels=LABELS, currency="EUR").startswith(
        "Most of what marketing brought came through Organic: **€7.00 M (6.30–7.70)**"
    )


def _plan(lower: float, upper: float) -> pd.DataFrame:
    return pd.DataFrame({"current": [100.0, 100.0], "lower": [100.0, lower], "upper": [100.0, upper]})


def test_plan_says_how_many_cells_stay_and_how_far_the_others_move():
    text = plan_conditions(_plan(80.0, 120.0))
    assert "1 of its 2 cells" in text
    assert "move by 20 % at most" in text


def test_plan_says_the_portfolios_own_bounds():
    assert "move by 50 % at most" in plan_conditions(_plan(50.0, 120.0))


def test_no_plan_points_to_what_can_still_be_read():
    assert "what-if plans" in plan_conditions(pd.DataFrame())


def _doubts() -> str:
    return " ".join(unknowns(_effects(), HEALTH, labels=LABELS, currency="EUR"))


@pytest.mark.parametrize(
    "said",
    [
        "The costliest doubt is Search: its return of 2.0 (0.50–4.5) leaves €4.00 M",
        "Checks that need a look: coverage.",
        "50 % of the channels are estimated well enough",
    ],
)
def test_unknowns_say(said):
    assert said in _doubts()
