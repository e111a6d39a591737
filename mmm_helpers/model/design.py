"""From a market's panel to the scaled arrays that the model sees."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.model.priors import PAID_SHARE, UNPAID_SHARE

HARMONICS = 3
MIN_PERIODS = 26


@dataclass(frozen=True)
class Design:
    """Everything the model needs about one market, scaled.

    Axes are t periods, r regions, c channels, k controls.

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
        mean level.
    controls : (t, r, k), standardised over the market.
    outcome_scale : (r,), the region's mean outcome per period.
    value : (r,), money in market currency for one unit of outcome (1 for revenue).
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
    controls: np.ndarray
    outcome_scale: np.ndarray
    value: np.ndarray
    l_max: int
    periods_per_year: float

    @property
    def scaled_outcome(self) -> np.ndarray:
        """(t, r) outcome in units of the region's mean; zero where unknown (and masked)."""
        return np.nan_to_num(self.outcome / self.outcome_scale)

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
    def mean_spend(self) -> np.ndarray:
        """(r, c) spend per period at the region's mean level; the unit cost of `mean_media`."""
        return self.mean_media * self.media_unit * self.paid

    def hide_from(self, start: int) -> Design:
        """The same design with all periods from `start` on taken out of the likelihood: a fold's view."""
        observed = self.observed.copy()
        observed[start:] = False
        return replace(self, observed=observed)


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
    code = settings["market"]
    if len(dates) < MIN_PERIODS:
        raise InputError(_too_short(code, len(dates)))
    channels = _usable_channels(panel, settings)
    if not channels:
        raise InputError(_no_media(code))
    paid = np.array([settings["channels"][c].get("paid", True) for c in channels])
    l_max = int(settings["l_max"])
    population = _population(panel, regions, settings)
    outcome = _grid(panel, "outcome", dates, regions)
    amount = np.stack(
        [_grid(panel, _media_column(c, p), dates, regions) for c, p in zip(channels, paid, strict=True)], -1
    )
    value = _value(panel, regions, settings)
    scale = _mean_outcome(outcome, regions, code)
    media, unit, mean_media = _scale_media(amount, population, dates, channels, status)
    names, controls = _controls(panel, dates, regions, settings)
    mean_spend = mean_media * unit * paid
    return Design(
        market=code,
        dates=dates,
        regions=regions,
        channels=channels,
        paid=paid,
        control_names=names,
        outcome=outcome,
        observed=_observed(outcome, amount, l_max),
        spend=np.nan_to_num(amount) * paid,
        media=media,
        media_unit=unit,
        mean_media=mean_media,
        prior_share=_prior_share(mean_spend, scale * value, paid, ran=media.any(axis=0)),
        controls=controls,
        outcome_scale=scale,
        value=value,
        l_max=l_max,
        periods_per_year={"daily": 365.25, "weekly": 365.25 / 7, "monthly": 12.0}[settings["frequency"]],
    )


def _grid(panel: pd.DataFrame, column: str, dates: pd.DatetimeIndex, regions: list[str]) -> np.ndarray:
    wide = panel.pivot(index="date", columns="region", values=column)
    return wide.reindex(index=dates, columns=regions).to_numpy(float)


def _media_column(channel: str, paid: bool) -> str:
    return f"spend_{channel}" if paid else f"activity_{channel}"


def _usable_channels(panel: pd.DataFrame, settings: dict) -> list[str]:
    """Channels with any activity in this market; a channel without is absent, not zero-effect."""
    usable = []
    for channel, spec in settings["channels"].items():
        column = _media_column(channel, spec.get("paid", True))
        if column in panel and panel[column].fillna(0).gt(0).any():
            usable.append(channel)
    return usable


def _population(panel: pd.DataFrame, regions: list[str], settings: dict) -> np.ndarray:
    """Heads per region, else the region's share of outcome, which stands in for size."""
    known = settings.get("regions") or {}
    heads = [(known.get(r) or {}).get("population") for r in regions]
    if all(h is not None and h > 0 for h in heads):
        return np.array(heads, float)
    return panel.groupby("region")["outcome"].mean().reindex(regions).to_numpy(float)


def _value(panel: pd.DataFrame, regions: list[str], settings: dict) -> np.ndarray:
    """Money per unit of outcome: 1 for revenue, the stated value, else the panel's mean value."""
    if settings["outcome"]["kind"] == "revenue":
        return np.ones(len(regions))
    if "value_per_unit" in panel:
        weighted = (panel["value_per_unit"] * panel["outcome"]).groupby(panel["region"]).sum()
        return (weighted / panel.groupby("region")["outcome"].sum()).reindex(regions).to_numpy(float)
    return np.full(len(regions), float(settings["outcome"]["value_per_unit"] or 1.0))


