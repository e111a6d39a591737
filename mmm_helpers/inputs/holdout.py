"""The holdout file: people of whom a part was left out of a channel by lot, a row each, with no personal data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.parse import parse_numbers
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.sources import read_side_table
from mmm_helpers.inputs.spec_sources import Read

NAMES = ("user", "market", "region", "channel", "segment")
FLAGS = ("treated", "converted")
REQUIRED = (*NAMES, *FLAGS, "value")
FEATURE = "x_"
"""Beginning of the names of what was known of a user before the test."""
PERSONAL = {
    "an e-mail address": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "an internet address": r"\d{1,3}(?:\.\d{1,3}){3}",
    "a phone number": r"\+\d(?:[ ./()-]*\d){6,14}"
    r"|00?[1-9]\d{8,11}"
    r"|\(?0\d{1,4}[)/ -]+\d{4,8}"
    r"|(?=(?:\D*\d){7,15}$)\(?\d{2,5}\)?(?:[ ./-]+\d{2,5}){2,4}",
    "a person's name": r"[^\W\d_]+(?:[ ,]+[^\W\d_]+)+",
}
"""What must not stand for a user → how it looks. Ten digits that happen to be a phone number cannot be told."""
PSEUDONYM = "replace every user by a pseudonym that only the sender can resolve, such as a running number"


def read_holdout(file: str, portfolio: Portfolio, market: str, *, regions: Sequence[str]) -> pd.DataFrame:
    """A market's users of the holdout file, checked.

    Parameters
    ----------
    file : Parquet or CSV (comma, decimal point, UTF-8), relative to the portfolio file.
    regions : of the market's outcome.

    Returns
    -------
    user, market, region, channel, segment (text), treated, converted (0 or 1), value (money, market's currency),
    x_* (numbers); without rows if the file has none of this market.

    Raises
    ------
    InputError
        All problems of the first stage that finds any: columns missing or unknown; unknown markets; personal data;
        users without a name or twice in a channel; unknown regions and channels, blank segments; what is no number,
        flags other than 0 and 1, negative values, value without a conversion; a region with one arm only.

    Examples
    --------
    >>> read_holdout("holdout.parquet", portfolio, "DE", regions=["Nord", "Ost"])  # doctest: +SKIP
    """
    place = Place(file, market)
    raw = read_side_table(portfolio.resolve(file), place).frame
    _raise_any(_column_problems(raw, place))
    text = raw[list(NAMES)].apply(lambda cells: cells.astype("str").str.strip().mask(cells.isna(), ""))
    _raise_any(_unknown(text["market"], portfolio.markets, place))
    own = text["market"] == market
    names, cells = text[own], raw[own].drop(columns=list(NAMES))
    _raise_any(_personal_problems(names["user"], place))
    _raise_any(_user_problems(names, place))
    channels = portfolio.market_channels(market)
    problems = _unknown(names["region"], regions, place) + _unknown(names["channel"], channels, place)
    _raise_any(problems + _blank_problems(names["segment"], place))
    users = names.join(_numbers(cells, place))
    _raise_any(_flag_problems(users, place) + _value_problems(users, place))
    _raise_any(_arm_problems(users, place))
    return users.astype(dict.fromkeys(FLAGS, "int8")).reset_index(drop=True)


def _raise_any(problems: list[Problem]) -> None:
    if problems:
        raise InputError(*problems)


def _more(rows: pd.Series | pd.Index) -> str:
    return f" (and {len(rows) - 1:,} more)" if len(rows) > 1 else ""


def _column_problems(raw: pd.DataFrame, place: Place) -> list[Problem]:
    problems = []
    for name in (c for c in REQUIRED if c not in raw.columns):
        expected = f"'{name}' among the columns ({did_you_mean(name, raw.columns)})"
        mend = "rename or add the column"
        problems.append(place.problem(f"column '{name}' is missing", expected=expected, mend=mend))
    for name in (c for c in raw.columns if c not in REQUIRED and not c.startswith(FEATURE)):
        expected = f"one of {listed(REQUIRED)} ({did_you_mean(name, REQUIRED)}), or a feature, '{FEATURE}…'"
        mend = f"remove the column, or rename it to '{FEATURE}{name}' if it was known before the test"
        problems.append(place.problem(f"column '{name}' is unknown", expected=expected, mend=mend))
    return problems


def _unknown(names: pd.Series, known: Iterable[str], place: Place) -> list[Problem]:
    """One problem for each name that is none of the known ones, with its first row."""
    column, problems = str(names.name), []
    strange = names[~names.isin(list(known))]
    for name, rows in strange.groupby(strange, sort=False).groups.items():
        expected = f"one of {listed(known)} ({did_you_mean(name, known)})"
        what = (f"{column} '{name}' is unknown" if name else f"{column} is blank") + _more(rows)
        mend = f"{'correct the name' if name else 'fill it in'}, or remove the rows"
        problems.append(place.problem(what, row=rows[0], column=column, expected=expected, mend=mend))
    return problems


def _personal_problems(users: pd.Series, place: Place) -> list[Problem]:
    """Users that look like personal data; the message does not repeat them."""
    problems = []
    for kind, pattern in PERSONAL.items():
        rows = users.index[users.str.fullmatch(pattern)]
        if len(rows):
            what = f"a user looks like {kind}{_more(rows)}: personal data must not come into a report's files"
            where, expected = {"row": rows[0], "column": "user"}, "a pseudonym for each user"
            problems.append(place.problem(what, **where, expected=expected, mend=PSEUDONYM))
        users = users.drop(rows)
    return problems


def _user_problems(names: pd.DataFrame, place: Place) -> list[Problem]:
    users, problems = names["user"], _blank_problems(names["user"], place)
    again = names.index[names.duplicated(["user", "channel"]) & (users != "")]
    if len(again):
        user, channel = users[again[0]], names.at[again[0], "channel"]
        first = names.index[(users == user) & (names["channel"] == channel)][0]
        what = f"user '{user}' of channel '{channel}' stands in row {first} too{_more(again)}"
        mend = "add up a user's rows, or remove the repeated ones"
        problems.append(
            place.problem(
                what, row=again[0], column="user", expected="each user once in a channel", mend=mend
            )
        )
    return problems


def _blank_problems(cells: pd.Series, place: Place) -> list[Problem]:
    rows, column = cells.index[cells == ""], str(cells.name)
    if not len(rows):
        return []
    what, mend = f"{column} is blank{_more(rows)}", "fill it in, or remove the rows"
    return [place.problem(what, row=rows[0], column=column, expected=f"a {column} in each row", mend=mend)]


def _numbers(cells: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Flags, value and features as floats without gaps."""
    numbers, problems = {}, []
    for name in cells.columns:
        numbers[name], bad = parse_numbers(cells[name], Read(), place)
        problems += bad
        blank = cells.index[numbers[name].isna()]
        if len(blank) and not bad:
            what, mend = f"{name} is blank{_more(blank)}", "fill it in, or remove the rows or the column"
            if name in REQUIRED:
                mend = "fill it in (who did not convert has converted 0 and value 0), or remove the rows"
            problems.append(
                place.problem(what, row=blank[0], column=name, expected="a number in each row", mend=mend)
            )
    _raise_any(problems)
    return pd.DataFrame(numbers, index=cells.index)


def _flag_problems(users: pd.DataFrame, place: Place) -> list[Problem]:
    problems = []
    for name in FLAGS:
        wrong = users.loc[~users[name].isin((0, 1)), name]
        if len(wrong):
            what, mend = f"{name} is {wrong.iloc[0]:g}{_more(wrong)}", "write 1 for yes and 0 for no"
            problems.append(
                place.problem(what, row=wrong.index[0], column=name, expected="0 or 1", mend=mend)
            )
    return problems


def _value_problems(users: pd.DataFrame, place: Place) -> list[Problem]:
    value, problems = users["value"], []
    below = value[value < 0]
    if len(below):
        what = f"value is {below.iloc[0]:,.10g}{_more(below)}"
        mend = "set refunds against the user's orders, down to 0"
        problems.append(
            place.problem(what, row=below.index[0], column="value", expected="zero or more", mend=mend)
        )
    odd = value[(value > 0) & (users["converted"] == 0)]
    if len(odd):
        what = f"value is {odd.iloc[0]:,.10g} although the user did not convert{_more(odd)}"
        mend = "set converted to 1, or value to 0"
        problems.append(
            place.problem(
                what, row=odd.index[0], column="value", expected="0 without a conversion", mend=mend
            )
        )
    return problems


def _arm_problems(users: pd.DataFrame, place: Place) -> list[Problem]:
    """Channels, or regions of one, with treated users only or with none: there is nothing to compare."""
    problems = []
    for channel, own in users.groupby("channel"):
        arms = own.groupby("region")["treated"].agg(["min", "max"])
        single = arms.index[arms["min"] == arms["max"]]
        if not len(single):
            continue
        kind = "treated" if arms.loc[single[0], "min"] == 1 else "left out"
        where = "" if own["treated"].nunique() == 1 else f" in region '{single[0]}'{_more(single)}"
        what = f"all users of channel '{channel}' are {kind}{where}"
        mend = "add the users that were left out and those that were not, or remove the rows"
        row, expected = own.index[own["region"] == single[0]][0], "both arms, drawn by lot, in each region"
        problems.append(place.problem(what, row=row, column="treated", expected=expected, mend=mend))
    return problems
