"""Sentences and small tables of the page about the model: fit, borrowing, curves, health."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from mmm_helpers.intervals import interval
from mmm_helpers.report.blocks import readable
from mmm_helpers.report.data.plots_data import MOST_REGIONS
from mmm_helpers.report.marks import TIERS, evidence_signs
from mmm_helpers.report.model.plots_fit import regions_by_observed
from mmm_helpers.report.returns import (
    in_order,
    join_evidence,
    of_total,
    return_of,
    returned,
    show_evidence,
)
from mmm_helpers.report.style import cap
from mmm_helpers.report.words import (
    count,
    day,
    interval_text,
    is_missing,
    join,
    money,
    money_interval,
    percent,
    percent_interval,
    period,
    significant,
)

UNITS = {"daily": "day", "weekly": "week", "monthly": "month"}
PERIODS_PER_YEAR = {"daily": 365, "weekly": 52, "monthly": 12}
NOTHING_SAID = 100
"""A range whose upper bound is so many times the lower one says nothing about a return."""
NOTHING_BROUGHT = 0.0005
"""Channels whose shares are all below this would be written as 0.0 %."""
BORROWING_TITLES = {
    "own": "Own data (90 %)",
    "pooled": "Pooled (90 %)",
    "pooling_factor": "Borrowed",
    "evidence": "Evidence",
}
BORROWING_FORMATS: dict[str, Callable[[object], str]] = {
    "pooling_factor": percent,
    "evidence": show_evidence,
}
METHOD = """\
The market's model explains the outcome of all regions at once by a baseline, controls and media, after
carry-over and saturation, in the tradition of {cite:t}`jin2017bayesian` and {cite:t}`sun2017geo`. Regions share
what they learn, and then markets do, in two stages {cite:p}`lunn2013fully`; the pooling factor, after
{cite:t}`gelman2006bayesian`, is the part of a number that comes from other places. The sampler is checked by the
agreement of independent chains {cite:p}`vehtari2021rank`. The forecast of a hidden quarter is scored by the
continuous ranked probability score {cite:p}`gneiting2007strictly`. What is shown as thought before the data are
draws from the priors, put through the same functions as the posterior.

$$ y_{rt} = b_{rt} + \\sum_k \\gamma_{rk} z_{krt} + \\sum_c \\beta_{rc} \\,
\\frac{s_c(x_{rct})}{s_c(\\bar m_{rc})} + \\varepsilon_{rt},
\\qquad \\text{pooling factor} = \\frac{s^2}{s^2 + \\tau^2} $$

