"""A market in one row, and the scoreboard."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.effects import compute_effect, windows
from mmm_helpers.estimands.money import Money
from mmm_helpers.estimands.summary import (
    compute_scoreboard,
    compute_summary,
    market_tier,
    observed_money,
    overall_health,
    trend_text,
)
from mmm_helpers.model.predict import components

MONEY = Money(rate=0.5, value=np.ones(2), is_revenue=True)


def _panel(design, fx: float = 2.0) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "date": design.dates,
                "region": region,
                "outcome": design.outcome[:, r],
                "spend_tv": design.spend[:, r, 0],
                "spend_search": design.spend[:, r, 1],
                "fx": fx,
            }
        )
        for r, region in enumerate(design.regions)
    ]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def design(small_design):
    return small_design(2, 80)


@pytest.fixture(scope="module")
def draws(design, small_draws):
    return small_draws(design)


@pytest.fixture(scope="module")
def row(design, draws):
    fitted = components(design, draws)["fitted"]
    return compute_summary(design, draws, fitted, _panel(design), MONEY).iloc[0]


def test_outcome_is_the_last_year_at_each_periods_rate(row, design):
    assert row["outcome"] == pytest.approx(2.0 * design.outcome[28:].sum())


def test_spend_is_the_last_year_at_each_periods_rate(row, design):
    assert row["spend"] == pytest.approx(2.0 * design.spend[28:].sum())


def test_paid_spend_is_at_the_budget_rate(row, design):
    assert row["paid_spend"] == pytest.approx(0.5 * design.spend[28:].sum())


def test_return_is_all_paid_channels_incremental_over_their_spend(row, design, draws):
    window = windows(design)[-1]
    effects = [compute_effect(design, draws, c, window) for c in ("tv", "search")]
    total = sum(e.incremental.sum(axis=1) for e in effects).mean()
    assert row["roas_mean"] == pytest.approx(total / design.spend[28:].sum())


def test_media_share_is_landed_over_fitted(row, design, draws):
    parts = components(design, draws)
    landed = sum(v[:, 28:].sum(axis=(1, 2)) for k, v in parts.items() if k.startswith("channel:"))
    assert row["media_share_mean"] == pytest.approx(
        (landed / parts["fitted"][:, 28:].sum(axis=(1, 2))).mean()
    )


def test_return_is_missing_where_nothing_is_paid_for(design, draws):
    unpaid = replace(design, paid=np.array([False] * 3), spend=np.zeros_like(design.spend))
    fitted = components(unpaid, draws)["fitted"]
    assert np.isnan(compute_summary(unpaid, draws, fitted, _panel(unpaid), MONEY).iloc[0]["roas_mean"])


def test_units_become_money_at_their_value(design):
    money = Money(rate=1.0, value=np.array([10.0, 20.0]), is_revenue=False)
    observed = observed_money(_panel(design), money, design)["outcome"].to_numpy()
    assert observed == pytest.approx(2.0 * (design.outcome * [10.0, 20.0]).sum(axis=1))


def test_trend_has_whole_quarters_only():
    assert trend_text(pd.Series(np.ones(30)), 13) == "13 13"


def test_trend_has_at_most_eight_quarters():
    assert len(trend_text(pd.Series(np.ones(156)), 13).split()) == 8


def test_a_quarter_of_monthly_data_is_three_periods():
    assert trend_text(pd.Series(np.ones(6)), 3) == "3 3"


def test_too_short_a_series_has_no_trend():
    assert trend_text(pd.Series(np.ones(10)), 13) == ""


def _effects(factors: list[float], spend: list[float]) -> pd.DataFrame:
    keys = {"region": "all", "window": "all history", "cause_mark": "observational"}
    return pd.DataFrame(keys | {"pooling_factor": factors, "spend": spend})


def test_tier_of_a_market_weighs_its_channels_by_spend():
    assert market_tier(_effects([0.1, 0.9], [99.0, 1.0])) == "local"
    assert market_tier(_effects([0.1, 0.9], [1.0, 99.0])) == "transferred"


def test_tier_of_a_market_without_paid_media_is_the_plain_mean():
    assert market_tier(_effects([0.4, 0.6], [np.nan, np.nan])) == "partially_pooled"


def _health(**status: str) -> pd.DataFrame:
    return pd.DataFrame([{"part": p, "status": s} for p, s in status.items()])


@pytest.mark.parametrize(
    ("status", "overall"),
    [
        ({"computation": "pass", "prediction": "pass"}, "pass"),
        ({"computation": "pass", "identification": "review"}, "review"),
        ({"computation": "fail", "prediction": "pass"}, "fail"),
        ({"plausibility": "fail"}, "fail"),
        ({"computation": "pass", "prediction": "fail"}, "review"),
    ],
)
def test_only_what_withdraws_advice_fails_a_market(status, overall):
    assert overall_health(_health(**status)) == overall


def test_scoreboard_has_one_row_per_market_with_its_label(row):
    tables = {
        "market_summary": pd.DataFrame([row]),
        "channel_effects": _effects([0.4], [1.0]),
        "model_health": _health(computation="pass"),
    }
    board = compute_scoreboard({"XX": tables}, {"XX": "Example"})
    assert board.loc[0, ["market", "label", "health", "data_tier"]].tolist() == [
        "XX",
        "Example",
        "pass",
        "partially_pooled",
    ]


def test_scoreboard_shows_the_summarys_return(row):
    tables = {
        "market_summary": pd.DataFrame([row]),
        "channel_effects": _effects([0.4], [1.0]),
        "model_health": _health(computation="pass"),
    }
    assert compute_scoreboard({"XX": tables}, {"XX": "Example"}).loc[0, "roas_mean"] == row["roas_mean"]
