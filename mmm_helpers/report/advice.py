"""Advice as a sentence: a verb, an amount, a time, the expected gain with its interval, the chance of a loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mmm_helpers.decisions.scenarios import FOLLOW
from mmm_helpers.intervals import interval
from mmm_helpers.model.health import GATING
from mmm_helpers.report.grouped import group_labels, merge_channels
from mmm_helpers.report.words import chance, count, join, money, money_interval

SMALL = 0.005
"""A plan that moves less than this share of the budget is no advice to move anything."""
ROUNDING = 0.001
"""A channel that moves less than this share of all that is moved is left out of the sentence."""
NOTHING_SPENT = "No recommendation: nothing was spent in the last year that could be moved."
"""What is said where the model may recommend and there is nothing to move."""
MOST_NAMED = 2
"""How many channels a sentence names on either side."""


def withheld(health: pd.DataFrame, *, preview: bool) -> str:
    """Why there is no recommendation, as a sentence; empty if there may be one.

    Parameters
    ----------
    health : table `model_health`.
    preview : whether the run was a preview (profile quick).
    """
    failed = health[(health["status"] == "fail") & health["part"].isin(GATING)]
    if len(failed):
        return f"No recommendation: the model failed its health check ({join(list(failed['check']))})."
    return "No recommendation: this run is a preview." if preview else ""


def without_plan(check: pd.DataFrame | None) -> str:
    """Why there is no plan although the model may recommend one, as a sentence.

    Parameters
    ----------
    check : table `budget_check`: where limits contradict each other it says which.
    """
    if check is None or check.empty:
        return NOTHING_SPENT
    return f"No recommendation: {check['detail'].iloc[0]}. Change the limits in the portfolio file."


def net_moves(plan: pd.DataFrame) -> pd.Series:
    """Change of spend by channel over the horizon, largest gain first."""
    change = (plan["recommended"] - plan["current"]).groupby(plan["channel"]).sum()
    return change.sort_values(ascending=False)


def moved_share(plan: pd.DataFrame) -> float:
    """Share of the budget that changes its place, regions included."""
    change = plan["recommended"] - plan["current"]
    return float(change.clip(lower=0).sum() / plan["current"].sum()) if len(plan) else 0.0


def describe_plan(
    plan: pd.DataFrame,
    scenarios: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    currency: str,
    horizon: int = 13,
    unit: str = "week",
) -> str:
    """The plan as one sentence.

    Parameters
    ----------
    plan, scenarios : tables `budget_plan` and `scenarios` of one market.
    horizon, unit : length of the plan, in days, weeks or months.
    """
    if moved_share(plan) < SMALL:
        free = int((plan["lower"] < plan["upper"]).sum())
        if free == 0:
            return "Keep today's plan and test first: no single number is sure enough to move money on."
        if free == 1:
            return "Keep today's plan and test first: only one number is sure enough, and money needs two places."
        return "Keep today's plan: no move within the bounds is expected to bring more."
    moves = net_moves(plan)
    amount = float(moves.clip(lower=0).sum())
    follow = scenarios[scenarios["scenario"] == FOLLOW].iloc[0]
    gain = money_interval(*interval(follow, "outcome_change"), currency, sign=True)
    loss = chance(float(follow["p_loss"]))
    if amount < SMALL * plan["current"].sum():
        amount = float((plan["recommended"] - plan["current"]).clip(lower=0).sum())
        way = "between regions within the same channels"
    else:
        # What the optimizer left over by rounding is no move to be named.
        real = moves[moves.abs() > ROUNDING * amount]
        way = f"from {_names(real[real < 0][::-1], labels)} to {_names(real[real > 0], labels)}"
    what = f"Move {money(amount / horizon, currency, digits=2)} a {unit} {way}"
    return f"{what}: {gain} over {count(horizon, unit)}; {loss} chance of a loss."


def untested(plan: pd.DataFrame) -> str:
    """How many of the plan's moves no experiment speaks for, as a sentence after a blank; empty if there is none."""
    moved = plan[(plan["recommended"] - plan["current"]).abs() > SMALL * plan["current"]]
    without = int((moved["cause_mark"] != "tested").sum())
    if not without:
        return ""
    some = f"{without} of {len(moved)} moves are untested" if without < len(moved) else "Untested"
    return f" {some} by experiment."


def _names(moves: pd.Series, labels: Mapping[str, str]) -> str:
    names = [labels.get(c, c) for c in moves.index[:MOST_NAMED]]
    return join(names) if len(moves) <= MOST_NAMED else f"{', '.join(names)} and others"


def advise(
    plan: pd.DataFrame,
    scenarios: pd.DataFrame,
    health: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    currency: str,
    preview: bool,
    horizon: int = 13,
    unit: str = "week",
    check: pd.DataFrame | None = None,
) -> str:
    """What to do next in one sentence, or why there is no recommendation.

    Parameters
    ----------
    check : see `without_plan`; the others as in `describe_plan` and `withheld`.
    """
    reason = withheld(health, preview=preview) or ("" if len(plan) else without_plan(check))
    if reason:
        return reason
    text = describe_plan(plan, scenarios, labels=labels, currency=currency, horizon=horizon, unit=unit)
    return text + untested(plan)


def advise_market(here: Any) -> str:
    """Advice for an open market, from its tables and over its own horizon; groups of channels under one name."""
    plan, scenarios, health, groups = (
        here.table(n) for n in ("budget_plan", "scenarios", "model_health", "channel_groups")
    )
    return advise(
        merge_channels(plan, groups),
        scenarios,
        health,
        labels=group_labels(here.labels, groups),
        currency=here.reporting_currency,
        preview=here.is_preview,
        horizon=here.horizon,
        unit=here.unit,
        check=here.table("budget_check"),
    )
