"""Sentences and tables about the held-out forecast: how well the model predicts what it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from mmm_helpers.report.model.model_page import PERIODS_PER_YEAR, UNITS, amount
from mmm_helpers.report.returns import of_total
from mmm_helpers.report.words import count, is_missing, join, percent, period

QUARTER_WEEKS = 13
SHARES = ("wmape", "wmape_naive", "wmape_ols", "wmape_ridge", "wmape_boosting")
RIVALS = {"wmape_ols": "a plain regression", "wmape_ridge": "ridge", "wmape_boosting": "gradient boosting"}
"""Columns of the errors of other ways to predict, and their names."""
SCORES = ("crps", "crps_naive", "crps_ols")
TITLES = {
    "crps": "CRPS",
    "crps_naive": "CRPS, last year",
    "crps_ols": "CRPS, regression",
    "wmape_naive": "WMAPE, last year",
    "wmape_ols": "WMAPE, regression",
    "wmape_ridge": "WMAPE, ridge",
    "wmape_boosting": "WMAPE, boosting",
    "coverage_90": "Inside 90 % range",
}
"""Headings of the table of errors."""


def explain_missing_forecast(periods: int, *, profile: str, frequency: str, lags: int) -> str:
    """Why there is no held-out forecast, and what would be needed.

    Parameters
    ----------
    periods : periods of data that the market has.
    lags : periods over which spend is carried over.
    """
    if profile == "quick":
        return (
            "**Not tested on unseen weeks.** The quick profile fits once only. The standard profile hides "
            "the last quarter, forecasts it and compares; run it before using the model for a forecast."
        )
    unit, year = UNITS[frequency], PERIODS_PER_YEAR[frequency]
    quarter = round(QUARTER_WEEKS * year / PERIODS_PER_YEAR["weekly"])
    needed = year + quarter + lags
    return (
        f"**Not tested on unseen {unit}s.** The data hold {count(periods, unit)}; to hide a quarter and still "
        f"learn the season from a whole year before it takes at least {needed}. Until then nobody knows how "
        "well this model predicts, and its fit above is no proof."
    )


def describe_forecast(validation: pd.DataFrame, *, currency: str, unit: str) -> str:
    """Error of the held-out forecast against the seasonal naive one, as sentences.

    Parameters
    ----------
    validation : table `validation`, at least one row of region `all`; scores are means over folds.
    currency : of the scores: the market's own; empty for counts.
    """
    rows = of_total(validation)
    means = rows.select_dtypes("number").mean()
    text = (
        f"The model missed {count(int(rows['horizon'].sum()), unit)} that it had not seen by "
        f"**{percent(means['wmape'], digits=1)}** (wMAPE); **{percent(means['coverage_90'])}** of them lie "
        "inside its 90 % range. "
    )
    if is_missing(means["crps_naive"]):
        return text + _without_naive(validation)
    skill = 1 - means["crps"] / means["crps_naive"]
    verb = "better" if skill >= 0 else "worse"
    gain = describe_gain(means, currency)
    text += (
        f"The {{term}}`seasonal naive forecast` missed by {percent(means['wmape_naive'], digits=1)}. By the "
        f"score of the whole forecast (CRPS) the model is **{percent(abs(skill))} {verb}**: "
        f"{amount(means['crps'], currency)} against {amount(means['crps_naive'], currency)} a {unit}, {gain}."
    )
    return text + _against_rivals(means)


def _without_naive(validation: pd.DataFrame) -> str:
    """Why the market as a whole has no comparison, and what it is where a region has one."""
    known = validation.dropna(subset=["crps_naive"])
    if known.empty:
        return "The data are too short for a comparison with last year's values."
    parts = [
        f"{region} {percent(own['wmape'].mean(), digits=1)} against {percent(own['wmape_naive'].mean(), digits=1)}"
        for region, own in known.groupby("region", sort=False)
    ]
    return (
        "Last year's values are unknown in part, so the {term}`seasonal naive forecast` can be compared only for "
        f"{join(parts)} (wMAPE)."
    )


def describe_gain(means: Mapping[str, float], currency: str) -> str:
    """The interval of the paired difference in score, and what it says."""
    low, high = means["crps_gain_q05"], means["crps_gain_q95"]
    if is_missing(low):
        return "too few periods for an interval"
    sign = "which is clear" if low > 0 or high < 0 else "which could be chance"
    return f"a difference of {amount(low, currency)} to {amount(high, currency)} (90 %), {sign}"


def _against_rivals(means: pd.Series) -> str:
    parts = [
        f"{name} {'missed ' if i == 0 else ''}by {percent(means[column], digits=1)}"
        for i, (column, name) in enumerate(RIVALS.items())
        if not is_missing(means.get(column))
    ]
    return f" On the same weeks {join(parts)}." if parts else ""


def describe_given_inputs(controls: Mapping[str, object]) -> str:
    """What the forecast was given in advance, and what it had to guess.

    Parameters
    ----------
    controls : name → control with `known_ahead` and `label`.
    """
    known, unknown = (
        [c.label or n for n, c in controls.items() if c.known_ahead is k] for k in (True, False)
    )
    given = join([w.lower() for w in ("spend", "holidays", *known)])
    text = f"Given in advance were {given} of the hidden quarter, as in a plan"
    if not unknown:
        return text + "; nothing else is needed."
    return (
        f"{text}. Not given: {join(unknown).lower()}, which nobody knows ahead. Each was forecast by its last value "
        "or by last year's, whichever would have come closer before, and what that rule missed before widens the "
        "range."
    )


def compute_forecast_series(forecasts: pd.DataFrame, fit: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The market's latest held-out forecast, and the year of observed outcomes before it.

    Returns
    -------
    `date, observed, predicted_mean, predicted_q05, predicted_q95` and `date, observed`: what `plot_forecast`
    takes.
    """
    rows = of_total(forecasts)
    rows = rows[rows["fold"] == rows["fold"].min()]
    rows = rows.rename(columns=lambda c: c.replace("forecast_", "predicted_")).sort_values("date")
    before = of_total(fit).sort_values("date")
    before = before[before["date"] < rows["date"].min()]
    return rows, before[["date", "observed"]].iloc[-52:]


