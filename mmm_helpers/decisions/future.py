"""The coming periods without paid media: what the outcome starts from, and what each control adds to it.

Trend and season go on, drift walks on with steps of its own size, holidays come from the calendar. Controls are as in
the same periods of the year before, or as in the last period where that rule would have been nearer so far; what such
rules missed of controls that nobody knows ahead widens the draws. Unpaid channels stay at their last year's level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.decisions.responses import todays_level
from mmm_helpers.estimands.money import Money
from mmm_helpers.inputs.holidays import holiday_dates
from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.model.design import Design
from mmm_helpers.model.given import choose_lag, expect, past_surprises, season_length, surprise_outcome
from mmm_helpers.model.grids import to_grid
from mmm_helpers.model.predict import (
    channel_contribution,
    control_effects,
    pair_contribution,
    spilled,
)

QUARTERS = 4
"""Knots of the drift in a year."""


@dataclass(frozen=True)
class Future:
    """The coming periods of one market, its regions together, in the reporting currency.

    Parameters
    ----------
    baseline : (sample, period) money that comes in without spend in these periods; what earlier spend carries into
        them is left out, as what their own spend brings after them is counted with it.
    control_effects : control → (sample,) money over all periods if the control were higher by 100 %: of its level,
        or of its usual range (`usual_range`) where it can be zero or less.
    control_steps : control → sds of what was seen that these 100 % are.
    unit_value : money of one unit of outcome.
    """

    baseline: np.ndarray
    control_effects: dict[str, np.ndarray] = field(default_factory=dict)
    control_steps: dict[str, float] = field(default_factory=dict)
    unit_value: float = 1.0


def foresee_baseline(
    design: Design,
    draws: xr.Dataset,
    money: Money,
    panel: pd.DataFrame,
    *,
    horizon: int,
    unknown: Sequence[str] = (),
    calendar: str | None = None,
    known: np.ndarray | None = None,
    seed: int = 0,
) -> Future:
    """The outcome to come without paid media, draw by draw.

    Parameters
    ----------
    draws : flattened posterior. panel : the market's, for the controls in their own units.
    horizon : periods. unknown : controls that nobody knows ahead. calendar : of public holidays; None for none.
    known : (t, r, c) whether media are known; None if all of it is.
    """
    rng, known = np.random.default_rng(seed), np.ones(design.media.shape, bool) if known is None else known
    dates = coming_dates(design, horizon)
    controls = coming_controls(design, panel, dates, calendar=calendar)
    effect, scale = _effects(design, draws), design.outcome_scale
    outcome = _level(design, draws) + _course(design, draws, dates, rng) * scale
    outcome = outcome + np.einsum("src,hrc->shr", effect, controls) * scale
    outcome = (
        outcome + _surprises(design, draws, horizon, unknown, rng) + _unpaid(design, draws, horizon, known)
    )
    shares = scale * design.value
    sizes = control_sizes(design, panel)
    moved = {
        name: horizon * money.money(effect[:, :, k] * sizes[name] * scale).sum(axis=1)
        for k, name in enumerate(design.control_names)
        if name in sizes
    }
    steps = {name: float(np.average(size, weights=shares)) for name, size in sizes.items()}
    value = float(shares.sum() / scale.sum()) * money.rate
    return Future(money.money(outcome).sum(axis=2), moved, steps, value)


def coming_dates(design: Design, horizon: int) -> pd.DatetimeIndex:
    """Starts of the periods after the data: months where the data are monthly, else steps of the same length."""
    if design.periods_per_year == 12:
        return pd.DatetimeIndex([design.dates[-1] + pd.DateOffset(months=i + 1) for i in range(horizon)])
    step = design.dates[-1] - design.dates[-2]
    return pd.DatetimeIndex([design.dates[-1] + step * (i + 1) for i in range(horizon)])


def coming_controls(
    design: Design, panel: pd.DataFrame, dates: pd.DatetimeIndex, *, calendar: str | None
) -> np.ndarray:
    """(horizon, r, k) standardised controls to come; see the module's head for the rules.

    Past one year the rule goes on with its own values: the same season again.
    """
    year, length = season_length(design), len(dates)
    coming = np.zeros((length, *design.controls.shape[1:]))
    for k, name in enumerate(design.control_names):
        series = design.controls[:, :, k]
        if name == "holiday" and calendar and "holiday" in panel:
            coming[:, :, k] = _holidays(panel["holiday"].to_numpy(float), design, dates, calendar)[:, None]
        else:
            coming[:, :, k] = _expected(series, length, year)
    return coming


def _expected(series: np.ndarray, length: int, year: int) -> np.ndarray:
    origin, steps = len(series), min(length, year)
    if origin < year:
        return np.repeat(series.mean(axis=0, keepdims=True), length, axis=0)
    first = expect(series, origin, steps, choose_lag(series, origin, steps, year))
    return np.concatenate([first] * (-(-length // steps)))[:length]


def _holidays(seen: np.ndarray, design: Design, dates: pd.DatetimeIndex, calendar: str) -> np.ndarray:
    """(horizon,) holidays on Monday to Friday of the coming periods, scaled like those of the data."""
    end = coming_dates(replace(design, dates=design.dates[-2:].append(dates)[-2:]), 1)[0]
    days = holiday_dates(
        calendar, dates[0], end - pd.Timedelta(days=1), market=design.market, file="portfolio"
    )
    weekdays = days[days.day_of_week < 5]
    place = np.searchsorted(dates.to_numpy(), weekdays.to_numpy(), side="right") - 1
    counts = np.bincount(place, minlength=len(dates))
    return (counts - np.nanmean(seen)) / np.nanstd(seen)


def _level(design: Design, draws: xr.Dataset) -> np.ndarray:
    """(sample, 1, r) the level without media: the intercept is the level with the media's mean in it."""
    mean = 0.0
    for channel in design.channels:  # one after another: all together would take much memory
        own = channel_contribution(design, draws, channel)
        own = own + spilled(design, draws, own) if "spillover" in draws else own
        mean = mean + (own * design.span_weights).sum(axis=1)
    for pair in design.interactions:
        mean = mean + (pair_contribution(design, draws, pair) * design.span_weights).sum(axis=1)
    level = draws["intercept"].transpose("sample", "region").to_numpy() * design.outcome_scale - mean
    return level[:, None, :]


