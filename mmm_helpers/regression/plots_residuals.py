"""Charts of what the regression leaves over: over time, against itself some periods earlier, against a bell curve."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.regression.checks import compute_quantiles
from mmm_helpers.report.style import ACCENT, BASE, QUIET, TEXT, date_axis, money_axis, new_axes
from mmm_helpers.report.words import join, percent

FOLLOWING = 0.2
"""Correlation of neighbouring residuals from which they are said to follow each other."""


def describe_residuals(residuals: pd.Series) -> str:
    """The chart of `plot_ols_residuals` in words: how alike neighbouring residuals are."""
    following = residuals.autocorr(1)
    word = "follow each other" if following > FOLLOWING else "hardly follow each other"
    return f"Residuals over time; they {word} (correlation with the period before: {_decimal(following)})."


def plot_ols_residuals(residuals: pd.Series, *, currency: str, ax: Axes | None = None) -> Axes:
    """Residuals over time as bars: runs on one side show what the regression does not see.

    Parameters
    ----------
    residuals : money, by date.
    """
    ax = new_axes(height=2.5, ax=ax)
    step = (residuals.index[1] - residuals.index[0]).days if len(residuals) > 1 else 7
    color = np.where(residuals >= 0, ACCENT, QUIET)
    ax.bar(residuals.index, residuals, width=step * 0.9, color=color, linewidth=0)
    ax.axhline(0, color=TEXT, linewidth=0.8)
    money_axis(ax, currency)
    date_axis(ax)
    return ax


def plot_autocorrelation(correlation: pd.DataFrame, *, unit: str, ax: Axes | None = None) -> Axes:
    """Autocorrelations as bars, the range of pure noise shaded.

    Parameters
    ----------
    correlation : result of `compute_autocorrelation`.
    """
    ax = new_axes(height=2.4, ax=ax)
    bound = float(correlation["bound"].iloc[0])
    ax.axhspan(-bound, bound, color=BASE, alpha=0.45, linewidth=0)
    outside = correlation["correlation"].abs() > bound
    ax.bar(correlation["lag"], correlation["correlation"], 0.5, color=np.where(outside, ACCENT, QUIET))
    ax.axhline(0, color=TEXT, linewidth=0.8)
    reach = max(0.3, 1.15 * float(correlation["correlation"].abs().max()))
    ax.set_ylim(-reach, reach)
    ax.set_xticks(correlation["lag"])
    ax.set_xlabel(f"{unit}s apart")
    return ax


def describe_autocorrelation(correlation: pd.DataFrame) -> str:
    """The chart of `plot_autocorrelation` in words: lags outside of what noise would show."""
    outside = correlation[correlation["correlation"].abs() > correlation["bound"]]
    parts = [f"{r.lag} ({_decimal(r.correlation)})" for r in outside.itertuples()]
    bound = f"±{correlation['bound'].iloc[0]:.2f}"
    found = f"lags outside it: {join(parts)}" if parts else "no lag lies outside it"
    share = percent(UPPER - LOWER)
    return f"Autocorrelation of residuals; noise stays within {bound} at {share} of lags; {found}."


def plot_quantiles(residuals: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Sorted residuals, in standard deviations, against those of a bell curve."""
    ax = new_axes(height=3.2, ax=ax)
    pairs = compute_quantiles(residuals)
    ends = [pairs["expected"].min(), pairs["expected"].max()]
    ax.plot(ends, ends, color=TEXT, linewidth=1.0)
    ax.plot(pairs["expected"], pairs["observed"], "o", color=ACCENT, ms=3.5, mew=0, alpha=0.7)
    ax.set_xlabel("expected of a bell curve, in sd")
    ax.set_ylabel("observed, in sd")
    return ax


def describe_quantiles(residuals: pd.Series) -> str:
    """The chart of `plot_quantiles` in words: the most extreme residuals, and what a bell curve would have."""
    pairs = compute_quantiles(residuals)
    low, high = pairs.iloc[0], pairs.iloc[-1]
    return (
        f"Residuals against a bell curve: the smallest is {_decimal(low['observed'], 1)} sd (a bell curve "
        f"would have {_decimal(low['expected'], 1)}), the largest {_decimal(high['observed'], 1)} "
        f"({_decimal(high['expected'], 1)})."
    )


def _decimal(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace("-", "−")
