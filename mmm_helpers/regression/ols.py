"""Ordinary least squares of one region's outcome on its spend, with robust errors and diagnostics.

It answers the question "what would a plain regression have said?". It has no saturation, learns nothing from
other regions, and picks its carry-over by the fit alone, which its intervals do not admit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.stats.diagnostic import acorr_ljungbox, het_breuschpagan
from statsmodels.stats.outliers_influence import variance_inflation_factor
from statsmodels.stats.stattools import durbin_watson

from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.regression.design import RegressionData, adstock
from mmm_helpers.report.words import interval_text, percent

RETENTIONS = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Grid of the search for each channel's carry-over."""

SPARE_PERIODS = 20
"""Periods beyond the number of coefficients without which a regression says nothing."""

HIGH_VIF = 5.0
"""Variance inflation from which a coefficient is mostly the other columns' doing (a rule of thumb)."""


@dataclass(frozen=True)
class OlsFit:
    """A fitted regression.

    Parameters
    ----------
    roas : one row a channel: `channel, retention, roas_mean, roas_q05, roas_q95, vif`.
    residuals : outcome minus fitted, money, by date.
    fitted : by date, money.
    diagnostics : `check, value, meaning`.
    """

    roas: pd.DataFrame
    residuals: pd.Series
    fitted: pd.Series
    diagnostics: pd.DataFrame


def find_obstacle(data: RegressionData) -> str:
    """Why this region is too short for a regression, as a sentence; empty if it is not."""
    known = int(data.outcome.notna().sum())
    coefficients = data.spend.shape[1] + data.others.shape[1] + 1
    needed = coefficients + SPARE_PERIODS
    if known >= needed:
        return ""
    return (
        f"{data.region} has {known} periods with known outcome for {coefficients} coefficients; "
        f"a regression would need at least {needed} to say anything."
    )


def fit_ols(data: RegressionData, *, l_max: int = 8, grid: Sequence[float] = RETENTIONS) -> OlsFit:
    """Regress outcome on carried-over spend, season, trend and controls.

    Each channel's retention is searched on a grid, one channel after the other, twice over. Errors are robust
    to autocorrelation and unequal variance (Newey and West 1987, lag by their rule of thumb). Because lag
    weights sum to one, the coefficient of a channel is its return for each unit of money.

    Parameters
    ----------
    data : see `build_regression_data`.
    l_max : periods that an effect lasts.
    grid : retentions to try.

    Raises
    ------
    ValueError
        There are too few periods, see `find_obstacle`.
    """
    obstacle = find_obstacle(data)
    if obstacle:
        raise ValueError(obstacle)
    retentions = search_retentions(data, l_max=l_max, grid=grid)
    columns = build_columns(data, retentions, l_max=l_max)
    known = columns.notna().all(axis=1) & data.outcome.notna()
    columns, outcome = columns[known], data.outcome[known]
    lags = int(np.floor(4 * (len(outcome) / 100) ** (2 / 9)))
    result = sm.OLS(outcome, columns).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    return OlsFit(
        roas=_returns(result, columns, retentions),
        residuals=result.resid,
        fitted=result.fittedvalues,
        diagnostics=compute_diagnostics(result, columns),
    )


