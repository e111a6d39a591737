"""pymc-marketing takes the translated rows, and expects of them and of the spend paths what this software expects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mmm_helpers.experiments.lift import Lift, spend_paths
from mmm_helpers.experiments.translate import (
    check_rows,
    compute_lift_rows,
    compute_return_rows,
    forward_lift,
    steady_state_lift,
)

DATES = pd.date_range("2024-01-01", periods=40, freq="7D")
LAGS, ALPHA, LAM, BETA = 6, 0.6, 1.3, 0.4
TEST = slice(20, 26)


@pytest.fixture(scope="module")
def lift():
    return Lift(
        "dark", "tv", ("north", "south"), DATES[20], DATES[25], 6, total=-480.0, sd=90.0, spend_change=-240.0
    )


@pytest.fixture(scope="module")
def panel():
    """Three regions, of which two go dark for six weeks."""
    rng = np.random.default_rng(1)
    spend = [30.0, 10.0, 20.0] * rng.uniform(0.8, 1.2, (len(DATES), 3))
    spend[TEST, :2] = 0.0
    wide = pd.DataFrame(spend, pd.Index(DATES, name="date"), ["north", "south", "west"])
    cells = wide.reset_index().melt("date", var_name="region", value_name="spend_tv")
    return cells.assign(outcome=rng.uniform(300, 500, len(cells)))


@pytest.fixture(scope="module")
def paths(panel, lift):
    return spend_paths(panel.pivot(index="date", columns="region", values="spend_tv"), lift, lags=LAGS)


class Library:
    """A tiny model with lift and return rows, compiled once for Python; nothing is sampled."""

    def __init__(self, panel, lift, paths):
        import pytensor
        from pymc_marketing.mmm import MMM, GeometricAdstock, LogisticSaturation

        x = panel.rename(columns={"spend_tv": "tv"})[["date", "region", "tv"]]
        own_scale = {"method": "max", "dims": ()}
        mmm = MMM(
            date_column="date",
            target_column="y",
            channel_columns=["tv"],
            dims=("region",),
            scaling={"channel": own_scale, "target": own_scale},
            adstock=GeometricAdstock(l_max=LAGS),
            saturation=LogisticSaturation(),
        )
        mmm.build_model(x, panel["outcome"].rename("y"))
        self.lift_rows = check_rows(compute_lift_rows(lift, paths), panel)
        self.return_rows = compute_return_rows(lift, paths)
        mmm.add_lift_test_measurements(self.lift_rows)
        mmm.add_cost_per_target_calibration(
            x, self.return_rows, "returns", target_column="roas", target_per_cost=True
        )
        self.mmm, self.model = mmm, mmm.model
        self.wanted = {
            name: self.model[name]
            for name in (
                "lift_measurements_model_estimated_lift_original_scale",
                "channel_contribution_original_scale",
            )
        }
        self.function = pytensor.function(
            self.model.free_RVs, list(self.wanted.values()), mode="FAST_COMPILE", on_unused_input="ignore"
        )

    def evaluate(self, name: str) -> xr.DataArray:
        """A quantity at known parameters of adstock and saturation."""
        known = {"adstock_alpha": ALPHA, "saturation_lam": LAM, "saturation_beta": BETA}
        values = []
        for variable in self.model.free_RVs:
            dims = self.model.named_vars_to_dims.get(variable.name, ())
            values.append(np.full([len(self.model.coords[d]) for d in dims], known.get(variable.name, 0.1)))
        found = dict(zip(self.wanted, self.function(*values), strict=True))[name]
        return xr.DataArray(found, dims=self.wanted[name].dims)

    def observed(self, name: str) -> np.ndarray:
        return np.asarray(self.model.rvs_to_values[self.model[name]].data)


@pytest.fixture(scope="module")
def library(panel, lift, paths):
    return Library(panel, lift, paths)


@pytest.fixture(scope="module")
def response(panel):
    """The logistic curve as its authors define it, in original units: each region scaled by its own maximum."""
    most = panel.groupby("region")[["spend_tv", "outcome"]].max().loc[["north", "south"]]
    spend, outcome = most["spend_tv"].to_numpy(), most["outcome"].to_numpy()
    return lambda x: outcome * BETA * (1 - np.exp(-LAM * x / spend)) / (1 + np.exp(-LAM * x / spend))


def test_rows_are_taken_in_original_units(library, panel):
    scale = panel.groupby("region")["outcome"].max().loc[["north", "south"]].to_numpy()
    assert library.observed("lift_measurements") * scale == pytest.approx(
        library.lift_rows["delta_y"].to_numpy()
    )
    assert library.observed("returns") == pytest.approx(library.return_rows["roas"].to_numpy())


def test_the_model_expects_the_steady_state(library, paths, response):
    expected = library.evaluate("lift_measurements_model_estimated_lift_original_scale")
    ours = steady_state_lift(paths, response)[0] / paths.periods
    np.testing.assert_allclose(expected.to_numpy(), ours, rtol=1e-6)


def test_the_forward_pass_is_the_librarys(library, paths, response):
    """Its contributions under the one spend path minus those under the other."""
    import pymc as pm

    data = library.model["channel_data"]
    actual = data.get_value()
    spend = xr.DataArray(actual.copy(), dims=data.dims).transpose("date", "region", "channel")
    begin = TEST.start - (LAGS - 1)
    spend[begin : begin + len(paths.without), :2, 0] = paths.without.to_numpy()
    found = library.evaluate("channel_contribution_original_scale")
    with library.model:
        pm.set_data({"channel_data": spend.transpose(*data.dims).to_numpy()})
        try:
            found = found - library.evaluate("channel_contribution_original_scale")
        finally:
            pm.set_data({"channel_data": actual})
    theirs = found.transpose("date", "region", "channel").to_numpy()[:, :2, 0].sum(axis=0)
    weights = ALPHA ** np.arange(LAGS)
    ours = forward_lift(
        paths.actual.to_numpy(),
        paths.without.to_numpy(),
        weights=(weights / weights.sum())[None],
        response=response,
    )
    np.testing.assert_allclose(theirs, ours[0], rtol=1e-6)
