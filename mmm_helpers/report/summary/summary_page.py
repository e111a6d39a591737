"""Sentences of a market's first page; each takes its numbers from a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mmm_helpers.estimands.grading import weakest
from mmm_helpers.estimands.summary import spend_tier
from mmm_helpers.intervals import interval
from mmm_helpers.report.grouped import describe_unidentified
from mmm_helpers.report.marks import evidence_signs
from mmm_helpers.report.returns import last_window as latest
from mmm_helpers.report.returns import of_total
from mmm_helpers.report.words import (
    count,
    day,
    interval_text,
    join,
    money,
    money_interval,
    percent,
    percent_interval,
    period,
    ratio,
)

NOT_PAID = "Nothing was spent on paid media in this period, so there is no return to report."
"""What stands in place of returns where no channel was paid for."""
NEGLIGIBLE_SHARE = 0.0005
SHORT_YEAR = 330
"""Days between the first and the last period's start from which on a window is called a year."""


def summary_cards(summary: pd.Series, effects: pd.DataFrame, currency: str) -> list[tuple[str, str, str]]:
    """The three figures on top of the page: outcome, brought by marketing, return per unit of money.

    Parameters
    ----------
    summary : the row of `market_summary`. effects : for the evidence behind the two estimates.
    """
    span = period(summary["period_start"], summary["period_end"])
    share = percent_interval(*interval(summary, "media_share"))
    gain = interval_text(*interval(summary, "roas"))
    paid, signs = len(paid_only(last_window(effects))), market_signs(effects)
    return [
        ("Outcome", money(summary["outcome"], currency), f"observed, weeks {span}"),
        ("Brought by marketing", share, f"estimated share of the outcome {signs}"),
        (
            f"Return per {currency}",
            gain,
            f"estimated, all paid channels together {signs}" if paid else "nothing was spent in this period",
        ),
    ]


def market_signs(effects: pd.DataFrame) -> str:
    """Data tier and cause mark of all that is paid for together, as two signs."""
    last = last_window(effects)
    paid = paid_only(last)
    rows = paid if len(paid) else last
    return evidence_signs({"data_tier": spend_tier(rows), "cause_mark": weakest(rows["cause_mark"])})


def last_window(effects: pd.DataFrame) -> pd.DataFrame:
    """Effects of the most recent window for the market as a whole."""
    return of_total(latest(effects))


def paid_only(effects: pd.DataFrame) -> pd.DataFrame:
    """Rows of channels that cost something."""
    return effects[effects["spend"] > 0]


def what_happened(
    summary: pd.Series, effects: pd.DataFrame, *, label: str, labels: Mapping[str, str], currency: str
) -> list[str]:
    """At most four sentences, each with its number and a link to the page that proves it (MyST)."""
    last, signs = paid_only(last_window(effects)), market_signs(effects)
    share = (
        f"Marketing brought **{percent_interval(*interval(summary, 'media_share'))}** {signs} of the outcome"
    )
    model = "(estimated; [the model](04_multi_geo_mmm.ipynb))"
    lines = [
        f"{label} turned over **{money(summary['outcome'], currency)}** and spent "
        f"**{money(summary['spend'], currency)}** on paid media {_span(summary)} (observed; "
        f"[data](01_data_and_eda.ipynb)).",
    ]
    if last.empty:
        return [*lines, f"{share} {model}. {NOT_PAID}"]
    gain = f"each unit of money spent brought back **{interval_text(*interval(summary, 'roas'))}** {signs}"
    return [*lines, f"{share}, and {gain} {model}.", *_extremes(last, labels, currency)]


def _extremes(last: pd.DataFrame, labels: Mapping[str, str], currency: str) -> list[str]:
    """The largest budget, the highest estimate and the least known, as sentences."""
    known = last.dropna(subset="roas_mean")
    if known.empty:
        return []
    best = known.sort_values("roas_mean", ascending=False).iloc[0]
    widest = known.assign(width=known["roas_q95"] - known["roas_q05"]).sort_values("width").iloc[-1]
    largest = known.sort_values("spend", ascending=False).iloc[0]
    return [
        f"{_name(largest, labels)}, the largest budget at {money(largest['spend'], currency)}, returned "
        f"{_marked(largest)}; the highest estimate is {_name(best, labels)} with {_marked(best)}.",
        f"Least is known about {_name(widest, labels)}: {_marked(widest)}.",
    ]


