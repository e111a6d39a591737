"""Sentences and tables of the page about the budget: what moves, what stays, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from mmm_helpers.decisions.scenarios import FOLLOW
from mmm_helpers.report.advice import NOTHING_SPENT, SMALL, describe_plan, withheld, without_plan
from mmm_helpers.report.budget.money_words import NO_INFLATION
from mmm_helpers.report.budget.plan_reasons import SHORT
from mmm_helpers.report.returns import MOST_ROWS, join_evidence, show_evidence
from mmm_helpers.report.site.pages import GATING, as_sentence
from mmm_helpers.report.words import chance, count, day, join, money, percent

DEFAULT_HORIZON = 13
UNTESTED = "observational"
METHOD = """\
Each cell, a channel in a region, has a response in money to a constant spend over the horizon, computed from every
draw of the model with its carry-over and saturation {cite:p}`jin2017bayesian`. The plan keeps the total and moves
money within bounds to where the mean response is highest; bounds are a fifth of today's spend without an experiment,
and spend that was seen. Half of the draws choose the plan and the other half report what it brings, because a plan
looks too good on the draws that chose it. A cell whose return is not known well enough stays where it is, and so does
one about which the market's own data say too little. Spend that follows demand and was never tested looks better than
it is {cite:p}`chen2018bias`: it is never raised, and cut only where even so it returns too little. Channels that cannot
be told apart move in one step.

$$ \\max_{x} \\; \\sum_i \\mathrm{E}\\left[ R_i(x_i) \\right] \\quad \\text{subject to} \\quad
\\sum_i x_i = \\sum_i x_i^{\\text{now}}, \\quad l_i \\le x_i \\le u_i $$

The chance of a loss is the share of draws in which margin times the change of outcome, minus the change of spend, is
negative. More on the model: [method](../../method.md).
"""
"""Text of the box "How this was computed"."""


def explain_withheld(
    health: pd.DataFrame, plan: pd.DataFrame, *, preview: bool, check: pd.DataFrame | None = None
) -> str:
    """Why there is no recommendation and what to do about it, as sentences; empty if there is one.

    Parameters
    ----------
    health : table `model_health`: `part, check, status, action`.
    plan : table `budget_plan`; without rows there is no recommendation.
    check : table `budget_check`, which says where limits contradict each other.
    """
    what_if = "The scenarios below are what-ifs, not advice."
    if preview:
        return f"**No recommendation: this run is a preview.** Run the standard profile. {what_if}"
    reason = withheld(health, preview=False)
    if reason:
        failed = health[(health["status"] == "fail") & health["part"].isin(GATING)]
        actions = [as_sentence(str(a)) for a in failed["action"].dropna().unique()]
        return f"**{reason}** What to do: {' '.join(actions)} {what_if}"
    if plan.empty:
        return f"**{without_plan(check)}**"
    return ""


def describe_advice(
    plan: pd.DataFrame,
    scenarios: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    currency: str,
    horizon: int,
    unit: str,
) -> str:
    """The recommendation as one sentence, its verb and amount in bold.

    Parameters
    ----------
    plan, scenarios : tables `budget_plan` and `scenarios`.
    horizon, unit : length of the plan, in days, weeks or months.
    """
    text = describe_plan(plan, scenarios, labels=labels, currency=currency, horizon=horizon, unit=unit)
    head, colon, tail = text.partition(":")
    return f"**{head}**{colon}{tail}{_untested(plan)}"


def _untested(plan: pd.DataFrame) -> str:
    """What a recommendation adds about experiments: nothing if every move has one behind it."""
    moving = plan[~_unchanged(plan)]
    open_cells = int((moving["cause_mark"] == UNTESTED).sum())
    if not open_cells:
        return ""
    which = (
        "It is untested" if open_cells == len(moving) else f"{open_cells} of {len(moving)} moves are untested"
    )
    return f" {which}: the returns behind it are observational, no experiment speaks for them."


def describe_stakes(
    plan: pd.DataFrame, scenarios: pd.DataFrame, *, currency: str, span: str, margin: float | None
) -> str:
    """What is at stake in profit, bad tail included, as sentences; without a plan only its horizon.

    Parameters
    ----------
    span : result of `describe_horizon`.
    margin : contribution margin; None if unknown.
    """
    follow = scenarios[scenarios["scenario"] == FOLLOW]
    if plan.empty or follow.empty:
        return f"What-ifs cover {span} and compare with spending as in the last year."
    row = follow.iloc[0]
    text = f"Over {span}, **{money(plan['current'].sum(), currency)}** is spent with or without the move. "
    if margin is None:
        return text + "The contribution margin is unknown, so the gain is in outcome, not in profit."
    worth = money(margin * row["outcome_change_mean"], currency, sign=True)
    return (
        f"{text}At an *assumed* margin of {percent(margin)} the gain is worth {worth} of profit on average, and "
        f"{money(row['cvar_10'], currency, sign=True)} in the worst tenth of cases. Sales also go up and down by "
        f"chance: counting that, they could end lower than without the move with {chance(row['p_loss_predictive'])} "
        "probability."
    )


def describe_nothing_moves(withheld: str) -> str:
    """What stands in place of the list of cells where there is no recommendation.

    Parameters
    ----------
    withheld : result of `explain_withheld`.
    """
    if NOTHING_SPENT in withheld:
        return "There is no cell to move: nothing was spent in the last year."
    return "Nothing is said about any cell: there is no plan."


def horizon_of(budget: object) -> int:
    """Periods that a plan covers: the portfolio file's, or 13."""
    return int(getattr(budget, "horizon", None) or DEFAULT_HORIZON)


