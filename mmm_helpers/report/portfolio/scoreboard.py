"""The portfolio scoreboard: one row for each market, the missing ones included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from mmm_helpers.report import display
from mmm_helpers.report.blocks import table_html
from mmm_helpers.report.marks import cause_mark, chip, interval_bar, sparkline, tier_mark
from mmm_helpers.report.site.pages import as_sentence
from mmm_helpers.report.words import MISSING, money

COLUMNS = ("Market", "Outcome", "Trend", "Spend", "Return (90 %)", "Evidence", "Health")


def scoreboard(
    table: pd.DataFrame, *, currency: str, base: str = "reports/", break_even: float | None = None
) -> None:
    """Show the scoreboard; parameters as for `scoreboard_html`."""
    display.html(scoreboard_html(table, currency=currency, base=base, break_even=break_even))


def scoreboard_html(
    table: pd.DataFrame, *, currency: str, base: str = "reports/", break_even: float | None = None
) -> str:
    """The scoreboard as HTML; on a phone each row becomes a card.

    Parameters
    ----------
    table : `market, label, outcome, trend, spend, roas_mean, roas_q05, roas_q95, data_tier, cause_mark, health,
        advice`;
        money in `currency`, `trend` as numbers apart by blanks ("3 4 6"). See `add_missing` for markets that
        could not be built.
    currency : reporting currency.
    base : where the reports lie, seen from this page.
    break_even : 1 / contribution margin, marked in the drawing; None if the margin is unknown.
    """
    known = table["roas_q95"].dropna()
    longest = max([*known.clip(upper=known.median() * 4), (break_even or 0.0) * 1.2, 1.0])
    rows = [_row(row, currency, base, longest, break_even) for _, row in table.iterrows()]
    notes = [f"<strong>What to do next:</strong> {escape(_advice(row))}" for _, row in table.iterrows()]
    html = table_html(COLUMNS, rows, right=(1, 3), notes=notes)
    return html.replace('class="mmm-table"', 'class="mmm-table mmm-scoreboard"')


def _row(row: pd.Series, currency: str, base: str, longest: float, break_even: float | None) -> Sequence[str]:
    code = str(row["market"])
    name = str(row["label"]) if isinstance(row["label"], str) else code
    return (
        f'<a href="{escape(base)}{escape(code)}/index.html">{escape(name)}</a>',
        money(row["outcome"], currency),
        sparkline(read_trend(row.get("trend"))),
        money(row["spend"], currency),
        interval_bar(*row[["roas_mean", "roas_q05", "roas_q95"]], longest=longest, break_even=break_even),
        _evidence(row),
        chip(str(row["health"])),
    )


def _evidence(row: pd.Series) -> str:
    """Data tier above cause mark; a dash for a market without results."""
    marks = (tier_mark(str(row["data_tier"])), cause_mark(str(row.get("cause_mark"))))
    return "<br>".join(mark for mark in marks if mark != MISSING) or MISSING


def _advice(row: pd.Series) -> str:
    advice = row.get("advice")
    return advice if isinstance(advice, str) and advice else MISSING


def add_missing(table: pd.DataFrame, run: Mapping[str, Any]) -> pd.DataFrame:
    """The scoreboard with a row for each market that could not be built, its reason as advice.

    Parameters
    ----------
    table : scoreboard of the markets that were built.
    run : the run's record (`collect.read_run`): `markets` maps a code to `status, label, reason`.

    Examples
    --------
    >>> run = {"markets": {"NO": {"status": "failed", "label": "Norway", "reason": "no data"}}}
    >>> add_missing(pd.DataFrame({"market": ["DE"], "label": ["Germany"]}), run)["label"].tolist()
    ['Germany', 'Norway']
    """
    known = set(table["market"])
    rows = [
        {
            "market": code,
            "label": entry.get("label") or code,
            "health": "missing",
            "advice": as_sentence(entry.get("reason", "")),
        }
        for code, entry in run.get("markets", {}).items()
        if code not in known and entry.get("status") == "failed"
    ]
    return pd.concat([table, pd.DataFrame(rows)], ignore_index=True) if rows else table


def read_trend(value: object) -> list[float]:
    """Numbers of a trend, from a list or from text with blanks between them.

    Examples
    --------
    >>> read_trend("3 4.5 6")
    [3.0, 4.5, 6.0]
    """
    if isinstance(value, str):
        return [float(v) for v in value.split()]
    if isinstance(value, (list, tuple)):
        return [float(v) for v in value]
    return []
