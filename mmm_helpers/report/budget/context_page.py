"""Sentences and tables about what may happen around a plan, and about the plan that holds up best."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from mmm_helpers.decisions.context import AS_EXPECTED, DEFAULT_CONTEXTS
from mmm_helpers.decisions.regret import BEST_PROFIT, TODAY_PLAN
from mmm_helpers.decisions.scenarios import FOLLOW
from mmm_helpers.intervals import interval
from mmm_helpers.report.budget.what_if import applicable, only_contexts, scenario_labels
from mmm_helpers.report.returns import short_chance
from mmm_helpers.report.words import (
    chance,
    count,
    is_missing,
    join,
    money,
    money_interval,
    significant,
)

FAR = 2.0
"""Sds of what was seen beyond which a changed control is said to be far from what the model knows."""
KEEP_TO_BOUNDS = (FOLLOW, TODAY_PLAN, BEST_PROFIT)
"""Plans that move only what a recommendation may move."""
ROUNDING = 0.5
"""Regrets below this much money are none."""

CONTEXT_COLUMNS = {
    "scenario": "What happens",
    "outcome": "Outcome (90 %)",
    "outcome_change": "Change (90 %)",
    "p_loss": "Chance of less profit",
    "p_loss_predictive": "With chance in sales",
    "cvar_10": "Profit, worst tenth",
    "control_steps": "How unusual",
}
"""Columns of `compute_context_table` and their headings."""

ASSUMED = """\
Demand changes the outcome without paid media and leaves what media bring as it is, because in the model the two add
up; that media work worse is a case of its own. Competitors, prices and sentiment change what the model found for their
control, in a straight line, and a change of prices also changes what each sale leaves. A control that can be zero, such
as an index around its mean, changes by a share of the range that nine in ten of its values lie in. What cannot be
supplied is not sold."""
"""What contexts rest on, for readers."""

METHOD = """
What-ifs are computed on every draw and over the coming periods: trend and season go on, holidays come from the
calendar, and controls are as in the same periods of a year ago or as last seen, whichever rule was nearer so far. A
plan's regret in a case is the expected profit of the plan that would be best there, less its own; the plan that holds
up best is the one whose largest regret is smallest {cite:p}`savage1951theory`. It is one of the few plans shown, of
which "the most profitable plan within bounds" lets each cell go up or down within the bounds of the recommendation.
"""
"""What the box "How this was computed" adds about what-ifs."""


def with_expected(scenarios: pd.DataFrame) -> pd.DataFrame:
    """Rows of `scenarios` for the table of contexts: what is expected first, then `what_if.only_contexts`."""
    return pd.concat([scenarios[scenarios["scenario"] == AS_EXPECTED], only_contexts(scenarios)])


def describe_contexts(scenarios: pd.DataFrame, *, currency: str, span: str) -> str:
    """What is expected if nothing happens, and which context would cost most, as sentences.

    Parameters
    ----------
    scenarios : table `scenarios`. span : result of `budget_page.describe_horizon`.
    """
    contexts, expected = only_contexts(scenarios), scenarios[scenarios["scenario"] == AS_EXPECTED]
    if contexts.empty or expected.empty:
        return "No change of circumstances can be computed for this market."
    row = contexts.loc[contexts["outcome_change_mean"].idxmin()]
    change = money_interval(*interval(row, "outcome_change"), currency, sign=True)
    level = money_interval(*interval(expected.iloc[0], "outcome"), currency)
    name = scenario_labels(contexts, labels={})[row["scenario"]]
    text = (
        f"With today's plan and nothing unusual the model expects an outcome of **{level}** over {span}. Of "
        f"the cases below one would cost most, **{name}**: **{change}** of outcome"
    )
    if is_missing(row["p_loss"]):
        return f"{text}. The margin is unknown, so profit is not computed."
    return f"{text}, and less profit than expected with {chance(row['p_loss'])} probability."


def compute_context_table(
    contexts: pd.DataFrame, *, labels: Mapping[str, str], currency: str
) -> pd.DataFrame:
    """Contexts by name: level and change of outcome, chance of less profit, bad tail, how far controls move.

    Returns
    -------
    The columns of `CONTEXT_COLUMNS`.
    """
    names = scenario_labels(contexts, labels=labels)
    shown = pd.DataFrame({"scenario": contexts["scenario"].map(names)})
    shown["outcome"] = [
        money_interval(row["outcome_mean"], row["outcome_q05"], row["outcome_q95"], currency)
        for _, row in contexts.iterrows()
    ]
    shown["outcome_change"] = [
        money_interval(*interval(row, "outcome_change"), currency, sign=True)
        for _, row in contexts.iterrows()
    ]
    same = ["p_loss", "p_loss_predictive", "cvar_10", "control_steps"]
    return shown.join(contexts[same])[list(CONTEXT_COLUMNS)]


def context_formats(currency: str) -> dict[str, Callable[[object], str]]:
    """How the columns of `compute_context_table` are written on a page."""
    return {
        "p_loss": short_chance,
        "p_loss_predictive": short_chance,
        "cvar_10": lambda v: money(v, currency, sign=True),
        "control_steps": describe_steps,
    }


def describe_steps(steps: float) -> str:
    """How far a control moves from where it was, in sds of what was seen.

    Examples
    --------
    >>> describe_steps(0.0), describe_steps(1.24), describe_steps(4.07)
    ('–', '1.2 sd', '4.1 sd, far from what was seen')
    """
    if is_missing(steps) or steps == 0:
        return "–"
    text = f"{significant(steps)} sd"
    return f"{text}, far from what was seen" if steps > FAR + 0.05 else text


def describe_not_applicable(scenarios: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Which scenarios cannot be computed here and why, as a list (MyST); empty if all can."""
    left = scenarios[~applicable(scenarios)]
    names = scenario_labels(left, labels=labels)
    lines = [f"- {names[row['scenario']]}: {row['reason']}" for _, row in left.iterrows()]
    return "\n".join(["**Not computed here:**", "", *lines]) if lines else ""


