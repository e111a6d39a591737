"""What a forecast may know of the periods ahead: spend, prices and holidays as planned; the rest as expected then.

A driver that nobody knows in advance (`known_ahead: false`) is forecast by its last value or by its value a year
before, whichever would have come closer so far; what that rule missed so far widens the forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from mmm_helpers.model.design import Design
from mmm_helpers.model.predict import control_effects


def unknown_ahead(settings: dict) -> list[str]:
    """Names of the controls whose future nobody knows, by the market's specification.

    Examples
    --------
    >>> unknown_ahead({"controls": {"price": {"known_ahead": True}, "demand": {"known_ahead": False}}})
    ['demand']
    """
    controls = settings.get("controls") or {}
    return [name for name, spec in controls.items() if not spec.get("known_ahead", True)]


def season_length(design: Design) -> int:
    """Periods after which the season repeats: a year, in whole weeks where the data are daily."""
    year = round(design.periods_per_year)
    return 7 * (year // 7) if year > 300 else year


def expect(series: np.ndarray, origin: int, length: int, lag: int) -> np.ndarray:
    """(length, r) forecast of a series (t, r) from period `origin` on: its value `lag` periods before, a year.

    With `lag` 0 the last value is kept. Nothing from `origin` on is looked at.
    """
    if lag:
        return series[origin - lag : origin - lag + length]
    return np.repeat(series[origin - 1 : origin], length, axis=0)


def missed(series: np.ndarray, start: int, length: int, lag: int, first: int) -> np.ndarray:
    """(origins, length, r) what the rule's forecasts from periods `first` on, all over by `start`, missed."""
    origins = range(first, start - length + 1)
    errors = [series[o : o + length] - expect(series, o, length, lag) for o in origins]
    return np.stack(errors) if errors else np.zeros((0, length, series.shape[1]))


def choose_lag(series: np.ndarray, start: int, length: int, year: int) -> int:
    """The rule that would have done better before `start`: 0 (last value) or `year` (value a year ago)."""
    if length > year or start - length < year:
        return 0
    errors = {lag: np.abs(missed(series, start, length, lag, year)).mean() for lag in (0, year)}
    return min(errors, key=errors.get)


def expected_controls(design: Design, start: int, length: int, unknown: Sequence[str]) -> Design:
    """The design as a forecaster knows it at `start`: unknown controls replaced by their forecasts.

    Parameters
    ----------
    start, length : the periods ahead; what comes after them is left as it is and must not be used.
    unknown : names of controls whose future is not known (`unknown_ahead`).
    """
    controls, year = design.controls.copy(), season_length(design)
    for k, name in enumerate(design.control_names):
        if name in unknown:
            own = design.controls[:, :, k]
            lag = choose_lag(own, start, length, year)
            controls[start : start + length, :, k] = expect(own, start, length, lag)
    return replace(design, controls=controls)


def past_surprises(design: Design, start: int, length: int, unknown: Sequence[str]) -> np.ndarray:
    """What forecasts of the unknown controls by the same rules would have missed before, all at the same time.

    Returns
    -------
    Shape (origins, length, r, k): controls minus their forecasts; zero for those that are known. No origins
    where the history is too short.
    """
    year = season_length(design)
    lags = {
        k: choose_lag(design.controls[:, :, k], start, length, year)
        for k, name in enumerate(design.control_names)
        if name in unknown
    }
    first = max([1, *lags.values()])
    surprises = np.zeros((max(0, start - length + 1 - first), length, *design.controls.shape[1:]))
    for k, lag in lags.items():
        surprises[..., k] = missed(design.controls[:, :, k], start, length, lag, first)
    return surprises


def surprise_outcome(
    design: Design, draws: xr.Dataset, surprises: np.ndarray, *, rng: np.random.Generator
) -> np.ndarray | float:
    """What surprises of the controls add to the outcome: one past surprise for each draw, at random.

    Parameters
    ----------
    draws : flattened posterior. surprises : (origins, h, r, k).

    Returns
    -------
    Shape (sample, h, r), in the outcome's unit; 0 where there is nothing to go by.
    """
    if not surprises.any():
        return 0.0
    effect = control_effects(draws)
    picks = surprises[rng.integers(len(surprises), size=len(effect))]
    return (picks * effect[:, None]).sum(axis=3) * design.outcome_scale
