"""Rows about what recommended plans captured in simulated worlds: where they lie, and what they say together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t

from mmm_helpers.intervals import UPPER
from mmm_helpers.layout import SHIPPED_PROOF, Layout

TUNING = 1000
"""Seeds from here on are for trying things out, and are never reported."""


NEEDED = [
    "seed", "gap", "capture", "advice", "predicted_gain", "realised_gain", "capture_own_bounds", "capture_equal_split",
    "capture_percent_of_revenue", "capture_optimizer",
]  # fmt: skip
"""Columns that the figures are computed from; rows of an earlier version may lack one."""


def load_capture(layout: Layout) -> pd.DataFrame:
    """This machine's rows if there are any, else the shipped ones; without rows if there are none."""
    for path in (layout.bench / "raw" / "capture.csv", SHIPPED_PROOF / "capture.csv"):
        if path.exists():
            rows = pd.read_csv(path)
            rows = rows[rows["seed"] < TUNING]
            if len(rows) and set(NEEDED) <= set(rows.columns):
                return rows.reset_index(drop=True)
    return pd.DataFrame(columns=NEEDED)


RULES = ("capture", "capture_optimizer", "capture_equal_split", "capture_percent_of_revenue")
"""Columns with what a way to plan captures of the possible gain: the report's own, and those it is set beside."""


def summarise_capture(rows: pd.DataFrame) -> pd.DataFrame:
    """The figures from the rows, with their 90 % intervals over worlds.

    Returns
    -------
    Columns `value, low, high`, indexed by figure: the mean of each of `RULES`, and of `capture_own_bounds` (of what
    the cells that a plan may move could gain; plans only); `realised_over_predicted`, all gains together; missing
    without a plan. Proportional to spend is today's plan, so 0. `capture_optimizer` is a stock optimizer's on the same
    draws.

    Examples
    --------
    >>> rows = pd.DataFrame({"capture": [0.8, 0.0], "advice": [True, False], "predicted_gain": [10.0, 0.0],
    ...                      "realised_gain": [9.0, 0.0], "capture_own_bounds": [0.9, None], "capture_equal_split": 0.1,
    ...                      "capture_percent_of_revenue": 0.0, "capture_optimizer": 0.5})
    >>> summarise_capture(rows)["value"][["capture", "realised_over_predicted"]].tolist()
    [0.4, 0.9]
    """
    advised = rows[rows["advice"].astype(bool)]
    found = {rule: bound_ratio(rows[rule]) for rule in RULES}
    found["capture_own_bounds"] = bound_ratio(advised["capture_own_bounds"])
    found["realised_over_predicted"] = bound_ratio(advised["realised_gain"], advised["predicted_gain"])
    return pd.DataFrame.from_dict(found, orient="index", columns=["value", "low", "high"])


def bound_ratio(above: pd.Series, below: pd.Series | float = 1.0) -> tuple[float, float, float]:
    """Sum of `above` over sum of `below` with its 90 % interval over rows; with `below` 1 the mean and its t interval.

    The linearised ratio estimator (Cochran 1977, Sampling Techniques, section 6.3). Ends are missing with one row, all
    is missing with none.
    """
    count, total = len(above), float(np.sum(np.ones(len(above)) * below))
    if not total:
        return np.nan, np.nan, np.nan
    ratio = float(above.sum() / total)
    if count < 2:
        return ratio, np.nan, np.nan
    error = np.sqrt(count / (count - 1) * np.sum((above - ratio * below) ** 2)) / total
    half = float(t.ppf(UPPER, count - 1) * error)
    return ratio, ratio - half, ratio + half