def search_retentions(
    data: RegressionData, *, l_max: int = 8, grid: Sequence[float] = RETENTIONS
) -> dict[str, float]:
    """Retention of each channel with the smallest squared error, one channel at a time."""
    best = {c: grid[len(grid) // 2] for c in data.spend}
    for _ in range(2):
        for channel in data.spend:
            errors = {a: _squared_error(data, {**best, channel: a}, l_max=l_max) for a in grid}
            best[channel] = min(errors, key=errors.get)
    return best


def build_columns(data: RegressionData, retentions: Mapping[str, float], *, l_max: int = 8) -> pd.DataFrame:
    """Constant, carried-over spend and the other columns, by date."""
    media = {c: adstock(data.spend[c].to_numpy(), a, l_max=l_max) for c, a in retentions.items()}
    media = pd.DataFrame(media, index=data.spend.index)
    return pd.concat([pd.Series(1.0, index=media.index, name="constant"), media, data.others], axis=1)


def compute_diagnostics(result, columns: pd.DataFrame) -> pd.DataFrame:
    """What speaks for and against the regression: fit, collinearity, and what is left in the residuals.

    Parameters
    ----------
    result : statsmodels' result.
    columns : what was regressed on, the constant first.
    """
    scaled = columns.iloc[:, 1:] / columns.iloc[:, 1:].std()
    condition = float(np.linalg.cond(scaled - scaled.mean()))
    white = float(acorr_ljungbox(result.resid, lags=[8])["lb_pvalue"].iloc[0])
    even = float(het_breuschpagan(result.resid, columns)[1])
    rows = [
        ("R²", float(result.rsquared), "share of the variation that is explained; says nothing about cause"),
        ("Condition number", condition, "above 30, small changes of the data change the coefficients much"),
        ("Durbin–Watson", float(durbin_watson(result.resid)), "2 if residuals do not follow each other"),
        ("Ljung–Box p, 8 lags", white, "below 0.05, residuals follow each other"),
        ("Breusch–Pagan p", even, "below 0.05, the noise is not equally large at all times"),
    ]
    return pd.DataFrame(rows, columns=["check", "value", "meaning"])


def describe_regression(fit: OlsFit, *, labels: Mapping[str, str], region: str) -> str:
    """The regression's result in one sentence, with what is wrong with it."""
    name = "all regions together" if region == "all" else region
    rows = fit.roas
    unclear = int(((rows["roas_q05"] <= 0) & (rows["roas_q95"] >= 0)).sum())
    negative = int((rows["roas_mean"] < 0).sum())
    worst = rows.loc[rows["vif"].idxmax()]
    return (
        f"A plain regression for {name} leaves **{unclear} of {len(rows)}** channels without a clear sign "
        f"and gives {negative} of them a negative return; the least separable is "
        f"{labels.get(worst['channel'], worst['channel'])} (variance inflation {worst['vif']:.1f})."
    )


def tabulate_returns(fit: OlsFit, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """Returns as text for the page: channel, return, what is left after one period, variance inflation."""
    rows = fit.roas
    texts = [interval_text(*bounds) for bounds in rows[["roas_mean", "roas_q05", "roas_q95"]].to_numpy()]
    return pd.DataFrame(
        {
            "Channel": rows["channel"].map(labels),
            "Return (90 %)": texts,
            "Left after one period": [percent(r) for r in rows["retention"]],
            "Variance inflation": rows["vif"].round(1),
        }
    )


def warn_about_regression() -> str:
    """Why the regression is no basis for a decision."""
    return (
        "**This is a comparison, not an estimate to act on.** Spend follows demand, so a regression credits "
        "advertising with demand that the controls do not see. Channels that move together swap their "
        "effects. There is no saturation, so it cannot say what one more unit of money would bring. It looks "
        "at one region only. Its ranges leave out that the carry-over was picked by the fit. Decisions rest "
        "on the model that follows."
    )


def _returns(result, columns: pd.DataFrame, retentions: Mapping[str, float]) -> pd.DataFrame:
    bounds = result.conf_int(alpha=1 - (UPPER - LOWER))
    values = columns.to_numpy(dtype=float)
    rows = [
        {
            "channel": channel,
            "retention": retention,
            "roas_mean": float(result.params[channel]),
            "roas_q05": float(bounds.loc[channel, 0]),
            "roas_q95": float(bounds.loc[channel, 1]),
            "vif": float(variance_inflation_factor(values, columns.columns.get_loc(channel))),
        }
        for channel, retention in retentions.items()
    ]
    return pd.DataFrame(rows)


def _squared_error(data: RegressionData, retentions: Mapping[str, float], *, l_max: int) -> float:
    columns = build_columns(data, retentions, l_max=l_max)
    known = (columns.notna().all(axis=1) & data.outcome.notna()).to_numpy()
    x, y = columns.to_numpy()[known], data.outcome.to_numpy()[known]
    coefficients, *_ = np.linalg.lstsq(x, y, rcond=None)
    return float(((y - x @ coefficients) ** 2).sum())
