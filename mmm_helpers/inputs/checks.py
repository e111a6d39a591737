"""Schemas (pandera) of the tables that come in and of the panel that goes out."""

from __future__ import annotations

from functools import cache

import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.series import Series

MENDS = {
    "negative": "set refunds and corrections against the period they belong to, or remove the row",
    "share": "give shares between 0 and 1, not per cent",
}
SHARES = ("impression_share_", "auction_overlap_")
"""Beginnings of the names of series that are shares."""


@cache
def _value_schema(never_negative: bool, share: bool):
    """Schema of one series: floats within bounds; blanks are judged later, with the declared unknowns."""
    import pandera.pandas as pa

    checks = [pa.Check.ge(0, error="negative")] if never_negative else []
    checks += [pa.Check.le(1, error="share")] if share else []
    return pa.SeriesSchema("float64", checks=checks, nullable=True)


def check_values(numbers: pd.Series, *, series: Series, place: Place) -> list[Problem]:
    """Problems of one column's numbers (index: file rows; name: file column)."""
    import pandera.errors

    schema = _value_schema(series.never_negative, series.name.startswith(SHARES))
    try:
        schema.validate(numbers, lazy=True)
    except pandera.errors.SchemaErrors as error:
        failures = error.failure_cases.drop_duplicates("check")
        return [
            _value_problem(f, len(error.failure_cases), numbers, series, place)
            for f in failures.to_dict("records")
        ]
    return []


def _value_problem(failure: dict, count: int, numbers: pd.Series, series: Series, place: Place) -> Problem:
    kind = failure["check"] if failure["check"] in MENDS else "negative"
    more = f" (and {count - 1} more)" if count > 1 else ""
    what = f"{series.name} is {failure['failure_case']:g}{more}"
    expected = "zero or more" if kind == "negative" else "at most 1"
    row, column = failure["index"], str(numbers.name)
    return place.problem(what, row=row, column=column, expected=expected, mend=MENDS[kind])


def check_side_table(frame: pd.DataFrame, columns: dict, *, place: Place) -> None:
    """Check a parsed side table (regions, fx) against its schema.

    Parameters
    ----------
    frame : parsed table, indexed by the file's rows.
    columns : column → pandera Column.

    Raises
    ------
    InputError
        One problem per column and check, with the first row at fault.
    """
    import pandera.errors
    import pandera.pandas as pa

    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        first = error.failure_cases.drop_duplicates(["column", "check"])
        raise InputError(*(_table_problem(f, place) for f in first.to_dict("records"))) from None


def _table_problem(failure: dict, place: Place) -> Problem:
    what = f"{failure['column']} is {failure['failure_case']}"
    row = failure["index"]
    return place.problem(
        what, row=row, column=failure["column"], expected=str(failure["check"]), mend="correct the cell"
    )


def validate_panel(panel: pd.DataFrame) -> pd.DataFrame:
    """The panel, after its contract was checked: keys complete and unique, types, nothing negative.

    Raises
    ------
    pandera.errors.SchemaErrors
        A defect of the gate itself, not of the data.
    """
    import pandera.pandas as pa

    keys = {name: pa.Column(nullable=False) for name in ("market", "region", "date")}
    keys["date"] = pa.Column("datetime64[ns]", nullable=False)
    numbers = {name: _panel_column(name, pa) for name in panel.columns if name not in keys}
    schema = pa.DataFrameSchema(keys | numbers, unique=["region", "date"], strict=True, ordered=True)
    return schema.validate(panel, lazy=True)


def _panel_column(name: str, pa):
    if name == "outcome" or name.startswith("control_"):
        return pa.Column("float64", nullable=True)
    always = name in ("fx", "holiday")
    return pa.Column("float64", pa.Check.ge(0), nullable=not always)
