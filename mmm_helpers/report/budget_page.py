"""Sentences and tables of the page about the budget: what moves, what stays and why, what-if plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from mmm_helpers.intervals import interval
from mmm_helpers.report.advice import SMALL, moved_share, withheld
from mmm_helpers.report.blocks import readable
from mmm_helpers.report.marks import cause_mark, tier_mark
from mmm_helpers.report.pages import as_sentence
from mmm_helpers.report.returns import MOST_ROWS
from mmm_helpers.report.words import chance, count, is_missing, join, money, money_interval, percent

DARK = "dark:"
"""Prefix of the scenarios that switch one channel off."""
SURE = 0.8
"""Probability from which on a marginal return counts as above or below break-even."""
UNTESTED = "observational"


def explain_withheld(health: pd.DataFrame, *, preview: bool) -> str:
    """Why there is no recommendation and what to do about it, as sentences; empty if there may be one.

    Parameters
    ----------
    health : table `model_health`: `part, check, status, action`.
    """
    reason = withheld(health, preview=preview)
    if not reason:
        return ""
    if preview and "preview" in reason:
        return f"**{reason}** Run the standard profile; what follows are what-ifs that must not be acted on."
    failed = health[(health["status"] == "fail") & health["part"].isin(("computation", "plausibility"))]
    actions = [as_sentence(str(a)) for a in failed["action"].dropna().unique()]
    return f"**{reason}** What to do: {' '.join(actions)} The scenarios below are what-ifs, not advice."


def horizon_of(budget: object) -> int:
    """Periods that a plan covers: the portfolio file's, or 13."""
    return int(getattr(budget, "horizon", None) or 13)


def describe_horizon(dates: pd.Series, *, horizon: int, unit: str) -> str:
    """When a plan starts and how long it lasts.

    Parameters
    ----------
    dates : period starts of the panel.
    """
    starts = pd.Series(sorted(dates.unique()))
    after = starts.iloc[-1] + (starts.diff().median() if len(starts) > 1 else pd.Timedelta(days=7))
    return f"{count(horizon, unit)} from {after.date().isoformat()}"


def total_by_channel(plan: pd.DataFrame) -> pd.DataFrame:
    """The plan's money by channel over all regions: `channel, current, recommended, lower, upper`."""
    columns = ["current", "recommended", "lower", "upper"]
    return plan.groupby("channel", sort=False)[columns].sum().reset_index()


def describe_stays(plan: pd.DataFrame, reasons: pd.Series, *, labels: Mapping[str, str]) -> str:
    """How many cells move, how many stay and for which reasons, as sentences.

    Parameters
    ----------
    plan : table `budget_plan`.
    reasons : result of `explain_cells`, aligned with `plan`.
    """
    stays = _unchanged(plan)
    share = plan.loc[stays, "current"].sum() / plan["current"].sum()
    text = (
        f"**{int(stays.sum())} of {count(len(plan), 'cell')}** (region × channel), with {percent(share)} of the "
        "money, stay at today's spend"
    )
    if not stays.any():
        return "Every cell (region × channel) moves."
    causes = reasons[stays].value_counts()
    return f"{text}: {join([f'{n} because {reason}' for reason, n in causes.items()])}."


def _unchanged(plan: pd.DataFrame) -> pd.Series:
    return (plan["recommended"] / plan["current"] - 1).abs() < SMALL


def explain_cells(plan: pd.DataFrame, effects: pd.DataFrame, *, locked: Sequence[str] = ()) -> pd.Series:
    """For each cell of the plan why it stays or how far it may go, as words.

    Parameters
    ----------
    plan : table `budget_plan`.
    effects : rows of `channel_effects` of the last window: `region, channel, p_above, decision_grade`.
    locked : channels that the portfolio file locks.

    Returns
    -------
    Series of text, aligned with `plan`.
    """
    known = effects.set_index(["region", "channel"])[["p_above", "decision_grade"]]
    return pd.Series(
        [_explain(row, known, locked) for row in plan.to_dict("records")], index=plan.index, dtype="str"
    )


def _explain(row: Mapping[str, object], known: pd.DataFrame, locked: Sequence[str]) -> str:
    key = (row["region"], row["channel"])
    change = row["recommended"] / row["current"] - 1
    if row["channel"] in locked:
        return "the portfolio file locks them"
    if row["lower"] == row["upper"]:
        return _explain_lock(known.loc[key]) if key in known.index else "their return is not known well enough"
    if abs(change) < SMALL:
        return "moving them would bring less than the moves above"
    at_limit = min(row["upper"] - row["recommended"], row["recommended"] - row["lower"]) < SMALL * row["current"]
    return "as far as allowed" if at_limit else "where one more unit brings as much as elsewhere"


def _explain_lock(cell: pd.Series) -> str:
    above = cell["p_above"]
    if is_missing(above) or max(above, 1 - above) >= SURE:
        return "the data cannot tell their effect from the prior or from another channel's"
    return "it is open whether one more unit of money pays there"


