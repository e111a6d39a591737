"""Pooled returns take a market's other parameters along."""

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.model.evidence import MarketEvidence
from mmm_helpers.model.portfolio_stage import (
    DISTINCT,
    market_effect,
    pair,
    pool_markets,
    selection_weights,
    take_along,
)

DRAWS = 1000


def _market_draws(*, regions: bool) -> xr.Dataset:
    rng = np.random.default_rng(0)
    dims = ("chain", "draw", "region", "channel") if regions else ("chain", "draw", "channel")
    effect = rng.normal(size=(2, DRAWS // 2, 3, 2) if regions else (2, DRAWS // 2, 2))
    partner = effect[..., 0].mean(axis=-1) if regions else effect[..., 0]
    data = {
        "log_effect_market": (dims, effect),
        "intercept": (("chain", "draw"), 1 + 0.5 * partner),
        "bent": (("chain", "draw"), partner**2),
        "sigma": (("chain", "draw"), rng.lognormal(size=(2, DRAWS // 2))),
        "lp": (("chain", "draw"), rng.normal(size=(2, DRAWS // 2))),
    }
    return xr.Dataset(data, coords={"channel": ["a", "b"]})


def _evidence(offset: tuple[float, float] = (0.1, 0.2)) -> MarketEvidence:
    return MarketEvidence(["a", "b"], np.array(offset), np.eye(2), np.zeros(2), np.full(2, 0.9))


TARGET = np.random.default_rng(1).multivariate_normal([0.5, -0.3], [[0.1, 0.02], [0.02, 0.2]], 4000)


def _moved(*, regions: bool) -> tuple[xr.Dataset, xr.Dataset, np.ndarray]:
    draws = _market_draws(regions=regions)
    moved = take_along(draws, _evidence(), TARGET)
    return draws, moved, market_effect(moved.stack(sample=("chain", "draw"))) + _evidence().offset


@pytest.mark.parametrize("regions", [False, True])
def test_returns_are_the_pooled_draws_themselves(regions):
    _, _, effect = _moved(regions=regions)
    rounded = {tuple(row) for row in TARGET.round(6)}
    assert all(tuple(row) in rounded for row in effect.round(6))


@pytest.mark.parametrize("regions", [False, True])
def test_pooled_draws_are_used_evenly(regions):
    _, _, effect = _moved(regions=regions)
    assert effect.mean(axis=0) == pytest.approx(TARGET.mean(axis=0), abs=0.03)
    assert np.cov(effect.T) == pytest.approx(np.cov(TARGET.T), abs=0.02)


def test_what_depends_on_the_effects_follows_them():
    _, moved, effect = _moved(regions=False)
    assert moved["intercept"].to_numpy().ravel() == pytest.approx(1 + 0.5 * (effect[:, 0] - 0.1))


def test_what_depends_on_the_effects_along_a_curve_follows_them_too():
    _, moved, effect = _moved(regions=False)
    expected = (effect[:, 0] - 0.1) ** 2
    # A straight line alone would leave the mean at 1.
    assert float(moved["bent"].mean()) == pytest.approx(expected.mean(), rel=0.15)


def test_what_does_not_depend_on_the_effects_keeps_its_distribution():
    draws, moved, _ = _moved(regions=False)
    before, after = (np.log(d["sigma"].to_numpy()) for d in (draws, moved))
    assert after.mean() == pytest.approx(before.mean(), abs=0.15)
    assert after.std() == pytest.approx(before.std(), rel=0.1)


def test_positive_parameters_stay_positive():
    assert float(_moved(regions=False)[1]["sigma"].min()) > 0


def test_log_probability_comes_along_unchanged():
    draws, moved, _ = _moved(regions=False)
    assert set(moved["lp"].to_numpy().ravel()) <= set(draws["lp"].to_numpy().ravel())


def test_differences_between_regions_are_kept():
    draws, moved, _ = _moved(regions=True)
    spread = lambda d: d["log_effect_market"].std("region").mean()  # noqa: E731
    assert float(spread(moved)) == pytest.approx(float(spread(draws)), rel=0.08)


def test_shape_and_order_of_dims_are_kept():
    draws, moved, _ = _moved(regions=True)
    assert moved["log_effect_market"].dims == draws["log_effect_market"].dims
    assert moved.sizes == draws.sizes


def test_draws_that_fit_already_have_equal_weights():
    own = np.random.default_rng(0).normal(size=(1000, 2))
    assert selection_weights(own, own) == pytest.approx(1 / 1000)


def test_weights_make_the_targets_mean_where_it_is_near():
    rng = np.random.default_rng(0)
    own, target = rng.normal(0, 1, (20_000, 1)), rng.normal(0.3, 0.8, (20_000, 1))
    weights = selection_weights(own, target)
    assert weights @ own[:, 0] == pytest.approx(0.3, abs=0.03)


def test_far_targets_leave_enough_distinct_draws():
    rng = np.random.default_rng(0)
    own, target = rng.normal(0, 1, (4000, 4)), rng.normal(2.0, 0.1, (4000, 4))
    weights = selection_weights(own, target)
    assert 1 / (weights**2).sum() / 4000 == pytest.approx(DISTINCT, rel=0.1)


def test_each_draw_comes_up_by_its_weight():
    rng = np.random.default_rng(0)
    own, target = rng.normal(size=(500, 1)), rng.normal(size=(500, 1))
    weights = rng.dirichlet(np.ones(500))
    counts = np.bincount(pair(own, target, weights, rng=rng), minlength=500)
    assert np.abs(counts - 500 * weights).max() < 1


def test_pairs_lie_close_together():
    rng = np.random.default_rng(0)
    own = rng.normal(size=(300, 1))
    source = pair(own, own[rng.permutation(300)], np.full(300, 1 / 300), rng=rng)
    target = own[np.random.default_rng(0).permutation(300)]
    assert sorted(source) == list(range(300))
    # In one dimension the best pairs are those in order.
    again = pair(own, target, np.full(300, 1 / 300), rng=rng)
    assert np.argsort(own[again, 0]).tolist() == np.argsort(target[:, 0]).tolist()


def _portfolio(pooling: str) -> tuple[xr.Dataset, dict[str, xr.Dataset]]:
    lacking = MarketEvidence(["b"], np.zeros(1), np.eye(1) * 4, np.full(1, 2.0), np.full(1, 0.9))
    both = MarketEvidence(["a", "b"], np.zeros(2), np.eye(2) * 9, np.full(2, 1.0), np.full(2, 0.9))
    draws = _market_draws(regions=False)
    own = {"X": draws, "Y": draws.sel(channel=["b"])}
    return pool_markets({"X": both, "Y": lacking}, own, pooling=pooling, seed=1)


@pytest.fixture(scope="module")
def partial() -> tuple[xr.Dataset, dict[str, xr.Dataset]]:
    return _portfolio("partial")


def test_a_channel_that_a_market_lacks_has_no_return(partial):
    missing = partial[0]["log_return"].isnull().all("sample")
    assert bool(missing.sel(market="Y", channel="a"))
    assert int(missing.sum()) == 1


def test_returns_under_other_priors_of_tau_are_stored(partial):
    assert partial[0]["tau_prior"].to_numpy().tolist() == ["half", "double"]
    half, double = partial[0]["other_tau"].mean("other_sample").to_numpy()
    assert half < float(partial[0]["tau"].mean()) < double


def test_a_markets_draws_have_the_stored_returns(partial):
    shared, moved = partial
    found = moved["X"]["log_effect_market"].sel(channel="b").mean()
    assert float(found) == pytest.approx(
        float(shared["log_return"].sel(market="X", channel="b").mean()), abs=0.02
    )


def test_full_pooling_gives_all_markets_the_same_return():
    shared, moved = _portfolio("full")
    means = [float(moved[m]["log_effect_market"].sel(channel="b").mean()) for m in ("X", "Y")]
    precision = 9 + 4 + 0.9**-2
    assert means == pytest.approx([3 / precision] * 2, abs=0.03)
    assert float(shared["tau"].max()) == 0.0
    assert "other_tau" not in shared
