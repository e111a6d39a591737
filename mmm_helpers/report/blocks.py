"""Blocks of a page, displayed by a notebook's cell: a finding, cards, a banner, a table, a dropdown.

Each block takes data and shows HTML or MyST; none computes a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from mmm_helpers.report import display
from mmm_helpers.report.marks import STATUS, chip
from mmm_helpers.report.site import pages
from mmm_helpers.report.words import MISSING, is_missing, join, significant

ACRONYMS = {
    **{word: word.upper() for word in ("roas", "ess", "crps", "wmape", "csv", "ols", "vif", "sha256", "fx")},
    "mroas": "mROAS",
    "rhat": "R-hat",
}

LONGEST_UNBROKEN = 32
"""Characters up to which a table's cell stays on one line."""

NEGLIGIBLE = 1e-9
"""Below this a number in a table is rounding error and shown as 0."""

ORDER = ("fail", "review", "pass")
"""Health checks are listed worst first."""


def finding(text: str) -> None:
    """Show the one sentence that a section is about, with its number and interval (MyST)."""
    display.markdown(display.as_prose(text), css="mmm-finding")


def paragraph(text: str) -> None:
    """Show a paragraph or a list whose numbers come from tables (MyST)."""
    display.markdown(display.as_prose(text))


def how_to_read(text: str) -> None:
    """Show the line under a chart that says how to read it (MyST)."""
    display.markdown(f"**How to read this.** {display.as_prose(text)}", css="mmm-how-to-read")


def note(text: str) -> None:
    """Show what is not known, or what a section would need to exist (MyST)."""
    display.markdown(display.as_prose(text), css="mmm-note")


def cards(items: Sequence[tuple[str, str] | tuple[str, str, str]]) -> None:
    """Show a row of cards.

    Parameters
    ----------
    items : (title, value) or (title, value, line below), as text.

    Examples
    --------
    >>> cards([("Outcome, 52 weeks", "€412 M", "observed")])  # doctest: +SKIP
    """
    boxes = "".join(
        f'<div class="mmm-card"><div class="mmm-card-title">{escape(title)}</div>'
        f'<div class="mmm-card-value">{_card_value(value)}</div>'
        f'<div class="mmm-card-line">{escape("".join(line))}</div></div>'
        for title, value, *line in items
    )
    display.html(f'<div class="mmm-cards">{boxes}</div>')


def banner(kind: str, text: str, *, title: str = "") -> None:
    """Show a box across the page: `kind` is `fail` (red) or `preview` (yellow)."""
    display.html(pages.banner(kind, title, escape(text)))


def health_card(health: pd.DataFrame) -> None:
    """Show the health checks, worst first, with what to do about those that do not pass.

    Parameters
    ----------
    health : table `model_health`: `check, status, value, threshold, action`.
    """
    display.html(health_html(health))


def health_html(health: pd.DataFrame) -> str:
    """The health card as HTML."""
    return f'<div class="mmm-health"><p>{_status_counts(health)}</p>{_checks_html(health)}</div>'


def health_summary(health: pd.DataFrame) -> None:
    """Show the checks that need a look, and all of them in a closed box; for a page that people read in minutes."""
    display.html(health_summary_html(health))


def health_summary_html(health: pd.DataFrame) -> str:
    """The short health card as HTML."""
    needing = health[health["status"] != "pass"]
    shown = _checks_html(needing) if len(needing) else ""
    every = folded(f"All {len(health)} checks", _checks_html(health))
    return f'<div class="mmm-health"><p>{_status_counts(health)}</p>{shown}{every}</div>'


def _status_counts(health: pd.DataFrame) -> str:
    counts = health["status"].value_counts()
    return " ".join(chip(s, text=f"{counts[s]} {STATUS[s][1]}") for s in ORDER if s in counts)


def _checks_html(health: pd.DataFrame) -> str:
    """Checks as a table, worst first; the column of what to do only where there is something to do."""
    rank = {s: i for i, s in enumerate(ORDER)}
    ordered = health.assign(_rank=health["status"].map(rank)).sort_values("_rank", kind="stable")
    rows = [
        [
            escape(readable(str(row.check))),
            chip(str(row.status)),
            _cell(row.value, digits=5 if 1 < row.value < 2 else 3),  # R-hat is judged by its decimals
            _cell(row.threshold),
            "" if row.status == "pass" else escape(_text(row.action)),
        ]
        for row in ordered.itertuples()
    ]
    heads = ["Check", "Status", "Value", "Threshold", "What to do"]
    if (health["status"] == "pass").all():
        heads, rows = heads[:-1], [row[:-1] for row in rows]
    return table_html(heads, rows, right=(2, 3))


def data_table(
    frame: pd.DataFrame,
    *,
    caption: str,
    csv: str = "",
    formats: Mapping[str, Callable[[Any], str]] | None = None,
    titles: Mapping[str, str] | None = None,
    fold: str = "",
) -> None:
    """Show a table with its caption and, if it is one of the run's tables, the link to its CSV file.

    Parameters
    ----------
    frame : rows to show as they are.
    caption : what the table shows, with period and currency.
    csv : name of the table in the run's `tables` folder; empty if it is not one.
    formats : column → function from value to text (HTML is kept, so marks can be used).
    titles : column → heading; default the name with blanks for underscores.
    fold : title of a closed box to put a long table in; empty for an open table.
    """
    html = data_table_html(frame, caption=caption, csv=csv, formats=formats, titles=titles)
    display.html(folded(fold, html) if fold else html)


