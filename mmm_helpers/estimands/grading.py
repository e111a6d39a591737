"""Marks of evidence on every cell, and which cells may ground a decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.estimands.identification import MOSTLY_PRIOR

TESTED = "tested"
CAUSES = (TESTED, "quasi", "observational")
"""Cause marks, the strongest first."""
CAUSE_MARK = "observational"
"""What speaks for cause where neither an experiment nor a natural one does."""
SURE = 0.8
"""Probability that a marginal return lies on one side of break-even, from which on a cell may be moved."""


def advice(p_above: float) -> str:
    """Which way a return speaks for moving spend: `more`, `less`, or `hold`, also where it is unknown.

    Parameters
    ----------
    p_above : probability that the marginal return exceeds break-even.

    Examples
    --------
    >>> [advice(p) for p in (0.9, 0.5, 0.1)]
    ['more', 'hold', 'less']
    """
    if p_above >= SURE:
        return "more"
    return "less" if 1 - p_above >= SURE else "hold"


def cause_marks(channels: Iterable[str], tests: Mapping[str, Iterable[str]] | None = None) -> dict[str, str]:
    """Channel → what speaks for cause behind its numbers in a market.

    Parameters
    ----------
    tests : cause mark → channels that it stands for; the strongest counts. All others are observational.

    Examples
    --------
    >>> cause_marks(["tv", "search"], {"tested": ["search"]})
    {'tv': 'observational', 'search': 'tested'}
    """
    stands = {mark: set(named) for mark, named in (tests or {}).items()}
    return {c: next((m for m in CAUSES if c in stands.get(m, ())), CAUSE_MARK) for c in channels}


def add_marks(
    effects: pd.DataFrame,
    shrinkage: pd.DataFrame,
    cells: pd.DataFrame,
    *,
    market_may: bool,
    causes: Mapping[str, str] | None = None,
    doubts: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Add pooling_factor, data_tier, cause_mark, decision_grade and cut_only to the effects table.

    Parameters
    ----------
    effects : with column `p_above`, the probability that mROAS exceeds break-even.
    cells : table `identification`: whether the market's own data speak about the cell, and why not.
    market_may : whether computation and plausibility passed at a decision-grade profile.
    causes : channel → cause mark; None where no experiment has been read in (`cause_marks`).
    doubts : channel → why a time series cannot tell its effect (`confounding.find_doubts`); None for none.

    Returns
    -------
    The effects; `cut_only` marks a cell whose spend follows demand, was never tested, and returns too little all the
    same. Demand behind the spend makes the return look higher than it is (Chen et al. 2018), so that less spend is
    right a fortiori, and more never. It may be mostly prior, which is judged on the log scale: there a small return
    stays wide, however low its upper end.
    """
    keys = ["region", "channel"]
    marked = effects.merge(shrinkage[[*keys, "pooling_factor", "data_tier"]], on=keys, how="left")
    marked = marked.merge(cells[[*keys, "identified", "reason"]], on=keys, how="left")
    sure = np.maximum(marked["p_above"], 1 - marked["p_above"]) >= SURE
    grade = sure & marked["identified"] & market_may
    follows = marked["channel"].map(doubts or {}) == FOLLOWS
    told = marked["reason"].isin([FOLLOWS, MOSTLY_PRIOR])
    flattered = (1 - marked["p_above"] >= SURE) & follows & told & market_may
    cause = marked["channel"].map(causes or cause_marks(marked["channel"]))
    marks = {"cause_mark": cause, "decision_grade": grade.astype(bool), "cut_only": flattered.astype(bool)}
    return marked.assign(**marks).drop(columns=["identified", "reason"])


def weakest(marks: Iterable[str]) -> str:
    """The weakest of several cause marks: together, numbers are as good as the worst of them.

    Examples
    --------
    >>> weakest(["tested", "observational"])
    'observational'
    """
    return max(marks, key=CAUSES.index)


WITHHELD = "withheld"
"""What stands in place of advice where the market may not be given any."""


def withhold(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables of a market that may not be given a recommendation, without a word of advice.

    Parameters
    ----------
    tables : name → table. No table has a cell that is decision-grade; budget plan and scenarios are made without
        a recommendation in the first place. In the others the column `advice` says `withheld`, and what would
        change the advice (a column `flips`) has no rows.
    """
    return {name: _withhold(table) for name, table in tables.items()}


def _withhold(table: pd.DataFrame) -> pd.DataFrame:
    if "flips" in table:
        return table.head(0)
    return table.assign(advice=WITHHELD) if "advice" in table else table
