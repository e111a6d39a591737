"""A measured test by its totals, and the spend of its regions as it was and as it would have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from mmm_helpers.intervals import LOWER, UPPER

BEFORE = 13
"""Periods before a test whose mean spend says where money that was held back would have gone."""
FACTOR = 3.0
"""How many times off the level before a test the spend without it may be: more is one period's value for a total."""


@dataclass(frozen=True)
class Lift:
    """A measured test, by its totals over regions, its periods and those that its effect is carried into.

    Parameters
    ----------
    experiment, channel, regions : what was tested where.
    start, end : first and last day or period of the test. periods : how many they are, without cool-down.
    total, sd : outcome that the test brought in all, signed, and its error, in the outcome's unit.
    spend_change : spend that it added in all (less than zero: held back), in money.

    Raises
    ------
    ValueError : no or repeated regions, dates in the wrong order, no periods, no change of spend, sd ≤ 0, or a total
        whose 90 % interval lies wholly on the other side of zero than the change of spend.
    """

    experiment: str
    channel: str
    regions: tuple[str, ...]
    start: pd.Timestamp
    end: pd.Timestamp
    periods: int
    total: float
    sd: float
    spend_change: float

    def __post_init__(self) -> None:
        if not self.regions or len(set(self.regions)) < len(self.regions):
            raise ValueError(
                f"'regions' must name each treated region once. Got {list(self.regions)} instead."
            )
        if self.start > self.end or self.periods < 1:
            got = f"{self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}, {self.periods} periods"
            raise ValueError(
                f"A test must start before it ends and have 1 period at least. Got {got} instead."
            )
        if not (np.isfinite(self.sd) and self.sd > 0):
            raise ValueError(f"'sd' must be above zero: every test has an error. Got {self.sd} instead.")
        if not np.isfinite(self.total):
            raise ValueError(f"'total' must be a number. Got {self.total} instead.")
        if not np.isfinite(self.spend_change) or self.spend_change == 0:
            raise ValueError(f"'spend_change' must not be zero or unknown. Got {self.spend_change} instead.")
        if self.total * np.sign(self.spend_change) < -norm.ppf(UPPER) * self.sd:
            got = f"an outcome of {self.total:+,.10g} ± {self.sd:,.10g} for a spend of {self.spend_change:+,.10g}"
            raise ValueError(f"Signs contradict: less spend must not bring more outcome. Got {got} instead.")

    @classmethod
    def of(cls, test: Mapping[str, Any], dates: pd.DatetimeIndex) -> Lift:
        """A measured test as `measure.find_lifts` has it, in a panel of these dates.

        Raises
        ------
        ValueError : as above, or the test lies outside the dates.
        """
        start, end = (pd.Timestamp(test[name]) for name in ("start", "end"))
        first, last = (int(dates.searchsorted(day, side="right")) - 1 for day in (start, end))
        if first < 0 or end >= dates[-1] + (dates[-1] - dates[-2]):
            got = f"{start:%Y-%m-%d} to {end:%Y-%m-%d}"
            within = f"{dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}"
            raise ValueError(f"The test's dates must lie within the panel's, {within}. Got {got} instead.")
        own = {name: test[name] for name in ("experiment", "channel", "spend_change", "sd")}
        return cls(
            **own, regions=tuple(test["regions"]), start=start, end=end, periods=last - first + 1,
            total=test["lift"],
        )  # fmt: skip

    def with_gap(self, gap: np.ndarray) -> Lift:
        """The test with the error of taking it for a steady state, its root mean square, added in quadrature.

        Parameters
        ----------
        gap : (sample,) of `translate.steady_state_gap`.
        """
        return replace(self, sd=float(np.sqrt(self.sd**2 + np.mean(np.square(gap)))))