def data_table_html(
    frame: pd.DataFrame,
    *,
    caption: str,
    csv: str = "",
    formats: Mapping[str, Callable[[Any], str]] | None = None,
    titles: Mapping[str, str] | None = None,
) -> str:
    """The table of `data_table` as HTML."""
    formats, titles = formats or {}, titles or {}
    columns = list(frame.columns)
    rows = [
        [formats[c](row[c]) if c in formats else _cell(row[c]) for c in columns]
        for _, row in frame.iterrows()
    ]
    right = [i for i, c in enumerate(columns) if pd.api.types.is_numeric_dtype(frame[c])]
    link = f' <a class="mmm-csv" href="tables/{escape(csv)}.csv" download>CSV</a>' if csv else ""
    return table_html(
        [titles.get(c, readable(str(c))) for c in columns], rows, right=right, caption=escape(caption) + link
    )


def table_html(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    caption: str = "",
    notes: Sequence[str] = (),
) -> str:
    """A table that scrolls inside its own box on a narrow screen; cells are HTML.

    Parameters
    ----------
    heads : column headings, text.
    rows : cells by row, HTML.
    right : indices of columns whose content is aligned to the right.
    caption : HTML above the table; empty for none.
    notes : HTML below each row, across the whole table; empty for none.
    """
    head = "".join(
        f'<th scope="col"{_css(i in right, short=False)}>{escape(h)}</th>' for i, h in enumerate(heads)
    )
    body = "".join(
        "<tr>"
        + "".join(_table_cell(heads[i], cell, i in right) for i, cell in enumerate(row))
        + "</tr>"
        + note
        for row, note in zip(rows, _note_rows(notes, len(rows), len(heads)), strict=True)
    )
    title = f"<caption>{caption}</caption>" if caption else ""
    return (
        '<div class="mmm-scroll" tabindex="0" role="region" aria-label="table">'
        f'<table class="mmm-table">{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _note_rows(notes: Sequence[str], rows: int, columns: int) -> list[str]:
    if not notes:
        return [""] * rows
    return [f'<tr class="mmm-below"><td colspan="{columns}">{note}</td></tr>' for note in notes]


def method(text: str) -> None:
    """Show how a section's numbers were computed, in a closed box: sentences, formula, references (MyST)."""
    display.dropdown("How this was computed", text)


def provenance(record: Mapping[str, Any]) -> None:
    """Show where a page's numbers come from, in a closed box.

    Parameters
    ----------
    record : name → value; lists are written as lists, nested records as lines of their own.
    """
    rows = [[escape(readable(str(k))), _provenance_value(v)] for k, v in record.items()]
    table = table_html(["What", "Value"], rows)
    display.html(folded("Provenance", table))


def folded(title: str, html: str) -> str:
    """HTML in a box that is closed until it is clicked."""
    return f'<details class="mmm-details"><summary>{escape(title)}</summary>{html}</details>'


def readable(name: str) -> str:
    """A column's or check's name as words.

    Examples
    --------
    >>> readable("wmape_in_sample"), readable("roas_mean"), readable("r_hat")
    ('WMAPE in sample', 'ROAS mean', 'R-hat')
    """
    text = " ".join(name.replace("_", " ").split()).replace("r hat", "R-hat")
    words = [ACRONYMS.get(word, word) for word in text.split()]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]]) if words else ""


def _table_cell(head: str, cell: str, right: bool) -> str:
    # a date or a channel's name is not broken into two lines
    short = len(display.strip_tags(cell)) <= LONGEST_UNBROKEN
    return f'<td{_css(right, short=short)} data-title="{escape(head)}"><div>{cell}</div></td>'


def _css(right: bool, *, short: bool) -> str:
    names = [name for name, on in (("mmm-right", right), ("mmm-short", short)) if on]
    return f' class="{" ".join(names)}"' if names else ""


def _card_value(value: str) -> str:
    """The interval of a card's value, in brackets, is set smaller than the value itself."""
    head, bracket, tail = escape(value).partition(" (")
    return head + (f' <span class="mmm-card-interval">({tail}</span>' if bracket else "")


def _cell(value: Any, *, digits: int = 3) -> str:
    if isinstance(value, str):
        return escape(value) if value.strip() else MISSING
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    if is_missing(value):
        return MISSING
    number = float(value) if abs(float(value)) > NEGLIGIBLE else 0.0
    if number.is_integer():
        return f"{int(number):,}".replace("-", "−")
    text = significant(number, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(value: Any) -> str:
    return MISSING if not isinstance(value, str) else value


def _provenance_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "<br>".join(f"{escape(str(k))}: {_provenance_value(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        if any(isinstance(v, Mapping) for v in value):
            return "<br><br>".join(_provenance_value(v) for v in value)
        return escape(join([str(v) for v in value]))
    return escape(str(value))
