"""What coming spend may bring in one market, stored once so that pages and other markets read the same draws."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr

from mmm_helpers.decisions.responses import GRID, Cell


@dataclass(frozen=True)
class Prospects:
    """A market's cells of a plan, over one horizon, in the reporting currency.

    Parameters
    ----------
    cells : every cell with spend in the last year; `response` has the same samples in all of them.
    noise : (sample,) money that chance alone adds to the horizon's outcome.
    horizon : periods that a plan covers.
    baseline, control_effects, control_steps, unit_value : see `future.Future`; None and empty where not foreseen.
    """

    market: str
    cells: list[Cell]
    noise: np.ndarray
    horizon: int
    baseline: np.ndarray | None = None
    control_effects: dict[str, np.ndarray] = field(default_factory=dict)
    control_steps: dict[str, float] = field(default_factory=dict)
    unit_value: float = 1.0


def save_prospects(prospects: Prospects, path: Path) -> None:
    """Write to NetCDF in single precision; the file appears only when it is whole.

    Variables: response (cell, sample, multiple), spend, support, region, channel (cell), noise (sample), baseline
    (sample, period), control_effect (control, sample), control_step (control).
    """
    cells = prospects.cells
    response = np.zeros((len(cells), len(prospects.noise), len(GRID)), np.float32)
    for i, cell in enumerate(cells):
        response[i] = cell.response
    data = xr.Dataset(
        {
            "response": (("cell", "sample", "multiple"), response),
            "spend": ("cell", np.array([c.spend for c in cells], float)),
            "support": ("cell", np.array([c.support for c in cells], float)),
            "region": ("cell", np.array([c.region for c in cells], dtype=object)),
            "channel": ("cell", np.array([c.channel for c in cells], dtype=object)),
            "noise": ("sample", np.asarray(prospects.noise, float)),
        },
        coords={"multiple": GRID},
        attrs={
            "market": prospects.market,
            "horizon": prospects.horizon,
            "unit_value": prospects.unit_value,
        },
    ).assign(_future(prospects))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    encoding = {"response": {"zlib": True, "complevel": 4}} if cells else {}
    data.to_netcdf(partial, engine="h5netcdf", encoding=encoding)
    os.replace(partial, path)


def _future(prospects: Prospects) -> dict[str, tuple]:
    """Variables about the periods to come, as far as they were foreseen."""
    names, found = list(prospects.control_effects), {}
    if prospects.baseline is not None:
        found["baseline"] = (("sample", "period"), prospects.baseline)
    if names:
        found["control_effect"] = (
            ("control", "sample"),
            np.stack([prospects.control_effects[n] for n in names]),
        )
        found["control_step"] = ("control", np.array([prospects.control_steps[n] for n in names], float))
        found["control"] = ("control", np.array(names, dtype=object))
    return found


def load_prospects(path: Path) -> Prospects:
    """Read what `save_prospects` wrote; responses in double precision."""
    with xr.open_dataset(path, engine="h5netcdf") as stored:
        data = stored.load()
    named = zip(
        *(data[name].values.tolist() for name in ("region", "channel", "spend", "support")), strict=True
    )
    response = data["response"].values.astype(float)
    cells = [Cell(*row, response=own) for row, own in zip(named, response, strict=True)]
    names = data["control"].values.tolist() if "control" in data else []
    return Prospects(
        str(data.attrs["market"]),
        cells,
        data["noise"].values,
        int(data.attrs["horizon"]),
        baseline=data["baseline"].values if "baseline" in data else None,
        control_effects=dict(zip(names, data["control_effect"].values, strict=True)) if names else {},
        control_steps=dict(zip(names, data["control_step"].values.tolist(), strict=True)) if names else {},
        unit_value=float(data.attrs.get("unit_value", 1.0)),
    )
