"""Validation folds: quarters at the end of the data, hidden from the fit and forecast from what came before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from mmm_helpers.model.design import Design
from mmm_helpers.model.given import expected_controls, past_surprises, surprise_outcome
from mmm_helpers.model.posterior import with_cell_effects
from mmm_helpers.model.profiles import FOLD_EFFORT, FOLD_WEEKS
from mmm_helpers.model.rivals import rival_forecasts

MOST_DRAWS = 500


def fold_length(design: Design) -> int:
    """Periods in one fold: a quarter."""
    return max(1, round(FOLD_WEEKS * design.periods_per_year / (365.25 / 7)))


def fold_starts(design: Design, folds: int) -> list[int]:
    """First period of each hidden quarter, latest first; a fold needs at least a year before it."""
    length, year = fold_length(design), round(design.periods_per_year)
    starts = [len(design.dates) - length * (k + 1) for k in range(folds)]
    return [s for s in starts if s >= year + design.l_max]


def sample_folds(
    compiled, design: Design, folds: int, *, unknown: Sequence[str], seed: int, cores: int = 1
) -> xr.Dataset | None:
    """Forecasts of hidden quarters, each from a fit of its own to what came before; no second compilation.

    Parameters
    ----------
    compiled : the market's compiled model. folds : how many quarters, fewer where the data are short.
    unknown : names of controls whose future the forecast is not given.

    Returns
    -------
    Dims fold, forecast_sample, horizon, region: `forecast` draws, `start`, and the point forecasts of `rivals`;
    None where no quarter can be hidden.
    """
    from mmm_helpers.model.sample import replaceable, sample

    forecasts = []
    for fold, start in enumerate(fold_starts(design, folds)):
        hidden = design.hide_from(start)
        own = sample(
            compiled,
            **FOLD_EFFORT,
            seed=seed + 1 + fold,
            cores=cores,
            label="validating",
            data=replaceable(hidden),
        )
        forecasts.append(forecast_fold(hidden, own, start, unknown=unknown, seed=seed))
    return xr.concat(forecasts, "fold") if forecasts else None


def forecast_fold(
    design: Design, draws: xr.Dataset, start: int, *, unknown: Sequence[str], seed: int
) -> xr.Dataset:
    """One fold's forecast draws, and what its rivals predict from the same inputs.

    Parameters
    ----------
    design : with the periods from `start` on hidden. draws : of its own fit (chain, draw, …).
    """
    from mmm_helpers.model.predict import flatten

    length = fold_length(design)
    flat = flatten(with_cell_effects(draws, design.regions), most=MOST_DRAWS)
    ahead = forecast_draws(design, flat, start, unknown=unknown, seed=seed)
    given = expected_controls(design, start, length, unknown)
    points = {
        name: (("horizon", "region"), point)
        for name, point in rival_forecasts(given, flat, start, length).items()
    }
    data = {"forecast": (("forecast_sample", "horizon", "region"), ahead), "start": start}
    return xr.Dataset(data | points, coords={"region": design.regions})


def forecast_draws(
    design: Design, draws: xr.Dataset, start: int, *, unknown: Sequence[str], seed: int
) -> np.ndarray:
    """Outcome draws (sample, h, r) of the quarter from `start` on, given spend and what is known ahead.

    Parameters
    ----------
    design : with the periods from `start` on hidden. draws : flattened posterior of its own fit.
    """
    from mmm_helpers.model.noise_draws import forecast
    from mmm_helpers.model.predict import components

    length, rng = fold_length(design), np.random.default_rng(seed)
    given = expected_controls(design, start, length, unknown)
    ahead = forecast(given, draws, components(given, draws), start, rng=rng)[:, :length]
    surprises = past_surprises(design, start, length, unknown)
    return ahead + surprise_outcome(given, draws, surprises, rng=rng)