The symbols, and what is assumed, are explained in [method](../../method.md).
"""
"""Text of the box "How this was computed"."""


def amount(value: float, currency: str) -> str:
    """An amount of outcome: money, or a count where `currency` is empty.

    Examples
    --------
    >>> amount(12_345, "EUR"), amount(12_345, "")
    ('€12.3 k', '12.3 k')
    """
    return money(value, currency).strip()


def describe_model(
    summary: pd.DataFrame, health: pd.DataFrame, *, label: str, currency: str, signs: str
) -> str:
    """The page's finding: return of all paid media, share of the outcome, health.

    Parameters
    ----------
    summary : table `market_summary`, one row.
    health : table `model_health`.
    signs : data tier and cause mark of all paid media together.
    """
    row = summary.iloc[0]
    span = f"between {day(row['period_start'])} and the week of {day(row['period_end'])}"
    share = percent_interval(*interval(row, "media_share"))
    if is_missing(row["roas_mean"]):
        head = f"In {label} nothing was spent on paid media {span}, so there is no return; "
    else:
        head = (
            f"In {label} each {money(1, currency, digits=1)} of paid media brought back "
            f"**{returned(*interval(row, 'roas'), currency)}** {signs} {span} "
            "({term}`ROAS`, with 90 % interval), and "
        )
    return f"{head}marketing made up **{share}** of the outcome. {describe_health(health)}"


def describe_health(health: pd.DataFrame) -> str:
    """How many checks pass and which do not, as a sentence."""
    passed = int((health["status"] == "pass").sum())
    text = f"**{passed} of {count(len(health), 'check')}** of the model's health passed"
    parts = []
    for status, words in (("fail", "failed"), ("review", "worth a look")):
        names = health.loc[health["status"] == status, "check"].map(in_sentence)
        if len(names):
            parts.append(f"{words}: {join(list(names))}")
    return "; ".join([text, *parts]) + "."


def in_sentence(check: str) -> str:
    """A check's name as it stands in a sentence.

    Examples
    --------
    >>> in_sentence("chains"), in_sentence("R-hat of all others")
    ('chains', 'R-hat of all others')
    """
    name = readable(check)
    return name[0].lower() + name[1:] if name[1:2].islower() else name


def describe_fit(fit: pd.DataFrame) -> str:
    """How often the outcome lies inside the model's range, and the mean error, as a sentence.

    Parameters
    ----------
    fit : table `fit_series`; rows of regions where there are several.
    """
    rows = used_rows(fit)
    inside = rows["observed"].between(rows["predicted_q05"], rows["predicted_q95"]).mean()
    error = (rows["observed"] - rows["fitted_mean"]).abs().sum() / rows["observed"].abs().sum()
    text = (
        f"**{percent(inside)}** of the observed outcomes lie inside the model's 90 % range for them, and it "
        f"misses them by **{percent(error, digits=1)}** on average (wMAPE, in sample)."
    )
    unknown = int(fit["observed"].isna().sum())
    return text + (f" {count(unknown, 'unknown outcome')} left out." if unknown else "")


def used_rows(fit: pd.DataFrame) -> pd.DataFrame:
    """Rows that the model learnt from: outcome known, and spend known for as long as it carries over."""
    return fit[fit["in_likelihood"] & fit["observed"].notna()]


def describe_unused(fit: pd.DataFrame, *, unit: str) -> str:
    """How many periods at the start only serve to know what spend carries over; empty if none."""
    used = used_rows(fit)["date"].min()
    periods = int(fit.loc[fit["date"] < used, "date"].nunique())
    first = f"The first {count(periods, unit)} serve" if periods > 1 else f"The first {unit} serves"
    return f"{first} only to know what is carried over from spend." if periods else ""


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
        f"The largest miss is **{percent(worst['residual'], sign=True)}** of the mean outcome{place} in the "
        f"{unit} of {day(worst['date'])}. Misses {runs} from one {unit} to the next "
        f"(correlation {significant(round(lag, 2), 1 if abs(lag) < 0.1 else 2)})."
    )


def paid_shrinkage(
    shrinkage: pd.DataFrame, effects: pd.DataFrame, *, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Rows of paid channels only, for the others the table holds no return in money; with their `cause_mark`.

    Parameters
    ----------
    effects : rows of `channel_effects` of one window.
    """
    paid = effects.loc[effects["spend"] > 0, "channel"].unique()
    causes = effects[["region", "channel", "cause_mark"]]
    marked = shrinkage.merge(causes, on=["region", "channel"], how="left")
    return in_order(marked[marked["channel"].isin(paid)], labels)


def describe_borrowing(shrinkage: pd.DataFrame) -> str:
    """How many cells rest on their own data, and how many on others, as a sentence; why if there are none.

    Parameters
    ----------
    shrinkage : `region, channel, pooling_factor, data_tier` of regions (of the total if there is one region).
    """
    if shrinkage.empty:
        return "No channel was paid for in the last year, so there is no return that could be borrowed."
    parts = []
    for tier, (mark, word, meaning) in TIERS.items():
        number = int((shrinkage["data_tier"] == tier).sum())
        if number:
            parts.append(f"{number} {mark} {word} ({meaning})")
    factor = float(shrinkage["pooling_factor"].mean())
    return (
        f"Of **{count(len(shrinkage), 'return')}** {join(parts)}. On average **{percent(factor)}** of a "
        "number is borrowed (pooling factor)."
    )


