"""Exchange rates: reporting currency for one unit of a market's currency, per period and for budgets."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.checks import check_side_table
from mmm_helpers.inputs.grid import Axes
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.parse import parse_dates, parse_numbers
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.sources import read_side_table
from mmm_helpers.inputs.spec_sources import DateColumn, Read

STALE_DAYS = 31
"""How old the last rate may be for a period that has none of its own."""


def period_rates(portfolio: Portfolio, market: str, axes: Axes) -> pd.Series:
    """Rate of each period: the mean of its rates, else the last within 31 days before, else refused.

    Returns
    -------
    Series indexed by period start: units of reporting currency for one unit of the market's currency.

    Raises
    ------
    InputError : the rates file is missing, malformed, or has no rate for a period.
    """
    currency = portfolio.currency(market)
    if currency == portfolio.reporting_currency:
        return pd.Series(1.0, index=axes.periods)
    if portfolio.fx is None:
        return _constant(portfolio, market, axes)
    place = Place(portfolio.fx, market)
    rates = read_rates(portfolio, place)
    own = rates[rates["currency"] == currency].set_index("date")["rate"].sort_index()
    if own.empty:
        known = sorted(rates["currency"].unique())
        expected = (
            f"rows with currency {currency} (present: {listed(known)}; {did_you_mean(currency, known)})"
        )
        mend = f"add rates for {currency}, or correct the market's currency"
        raise InputError(place.problem(f"there is no rate for {currency}", expected=expected, mend=mend))
    return _by_period(own, axes, currency, place)


def read_rates(portfolio: Portfolio, place: Place) -> pd.DataFrame:
    """The rates file as date, currency, rate; checked."""
    import pandera.pandas as pa

    raw = read_side_table(portfolio.resolve(portfolio.fx), place).frame
    missing = [c for c in ("date", "currency", "rate") if c not in raw.columns]
    if missing:
        expected = f"the columns date, currency, rate ({did_you_mean(missing[0], raw.columns)})"
        problem = place.problem(
            f"column '{missing[0]}' is missing", expected=expected, mend="name the column so"
        )
        raise InputError(problem)
    dates, problems = parse_dates(raw["date"], DateColumn(column="date"), place)
    rates, more = parse_numbers(raw["rate"], Read(), place)
    if problems or more:
        raise InputError(*problems, *more)
    table = pd.DataFrame({"date": dates, "currency": raw["currency"].str.strip(), "rate": rates})
    positive = pa.Column("float64", pa.Check.gt(0, error="a rate above zero"))
    check_side_table(table, {"rate": positive}, place=place)
    again = table[table.duplicated(["date", "currency"])]
    if not again.empty:
        what = f"{again['currency'].iloc[0]} has two rates for {again['date'].iloc[0].date()}"
        mend = "remove one of the two rows"
        raise InputError(place.problem(what, row=again.index[0], expected="one rate a day", mend=mend))
    return table


def budget_rate(portfolio: Portfolio, market: str, fx: pd.Series) -> float:
    """The one rate at which a market's results are converted.

    Parameters
    ----------
    fx : the panel's rates in order of time; the last one is the default.

    Examples
    --------
    >>> budget_rate(portfolio, "US", panel["fx"])  # doctest: +SKIP
    0.92
    """
    currency = portfolio.currency(market)
    if currency == portfolio.reporting_currency:
        return 1.0
    return float(portfolio.budget_rate.get(currency, fx.iloc[-1]))


def _constant(portfolio: Portfolio, market: str, axes: Axes) -> pd.Series:
    currency = portfolio.currency(market)
    if currency not in portfolio.budget_rate:
        what = f"there is no rate from {currency} to {portfolio.reporting_currency}"
        expected = f"an fx file, or budget_rate: {{{currency}: …}}"
        mend = "add fx: fx.csv (columns date, currency, rate) to the portfolio file"
        raise InputError(Place(portfolio.path.name, market).problem(what, expected=expected, mend=mend))
    return pd.Series(portfolio.budget_rate[currency], index=axes.periods)


def _by_period(rates: pd.Series, axes: Axes, currency: str, place: Place) -> pd.Series:
    days = pd.DataFrame({"rate": rates.to_numpy()}, index=rates.index)
    inside = days.index.to_numpy()
    starts, ends = axes.periods.to_numpy(), axes.ends.to_numpy()
    position = np.searchsorted(starts, inside, side="right") - 1
    within = (position >= 0) & (inside <= ends[np.maximum(position, 0)])
    means = days[within].groupby(axes.periods[position[within]])["rate"].mean().reindex(axes.periods)
    before = np.searchsorted(inside, starts, side="right") - 1
    last = pd.Series(rates.to_numpy()[np.maximum(before, 0)], index=axes.periods)
    age = (starts - inside[np.maximum(before, 0)]) / np.timedelta64(1, "D")
    usable = (before >= 0) & (age <= STALE_DAYS)
    result = means.fillna(last.where(usable))
    missing = result.index[result.isna()]
    if len(missing):
        what = f"{currency} has no rate for {len(missing)} periods, the first of {missing[0].date()}"
        expected = f"a rate within each period or at most {STALE_DAYS} days before it"
        mend = f"add rates (those of the file run from {rates.index[0].date()} to {rates.index[-1].date()})"
        raise InputError(place.problem(what, expected=expected, mend=mend))
    return result