def _marked(row: pd.Series, value: str = "roas") -> str:
    """A return with its interval and its evidence."""
    return f"**{interval_text(*interval(row, value))}** {evidence_signs(row)}"


def _span(row: pd.Series) -> str:
    """The window in words; a history shorter than a year is no year.

    Examples
    --------
    >>> _span(pd.Series({"period_start": "2024-12-30", "period_end": "2025-12-22"}))
    'in the last year of data'
    >>> _span(pd.Series({"period_start": "2025-03-24", "period_end": "2025-12-22"}))
    'since 2025-03-24'
    """
    length = pd.Timestamp(row["period_end"]) - pd.Timestamp(row["period_start"])
    return "in the last year of data" if length.days >= SHORT_YEAR else f"since {day(row['period_start'])}"


def _name(row: pd.Series, labels: Mapping[str, str]) -> str:
    return labels.get(row["channel"], row["channel"])


def trust_sentence(health: pd.DataFrame, effects: pd.DataFrame) -> str:
    """How many checks pass, and how many channels rest on the market's own data."""
    passed, total = int((health["status"] == "pass").sum()), len(health)
    last = paid_only(last_window(effects))
    tiers = last["data_tier"].value_counts()
    words = {
        "local": "on the market's own data",
        "partially_pooled": "partly on other markets and regions",
        "transferred": "mostly on other markets and regions",
    }
    parts = [f"{n} {words[t]}" for t, n in tiers.items()]
    if last.empty:
        return f"**{passed} of {total} checks pass.** {NOT_PAID}"
    causes = set(last["cause_mark"])
    proof = "No estimate is backed by an experiment yet." if causes == {"observational"} else ""
    where = f"The returns of {count(len(last), 'channel')} rest: {join(parts)}."
    return f"**{passed} of {total} checks pass.** {where} {proof}".strip()


def returns_sentence(
    effects: pd.DataFrame, *, labels: Mapping[str, str], break_even: float | None, withheld: str = ""
) -> str:
    """Which channels pay for themselves, which do not, for how many that is open.

    Parameters
    ----------
    withheld : why there is no recommendation (`advice.withheld`); then nothing is said about what pays.
    """
    last = paid_only(last_window(effects)).dropna(subset="roas_mean")
    if last.empty:
        return NOT_PAID
    spread = f"from {ratio(last['roas_mean'].min())} to {ratio(last['roas_mean'].max())}"
    if withheld:
        return f"Returns lie **{spread}** at the mean; which of them pay is not said by a model that failed."
    if break_even is None:
        return f"Returns lie **{spread}** at the mean; the margin is unknown, so no break-even is drawn."
    above = [labels.get(c, c) for c in last.loc[last["roas_q05"] > break_even, "channel"]]
    below = [labels.get(c, c) for c in last.loc[last["roas_q95"] < break_even, "channel"]]
    return (
        f"Against a break-even return of {ratio(break_even)} (assumed: one over the margin), "
        f"{_group(above)} clearly above, {_group(below)} clearly below, "
        f"and for {count(len(last) - len(above) - len(below), 'channel')} the data leave it open."
    )


def _group(names: Sequence[str]) -> str:
    if not names:
        return "no channel is"
    return f"**{join(list(names))}** {'is' if len(names) == 1 else 'are'}"


