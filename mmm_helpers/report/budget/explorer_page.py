"""Sentences of the page with the scenario explorer: what it answers, what its marks mean, what it cannot say."""

from __future__ import annotations

import pandas as pd

from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.intervals import interval
from mmm_helpers.report.budget.what_if import describe_loss
from mmm_helpers.report.words import chance, is_missing, money, money_interval

NOT_STORED = (
    "What coming spend may bring was not stored for this market, so there is nothing to compute with. "
    "Run the report again: the step that makes the tables stores it."
)
NOTHING_SPENT = "Nothing was spent in the last year, so there is nothing to vary."
WHAT_IF = "What the sliders show is a what-if, not advice."
MORE = "10 % more everywhere"
METHOD = """\
The page holds, for every channel, what its spend would bring over the plan's horizon: {draws} posterior draws of the
change of outcome at 41 multiples of today's spend, all regions in the same proportion, with carry-over and saturation.
A slider adds the draws of its multiple, linear between neighbours, to those of the other channels; the mean, the 5 %
and 95 % quantiles and the shares below zero of the sum are shown. These are the draws that report in the table of
scenarios, not those that chose the plan, so that the same setting gives the same numbers on both pages.

$$ \\Delta = \\sum_c \\left[ R_c(m_c) - R_c(1) \\right], \\qquad
\\text{{profit}} = \\sum_c v_c \\left[ R_c(m_c) - R_c(1) \\right] - \\sum_c (m_c - 1) x_c $$

$R_c$ is the response of channel $c$, $m_c$ the slider, $x_c$ today's spend and $v_c$ the margin. More on the model:
[method](../../method.md).
"""
"""Text of the box "How this was computed"; `draws` is to be filled in."""


def explain_missing(prospects: Prospects | None) -> str:
    """Why there is no explorer; empty if there is one."""
    if prospects is None:
        return NOT_STORED
    return "" if prospects.cells else NOTHING_SPENT


def describe_explorer(scenarios: pd.DataFrame, *, currency: str, span: str) -> str:
    """What the explorer answers, with the numbers of one setting (MyST).

    Parameters
    ----------
    scenarios : table `scenarios`. span : the plan's length in words.
    """
    asked = "Move a slider to see what another budget would bring."
    row = scenarios[scenarios["scenario"] == MORE]
    if row.empty:
        return asked
    row = row.iloc[0]
    change = money_interval(*interval(row, "outcome_change"), currency, sign=True)
    text = f"{asked} Spending {MORE}, {money(row['spend_change'], currency, sign=True)} over {span}, would change the"
    text += f" outcome by **{change}**"
    if is_missing(row["p_loss"]):
        return f"{text}; the margin is unknown, so profit is not computed."
    return f"{text}, with {chance(row['p_loss'])} chance of less profit than today."


def describe_advice(withheld: str, *, moves: bool) -> str:
    """Whether a recommendation is marked on the sliders, and what its button does (MyST).

    Parameters
    ----------
    withheld : why nothing is recommended, as sentences (`budget_page.explain_withheld`); empty if something is.
    moves : whether the recommendation moves anything.
    """
    if withheld:
        reason = withheld.replace("The scenarios below are what-ifs, not advice.", WHAT_IF)
        return f"{reason} No recommendation is marked on the sliders."
    where = (
        "Why each channel moves or stays is on the page [budget and scenarios](07_budget_scenarios.ipynb)."
    )
    if not moves:
        return f"The recommendation, marked on every slider, is today's plan. {where}"
    return (
        "The green line on a slider is what the plan recommends for the channel, all regions together. The button "
        "*Follow the recommendation* also splits each channel between regions as the plan does; as soon as a slider "
        f"is moved, its regions change in proportion to today's spend. {where}"
    )


def describe_reading(span: str, margin: float | None, *, lifetime: bool = False) -> str:
    """How to read the explorer; `margin` and `lifetime` as for `what_if.describe_loss`."""
    return (
        f"Each slider runs from nothing to twice what is spent on the channel over {span} at last year's mean. The "
        "curve above it is the change of outcome at every spend, with its 90 % range, on a scale of its own; the "
        "thick stroke is where the slider stands. Hatched: more than in 95 of 100 periods so far, where hardly any "
        f"data speak. {describe_loss(margin, lifetime=lifetime)}"
    )