def compute_plan_table(
    plan: pd.DataFrame, reasons: pd.Series, *, labels: Mapping[str, str], horizon: int
) -> pd.DataFrame:
    """The plan by region and channel, per period: the largest cells, at most `MOST_ROWS`.

    Returns
    -------
    Columns region, channel, now, recommended (per period), change (share), bounds (text), data_tier, cause_mark, why.
    """
    rows = plan.assign(why=reasons).nlargest(MOST_ROWS, "current")
    rows = rows.sort_values(["region", "current"], ascending=[True, False])
    bounds = [
        f"{percent(low, sign=True)} to {percent(high, sign=True)}" if high > low else "fixed"
        for low, high in zip(rows["lower"] / rows["current"] - 1, rows["upper"] / rows["current"] - 1, strict=True)
    ]
    return pd.DataFrame(
        {
            "region": rows["region"].replace("all", "All regions"),
            "channel": [labels.get(c, c) for c in rows["channel"]],
            "now": rows["current"] / horizon,
            "recommended": rows["recommended"] / horizon,
            "change": rows["recommended"] / rows["current"] - 1,
            "bounds": bounds,
            "data_tier": rows["data_tier"],
            "cause_mark": rows["cause_mark"],
            "why": [w[0].upper() + w[1:] for w in rows["why"]],
        }
    )


def plan_formats(currency: str) -> dict[str, Callable[[object], str]]:
    """How the columns of `compute_plan_table` are written on a page."""
    return {
        "now": lambda v: money(v, currency),
        "recommended": lambda v: money(v, currency),
        "change": lambda v: "–" if abs(v) < SMALL else percent(v, sign=True),
        "data_tier": lambda v: tier_mark(str(v)),
        "cause_mark": lambda v: cause_mark(str(v)) + (" (untested)" if v == UNTESTED else ""),
    }


def plan_titles(unit: str) -> dict[str, str]:
    """Headings of the columns of `compute_plan_table`."""
    return {
        "now": f"Now, a {unit}",
        "recommended": f"Recommended, a {unit}",
        "bounds": "May move",
        "data_tier": "Evidence",
        "cause_mark": "Cause",
    }


def scenario_labels(scenarios: pd.DataFrame, *, labels: Mapping[str, str]) -> dict[str, str]:
    """Name of each scenario for readers.

    Examples
    --------
    >>> scenario_labels(pd.DataFrame({"scenario": ["dark:tv", "10 % more everywhere"]}), labels={"tv": "TV"})
    {'dark:tv': 'TV dark', '10 % more everywhere': '10 % more everywhere'}
    """
    return {s: _scenario_name(s, labels) for s in scenarios["scenario"]}


def _scenario_name(scenario: str, labels: Mapping[str, str]) -> str:
    if scenario.startswith(DARK):
        channel = scenario.removeprefix(DARK)
        return f"{labels.get(channel, channel)} dark"
    return scenario[0].upper() + scenario[1:]


def describe_scenarios(
    scenarios: pd.DataFrame, *, labels: Mapping[str, str], currency: str, margin: float | None
) -> str:
    """The channel whose absence would cost most, and what it would save, as a sentence.

    Parameters
    ----------
    scenarios : table `scenarios`.
    margin : contribution margin; None if unknown.
    """
    dark = scenarios[scenarios["scenario"].str.startswith(DARK)]
    if dark.empty:
        return "No channel has spend in the last year, so there is nothing to switch off."
    row = dark.loc[dark["outcome_change_mean"].idxmin()]
    name = labels.get(row["scenario"].removeprefix(DARK), row["scenario"].removeprefix(DARK))
    change = money_interval(*interval(row, "outcome_change"), currency, sign=True)
    text = (
        f"Switching **{name}** off would change the outcome most: **{change}**, "
        f"with {money(-row['spend_change'], currency)} saved"
    )
    if is_missing(row["p_loss"]) or margin is None:
        return f"{text}. The margin is unknown, so profit is not computed."
    return f"{text}; the chance that profit would be lower is {chance(row['p_loss'])}."


def compute_scenario_table(scenarios: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """Scenarios by name: change of spend and outcome, chance of a loss, bad tail, share never tried.

    Returns
    -------
    Columns scenario, spend_change, outcome_change_{mean,q05,q95}, p_loss, p_loss_predictive, cvar_10,
    share_outside_support.
    """
    names = scenario_labels(scenarios, labels=labels)
    shown = scenarios.drop(columns=["market", "outcome_change_q50"], errors="ignore")
    return shown.assign(scenario=scenarios["scenario"].map(names))


def scenario_formats(currency: str) -> dict[str, Callable[[object], str]]:
    """How the columns of `compute_scenario_table` are written on a page."""
    columns = ["spend_change", *(f"outcome_change_{s}" for s in ("mean", "q05", "q95")), "cvar_10"]
    signed = dict.fromkeys(columns, lambda v: money(v, currency, sign=True) if abs(v) >= 1 else "0")
    return {**signed, "p_loss": chance, "p_loss_predictive": chance, "share_outside_support": percent}


SCENARIO_TITLES = {
    "spend_change": "Spend",
    "outcome_change_mean": "Outcome",
    "outcome_change_q05": "Low (5 %)",
    "outcome_change_q95": "High (95 %)",
    "p_loss": "Chance of a loss",
    "p_loss_predictive": "With chance in sales",
    "cvar_10": "Profit, worst tenth",
    "share_outside_support": "Spend never seen",
}
"""Headings of the columns of `compute_scenario_table`."""


def is_move(plan: pd.DataFrame) -> bool:
    """Whether the plan moves enough money to be worth a chart."""
    return moved_share(plan) >= SMALL
