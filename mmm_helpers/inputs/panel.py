"""One market's panel from its sources: every series on a complete grid of regions and periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.errors import InputError
from mmm_helpers.inputs import unify
from mmm_helpers.inputs.calendar import is_coarser, period_range
from mmm_helpers.inputs.checks import validate_panel
from mmm_helpers.inputs.currency import period_rates
from mmm_helpers.inputs.grid import Axes, Filled, fill_coarse, fill_series, gap_problems, unknown_mask
from mmm_helpers.inputs.holidays import count_holidays
from mmm_helpers.inputs.missing import missing_problems, unknown_region_problems
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.reading import Reading
from mmm_helpers.inputs.regions import region_attributes, region_shares
from mmm_helpers.inputs.series import Series, market_series


@dataclass
class Unified:
    """A market's panel and how it came about.

    Parameters
    ----------
    panel : see `build_panel`.
    readings : the sources, with their record of steps.
    filled : series name → the series on the grid with its counts.
    attributes : of the regions.
    shares_of : what values of the whole market were split by; None if none was.
    """

    panel: pd.DataFrame
    readings: list[Reading]
    axes: Axes
    filled: dict[str, Filled]
    attributes: pd.DataFrame
    shares_of: str | None = None


def build_panel(portfolio: Portfolio, market: str, readings: list[Reading]) -> Unified:
    """Unify what a market's sources gave.

    Parameters
    ----------
    readings : from `read_market_source`, one per source.

    Returns
    -------
    Unified
        Its panel has one row per region and period, sorted, with the columns market, region, date, outcome,
        (value_per_unit,) spend_*, activity_*, metrics, control_*, holiday, fx; money in the market's own.

    Raises
    ------
    InputError
        Series that no source gives, unknown regions, blanks, gaps, cells given twice, missing rates, …
    """
    series = market_series(portfolio, market)
    unify.raise_all(missing_problems(portfolio, market, readings, series))
    readings, attributes, shares_of = _with_regions(portfolio, market, readings, series)
    readings = _known(portfolio, market, readings, series)
    readings, axes = _on_periods(portfolio, market, readings, series)
    filled, gaps = _fill(portfolio, market, readings, axes, series)
    unify.raise_all(gap_problems(gaps, readings, axes))
    panel = _assemble(portfolio, market, axes, filled)
    return Unified(validate_panel(panel), readings, axes, filled, attributes, shares_of)


def _additive(series: dict[str, Series]) -> set[str]:
    return {s.name for s in series.values() if s.rule == "sum"}


def _with_regions(portfolio: Portfolio, market: str, readings: list[Reading], series: dict[str, Series]):
    regions = unify.outcome_regions(readings)
    problems = [p for r in readings for p in unify.region_problems(r, regions, series)]
    problems += unknown_region_problems(portfolio, market, regions)
    unify.raise_all(problems)
    attributes = region_attributes(portfolio, market, regions)
    outcome = pd.concat([r.cells[r.cells["series"] == "outcome"] for r in readings])
    if len(regions) == 1:
        shares, of = pd.Series(1.0, index=regions), "the only region"
    else:
        shares, of = region_shares(attributes, outcome.groupby("region")["value"].sum().reindex(regions))
    split = any(_is_split(r, series) for r in readings) and len(regions) > 1
    given = [unify.give_regions(r, shares, series, additive=_additive(series), by=of) for r in readings]
    return given, attributes, of if split else None


def _is_split(reading: Reading, series: dict[str, Series]) -> bool:
    """Whether a reading has sums without region, which have to be split."""
    copied = {s.name for s in series.values() if s.shared_by_regions}
    bare = reading.cells["region"] == ""
    return bool((bare & ~reading.cells["series"].isin(copied)).any())


def _known(portfolio: Portfolio, market: str, readings: list[Reading], series: dict[str, Series]):
    unknown = portfolio.markets[market].unknown
    unify.raise_all([p for r in readings for p in unify.blank_problems(r, unknown, series)])
    return [unify.mark_unknown(r, unknown, series, additive=_additive(series)) for r in readings]


def _on_periods(portfolio: Portfolio, market: str, readings: list[Reading], series: dict[str, Series]):
    frequency, anchor = portfolio.frequency, portfolio.markets[market].week_start
    problems = [p for r in readings for p in unify.frequency_problems(r, frequency, series)]
    same = {f: [r for r in readings if r.frequency == f] for f in {r.frequency for r in readings}}
    problems += [p for group in same.values() for p in unify.duplicate_problems(group)]
    unify.raise_all(problems)
    additive = _additive(series)
    readings = [unify.to_periods(r, frequency, anchor, series, additive=additive) for r in readings]
    unify.raise_all(unify.mixed_frequency_problems(readings, frequency))
    axes = _axes(portfolio, market, readings)
    first, last = axes.periods[0], axes.periods[-1]
    cut = [
        r if is_coarser(r.frequency, frequency) else unify.keep_dates(r, first, last, additive=additive)
        for r in readings
    ]
    return cut, axes


def _axes(portfolio: Portfolio, market: str, readings: list[Reading]) -> Axes:
    """The grid: from the outcome's first complete period to its last, over its regions."""
    frequency, anchor = portfolio.frequency, portfolio.markets[market].week_start
    regions = unify.outcome_regions(readings)
    dates = pd.DatetimeIndex([])
    for reading in readings:
        cells = reading.cells[reading.cells["series"] == "outcome"]
        if reading.frequency == "daily" and frequency != "daily" and not cells.empty:
            cells = unify.complete_periods(cells, frequency)
        dates = dates.union(pd.DatetimeIndex(cells["date"].unique()))
    if dates.empty:
        what = f"the outcome covers no complete {frequency} period"
        place = next(r.place for r in readings if "outcome" in r.columns)
        raise InputError(place.problem(what, expected="at least one", mend="supply more rows"))
    return Axes(period_range(dates.min(), dates.max(), frequency), regions, frequency, anchor)


