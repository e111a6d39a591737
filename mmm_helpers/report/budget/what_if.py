"""Sentences and tables about what-if plans: names, the costliest one, every number behind the chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from mmm_helpers.decisions.context import AS_EXPECTED
from mmm_helpers.decisions.scenarios import FOLLOW
from mmm_helpers.estimands.grading import weakest
from mmm_helpers.estimands.summary import spend_tier
from mmm_helpers.intervals import interval
from mmm_helpers.report.returns import join_evidence, short_chance, show_evidence
from mmm_helpers.report.words import chance, is_missing, join, money, money_interval, percent

DARK = "dark:"
"""Prefix of the scenarios that switch one channel off."""


PLAN = "plan"
"""Kind of the scenarios that change nothing but spend."""


def applicable(scenarios: pd.DataFrame) -> pd.Series:
    """Which scenarios could be computed in this market."""
    if "applicable" not in scenarios:
        return pd.Series(True, index=scenarios.index)
    return scenarios["applicable"].astype(bool)


def only_plans(scenarios: pd.DataFrame) -> pd.DataFrame:
    """Scenarios that change nothing but spend and could be computed, in the order of `in_order`."""
    plans = scenarios["kind"] == PLAN if "kind" in scenarios else applicable(scenarios)
    return in_order(scenarios[applicable(scenarios) & plans])


def only_contexts(scenarios: pd.DataFrame) -> pd.DataFrame:
    """Scenarios in which something happens around the plan, and that could be computed; the costliest first.

    What is expected without any change is left out (`context.AS_EXPECTED`).
    """
    if "kind" not in scenarios:
        return scenarios.head(0)
    around = scenarios[applicable(scenarios) & (scenarios["kind"] != PLAN)]
    around = around[around["scenario"] != AS_EXPECTED]
    return around.sort_values("outcome_change_mean", kind="stable")


def in_order(scenarios: pd.DataFrame) -> pd.DataFrame:
    """The scenarios with the recommendation first, the dark channels last, costliest first."""
    dark = scenarios["scenario"].str.startswith(DARK)
    key = scenarios["outcome_change_mean"].where(dark, -np.inf)
    rank = dark.astype(int) - (scenarios["scenario"] == FOLLOW).astype(int)
    ordered = scenarios.assign(_rank=rank, _key=key).sort_values(["_rank", "_key"], kind="stable")
    return ordered.drop(columns=["_rank", "_key"])


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
    dark = scenarios[scenarios["scenario"].str.startswith(DARK)].dropna(subset=["outcome_change_mean"])
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


def describe_each(scenarios: pd.DataFrame, *, labels: Mapping[str, str], currency: str, span: str) -> str:
    """Each scenario in a sentence of its own, as a list (MyST).

    Parameters
    ----------
    scenarios : rows that could be computed. span : result of `budget_page.describe_horizon`.
    """
    names = scenario_labels(scenarios, labels=labels)
    return "\n".join(
        f"- {names[row['scenario']]}: {_sentence(row, currency, span)}" for _, row in scenarios.iterrows()
    )


def _sentence(row: pd.Series, currency: str, span: str) -> str:
    change = money_interval(*interval(row, "outcome_change"), currency, sign=True)
    spend = row["spend_change"]
    cost = "at the same spend"
    if abs(spend) >= 1:
        cost = f"with {money(abs(spend), currency)} {'more' if spend > 0 else 'less'} spent"
    text = f"{change} of outcome over {span} {cost}"
    if is_missing(row["p_loss"]):
        return f"{text}; profit is unknown without a margin."
    text += f"; {chance(row['p_loss'])} chance of a loss, {money(row['cvar_10'], currency, sign=True)} of profit in "
    text += "the worst tenth of cases"
    outside = row["share_outside_support"]
    return f"{text}; {percent(outside)} of the spend was never seen." if outside >= 0.005 else f"{text}."


def scenario_evidence(scenarios: pd.DataFrame, effects: pd.DataFrame) -> pd.Series:
    """Data tier and cause mark of each scenario, as `returns.show_evidence` takes them: `local|tested`.

    Parameters
    ----------
    effects : the market's total in its last window, with groups in place of their channels
        (`grouped.join_groups`). A dark channel has its own marks, any other scenario those of all that is paid for.
    """
    paid = effects[effects["spend"] > 0]
    own = dict(zip(DARK + paid["channel"], join_evidence(paid), strict=True))
    everywhere = "|" if paid.empty else f"{spend_tier(paid)}|{weakest(paid['cause_mark'])}"
    return scenarios["scenario"].map(lambda s: own.get(s, everywhere))


def compute_scenario_table(
    scenarios: pd.DataFrame, effects: pd.DataFrame, *, labels: Mapping[str, str], currency: str
) -> pd.DataFrame:
    """Scenarios by name: change of spend and outcome, chance of a loss, bad tail, share never tried, evidence.

    Parameters
    ----------
    effects : see `scenario_evidence`.

    Returns
    -------
    Columns scenario, spend_change, outcome_change (text with interval), p_loss, p_loss_predictive, cvar_10,
    share_outside_support, evidence.
    """
    shown = scenarios.copy()
    shown["scenario"] = scenarios["scenario"].map(scenario_labels(scenarios, labels=labels))
    shown["outcome_change"] = [
        money_interval(*interval(row, "outcome_change"), currency, sign=True)
        for _, row in scenarios.iterrows()
    ]
    shown["evidence"] = scenario_evidence(scenarios, effects)
    return shown[list(SCENARIO_COLUMNS)]


def scenario_formats(currency: str) -> dict[str, Callable[[object], str]]:
    """How the columns of `compute_scenario_table` are written on a page."""
    signed = dict.fromkeys(("spend_change", "cvar_10"), lambda v: _signed_money(v, currency))
    return {
        **signed,
        "p_loss": short_chance,
        "p_loss_predictive": short_chance,
        "share_outside_support": percent,
        "evidence": show_evidence,
    }


def _signed_money(value: float, currency: str) -> str:
    # the optimizer keeps the total to the cent only
    return money(value, currency, sign=True) if is_missing(value) or abs(value) >= 1 else "0"


SCENARIO_COLUMNS = {
    "scenario": "Scenario",
    "spend_change": "Spend",
    "outcome_change": "Outcome (90 %)",
    "p_loss": "Chance of a loss",
    "p_loss_predictive": "With chance in sales",
    "cvar_10": "Profit, worst tenth",
    "share_outside_support": "Spend never seen",
    "evidence": "Evidence",
}
"""Columns of `compute_scenario_table` and their headings."""


def describe_chart(scenarios: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """The chart of scenarios in words."""
    names = scenario_labels(scenarios, labels=labels)
    parts = [
        f"{names[row['scenario']]} {money_interval(*interval(row, 'outcome_change'), currency, sign=True)}"
        for _, row in scenarios.iterrows()
    ]
    return f"Change of outcome in each scenario with its 90 % interval: {join(parts)}."


def describe_loss(margin: float | None, *, lifetime: bool = False) -> str:
    """What "a loss" means in a scenario.

    Parameters
    ----------
    margin : profit before media of one unit of outcome; None if unknown. lifetime : whether it holds a lifetime value.

    Examples
    --------
    >>> describe_loss(0.4)
    'A loss means less profit than today: 40 % (assumed margin) of the change of outcome, less the change of spend.'
    """
    if margin is None:
        return "The margin is unknown, so a loss is known only where the total spend stays the same."
    if lifetime:
        return (
            "A loss means less profit than today: the change of outcome, at the assumed margin and lifetime value "
            "(see below), less the change of spend."
        )
    return (
        f"A loss means less profit than today: {percent(margin)} (assumed margin) of the change of outcome, "
        "less the change of spend."
    )
