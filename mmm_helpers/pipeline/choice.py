"""Which markets of a portfolio a command is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmm_helpers.errors import InputError, Problem

if TYPE_CHECKING:
    from mmm_helpers.inputs.portfolio import Portfolio


def choose_markets(portfolio: Portfolio, wanted: Sequence[str]) -> tuple[str, ...]:
    """The wanted codes in the portfolio file's order; all of them if none is named.

    Raises
    ------
    InputError
        One problem for each code that the file does not list, with the nearest one that it does.
    """
    from mmm_helpers.inputs.nearest import listed, nearest

    known = list(portfolio.markets)
    problems = [
        Problem(
            f"market '{code}' is not in the portfolio",
            f"MARKETS, {portfolio.path.name}",
            f"some of {listed(known, limit=40)}",
            f"write '{nearest(code, known)}' instead, or add the market to the file",
        )
        for code in wanted
        if code not in known
    ]
    if problems:
        raise InputError(*problems)
    return tuple(code for code in known if code in wanted or not wanted)
