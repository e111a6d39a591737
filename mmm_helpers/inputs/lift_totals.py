"""Totals of lift tests that cannot be: one period's value for a total, another unit, another currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.inputs.calendar import period_end
from mmm_helpers.inputs.lift_rows import Fault, LiftTest

UNIT = {"daily": "day", "weekly": "week", "monthly": "month"}
YEAR = {"daily": 365, "weekly": 52, "monthly": 12}
"""Periods before a test whose mean spend its change is held against."""
FACTOR = 3.0
"""How many times off a change of spend may be: one period's value for a total is off by the number of periods."""
SEEN = 0.5
"""Rise of spend, as a share of what there was before, from which the panel itself shows what a test added."""
ROUNDED = 1.05
"""How much more than all spend an addition to it may be: invoices and panels differ a little."""


@dataclass(frozen=True)
class Cells:
    """A panel from its first outcome on, as tests are held against it."""

    panel: pd.DataFrame
    regions: list[str]
    dates: pd.DatetimeIndex
    frequency: str

    @classmethod
    def of(cls, panel: pd.DataFrame, frequency: str) -> Cells:
        """The cells of a market's panel."""
        known = panel.loc[panel["outcome"].notna(), "date"].min()
        recorded = panel[panel["date"] >= known]
        dates = pd.DatetimeIndex(sorted(recorded["date"].unique()))
        return cls(recorded, sorted(recorded["region"].unique()), dates, frequency)

    @property
    def ends(self) -> pd.DatetimeIndex:
        """Last day of each period."""
        return period_end(self.dates, self.frequency)

    @property
    def channels(self) -> list[str]:
        """Channels with spend."""
        return [name.removeprefix("spend_") for name in self.panel if name.startswith("spend_")]

    def period_of(self, day: pd.Timestamp) -> int:
        """Position of the period that holds a day."""
        return int(self.dates.searchsorted(day, side="right")) - 1

    def spend(self, channel: str, regions: Sequence[str]) -> np.ndarray:
        """(t,) spend on a channel in some regions together; NaN where any is unknown."""
        return self._sum(f"spend_{channel}", regions)

    def outcome(self, regions: Sequence[str]) -> np.ndarray:
        """(t,) outcome of some regions together; NaN where any is unknown."""
        return self._sum("outcome", regions)

    def _sum(self, column: str, regions: Sequence[str]) -> np.ndarray:
        table = self.panel.pivot(index="date", columns="region", values=column)
        return table[list(regions)].to_numpy(dtype=float).sum(axis=1)


def total_fault(test: LiftTest, cells: Cells, currency: str) -> Fault | None:
    """What is wrong with a test's totals, held against the spend and the outcome of its regions.

    Parameters
    ----------
    currency : of the market, for the message.

    Returns
    -------
    Column, what is wrong, what was expected, how to mend it; None if nothing is.
    """
    first, stop = cells.period_of(test.start), cells.period_of(test.end) + 1
    spend = cells.spend(test.channel, test.regions)
    during, before = spend[first:stop], spend[max(0, first - YEAR[cells.frequency]) : first]
    unknown = int(np.isnan(during).sum())
    if unknown:
        what = f"spend on '{test.channel}' is unknown in {unknown} of the test's {UNIT[cells.frequency]}s"
        return "start", what, "known spend throughout the test", "supply the spend, or remove the row"
    what = _spend_fault(test, before[~np.isnan(before)], during, UNIT[cells.frequency])
    if what:
        unit = UNIT[cells.frequency]
        expected = f"the total over the test's regions and {len(during)} {unit}s, in {currency}"
        mend = f"give the total of the test, not one {unit}'s value, in the market's own unit or currency"
        return "spend_change", what, expected, mend
    return _outcome_fault(test, float(cells.outcome(test.regions)[first:stop].sum()))


def _spend_fault(test: LiftTest, before: np.ndarray, during: np.ndarray, unit: str) -> str | None:
    """What the panel's spend says against a test's change of it."""
    change, spent = test.spend_change, float(during.sum())
    each = f"the change of spend is {change:,.10g}, {change / len(during):,.10g} a {unit}"
    if change > ROUNDED * spent:
        return f"{each}, {change / spent:.1f} times what the panel holds for the test, {spent:,.10g}"
    usual = float(before.mean()) * len(during) if len(before) else 0.0
    if not usual > 0:
        return None
    if -change > FACTOR * usual:
        return f"{each}, {-change / usual:.1f} times what the panel holds for as long before the test, {usual:,.10g}"
    if test.design == "go_dark":
        return _not_dark(change, usual, spent, each)
    return _not_scaled(change, before, during, each) if test.design == "scale" else None


def _not_dark(change: float, usual: float, spent: float, each: str) -> str | None:
    """A test that went dark and held back far less than was spent before, or that the panel does not show."""
    if -change < usual / FACTOR:
        return f"{each}, a small part of what going dark saves ({usual:,.10g}): it looks like one period's"
    if usual - spent < -change / FACTOR:
        return f"{each}, and the panel holds {spent:,.10g} for the test, {usual:,.10g} for as long before it"
    return None


def _not_scaled(change: float, before: np.ndarray, during: np.ndarray, each: str) -> str | None:
    """A test that added far less than the panel shows; periods off air do not count."""
    usual = float(before[before > 0].mean()) * int((during > 0).sum())
    shown = float(during.sum()) - usual
    if shown < SEEN * usual or change >= shown / FACTOR:
        return None
    return f"{each}, a small part of what the panel shows to be added ({shown:,.10g}): it looks like one period's"


def _outcome_fault(test: LiftTest, outcome: float) -> Fault | None:
    """A result larger than all that its regions sold: a level for a change, another unit, or another currency."""
    if not test.is_stated or np.isnan(outcome) or abs(test.outcome_change) <= outcome:
        return None
    what = f"the result is {test.outcome_change:,.10g}, all that the panel holds for the test {outcome:,.10g}"
    mend = "give the change by the test, not the level, in the outcome's own unit or currency"
    return "outcome_change", what, "a part of the outcome of the test's regions and periods", mend
