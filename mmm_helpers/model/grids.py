"""From the long panel to arrays over periods and regions."""

from __future__ import annotations

import numpy as np
import pandas as pd


def to_grid(panel: pd.DataFrame, column: str, dates: pd.DatetimeIndex, regions: list[str]) -> np.ndarray:
    """(t, r) values of one column; NaN where the panel has none."""
    wide = panel.pivot(index="date", columns="region", values=column)
    return wide.reindex(index=dates, columns=regions).to_numpy(float)