def describe_horizon(dates: pd.Series, *, horizon: int, unit: str) -> str:
    """When a plan starts and how long it lasts.

    Parameters
    ----------
    dates : period starts of the panel.
    """
    starts = pd.Series(sorted(dates.unique()))
    after = starts.iloc[-1] + (starts.diff().median() if len(starts) > 1 else pd.Timedelta(days=7))
    return f"{count(horizon, unit)} from {day(after)}"


def total_by_channel(plan: pd.DataFrame) -> pd.DataFrame:
    """The plan's money by channel over all regions: `channel, current, recommended, lower, upper`."""
    columns = ["current", "recommended", "lower", "upper"]
    return plan.groupby("channel", sort=False)[columns].sum().reset_index()


def describe_stays(plan: pd.DataFrame, reasons: pd.Series) -> str:
    """How many cells move, how many stay and for which reasons, as sentences.

    Parameters
    ----------
    plan : table `budget_plan`.
    reasons : result of `explain_cells`, aligned with `plan`.
    """
    stays = _unchanged(plan)
    share = plan.loc[stays, "current"].sum() / plan["current"].sum()
    text = (
        f"**{int(stays.sum())} of {count(len(plan), 'cell')}** (region × channel), with {percent(share)} of "
        "the money, stay at today's spend"
    )
    if not stays.any():
        return "Every cell (region × channel) moves."
    causes = reasons[stays].value_counts()
    return f"{text}: {join([f'{n} because {reason}' for reason, n in causes.items()])}."


def _unchanged(plan: pd.DataFrame) -> pd.Series:
    return (plan["recommended"] / plan["current"] - 1).abs() < SMALL


def describe_total(plan: pd.DataFrame, *, currency: str) -> str:
    """Whether the plan spends today's total, or keeps some of it for tests and new formats, as a sentence.

    Examples
    --------
    >>> plan = pd.DataFrame({"current": [60.0, 40.0], "recommended": [70.0, 25.0]})
    >>> describe_total(plan, currency="EUR")
    'Of the total €5.00 (5 %) is kept in reserve for tests and new formats.'
    >>> describe_total(plan.assign(recommended=[70.0, 30.0]), currency="EUR")
    'The total stays the same.'
    """
    total = float(plan["current"].sum())
    kept = total - float(plan["recommended"].sum())
    if abs(kept) < 1e-3 * total:
        return "The total stays the same."
    amount = f"{money(kept, currency)} ({percent(kept / total)})"
    return f"Of the total {amount} is kept in reserve for tests and new formats."


