"""Ordinary least squares of one region's outcome on its spend, with robust errors.

It answers the question "what would a plain regression have said?". It has no saturation, learns nothing from
other regions, and picks its carry-over by the fit alone, which its intervals do not admit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student
from statsmodels.regression.linear_model import OLS, RegressionResultsWrapper

from mmm_helpers.intervals import UPPER
from mmm_helpers.regression.checks import compute_inflation
from mmm_helpers.regression.design import RegressionData, build_columns
from mmm_helpers.regression.grid import RetentionSearch, without_carry_over
from mmm_helpers.report.words import count, join

ROWS_PER_COEFFICIENT = 3
"""Periods for each coefficient below which a regression says nothing (a generous rule of thumb)."""

EXACT = 1e-10
"""Share of a column's variation that the others leave over, below which it is nothing but the others."""


@dataclass(frozen=True)
class OlsFit:
    """A fitted regression.

    Parameters
    ----------
    returns : one row a channel: `channel, retention, spend, roas_*, share_*, vif`; `share` is what landed in
        the periods used, of their outcome.
    total : `roas_*` of all spend together and `share_*` of all channels together.
    residuals, fitted : money, by date.
    columns : what was regressed on, the constant first.
    hac_lags : periods over which residuals may follow each other in the robust errors.
    plain_width : median of the channels' interval widths with ordinary errors, as multiples of the robust ones.
    r_squared : share of the variation that is explained.
    """

    returns: pd.DataFrame
    total: dict[str, float]
    residuals: pd.Series
    fitted: pd.Series
    columns: pd.DataFrame
    hac_lags: int
    plain_width: float
    r_squared: float


def find_obstacle(
    data: RegressionData,
    *,
    names: Mapping[str, str] | None = None,
    rows_per_coefficient: float = ROWS_PER_COEFFICIENT,
) -> str:
    """Why there can be no regression, as a sentence; empty if there can be one.

    Parameters
    ----------
    data : see `build_regression_data`.
    names : column → name for readers.
    rows_per_coefficient : periods needed for each coefficient.
    """
    where = "the market" if data.region == "all" else data.region
    if data.spend.shape[1] == 0:
        return f"No channel's spend in {where} changes over time, so there is nothing to learn from."
    used, needed = int(data.usable.sum()), int(np.ceil(rows_per_coefficient * data.coefficients))
    if used < needed:
        return (
            f"A regression for {where} would have {count(used, data.unit)} for {data.coefficients} "
            f"coefficients and needs at least {needed} to say anything: {count(needed - used, data.unit)} "
            "more, or fewer channels and controls."
        )
    if data.outcome[data.usable].nunique() == 1:
        return f"The outcome of {where} is the same in every {data.unit}, so there is nothing to explain."
    exact = find_exact(build_columns(data, without_carry_over(data)))
    if exact:
        listed = join([(names or {}).get(c, c) for c in exact])
        return (
            f"{listed} hold the same information in {where}: each can be computed from the others, so a "
            "regression cannot tell them apart. Remove one of them from the portfolio file."
        )
    return ""


def find_exact(columns: pd.DataFrame) -> list[str]:
    """Columns that are exact combinations of the others, or constant.

    Parameters
    ----------
    columns : the constant first.
    """
    values = columns.iloc[:, 1:].to_numpy(dtype=float)
    values = values - values.mean(axis=0)
    size = np.sqrt((values**2).sum(axis=0))
    scaled = values / np.where(size > 0, size, 1.0)
    names = []
    for i, name in enumerate(columns.columns[1:]):
        others = np.delete(scaled, i, axis=1)
        left = scaled[:, i] - others @ np.linalg.lstsq(others, scaled[:, i], rcond=None)[0]
        if left @ left < EXACT:
            names.append(str(name))
    return names


def choose_hac_lags(periods: int) -> int:
    """Lags of the robust errors: 4 · (n / 100)^(2/9), rounded down (Newey and West 1994).

    Examples
    --------
    >>> choose_hac_lags(100), choose_hac_lags(156)
    (4, 4)
    """
    return int(np.floor(4 * (periods / 100) ** (2 / 9)))