def _scale_media(
    amount: np.ndarray,
    population: np.ndarray,
    dates: pd.DatetimeIndex,
    channels: list[str],
    status: pd.DataFrame,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per head, relative to the market's mean per head since the channel's first period."""
    first = pd.to_datetime(status["first_date"]).groupby(status["channel"]).min()
    live = np.stack([dates >= first.get(c, dates[0]) for c in channels], -1)
    filled = np.nan_to_num(amount)
    periods = live.sum(axis=0)
    per_head = filled.sum(axis=(0, 1)) / (periods * population.sum())
    unit = population[:, None] * per_head[None, :]
    media = filled / unit
    mean = media.sum(axis=0) / periods
    return media, unit, np.where(mean > 0, mean, 1.0)


def _mean_outcome(outcome: np.ndarray, regions: list[str], code: str) -> np.ndarray:
    """(r,) mean of the known outcome, which everything is measured in; it has to be above zero."""
    totals, known = np.nansum(outcome, axis=0), (~np.isnan(outcome)).sum(axis=0)
    empty = [r for r, total in zip(regions, totals, strict=True) if total <= 0]
    if empty:
        raise InputError(*(_no_outcome(code, region) for region in empty))
    return totals / known


def _observed(outcome: np.ndarray, amount: np.ndarray, l_max: int) -> np.ndarray:
    """Cells of the likelihood: known outcome, and known spend in all periods that carry into it."""
    unknown = np.isnan(amount).any(axis=2)
    reach = unknown.copy()
    for lag in range(1, l_max):
        reach[lag:] |= unknown[:-lag]
    observed = ~np.isnan(outcome) & ~reach
    observed[:l_max] = False
    return observed


def _controls(
    panel: pd.DataFrame, dates: pd.DatetimeIndex, regions: list[str], settings: dict
) -> tuple[list[str], np.ndarray]:
    """Standardised controls, holidays and events; a series that never moves says nothing and is left out."""
    columns = [c for c in panel if c.startswith("control_")] + [c for c in ["holiday"] if c in panel]
    grids = {c.removeprefix("control_"): _grid(panel, c, dates, regions) for c in columns}
    grids |= {f"event:{e['name']}": _event(e, dates, regions) for e in settings.get("events", [])}
    moving = {name: g for name, g in grids.items() if np.nanmax(g) > np.nanmin(g)}
    scaled = [np.nan_to_num((g - np.nanmean(g)) / np.nanstd(g)) for g in moving.values()]
    empty = np.zeros((len(dates), len(regions), 0))
    return list(moving), np.stack(scaled, axis=-1) if scaled else empty


def _event(event: dict, dates: pd.DatetimeIndex, regions: list[str]) -> np.ndarray:
    """(t, r) 1 in the periods that an event touches, in its regions (all if none are named)."""
    ends = dates + (dates[1] - dates[0])
    touched = (ends > pd.Timestamp(event["start"])) & (dates <= pd.Timestamp(event["end"]))
    named = event.get("regions") or regions
    return touched[:, None] * np.array([r in named for r in regions], float)[None, :]


def _prior_share(
    mean_spend: np.ndarray, income: np.ndarray, paid: np.ndarray, *, ran: np.ndarray
) -> np.ndarray:
    """Prior median share of outcome per region and channel: split by spend, one return for all.

    The market's paid channels share one prior return, PAID_SHARE × outcome / spend, so that a region's share
    follows its spend.
    """
    total = mean_spend[ran].sum()
    common_return = PAID_SHARE * income.sum() / total if total > 0 else 0.0
    share = common_return * mean_spend / income[:, None]
    return np.where(paid[None, :], np.maximum(share, 1e-6), UNPAID_SHARE)


def _too_short(code: str, periods: int) -> Problem:
    return Problem(
        f"only {periods} periods of outcome",
        "panel",
        f"at least {MIN_PERIODS}",
        "add history, or leave the market out of the run",
        code,
    )


def _no_outcome(code: str, region: str) -> Problem:
    return Problem(
        f"region '{region}' has no known outcome above zero",
        "panel",
        "an outcome in every region",
        "supply it, or leave the region out of the sources",
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
