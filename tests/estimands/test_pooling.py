"""Lambda on known draws, other priors of tau, and the hard rule that pages warn of."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mmm_helpers.estimands.pooling import (
    POOLING_COLUMNS,
    TAU_COLUMNS,
    THRESHOLD_COLUMNS,
    MarketDraws,
    compute_pooling,
    compute_tau_sensitivity,
    compute_threshold_rule,
    join_pooling,
    pooling_lambda,
    split_by_volume,
)

DRAWS = 4000
CHANNELS = ["tv", "search", "organic"]


def _errors(sd: float, tau: float, units: int = 400) -> np.ndarray:
    """Posterior draws of units' distances from a known mean, each seen once with noise of `sd`."""
    rng = np.random.default_rng(0)
    seen = rng.normal(0, np.hypot(sd, tau), units)
    keep = tau**2 / (tau**2 + sd**2)
    return keep * seen + np.sqrt(keep) * sd * rng.normal(size=(500, units))


@pytest.mark.parametrize(("sd", "tau"), [(0.2, 0.2), (0.1, 0.3), (0.5, 0.2)])
def test_lambda_is_the_share_that_the_mean_decides(sd, tau):
    # Of equally noisy units it is the pooling factor of each: s² / (s² + τ²).
    assert pooling_lambda(_errors(sd, tau)) == pytest.approx(sd**2 / (sd**2 + tau**2), abs=0.06)


def test_lambda_is_one_where_no_unit_is_known_apart():
    assert pooling_lambda(np.random.default_rng(0).normal(size=(20_000, 5))) == pytest.approx(1.0, abs=0.001)


def _draws(regions: int, mean: float = 0.0, *, deviations: bool = False, seed: int = 0) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    market = xr.DataArray(rng.normal(mean, 0.1, (DRAWS, 3)), dims=("sample", "channel"))
    data = {"log_effect_market": market, "log_effect": market.expand_dims(region=regions)}
    if deviations:
        spread = rng.normal(0, 0.2, (DRAWS, regions, 3))
        data["region_deviation"] = (("sample", "region", "channel"), spread)
    return xr.Dataset(data, coords={"channel": CHANNELS, "region": [f"R{i + 1}" for i in range(regions)]})


def _shared(markets: list[str], returns: list[float]) -> xr.Dataset:
    rng = np.random.default_rng(0)
    log_return = np.array(returns)[None, :, None] + rng.normal(0, 0.1, (DRAWS, len(markets), 3))
    other = np.array(returns)[None, None, :, None] + rng.normal(0, 0.1, (2, 1000, len(markets), 3))
    other[0] -= 0.2
    data = {
        "mu": (("sample", "channel"), np.full((DRAWS, 3), np.mean(returns))),
        "tau": ("sample", rng.gamma(4, 0.1, DRAWS)),
        "log_return": (("sample", "market", "channel"), log_return),
        "common": (("sample", "channel"), rng.normal(0.7, 0.01, (DRAWS, 3))),
        "other_tau": (("tau_prior", "other_sample"), np.full((2, 1000), 0.1) * [[1.0], [3.0]]),
        "other_log_return": (("tau_prior", "other_sample", "market", "channel"), other),
    }
    coords = {"market": markets, "channel": CHANNELS, "tau_prior": ["half", "double"]}
    return xr.Dataset(data, coords=coords)


def test_lambda_has_a_row_for_each_level_and_channel(small_design):
    design = small_design(3)
    table = compute_pooling(design, _draws(3, deviations=True), _shared(["XX", "YY"], [0.0, 1.0]))
    assert list(table.columns) == POOLING_COLUMNS
    counts = table.groupby(["market", "level"])["channel"].nunique()
    assert counts.to_dict() == {("XX", "region"): 3, ("portfolio", "market"): 3}


def test_markets_that_are_known_apart_have_a_small_lambda(small_design):
    table = compute_pooling(small_design(1), _draws(1), _shared(["XX", "YY"], [0.0, 1.0]))
    # Variance of the means ½, mean variance ½ + 0.01: λ = 1 − 0.5 / 0.51.
    assert table["lambda"].to_numpy() == pytest.approx(0.01 / 0.51, abs=0.002)
    assert table["sd_mean"].to_numpy() == pytest.approx(np.sqrt(0.5), abs=0.01)
    assert set(table["units"]) == {2}


def test_a_national_channel_has_no_level_of_regions(small_design):
    design = small_design(3, national=np.array([True, False, False]))
    table = compute_pooling(design, _draws(3, deviations=True), None)
    assert table["channel"].to_list() == ["search", "organic"]


def test_what_regions_attributes_explain_is_not_their_own(small_design):
    draws = _draws(3, deviations=True)
    attribute = np.array([[-1.0], [0.0], [1.0]])
    effect = xr.DataArray(np.ones((DRAWS, 1)), dims=("sample", "predictor"))
    shifted = draws.assign(
        region_deviation=draws["region_deviation"] + xr.DataArray(attribute[:, 0], dims="region")
    )
    design = small_design(3, predictors=attribute, predictor_names=["income"])
    explained = compute_pooling(design, shifted.assign(predictor_effect=effect), None)
    plain = compute_pooling(small_design(3), draws, None)
    assert explained["lambda"].to_numpy() == pytest.approx(plain["lambda"].to_numpy())


def test_levels_without_partial_pooling_have_no_rows(small_design):
    shared = _shared(["XX", "YY"], [0.0, 1.0])
    full = shared.assign(tau=xr.zeros_like(shared["tau"]))
    table = compute_pooling(small_design(2), _draws(2), full)
    assert table.empty
    assert list(table.columns) == POOLING_COLUMNS


