"""Raw tables as they are: CSV, Parquet, Excel or a query, with nothing guessed and the rows numbered."""

from __future__ import annotations

import hashlib
import os
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.spec_sources import Read, Source

EXCEL = (".xlsx", ".xlsm")
PARQUET = (".parquet", ".pq")
DELIMITERS = (";", "\t", "|", ",")


@dataclass(frozen=True)
class RawTable:
    """A table as read.

    Parameters
    ----------
    frame : cells as text (CSV) or as stored; the index is the row as an editor counts it, header included.
    sha256 : of the file; of the result for a query.
    """

    frame: pd.DataFrame
    sha256: str


def read_raw(source: Source, folder: Path, place: Place) -> RawTable:
    """Read a source's file or query.

    Raises
    ------
    InputError
        The file is missing, empty, not readable as declared, or the query fails.
    """
    if source.sql is not None:
        return _read_query(source, place)
    path = folder / source.path
    _require_file(path, source.path, place)
    stat = path.stat()
    return _read_file(path, stat.st_mtime_ns, stat.st_size, source.read, place)


def read_side_table(path: Path, place: Place) -> RawTable:
    """Read a plain CSV beside the portfolio file (regions, fx): comma, decimal point, UTF-8."""
    return read_raw(Source(path=path.name), path.parent, place)


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@lru_cache(maxsize=8)
def _read_file(path: Path, modified: int, size: int, read: Read, place: Place) -> RawTable:
    # `modified` and `size` are part of the key, so that a file changed in between is read again.
    suffix = path.suffix.lower()
    if suffix in PARQUET:
        frame = _numbered(_guarded(lambda: pd.read_parquet(path), place, "a Parquet file"), first=1)
    elif suffix in EXCEL:
        frame = _numbered(_read_excel(path, read, place), first=read.skiprows + 2)
    else:
        frame = _numbered(_read_csv(path, read, place), first=read.skiprows + 2)
    if frame.empty:
        what, mend = "the file has no rows", "export it again"
        raise InputError(place.problem(what, expected="a header and at least one row", mend=mend))
    return RawTable(frame, file_hash(path))


def _require_file(path: Path, given: str, place: Place) -> None:
    if path.is_file():
        if path.stat().st_size == 0:
            raise InputError(place.problem("the file is empty", expected="a table", mend="export it again"))
        return
    folder = next(p for p in path.parents if p.is_dir())
    near = did_you_mean(path.name, [p.name for p in folder.iterdir() if p.is_file()])
    what = f"the file '{given}' does not exist"
    raise InputError(place.problem(what, expected=f"an existing file ({near})", mend="correct the path"))


def _read_csv(path: Path, read: Read, place: Place) -> pd.DataFrame:
    options = {"sep": read.sep, "encoding": read.encoding, "skiprows": read.skiprows, "dtype": "str"}
    header = _guarded(lambda: pd.read_csv(path, nrows=0, **options), place, "a CSV file")
    _check_delimiter(list(header.columns), read, place)
    options |= {"na_filter": False, "skip_blank_lines": False, "index_col": False}
    return _guarded(lambda: pd.read_csv(path, **options), place, "a CSV file").fillna("")


def _check_delimiter(header: list[str], read: Read, place: Place) -> None:
    if len(header) > 1:
        return
    found = next((d for d in DELIMITERS if d != read.sep and d in header[0]), None)
    if found is None:
        return
    shown = {"\t": "\\t"}.get(found, found)
    what = f"only one column was found, '{header[0][:60]}', so the delimiter is wrong"
    mend = f'set read: {{sep: "{shown}"}}'
    raise InputError(
        place.problem(what, row=read.skiprows + 1, expected=f"columns split by '{read.sep}'", mend=mend)
    )


def _read_excel(path: Path, read: Read, place: Place) -> pd.DataFrame:
    book = _guarded(lambda: pd.ExcelFile(path, engine="openpyxl"), place, "an Excel file")
    with book:
        if isinstance(read.sheet, str) and read.sheet not in book.sheet_names:
            what = f"sheet '{read.sheet}' does not exist"
            expected = f"one of {listed(book.sheet_names)} ({did_you_mean(read.sheet, book.sheet_names)})"
            raise InputError(place.problem(what, expected=expected, mend="correct read: {sheet: …}"))
        options = {"sheet_name": read.sheet, "skiprows": read.skiprows, "na_filter": False}
        return _guarded(lambda: pd.read_excel(book, **options), place, "an Excel sheet")


def _read_query(source: Source, place: Place) -> RawTable:
    import sqlalchemy

    url = _with_environment(source.url, place)

    def run() -> pd.DataFrame:
        with sqlalchemy.create_engine(url).connect() as connection:
            return pd.read_sql(sqlalchemy.text(source.sql), connection)

    frame = _guarded(run, place, "a query that runs")
    if frame.empty:
        raise InputError(place.problem("the query gives no rows", expected="rows", mend="correct the query"))
    digest = hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()
    return RawTable(_numbered(frame, first=1), digest)


def _with_environment(url: str, place: Place) -> str:
    """The URL with ${NAME} and $NAME replaced, so that no password stands in the portfolio file."""
    unset = [n for n in re.findall(r"\$\{?(\w+)\}?", url) if n not in os.environ]
    if unset:
        what = f"environment variable {unset[0]} of the source's url is not set"
        raise InputError(place.problem(what, expected="a database URL", mend=f"export {unset[0]}=…"))
    return os.path.expandvars(url)


def _guarded(read, place: Place, expected: str) -> pd.DataFrame:
    """Run a reader; any failure, and any loss of cells, becomes an `InputError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return read()
    except InputError:
        raise
    except Exception as error:  # readers raise dozens of types; the user needs one sentence
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        what = f"it cannot be read: {first}"
        mend = "check the file, its encoding, and the source's read options"
        raise InputError(place.problem(what, expected=expected, mend=mend)) from error


def _numbered(frame: pd.DataFrame, *, first: int) -> pd.DataFrame:
    """Rows by their number in the file, without those that are wholly blank."""
    frame = frame.set_axis(pd.RangeIndex(first, first + len(frame)), axis=0)
    frame.columns = [str(c).strip() for c in frame.columns]
    blank = frame.isna() | (frame == "")
    return frame.loc[~blank.all(axis=1)]
