"""Files are read as they are, and a file that cannot be read says so in one sentence."""

from __future__ import annotations

import pandas as pd
import pytest
import sqlalchemy

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.place import Place
from mmm_helpers.inputs.sources import read_raw
from mmm_helpers.inputs.spec_sources import Source

PLACE = Place("sales.csv", "DE")


def read(folder, text: str | None = None, **keys):
    if text is not None:
        (folder / "sales.csv").write_text(text, encoding="utf-8")
    return read_raw(Source(**({"path": "sales.csv"} | keys)), folder, PLACE).frame


def refusal(folder, text: str | None = None, **keys):
    with pytest.raises(InputError) as caught:
        read(folder, text, **keys)
    return caught.value.problems[0]


def test_rows_are_numbered_as_in_an_editor(tmp_path):
    frame = read(tmp_path, "exported today\na,b\n1,2\n\n3,4\n", read={"skiprows": 1})
    assert list(frame.index) == [3, 5]


def test_country_code_NA_is_text(tmp_path):
    assert read(tmp_path, "market,x\nNA,1\n")["market"].iloc[0] == "NA"


def test_wrong_delimiter_names_the_right_one(tmp_path):
    problem = refusal(tmp_path, "Datum;Umsatz\n2023-01-02;1,5\n")
    assert problem.what == "only one column was found, 'Datum;Umsatz', so the delimiter is wrong"
    assert problem.mend == 'set read: {sep: ";"}'


def test_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "sales.csv").write_text("a,b\n1,2\n")
    problem = refusal(tmp_path, path="sale.csv")
    assert problem.what == "the file 'sale.csv' does not exist"
    assert "the nearest is 'sales.csv'" in problem.expected


def test_empty_file(tmp_path):
    assert refusal(tmp_path, "").what == "the file is empty"


def test_file_with_a_header_only(tmp_path):
    assert refusal(tmp_path, "a,b\n").what == "the file has no rows"


def test_row_with_too_many_cells_is_not_cut(tmp_path):
    problem = refusal(tmp_path, "a,b\n1,2\n1,2,3\n")
    assert problem.what.startswith("it cannot be read")


def test_wrong_encoding(tmp_path):
    (tmp_path / "sales.csv").write_bytes("a,Umsätze\n1,2\n".encode("latin-1"))
    assert refusal(tmp_path).what.startswith("it cannot be read")


def test_latin_file_with_its_encoding(tmp_path):
    (tmp_path / "sales.csv").write_bytes("a,Umsätze\n1,2\n".encode("latin-1"))
    assert list(read(tmp_path, read={"encoding": "latin-1"}).columns) == ["a", "Umsätze"]


def test_missing_sheet_names_the_nearest(tmp_path):
    pd.DataFrame({"a": [1], "b": [2]}).to_excel(tmp_path / "book.xlsx", sheet_name="Sales", index=False)
    problem = refusal(tmp_path, path="book.xlsx", read={"sheet": "Sale"})
    assert problem.what == "sheet 'Sale' does not exist"
    assert "the nearest is 'Sales'" in problem.expected


def test_query_through_an_environment_variable(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/shop.db"
    pd.DataFrame({"date": ["2023-01-02"], "revenue": [5.0]}).to_sql(
        "sales", engine := sqlalchemy.create_engine(url), index=False
    )
    engine.dispose()
    monkeypatch.setenv("SHOP_URL", url)
    frame = read(tmp_path, path=None, sql="select * from sales", url="${SHOP_URL}")
    assert frame["revenue"].iloc[0] == 5.0


def test_query_with_an_unset_variable(tmp_path):
    problem = refusal(tmp_path, path=None, sql="select 1", url="${UNSET_SHOP_URL}")
    assert problem.what == "environment variable UNSET_SHOP_URL of the source's url is not set"
    assert problem.mend == "export UNSET_SHOP_URL=…"


def test_excel_sheet_with_rows_above_the_header(tmp_path):
    table = pd.DataFrame({"date": pd.to_datetime(["2023-01-02"]), "revenue": [5]})
    table.to_excel(tmp_path / "book.xlsx", sheet_name="Sales", index=False, startrow=2)
    frame = read(tmp_path, path="book.xlsx", read={"sheet": "Sales", "skiprows": 2})
    assert list(frame.index) == [4]
    assert frame["revenue"].iloc[0] == 5


def test_parquet_keeps_its_types(tmp_path):
    table = pd.DataFrame({"date": pd.to_datetime(["2023-01-02"]), "revenue": [5.0]})
    table.to_parquet(tmp_path / "sales.parquet")
    assert read(tmp_path, path="sales.parquet")["revenue"].dtype == "float64"
