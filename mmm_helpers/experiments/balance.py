"""Were treated and control regions alike before a test: their series, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

COLUMNS = ["what", "treated", "control", "difference_sd"]


def compute_balance(
    outcome: pd.DataFrame,
    treated: Sequence[str],
    pre: np.ndarray,
    *,
    attributes: pd.DataFrame | None = None,
    heads: pd.Series | None = None,
) -> pd.DataFrame:
    """Treated beside control regions before the test.

    Parameters
    ----------
    outcome : dates × regions. treated : columns of it. pre : (t,) periods before the test.
    attributes : regions × covariates that are known of them; None for none.
    heads : people by region; with them the level is per head.

    Returns
    -------
    what, treated and control (means over the regions), difference_sd (their difference in sds between all regions;
    NaN where these do not differ).
    """
    known = compute_traits(outcome, pre, attributes=attributes, heads=heads)
    mine = known.index.isin(treated)
    spread = known.std()
    difference = known[mine].mean() - known[~mine].mean()
    return pd.DataFrame(
        {
            "what": known.columns,
            "treated": known[mine].mean().to_numpy(),
            "control": known[~mine].mean().to_numpy(),
            "difference_sd": (difference / spread.where(spread > 0)).to_numpy(),
        }
    )


def compute_traits(
    outcome: pd.DataFrame,
    pre: np.ndarray,
    *,
    attributes: pd.DataFrame | None = None,
    heads: pd.Series | None = None,
) -> pd.DataFrame:
    """What each region's series was like before a test, and what is known of it.

    Parameters
    ----------
    outcome, pre, attributes, heads : as in `compute_balance`.

    Returns
    -------
    regions × traits.
    """
    before = outcome.loc[pre]
    traits = pd.DataFrame(
        {
            "outcome per head" if heads is not None else "outcome": _level(before, heads),
            "growth a year": _growth(before),
            "swing of the seasons": before.rolling(4).mean().std() / before.mean(),
            "noise from period to period": before.diff().std() / before.mean() / np.sqrt(2),
            "moves with the others": _moves_with_others(before),
        }
    )
    return traits if attributes is None else traits.join(attributes)


def _level(before: pd.DataFrame, heads: pd.Series | None) -> pd.Series:
    return before.mean() if heads is None else before.mean() / heads.reindex(before.columns)


def _growth(before: pd.DataFrame) -> pd.Series:
    """Slope of a line as a share of the mean, per year."""
    years = (before.index - before.index[0]).days.to_numpy() / 365.25
    centred = years - years.mean()
    slope = centred @ (before - before.mean()).to_numpy() / (centred @ centred)
    return pd.Series(slope, index=before.columns) / before.mean()


def _moves_with_others(before: pd.DataFrame) -> pd.Series:
    """Correlation of a region's changes with those of all others together."""
    changes = before.diff().iloc[1:]
    return pd.Series({r: changes[r].corr(changes.drop(columns=r).sum(axis=1)) for r in changes})
