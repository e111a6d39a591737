"""How much of a number is its own: tiers, the pooling factor, and the estimate with the prior taken out."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mmm_helpers.estimands.tiers import (
    area_effect,
    between_sd,
    cell_prior,
    compute_shrinkage,
    data_tier,
    own_evidence,
    pooling_factor,
)

PRIOR_SD = 0.9


@pytest.mark.parametrize(
    ("factor", "tier"),
    [
        (0.0, "local"),
        (0.299, "local"),
        (0.3, "partially_pooled"),
        (0.7, "partially_pooled"),
        (0.701, "transferred"),
        (1.0, "transferred"),
    ],
)
def test_tiers_are_cut_at_fixed_values(factor, tier):
    assert data_tier(factor) == tier


def test_pooling_factor_is_the_own_variance_over_the_total():
    assert pooling_factor(np.array([0.04]), 0.12)[0] == pytest.approx(0.25)


def test_pooling_factor_is_one_half_where_both_vary_alike():
    assert pooling_factor(np.array([0.04]), 0.04)[0] == pytest.approx(0.5)


def _conjugate(mean: np.ndarray, sd: np.ndarray, prior: np.ndarray, draws: int = 50_000) -> np.ndarray:
    """Draws with exactly the moments of the posterior of normal data on each region under `prior`."""
    precision = np.linalg.inv(prior) + np.diag(1 / sd**2)
    cov = np.linalg.inv(precision)
    raw = np.random.default_rng(0).normal(size=(draws, len(mean)))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T).reshape(len(mean), -1))).T
    return cov @ (mean / sd**2) + white @ np.linalg.cholesky(cov).T


MEAN, SD = np.array([0.5, -0.3, 0.1]), np.array([0.2, 0.4, 0.6])
PARTIAL = np.full((3, 3), PRIOR_SD**2) + 0.3**2 * (np.eye(3) - 1 / 3) * 3 / 2
OWN = PRIOR_SD**2 * np.eye(3)


@pytest.mark.parametrize("prior", [PARTIAL, OWN])
def test_own_evidence_recovers_the_data_sd(prior):
    _, sd = own_evidence(_conjugate(MEAN, SD, prior), prior)
    assert sd == pytest.approx(SD, rel=1e-6)


@pytest.mark.parametrize("prior", [PARTIAL, OWN])
def test_own_evidence_recovers_the_data_mean(prior):
    mean, _ = own_evidence(_conjugate(MEAN, SD, prior), prior)
    assert mean == pytest.approx(MEAN, rel=1e-6)


def test_a_silent_region_has_the_widest_interval_shown():
    draws = np.random.default_rng(0).normal(0, 2 * PRIOR_SD, (2000, 1))
    _, sd = own_evidence(draws, np.array([[PRIOR_SD**2]]))
    assert sd[0] == pytest.approx(3.0)


def _own(regions: int, *, deviations: bool = False, separate: bool = False) -> xr.Dataset:
    rng, draws = np.random.default_rng(0), 500
    dims = ("sample", "region", "channel") if separate else ("sample", "channel")
    shape = (draws, regions, 3) if separate else (draws, 3)
    market = xr.DataArray(rng.normal(0, 0.3, shape), dims=dims)
    data = {"log_effect_market": market}
    effect = market if separate else market.expand_dims(region=regions)
    if deviations:
        spread = rng.normal(0, 0.2, (draws, regions, 3))
        spread -= spread.mean(axis=1, keepdims=True)
        effect = market + xr.DataArray(spread, dims=("sample", "region", "channel"))
        data["region_sd"] = ("sample", np.full(draws, 0.3))
    data["log_effect"] = effect.transpose("sample", "region", "channel")
    coords = {"channel": ["tv", "search", "organic"], "region": [f"R{i + 1}" for i in range(regions)]}
    return xr.Dataset(data, coords=coords)


def test_prior_of_pooled_regions_is_market_plus_deviations(small_design):
    # three regions: the deviations have variance sd² and sum to zero
    prior = cell_prior(small_design(3), _own(3, deviations=True), 0)
    assert np.diag(prior) == pytest.approx(PRIOR_SD**2 + 0.3**2)
    assert prior.mean() == pytest.approx(PRIOR_SD**2)


def test_prior_of_separate_regions_is_independent(small_design):
    assert cell_prior(small_design(3), _own(3, separate=True), 0) == pytest.approx(OWN)


def test_prior_of_a_national_channel_is_one_effect(small_design):
    design = small_design(3, national=np.array([True, False, False]))
    assert cell_prior(design, _own(3, deviations=True), 0) == pytest.approx(PRIOR_SD**2)


def test_stated_prior_has_its_own_sd(small_design):
    design = small_design(3, effect_sd=np.array([0.4, 0.9, 0.9]))
    assert cell_prior(design, _own(3), 0) == pytest.approx(0.16)


def test_effect_of_an_area_is_that_of_what_its_regions_bring_together(small_design):
    design, log_effect = small_design(2), np.array([[0.0, 1.0]])
    size = design.prior_share[:, 0] * design.outcome_scale
    expected = np.log((size[0] + size[1] * np.e) / size.sum())
    assert area_effect(design, log_effect, [0, 1], 0) == pytest.approx(expected)
    assert area_effect(design, log_effect, [1], 0) == pytest.approx(1.0)


def test_sd_between_units_is_zero_without_such_a_level(small_design):
    assert between_sd(small_design(2), _own(2), None) == (0.0, 0.0)


def test_sd_between_units_is_the_root_of_the_mean_variance(small_design):
    shared = xr.Dataset({"tau": ("sample", [0.3, 0.4])})
    region, market = between_sd(small_design(3), _own(3, deviations=True), shared)
    assert region == pytest.approx(0.3)
    assert market == pytest.approx(np.sqrt((0.09 + 0.16) / 2))


POOLING = [{"deviations": True}, {"separate": True}, {}]


@pytest.mark.parametrize("pooling", POOLING)
def test_every_pooling_gives_one_row_per_area_and_channel(pooling, small_design):
    own, shared = _own(3, **pooling), xr.Dataset({"tau": ("sample", [0.3])})
    table = compute_shrinkage(small_design(3), own, own, shared, np.zeros(3))
    assert len(table) == len(table[["region", "channel"]].drop_duplicates()) == 4 * 3


def test_regions_that_share_one_effect_have_the_markets_evidence(small_design):
    own = _own(3)
    table = compute_shrinkage(small_design(3), own, own, None, np.zeros(3)).query("channel == 'tv'")
    assert table["own_mean"].nunique() == 1


def test_market_of_one_region_has_one_row_a_channel(small_design):
    own = _own(1).assign_coords(region=["all"])
    table = compute_shrinkage(small_design(1, regions=["all"]), own, own, None, np.zeros(3))
    assert len(table) == 3


def test_pooled_estimate_is_a_return(small_design):
    own = _own(2, deviations=True)
    offset = np.log([2.0, 3.0, 1.0])
    table = compute_shrinkage(small_design(2), own, own, None, offset)
    expected = np.exp(own["log_effect"].sel(region="R1", channel="search")).mean() * 3.0
    row = table.query("region == 'R1' and channel == 'search'").iloc[0]
    assert row["pooled_mean"] == pytest.approx(float(expected))


def test_without_other_units_every_cell_is_local(small_design):
    own = _own(1).assign_coords(region=["all"])
    table = compute_shrinkage(small_design(1, regions=["all"]), own, own, None, np.zeros(3))
    assert set(table["data_tier"]) == {"local"}


def _one_channel(small_design, shared: xr.Dataset | None, **changes) -> pd.DataFrame:
    own = _own(3, deviations=True)
    table = compute_shrinkage(small_design(3, **changes), own, own, shared, np.zeros(3))
    return table.query("channel == 'tv'").set_index("region")


def test_markets_that_are_taken_as_one_borrow_everything(small_design):
    table = _one_channel(small_design, xr.Dataset({"tau": ("sample", [0.0, 0.0])}))
    assert table.loc["all", "pooling_factor"] == 1.0


def test_a_national_channel_differs_between_markets_only(small_design):
    shared = xr.Dataset({"tau": ("sample", [0.2, 0.2])})
    table = _one_channel(small_design, shared, national=np.array([True, False, False]))
    assert table["pooling_factor"].nunique() == 1