def _course(
    design: Design, draws: xr.Dataset, dates: pd.DatetimeIndex, rng: np.random.Generator
) -> np.ndarray:
    """(sample, horizon, r) trend, season and drift to come, as shares of a region's mean outcome."""
    ahead = np.arange(1, len(dates) + 1)
    slope = draws["trend"].transpose("sample", "region").to_numpy()
    course = slope[:, None, :] * (design.time[-1] + ahead / design.periods_per_year)[None, :, None]
    later, season = replace(design, dates=dates), np.zeros((len(slope), len(dates)))
    if "season_effect" in draws:
        season += draws["season_effect"].transpose("sample", "fourier_mode").to_numpy() @ later.fourier.T
    if "weekday_effect" in draws:
        season += draws["weekday_effect"].transpose("sample", "weekday").to_numpy() @ later.weekdays.T
    if "drift" in draws:
        season += _drift(design, draws, ahead, rng)
    return course + season[:, :, None]


def _drift(design: Design, draws: xr.Dataset, ahead: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(sample, horizon) the drift from its last value on, linear between quarterly steps of its own sd."""
    last = draws["drift"].transpose("sample", "date").to_numpy()[:, -1:]
    quarters = ahead * QUARTERS / design.periods_per_year
    sd = draws["drift_sd"].to_numpy()[:, None]
    knots = np.cumsum(sd * rng.normal(size=(len(sd), int(np.ceil(quarters[-1])))), axis=1)
    knots = np.concatenate([np.zeros((len(sd), 1)), knots], axis=1)
    low = np.minimum(quarters.astype(int), knots.shape[1] - 2)
    weight = quarters - low
    return last + knots[:, low] * (1 - weight) + knots[:, low + 1] * weight


def _surprises(
    design: Design, draws: xr.Dataset, horizon: int, unknown: Sequence[str], rng: np.random.Generator
) -> np.ndarray | float:
    missed = past_surprises(design, len(design.dates), horizon, unknown)
    return surprise_outcome(design, draws, missed, rng=rng)


def _unpaid(design: Design, draws: xr.Dataset, horizon: int, known: np.ndarray) -> np.ndarray | float:
    """(sample, horizon, r) what unpaid channels bring at their last year's level, what they carry over included."""
    total = 0.0
    lags = design.l_max - 1
    start = len(design.dates) - lags
    for channel in [c for c, paid in zip(design.channels, design.paid, strict=True) if not paid]:
        c = design.channels.index(channel)
        level = todays_level(design, known, c)
        before = np.where(known[start:, :, c], design.media[start:, :, c], level)
        path = np.concatenate([before, np.tile(level, (horizon, 1))])
        total = total + channel_contribution(design, draws, channel, media=path, first=start)[:, lags:]
    return total + spilled(design, draws, total) if "spillover" in draws and np.ndim(total) else total


def _effects(design: Design, draws: xr.Dataset) -> np.ndarray:
    """(sample, r, k) effects of controls, also where all regions share one, or where there are none."""
    shape = (draws.sizes["sample"], len(design.regions), len(design.control_names))
    return np.broadcast_to(control_effects(draws), shape) if design.control_names else np.zeros(shape)


def control_sizes(design: Design, panel: pd.DataFrame) -> dict[str, np.ndarray]:
    """Control → (r,) sds that 100 % of it are: of its mean level in the last year, or of its usual range.

    Holidays and events are left out: nobody moves them.
    """
    sizes, year = {}, round(design.periods_per_year)
    for name in design.control_names:
        if f"control_{name}" not in panel:
            continue
        raw = to_grid(panel, f"control_{name}", design.dates, design.regions)
        level = np.nanmean(raw[-year:], axis=0)
        hundred = level if has_level(raw) else np.full(len(level), usual_range(raw))
        sizes[name] = hundred / np.nanstd(raw)
    return sizes


def has_level(raw: np.ndarray) -> bool:
    """Whether shares of a control's level mean something: it never is zero or less.

    Examples
    --------
    >>> has_level(np.array([98.0, 104.0])), has_level(np.array([-0.5, 1.2]))
    (True, False)
    """
    return bool(np.nanmin(raw) > 0)


def usual_range(raw: np.ndarray) -> float:
    """Width of the range that nine in ten values lie in."""
    low, high = np.nanquantile(raw, [LOWER, UPPER])
    return float(high - low)
