"""What a region's channel would bring with more or less spend: level and range from its marginal return, shape from its
mean response curve.

The quantiles of a response curve are no quantiles of its slope: curves cross, and slopes taken along the 5 % and the
95 % curve were found half as far apart as the marginal returns of the posterior draws. So the marginal return at
today's spend and its interval are those of the table `channel_effects`, computed draw by draw, and the mean curve says
how the marginal return falls from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from mmm_helpers.estimands.confounding import CONTRADICTED, FOLLOWS
from mmm_helpers.intervals import LOWER, UPPER

WIDTH = stats.norm.ppf(UPPER) - stats.norm.ppf(LOWER)
"""Width of a 90 % interval of a normal error, in standard errors."""


@dataclass(frozen=True)
class Cell:
    """A region's channel today.

    Parameters
    ----------
    spend : per period, last year's mean, reporting currency.
    roas, mroas : mean, 5 % and 95 % of the average and of the marginal return, in outcome as tables show it.
    support : spend per period that was hardly ever exceeded (95 % quantile).
    curve_spend, curve_response : (n,) the mean response curve, per period.
    """

    region: str
    channel: str
    spend: float
    roas: tuple[float, float, float]
    mroas: tuple[float, float, float]
    support: float
    curve_spend: np.ndarray
    curve_response: np.ndarray

    @property
    def response(self) -> float:
        """Mean outcome per period that today's spend brings."""
        return self.roas[0] * self.spend

    @property
    def response_sd(self) -> float:
        return (self.roas[2] - self.roas[1]) / WIDTH * self.spend

    def slope(self, spend: np.ndarray) -> np.ndarray:
        """Slope of the mean curve, linear between the middles of its steps."""
        steps = np.diff(self.curve_response) / np.diff(self.curve_spend)
        return np.interp(spend, (self.curve_spend[1:] + self.curve_spend[:-1]) / 2, steps)

    def marginal(self, multiple: np.ndarray, which: int = 0) -> np.ndarray:
        """Marginal return at multiples of today's spend; `which` is 0 for the mean, 1 and 2 for the bounds."""
        return self.mroas[which] * self.slope(self.spend * np.asarray(multiple)) / self.slope(self.spend)

    def increment(self, change: float) -> tuple[float, float]:
        """Mean and standard error of the outcome per period that a change of spend per period brings.

        Beyond its last point, where nobody has ever been, the curve is taken as flat.
        """
        ends = np.interp([self.spend, max(self.spend + change, 0.0)], self.curve_spend, self.curve_response)
        steps = float((ends[1] - ends[0]) / self.slope(self.spend))
        return self.mroas[0] * steps, (self.mroas[2] - self.mroas[1]) / WIDTH * abs(steps)


def doubted_channels(identification: pd.DataFrame) -> list[str]:
    """Channels of which no time series can say what they bring: no money is moved on their numbers.

    Parameters
    ----------
    identification : table `identification`, with the reason why a cell is not identified.
    """
    doubted = identification["reason"].isin([FOLLOWS, CONTRADICTED])
    return list(dict.fromkeys(identification.loc[doubted, "channel"]))


def read_cells(effects: pd.DataFrame, curves: pd.DataFrame, *, channels: Sequence[str]) -> list[Cell]:
    """Cells with spend, by region and channel.

    Parameters
    ----------
    effects : rows of `channel_effects` of regions and one window.
    curves : table `response_curves`.
    channels : those that may be moved by region.

    Examples
    --------
    >>> curves = pd.DataFrame({"region": "A", "channel": "x", "spend": [0.0, 50.0, 100.0], "current_spend": 50.0,
    ...     "support_q95": 80.0, "response_mean": [0.0, 100.0, 150.0]})
    >>> row = {"region": "A", "channel": "x", "roas_mean": 2.0, "mroas_mean": 1.5}
    >>> row |= {f"{name}_{q}": v for name in ("roas", "mroas") for q, v in (("q05", 1.0), ("q95", 2.0))}
    >>> cell = read_cells(pd.DataFrame([row]), curves, channels=["x"])[0]
    >>> [round(float(v), 2) for v in cell.increment(-10.0)]  # slope of 2 below, 1.5 at today's spend
    [-20.0, 4.05]
    """
    cells = []
    known = effects.set_index(["region", "channel"])
    for (region, channel), curve in curves.groupby(["region", "channel"], sort=False):
        spend = float(curve["current_spend"].iloc[0])
        if channel not in channels or (region, channel) not in known.index or not spend > 0:
            continue
        row = known.loc[(region, channel)]
        roas, mroas = (
            tuple(float(row[f"{n}_{q}"]) for q in ("mean", "q05", "q95")) for n in ("roas", "mroas")
        )
        shape = (curve["spend"].to_numpy(float), curve["response_mean"].to_numpy(float))
        cell = Cell(region, channel, spend, roas, mroas, float(curve["support_q95"].iloc[0]), *shape)
        if np.isfinite([*roas, *mroas]).all() and cell.response > 0 and cell.slope(spend) > 0:
            cells.append(cell)
    return cells
