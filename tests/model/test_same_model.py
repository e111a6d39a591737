"""The model is a plain hierarchy of mean-one log-normals, written so that it samples well.

The plain one: a region's effect is the market's times exp(sd z − sd² / 2), z standard normal, independent over regions.
"""

import numpy as np
import pytest

from mmm_helpers.model.prior_draws import draw_priors
from mmm_helpers.model.priors import BETWEEN_SCALE, BETWEEN_SHAPE

DRAWS = 100_000
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def plain_contribution(design, channel: int, rng: np.random.Generator) -> np.ndarray:
    """(sample, r) share of a region's outcome that a channel brings at its mean level, before the data."""
    market = rng.normal(0, design.effect_sd[channel], (DRAWS, 1))
    sd = rng.gamma(BETWEEN_SHAPE, BETWEEN_SCALE, (DRAWS, 1))
    regions = sd * rng.normal(size=(DRAWS, len(design.regions))) - sd**2 / 2
    return design.prior_share[:, channel] * np.exp(market + regions)


@pytest.mark.parametrize("regions", [2, 3, 5])
def test_prior_contribution_of_regions_is_that_of_the_plain_hierarchy(small_design, regions):
    design = small_design(
        regions, prior_share=np.full((regions, 3), 0.05), outcome_scale=np.full(regions, 1000.0)
    )
    prior = draw_priors(design, DRAWS, 1)
    ours = 0.05 * np.exp(prior["log_effect"].transpose("sample", "region", "channel").to_numpy()[:, :, 0])
    plain = plain_contribution(design, 0, np.random.default_rng(2))
    ratio = np.quantile(ours, QUANTILES, axis=0) / np.quantile(plain, QUANTILES, axis=0)
    np.testing.assert_allclose(ratio, 1, atol=0.05)


def test_prior_of_the_spread_between_regions_is_that_of_the_plain_hierarchy(small_design):
    ours = draw_priors(small_design(3), DRAWS, 1)["region_sd"].to_numpy()
    plain = np.random.default_rng(2).gamma(BETWEEN_SHAPE, BETWEEN_SCALE, DRAWS)
    np.testing.assert_allclose(np.quantile(ours, QUANTILES) / np.quantile(plain, QUANTILES), 1, atol=0.05)
