"""Lift and credit for the same money: rates, their spread, and which tests may speak."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.attribution.claims import RATE_SD, claims_of_tests, credit_per_spend, rate_spread

EXPERIMENTS = pd.DataFrame(
    [
        ["dark", "search", "go_dark", "experiment", -1000.0, 0.8, 0.4, 1.2],
        ["held out", "email", "roas", "experiment", 200.0, 5.0, 4.0, 6.0],
        ["more", "video", "scale", "experiment", 500.0, 2.0, 1.0, 3.0],
        ["air", "tv", "go_dark", "experiment", -900.0, 1.5, 1.0, 2.0],
        ["pause", "search", "go_dark", "natural", -100.0, 1.0, 0.0, 2.0],
    ],
    columns=[
        "experiment",
        "channel",
        "design",
        "kind",
        "spend_change",
        "iroas_mean",
        "iroas_q05",
        "iroas_q95",
    ],
).assign(start="2025-01-06", end="2025-02-10")
CLAIMED = {"search": 2.0, "email": 8.0, "video": 1.0}


def claims(**named) -> pd.DataFrame:
    return claims_of_tests(EXPERIMENTS, CLAIMED, {"dark": 0.1}, **named).set_index("experiment")


def test_lift_and_claim_are_for_the_money_that_moved():
    row = claims().loc["dark"]
    assert (row["lift"], row["claimed"], row["claim_sd"]) == (800.0, 2000.0, 0.1)
    assert row["lift_sd"] == pytest.approx(400.0 / 1.6448536)


def test_only_tests_of_all_the_spend_of_a_channel_that_journeys_see():
    found = claims()
    assert found.index[found["used"]].tolist() == ["dark", "held out"]
    assert "next unit" in found.loc["more", "reason"]
    assert found.loc["air", "reason"] == "journeys do not see the channel"
    assert "pause" not in found.index


def test_a_scale_test_needs_the_models_ratio():
    row = claims(average_over_marginal={"video": 1.5}).loc["more"]
    assert row["used"]
    assert row["lift"] == 2.0 * 500 * 1.5


def test_a_test_that_was_left_out_keeps_its_reason():
    row = claims(left_out={"dark": "contradicts the model"}).loc["dark"]
    assert (row["used"], row["reason"]) == (False, "contradicts the model")


def test_credit_per_spend_needs_spend():
    credits = pd.DataFrame(
        {
            "model": "last",
            "channel": ["search", "organic"],
            "credit": [5.0, 5.0],
            "credit_value": [100.0, 100.0],
        }
    )
    found = credit_per_spend(credits, {"search": 40.0}, rate=0.5)
    assert found.to_dict("records") == [{"model": "last", "channel": "search", "claimed_return": 1.25}]


def reported(sd: float) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    grid = pd.MultiIndex.from_product([["A", "B"], pd.date_range("2023-01-02", periods=800, freq="7D")])
    panel = grid.to_frame(index=False, name=["region", "date"])
    by_block = np.repeat(rng.normal(0, sd, 200), 8)
    return panel.assign(spend_search=100.0, conversions_search=100 * np.exp(by_block))


def test_spread_of_rates_is_that_between_stretches():
    assert rate_spread(reported(0.3), "search", periods=8) == pytest.approx(0.3, rel=0.12)
    assert rate_spread(reported(0.3).drop(columns="conversions_search"), "search", periods=8) == RATE_SD
