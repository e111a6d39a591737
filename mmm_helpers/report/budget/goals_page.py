"""Sentences and tables about other totals, other tastes for risk, and whether the plan is the best there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from mmm_helpers.decisions.goals import BEST, EVERY, LESS, LIMITED, MARGINAL, MISSED, MORE, TARGET
from mmm_helpers.intervals import interval
from mmm_helpers.report.marks import chip
from mmm_helpers.report.words import (
    chance,
    count,
    is_missing,
    join,
    money,
    money_interval,
    percent,
    significant,
)

NAMES = {
    MORE: "10 % more",
    LESS: "10 % less",
    BEST: "Total that pays best",
    TARGET: "Target return",
    MARGINAL: "Target return of the last unit",
}
LIMITS = {LIMITED: "as far as bounds allow", MISSED: "target out of reach"}
NO_GOALS = "No other total is planned: no cell may move."
MOST_NAMED = 3
GOALS_MEAN = (
    "Blue: where a tenth more would go; grey: where a tenth less would be saved at the least cost. Cells that are not "
    "sure enough stay at today's spend here too, so less than a tenth may be possible."
)
FRONTIER_MEAN = (
    "Each dot is a plan at the same total. To the right, the worst tenth of cases is better; up, the mean is. The ring "
    "is the plan of this page; the portfolio file says how much the tail counts (`risk`)."
)
CHECK_MEAN = (
    "A solver may stop at its starting point or in a local optimum without a word. These checks are of the plan above, "
    "by themselves: *review* says that a better plan may exist."
)


def totals_of(goals: pd.DataFrame) -> pd.DataFrame:
    """The rows about all cells together, by goal."""
    return goals[(goals["region"] == EVERY) & (goals["channel"] == EVERY)].set_index("goal")


def moves_of(goals: pd.DataFrame, goal: str) -> pd.Series:
    """Change of spend by channel for one goal, the largest gain first."""
    rows = goals[(goals["goal"] == goal) & (goals["channel"] != EVERY)]
    return (rows["recommended"] - rows["current"]).groupby(rows["channel"]).sum().sort_values(ascending=False)


def describe_goals(
    goals: pd.DataFrame, *, labels: Mapping[str, str], currency: str, span: str, margin: float | None
) -> str:
    """Where a tenth more goes and what a tenth less costs, with ranges and chances, as two sentences.

    Parameters
    ----------
    goals : table `budget_goals`. span : length of the plan, in words. margin : contribution margin; None if unknown.
    """
    if goals.empty:
        return NO_GOALS
    totals = totals_of(goals)
    parts = [
        _goal_sentence(goals, totals.loc[goal], goal, labels, currency, span, margin)
        for goal in (MORE, LESS)
        if goal in totals.index
    ]
    return " ".join(parts)


def _goal_sentence(
    goals: pd.DataFrame,
    row: pd.Series,
    goal: str,
    labels: Mapping[str, str],
    currency: str,
    span: str,
    margin: float | None,
) -> str:
    change = float(row["recommended"] - row["current"])
    moves = moves_of(goals, goal)
    named = moves[moves > 0] if goal == MORE else moves[moves < 0][::-1]
    where = join([labels.get(c, c) for c in named.index[:MOST_NAMED]])
    verb = "Put" if goal == MORE else "Save"
    to = "into" if goal == MORE else "on"
    outcome = money_interval(*interval(row, "outcome_change"), currency, sign=True)
    share = percent(abs(change) / row["current"])
    what = f"{verb} {money(abs(change), currency)} ({share}) over {span} {to} {where or 'nothing'}"
    text = f"**{what}**: outcome {outcome}"
    if margin is None or is_missing(row["profit_change_mean"]):
        return f"{text}; the margin is unknown, so whether it pays is not."
    profit = money_interval(*interval(row, "profit_change"), currency, sign=True)
    return f"{text}, profit {profit}, {chance(row['p_loss'])} chance of a loss."


def compute_goal_table(goals: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> pd.DataFrame:
    """One row per goal, as text: its total, what changes, and which channels move most."""
    rows = []
    for goal, row in totals_of(goals).iterrows():
        moves = moves_of(goals, goal)
        largest = moves[moves.abs() > 0.005 * row["current"] / max(len(moves), 1)]
        largest = largest.reindex(largest.abs().sort_values(ascending=False).index)[:MOST_NAMED]
        said = [f"{labels.get(c, c)} {money(v, currency, sign=True)}" for c, v in largest.items()]
        rows.append(
            {
                "Goal": _goal_name(goal, row),
                "Spend": money(row["recommended"], currency),
                "Outcome": money_interval(*interval(row, "outcome_change"), currency, sign=True),
                "Profit": money_interval(*interval(row, "profit_change"), currency, sign=True),
                "Chance of a loss": chance(row["p_loss"]).replace("more than", ">").replace("less than", "<"),
                "Moves most": ", ".join(said) or "nothing",
                "Limits": LIMITS.get(row["status"], ""),
            }
        )
    return pd.DataFrame(rows)


def _goal_name(goal: str, row: pd.Series) -> str:
    name = NAMES.get(goal, goal)
    if is_missing(row["target"]):
        return name
    return f"{name} {significant(row['target'])} (met with {chance(row['p_met'])})"


def describe_frontier(frontier: pd.DataFrame, *, currency: str) -> str:
    """What weighing the bad tail costs and buys, and which plan was chosen, as a sentence.

    Parameters
    ----------
    frontier : table `budget_frontier`.
    """
    if len(frontier) < 2:
        return "There is one plan only, whatever is thought of risk."
    name, tail = tail_columns(frontier)
    rows = frontier.sort_values("risk")
    bold, shy = rows.iloc[0], rows.iloc[-1]
    chosen = rows[rows["chosen"].astype(bool)].iloc[0]
    of = "profit" if name == "profit_change" else "outcome"
    cost, gain = bold[f"{name}_mean"] - shy[f"{name}_mean"], shy[tail] - bold[tail]
    why = (
        "on the mean alone"
        if chosen["risk"] == 0
        else f"with {percent(chosen['risk'])} of the weight on the worst cases"
    )
    return (
        f"The plan is chosen **{why}**: {of} {money(chosen[f'{name}_mean'], currency, sign=True)} on average, "
        f"{money(chosen[tail], currency, sign=True)} in the worst {percent(chosen['level'])} of cases. Minding "
        f"nothing but the worst cases would cost {money(max(cost, 0.0), currency)} of the mean and better them by "
        f"{money(max(gain, 0.0), currency)}."
    )


def tail_columns(frontier: pd.DataFrame) -> tuple[str, str]:
    """The quantity that the frontier is about and its tail: profit where it is known, else the outcome."""
    known = frontier["profit_cvar"].notna().all()
    return ("profit_change", "profit_cvar") if known else ("outcome_change", "cvar")


def describe_check(check: pd.DataFrame) -> str:
    """Whether the plan is the best within its limits, as a sentence.

    Parameters
    ----------
    check : table `budget_check`.
    """
    if check.empty:
        return "There is no plan to be checked."
    open_checks = check[check["status"] != "pass"]
    if open_checks.empty:
        return f"**The plan is the best within its limits**, by all {count(len(check), 'check')}."
    said = join([f"{r.check}: {r.detail}" for r in open_checks.itertuples()])
    return f"**{len(open_checks)} of {count(len(check), 'check')} ask for a look** ({said})."


def compute_check_table(check: pd.DataFrame) -> pd.DataFrame:
    """The checks with status, value and threshold."""
    return check[["check", "status", "value", "threshold", "detail"]]


def check_formats() -> dict[str, Callable[[object], str]]:
    """How the columns of `compute_check_table` are written."""
    return {
        "status": lambda s: chip(str(s)),
        "value": lambda v: "–" if is_missing(v) else significant(v) if abs(v) > 1e-6 else "0",
        "threshold": lambda v: "–" if is_missing(v) else significant(v),
    }
