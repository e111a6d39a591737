"""Health of all markets' models in one table and one sentence."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.estimands.summary import overall_health
from mmm_helpers.report.marks import chip
from mmm_helpers.report.model.model_page import in_sentence
from mmm_helpers.report.site.pages import as_sentence
from mmm_helpers.report.words import MISSING, count, join


def compute_health_table(health: pd.DataFrame, *, places: Mapping[str, str]) -> pd.DataFrame:
    """One row a market: worst status, how many checks pass, which do not, what to do first.

    Parameters
    ----------
    health : table `portfolio_health`: `market, check, status, action`.
    """
    rows = []
    for code, name in places.items():
        own = health[health["market"] == code]
        if own.empty:
            continue
        open_checks = own[own["status"] != "pass"].sort_values("status")
        rows.append(
            {
                "market": name,
                "health": overall_health(own),
                "checks_passed": f"{int((own['status'] == 'pass').sum())} of {len(own)}",
                "worth_a_look": join([in_sentence(c) for c in open_checks["check"]]),
                "first_thing_to_do": _first(open_checks["action"]),
            }
        )
    return pd.DataFrame(
        rows, columns=["market", "health", "checks_passed", "worth_a_look", "first_thing_to_do"]
    )


def _first(actions: pd.Series) -> str:
    known = actions.dropna()
    return as_sentence(str(known.iloc[0])) if len(known) else MISSING


def describe_market_health(table: pd.DataFrame) -> str:
    """How many markets pass, and which do not, as a sentence.

    Parameters
    ----------
    table : result of `compute_health_table`.
    """
    passed = int((table["health"] == "pass").sum())
    verb = "passes" if passed == 1 else "pass"
    failed = table.loc[table["health"] == "fail", "market"].tolist()
    text = f"**{passed} of {count(len(table), 'market')}** {verb} every health check"
    if failed:
        return f"{text}; {join(failed)} {'fails' if len(failed) == 1 else 'fail'} one and must not ground a decision."
    review = table.loc[table["health"] == "review", "market"].tolist()
    verb = "needs" if len(review) == 1 else "need"
    return text + (f"; {join(review)} {verb} a look, none fails." if review else ".")


HEALTH_FORMATS = {"health": lambda status: chip(str(status))}
"""How the columns of `compute_health_table` are written on a page."""
