"""From a market's panel to the scaled arrays that the model sees."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.history import MIN_PERIODS
from mmm_helpers.model.baseline_inputs import (
    likelihood_mask,
    mean_outcome,
    money_per_unit,
    read_controls,
    region_predictors,
)
from mmm_helpers.model.grids import to_grid
from mmm_helpers.model.lifts import NO_LIFTS, Lifts
from mmm_helpers.model.media_inputs import (
    Media,
    channel_options,
    population,
    prior_effects,
    read_amounts,
    scale_media,
    usable_channels,
)
from mmm_helpers.model.transforms import hat_basis

HARMONICS = 3
PERIODS_PER_YEAR = {"daily": 365.25, "weekly": 365.25 / 7, "monthly": 12.0}

DAILY = 300.0
"""Periods a year from which on data are daily and have a weekly cycle."""


@dataclass(frozen=True)
class Design:
    """Everything the model needs about one market, scaled.

    Axes are t periods, r regions, c channels, k controls, p attributes of regions.

    Parameters
    ----------
    outcome : (t, r), in the outcome's own unit; NaN where unknown.
    observed : (t, r), whether the cell enters the likelihood.
    spend : (t, r, c), market currency; zero for unpaid channels.
    media : (t, r, c), spend (activity for unpaid channels) per head, 1 = the market's mean per head.
    media_unit : (r, c), spend (activity) that `media` = 1 stands for in the region.
    mean_media : (r, c), the region's mean of `media` since the channel's first period in the market; 1 where
        the region has none.
    prior_share : (r, c), prior median of the share of the region's outcome that the channel brings at its
        mean level; effect_sd : (c,) prior sd of the log effect around it; prior_sources : of stated priors.
    controls : (t, r, k), standardised over the market.
    outcome_scale : (r,), the region's mean outcome per period.
    value : (r,), money in market currency for one unit of outcome (1 for revenue).
    adstock, saturation, funnel : family and funnel group of each channel; lags : (c,) its l_max in periods.
    national : (c,) bought for the whole market: one effect, no deviations of regions.
    predictors : (r, p) standardised attributes of the regions.
    trend : linear or varying. shock, serial : which noise the model has. interactions : pairs of channels.
    spillover, varying_media : options of the model. lifts : measured experiments.
    """

    market: str
    dates: pd.DatetimeIndex
    regions: list[str]
    channels: list[str]
    paid: np.ndarray
    control_names: list[str]
    outcome: np.ndarray
    observed: np.ndarray
    spend: np.ndarray
    media: np.ndarray
    media_unit: np.ndarray
    mean_media: np.ndarray
    prior_share: np.ndarray
    effect_sd: np.ndarray
    prior_sources: tuple[str, ...]
    controls: np.ndarray
    outcome_scale: np.ndarray
    value: np.ndarray
    adstock: tuple[str, ...]
    saturation: tuple[str, ...]
    funnel: tuple[str | None, ...]
    lags: np.ndarray
    national: np.ndarray
    predictor_names: list[str]
    predictors: np.ndarray
    periods_per_year: float
    trend: str = "linear"
    shock: bool = True
    serial: bool = True
    interactions: tuple[tuple[str, str], ...] = ()
    spillover: bool = False
    varying_media: bool = False
    lifts: Lifts = NO_LIFTS

    @property
    def l_max(self) -> int:
        """Longest carry-over of all channels, in periods."""
        return int(self.lags.max())

    @property
    def scaled_outcome(self) -> np.ndarray:
        """(t, r) outcome in units of the region's mean; zero where unknown (and masked)."""
        return np.nan_to_num(self.outcome / self.outcome_scale)

    @property
    def lagged_media(self) -> np.ndarray:
        """(t, r, c, l_max) media of each period and of those before it; zero before the data."""
        padded = np.concatenate([np.zeros((self.l_max - 1, *self.media.shape[1:])), self.media])
        return sliding_window_view(padded, self.l_max, axis=0)[..., ::-1]

    @property
    def span_weights(self) -> np.ndarray:
        """(t, r) weights of a region's mean over its known periods, adding up to 1; its level is a mean over them."""
        known = (~np.isnan(self.outcome)).astype(float)
        return known / known.sum(axis=0)

    @property
    def time(self) -> np.ndarray:
        """(t,) years since the middle of the data: the trend's axis, the same for any horizon."""
        steps = np.arange(len(self.dates)) - (len(self.dates) - 1) / 2
        return steps / self.periods_per_year

    @property
    def fourier(self) -> np.ndarray:
        """(t, 2 × harmonics) sines then cosines of the yearly cycle."""
        angle = 2 * np.pi * self.dates.day_of_year.to_numpy()[:, None] / 365.25 * np.arange(1, HARMONICS + 1)
        return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)

    @property
    def weekdays(self) -> np.ndarray:
        """(t, 6) contrasts of the days of the week, each day's effects adding up to zero; (t, 0) if not daily."""
        if self.periods_per_year < DAILY:
            return np.zeros((len(self.dates), 0))
        day = self.dates.day_of_week.to_numpy()
        return (day[:, None] == np.arange(6)).astype(float) - (day[:, None] == 6)

    @property
    def has_season(self) -> bool:
        """Whether the data cover a full year: without it season and trend cannot be told apart."""
        return (self.dates[-1] - self.dates[0]).days >= 364

    @property
    def drift_basis(self) -> np.ndarray:
        """(t, knots) of the level's drift: one knot a quarter."""
        return hat_basis(len(self.dates), self.periods_per_year / 4)

    @property
    def tide_basis(self) -> np.ndarray:
        """(t, knots) of the media's common ups and downs: one knot a half-year."""
        return hat_basis(len(self.dates), self.periods_per_year / 2)

    @property
    def mean_spend(self) -> np.ndarray:
        """(r, c) spend per period at the region's mean level; the unit cost of `mean_media`."""
        return self.mean_media * self.media_unit * self.paid

    @property
    def region_weights(self) -> np.ndarray:
        """(r, c) share of a region in a channel's effect before the data, adding up to 1: its share of spend."""
        size = self.prior_share * (self.outcome_scale * self.value)[:, None]
        # A channel that is taken out of a refit ran nowhere; its weights then count for nothing.
        ran = self.media.any(axis=0)
        size = size * np.where(ran.any(axis=0), ran, True)
        return size / size.sum(axis=0)

    def hide_from(self, start: int) -> Design:
        """The same design with all periods from `start` on, and tests that end in them, taken out of the likelihood:
        a fold's view.
        """
        observed = self.observed.copy()
        observed[start:] = False
        return replace(self, observed=observed, lifts=self.lifts.until(start))


