"""Coverage of outcomes that are drawn from the very model, with shocks that the data suggest and with new ones."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy.stats import norm

from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.model.noise_draws import draw_shock, predictive
from mmm_helpers.model.replicate import replicate

REGIONS, PERIODS, SAMPLES = 3, 600, 400


@pytest.fixture(scope="module")
def lived(small_design):
    """A market whose outcome is a level, a shared shock and own noise of the same sd; its parameters known."""
    rng = np.random.default_rng(7)
    design = small_design(REGIONS, PERIODS)
    shock, own = 0.1 * rng.normal(size=(PERIODS, 1)), 0.1 * rng.normal(size=(PERIODS, REGIONS))
    outcome = (5 + shock + own) * design.outcome_scale
    design = replace(design, outcome=outcome, observed=np.ones((PERIODS, REGIONS), bool))
    known = {"rho": ("sample", np.zeros(SAMPLES)), "shock_sd": ("sample", np.full(SAMPLES, 0.1))}
    draws = xr.Dataset(known | {"sigma": (("sample", "region"), np.full((SAMPLES, REGIONS), 0.1))})
    explained = np.broadcast_to(5 * design.outcome_scale, (SAMPLES, PERIODS, REGIONS))
    latent = draw_shock(design, draws, explained, rng=rng)[:, :, None] * design.outcome_scale
    parts = {"baseline": explained, "shock": latent, "fitted": explained + latent}
    return design, draws, parts


def _coverage(design, predicted) -> float:
    low, high = np.quantile(predicted, [LOWER, UPPER], axis=0)
    return float(((design.outcome >= low) & (design.outcome <= high)).mean())


def test_new_shocks_give_the_intervals_their_nominal_coverage(lived):
    design, draws, parts = lived
    predicted = replicate(design, draws, parts, rng=np.random.default_rng(1))
    assert _coverage(design, predicted) == pytest.approx(0.90, abs=0.025)


def test_shocks_that_the_data_suggest_cover_too_much_as_the_closed_form_says(lived):
    """Of equal sds and three regions the shock's posterior variance is σ²/4: residual 3/4, predictive 5/4 of σ²."""
    design, draws, parts = lived
    predicted = predictive(design, draws, parts["fitted"], rng=np.random.default_rng(1))
    expected = 1 - 2 * norm.sf(norm.ppf(UPPER) * np.sqrt((5 / 4) / (3 / 4)))
    assert _coverage(design, predicted) == pytest.approx(expected, abs=0.015)


def test_a_market_of_one_region_has_no_shock_to_draw(lived):
    design, draws, parts = lived
    without = {"baseline": parts["baseline"], "fitted": parts["baseline"]}
    quiet = draws.drop_vars("shock_sd")
    predicted = replicate(design, quiet, without, rng=np.random.default_rng(1))
    expected = 1 - 2 * norm.sf(norm.ppf(UPPER) / np.sqrt(2))
    assert _coverage(design, predicted) == pytest.approx(expected, abs=0.025)
