"""Everything of the portfolio file that bears on one market's numbers, as plain JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mmm_helpers.inputs.currency import budget_rate
from mmm_helpers.inputs.events import market_events
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.spec_scenarios import concerns


def market_specification(
    portfolio: Portfolio,
    market: str,
    *,
    attributes: pd.DataFrame,
    fx: pd.Series,
    tests: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """The specification that the model and the decisions read.

    Parameters
    ----------
    attributes : of the regions, indexed by region.
    fx : rates of the panel in order of time.
    tests : the market's experiments, from `lift_tests.market_tests`.

    Returns
    -------
    dict
        market, label, portfolio, frequency, week_start, currency, reporting_currency, budget_rate, margin (profit
        before media of one unit of outcome in money), worth (the same by channel, where lifetime values differ),
        holidays (calendar), outcome, channels (with the market's overrides), controls, l_max, model, regions (name →
        attributes), events, decisions, and lift_tests if the portfolio has a file of them. The same input gives the
        same content; keys that are not stated are left out.
    """
    own = portfolio.markets[market]
    margin, worth = portfolio.worth_of(market)
    experiments = {} if portfolio.lift_tests is None else {"lift_tests": list(tests)}
    return experiments | {
        "market": market,
        "label": portfolio.label(market),
        "portfolio": portfolio.name,
        "frequency": portfolio.frequency,
        "week_start": own.week_start,
        "holidays": own.holidays,
        "currency": portfolio.currency(market),
        "reporting_currency": portfolio.reporting_currency,
        "budget_rate": budget_rate(portfolio, market, fx),
        "margin": margin,
        "worth": worth,
        "outcome": plain(portfolio.outcome),
        "channels": {code: plain(c) for code, c in portfolio.market_channels(market).items()},
        "controls": {name: plain(c) for name, c in portfolio.controls.items()},
        "l_max": portfolio.l_max,
        "model": plain(portfolio.model),
        "regions": _attributes(attributes),
        "events": [plain(e) for e in market_events(portfolio, market)],
        "decisions": _decisions(portfolio, market),
    }


def plain(section: Any) -> dict[str, Any]:
    """A section of the portfolio file as JSON-ready values, without keys that are not stated."""
    return section.model_dump(mode="json", exclude_none=True)


def _attributes(attributes: pd.DataFrame) -> dict[str, dict[str, float]]:
    return {str(r): {k: float(v) for k, v in row.dropna().items()} for r, row in attributes.iterrows()}


def _decisions(portfolio: Portfolio, market: str) -> dict[str, Any]:
    names = ("scenarios", "budget", "lifetime_value", "media_inflation", "risk", "journeys_policy")
    dumped = portfolio.model_dump(mode="json", include=set(names), exclude_none=True)
    dumped_all = dumped["scenarios"]
    dumped["scenarios"] = {
        name: dumped_all[name] for name, s in portfolio.scenarios.items() if concerns(s, market)
    }
    dumped["market_moves"] = {
        name: dumped_all[name] for name, s in portfolio.scenarios.items() if s.between_markets
    }
    dumped |= {
        "lifetime_value": portfolio.lifetime_value_of(market),
        "stated_margin": portfolio.margin_of(market),
        "budget": plain(portfolio.budget_of(market)),
    }
    return {name: dumped[name] for name in (*names, "market_moves", "stated_margin") if dumped.get(name)}
