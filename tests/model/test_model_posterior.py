"""Stored draws survive the disk, and parameters the way to the unconstrained scale and back."""

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.model.posterior import (
    constrain,
    load_draws,
    load_folds,
    save_draws,
    unconstrain,
    with_cell_effects,
)


def _draws(regions: bool = False) -> xr.Dataset:
    rng = np.random.default_rng(0)
    effect = ("chain", "draw", "region", "channel") if regions else ("chain", "draw", "channel")
    shape = (2, 5, 3, 2) if regions else (2, 5, 2)
    data = {"log_effect_market": (effect, rng.normal(size=shape))}
    return xr.Dataset(data, coords={"channel": ["tv", "search"]})


def test_draws_survive_the_disk_in_single_precision(tmp_path):
    draws = _draws()
    save_draws(draws, tmp_path / "fit.nc")
    stored = load_draws(tmp_path / "fit.nc")["log_effect_market"]
    assert stored.to_numpy() == pytest.approx(draws["log_effect_market"].to_numpy(), rel=1e-6)


def test_stored_draws_come_back_in_double_precision(tmp_path):
    save_draws(_draws(), tmp_path / "fit.nc")
    assert load_draws(tmp_path / "fit.nc")["log_effect_market"].dtype == np.float64


def test_nothing_half_written_is_left(tmp_path):
    save_draws(_draws(), tmp_path / "fit.nc")
    assert [p.name for p in tmp_path.iterdir()] == ["fit.nc"]


def test_folds_lie_beside_the_draws(tmp_path):
    folds = xr.Dataset({"start": ("fold", [143])})
    save_draws(_draws(), tmp_path / "fit.nc", folds=folds)
    assert load_folds(tmp_path / "fit.nc")["start"].to_numpy().tolist() == [143]


def test_a_fit_without_folds_has_none(tmp_path):
    save_draws(_draws(), tmp_path / "fit.nc")
    assert load_folds(tmp_path / "fit.nc") is None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("sigma", 0.05, np.log(0.05)),
        ("alpha", 0.75, np.log(3.0)),
        ("rho", 0.5, 0.5 * np.log(3.0)),
        ("intercept", 1.1, 1.1),
    ],
)
def test_parameters_are_taken_to_the_scale_they_are_sampled_on(name, value, expected):
    assert float(unconstrain(name, np.array(value))) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["sigma", "alpha", "rho", "intercept"])
def test_constrain_undoes_unconstrain(name):
    values = np.array([0.1, 0.5, 0.9])
    assert constrain(name, unconstrain(name, values)) == pytest.approx(values)


def test_cell_effects_are_market_plus_deviation():
    draws = _draws()
    deviation = xr.DataArray(np.ones((2, 5, 3, 2)), dims=("chain", "draw", "region", "channel"))
    cells = with_cell_effects(draws.assign(region_deviation=deviation), ["a", "b", "c"])["log_effect"]
    expected = draws["log_effect_market"].to_numpy() + 1
    assert cells.isel(region=1).to_numpy() == pytest.approx(expected)


def test_one_shared_effect_is_every_regions():
    cells = with_cell_effects(_draws(), ["a", "b"])["log_effect"]
    assert cells.sel(region="a").equals(cells.sel(region="b").assign_coords(region="a"))


def test_regions_with_effects_of_their_own_keep_them():
    draws = _draws(regions=True)
    assert with_cell_effects(draws, ["a", "b", "c"])["log_effect"].equals(draws["log_effect_market"])
