"""Sentences and small tables of the page about the model: fit, borrowing, duration, health, forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mmm_helpers.intervals import interval
from mmm_helpers.report.blocks import readable
from mmm_helpers.report.marks import TIERS
from mmm_helpers.report.returns import by_region, of_total, return_of, returned
from mmm_helpers.report.words import (
    MISSING,
    chance,
    count,
    day,
    is_missing,
    join,
    money,
    percent,
    percent_interval,
    significant,
)

UNITS = {"daily": "day", "weekly": "week", "monthly": "month"}
PERIODS_PER_YEAR = {"daily": 365, "weekly": 52, "monthly": 12}
QUARTER_WEEKS = 13


def amount(value: float, currency: str) -> str:
    """An amount of outcome: money, or a count where `currency` is empty.

    Examples
    --------
    >>> amount(12_345, "EUR"), amount(12_345, "")
    ('€12.3 k', '12.3 k')
    """
    return money(value, currency).strip()


def describe_model(summary: pd.DataFrame, health: pd.DataFrame, *, label: str, currency: str) -> str:
    """The page's finding: return of all paid media, share of the outcome, health.

    Parameters
    ----------
    summary : table `market_summary`, one row.
    health : table `model_health`.
    """
    row = summary.iloc[0]
    span = f"between {day(row['period_start'])} and the week of {day(row['period_end'])}"
    share = percent_interval(*interval(row, "media_share"))
    return (
        f"In {label} each {money(1, currency, digits=1)} of paid media brought back "
        f"**{returned(*interval(row, 'roas'), currency)}** {span} ({{term}}`ROAS`, with 90 % interval), and "
        f"marketing made up **{share}** of the outcome. {describe_health(health)}"
    )


def describe_health(health: pd.DataFrame) -> str:
    """How many checks pass and which do not, as a sentence."""
    passed = int((health["status"] == "pass").sum())
    text = f"**{passed} of {count(len(health), 'check')}** of the model's health passed"
    parts = []
    for status, words in (("fail", "failed"), ("review", "worth a look")):
        names = health.loc[health["status"] == status, "check"].map(readable)
        if len(names):
            parts.append(f"{words}: {join([n[0].lower() + n[1:] if n[1:2].islower() else n for n in names])}")
    return "; ".join([text, *parts]) + "."


def describe_fit(fit: pd.DataFrame) -> str:
    """How often the outcome lies inside the model's range, and the mean error, as a sentence.

    Parameters
    ----------
    fit : table `fit_series`; rows of regions where there are several.
    """
    rows = by_region(fit).dropna(subset=["observed"])
    inside = ((rows["observed"] >= rows["predicted_q05"]) & (rows["observed"] <= rows["predicted_q95"])).mean()
    error = (rows["observed"] - rows["fitted_mean"]).abs().sum() / rows["observed"].abs().sum()
    unseen = by_region(fit)["observed"].isna().sum()
    text = (
        f"**{percent(inside)}** of the observed outcomes lie inside the model's 90 % range for them, and it misses "
        f"them by **{percent(error, digits=1)}** on average (wMAPE, in sample)."
    )
    return text + (f" {count(int(unseen), 'outcome')} unknown and left out." if unseen else "")


def describe_residuals(residuals: pd.DataFrame, *, unit: str) -> str:
    """The largest miss and whether misses run in one direction, as a sentence.

    Parameters
    ----------
    residuals : `region, date, residual` (share of the region's mean outcome), from `compute_residuals`.
    unit : day, week or month.
    """
    rows = residuals.dropna(subset=["residual"])
    worst = rows.loc[rows["residual"].abs().idxmax()]
    wide = rows.pivot_table(index="date", columns="region", values="residual").sort_index()
    lag = float(wide.apply(lambda s: s.autocorr(1)).mean())
    place = "" if worst["region"] == "all" else f" in {worst['region']}"
    runs = "hardly follow" if abs(lag) < 0.2 else "partly follow"
    return (
        f"The largest miss is **{percent(worst['residual'], sign=True)}** of the mean outcome{place} in the {unit} "
        f"of {day(worst['date'])}. Misses {runs} from one {unit} to the next (correlation {significant(lag)})."
    )


def paid_shrinkage(shrinkage: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Rows of paid channels only: for the others the table holds no return in money."""
    paid = effects.loc[effects["spend"] > 0, "channel"].unique()
    return shrinkage[shrinkage["channel"].isin(paid)]


def describe_borrowing(shrinkage: pd.DataFrame) -> str:
    """How many cells rest on their own data, and how many on others, as a sentence.

    Parameters
    ----------
    shrinkage : `region, channel, pooling_factor, data_tier` of regions (of the total if there is one region).
    """
    parts = []
    for tier, (mark, word, meaning) in TIERS.items():
        number = int((shrinkage["data_tier"] == tier).sum())
        if number:
            parts.append(f"{number} {mark} {word} ({meaning})")
    factor = float(shrinkage["pooling_factor"].mean())
    return (
        f"Of **{count(len(shrinkage), 'return')}** {join(parts)}. On average **{percent(factor)}** of a number "
        "is borrowed (pooling factor)."
    )


def compute_borrowing_table(shrinkage: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """Own and pooled return by region and channel as text: `region, channel, own, pooled, pooling_factor, data_tier`."""
    names = shrinkage["region"].replace("all", "All regions")
    return pd.DataFrame(
        {
            "region": names,
            "channel": [labels.get(c, c) for c in shrinkage["channel"]],
            "own": [_own(row) for _, row in shrinkage.iterrows()],
            "pooled": [returned(*interval(row, "pooled"), "").strip() for _, row in shrinkage.iterrows()],
            "pooling_factor": shrinkage["pooling_factor"],
            "data_tier": shrinkage["data_tier"],
        }
    )


def _own(row: pd.Series) -> str:
    # nothing is said by a range that spans more than a factor of 100
    if is_missing(row["own_mean"]) or row["own_q95"] > 100 * row["own_q05"]:
        return "says nothing"
    return returned(*interval(row, "own"), "").strip()


def describe_curves(effects: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """Where the next unit of money brings most and least, as a sentence.

    Parameters
    ----------
    effects : rows of `channel_effects` of the market's total and the last window.
    """
    paid = effects.dropna(subset=["mroas_mean"]).sort_values("mroas_mean", ascending=False)
    if paid.empty:
        return "No channel was paid for, so there is no curve."
    best, worst = paid.iloc[0], paid.iloc[-1]
    one = money(1, currency, digits=1)
    text = f"{one} more on **{labels.get(best['channel'], best['channel'])}** would bring "
    text += f"**{return_of(best, currency, value='mroas')}** ({{term}}`mROAS`)"
    if len(paid) > 1:
        text += f", on {labels.get(worst['channel'], worst['channel'])} {return_of(worst, currency, value='mroas')}"
    return text + "."


def describe_carryover(carryover: pd.DataFrame, *, labels: Mapping[str, str], unit: str) -> str:
    """Longest and shortest effect, as a sentence."""
    first = of_total(carryover).drop_duplicates("channel").sort_values("half_life_mean", ascending=False)
    if first.empty:
        return "No channel has a carry-over to report."
    long, short = first.iloc[0], first.iloc[-1]
    text = (
        f"**{labels.get(long['channel'], long['channel'])}** works longest: "
        f"**{percent_interval(*interval(long, 'immediate_share'))}** of its effect comes in the {unit} of the spend, "
        f"the rest later, with a half-life of {_half_life(long, unit)}"
    )
    if len(first) > 1:
        share = percent_interval(*interval(short, "immediate_share"))
        text += f"; {labels.get(short['channel'], short['channel'])} is the quickest ({share} at once)"
    return text + "."


def _half_life(row: pd.Series, unit: str) -> str:
    mean, low, high = interval(row, "half_life")
    return f"{significant(mean)} {unit}s ({significant(low)}–{significant(high)})"


def describe_sources(steps: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """What the last year's outcome was made of, as a sentence.

    Parameters
    ----------
    steps : result of `compute_waterfall`: `group, value`, the last row the total.
    """
    total = float(steps["value"].iloc[-1])
    parts = steps.iloc[:-1]
    media = parts[~parts["group"].isin(["base", "controls"])].sort_values("value", ascending=False)
    text = f"Of **{amount(total, currency)}** modelled outcome in the last year, the baseline holds "
    text += f"**{percent(parts.loc[parts['group'] == 'base', 'value'].sum() / total)}**"
    if media.empty:
        return f"{text} and no channel contributed."
    top = media.iloc[0]
    return (
        f"{text} and the channels **{percent(media['value'].sum() / total)}**, most of it "
        f"{labels.get(top['group'], top['group'])} ({percent(top['value'] / total)}); means of the estimate."
    )


def explain_missing_forecast(periods: int, *, profile: str, frequency: str) -> str:
    """Why there is no held-out forecast, and what would be needed.

    Parameters
    ----------
    periods : periods of data that the market has.
    """
    if profile == "quick":
        return (
            "**Not tested on unseen weeks.** The quick profile fits once only. The standard profile hides the "
            "last quarter, forecasts it and compares; run it before using the model for a forecast."
        )
    unit, year = UNITS[frequency], PERIODS_PER_YEAR[frequency]
    quarter = round(QUARTER_WEEKS * year / PERIODS_PER_YEAR["weekly"])
    needed = year + quarter
    return (
        f"**Not tested on unseen {unit}s.** The data hold {count(periods, unit)}; to hide a quarter and still learn "
        f"the season from a whole year before it takes more than {needed}. Until then nobody knows how well this "
        "model predicts, and its fit above is no proof."
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
        f"**{percent(means['wmape'], digits=1)}** (wMAPE); **{percent(means['coverage_90'])}** of them lie inside its "
        "90 % range. "
    )
    if is_missing(means["crps_naive"]):
        return text + "The data are too short for a comparison with last year's values."
    skill = 1 - means["crps"] / means["crps_naive"]
    verb = "better" if skill >= 0 else "worse"
    gain = money_gain(means, currency)
    text += (
        f"The {{term}}`seasonal naive forecast` missed by {percent(means['wmape_naive'], digits=1)}. By the score "
        f"of the whole forecast (CRPS) the model is **{percent(abs(skill))} {verb}**: "
        f"{amount(means['crps'], currency)} against {amount(means['crps_naive'], currency)} a {unit}, {gain}."
    )
    return text + _against_ols(means)


def money_gain(means: Mapping[str, float], currency: str) -> str:
    """The interval of the paired difference in score, and what it says."""
    low, high = means["crps_gain_q05"], means["crps_gain_q95"]
    if is_missing(low):
        return "too few periods for an interval"
    sign = "which is clear" if low > 0 or high < 0 else "which could be chance"
    return f"a difference of {amount(low, currency)} to {amount(high, currency)} (90 %), {sign}"


def _against_ols(means: pd.Series) -> str:
    if is_missing(means.get("wmape_ols")):
        return ""
    return f" A plain regression on the same weeks missed by {percent(means['wmape_ols'], digits=1)}."


def describe_given_inputs(controls: Mapping[str, object]) -> str:
    """What the forecast was given in advance, and what of it nobody would know in advance.

    Parameters
    ----------
    controls : name → control with `known_ahead` and `label`.
    """
    unknown = [c.label or name for name, c in controls.items() if not c.known_ahead]
    text = "Given in advance were spend, holidays and controls of the hidden quarter, as they came to be"
    if not unknown:
        return text + "; all of these can be planned."
    return (
        f"{text}. In a real forecast {join(unknown).lower()} would have to be forecast too, so errors would be "
        "larger: this tests what the model learnt, not how well the future is known."
    )


def compute_forecast_series(forecasts: pd.DataFrame, fit: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The market's latest held-out forecast, and the year of observed outcomes before it.

    Returns
    -------
    `date, observed, predicted_mean, predicted_q05, predicted_q95` and `date, observed`, as `plot_forecast` takes.
    """
    rows = of_total(forecasts)
    rows = rows[rows["fold"] == rows["fold"].min()]
    rows = rows.rename(columns=lambda c: c.replace("forecast_", "predicted_")).sort_values("date")
    before = of_total(fit).sort_values("date")
    before = before[before["date"] < rows["date"].min()]
    return rows, before[["date", "observed"]].iloc[-52:]


def forecast_formats(currency: str) -> dict[str, object]:
    """How the columns of `validation` are written on a page."""
    shares = dict.fromkeys(("wmape", "wmape_naive", "mape"), _share)
    amounts = dict.fromkeys(("crps", "crps_naive"), lambda v: amount(v, currency))
    return {**shares, **amounts, "coverage_90": percent, "region": lambda r: "All regions" if r == "all" else r}


def _share(value: float) -> str:
    return percent(value, digits=1)


def regions_without_room(regions: Sequence[str], *, most: int) -> str:
    """The sentence that says which regions a chart leaves out; empty if none."""
    return f" Shown are the {most} largest of {len(regions)} regions." if len(regions) > most else ""


def chance_text(value: float) -> str:
    """A probability, or a dash where it is not defined."""
    return MISSING if is_missing(value) else chance(value)
