"""The one module that reads and writes results files of a market."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.layout import Layout


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write a file unless it already holds `content`, so that its time says when it last changed.

    Returns
    -------
    bool : whether the file was written.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    return True


def write_table(frame: pd.DataFrame, layout: Layout, code: str, name: str) -> Path:
    """Write a table of a market (or of the portfolio, code "portfolio") as CSV; dates as ISO days."""
    path = layout.table(code, name)
    write_csv(frame, path)
    return path


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table with the conventions of all tables: UTF-8, `\\n`, no index, ISO days."""
    text = frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    write_if_changed(path, text.encode())


def write_panel(panel: pd.DataFrame, layout: Layout, code: str) -> None:
    """Write a market's panel as Parquet."""
    _write_parquet(panel, layout.panel(code))


def write_holdout(users: pd.DataFrame, layout: Layout, code: str) -> None:
    """Write a market's held-out people as Parquet, without the pseudonyms that no page needs."""
    _write_parquet(users.drop(columns="user", errors="ignore"), layout.holdout(code))


def read_holdout_users(layout: Layout, code: str) -> pd.DataFrame:
    """A market's held-out people, as the gate wrote them; no rows where there are none."""
    return pd.read_parquet(layout.holdout(code))


def write_journeys(arrays: dict[str, np.ndarray], layout: Layout, code: str) -> None:
    """Write a market's journeys as compressed arrays; none where it has no journeys."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in sorted(arrays):
            content = io.BytesIO()
            np.lib.format.write_array(content, arrays[name], allow_pickle=False)
            # a fixed time, so that equal journeys give equal files
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), content.getvalue())
    write_if_changed(layout.journeys(code), buffer.getvalue())


def read_journey_arrays(path: Path) -> dict[str, np.ndarray]:
    """A market's journeys as the gate wrote them; empty where it has none, or where none were written."""
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    write_if_changed(path, buffer.getvalue())


def write_json(content: Any, path: Path) -> None:
    """Write JSON with sorted keys, so that equal content gives equal files."""
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_if_changed(path, f"{text}\n".encode())


def read_panel(layout: Layout, code: str) -> pd.DataFrame:
    """A market's panel, as the gate wrote it."""
    panel = pd.read_parquet(layout.panel(code))
    return panel.astype({"date": "datetime64[ns]"})


def read_channel_status(layout: Layout, code: str) -> pd.DataFrame:
    """Status of each channel in each region: market, region, channel, status, first_date."""
    return _read_csv(layout.channel_status(code))


def read_table(layout: Layout, code: str, name: str) -> pd.DataFrame:
    """A table of a market (or of the portfolio, code "portfolio"); columns of dates are parsed."""
    return _read_csv(layout.table(code, name))


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file's content: a provenance or a specification."""
    return json.loads(path.read_text(encoding="utf-8"))


DATES = ("date", "first_date", "period_start", "period_end", "start", "end", "valid_until")


def _read_csv(path: Path) -> pd.DataFrame:
    # Only an empty cell is missing: "NA" may be Namibia.
    table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=_text_columns())
    for name in table.columns.intersection(DATES):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[ns]")
    return table


def _text_columns() -> dict[str, str]:
    return dict.fromkeys(("market", "region", "channel"), "str")
