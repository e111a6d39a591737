"""The regions file: what is known of each region beside its series (population, income, …)."""

from __future__ import annotations

import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.checks import check_side_table
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.parse import parse_numbers
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.sources import read_side_table
from mmm_helpers.inputs.spec_sources import Read

ATTRIBUTES = (
    "population",
    "income",
    "media_penetration",
    "city_tier",
    "competitive_density",
    "purchase_cycle_days",
)
PREDICTORS = ("population", "income", "media_penetration", "city_tier")
"""Those that may bear on how strongly a region responds to media; `model.region_predictors` chooses."""


def region_attributes(portfolio: Portfolio, market: str, regions: list[str]) -> pd.DataFrame:
    """Attributes of a market's regions, indexed by region; empty if nothing is declared for it.

    Raises
    ------
    InputError : a column, market or region is unknown, a region is missing or stands twice, a value is no number,
        or negative, or an attribute that `model.region_predictors` names is blank.
    """
    place = Place(portfolio.regions or portfolio.path.name, market)
    table = _attributes(portfolio, market, regions, place)
    if len(regions) > 1:
        _check_predictors(portfolio.model.region_predictors or [], table, place)
    return table


def _attributes(portfolio: Portfolio, market: str, regions: list[str], place: Place) -> pd.DataFrame:
    if portfolio.regions is None:
        return pd.DataFrame(index=pd.Index(regions, name="region"))
    raw = read_side_table(portfolio.resolve(portfolio.regions), place).frame
    _check_names(raw, portfolio, place)
    own = raw[raw["market"].str.strip() == market]
    if own.empty:
        return pd.DataFrame(index=pd.Index(regions, name="region"))
    _check_regions(own, regions, place)
    table = _numbers(own, place).set_axis(own["region"].str.strip(), axis=0)
    return table.reindex(regions).rename_axis("region")


def _check_predictors(wanted: list[str], table: pd.DataFrame, place: Place) -> None:
    """Attributes that were chosen as predictors have to be known for every region."""
    problems = []
    for name in wanted:
        known = table[name] if name in table else pd.Series(float("nan"), index=table.index)
        blank = known.index[known.isna()]
        if len(blank):
            what = f"model.region_predictors names '{name}', which is not known for {listed(blank)}"
            mend = "fill it in, or take it out of model.region_predictors"
            problems.append(place.problem(what, expected="a number for each region", mend=mend))
    if problems:
        raise InputError(*problems)


def _check_names(raw: pd.DataFrame, portfolio: Portfolio, place: Place) -> None:
    problems = []
    for name in ("market", "region"):
        if name not in raw.columns:
            near = did_you_mean(name, raw.columns)
            expected = f"'{name}' among the columns ({near})"
            what = f"column '{name}' is missing"
            problems.append(place.problem(what, expected=expected, mend="rename the column"))
    for name in raw.columns:
        if name not in ("market", "region", *ATTRIBUTES):
            expected = f"one of {listed(ATTRIBUTES)} ({did_you_mean(name, ATTRIBUTES)})"
            mend = "rename or remove the column"
            problems.append(place.problem(f"column '{name}' is unknown", expected=expected, mend=mend))
    if not problems:
        strange = raw[~raw["market"].str.strip().isin(list(portfolio.markets))]
        problems += [_unknown_market(row, code, portfolio, place) for row, code in strange["market"].items()]
    if problems:
        raise InputError(*problems)


def _unknown_market(row: int, code: str, portfolio: Portfolio, place: Place) -> Problem:
    expected = f"one of {listed(portfolio.markets)} ({did_you_mean(code, portfolio.markets)})"
    mend = "correct the code, or remove the row"
    return place.problem(
        f"market '{code}' is unknown", row=row, column="market", expected=expected, mend=mend
    )


def _check_regions(own: pd.DataFrame, regions: list[str], place: Place) -> None:
    names = own["region"].str.strip()
    problems = []
    for row, name in names[~names.isin(regions)].items():
        expected = f"one of {listed(regions)} ({did_you_mean(name, regions)})"
        what = f"region '{name}' is unknown"
        mend = "correct the name, or remove the row"
        problems.append(place.problem(what, row=row, column="region", expected=expected, mend=mend))
    for row, name in names[names.duplicated()].items():
        what = f"region '{name}' stands twice"
        problems.append(
            place.problem(what, row=row, column="region", expected="each once", mend="remove one")
        )
    if not problems:
        for name in sorted(set(regions) - set(names)):
            what = f"region '{name}' is missing"
            mend = "add a row for it"
            problems.append(place.problem(what, expected="a row for each region of the outcome", mend=mend))
    if problems:
        raise InputError(*problems)


def _numbers(own: pd.DataFrame, place: Place) -> pd.DataFrame:
    import pandera.pandas as pa

    columns, problems = {}, []
    for name in (a for a in ATTRIBUTES if a in own.columns):
        columns[name], bad = parse_numbers(own[name], Read(), place)
        problems += bad
    if problems:
        raise InputError(*problems)
    table = pd.DataFrame(columns, index=own.index)
    checks = dict.fromkeys(ATTRIBUTES, pa.Check.ge(0, error="a number that is not negative"))
    checks["population"] = pa.Check.gt(0, error="a number above zero")
    schema = {n: pa.Column("float64", checks[n], nullable=True) for n in table}
    check_side_table(table, schema, place=place)
    return table


def region_shares(attributes: pd.DataFrame, outcome: pd.Series) -> tuple[pd.Series, str]:
    """Each region's share of the market, and of what: population where all are known, else outcome.

    Parameters
    ----------
    attributes : from `region_attributes`.
    outcome : mean outcome per period by region, which a shorter history does not make smaller.

    Examples
    --------
    >>> table = pd.DataFrame({"population": [3.0, 1.0]}, index=["East", "West"])
    >>> shares, of = region_shares(table, pd.Series([1.0, 1.0], index=["East", "West"]))
    >>> float(shares["East"]), of
    (0.75, 'population')
    """
    if "population" in attributes and attributes["population"].notna().all():
        size, of = attributes["population"], "population"
    else:
        size, of = outcome, "outcome"
    return size / size.sum(), of
