"""What is wrong with a file of journeys: columns, personal data, times, channels, conversions and counts."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.holdout import PERSONAL, PSEUDONYM
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.place import Place

Columns = tuple[tuple[str, ...], tuple[str, ...]]
TOUCHES: Columns = (("user", "time", "channel", "converted"), ("value", "market"))
AGGREGATED: Columns = (("path", "count", "conversions"), ("value", "market"))
"""Required and optional columns of either kind of file."""
TRUE, FALSE = ("1", "true", "yes", "t", "y", "1.0"), ("0", "false", "no", "f", "n", "0.0", "")
SUSPECT = r"@|^\d{1,3}(\.\d{1,3}){3}$|^[+(0]|\s|-.*-"
"""Users that may be personal data, to be looked at closely."""
MOST_LOOKED_AT = 200_000
OFFSET = r"(Z|[+-]\d{2}:?\d{2})$"
"""A time zone at the end of a time written as text."""


def check_columns(names: Sequence[str], columns: Columns, place: Place) -> None:
    """Refuse a file that lacks a required column or has one that is not known."""
    required, optional = columns
    names = [n for n in names if n != "row"]
    problems = [
        place.problem(
            f"column '{name}' is missing",
            expected=f"'{name}' among the columns ({did_you_mean(name, names)})",
            mend="rename or add the column",
        )
        for name in required
        if name not in names
    ]
    known = (*required, *optional)
    for name in (n for n in names if n not in known and not problems):
        expected = f"one of {listed(known)} ({did_you_mean(name, known)})"
        problems.append(
            place.problem(f"column '{name}' is unknown", expected=expected, mend="remove the column")
        )
    _raise(problems)


def parse_times(touches: pl.DataFrame, place: Place) -> pl.DataFrame:
    """Touches with times as instants; refuses what is no time, and a mixture of time zones."""
    time = touches["time"]
    if time.dtype == pl.Date:
        return touches.with_columns(pl.col("time").cast(pl.Datetime("us")))
    if isinstance(time.dtype, pl.Datetime):
        parsed = time.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if time.dtype.time_zone else time
        _refuse_rows(touches, parsed.is_null(), "time", "time is blank", "a time in each row", place)
        return touches.with_columns(time=parsed.cast(pl.Datetime("us")))
    text = time.cast(pl.String).str.strip_chars()
    zones = text.str.extract(OFFSET, 1).fill_null("none").unique(maintain_order=True)
    if len(zones) > 1:
        mend = "write all times in one time zone, UTC best, and with the same ending"
        what = f"times are in {len(zones)} different time zones ({listed(sorted(zones.to_list()))})"
        raise InputError(place.problem(what, column="time", expected="one time zone", mend=mend))
    plain = text.str.replace(OFFSET, "").str.replace("T", " ")
    parsed = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    parsed = parsed.fill_null(plain.str.to_datetime("%Y-%m-%d %H:%M", strict=False, time_unit="us"))
    parsed = parsed.fill_null(plain.str.to_datetime("%Y-%m-%d", strict=False, time_unit="us"))
    _refuse_rows(
        touches, parsed.is_null(), "time", "time cannot be read", "a time like 2025-12-31 23:59:59", place
    )
    return touches.with_columns(time=parsed)


def check_touches(touches: pl.DataFrame, channels: Sequence[str], place: Place) -> pl.DataFrame:
    """Touches with flags and values as numbers and channels as positions; refuses what cannot be right.

    Raises
    ------
    InputError : blank or personal users; blank or unknown channels; flags that are no flags; negative or unreadable
        values; money without a conversion; the same touch twice.
    """
    touches = touches.with_columns(pl.col("channel").cast(pl.String).str.strip_chars().fill_null(""))
    if not touches["user"].dtype.is_integer():
        touches = touches.with_columns(pl.col("user").cast(pl.String).str.strip_chars().fill_null(""))
        _refuse_rows(
            touches, touches["user"] == "", "user", "user is blank", "a pseudonym in each row", place
        )
        _refuse_personal(touches, place)
    else:
        _refuse_rows(
            touches, touches["user"].is_null(), "user", "user is blank", "a pseudonym in each row", place
        )
    flag = _flags(touches, place)
    lone = (touches["channel"] == "") & flag
    _refuse_rows(
        touches,
        lone,
        "channel",
        "a conversion stands without a touch",
        "the channel of the touch it followed",
        place,
    )
    _refuse_rows(
        touches, touches["channel"] == "", "channel", "channel is blank", "a channel in each row", place
    )
    _refuse_unknown(touches, touches["channel"], channels, place)
    value = (
        _numbers(touches, "value", place)
        if "value" in touches.columns
        else pl.Series("value", [0.0]).new_from_index(0, len(touches))
    )
    _refuse_rows(
        touches,
        (value != 0) & ~flag,
        "value",
        "value stands beside no conversion",
        "0 where converted is 0",
        place,
    )
    position = {name: i for i, name in enumerate(channels)}
    code = touches["channel"].replace_strict(position, return_dtype=pl.Int8)
    checked = touches.with_columns(converted=flag, value=value, channel=code)
    keys = ["user", "time", "channel", "converted"]
    again = checked.select("row", *keys).filter(~pl.struct(keys).is_first_distinct())
    if len(again):
        what = f"{len(again):,} touches stand in the file twice"
        mend = "remove the repeated rows; one export may have been appended to another"
        raise InputError(place.problem(what, row=again["row"][0], expected="each touch once", mend=mend))
    return checked


def check_paths(paths: pl.DataFrame, channels: Sequence[str], place: Place) -> pl.DataFrame:
    """Aggregated paths with their counts as numbers; refuses what cannot be right."""
    paths = paths.with_columns(pl.col("path").cast(pl.String).str.strip_chars().fill_null(""))
    _refuse_rows(paths, paths["path"] == "", "path", "path is blank", "at least one channel", place)
    touched = paths.select("row", channel=pl.col("path").str.split(">")).explode("channel")
    touched = touched.with_columns(pl.col("channel").str.strip_chars())
    _refuse_unknown(touched, touched["channel"], channels, place)
    numbers = {n: _numbers(paths, n, place) for n in ("count", "conversions", "value") if n in paths.columns}
    numbers.setdefault("value", numbers["conversions"] * 0)
    checked = paths.with_columns(**numbers)
    more = checked["conversions"] > checked["count"]
    _refuse_rows(checked, more, "conversions", "more conversions than people", "at most the count", place)
    return checked


def _flags(touches: pl.DataFrame, place: Place) -> pl.Series:
    if touches["converted"].dtype == pl.Boolean:
        return touches["converted"].fill_null(False)
    text = touches["converted"].cast(pl.String).str.strip_chars().str.to_lowercase().fill_null("")
    wrong = ~text.is_in([*TRUE, *FALSE])
    _refuse_rows(touches, wrong, "converted", "converted is neither yes nor no", "0 or 1", place)
    return text.is_in(list(TRUE))


def _numbers(frame: pl.DataFrame, column: str, place: Place) -> pl.Series:
    raw = frame[column]
    blank = raw.is_null() | (raw.cast(pl.String).str.strip_chars() == "")
    value = raw.cast(pl.Float64, strict=False)
    _refuse_rows(
        frame,
        (value.is_null() & ~blank) | value.is_nan().fill_null(False),
        column,
        f"{column} is no number",
        "a number",
        place,
    )
    value = value.fill_null(0.0)
    _refuse_rows(frame, value < 0, column, f"{column} is negative", "0 or more", place)
    return value


def _refuse_unknown(frame: pl.DataFrame, names: pl.Series, channels: Sequence[str], place: Place) -> None:
    problems = []
    for name in names.unique(maintain_order=True).to_list():
        if name in channels:
            continue
        row = frame.filter(names == name)["row"][0]
        expected = f"one of {listed(channels)} ({did_you_mean(name, channels)})"
        mend = "correct the name, or list it in journeys_policy: {other_channels: […]}"
        problems.append(
            place.problem(
                f"channel '{name}' is unknown", row=row, column="channel", expected=expected, mend=mend
            )
        )
    _raise(problems)


def _refuse_personal(touches: pl.DataFrame, place: Place) -> None:
    """Users that look like personal data; the message does not repeat them."""
    users = (
        touches.filter(pl.col("user").str.contains(SUSPECT))
        .unique("user", maintain_order=True)
        .head(MOST_LOOKED_AT)
    )
    text = users["user"].to_pandas()
    for kind, pattern in PERSONAL.items():
        found = text.index[text.str.fullmatch(pattern)]
        if len(found):
            what = f"a user looks like {kind}: personal data must not come into a report's files"
            row = users["row"][int(found[0])]
            raise InputError(
                place.problem(
                    what, row=row, column="user", expected="a pseudonym for each user", mend=PSEUDONYM
                )
            )


def _refuse_rows(
    frame: pl.DataFrame, wrong: pl.Series, column: str, what: str, expected: str, place: Place
) -> None:
    rows = frame.filter(wrong)["row"]
    if len(rows):
        more = f" (and {len(rows) - 1:,} more)" if len(rows) > 1 else ""
        mend = "correct the rows, or remove them"
        raise InputError(
            place.problem(f"{what}{more}", row=rows[0], column=column, expected=expected, mend=mend)
        )


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise InputError(*problems)
