"""One market's panel from its sources: every series on a complete grid of regions and periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.inputs import unify
from mmm_helpers.inputs.calendar import is_coarser
from mmm_helpers.inputs.checks import validate_panel
from mmm_helpers.inputs.currency import period_rates
from mmm_helpers.inputs.events import event_problems
from mmm_helpers.inputs.grid import (
    Axes,
    Filled,
    fill_coarse,
    fill_outcome,
    fill_series,
    gap_problems,
    unknown_mask,
)
from mmm_helpers.inputs.history import panel_axes, span_of, too_short
from mmm_helpers.inputs.holidays import count_holidays
from mmm_helpers.inputs.missing import missing_problems, unknown_region_problems
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.reading import Reading
from mmm_helpers.inputs.regions import region_attributes, region_shares
from mmm_helpers.inputs.series import Series, market_series
from mmm_helpers.inputs.spec_scenarios import scenario_problems


@dataclass
class Unified:
    """A market's panel and how it came about.

    Parameters
    ----------
    panel : see `build_panel`.
    readings : the sources, with their record of steps.
    filled : series name → the series on the grid with its counts.
    attributes : of the regions.
    span : (periods, regions), from each region's first known outcome to its last.
    shares_of : what values of the whole market were split by; None if none was.
    """

    panel: pd.DataFrame
    readings: list[Reading]
    axes: Axes
    filled: dict[str, Filled]
    attributes: pd.DataFrame
    span: np.ndarray
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
    filled, gaps, span = _fill(portfolio, market, readings, axes, series)
    unify.raise_all(gap_problems(gaps, readings, axes))
    unify.raise_all(too_short(filled["outcome"].values, market, readings[0].place.file))
    panel = _assemble(portfolio, market, axes, filled)
    return Unified(validate_panel(panel), readings, axes, filled, attributes, span, shares_of)


def _additive(series: dict[str, Series]) -> set[str]:
    return {s.name for s in series.values() if s.rule == "sum"}


def _with_regions(portfolio: Portfolio, market: str, readings: list[Reading], series: dict[str, Series]):
    regions = unify.outcome_regions(readings)
    problems = [p for r in readings for p in unify.region_problems(r, regions, series)]
    problems += unknown_region_problems(portfolio, market, regions)
    problems += event_problems(portfolio, market, regions)
    about = {"file": portfolio.path.name, "alone": len(portfolio.markets) == 1}
    problems += scenario_problems(portfolio.scenarios, market, regions, **about)
    unify.raise_all(problems)
    attributes = region_attributes(portfolio, market, regions)
    outcome = pd.concat([r.cells[r.cells["series"] == "outcome"] for r in readings])
    if len(regions) == 1:
        shares, of = pd.Series(1.0, index=regions), "the only region"
    else:
        shares, of = region_shares(attributes, outcome.groupby("region")["value"].mean().reindex(regions))
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
    axes = panel_axes(portfolio, market, readings, series)
    return [_cut(r, axes, series, additive) for r in readings], axes


def _cut(reading: Reading, axes: Axes, series: dict[str, Series], additive: set[str]) -> Reading:
    coarser = is_coarser(reading.frequency, axes.frequency)
    held = {s.name for s in series.values() if s.is_held} if coarser else set()
    return unify.keep_dates(reading, axes.periods[0], axes.periods[-1], additive=additive, held=held)


def _fill(portfolio: Portfolio, market: str, readings: list[Reading], axes: Axes, series: dict[str, Series]):
    declared = portfolio.markets[market].unknown
    given = {s: [r for r in readings if s.name in r.columns] for s in series.values()}
    masks = {s: unknown_mask([u for u in declared if u.column == s.column], axes) for s in given}
    outcome = next(s for s in given if s.kind == "outcome")
    filled = {outcome.name: fill_outcome(outcome, given[outcome], axes, unknown=masks[outcome])}
    span = span_of(filled[outcome.name].values)
    for one, sources in given.items():
        if one is outcome or not sources:
            continue
        if one.is_held and is_coarser(sources[0].frequency, axes.frequency):
            filled[one.name] = fill_coarse(one, sources, axes, span=span)
        else:
            filled[one.name] = fill_series(one, sources, axes, unknown=masks[one], span=span)
    gaps = {s: filled[s.name].gaps for s in given if s.name in filled}
    return filled, gaps, span


def _assemble(portfolio: Portfolio, market: str, axes: Axes, filled: dict[str, Filled]) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([axes.regions, axes.periods], names=["region", "date"])
    columns = {"outcome": filled["outcome"].values}
    for name in _column_order(portfolio, market, filled):
        given = filled.get(name)
        absent = np.zeros((len(axes.periods), len(axes.regions)))
        columns[name] = given.values if given is not None else absent
    panel = pd.DataFrame({n: v.T.ravel() for n, v in columns.items()}, index=index).reset_index()
    panel.insert(0, "market", market)
    # Before the first outcome nothing is converted but spend for display: the first rate does.
    rates = period_rates(portfolio, market, axes.main).reindex(axes.periods).bfill()
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
