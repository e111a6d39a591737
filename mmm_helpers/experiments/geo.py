"""A geo test as numbers: outcome by date and region, which regions were treated, and when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class GeoTest:
    """One geo test: a balanced matrix of outcomes, and who was treated when.

    Parameters
    ----------
    name : the experiment's name.
    outcome : dates × regions, the outcome of each period; no missing cells before the test ends.
    treated : treated regions, columns of `outcome`; every other column is a donor (control).
    start, end : first and last period (by its start) of the test, inclusive.
    cooldown : periods after the test in which its effect still lands; they count as the test's.
    spend_change : change of spend by the test, summed over treated regions and test periods, in money; NaN if
        unknown.
    covariates : (t, k) what moves the gap between treated and control regions beside the test; None for none.

    Raises
    ------
    ValueError : dates or regions that are not in the panel, no donors, or fewer than 4 periods before the test.
    """

    name: str
    outcome: pd.DataFrame
    treated: tuple[str, ...]
    start: pd.Timestamp
    end: pd.Timestamp
    cooldown: int = 0
    spend_change: float = float("nan")
    covariates: np.ndarray | None = None

    def __post_init__(self) -> None:
        unknown = [r for r in self.treated if r not in self.outcome]
        if unknown or not self.treated:
            raise ValueError(f"'treated' must name columns of 'outcome'. Got {list(self.treated)} instead.")
        if len(self.treated) >= self.outcome.shape[1]:
            raise ValueError("Every region is treated: nothing is left to compare with.")
        if self.start > self.end or self.start not in self.dates or self.end not in self.dates:
            raise ValueError(
                f"The test's dates {self.start} to {self.end} must be dates of 'outcome', in order."
            )
        if self.pre.sum() < 4:
            raise ValueError(f"A test needs 4 periods before it. Got {int(self.pre.sum())} instead.")

    @property
    def dates(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(self.outcome.index)

    @property
    def pre(self) -> np.ndarray:
        """(t,) periods before the test."""
        return np.asarray(self.dates < self.start)

    @property
    def during(self) -> np.ndarray:
        """(t,) periods of the test and of its cool-down, as far as the data go."""
        first = int(np.argmax(self.dates >= self.start))
        last = int(np.flatnonzero(self.dates <= self.end)[-1]) + self.cooldown
        steps = np.arange(len(self.dates))
        return (steps >= first) & (steps <= last)

    @property
    def donors(self) -> list[str]:
        """Regions to compare with."""
        return [r for r in self.outcome.columns if r not in self.treated]

    @property
    def control_outcome(self) -> np.ndarray:
        """(t, donors) outcome of the regions that were left alone."""
        return self.outcome[self.donors].to_numpy(dtype=float)

    @property
    def treated_mean(self) -> np.ndarray:
        """(t,) mean outcome of the treated regions: effects are per region and period."""
        return self.outcome[list(self.treated)].to_numpy(dtype=float).mean(axis=1)

    def until_end(self) -> GeoTest:
        """The test without what came after its cool-down."""
        return self.first(int(np.flatnonzero(self.during)[-1]) + 1)

    def first(self, periods: int, **changes) -> GeoTest:
        """The test's first periods only, with other changes."""
        known = None if self.covariates is None else self.covariates[:periods]
        return replace(self, outcome=self.outcome.iloc[:periods], covariates=known, **changes)


@dataclass(frozen=True)
class Estimate:
    """What one method says a test brought.

    Parameters
    ----------
    method : its name, a key of `measure.METHODS`.
    counterfactual : (t,) mean outcome of the treated regions had there been no test, for every date given.
    effect : mean effect per treated region and period of test and cool-down.
    low, high : its 90 % interval, from the statistic of `p_value` where the method has a test of its own.
    p_value : two-sided probability of such an effect without one; NaN where the method has none.
    cells : treated regions × periods of test and cool-down; `effect` times this is the total.
    weights : donor → weight; empty where the method has none.
    imbalance : root of the summed squared gap before the test (L2); scaled_imbalance : relative to equal weights.
    draws : draws of the total, if the method is Bayesian; else empty.
    """

    method: str
    counterfactual: np.ndarray
    effect: float
    low: float
    high: float
    p_value: float
    cells: int
    weights: dict[str, float] = field(default_factory=dict)
    imbalance: float = float("nan")
    scaled_imbalance: float = float("nan")
    draws: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def total(self) -> float:
        """Effect summed over treated regions and periods."""
        return self.effect * self.cells

    @property
    def total_interval(self) -> tuple[float, float]:
        return self.low * self.cells, self.high * self.cells