def by_plan(regret: pd.DataFrame) -> pd.DataFrame:
    """Table `scenario_regret` by plan, the one that holds up best first, with the context of its largest regret.

    Returns
    -------
    Columns plan, spend_change, largest_regret, worst (context), regret_q05, regret_q95 (there), chosen.
    """
    worst = regret.loc[regret.groupby("plan", sort=False)["regret_mean"].idxmax()]
    rows = worst.rename(columns={"context": "worst"}).sort_values("largest_regret", kind="stable")
    columns = ["plan", "spend_change", "largest_regret", "worst", "regret_q05", "regret_q95", "chosen"]
    return rows[columns].reset_index(drop=True)


def describe_regret(regret: pd.DataFrame, *, currency: str, withheld: bool) -> str:
    """Which plan holds up best whatever happens, and by how much the others fall behind, as sentences.

    Parameters
    ----------
    regret : table `scenario_regret`. withheld : whether there is no recommendation.
    """
    if withheld:
        return "Which plan would hold up best is not said, since there is no recommendation."
    if regret.empty:
        return (
            "Which plan holds up best is not known: plans are compared by profit, and the contribution margin is "
            "unknown. State `margin` in the portfolio file."
        )
    plans, cases = by_plan(regret), regret["context"].nunique()
    best, rest = plans.iloc[0], plans.iloc[1:]
    text = f"Of {count(len(plans), 'plan')} the one that holds up best is **{_name(best['plan'])}**"
    text += f"{_spending(best, currency)}: "
    if best["largest_regret"] < ROUNDING:
        text += f"it is expected to earn most in each of the {cases} cases."
    else:
        most = money(best["largest_regret"], currency)
        text += (
            f"in none of the {cases} cases is it expected to earn more than **{most}** less than the plan that would "
            f"be best there ({_case(best['worst'])})."
        )
    text += _out_of_bounds(plans)
    behind = [
        f"{_name(row['plan'])} up to {money(row['largest_regret'], currency)} ({_case(row['worst'])})"
        for _, row in rest.iterrows()
    ]
    return f"{text} The others may fall behind by more: {join(behind)}." if behind else text


def _name(plan: str) -> str:
    return plan[0].lower() + plan[1:]


def _out_of_bounds(plans: pd.DataFrame) -> str:
    """What has to be said where the plan that holds up best moves cells that no recommendation would move."""
    if plans["plan"].iloc[0] in KEEP_TO_BOUNDS or not plans["plan"].isin(KEEP_TO_BOUNDS).any():
        return ""
    inside = plans.loc[plans["plan"].isin(KEEP_TO_BOUNDS), "plan"].iloc[0]
    return (
        " It moves every channel alike, also where a return is not known well enough to recommend a move: it is a "
        f"what-if. Of the plans that keep to the bounds **{_name(inside)}** holds up best."
    )


def _spending(plan: pd.Series, currency: str) -> str:
    if plan["plan"] != BEST_PROFIT or abs(plan["spend_change"]) < 1:
        return ""
    more = "more" if plan["spend_change"] > 0 else "less"
    return f" ({money(abs(plan['spend_change']), currency)} {more} spent than today)"


def _case(context: str) -> str:
    if context == AS_EXPECTED:
        return "with everything as expected"
    return f"if {context}" if context in DEFAULT_CONTEXTS else f"in the case “{context}”"


def describe_regret_chart(regret: pd.DataFrame, *, currency: str) -> str:
    """The chart of regrets in words."""
    parts = [
        f"{row['plan']} {money(row['largest_regret'], currency)} {_case(row['worst'])}"
        for _, row in by_plan(regret).iterrows()
    ]
    return f"Largest expected regret of each plan over all cases: {join(parts)}."


def compute_regret_table(regret: pd.DataFrame, *, currency: str) -> pd.DataFrame:
    """Change of profit by plan (rows) and case (columns), as text with the 90 % range; plans in the chart's order."""
    order, cases = list(by_plan(regret)["plan"]), list(dict.fromkeys(regret["context"]))
    cells = regret.set_index(["plan", "context"])
    rows = []
    for plan in order:
        row = {"plan": plan[0].upper() + plan[1:]}
        for case in cases:
            row[case] = money_interval(
                *interval(cells.loc[(plan, case)], "profit_change"), currency, sign=True
            )
        rows.append(row)
    return pd.DataFrame(rows, columns=["plan", *cases])


def regret_titles(table: pd.DataFrame) -> dict[str, str]:
    """Headings of the columns of `compute_regret_table`."""
    return {name: name[0].upper() + name[1:] for name in table.columns}
