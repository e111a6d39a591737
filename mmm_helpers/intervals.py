"""The one interval that this project reports, and the summaries built on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

LOWER, UPPER = 0.05, 0.95
"""Bounds of the reported interval: equal-tailed, 90 %. Every table and chart uses these two."""

SUFFIXES = ("mean", "q05", "q50", "q95")


def summarize(draws: np.ndarray, name: str, *, axis: int = 0) -> dict[str, np.ndarray]:
    """Mean and the 5, 50 and 95 % quantiles over `axis`, keyed `<name>_mean … <name>_q95`.

    Parameters
    ----------
    draws : array with the draws along `axis`.
    name : prefix of the keys.

    Examples
    --------
    >>> {k: float(v) for k, v in summarize(np.arange(101.0), "roas").items()}
    {'roas_mean': 50.0, 'roas_q05': 5.0, 'roas_q50': 50.0, 'roas_q95': 95.0}
    """
    low, mid, high = np.quantile(draws, [LOWER, 0.5, UPPER], axis=axis)
    return dict(
        zip([f"{name}_{s}" for s in SUFFIXES], [np.mean(draws, axis=axis), low, mid, high], strict=True)
    )


def interval(row: pd.Series, name: str) -> tuple[float, float, float]:
    """The mean and the two bounds of quantity `name` in a table's row."""
    return float(row[f"{name}_mean"]), float(row[f"{name}_q05"]), float(row[f"{name}_q95"])
