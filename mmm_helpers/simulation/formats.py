"""Bytes of CSV, Parquet and Excel files that are the same at every run."""

from __future__ import annotations

import gzip
import io
import re
import zipfile

import pandas as pd


def csv_bytes(
    table: pd.DataFrame,
    *,
    sep: str = ",",
    decimal: str = ".",
    date_format: str = "%Y-%m-%d",
    encoding: str = "utf-8",
) -> bytes:
    """A CSV file; numbers as they are, dates in `date_format`."""
    text = table.to_csv(index=False, sep=sep, decimal=decimal, date_format=date_format, lineterminator="\n")
    return text.encode(encoding)


def gzip_bytes(content: bytes) -> bytes:
    """`content` compressed, with no time in the header."""
    return gzip.compress(content, compresslevel=9, mtime=0)


def parquet_bytes(table: pd.DataFrame) -> bytes:
    """A Parquet file, compressed with zstd."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def excel_bytes(table: pd.DataFrame, *, sheet: str, title: list[str], notes: list[str]) -> bytes:
    """An Excel workbook: lines of `title`, the table below them, and a second sheet of `notes`."""
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer, engine="openpyxl", datetime_format="YYYY/MM/DD") as writer:
        table.to_excel(writer, sheet_name=sheet, index=False, startrow=len(title))
        for row, line in enumerate(title, start=1):
            writer.sheets[sheet].cell(row=row, column=1, value=line)
        pd.DataFrame({"メモ": notes}).to_excel(writer, sheet_name="メモ", index=False)
    return _without_times(buffer.getvalue())


def _without_times(workbook: bytes) -> bytes:
    """The workbook with fixed times inside, so that equal tables give equal bytes."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-01T00:00:00Z", content)
            copy.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
