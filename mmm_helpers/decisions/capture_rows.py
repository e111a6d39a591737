"""Rows about what recommended plans captured in simulated worlds: where they lie, and what they say together."""

from __future__ import annotations

import numpy as np
import pandas as pd

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


def summarise_capture(rows: pd.DataFrame) -> dict[str, float]:
    """The figures from the rows.

    Returns
    -------
    capture_mean, share_worse (than today), realised_over_predicted (all gains together; NaN without a plan),
    capture_own_bounds (of what the cells that a plan may move could gain) and the captures of the simple rules;
    proportional to spend is today's plan, so 0. `capture_optimizer` is a stock optimizer's on the same draws.

    Examples
    --------
    >>> rows = pd.DataFrame({"capture": [0.8, 0.0], "advice": [True, False], "predicted_gain": [10.0, 0.0],
    ...                      "realised_gain": [9.0, 0.0], "capture_own_bounds": [0.9, None], "capture_equal_split": 0.1,
    ...                      "capture_percent_of_revenue": 0.0, "capture_optimizer": 0.5})
    >>> found = summarise_capture(rows)
    >>> found["capture_mean"], found["realised_over_predicted"]
    (0.4, 0.9)
    """
    advised = rows[rows["advice"].astype(bool)]
    foretold = advised["predicted_gain"].sum()
    return {
        "capture_mean": float(rows["capture"].mean()),
        "share_worse": float((rows["capture"] < 0).mean()),
        "realised_over_predicted": float(advised["realised_gain"].sum() / foretold) if foretold else np.nan,
        "capture_own_bounds": float(advised["capture_own_bounds"].mean()),
        "capture_equal_split": float(rows["capture_equal_split"].mean()),
        "capture_percent_of_revenue": float(rows["capture_percent_of_revenue"].mean()),
        "capture_optimizer": float(rows["capture_optimizer"].mean()),
    }