def only_telling(shrinkage: pd.DataFrame) -> pd.DataFrame:
    """The same rows, own estimates blanked where a region's own data say nothing."""
    own = [c for c in shrinkage if c.startswith("own_")]
    empty = ~(shrinkage["own_q95"] <= NOTHING_SAID * shrinkage["own_q05"])
    return shrinkage.assign(**{c: shrinkage[c].mask(empty) for c in own})


def largest_regions(table: pd.DataFrame, fit: pd.DataFrame) -> pd.DataFrame:
    """Rows of the regions with the largest outcome, so many as a chart can hold."""
    regions, _ = cap(regions_by_observed(fit), most=MOST_REGIONS)
    return table[table["region"].isin(regions)]


def describe_cap(fit: pd.DataFrame) -> str:
    """Which regions a chart leaves out; empty if it shows all."""
    return cap(regions_by_observed(fit), most=MOST_REGIONS)[1]


def compute_borrowing_table(shrinkage: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """Own and pooled return as text: `region, channel, own, pooled, pooling_factor, evidence`.

    Parameters
    ----------
    shrinkage : rows of regions and paid channels.
    """
    telling = only_telling(shrinkage)
    return pd.DataFrame(
        {
            "region": telling["region"].replace("all", "All regions"),
            "channel": [labels.get(c, c) for c in telling["channel"]],
            "own": [_text(row, "own") for _, row in telling.iterrows()],
            "pooled": [_text(row, "pooled") for _, row in telling.iterrows()],
            "pooling_factor": telling["pooling_factor"],
            "evidence": join_evidence(telling),
        }
    )


def _text(row: pd.Series, name: str) -> str:
    return "say nothing" if pd.isna(row[f"{name}_mean"]) else interval_text(*interval(row, name))


def paid_curves(curves: pd.DataFrame, effects: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """Response curves of the market's total for channels that were paid for in the last year."""
    paid = effects.loc[effects["spend"] > 0, "channel"]
    rows = curves[curves["channel"].isin(paid) & (curves["current_spend"] > 0)]
    return in_order(of_total(rows), labels)


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
    text += f"**{return_of(best, currency, value='mroas')}** {evidence_signs(best)} ({{term}}`mROAS`)"
    if len(paid) > 1:
        name = labels.get(worst["channel"], worst["channel"])
        text += f", on {name} {return_of(worst, currency, value='mroas')} {evidence_signs(worst)}"
    return text + "."


def judge_nothing(table: pd.DataFrame) -> pd.DataFrame:
    """A table of returns without its columns about the next unit of money, for where there is no advice."""
    return table.drop(columns=["next_unit", "above_break_even", "decision_grade"])


def describe_sources(steps: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """What the outcome of the last year (or of shorter data) was made of, as a sentence.

    Parameters
    ----------
    steps : result of `compute_waterfall`; the last row is the total.
    """
    total, parts = steps.iloc[-1], steps.iloc[:-1]
    shared = ["base", "controls", "joint"]
    media = parts[~parts["group"].isin(shared)].sort_values("value_mean", ascending=False)
    text = (
        f"Of **{money_interval(*interval(total, 'value'), currency)}** modelled outcome "
        f"({period(total['period_start'], total['period_end'])}) the baseline holds "
        f"**{percent_interval(*interval(parts[parts['group'] == 'base'].iloc[0], 'share'))}**"
    )
    if media.empty or media["share_mean"].max() < NOTHING_BROUGHT:
        return f"{text} and no channel contributed."
    top = media.iloc[0]
    return (
        f"{text}; of the channels {labels.get(top['group'], top['group'])} brought most, "
        f"**{percent_interval(*interval(top, 'share'))}**."
    )