def room_sentence(effects: pd.DataFrame, *, labels: Mapping[str, str], withheld: str = "") -> str:
    """Where one more unit of money brings most, and where least.

    Parameters
    ----------
    withheld : why there is no recommendation (`advice.withheld`); then nothing is said about more money either.
    """
    if withheld:
        return f"Nothing is said about where the next unit of money would go. {withheld}"
    last = paid_only(last_window(effects)).dropna(subset="mroas_mean").sort_values("mroas_mean")
    if last.empty:
        return NOT_PAID
    low, high = last.iloc[0], last.iloc[-1]
    if len(last) == 1:
        return (
            f"The next unit of money is expected to bring {_marked(high, 'mroas')} in {_name(high, labels)}, the only "
            "channel that is paid for (marginal return, mROAS)."
        )
    return (
        f"The next unit of money is expected to bring most in {_name(high, labels)}, {_marked(high, 'mroas')}, "
        f"and least in {_name(low, labels)}, {_marked(low, 'mroas')} (marginal return, mROAS)."
    )


def source_sentence(effects: pd.DataFrame, *, share: float, labels: Mapping[str, str], currency: str) -> str:
    """Which channel brought most in absolute terms.

    Parameters
    ----------
    share : mean share of the outcome that marketing brought; next to nothing is not split up.
    """
    if share < NEGLIGIBLE_SHARE:
        return "Marketing brought next to nothing in this period."
    top = last_window(effects).sort_values("landed_mean", ascending=False).iloc[0]
    amount = f"**{money_interval(*interval(top, 'landed'), currency)}** {evidence_signs(top)}"
    return f"Most of what marketing brought came through {_name(top, labels)}: {amount} {_span(top)}."


def plan_conditions(plan: pd.DataFrame) -> str:
    """What a plan rests on, or what would be needed for one."""
    if plan.empty:
        return (
            "What was found about the channels can still be read above; why there is no plan stands on the "
            "[budget page](07_budget_scenarios.ipynb)."
        )
    held = int((plan["lower"] == plan["upper"]).sum())
    room = (plan["upper"] - plan["current"]).clip(lower=plan["current"] - plan["lower"]) / plan["current"]
    return (
        f"The plan keeps the total. {held} of its {count(len(plan), 'cell')} (region × channel) stay where they "
        f"are because their numbers are no ground to move money on or no more was ever spent; the others move by "
        f"{percent(room.max())} at most, because no experiment has tested them yet (untested). Details: "
        f"[budget and scenarios](07_budget_scenarios.ipynb)."
    )


def unknowns(
    effects: pd.DataFrame,
    health: pd.DataFrame,
    cells: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    currency: str,
    withheld: str = "",
) -> list[str]:
    """What the model does not know: the costliest doubt, open checks, what no model of this kind sees.

    Parameters
    ----------
    cells : table `identification`: why a channel's number is not this market's evidence.
    withheld : why there is no recommendation (`advice.withheld`); then doubts are not weighed in money.
    """
    last = paid_only(last_window(effects)).dropna(subset="roas_mean")
    lines = [withheld] if withheld else _costliest_doubt(last, labels, currency)
    lines += describe_unidentified(cells, labels=labels)
    open_checks = health[health["status"] != "pass"]
    if len(open_checks):
        lines.append(f"Checks that need a look: {join([str(c) for c in open_checks['check']])}.")
    if len(last) and not withheld:
        grade = float(last["decision_grade"].mean())
        lines.append(f"{percent(grade)} of the channels are estimated well enough to move money on.")
    lines.append(
        "Spend that follows demand can look like an effect. The controls guard against it as far as they go; "
        "only an experiment proves it. Returns count what comes within the carry-over window, not the building "
        "of a brand."
    )
    return lines


def _costliest_doubt(last: pd.DataFrame, labels: Mapping[str, str], currency: str) -> list[str]:
    if last.empty:
        return [NOT_PAID]
    stake = (last["roas_q95"] - last["roas_q05"]) * last["spend"]
    top = last.assign(stake=stake).sort_values("stake", ascending=False).iloc[0]
    doubt = f"{interval_text(*interval(top, 'roas'))} {evidence_signs(top)}"
    return [
        f"The costliest doubt is {_name(top, labels)}: its return of {doubt} leaves "
        f"{money(float(top['stake']), currency)} {_span(top)} open. An experiment that switches it off in some "
        f"regions would settle most of it."
    ]