def _fill(portfolio: Portfolio, market: str, readings: list[Reading], axes: Axes, series: dict[str, Series]):
    declared = portfolio.markets[market].unknown
    filled: dict[str, Filled] = {}
    gaps: dict[Series, np.ndarray] = {}
    for one in series.values():
        sources = [r for r in readings if one.name in r.columns]
        if not sources:
            continue
        if is_coarser(sources[0].frequency, axes.frequency):
            result = fill_coarse(one, sources, axes)
        else:
            mask = unknown_mask([u for u in declared if u.column == one.column], axes)
            result = fill_series(one, sources, axes, unknown=mask)
        filled[one.name] = result
        gaps[one] = result.gaps
    return filled, gaps


def _assemble(portfolio: Portfolio, market: str, axes: Axes, filled: dict[str, Filled]) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([axes.regions, axes.periods], names=["region", "date"])
    columns = {"outcome": filled["outcome"].values}
    for name in _column_order(portfolio, market, filled):
        given = filled.get(name)
        absent = np.zeros((len(axes.periods), len(axes.regions)))
        columns[name] = given.values if given is not None else absent
    panel = pd.DataFrame({n: v.T.ravel() for n, v in columns.items()}, index=index).reset_index()
    panel.insert(0, "market", market)
    rates = period_rates(portfolio, market, axes)
    panel["holiday"] = panel["date"].map(count_holidays(portfolio, market, axes))
    panel["fx"] = panel["date"].map(rates)
    return panel.astype({"market": "str", "region": "str", "date": "datetime64[ns]"})


def _column_order(portfolio: Portfolio, market: str, filled: dict[str, Filled]) -> list[str]:
    """Spend of all paid and activity of all unpaid channels, given or not; else what is given."""
    order = ["value_per_unit"] if "value_per_unit" in filled else []
    channels = portfolio.market_channels(market)
    for measure in ("spend", "activity"):
        for code, channel in channels.items():
            always = (measure == "spend") == channel.paid and measure in channel.columns()
            if always or f"{measure}_{code}" in filled:
                order.append(f"{measure}_{code}")
    rest = [n for n in filled if n not in ("outcome", "value_per_unit") and n not in order]
    return order + sorted(rest, key=lambda n: n.startswith("control_"))
