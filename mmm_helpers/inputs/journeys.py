"""The journeys file: touches of pseudonymous people, or paths with counts, read lazily and laid out as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.journey_checks import (
    AGGREGATED,
    TOUCHES,
    check_columns,
    check_paths,
    check_touches,
    parse_times,
)
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.sources import PARQUET
from mmm_helpers.inputs.spec_model import JourneysPolicy

ROW = "row"
SEPARATOR = ">"
"""Between the channels of an aggregated path."""
QUALITY_COLUMNS = [
    "market", "journeys", "touches", "conversions", "value", "period_start", "period_end", "identities", "people",
    "matched_share", "dropped_touches", "unattributed",
]  # fmt: skip
"""Columns of the table `journey_quality`; one row, or none where a market has no journeys."""


@dataclass(frozen=True)
class JourneyData:
    """A market's journeys as arrays (see `attribution.journeys.Journeys`), and one row about them.

    Parameters
    ----------
    arrays : channels (text), channel, start, hours, count, conversions, value.
    quality : columns `QUALITY_COLUMNS`: what was read, joined and dropped; `unattributed` is the share of conversions
        without a touch within the lookback.
    """

    arrays: dict[str, np.ndarray]
    quality: pd.DataFrame


def no_journeys() -> JourneyData:
    """What stands where a portfolio has no journeys."""
    return JourneyData({}, pd.DataFrame(columns=QUALITY_COLUMNS))


def read_journeys(portfolio: Portfolio, market: str) -> JourneyData:
    """A market's journeys, checked; nothing where the portfolio names no file or the file has none of the market.

    The file holds touches (`user, time, channel, converted`, and optionally `value, market`), a row each; the row of
    the touch that a conversion followed says `converted`. Rows may be in any order. Or it holds paths with their
    counts (`path, count, conversions`, and optionally `value, market`), channels set apart by `>`.

    Notes
    -----
    Polars reads the file: it filters while it scans, sorts in parallel and needs a fraction of the memory of pandas.

    Raises
    ------
    InputError : all problems of the first stage that finds any; see `journey_checks`.
    """
    if portfolio.journeys is None:
        return no_journeys()
    place, policy = Place(portfolio.journeys, market), portfolio.journeys_policy
    channels = [*portfolio.channels, *policy.other_channels]
    scan = scan_table(portfolio.resolve(portfolio.journeys), place)
    names = scan.collect_schema().names()
    aggregated = "path" in names
    check_columns(names, AGGREGATED if aggregated else TOUCHES, place)
    own = _of_market(scan, portfolio, market, names, place)
    if aggregated:
        return _read_paths(own, channels, market, place)
    return _read_touches(own, channels, policy, portfolio, place)


def scan_table(path: Path, place: Place) -> pl.LazyFrame:
    """The file, not yet read, with its rows numbered as an editor counts them."""
    if not path.is_file() or path.stat().st_size == 0:
        what = "the file is empty" if path.is_file() else f"the file '{place.file}' does not exist"
        mend = "export it again" if path.is_file() else "correct the path, or remove the key"
        raise InputError(place.problem(what, expected="a file of touches or paths", mend=mend))
    try:
        if path.suffix.lower() in PARQUET:
            return pl.scan_parquet(path).with_row_index(ROW, offset=1)
        return pl.scan_csv(path, infer_schema=False).with_row_index(ROW, offset=2)
    except pl.exceptions.PolarsError as error:
        what = f"the file cannot be read ({str(error).splitlines()[0][:120]})"
        raise InputError(place.problem(what, expected="Parquet or CSV", mend="export it again")) from None


def _of_market(
    scan: pl.LazyFrame, portfolio: Portfolio, market: str, names: list[str], place: Place
) -> pl.DataFrame:
    if "market" not in names:
        if len(portfolio.markets) > 1:
            expected = f"'market' among the columns, since there are {len(portfolio.markets)} markets"
            mend = "add the column with a market's code in each row"
            raise InputError(place.problem("column 'market' is missing", expected=expected, mend=mend))
        return scan.collect(engine="streaming")
    return scan.filter(pl.col("market").cast(pl.String) == market).drop("market").collect(engine="streaming")


def _read_paths(own: pl.DataFrame, channels: list[str], market: str, place: Place) -> JourneyData:
    if own.is_empty():
        return no_journeys()
    frame = check_paths(own, channels, place)
    parts = frame["path"].str.split(SEPARATOR).list.eval(pl.element().str.strip_chars())
    length = parts.list.len().to_numpy().astype(np.int64)
    position = {name: i for i, name in enumerate(channels)}
    flat = parts.explode().replace_strict(position, return_dtype=pl.Int8).to_numpy()
    start = np.concatenate([[0], np.cumsum(length)])
    numbers = {n: frame[n].to_numpy() for n in ("count", "conversions", "value")}
    hours = np.full(len(flat), np.nan, np.float32)
    arrays = {"channels": np.array(channels), "channel": flat, "start": start, "hours": hours, **numbers}
    row = {"market": market, "journeys": numbers["count"].sum(), "touches": float(numbers["count"] @ length)}
    row |= {"conversions": numbers["conversions"].sum(), "value": numbers["value"].sum(), "unattributed": 0.0}
    return JourneyData(arrays, pd.DataFrame([row], columns=QUALITY_COLUMNS))


def _read_touches(
    own: pl.DataFrame, channels: list[str], policy: JourneysPolicy, portfolio: Portfolio, place: Place
) -> JourneyData:
    if own.is_empty():
        return no_journeys()
    touches = check_touches(parse_times(own, place), channels, place)
    identities = touches["user"].n_unique()
    joined, matched = join_identities(touches, policy, portfolio, place)
    ordered = _in_journeys(joined)
    kept = _within(ordered, policy)
    arrays = _arrays(ordered, kept, channels)
    total = float(ordered["converted"].sum())
    row = {"market": place.market, "journeys": len(arrays["start"]) - 1, "touches": len(kept)}
    row |= {"conversions": total, "value": float(arrays["value"].sum())}
    ends = ordered.filter(pl.col("converted"))["time"] if total else ordered["time"]
    row |= {"period_start": ends.min(), "period_end": ends.max(), "identities": identities}
    row |= {"people": joined["person"].n_unique(), "matched_share": matched}
    row |= {"dropped_touches": len(ordered) - len(kept), "unattributed": 0.0}
    return JourneyData(arrays, pd.DataFrame([row], columns=QUALITY_COLUMNS))


def join_identities(
    touches: pl.DataFrame, policy: JourneysPolicy, portfolio: Portfolio, place: Place
) -> tuple[pl.DataFrame, float]:
    """Touches with a column `person`, and the share of identities that the links file knows.

    Parameters
    ----------
    policy : `links` names a file with columns user, person; without it every identity is a person.
    """
    if policy.links is None:
        return touches.with_columns(person=pl.col("user")), 0.0
    linked = Place(policy.links, place.market)
    scan = scan_table(portfolio.resolve(policy.links), linked)
    check_columns(scan.collect_schema().names(), (("user", "person"), ()), linked)
    kind = touches["user"].dtype
    links = scan.select(pl.col("user").cast(kind), "person").unique("user").collect(engine="streaming")
    # a person is known by the first of the identities, so that no person's name is taken for another's identity
    first = links.with_columns(first=pl.col("user").min().over("person")).select("user", "first")
    known = touches.join(first, on="user", how="left", maintain_order="left")
    matched = known.filter(pl.col("first").is_not_null())["user"].n_unique() / touches["user"].n_unique()
    return known.with_columns(person=pl.coalesce("first", "user")).drop("first"), float(matched)


def _in_journeys(touches: pl.DataFrame) -> pl.DataFrame:
    """Touches by person and time with the number of their journey; a conversion ends one, the next touch begins one."""
    ordered = touches.sort("person", "time", ROW)
    after = pl.col("converted").shift(1, fill_value=False) | (pl.col("person") != pl.col("person").shift(1))
    return ordered.with_columns(journey=after.fill_null(True).cum_sum().cast(pl.Int64) - 1)


def _within(ordered: pl.DataFrame, policy: JourneysPolicy) -> pl.DataFrame:
    """Touches that count: none older than the lookback, and repeated ones as the policy says; with their hours."""
    end = pl.col("time").last().over("journey")
    hours = ((end - pl.col("time")).dt.total_seconds() / 3600).cast(pl.Float32)
    kept = ordered.with_columns(hours=hours).filter(pl.col("hours") <= 24 * policy.lookback_days)
    if policy.repeated == "collapse":
        again = (pl.col("channel") == pl.col("channel").shift(-1)) & (
            pl.col("journey") == pl.col("journey").shift(-1)
        )
        kept = kept.filter(~again.fill_null(False))
    return kept


def _arrays(ordered: pl.DataFrame, kept: pl.DataFrame, channels: list[str]) -> dict[str, np.ndarray]:
    journeys = int(ordered["journey"][-1]) + 1
    left = np.bincount(kept["journey"].to_numpy(), minlength=journeys)
    bought = ordered.filter(pl.col("converted"))
    conversions, value = np.zeros(journeys), np.zeros(journeys)
    conversions[bought["journey"].to_numpy()] = 1.0
    value[bought["journey"].to_numpy()] = bought["value"].to_numpy()
    return {
        "channels": np.array(channels),
        "channel": kept["channel"].to_numpy(),
        "start": np.concatenate([[0], np.cumsum(left)]),
        "hours": kept["hours"].to_numpy(),
        "count": np.ones(journeys),
        "conversions": conversions,
        "value": value,
    }