def describe_chart(forecast: pd.DataFrame, *, currency: str) -> str:
    """The chart of the forecast in words."""
    span = period(forecast["date"].min(), forecast["date"].max())
    observed, expected = forecast["observed"].sum(), forecast["predicted_mean"].sum()
    return (
        f"Forecast and observed outcome, {span}: {amount(expected, currency)} forecast in total, "
        f"{amount(observed, currency)} observed."
    )


def own_currency(here: Any, outcome: str) -> str:
    """Currency of the scores: the market's own; empty for counts."""
    return here.currency if outcome else ""


def compute_validation_table(validation: pd.DataFrame) -> pd.DataFrame:
    """Scores as they are shown: by fold and region, columns without a value left out."""
    fold = ["fold"] if validation["fold"].nunique() > 1 else []
    columns = [*fold, "region", "horizon", *SCORES, *SHARES, "coverage_90"]
    kept = validation[[c for c in columns if c in validation]].dropna(axis=1, how="all")
    return kept.drop_duplicates().reset_index(drop=True)


def validation_formats(currency: str) -> dict[str, Callable[[Any], str]]:
    """How the columns of the table of errors are written on a page."""
    shares = dict.fromkeys(SHARES, _share)
    scores = dict.fromkeys(SCORES, lambda v: amount(v, currency))
    return {**shares, **scores, "coverage_90": percent, "region": _region}


def _share(value: float) -> str:
    return percent(value, digits=1)


def _region(code: str) -> str:
    return "All regions" if code == "all" else code
