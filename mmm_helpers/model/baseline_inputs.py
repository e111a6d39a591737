"""What the model is told beside media: the outcome's mask and scale, controls, events, regions' attributes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.regions import PREDICTORS
from mmm_helpers.model.grids import to_grid


def money_per_unit(panel: pd.DataFrame, regions: list[str], outcome: dict) -> np.ndarray:
    """(r,) money per unit of outcome: 1 for revenue, the stated value, else the panel's mean value."""
    if outcome["kind"] == "revenue":
        return np.ones(len(regions))
    if "value_per_unit" in panel:
        weighted = (panel["value_per_unit"] * panel["outcome"]).groupby(panel["region"]).sum()
        return (weighted / panel.groupby("region")["outcome"].sum()).reindex(regions).to_numpy(float)
    return np.full(len(regions), float(outcome["value_per_unit"] or 1.0))


def mean_outcome(outcome: np.ndarray, regions: list[str], code: str) -> np.ndarray:
    """(r,) mean of the known outcome, which everything is measured in; it has to be above zero."""
    totals, known = np.nansum(outcome, axis=0), (~np.isnan(outcome)).sum(axis=0)
    empty = [r for r, total in zip(regions, totals, strict=True) if total <= 0]
    if empty:
        raise InputError(*(_no_outcome(code, region) for region in empty))
    return totals / known


def likelihood_mask(outcome: np.ndarray, amount: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """(t, r) cells of the likelihood: known outcome, and known spend in all periods that carry into it.

    Parameters
    ----------
    amount : (t, r, c) spend, NaN where unknown. lags : (c,) periods that each channel's spend works in.
    """
    reach = np.zeros(outcome.shape, bool)
    for c, length in enumerate(lags):
        unknown = np.isnan(amount[:, :, c])
        for lag in range(length):
            reach[lag:] |= unknown[: len(unknown) - lag]
    observed = ~np.isnan(outcome) & ~reach
    # What was spent before the first period is not known either.
    observed[: lags.max()] = False
    return observed


def read_controls(
    panel: pd.DataFrame, dates: pd.DatetimeIndex, regions: list[str], settings: dict
) -> tuple[list[str], np.ndarray]:
    """Standardised controls, holidays and events; a series that never moves says nothing and is left out."""
    columns = [c for c in panel if c.startswith("control_")] + [c for c in ["holiday"] if c in panel]
    grids = {c.removeprefix("control_"): to_grid(panel, c, dates, regions) for c in columns}
    grids |= {f"event:{e['name']}": _event(e, dates, regions) for e in settings.get("events", [])}
    moving = {name: g for name, g in grids.items() if np.nanmax(g) > np.nanmin(g)}
    scaled = [np.nan_to_num((g - np.nanmean(g)) / np.nanstd(g)) for g in moving.values()]
    empty = np.zeros((len(dates), len(regions), 0))
    return list(moving), np.stack(scaled, axis=-1) if scaled else empty


def _event(event: dict, dates: pd.DatetimeIndex, regions: list[str]) -> np.ndarray:
    """(t, r) 1 in the periods that an event touches, in its regions (all if none are named)."""
    ends = dates[1:].append(dates[-1:] + (dates[-1] - dates[-2]))
    touched = (ends > pd.Timestamp(event["start"])) & (dates <= pd.Timestamp(event["end"]))
    named = event.get("regions") or regions
    return touched[:, None] * np.array([r in named for r in regions], float)[None, :]


def region_predictors(regions: list[str], settings: dict) -> tuple[list[str], np.ndarray]:
    """Standardised attributes (r, p) that every region has and that differ; population by its logarithm.

    At most two fewer than there are regions, the first named first: more could not be told apart.
    """
    known, wanted = settings.get("regions") or {}, settings.get("model", {}).get("region_predictors")
    names, columns = [], []
    for name in PREDICTORS if wanted is None else wanted:
        values = np.array([(known.get(r) or {}).get(name, np.nan) for r in regions], float)
        values = np.log(values) if name == "population" else values
        if np.isfinite(values).all() and np.ptp(values) > 0:
            names.append(name)
            columns.append((values - values.mean()) / values.std())
    most = max(0, len(regions) - 2)
    columns = [np.zeros((len(regions), 0)), *(c[:, None] for c in columns[:most])]
    return names[:most], np.concatenate(columns, axis=1)


def _no_outcome(code: str, region: str) -> Problem:
    return Problem(
        f"region '{region}' has no known outcome above zero",
        "panel",
        "an outcome in every region",
        "supply it, or leave the region out of the sources",
        code,
    )
