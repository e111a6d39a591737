"""The steps of a run: when a fit is sampled again, what its key depends on, and a market's own evidence."""

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.model.profiles import PROFILES
from mmm_helpers.model.run import BUILDERS, _sample_soundly, log_return_offset, market_evidence


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
    return _sample_soundly(list(results), PROFILES[profile], seed=1, cores=1)


def test_a_sound_fit_is_sampled_once(tries):
    first = _draws()
    assert _run("standard", first, _draws()) is first
    assert len(tries) == 1


def test_what_did_not_converge_is_sampled_again(tries):
    second = _draws()
    assert _run("standard", _draws(shift=2.0), second) is second


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


def test_every_module_that_a_fit_is_made_of_is_in_its_key():
    from mmm_helpers.layout import PROJECT_ROOT
    from mmm_helpers.pipeline.sources import imported

    folder = PROJECT_ROOT / "mmm_helpers" / "model"
    used = set()
    for name in ("build", "design", "sample", "predict"):
        modules = imported((folder / f"{name}.py").read_text(encoding="utf-8"))
        used |= {m.split(".")[2] for m in modules if m.startswith("mmm_helpers.model.")}
    assert used <= set(BUILDERS)


def test_return_at_the_priors_centre_is_the_same_for_all_paid_channels(small_design):
    income = 1000.0 * np.array([1.0, 2.0])
    mean_spend = small_design(2).mean_spend
    shares = np.where(small_design(2).paid, 1.5 * mean_spend / income[:, None], 0.03)
    offset = log_return_offset(small_design(2, prior_share=shares))
    assert offset == pytest.approx([np.log(1.5), np.log(1.5), 0.0])


@pytest.mark.parametrize("regions", [1, 4])
def test_draws_of_the_prior_are_no_evidence(regions, small_design):
    rng = np.random.default_rng(0)
    dims = ("chain", "draw", "region", "channel") if regions > 1 else ("chain", "draw", "channel")
    shape = (4, 5000, regions, 3) if regions > 1 else (4, 5000, 3)
    draws = xr.Dataset({"log_effect_market": (dims, rng.normal(0, 0.9, shape))})
    assert np.abs(market_evidence(small_design(2), draws).precision).max() < 0.2
