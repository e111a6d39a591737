"""The switch of pooling over regions, on the model's graph; that over markets, on what the stage returns."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.model.build import build_model
from mmm_helpers.model.evidence import evidence
from mmm_helpers.model.portfolio_stage import pool_markets

REGIONS, CHANNELS = 3, 3


def _graph(design, pooling: str) -> dict[str, tuple[str, ...]]:
    """Free variables of a channel's effect → their dims."""
    model = build_model(design, pooling=pooling).model
    own = [
        v.name for v in model.free_RVs if v.name.startswith(("saturation_log_effect", "saturation_deviation"))
    ]
    return {name: model.named_vars_to_dims.get(name, ()) for name in own}


@pytest.fixture(scope="module")
def graphs(small_design) -> dict[str, dict[str, tuple[str, ...]]]:
    return {pooling: _graph(small_design(REGIONS), pooling) for pooling in ("none", "partial", "full")}


def test_without_pooling_each_region_has_its_own_effects(graphs):
    assert graphs["none"] == {"saturation_log_effect": ("region", "channel")}


def test_partial_pooling_is_a_market_effect_and_deviations_with_their_sd(graphs):
    assert graphs["partial"] == {
        "saturation_log_effect": ("channel",),
        "saturation_deviation_sd": (),
        "saturation_deviation_raw": ("region", "channel"),
    }


def test_full_pooling_is_a_market_effect_only(graphs):
    assert graphs["full"] == {"saturation_log_effect": ("channel",)}


def test_one_region_is_pooled_with_nothing(small_design):
    assert _graph(small_design(1), "partial") == {"saturation_log_effect": ("channel",)}


@pytest.fixture(scope="module")
def drawn(small_design) -> tuple[xr.Dataset, np.ndarray]:
    """Deviations drawn from the prior under partial pooling, the second channel being national; and weights."""
    import pymc as pm

    design = small_design(REGIONS, national=np.array([False, True, False]))
    with build_model(design).model:
        names = ["saturation_deviation", "saturation_deviation_sd"]
        drawn = pm.sample_prior_predictive(200, var_names=names, random_seed=1)
    return drawn["prior"].to_dataset(), design.region_weights


def test_regions_returns_average_to_the_markets(drawn):
    prior, weights = drawn
    deviation = prior["saturation_deviation"].transpose(..., "region", "channel").to_numpy()
    assert (np.exp(deviation) * weights).sum(axis=-2) == pytest.approx(1.0)


def test_a_national_channel_has_the_same_effect_everywhere(drawn):
    prior, _ = drawn
    spread = prior["saturation_deviation"].std("region")
    assert float(spread[..., 1].max()) == pytest.approx(0.0, abs=1e-12)
    assert float(spread[..., [0, 2]].min()) > 0


def test_deviations_have_their_sd(drawn):
    prior, _ = drawn
    raw = prior["saturation_deviation"].isel(channel=[0, 2])
    scaled = (raw - raw.mean("region")) / prior["saturation_deviation_sd"]
    # Three values that sum to zero, each with variance one.
    assert float((scaled**2).mean()) == pytest.approx(1.0, rel=0.1)


MEANS = {"X": [0.0, 0.8], "Y": [0.6, 0.2]}


@pytest.fixture(scope="module")
def markets() -> tuple[dict, dict]:
    """Evidence and draws of two markets that disagree, each known to 0.3, prior sd 0.9."""
    rng, evidences, own = np.random.default_rng(0), {}, {}
    variance = 1 / (0.3**-2 + 0.9**-2)
    for code, mean in MEANS.items():
        raw = rng.normal(size=(4, 1000, 2))
        raw = (raw - raw.mean(axis=(0, 1))) / raw.std(axis=(0, 1))
        draws = variance * np.array(mean) / 0.3**2 + np.sqrt(variance) * raw
        own[code] = xr.Dataset(
            {"log_effect_market": (("chain", "draw", "channel"), draws)}, coords={"channel": ["a", "b"]}
        )
        evidences[code] = evidence(draws.reshape(-1, 2), np.zeros(2), ["a", "b"], 0.9)
    return evidences, own


def _pooled_means(markets, pooling: str) -> dict[str, np.ndarray]:
    _, moved = pool_markets(*markets, pooling=pooling, seed=1)
    return {code: d["log_effect_market"].mean(("chain", "draw")).to_numpy() for code, d in moved.items()}


def test_full_pooling_of_markets_is_their_precision_weighted_mean(markets):
    expected = np.sum(list(MEANS.values()), axis=0) / 0.3**2 / (2 / 0.3**2 + 0.9**-2)
    for found in _pooled_means(markets, "full").values():
        assert found == pytest.approx(expected, abs=0.02)


def test_partial_pooling_of_markets_lies_between_their_own_and_the_common_return(markets):
    partial, full = _pooled_means(markets, "partial"), _pooled_means(markets, "full")
    for code, own in MEANS.items():
        between = (partial[code] - full[code]) / (np.array(own) - full[code])
        assert ((between > 0.05) & (between < 0.95)).all()
