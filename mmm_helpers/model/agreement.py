"""Whether two fits of the same market say the same: what a fit with a few divergent transitions must pass.

A divergence is a place where the sampler could not follow the posterior. A handful may be harmless; whether they
were shows in a second fit with smaller steps (a higher acceptance target), which goes where the first could not
(Betancourt 2017): if its means are the same, nothing was missed that a reported number depends on.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mmm_helpers.model.health import REPORTED

TOLERANCE = 0.1
"""Difference of two means, in posterior sds, up to which two fits agree."""
CHANCE = 2.0
"""Monte Carlo standard errors of the difference that are put down to chance; with some hundred quantities and the
gate's 400 effective draws, fits of the same posterior then disagree in about one of twenty cases."""


def differences(first: xr.Dataset, second: xr.Dataset) -> dict[str, float]:
    """By how many posterior sds the means of two fits differ beyond chance, the worst of each reported quantity.

    Parameters
    ----------
    first, second : draws with dims (chain, draw, …) of the same model; log-probabilities are not compared.

    Returns
    -------
    Name of the quantity → (|difference| − `CHANCE` × its Monte Carlo standard error) / sd, at least 0; largest first.
    """
    names = [n for n in REPORTED if n in first and n in second and n != "lp"]
    found = {name: _worst(first[name], second[name]) for name in names}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _worst(first: xr.DataArray, second: xr.DataArray) -> float:
    import arviz as az  # takes seconds, which fits without divergences need not wait for

    sd = np.sqrt((first.var(("chain", "draw")) + second.var(("chain", "draw"))) / 2)
    errors = [
        one.var(("chain", "draw")) / az.ess(one.to_dataset(name="x"), method="mean")["x"]
        for one in (first, second)
    ]
    gap = np.abs(first.mean(("chain", "draw")) - second.mean(("chain", "draw")))
    beyond = (gap - CHANCE * np.sqrt(sum(errors))).clip(min=0)
    # What does not vary in either fit (a deviation that is fixed at zero) agrees if it is the same.
    return float(xr.where(sd > 0, beyond / sd.where(sd > 0, 1.0), np.where(gap > 0, np.inf, 0.0)).max())


def agree_within(first: xr.Dataset, second: xr.Dataset, *, sds: float = TOLERANCE) -> bool:
    """Whether the means of all reported quantities of two fits agree within so many posterior sds, beyond chance.

    Parameters
    ----------
    first, second : draws with dims (chain, draw, …) of the same model.
    sds : tolerance in posterior sds.
    """
    return max(differences(first, second).values(), default=0.0) <= sds
