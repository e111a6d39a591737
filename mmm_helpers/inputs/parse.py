"""Numbers and dates from text, strictly: what does not fit the declared form is an error with its row."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from mmm_helpers.errors import Problem
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.spec_sources import DateColumn, Read

BLANK = ("", "na", "n/a", "nan", "null", "none", "-")
"""What counts as an empty cell, whatever its case."""


def is_blank(values: pd.Series) -> pd.Series:
    """True where a cell holds nothing, or one of the usual words for nothing."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values.isna()
    return values.isna() | values.astype("str").str.strip().str.lower().isin(BLANK)


def parse_numbers(values: pd.Series, read: Read, place: Place) -> tuple[pd.Series, list[Problem]]:
    """Floats in `values` (index: file rows; name: file column); blanks become NaN.

    A number must be written as declared: with `decimal: ","` the text 1.5 is refused, not read as 15 or 1.5.
    """
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.astype("float64")
        bad = values.index[np.isinf(numbers)]
    else:
        text = values.astype("str").str.strip()
        fits = text.str.fullmatch(_number_pattern(read))
        plain = text.where(fits)
        if read.thousands:
            plain = plain.str.replace(read.thousands, "", regex=False)
        numbers = pd.to_numeric(plain.str.replace(read.decimal, ".", regex=False)).astype("float64")
        bad = values.index[~fits & ~is_blank(values)]
    if len(bad) == 0:
        return numbers, []
    form = f"numbers with decimal '{read.decimal}'"
    form += f" and thousands '{read.thousands}'" if read.thousands else " and no thousands separator"
    what = f"'{values[bad[0]]}'{_count(bad)} is no number"
    mend = "correct the cell, or set read: {decimal: …, thousands: …} for the file"
    return numbers, [place.problem(what, row=bad[0], column=str(values.name), expected=form, mend=mend)]


def parse_dates(values: pd.Series, date: DateColumn, place: Place) -> tuple[pd.Series, list[Problem]]:
    """Days (datetime64[ns], no time of day) in `values`, whose index is the file's rows."""
    if pd.api.types.is_datetime64_any_dtype(values):
        parsed = values
    else:
        text = values.astype("str").str.strip().str.removesuffix(" 00:00:00")
        parsed = pd.to_datetime(text, format=date.format or "ISO8601", errors="coerce")
    if parsed.dt.tz is not None:
        parsed = parsed.dt.tz_localize(None)
    days = parsed.dt.normalize().astype("datetime64[ns]")
    bad = values.index[days.isna()]
    if len(bad) == 0:
        return days, []
    value = str(values[bad[0]])
    what = f"'{value}'{_count(bad)} is no date"
    expected = f"dates like {date.format}" if date.format else "dates like 2025-12-31"
    mend = f'correct the cell, or set date: {{column: {date.column}, format: "{_guess_format(value)}"}}'
    return days, [place.problem(what, row=bad[0], column=str(values.name), expected=expected, mend=mend)]


def _count(bad: pd.Index) -> str:
    return f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""


def _number_pattern(read: Read) -> str:
    decimal = re.escape(read.decimal)
    whole = r"\d+"
    if read.thousands:
        whole = rf"(?:\d{{1,3}}(?:{re.escape(read.thousands)}\d{{3}})+|\d+)"
    return rf"[+-]?(?:{whole}(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d+)?"


def _guess_format(value: str) -> str:
    """The strptime format that a date's look suggests."""
    for pattern, form in (
        (r"\d{1,2}\.\d{1,2}\.\d{4}", "%d.%m.%Y"),
        (r"\d{1,2}/\d{1,2}/\d{4}", "%d/%m/%Y"),
        (r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d"),
        (r"\d{1,2}\.\d{1,2}\.\d{2}", "%d.%m.%y"),
    ):
        if re.fullmatch(pattern, value.strip()):
            return form
    return "%Y-%m-%d"