def make_design(panel: pd.DataFrame, status: pd.DataFrame, settings: dict) -> Design:
    """Arrays of one market from its panel.

    Parameters
    ----------
    panel : the market's panel (`panel.parquet`).
    status : channel status (market, region, channel, status, first_date).
    settings : the market's specification (`specification.json`).

    Raises
    ------
    InputError : fewer than 26 periods, or no channel with any spend.
    """
    regions, dates = sorted(panel["region"].unique()), pd.DatetimeIndex(sorted(panel["date"].unique()))
    code, specs = settings["market"], settings["channels"]
    if len(dates) < MIN_PERIODS:
        raise InputError(_too_short(code, len(dates)))
    channels = usable_channels(panel, specs)
    if not channels:
        raise InputError(_no_media(code))
    paid = np.array([specs[c].get("paid", True) for c in channels])
    options = channel_options(settings, channels)
    outcome = to_grid(panel, "outcome", dates, regions)
    amount = read_amounts(panel, channels, paid, dates, regions)
    value, scale = money_per_unit(panel, regions, settings["outcome"]), mean_outcome(outcome, regions, code)
    scaled = scale_media(amount, population(panel, regions, settings), dates, channels, status)
    control_names, controls = read_controls(panel, dates, regions, settings)
    predictor_names, predictors = region_predictors(regions, settings)
    return Design(
        market=code,
        dates=dates,
        regions=regions,
        channels=channels,
        paid=paid,
        control_names=control_names,
        outcome=outcome,
        observed=likelihood_mask(outcome, amount, options["lags"]),
        spend=np.nan_to_num(amount) * paid,
        controls=controls,
        outcome_scale=scale,
        value=value,
        predictor_names=predictor_names,
        predictors=predictors,
        periods_per_year=PERIODS_PER_YEAR[settings["frequency"]],
        **_media_fields(scaled, settings, channels, paid, income=scale * value),
        **options,
        **_model_options(settings.get("model", {}), channels),
    )


def _media_fields(
    scaled: Media, settings: dict, channels: list[str], paid: np.ndarray, *, income: np.ndarray
) -> dict:
    """The design's scaled media, and what is thought of each channel before the data.

    Parameters
    ----------
    income : (r,) outcome in money per period.
    """
    mean_spend, ran = scaled.mean * scaled.unit * paid, scaled.media.any(axis=0)
    share, sd, sources = prior_effects(settings, channels, mean_spend, income, paid=paid, ran=ran)
    return {
        "media": scaled.media,
        "media_unit": scaled.unit,
        "mean_media": scaled.mean,
        "prior_share": share,
        "effect_sd": sd,
        "prior_sources": sources,
    }


def _model_options(model: dict, channels: list[str]) -> dict:
    """The model's switches; `auto` starts as a linear trend, and a pair needs both of its channels."""
    pairs = tuple(tuple(p) for p in model.get("interactions", []) if set(p) <= set(channels))
    return {
        "trend": "varying" if model.get("trend") == "varying" else "linear",
        "shock": model.get("shock", True),
        "serial": model.get("serial", True),
        "interactions": pairs,
        "spillover": model.get("spillover", False),
        "varying_media": model.get("varying_media", False),
    }


def _too_short(code: str, periods: int) -> Problem:
    return Problem(
        f"only {periods} periods of outcome",
        "panel",
        f"at least {MIN_PERIODS}",
        "add history, or leave the market out of the run",
        code,
    )


def _no_media(code: str) -> Problem:
    return Problem(
        "no channel has any spend or activity",
        "panel",
        "at least one channel with spend",
        "check the sources' channel names",
        code,
    )