def fit_ols(data: RegressionData, retentions: Mapping[str, float]) -> OlsFit:
    """Regress the outcome on carried-over spend, season, trend, holidays and controls.

    Errors are robust to autocorrelation and unequal variance (Newey and West 1987) with the small-sample
    factor n / (n − k); intervals take Student's t with n − k degrees of freedom. Because lag weights sum to
    one, the coefficient of a channel is its return for each unit of money, whenever it arrives.

    Parameters
    ----------
    data : see `build_regression_data`; `find_obstacle` must find none.
    retentions : channel → share that is left after one period.
    """
    result, columns = _estimate(data, retentions)
    channels = list(retentions)
    spend = data.spend[data.usable].sum()
    landed = columns[channels].sum() / result.model.endog.sum()
    return OlsFit(
        returns=_returns(result, columns, retentions, spend=spend, landed=landed),
        total=_linear(result, spend / spend.sum(), "roas") | _linear(result, landed, "share"),
        residuals=result.resid,
        fitted=result.fittedvalues,
        columns=columns,
        hac_lags=choose_hac_lags(len(columns)),
        plain_width=float(np.median(_plain_errors(result)[channels] / result.bse[channels])),
        r_squared=float(result.rsquared),
    )


def open_carry_over(data: RegressionData, search: RetentionSearch) -> pd.DataFrame:
    """Each channel's interval if its carry-over is left open: over all values that fit about as well as the best.

    Returns
    -------
    DataFrame with `channel, roas_mean` (at the best value), `roas_q05, roas_q95` (lowest and highest bound
    over the plausible values).
    """
    rows = []
    for channel in data.spend:
        own = search.curve[(search.curve["channel"] == channel) & search.curve["plausible"]]
        found = [_interval(data, r, channel) for r in own["retentions"]]
        middle = _interval(data, search.best, channel)["roas_mean"]
        low, high = min(f["roas_q05"] for f in found), max(f["roas_q95"] for f in found)
        rows.append({"channel": channel, "roas_mean": middle, "roas_q05": low, "roas_q95": high})
    return pd.DataFrame(rows)


def _estimate(
    data: RegressionData, retentions: Mapping[str, float]
) -> tuple[RegressionResultsWrapper, pd.DataFrame]:
    columns = build_columns(data, retentions)
    options = {"maxlags": choose_hac_lags(len(columns)), "use_correction": True}
    model = OLS(data.outcome[data.usable], columns)
    return model.fit(cov_type="HAC", cov_kwds=options, use_t=True), columns


def _plain_errors(result) -> pd.Series:
    """Standard errors as they would be if residuals were unrelated and equally large at all times."""
    variance = result.ssr / result.df_resid
    return np.sqrt(variance * pd.Series(np.diag(result.normalized_cov_params), index=result.params.index))


def _interval(data: RegressionData, retentions: Mapping[str, float], channel: str) -> dict[str, float]:
    result, _ = _estimate(data, retentions)
    return _linear(result, pd.Series({channel: 1.0}), "roas")


def _linear(result, weights: pd.Series, name: str) -> dict[str, float]:
    """A weighted sum of coefficients with its interval; exact, as it is linear in the coefficients."""
    names = list(weights.index)
    covariance = result.cov_params().loc[names, names].to_numpy()
    mean = float(weights @ result.params[names])
    half = float(student.ppf(UPPER, result.df_resid) * np.sqrt(weights.to_numpy() @ covariance @ weights))
    return {f"{name}_mean": mean, f"{name}_q05": mean - half, f"{name}_q50": mean, f"{name}_q95": mean + half}


def _returns(
    result,
    columns: pd.DataFrame,
    retentions: Mapping[str, float],
    *,
    spend: pd.Series,
    landed: pd.Series,
) -> pd.DataFrame:
    inflation = compute_inflation(columns)
    rows = [
        {"channel": channel, "retention": retention, "spend": float(spend[channel])}
        | _linear(result, pd.Series({channel: 1.0}), "roas")
        | _linear(result, landed[[channel]], "share")
        | {"vif": float(inflation[channel])}
        for channel, retention in retentions.items()
    ]
    return pd.DataFrame(rows)