def compute_plan_table(
    plan: pd.DataFrame,
    reasons: pd.Series,
    *,
    labels: Mapping[str, str],
    horizon: int,
    group_of: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """The plan by region and channel, per period: the largest cells, at most `MOST_ROWS`.

    Parameters
    ----------
    plan : table `budget_plan`. reasons : result of `plan_reasons.explain_cells`, aligned with it.
    group_of : channel → group that it moves with, where it has one; `labels` holds the groups' names.

    Returns
    -------
    Columns region, channel, now, recommended (both per period), change (share), bounds (text), evidence,
    why.
    """
    rows = plan.assign(why=reasons).sort_values("current", ascending=False).head(MOST_ROWS)
    rows = rows.sort_values(["region", "current"], ascending=[True, False])
    bounds = [
        f"{percent(low, sign=True)} to<br>{percent(high, sign=True)}" if high > low else "fixed"
        for low, high in zip(
            rows["lower"] / rows["current"] - 1, rows["upper"] / rows["current"] - 1, strict=True
        )
    ]
    return pd.DataFrame(
        {
            "region": rows["region"].replace("all", "All regions"),
            "channel": [_name(c, labels, group_of or {}) for c in rows["channel"]],
            "now": rows["current"] / horizon,
            "recommended": rows["recommended"] / horizon,
            "change": rows["recommended"] / rows["current"] - 1,
            "bounds": bounds,
            "evidence": join_evidence(rows),
            "why": rows["why"].map(SHORT),
        }
    )


def _name(channel: str, labels: Mapping[str, str], group_of: Mapping[str, str]) -> str:
    name = labels.get(channel, channel)
    return f"{name} (as one: {labels[group_of[channel]]})" if channel in group_of else name


def plan_formats(currency: str) -> dict[str, Callable[[object], str]]:
    """How the columns of `compute_plan_table` are written on a page."""
    return {
        "now": lambda v: money(v, currency),
        "recommended": lambda v: money(v, currency),
        "change": lambda v: "–" if abs(v) < SMALL else percent(v, sign=True),
        "bounds": str,
        "evidence": lambda v: show_evidence(v) + (" (untested)" if str(v).endswith(UNTESTED) else ""),
    }


def rows_left_out(table: pd.DataFrame, plan: pd.DataFrame) -> str:
    """The sentence that says how many cells a table leaves out; empty if it shows all."""
    if len(table) == len(plan):
        return ""
    return f" The {len(table)} largest of {len(plan)} cells are shown; the CSV file holds all."


def plan_titles(unit: str) -> dict[str, str]:
    """Headings of the columns of `compute_plan_table`."""
    return {
        "now": f"Now, a {unit}",
        "recommended": f"Recommended, a {unit}",
        "bounds": "May move",
    }


def describe_assumptions(
    *, unit: str, horizon: int, currency: str, rate: float, own: str, stated: Sequence[str] = (NO_INFLATION,)
) -> str:
    """What every plan and what-if rests on, as a list (MyST).

    Parameters
    ----------
    rate : reporting currency for one unit of the market's own currency.
    currency, own : reporting currency, and the market's own.
    stated : result of `money_words.describe_stated`.
    """
    lines = [
        f"Spend is the same in each of the {count(horizon, unit)}: when to spend within them is not planned.",
        f"What is carried over counts: spend before the plan works into it, and what it earns after its last "
        f"{unit} is included.",
        *stated,
        "An effect is as strong in one season as in another; the model knows one strength for all of them.",
        "Regions and channels add up: no joint effects, and no region's advertising sells in another.",
    ]
    if own != currency:
        lines.append(
            f"Money of the market is converted at one stated rate, {rate:.4g} {currency} for 1 {own}."
        )
    return "\n".join(f"- {line}" for line in lines)
