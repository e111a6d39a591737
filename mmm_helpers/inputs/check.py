"""The `check` command: what is wrong with the data, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.gate import check_market
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.portfolio import Portfolio, load_portfolio


def run_check(portfolio_path: str | Path, markets: Iterable[str] = ()) -> int:
    """Check a portfolio file and its markets' data, print every problem by market; nothing is written.

    Parameters
    ----------
    portfolio_path : the portfolio file.
    markets : codes; none means all.

    Returns
    -------
    int : 0 if everything is usable, 1 if not.
    """
    try:
        portfolio = load_portfolio(portfolio_path)
        codes = select_markets(portfolio, markets)
    except InputError as error:
        _print_problems("Portfolio file", error.problems)
        return 1
    failed = [code for code in codes if not _check_one(portfolio, code)]
    if failed:
        print(f"{len(failed)} of {len(codes)} markets cannot be used: {', '.join(failed)}")
    return 1 if failed else 0


def select_markets(portfolio: Portfolio, markets: Iterable[str] = ()) -> list[str]:
    """The codes asked for, in the portfolio's order; all of them if none is asked for.

    Raises
    ------
    InputError : a code is not in the portfolio.
    """
    asked = list(markets)
    strange = [code for code in asked if code not in portfolio.markets]
    if strange:
        expected = f"one of {listed(portfolio.markets)} ({did_you_mean(strange[0], portfolio.markets)})"
        what = f"market '{strange[0]}' is not in the portfolio"
        raise InputError(Problem(what, portfolio.path.name, expected, "correct the list of markets"))
    return [code for code in portfolio.markets if not asked or code in asked]


def _check_one(portfolio: Portfolio, code: str) -> bool:
    try:
        data = check_market(portfolio, code)
    except InputError as error:
        _print_problems(f"Market {code}", error.problems)
        return False
    panel, review = data.panel, data.quality[data.quality["status"] == "review"]
    first, last = panel["date"].min().date(), panel["date"].max().date()
    regions = panel["region"].nunique()
    print(f"Market {code}: usable. {regions} region(s), periods from {first} to {last}.")
    for row in review.itertuples():
        print(f"  review {row.check} = {row.value:g}: {row.detail}")
    return True


def _print_problems(title: str, problems: Iterable[Problem]) -> None:
    problems = list(problems)
    print(f"{title}: {len(problems)} problem(s)")
    for problem in problems:
        print(f"  - {problem.what}")
        print(f"    where:    {problem.where}")
        print(f"    expected: {problem.expected}")
        print(f"    mend:     {problem.mend}")
