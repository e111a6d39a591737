"""Sentences of a market's first page; each takes its numbers from a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mmm_helpers.intervals import interval
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

SHORT_YEAR = 330
"""Days between the first and the last period's start from which on a window is called a year."""


def summary_cards(summary: pd.Series, currency: str) -> list[tuple[str, str, str]]:
    """The three figures on top of the page: outcome, brought by marketing, return per unit of money.

    Parameters
    ----------
    summary : the row of `market_summary`.
    """
    span = period(summary["period_start"], summary["period_end"])
    share = percent_interval(*interval(summary, "media_share"))
    gain = interval_text(*interval(summary, "roas"))
    return [
        ("Outcome", money(summary["outcome"], currency), f"observed, weeks {span}"),
        ("Brought by marketing", share, "estimated share of the outcome"),
        (f"Return per {currency}", gain, "estimated, all paid channels together"),
    ]


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
    last = paid_only(last_window(effects))
    best = last.sort_values("roas_mean", ascending=False).iloc[0]
    widest = last.assign(width=last["roas_q95"] - last["roas_q05"]).sort_values("width").iloc[-1]
    largest = last.sort_values("spend", ascending=False).iloc[0]
    return [
        f"{label} turned over **{money(summary['outcome'], currency)}** and spent "
        f"**{money(summary['spend'], currency)}** on paid media {_span(summary)} (observed; "
        f"[data](01_data_and_eda.ipynb)).",
        f"Marketing brought **{percent_interval(*interval(summary, 'media_share'))}** of the outcome, "
        f"and each unit of money spent brought back **{interval_text(*interval(summary, 'roas'))}** "
        f"(estimated; [the model](04_multi_geo_mmm.ipynb)).",
        f"{_name(largest, labels)}, the largest budget at {money(largest['spend'], currency)}, returned "
        f"**{interval_text(*interval(largest, 'roas'))}**; the highest estimate is {_name(best, labels)} with "
        f"**{interval_text(*interval(best, 'roas'))}**.",
        f"Least is known about {_name(widest, labels)}: **{interval_text(*interval(widest, 'roas'))}**.",
    ]


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
    causes = set(last["cause_mark"])
    proof = "No estimate is backed by an experiment yet." if causes == {"observational"} else ""
    where = f"The returns of {count(len(last), 'channel')} rest: {join(parts)}."
    return f"**{passed} of {total} checks pass.** {where} {proof}".strip()


def returns_sentence(effects: pd.DataFrame, *, labels: Mapping[str, str], break_even: float | None) -> str:
    """Which channels pay for themselves, which do not, for how many that is open."""
    last = paid_only(last_window(effects))
    if break_even is None:
        spread = f"from {ratio(last['roas_mean'].min())} to {ratio(last['roas_mean'].max())}"
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


def room_sentence(effects: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Where one more unit of money brings most, and where least."""
    last = paid_only(last_window(effects)).sort_values("mroas_mean")
    low, high = last.iloc[0], last.iloc[-1]
    return (
        f"The next unit of money is expected to bring most in {_name(high, labels)}, "
        f"**{interval_text(*interval(high, 'mroas'))}**, and least in {_name(low, labels)}, "
        f"**{interval_text(*interval(low, 'mroas'))}** (marginal return, mROAS)."
    )


def source_sentence(effects: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """Which channel brought most in absolute terms."""
    top = last_window(effects).sort_values("landed_mean", ascending=False).iloc[0]
    amount = money_interval(*interval(top, "landed"), currency)
    return f"Most of what marketing brought came through {_name(top, labels)}: **{amount}** {_span(top)}."


def plan_conditions(plan: pd.DataFrame) -> str:
    """What a plan rests on, or what would be needed for one."""
    if plan.empty:
        return (
            "What was found about the channels can still be read above; what-if plans stand on the "
            "[budget page](07_budget_scenarios.ipynb)."
        )
    held = int((plan["lower"] == plan["upper"]).sum())
    room = (plan["upper"] - plan["current"]).clip(lower=plan["current"] - plan["lower"]) / plan["current"]
    return (
        f"The plan keeps the total. {held} of its {count(len(plan), 'cell')} (region × channel) stay where they "
        f"are because their numbers are too uncertain or no more was ever spent; the others move by "
        f"{percent(room.max())} at most, because no experiment has tested them yet (untested). Details: "
        f"[budget and scenarios](07_budget_scenarios.ipynb)."
    )


def unknowns(
    effects: pd.DataFrame, health: pd.DataFrame, *, labels: Mapping[str, str], currency: str
) -> list[str]:
    """What the model does not know: the costliest doubt, open checks, what no model of this kind sees."""
    last = paid_only(last_window(effects))
    stake = (last["roas_q95"] - last["roas_q05"]) * last["spend"]
    top = last.assign(stake=stake).sort_values("stake", ascending=False).iloc[0]
    doubt = interval_text(*interval(top, "roas"))
    lines = [
        f"The costliest doubt is {_name(top, labels)}: its return of {doubt} leaves "
        f"{money(float(top['stake']), currency)} {_span(top)} open. An experiment that switches it off in some "
        f"regions would settle most of it."
    ]
    open_checks = health[health["status"] != "pass"]
    if len(open_checks):
        lines.append(f"Checks that need a look: {join([str(c) for c in open_checks['check']])}.")
    grade = float(last["decision_grade"].mean())
    lines.append(f"{percent(grade)} of the channels are estimated well enough to move money on.")
    lines.append(
        "Spend that follows demand can look like an effect. The controls guard against it as far as they go; "
        "only an experiment proves it. Returns count what comes within the carry-over window, not the building "
        "of a brand."
    )
    return lines
