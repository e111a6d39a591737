"""Every check of the gate passes on draws that are fine and fails on draws made to fail it."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mmm_helpers.model.health import (
    check_row,
    computation_checks,
    plausibility_checks,
    prediction_check,
    recommends,
)
from mmm_helpers.model.noise_draws import predictive
from mmm_helpers.model.predict import components
from mmm_helpers.model.profiles import PROFILES

STANDARD, QUICK = PROFILES["standard"], PROFILES["quick"]


def _chains(chains: int = 4, draws: int = 500) -> xr.Dataset:
    rng = np.random.default_rng(0)
    data = {
        "log_effect_market": (("chain", "draw", "channel"), rng.normal(size=(chains, draws, 2))),
        "sigma": (("chain", "draw"), rng.lognormal(size=(chains, draws))),
        "intercept": (("chain", "draw"), rng.normal(size=(chains, draws))),
        "lp": (("chain", "draw"), rng.normal(size=(chains, draws))),
        "diverging": (("chain", "draw"), np.zeros((chains, draws), bool)),
    }
    return xr.Dataset(data)


def _status(rows: list[dict]) -> dict[str, str]:
    return {r["check"]: r["status"] for r in rows}


def _computation(draws: xr.Dataset, profile=STANDARD) -> dict[str, str]:
    return _status(computation_checks(draws, profile))


def test_independent_draws_pass_every_computation_check():
    assert set(_computation(_chains()).values()) == {"pass"}


def test_a_shifted_chain_fails_r_hat():
    draws = _chains()
    draws["log_effect_market"][0] += 1.0
    assert _computation(draws)["R-hat of reported quantities"] == "fail"


def test_a_shifted_nuisance_parameter_fails_the_other_r_hat():
    draws = _chains()
    draws["intercept"][0] += 1.0
    status = _computation(draws)
    assert status["R-hat of all others"] == "fail"
    assert status["R-hat of reported quantities"] == "pass"


def test_chains_stuck_at_different_values_fail_r_hat():
    draws = _chains()
    draws["log_effect_market"][:] = np.arange(4.0)[:, None, None]
    assert _computation(draws)["R-hat of reported quantities"] == "fail"


def test_two_chains_fail_at_a_decision_grade_profile():
    assert _computation(_chains(2, 1000))["chains"] == "fail"


def test_two_chains_need_a_look_in_a_preview():
    assert _computation(_chains(2, 1000), QUICK)["chains"] == "review"


def test_few_draws_fail_the_effective_sample_size():
    assert _computation(_chains(4, 50))["effective draws, bulk"] == "fail"


def test_many_divergences_fail():
    draws = _chains()
    draws["diverging"][0, :10] = True
    assert _computation(draws)["divergent transitions"] == "fail"


@pytest.mark.parametrize(("agrees", "status"), [(1, "review"), (0, "fail"), (None, "fail")])
def test_one_divergence_in_two_thousand_is_harmless_only_if_a_refit_agrees(agrees, status):
    draws = _chains()
    draws["diverging"][0, 0] = True
    draws = draws if agrees is None else draws.assign_attrs(agrees=agrees)
    assert _computation(draws)["divergent transitions"] == status


def test_divergences_are_reported_as_a_share():
    draws = _chains()
    draws["diverging"][0, :10] = True
    rows = computation_checks(draws, STANDARD)
    assert rows[-1]["value"] == pytest.approx(10 / 2000)


def test_remedy_stands_only_beside_what_did_not_pass():
    assert check_row("computation", "x", "pass", 1.0, "", "do this")["action"] == ""
    assert check_row("computation", "x", "fail", 1.0, "", "do this")["action"] == "do this"


def _plausibility(design, draws, *, residual: np.ndarray, parts=None) -> dict[str, dict]:
    """Checks of a market whose outcome is the mean fit plus `residual` (in units of the scaled outcome)."""
    from dataclasses import replace

    rng = np.random.default_rng(0)
    parts = parts or components(design, draws)
    fitted = parts["fitted"].mean(axis=0)
    design = replace(design, outcome=fitted + residual * design.outcome_scale)
    still = {k: np.broadcast_to(v.mean(axis=0), v.shape) for k, v in parts.items()}
    predicted = predictive(design, draws, still["fitted"], rng=rng)
    rows = plausibility_checks(design, draws, still, predicted, rng=rng)
    return {r["check"]: r for r in rows}


@pytest.fixture(scope="module")
def market(small_design, small_draws):
    design = small_design(2, 150)
    draws = small_draws(design, draws=200)
    draws["rho"][:], draws["sigma"][:] = 0.0, 0.04
    return design, draws


def _noise(seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.04, (150, 2))


def test_noise_of_the_models_kind_passes_every_plausibility_check(market):
    checks = _plausibility(*market, residual=_noise())
    assert {c["status"] for c in checks.values()} == {"pass"}


def test_slow_residuals_fail_the_serial_check(market):
    slow = 0.06 * np.sin(np.arange(150) / 8)[:, None] * np.ones(2)
    assert _plausibility(*market, residual=slow)["serial correlation of residuals"]["status"] == "fail"


def test_common_residuals_fail_the_check_between_regions(market):
    common = np.repeat(_noise()[:, :1], 2, axis=1)
    assert _plausibility(*market, residual=common)["correlation between regions"]["status"] == "fail"


def test_residuals_that_follow_spend_fail(market):
    media = (market[0].media * market[0].paid).sum(axis=2)
    follows = 0.04 * (media - media.mean(axis=0)) / media.std(axis=0)
    assert _plausibility(*market, residual=follows)["residuals against spend"]["status"] == "fail"


def test_noise_far_larger_than_believed_fails_coverage(market):
    checks = _plausibility(*market, residual=5 * _noise())
    assert checks["in-sample coverage of the 90 % interval"]["status"] == "fail"


def test_noise_far_smaller_than_believed_fails_coverage(market):
    checks = _plausibility(*market, residual=0.1 * _noise())
    assert checks["in-sample coverage of the 90 % interval"]["status"] == "fail"


def test_negative_baseline_fails(market):
    parts = components(*market)
    parts["baseline"] = parts["baseline"] - 3 * market[0].outcome_scale
    checks = _plausibility(*market, residual=_noise(), parts=parts)
    assert checks["chance of a negative baseline"]["value"] == 1.0
    assert checks["chance of a negative baseline"]["status"] == "fail"


def test_market_of_one_region_has_no_check_between_regions(small_design, small_draws):
    design = small_design(1, 150)
    draws = small_draws(design, draws=50)
    checks = _plausibility(design, draws, residual=_noise()[:, :1])
    assert "correlation between regions" not in checks


def test_region_without_paid_media_leaves_the_spend_check_to_the_others(market):
    from dataclasses import replace

    media = market[0].media.copy()
    media[:, 1, :2] = 0.0
    checks = _plausibility(replace(market[0], media=media), market[1], residual=_noise())
    assert 0.05 <= checks["residuals against spend"]["value"] <= 0.95


def test_market_without_paid_media_has_no_spend_check(market):
    from dataclasses import replace

    design = replace(market[0], paid=np.array([False] * 3))
    assert "residuals against spend" not in _plausibility(design, market[1], residual=_noise())


def _validation(low: float, high: float, crps: float = 8.0, naive: float = 10.0) -> pd.DataFrame:
    row = {"region": "all", "horizon": 13, "crps": crps, "crps_naive": naive}
    return pd.DataFrame([row | {"crps_gain_q05": low, "crps_gain_q95": high}])


@pytest.mark.parametrize(
    ("low", "high", "status"), [(0.5, 3.0, "pass"), (-1.0, 3.0, "review"), (-3.0, -1.0, "fail")]
)
def test_prediction_fails_only_if_clearly_worse_than_last_year(low, high, status):
    assert prediction_check(_validation(low, high))[0]["status"] == status


def test_prediction_reports_the_skill():
    assert prediction_check(_validation(0.5, 3.0))[0]["value"] == pytest.approx(0.2)


def test_skill_of_several_folds_weighs_each_by_its_weeks():
    folds = pd.concat([_validation(0.5, 3.0), _validation(0.5, 3.0, crps=20.0).assign(horizon=39)])
    assert prediction_check(folds)[0]["value"] == pytest.approx(1 - (13 * 8 + 39 * 20) / (52 * 10))


def test_prediction_is_not_checked_without_folds():
    assert prediction_check(pd.DataFrame()) == []


def test_prediction_is_not_checked_without_a_yardstick():
    assert prediction_check(_validation(np.nan, np.nan, naive=np.nan)) == []


def _health(**status: str) -> pd.DataFrame:
    return pd.DataFrame([{"part": p, "check": p, "status": s} for p, s in status.items()])


def test_a_passing_market_is_given_a_recommendation():
    assert recommends(_health(computation="pass", plausibility="review"), STANDARD)


@pytest.mark.parametrize("part", ["computation", "plausibility"])
def test_a_failed_gate_withdraws_the_recommendation(part):
    assert not recommends(_health(**{part: "fail"}), STANDARD)


def test_a_weak_forecast_alone_does_not_withdraw_it():
    assert recommends(_health(computation="pass", prediction="fail"), STANDARD)


def test_a_preview_never_recommends():
    assert not recommends(_health(computation="pass", plausibility="pass"), QUICK)
