"""Calibrated credit: which factors are tested, tests predicted from the others, and the error of transfer."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.attribution.calibration import (
    TESTED,
    TRANSFERRED,
    calibrate,
    compute_lateness,
    mix,
    transfer_error,
)

CHANNELS = ["search", "email", "video", "display"]


def claims(lifts: dict[str, float], *, sd: float = 5.0) -> pd.DataFrame:
    rows = [{"experiment": f"t {c}", "channel": c, "lift": v, "lift_sd": sd} for c, v in lifts.items()]
    return pd.DataFrame(rows, columns=["experiment", "channel", "lift", "lift_sd"]).assign(
        claimed=100.0, claim_sd=0.05, used=True, reason=""
    )


def test_tested_factors_follow_their_test_and_others_are_wider():
    found = calibrate(claims({"search": 30.0, "email": 80.0}), CHANNELS)
    factors = found.factors.set_index("channel")
    assert factors["evidence"].tolist() == [TESTED, TESTED, TRANSFERRED, TRANSFERRED]
    assert factors.loc["search", "factor_q50"] == pytest.approx(0.30, abs=0.03)
    assert factors.loc["email", "factor_q50"] == pytest.approx(0.80, abs=0.04)
    width = factors["factor_q95"] / factors["factor_q05"]
    assert width["video"] > 2 * width["search"]
    assert 0.30 < factors.loc["video", "factor_q50"] < 0.80


def test_a_test_that_is_not_used_changes_nothing():
    both = claims({"search": 30.0, "email": 80.0})
    both.loc[1, "used"] = False
    alone = calibrate(claims({"search": 30.0}), CHANNELS)
    np.testing.assert_array_equal(calibrate(both, CHANNELS).draws, alone.draws)


def test_without_tests_all_is_transferred_from_a_wide_prior():
    found = calibrate(claims({}), CHANNELS)
    assert set(found.factors["evidence"]) == {TRANSFERRED}
    assert found.left_out.empty
    assert (found.factors["factor_q95"] / found.factors["factor_q05"] > 10).all()


def test_each_test_is_predicted_from_the_others():
    found = calibrate(claims({"search": 50.0, "email": 52.0, "video": 48.0}), CHANNELS).left_out
    assert found["experiment"].tolist() == ["t search", "t email", "t video"]
    assert found["surprise"].abs().max() < 0.5
    # the level of two tests, pulled towards 1 by about a fifth on the log scale, is 0.57
    assert found["predicted_q50"].between(45, 65).all()


def test_misses_of_left_out_tests_widen_what_is_transferred():
    assert transfer_error(np.array([0.3, -0.2])) == 1.0
    assert transfer_error(np.array([2.0, -2.0])) == pytest.approx(np.sqrt(10 / 4))


def test_lateness_is_last_against_first_click():
    credits = pd.DataFrame(
        {"model": ["first", "first", "last", "last"], "channel": ["a", "b"] * 2, "credit": [10.0, 40, 40, 10]}
    )
    late = compute_lateness(credits)
    assert late == pytest.approx({"a": 0.6, "b": -0.6})
    assert compute_lateness(credits[credits["model"] == "last"]) == {}


def test_mixture_gives_every_model_of_credit_the_same_weight():
    one, two = (calibrate(claims({"search": 30.0}), ["search"], draws=500) for _ in range(2))
    claimed = pd.DataFrame({"model": ["x", "y"], "channel": "search", "claimed_return": [1.0, 3.0]})
    channels, draws = mix({"x": one, "y": two}, claimed)
    assert channels == ["search"]
    assert draws.mean() == pytest.approx(2 * one.draws.mean())
