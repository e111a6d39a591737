"""Stored draws: parameters only, single precision, one small file per fit."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import xarray as xr

POSITIVE = (
    "slope", "sigma", "region_sd", "shock_sd", "delay", "weibull_shape", "weibull_scale", "drift_sd", "tide_sd",
    "control_sd"
)  # fmt: skip
"""Parameters sampled on the log scale."""
UNIT = ("alpha",)
"""Parameters sampled on the logit scale."""
SIGNED = ("rho",)
"""Parameters between −1 and 1, sampled as the inverse hyperbolic tangent."""
NOT_PARAMETERS = ("lp", "diverging", "steps")


FOLDS = "folds"
"""NetCDF group that holds the forecasts of the validation folds beside a market's own fit."""
LIFTS = "lifts"
"""NetCDF group that holds what became of the experiments beside a market's own fit."""


def save_draws(
    draws: xr.Dataset, path: Path, *, folds: xr.Dataset | None = None, lifts: xr.Dataset | None = None
) -> None:
    """Write draws to NetCDF in single precision; the file appears only when it is whole.

    Parameters
    ----------
    folds, lifts : forecast draws of hidden quarters, and what became of experiments; each in a group of its own.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    _write(draws, partial)
    for group, data in ((FOLDS, folds), (LIFTS, lifts)):
        if data is not None:
            _write(data, partial, mode="a", group=group)
    os.replace(partial, path)


def _write(data: xr.Dataset, path: Path, **kwargs) -> None:
    small = data.map(lambda a: a.astype(np.float32) if a.dtype.kind == "f" else a)
    encoding = {name: {"zlib": True, "complevel": 4} for name in small.data_vars if small[name].ndim}
    small.to_netcdf(path, engine="h5netcdf", encoding=encoding, **kwargs)


def load_draws(path: Path, *, group: str | None = None) -> xr.Dataset:
    """Read draws written by `save_draws`, in double precision."""
    with xr.open_dataset(path, engine="h5netcdf", group=group) as stored:
        return stored.load().map(lambda a: a.astype(float) if a.dtype.kind == "f" else a)


def load_folds(path: Path) -> xr.Dataset | None:
    """The forecasts stored beside a market's own fit; None where the profile has no folds."""
    return _load_group(path, FOLDS)


def load_lifts(path: Path) -> xr.Dataset | None:
    """What became of the experiments, stored beside a market's own fit; None where it has none."""
    return _load_group(path, LIFTS)


def _load_group(path: Path, group: str) -> xr.Dataset | None:
    try:
        return load_draws(path, group=group)
    except OSError:
        return None


def unconstrain(name: str, values: np.ndarray) -> np.ndarray:
    """A parameter on the scale on which it is sampled: log, logit, inverse tanh, or as it is."""
    if name in POSITIVE:
        return np.log(np.maximum(values, 1e-9))
    if name in UNIT:
        inside = np.clip(values, 1e-6, 1 - 1e-6)
        return np.log(inside / (1 - inside))
    if name in SIGNED:
        return np.arctanh(np.clip(values, 1e-6 - 1, 1 - 1e-6))
    return values


def constrain(name: str, values: np.ndarray) -> np.ndarray:
    """The inverse of `unconstrain`."""
    if name in POSITIVE:
        return np.exp(values)
    if name in UNIT:
        return 1 / (1 + np.exp(-values))
    if name in SIGNED:
        return np.tanh(values)
    return values


def with_cell_effects(draws: xr.Dataset, regions: list[str]) -> xr.Dataset:
    """Add `log_effect` (…, region, channel): the market's effect plus the region's deviation."""
    market = draws["log_effect_market"]
    if "region_deviation" in draws:
        return draws.assign(log_effect=market + draws["region_deviation"])
    if "region" in market.dims:
        return draws.assign(log_effect=market)
    return draws.assign(log_effect=market.expand_dims(region=regions))
