"""Charts of how well the model follows the data: fit by region, residuals, and the held-out forecast."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.data.plots_data import MOST_REGIONS
from mmm_helpers.report.style import ACCENT, QUIET, TEXT, cap, date_axis, money_axis, new_axes, new_grid


def regions_by_observed(fit: pd.DataFrame) -> list[str]:
    """Regions of a fit's series, largest total of observed values first."""
    return fit.groupby("region")["observed"].sum().sort_values(ascending=False).index.astype(str).tolist()


def plot_fit(fit: pd.DataFrame, *, currency: str) -> list[Axes]:
    """Observed outcome (dots) and the model's 90 % range for it, one panel a region.

    Parameters
    ----------
    fit : table `fit_series`: `region, date, observed, fitted_mean, predicted_q05, predicted_q95`.
    """
    regions, _ = cap(regions_by_observed(fit), most=MOST_REGIONS)
    columns = 1 if len(regions) == 1 else 2
    grid = new_grid(len(regions), columns=columns, height=1.9, sharex=True)
    for ax, region in zip(grid, regions, strict=True):
        rows = _of_region(fit, region)
        ax.fill_between(
            rows["date"], rows["predicted_q05"], rows["predicted_q95"], color=ACCENT, alpha=0.2, lw=0
        )
        ax.plot(rows["date"], rows["fitted_mean"], color=ACCENT, linewidth=1.2)
        ax.plot(rows["date"], rows["observed"], ".", color=TEXT, markersize=2.5)
        ax.set_title(region if region != "all" else "All regions")
        ax.set_ylim(0)
        money_axis(ax, currency)
        date_axis(ax)
    return grid


def compute_residuals(fit: pd.DataFrame) -> pd.DataFrame:
    """Observed minus fitted, as a share of the region's mean outcome: `region, date, residual`.

    The market's total (`all`) is left out where there are regions.
    """
    if fit["region"].nunique() > 1:
        fit = fit[fit["region"].astype(str) != "all"]
    mean = fit.groupby("region")["observed"].transform("mean")
    residual = (fit["observed"] - fit["fitted_mean"]) / mean
    return pd.DataFrame({"region": fit["region"], "date": pd.to_datetime(fit["date"]), "residual": residual})


def plot_residuals(residuals: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Residuals over time: a thin line for each region, their mean as a thick one.

    Parameters
    ----------
    residuals : result of `compute_residuals`.
    """
    ax = new_axes(height=2.8, ax=ax)
    for _, rows in residuals.groupby("region"):
        ax.plot(rows["date"], rows["residual"], color=QUIET, linewidth=0.7, alpha=0.55)
    mean = residuals.groupby("date")["residual"].mean()
    ax.plot(mean.index, mean, color=ACCENT, linewidth=1.6)
    ax.axhline(0, color=TEXT, linewidth=0.8)
    ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:+.3g} %".replace("-", "−"))
    ax.set_ylabel("share of mean outcome")
    date_axis(ax)
    return ax


def plot_forecast(
    forecast: pd.DataFrame, history: pd.DataFrame, *, currency: str, ax: Axes | None = None
) -> Axes:
    """Forecast of periods that the model had not seen, against what happened.

    Parameters
    ----------
    forecast : `date, observed, predicted_mean, predicted_q05, predicted_q95` of the held-out periods.
    history : `date, observed` of the periods before them.
    currency : of the outcome.
    """
    ax = new_axes(height=3.0, ax=ax)
    dates = pd.to_datetime(forecast["date"])
    ax.plot(pd.to_datetime(history["date"]), history["observed"], color=QUIET, linewidth=1.1)
    ax.fill_between(
        dates, forecast["predicted_q05"], forecast["predicted_q95"], color=ACCENT, alpha=0.2, lw=0
    )
    ax.plot(dates, forecast["predicted_mean"], color=ACCENT)
    ax.plot(dates, forecast["observed"], ".", color=TEXT, markersize=5)
    ax.axvline(dates.min(), color=QUIET, linewidth=0.8, linestyle=(0, (3, 2)))
    ax.set_ylim(0)
    money_axis(ax, currency)
    date_axis(ax)
    return ax


def _of_region(fit: pd.DataFrame, region: str) -> pd.DataFrame:
    rows = fit[fit["region"].astype(str) == region]
    return rows.assign(date=pd.to_datetime(rows["date"])).sort_values("date")
