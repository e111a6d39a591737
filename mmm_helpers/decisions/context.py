"""What may happen around a plan: demand, media that work worse, competitors, prices, sentiment, a cap of supply.

The model is additive: demand scales the baseline alone, and what media bring stays as it is unless `media` says
otherwise. Competitors, prices and sentiment work through the control that was fitted for them, in a straight line. A
change of prices also changes what a sale leaves (`worth.Worth.after_price`). A cap cuts the outcome draw by draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import TODAY, response_at
from mmm_helpers.decisions.worth import Worth

WORDS = {
    "competitor": ("compet", "rival"),
    "price": ("price",),
    "sentiment": ("sentiment", "confidence"),
}
"""Parts of a control's name by which it is taken for the one that a context means."""
AS_EXPECTED = "as expected"
DEFAULT_CONTEXTS: dict[str, dict[str, Any]] = {
    "demand falls by 10 %": {"demand": -0.1},
    "a competitor does 20 % more": {"competitor": 0.2},
    "prices fall by 5 %": {"price": -0.05},
    "sentiment falls by 10 %": {"sentiment": -0.1},
    "media work 20 % worse": {"media": -0.2},
    "supply is capped at expected sales": {"supply": 1.0},
}
"""Contexts of every report: name → what the portfolio file would say."""
LONGEST_YEARS = 1.1
"""Controls to come are known by those of a year ago, so not much further than that."""


@dataclass(frozen=True)
class Context:
    """A context in numbers.

    Parameters
    ----------
    demand, media : change of the baseline and of what media bring, as shares. price : change of prices.
    shift : (sample,) money that changed controls add to the outcome. steps : largest change of a control in sds.
    cap : most of the outcome in money that can be supplied over the horizon.
    """

    demand: float = 0.0
    media: float = 0.0
    price: float = 0.0
    shift: np.ndarray | float = 0.0
    steps: float = 0.0
    cap: float = np.inf


NO_CHANGE = Context()


def explain_context(stated: Mapping[str, Any], prospects: Prospects, *, periods_per_year: float = 52) -> str:
    """Why a context cannot be computed in this market, as a sentence; empty if it can.

    Parameters
    ----------
    stated : section `context` of a scenario.
    """
    if prospects.baseline is None:
        return "The outcome to come was not foreseen in this run."
    moves_controls = bool(stated.get("controls")) or any(stated.get(role) is not None for role in WORDS)
    if moves_controls and prospects.horizon > LONGEST_YEARS * periods_per_year:
        return (
            f"The plan covers {prospects.horizon} periods, and controls to come are known for about a year, "
            f"{round(periods_per_year)} periods, by those of the last year."
        )
    for role in WORDS:
        if stated.get(role) is not None and len(found := controls_for(role, prospects)) != 1:
            which = "No fitted control is" if not found else f"Several controls ({', '.join(found)}) could be"
            return f"{which} named after {role}: name one under context.controls."
    missing = [name for name in stated.get("controls") or {} if name not in prospects.control_effects]
    return f"The control {missing[0]} never moved in this market, so it has no effect." if missing else ""


def controls_for(role: str, prospects: Prospects) -> list[str]:
    """Fitted controls whose name speaks of a role of `WORDS`; what speaks of competitors is no price of one's own."""
    own = [n for n in prospects.control_effects if any(w in n.lower() for w in WORDS[role])]
    rivals = [n for n in own if any(w in n.lower() for w in WORDS["competitor"])]
    return own if role == "competitor" else [n for n in own if n not in rivals]


def make_context(stated: Mapping[str, Any], prospects: Prospects, *, is_revenue: bool = True) -> Context:
    """A stated context in numbers, for a market in which it can be computed (`explain_context`).

    Parameters
    ----------
    is_revenue : whether `supply_cap` is money in the reporting currency; else units of outcome.
    """
    moved = dict(stated.get("controls") or {})
    moved |= {controls_for(r, prospects)[0]: stated[r] for r in WORDS if stated.get(r) is not None}
    shift = sum((change * prospects.control_effects[n] for n, change in moved.items()), start=0.0)
    steps = max((abs(change) * prospects.control_steps[n] for n, change in moved.items()), default=0.0)
    cap = np.inf
    if stated.get("supply_cap") is not None:
        cap = stated["supply_cap"] * (1.0 if is_revenue else prospects.unit_value)
    if stated.get("supply") is not None:
        cap = stated["supply"] * float(outcome_under(prospects, None, NO_CHANGE).mean())
    changes = {name: stated.get(name) or 0.0 for name in ("demand", "media", "price")}
    return Context(**changes, shift=shift, steps=steps, cap=cap)


def outcome_under(prospects: Prospects, plan: np.ndarray | None, context: Context) -> np.ndarray:
    """(sample,) outcome in money over the horizon under a plan and in a context, chance left out.

    What spend brings after the horizon is counted with it, and what earlier spend carries into it is not.

    Parameters
    ----------
    plan : (cell,) multiples of today's spend; None for today's. Where the baseline is not known, only differences
        between two such outcomes mean something.
    """
    return np.minimum(_uncapped(prospects, plan, context), context.cap)


def profit_under(prospects: Prospects, plan: np.ndarray | None, context: Context, worth: Worth) -> np.ndarray:
    """(sample,) profit in money: the worth of the outcome, less what is spent; NaN where the margin is unknown.

    Parameters
    ----------
    worth : at today's prices. What cannot be supplied is lost at the market's worth, whatever brought it.
    """
    plan, worth = np.ones(len(prospects.cells)) if plan is None else plan, worth.after_price(context.price)
    lost = np.maximum(_uncapped(prospects, plan, context) - context.cap, 0.0)
    brought = _brought(prospects, plan, worth.of_cells(prospects.cells)) * (1 + context.media)
    spend = sum(m * c.spend for c, m in zip(prospects.cells, plan, strict=True))
    return worth.overall * (_surroundings(prospects, context) - lost) + brought - spend


def _uncapped(prospects: Prospects, plan: np.ndarray | None, context: Context) -> np.ndarray:
    plan = np.ones(len(prospects.cells)) if plan is None else plan
    media = _brought(prospects, plan, np.ones(len(plan))) * (1 + context.media)
    return _surroundings(prospects, context) + media


def _brought(prospects: Prospects, plan: np.ndarray, worth: np.ndarray) -> np.ndarray:
    total = np.zeros(len(prospects.noise))
    for cell, multiple, value in zip(prospects.cells, plan, worth, strict=True):
        total += value * (cell.response[:, TODAY] if multiple == 1 else response_at(cell, float(multiple)))
    return total


def _surroundings(prospects: Prospects, context: Context) -> np.ndarray:
    if prospects.baseline is None:
        return np.zeros(len(prospects.noise)) + context.shift
    return prospects.baseline.sum(axis=1) * (1 + context.demand) + context.shift
