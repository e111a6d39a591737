"""How sure a coming geo test would be, and what it could see: the error of its method where there was no test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from mmm_helpers.experiments.measure import cooldown_of, spread, to_geo_test
from mmm_helpers.experiments.methods import estimate_primary
from mmm_helpers.intervals import UPPER

LiftSd = Callable[[Sequence[str], Sequence[str], int], float]
"""Treated regions, control regions, periods → standard error of a test's total effect, in the outcome's unit."""


def imagined_error(panel: pd.DataFrame, settings: Mapping[str, Any], *, channel: str) -> LiftSd:
    """The error of a coming test, from one laid over the latest periods, in which there was none.

    Parameters
    ----------
    panel : the market's panel. settings : its specification.
    channel : of those that the test changes, the one whose effect lasts longest (`longest_lasting`).

    Returns
    -------
    Function of treated regions, regions left alone and periods (without the cool-down, which is added): the error of
    the total by the method that would measure it; NaN where such a test cannot be measured.
    """
    dates = pd.DatetimeIndex(sorted(panel["date"].unique()))
    cooldown = cooldown_of(settings, channel)

    @cache
    def error(treated: tuple[str, ...], controls: tuple[str, ...], periods: int) -> float:
        if periods + cooldown >= len(dates):
            return float("nan")
        imagined = {"experiment": "imagined", "channel": channel, "regions": treated, "spend_change": np.nan}
        imagined |= {"start": dates[-(periods + cooldown)], "end": dates[-(cooldown + 1)]}
        known = panel[panel["region"].isin([*treated, *controls])]
        try:
            return spread(estimate_primary(to_geo_test(known, imagined, settings)))
        except ValueError:
            return float("nan")

    return lambda treated, controls, periods: error(tuple(treated), tuple(controls), periods)


def longest_lasting(settings: Mapping[str, Any], channels: Sequence[str]) -> str:
    """The channel with the longest carry-over."""
    return max(channels, key=lambda c: cooldown_of(settings, c))


def power(effect: float, sd: float) -> float:
    """Chance that a two-sided test at 10 % sees an effect, its estimate being normal.

    Examples
    --------
    >>> round(power(0.0, 1.0), 3), round(power(2.486, 1.0), 3)
    (0.1, 0.8)
    """
    critical = stats.norm.ppf(UPPER)
    return float(stats.norm.sf(critical - abs(effect) / sd) + stats.norm.cdf(-critical - abs(effect) / sd))
