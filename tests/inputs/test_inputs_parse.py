"""Numbers and dates are read as declared, and never guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.inputs.parse import parse_dates, parse_numbers
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.spec_sources import DateColumn, Read

PLACE = Place("sales.csv", "DE")
GERMAN = Read(decimal=",", thousands=".")


def column(*values) -> pd.Series:
    return pd.Series(values, index=range(2, 2 + len(values)), name="Umsatz")


def test_german_numbers():
    numbers, problems = parse_numbers(column("1.234,5", "12", "-0,5"), GERMAN, PLACE)
    assert list(numbers) == [1234.5, 12.0, -0.5]
    assert problems == []


@pytest.mark.parametrize("blank", ["", "NA", "n/a", "null", " ", "-"])
def test_blanks_are_missing_not_zero(blank):
    numbers, problems = parse_numbers(column(blank), Read(), PLACE)
    assert np.isnan(numbers.iloc[0])
    assert problems == []


@pytest.mark.parametrize("text", ["1.5", "1.23,4", "12,34.5", "€ 5", "inf", "0x10", "1,000"])
def test_numbers_in_another_form_are_refused(text):
    read = Read() if text == "1,000" else GERMAN
    assert parse_numbers(column("7", text), read, PLACE)[1][0].what == f"'{text}' is no number"


def test_a_bad_number_names_row_column_market_and_mend():
    problem = parse_numbers(column("1", "abc", "x"), Read(), PLACE)[1][0]
    assert str(problem) == (
        "Market DE: 'abc' (and 1 more) is no number (sales.csv, row 3, column 'Umsatz'); expected numbers "
        "with decimal '.' and no thousands separator: correct the cell, or set read: {decimal: …, "
        "thousands: …} for the file."
    )


def test_dates_in_a_declared_format():
    dates, problems = parse_dates(column("31.12.2025"), DateColumn(column="d", format="%d.%m.%Y"), PLACE)
    assert dates.iloc[0] == pd.Timestamp("2025-12-31")
    assert dates.dtype == "datetime64[ns]"
    assert problems == []


def test_a_bad_date_suggests_its_format():
    problem = parse_dates(column("2025-01-01", "31.12.2025"), DateColumn(column="Woche"), PLACE)[1][0]
    assert problem.what == "'31.12.2025' is no date"
    assert problem.where == "sales.csv, row 3, column 'Umsatz'"
    assert 'format: "%d.%m.%Y"' in problem.mend


def test_an_impossible_date():
    problem = parse_dates(column("2025-02-30"), DateColumn(column="d"), PLACE)[1][0]
    assert problem.what == "'2025-02-30' is no date"


def test_stored_dates_lose_their_time_of_day():
    stored = pd.Series(pd.to_datetime(["2025-01-01 13:00"]), index=[2], name="d")
    assert parse_dates(stored, DateColumn(column="d"), PLACE)[0].iloc[0] == pd.Timestamp("2025-01-01")
