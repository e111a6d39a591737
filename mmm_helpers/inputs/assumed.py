"""What was taken for granted where the data fall short, as rows of the table `data_quality`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.inputs.calendar import is_coarser
from mmm_helpers.inputs.events import idle_events
from mmm_helpers.inputs.nearest import listed
from mmm_helpers.inputs.panel import Unified
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.regions import PREDICTORS
from mmm_helpers.inputs.spec_scenarios import idle_scenarios

Row = tuple[str, bool, float, str]
"""Check, whether it passes, value, detail."""


def assumption_rows(portfolio: Portfolio, market: str, unified: Unified) -> list[Row]:
    """Rows on how far data reach, what was spread, held or split, and what bears on nothing.

    Returns
    -------
    Tuples of check, whether it passes (else it is to be reviewed), value and detail.
    """
    return [
        _pre_history(unified),
        *_spans(unified),
        *_coarse(unified),
        *_sizes(unified),
        *_blank_attributes(unified),
        *_constants(unified.panel),
        *(
            (f"event_{event.name}", False, 0.0, f"{why}: it bears on nothing")
            for event, why in idle_events(portfolio, market, unified.axes)
        ),
        *(
            (f"scenario_{name}", False, 0.0, f"{why}: it is not computed here")
            for name, why in idle_scenarios(portfolio.scenarios, market, unified.axes.main.regions)
        ),
    ]


def _pre_history(unified: Unified) -> Row:
    count, unit = unified.axes.before, _UNIT[unified.axes.frequency]
    if count:
        detail = f"{unit}s of known spend before the first outcome; it carries into the first {unit}s"
    else:
        detail = f"no spend is known before the first outcome: the first {unit}s, in which it still works, are masked"
    return "pre_history", True, float(count), detail


def _spans(unified: Unified) -> list[Row]:
    """Regions whose outcome begins after the market's or ends before it."""
    axes, rows = unified.axes.main, []
    span = unified.span[unified.axes.before :]
    for column, region in enumerate(axes.regions):
        inside = np.flatnonzero(span[:, column])
        first, last = inside[0], inside[-1]
        unit = _UNIT[axes.frequency]
        if first:
            detail = f"{unit}s without outcome before {axes.periods[first].date()}: unknown, not zero; masked"
            rows.append((f"begins_late_{region}", False, float(first), detail))
        if last < len(span) - 1:
            detail = f"{unit}s without outcome after {axes.ends[last].date()}: unknown, not zero; masked"
            rows.append((f"ends_early_{region}", False, float(len(span) - 1 - last), detail))
    return rows


def _coarse(unified: Unified) -> list[Row]:
    frequency, rows = unified.axes.frequency, []
    for reading in unified.readings:
        if not is_coarser(reading.frequency, frequency):
            continue
        unit = _UNIT[reading.frequency]
        for name in reading.columns:
            spread = name in reading.spread
            how = (
                f"spread evenly over the days of each {unit}"
                if spread
                else "taken at each period's middle day"
            )
            detail = f"{reading.frequency} in a {frequency} panel, {how}: assumed"
            rows.append(
                (f"{'spread' if spread else 'held'}_{name}", not spread, _given(reading, name), detail)
            )
    return rows


def _given(reading, name: str) -> float:
    """Number of the source's periods within the panel that the series has a value for."""
    cells = reading.by_series.get(name, reading.cells.iloc[:0])
    return float(cells["date"].dt.to_period({"monthly": "M", "weekly": "W"}[reading.frequency]).nunique())


def _sizes(unified: Unified) -> list[Row]:
    """What media are measured per: heads, or the outcome that stands in for size."""
    if len(unified.axes.regions) == 1:
        return []
    known = "population" in unified.attributes and unified.attributes["population"].notna().all()
    if known:
        detail = "media are measured per head of the regions file's population"
    else:
        detail = "the regions file lacks population: media are measured per region's mean outcome instead"
    rows = [("media_per_head", bool(known), float(known), detail)]
    if unified.shares_of is not None:
        detail = f"spend of the whole market is split over the regions by {unified.shares_of}: assumed"
        rows.append(("national_split", True, float(len(unified.axes.regions)), detail))
    return rows


def _blank_attributes(unified: Unified) -> list[Row]:
    table, rows = unified.attributes, []
    for name in (p for p in PREDICTORS if p in table):
        blank = table.index[table[name].isna()]
        if 0 < len(blank) < len(table):
            detail = f"'{name}' is blank for {listed(blank)}: it is left out for all regions"
            rows.append((f"blank_{name}", False, float(len(blank)), detail))
    return rows


def _constants(panel: pd.DataFrame) -> list[Row]:
    """Channels and controls of which nothing can be learnt, since they never move."""
    rows = []
    for name in panel.columns:
        channel, control = name.startswith(("spend_", "activity_")), name.startswith("control_")
        values = panel[name].dropna()
        if not (channel or control) or values.empty or np.ptp(values.to_numpy()) > 0:
            continue
        if channel and values.iloc[0] > 0:
            detail = "the same in every period and region: its effect rests on what was thought before"
            rows.append((f"constant_{name}", False, float(values.iloc[0]), detail))
        elif control:
            detail = "the same in every period and region: it says nothing and is left out"
            rows.append((f"constant_{name}", False, float(values.iloc[0]), detail))
    return rows


_UNIT = {"daily": "day", "weekly": "week", "monthly": "month"}