@dataclass(frozen=True)
class SpendPaths:
    """Spend of a test's regions as it was and as it would have been without the test, in money.

    Parameters
    ----------
    actual, without : dates × regions, from the periods that carry into the test to those that it is carried into.
    during : (t,) periods of the test.

    Raises
    ------
    ValueError : unknown or negative spend, paths that differ outside the test, or a region whose spend did not change
        or changed the other way.
    """

    actual: pd.DataFrame
    without: pd.DataFrame
    during: np.ndarray

    def __post_init__(self) -> None:
        for name, path in (("actual", self.actual), ("without", self.without)):
            if not (path.to_numpy() >= 0).all():
                raise ValueError(
                    f"'{name}' must be known and not below zero. Got {path.min().to_dict()} instead."
                )
        if (self.actual != self.without)[~self.during].any(axis=None):
            raise ValueError("'actual' and 'without' must differ during the test only.")
        if not ((self.change > 0).all() or (self.change < 0).all()):
            got = {region: float(value) for region, value in self.change.items()}
            raise ValueError(f"Every region's spend must change, in one direction. Got {got} instead.")

    @property
    def change(self) -> pd.Series:
        """Change of spend by region, summed over the test."""
        return (self.actual - self.without).sum()

    @property
    def level(self) -> pd.Series:
        """Spend per period by region that there would have been during the test: x of pymc-marketing's rows."""
        return self.without[self.during].mean()

    @property
    def delta(self) -> pd.Series:
        """Change of spend per period by region; exactly minus the level where nothing was spent any more."""
        return self.actual[self.during].mean() - self.level

    @property
    def periods(self) -> int:
        """Periods of the test."""
        return int(self.during.sum())


def sd_of_interval(low: float, high: float) -> float:
    """Sd that a 90 % interval of a normal distribution stands for.

    Examples
    --------
    >>> round(sd_of_interval(-1.645, 1.645), 3)
    1.0
    """
    if not low < high:
        raise ValueError(f"'low' must be below 'high'. Got {low} and {high} instead.")
    return float((high - low) / (norm.ppf(UPPER) - norm.ppf(LOWER)))


def spend_paths(spend: pd.DataFrame, lift: Lift, *, lags: int) -> SpendPaths:
    """What a test's regions spent, and what they would have spent.

    Money that a test added is taken out in proportion to what was spent; money that it held back is put where the
    channel's spend was before the test, evenly over its periods.

    Parameters
    ----------
    spend : dates × regions, the channel's spend per period.
    lags : periods that spend works in, its own included (l_max).

    Raises
    ------
    ValueError : unknown regions; fewer than `lags` − 1 periods before the test; a change of spend that is more than
        there was, or so far from the level before that it cannot be the test's total.
    """
    unknown = [r for r in lift.regions if r not in spend]
    if unknown:
        raise ValueError(
            f"'regions' must be columns of 'spend', {list(spend.columns)}. Got {unknown} instead."
        )
    first = int(spend.index.searchsorted(lift.start, side="right")) - 1
    if first < max(lags - 1, 1):
        raise ValueError(f"{max(lags - 1, 1)} periods before the test must be known. Got {first} instead.")
    actual = spend[list(lift.regions)].astype(float).iloc[: first + lift.periods + lags - 1]
    span = slice(first, first + lift.periods)
    without = actual.copy()
    without.iloc[span] = _without(actual, span, lift)
    during = np.zeros(len(actual), bool)
    during[span] = True
    begin = first - lags + 1
    return SpendPaths(actual.iloc[begin:], without.iloc[begin:], during[begin:])


def _without(actual: pd.DataFrame, span: slice, lift: Lift) -> np.ndarray:
    """(periods, regions) spend without the test; checked against what was spent."""
    inside, before = actual.iloc[span].to_numpy(), actual.iloc[max(0, span.start - BEFORE) : span.start]
    change, got = lift.spend_change, f"Got {lift.spend_change:+,.10g}"
    if change > 0:
        if change > inside.sum() * (1 + 1e-9):
            raise ValueError(
                f"'spend_change' must be a part of the {inside.sum():,.10g} that was spent. {got}."
            )
        return inside * max(0.0, 1 - change / inside.sum())
    level = np.broadcast_to(before.mean().to_numpy(), inside.shape)
    if level.sum() == 0:
        raise ValueError("Nothing was spent before the test that could have been held back.")
    without = inside - change * level / level.sum()
    if not level.sum() / FACTOR <= without.sum() <= level.sum() * FACTOR:
        usual = f"{level.sum():,.10g} as before the test, of which {inside.sum():,.10g} was spent"
        raise ValueError(
            f"'spend_change' must be the total of all periods and regions: {usual}. {got} instead."
        )
    return without