def test_a_channel_of_one_market_has_no_lambda(small_design):
    shared = _shared(["XX", "YY"], [0.0, 1.0])
    lacking = shared.assign(
        log_return=shared["log_return"].where((shared["market"] == "XX") | (shared["channel"] != "tv"))
    )
    table = compute_pooling(small_design(1), _draws(1), lacking)
    assert table["channel"].to_list() == ["search", "organic"]


def test_the_portfolios_table_has_the_level_of_markets_once(small_design):
    shared = _shared(["XX", "YY"], [0.0, 1.0])
    one, two = (
        compute_pooling(small_design(2, market=m), _draws(2, deviations=True), shared) for m in ("XX", "YY")
    )
    joined = join_pooling([one, two])
    assert joined.groupby("market").size().to_dict() == {"XX": 3, "YY": 3, "portfolio": 3}


def _market(small_design, code: str, own: float, pooled: float, seed: int) -> MarketDraws:
    design = small_design(1, regions=["all"], market=code)
    draws = (_draws(1, mean, seed=seed).assign_coords(region=["all"]) for mean in (own, pooled))
    return MarketDraws(design, *draws, offset=np.full(3, 0.5))


@pytest.fixture
def markets(small_design) -> list[MarketDraws]:
    return [_market(small_design, "XX", -0.5, 0.0, 1), _market(small_design, "YY", 0.5, 0.3, 2)]


SHARED = _shared(["XX", "YY"], [0.5, 0.8])


def test_every_paid_channel_has_three_priors_of_tau(markets):
    table = compute_tau_sensitivity(markets, SHARED)
    assert list(table.columns) == TAU_COLUMNS
    assert table.groupby(["market", "channel"])["tau_prior"].apply(list).to_dict() == {
        (m, c): ["half", "default", "double"] for m in ("XX", "YY") for c in ("tv", "search")
    }


def test_the_default_is_the_return_that_pages_show(markets):
    row = compute_tau_sensitivity(markets, SHARED).query(
        "market == 'XX' and channel == 'tv' and tau_prior == 'default'"
    )
    expected = np.exp(markets[0].pooled["log_effect"].sel(channel="tv").to_numpy().ravel() + 0.5)
    assert row["return_mean"].item() == pytest.approx(expected.mean())
    assert row["return_q05"].item() == pytest.approx(np.quantile(expected, 0.05))


def test_other_priors_give_the_returns_sampled_under_them(markets):
    table = compute_tau_sensitivity(markets, SHARED).query("market == 'YY' and channel == 'tv'")
    medians = table.set_index("tau_prior")["return_q50"]
    assert medians["half"] == pytest.approx(np.exp(0.6), rel=0.02)
    assert medians["double"] == pytest.approx(np.exp(0.8), rel=0.02)
    assert table.set_index("tau_prior")["tau_mean"]["double"] == pytest.approx(0.3)


def test_without_other_priors_there_are_no_rows(markets):
    full = SHARED.drop_vars(["other_tau", "other_log_return", "common"])
    for shared in (None, full):
        assert list(compute_tau_sensitivity(markets, shared).columns) == TAU_COLUMNS
        assert compute_tau_sensitivity(markets, shared).empty
        rule = compute_threshold_rule(markets, shared, {"XX": 1.0, "YY": 2.0})
        assert rule.empty
        assert list(rule.columns) == THRESHOLD_COLUMNS


def test_threshold_lies_between_the_two_that_are_nearest():
    volumes = {"A": 1.0, "B": 1.01, "C": 20.0, "D": 22.0, "E": 70.0, "F": 500.0}
    # A and B are nearer, but a threshold there would leave a single market below it.
    assert split_by_volume(volumes) == (21.0, ("C", "D"))


def test_two_markets_are_split():
    assert split_by_volume({"A": 3.0, "B": 1.0}) == (2.0, ("B", "A"))


def test_markets_of_all_but_equal_volume_fall_on_opposite_sides(markets):
    table = compute_threshold_rule(markets, SHARED, {"XX": 100.0, "YY": 101.0})
    assert table.groupby("market")["rule"].unique().str[0].to_dict() == {"XX": "pooled", "YY": "own"}
    assert set(table["threshold"]) == {100.5}


def test_below_the_threshold_the_rule_shows_the_common_return(markets):
    table = compute_threshold_rule(markets, SHARED, {"XX": 100.0, "YY": 101.0}).query("channel == 'tv'")
    rows = table.set_index("market")
    assert rows.loc["XX", "return_rule_q50"] == pytest.approx(np.exp(0.7), rel=0.01)
    assert rows.loc["YY", "return_rule_q50"] == pytest.approx(np.exp(0.5 + 0.5), rel=0.01)


def test_partial_pooling_does_not_see_the_threshold(markets):
    first, second = (
        compute_threshold_rule(markets, SHARED, {"XX": x, "YY": 101.0}).sort_values(["market", "channel"])
        for x in (100.0, 102.0)
    )
    assert first["return_partial_mean"].to_list() == second["return_partial_mean"].to_list()
    changed = first["return_rule_mean"].to_numpy() / second["return_rule_mean"].to_numpy()
    assert np.abs(np.log(changed)).min() > 0.1


def test_unpaid_channels_have_no_return(markets):
    tables = (
        compute_tau_sensitivity(markets, SHARED),
        compute_threshold_rule(markets, SHARED, {"XX": 1.0, "YY": 2.0}),
    )
    assert "organic" not in set(pd.concat(tables)["channel"])
