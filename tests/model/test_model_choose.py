"""When a fit is sampled again, whether its tries agree, and when the level may drift."""

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.model import choose
from mmm_helpers.model.choose import AGREES, Chosen, as_fitted, fit_design, sample_soundly
from mmm_helpers.model.posterior import load_draws, save_draws
from mmm_helpers.model.profiles import PROFILES


def _draws(*, shift: float = 0.0) -> xr.Dataset:
    rng = np.random.default_rng(0)
    effect = rng.normal(size=(4, 500, 2))
    effect[0] += shift
    data = {
        "log_effect_market": (("chain", "draw", "channel"), effect),
        "intercept": (("chain", "draw"), rng.normal(size=(4, 500))),
        "lp": (("chain", "draw"), rng.normal(size=(4, 500))),
        "diverging": (("chain", "draw"), np.zeros((4, 500), bool)),
    }
    return xr.Dataset(data)


@pytest.fixture
def tries(monkeypatch) -> list[dict]:
    """Efforts of each try; the first one's chains disagree, the second one's do not."""
    efforts: list[dict] = []

    def sample(compiled, **effort):
        efforts.append(effort)
        return compiled.pop(0)

    monkeypatch.setattr("mmm_helpers.model.sample.sample", sample)
    return efforts


def _run(profile: str, *results: xr.Dataset) -> xr.Dataset:
    return sample_soundly(list(results), PROFILES[profile], seed=1, cores=1)


def test_a_sound_fit_is_sampled_once(tries):
    first = _draws()
    assert _run("standard", first, _draws()) is first
    assert len(tries) == 1


def test_what_did_not_converge_is_sampled_again(tries):
    second = _draws()
    xr.testing.assert_equal(_run("standard", _draws(shift=2.0), second), second)


def test_two_tries_that_say_the_same_agree(tries):
    first = _draws()
    first["diverging"][0, 0] = True
    assert _run("standard", first, first).attrs[AGREES] == 1


def test_two_tries_that_say_something_else_do_not_agree(tries):
    first, second = _draws(), _draws()
    first["diverging"][0, 0] = True
    second["log_effect_market"] += 0.5
    assert _run("standard", first, second).attrs[AGREES] == 0


def test_the_second_try_takes_smaller_steps_and_more_draws(tries):
    _run("standard", _draws(shift=2.0), _draws())
    assert tries[1]["target_accept"] > tries[0]["target_accept"]
    assert tries[1]["draws"] == 2 * tries[0]["draws"]


def test_the_second_try_has_another_seed(tries):
    _run("standard", _draws(shift=2.0), _draws())
    assert tries[0]["seed"] != tries[1]["seed"]


def test_a_preview_is_never_sampled_again(tries):
    _run("quick", _draws(shift=2.0), _draws())
    assert len(tries) == 1


def test_agreement_is_stored_with_the_draws(tmp_path):
    save_draws(_draws().assign_attrs({AGREES: 1}), tmp_path / "fit.nc")
    assert load_draws(tmp_path / "fit.nc").attrs[AGREES] == 1


@pytest.fixture
def fits(monkeypatch, small_design):
    """Fits by trend, and the checks that fail under each."""
    failing = {"linear": [], "varying": []}
    monkeypatch.setattr(choose, "_fit", lambda design, *_, **__: Chosen(design, None, _draws()))
    monkeypatch.setattr(choose, "failing_checks", lambda fit, **_: failing[fit.design.trend])
    return failing


def _choose(design, *, auto: bool = True, profile: str = "standard") -> str:
    return fit_design(design, PROFILES[profile], pooling="partial", auto=auto, seed=1, cores=1).design.trend


def test_a_line_that_passes_is_kept(fits, small_design):
    assert _choose(small_design(2)) == "linear"


def test_a_drift_that_mends_a_check_is_taken(fits, small_design):
    fits["linear"] = ["serial correlation of residuals"]
    assert _choose(small_design(2)) == "varying"


def test_a_drift_that_mends_nothing_is_not_taken(fits, small_design):
    fits["linear"] = fits["varying"] = ["chance of a negative baseline"]
    assert _choose(small_design(2)) == "linear"


def test_a_stated_trend_is_never_changed(fits, small_design):
    fits["linear"] = ["serial correlation of residuals"]
    assert _choose(small_design(2), auto=False) == "linear"


def test_a_preview_takes_no_time_to_choose(fits, small_design):
    fits["linear"] = ["serial correlation of residuals"]
    assert _choose(small_design(2), profile="quick") == "linear"


def test_stored_draws_know_their_trend(small_design):
    drift = xr.Dataset({"drift": ("date", np.zeros(60))})
    assert as_fitted(small_design(2), drift).trend == "varying"
    assert as_fitted(small_design(2), xr.Dataset()).trend == "linear"
