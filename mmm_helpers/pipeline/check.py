"""`check`: look at the data of every market and write nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmm_helpers.errors import InputError
from mmm_helpers.pipeline.choice import choose_markets

if TYPE_CHECKING:
    from mmm_helpers.inputs.portfolio import Portfolio


def check(path: str, *, markets: Sequence[str] = ()) -> int:
    """Print every problem of the portfolio file and of its markets' data; returns 1 if there is any.

    Parameters
    ----------
    path : the portfolio file.
    markets : codes; empty for all.

    Raises
    ------
    InputError
        The portfolio file itself cannot be used.
    """
    from mmm_helpers.inputs.portfolio import load_portfolio

    portfolio = load_portfolio(path)
    codes = choose_markets(portfolio, markets)
    bad = [code for code in codes if not _check_one(portfolio, code)]
    print(f"{len(codes) - len(bad)} of {len(codes)} markets can be used.")
    return 1 if bad else 0


def _check_one(portfolio: Portfolio, code: str) -> bool:
    from mmm_helpers.inputs.gate import check_market

    try:
        panel = check_market(portfolio, code).panel
    except InputError as error:
        print(error, file=sys.stderr)
        return False
    regions, periods = panel["region"].nunique(), panel["date"].nunique()
    first, last = panel["date"].min().date(), panel["date"].max().date()
    print(f"{code}: good; regions: {regions}, periods: {periods} ({first} to {last}).")
    return True
