"""Prior draws in numpy against PyMC's own, and against what the priors say in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mmm_helpers.model.predict import components
from mmm_helpers.model.prior_draws import draw_priors

DRAWS = 1500
OPTIONS = {
    "adstock": ("geometric", "delayed", "weibull"),
    "saturation": ("hill", "logistic", "log"),
    "national": np.array([False, True, False]),
    "predictor_names": ["income"],
    "predictors": np.array([[-1.0], [0.0], [1.0]]),
    "effect_sd": np.array([0.9, 0.4, 0.9]),
    "trend": "varying",
    "varying_media": True,
    "spillover": True,
    "interactions": (("tv", "search"),),
}


@pytest.fixture(scope="module")
def design(small_design):
    days = pd.date_range("2024-01-01", periods=380, freq="D")
    return small_design(3, 380, dates=days, periods_per_year=365.25, **OPTIONS)


@pytest.fixture(scope="module")
def ours(design):
    return draw_priors(design, DRAWS, 1)


@pytest.fixture(scope="module")
def theirs(design):
    """The same parameters by PyMC, from the model that is sampled; name → (dims, draws)."""
    import pymc as pm

    from mmm_helpers.model.build import build_model
    from mmm_helpers.model.sample import PARAMETERS

    model = build_model(design).model
    names = [n for n in PARAMETERS if n in model.named_vars]
    drawn = pm.draw([model[n] for n in names], draws=DRAWS, random_seed=2, mode="FAST_COMPILE")
    return {PARAMETERS[n]: (model[n].dims, np.asarray(v)) for n, v in zip(names, drawn, strict=True)}


def test_every_stored_parameter_is_drawn_and_no_other(ours, theirs):
    assert set(ours.data_vars) == {*theirs, "log_effect"}


def test_draws_have_the_distribution_of_the_sampled_model(ours, theirs):
    far = {}
    for name, (dims, drawn) in theirs.items():
        own = ours[name].transpose("sample", *dims).to_numpy()
        # Kolmogorov-Smirnov cell by cell, the worst of all cells.
        pairs = zip(own.reshape(DRAWS, -1).T, drawn.reshape(DRAWS, -1).T, strict=True)
        far[name] = max(stats.ks_2samp(a, b).statistic for a, b in pairs)
    # 5e-5 quantile of the statistic under equality: some 900 cells, most of which are two walks.
    limit = np.sqrt(-np.log(5e-5 / 2) / DRAWS)
    assert {n: d for n, d in far.items() if d > limit} == {}


def test_regions_deviate_together_as_in_the_sampled_model(ours, theirs):
    dims, drawn = theirs["region_deviation"]
    where = dims.index("region") + 1
    own = ours["region_deviation"].transpose("sample", *dims).to_numpy()
    covariances = [np.cov(np.moveaxis(d, where, -1).reshape(-1, 3).T) for d in (own, drawn)]
    np.testing.assert_allclose(*covariances, atol=0.02)


def test_regions_average_to_the_market_s_effect(design, ours):
    ratio = np.exp(ours["region_deviation"].transpose("sample", "region", "channel").to_numpy())
    np.testing.assert_allclose((design.region_weights * ratio).sum(axis=1), 1.0)


def test_a_stated_prior_keeps_its_width(ours):
    sd = ours["log_effect_market"].std("sample").to_numpy()
    np.testing.assert_allclose(sd, [0.9, 0.4, 0.9], rtol=0.06)


def test_a_national_channel_is_alike_in_all_regions(ours):
    deviation = ours["region_deviation"].sel(channel="search")
    np.testing.assert_allclose(deviation, 0.0, atol=1e-12)


def test_components_take_prior_draws(small_design):
    design = small_design(2)
    parts = components(design, draw_priors(design, 5, 0))
    fitted = parts.pop("fitted")
    np.testing.assert_allclose(sum(parts.values()), fitted)


@pytest.mark.parametrize(("pooling", "alike"), [("none", False), ("full", True)])
def test_pooling_switch_decides_whether_regions_are_alike(small_design, pooling, alike):
    drawn = draw_priors(small_design(2), 400, 3, pooling=pooling)
    effect = drawn["log_effect"].sel(channel="tv").transpose("sample", "region").to_numpy()
    correlation = np.corrcoef(effect.T)[0, 1]
    assert correlation == pytest.approx(1.0 if alike else 0.0, abs=1e-9 if alike else 0.15)
    assert "region_sd" not in drawn


def test_one_region_has_no_deviations_and_one_effect_of_a_control(small_design):
    drawn = draw_priors(small_design(1), 50, 3)
    assert not {"region_deviation", "region_sd", "control_sd"} & set(drawn)
    assert drawn["control_effect"].dims == ("sample", "control")


def test_the_same_seed_gives_the_same_draws(small_design):
    first, second = (draw_priors(small_design(2), 10, 5) for _ in range(2))
    assert first.identical(second)
