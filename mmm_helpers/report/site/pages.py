"""Text of the pages and banners that the site needs beside the notebooks: what is missing, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from mmm_helpers.report.site.toc import NAV_TITLES
from mmm_helpers.report.words import join

GATING = ("computation", "plausibility")
"""Parts of the health check whose failure withdraws a market's recommendation."""

REPRODUCE = "python -m mmm_helpers report --portfolio {path} --markets {code}"


@dataclass(frozen=True)
class Missing:
    """A market or a page that could not be built.

    Parameters
    ----------
    code : market, or `portfolio` for what concerns all markets.
    page : name of the notebook; None when the whole market is missing.
    reason : one sentence.
    command : what to type to see the failure again.
    """

    code: str
    page: str | None
    reason: str
    command: str

    def __str__(self) -> str:
        what = self.code if self.page is None else f"{self.code}/{self.page}"
        return f"{what} is missing. {as_sentence(self.reason)} To see it again: {self.command}"


def describe_missing(missing: Sequence[Missing]) -> str:
    """Reasons as sentences, each with the pages it concerns and the command, as markdown.

    What failed for the same reason is told once.
    """
    grouped: dict[tuple[str, str], list[str]] = {}
    for one in missing:
        grouped.setdefault((one.reason, one.command), []).append(page_title(one))
    blocks = []
    for (reason, command), titles in grouped.items():
        named = f"**{escape(join(titles))}.** " if any(titles) else ""
        blocks.append(
            f"{named}{escape(as_sentence(reason))}\n\nTo see it again:\n\n```text\n{command}\n```\n"
        )
    return "\n".join(blocks)


def page_title(missing: Missing) -> str:
    """Name of the missing page as the navigation would show it; empty for a whole market."""
    return "" if missing.page is None else NAV_TITLES.get(missing.page, missing.page)


def as_sentence(text: str) -> str:
    """The text on one line with a capital and a full stop.

    Examples
    --------
    >>> as_sentence("column 'Umsatz' is missing")
    "Column 'Umsatz' is missing."
    """
    text = " ".join(text.split()) or "The reason was not recorded"
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def write_missing_market(label: str, missing: Sequence[Missing]) -> str:
    """First page of a market without a summary: why, and how to see it again (markdown)."""
    whole = not missing or any(one.page is None for one in missing)
    title = f"# {label}: no report" if whole else f"# {label}: no summary"
    lead = "**This market could not be reported in this run.**"
    if not whole:
        lead = "**There is no summary of this market in this run.** Pages that could be built lie below this one."
    return "\n\n".join([title, lead, describe_missing(missing)])


def write_missing_home(missing: Sequence[Missing], labels: Mapping[str, str]) -> str:
    """Home page of a run whose scoreboard could not be built (markdown)."""
    blocks = ["# Portfolio report", "**The scoreboard could not be built in this run.**"]
    blocks.append("What could be built is listed in the navigation.")
    for code in dict.fromkeys(one.code for one in missing):
        own = [one for one in missing if one.code == code]
        blocks.append(f"## {labels.get(code, 'All markets')}\n\n{describe_missing(own)}")
    return "\n\n".join(blocks)


def banner(kind: str, title: str, text: str) -> str:
    """A box across the page; `kind` is `fail` (red) or `preview` (yellow)."""
    icon = {"fail": "✕", "preview": "!"}[kind]
    return (
        f'<div class="mmm-banner mmm-{kind}" role="note">'
        f'<span class="mmm-icon" aria-hidden="true">{icon}</span>'
        f"<div><strong>{escape(title)}</strong> {text}</div></div>"
    )


def preview_banner() -> str:
    """Banner of every page of a run with the quick profile."""
    return banner(
        "preview",
        "Preview.",
        "These numbers come from a short run (profile quick) and must not be used for a decision. "
        "Run the standard profile first.",
    )


def health_banner(health: pd.DataFrame) -> str:
    """Red banner of a market whose model failed its health gate; empty if it did not fail.

    Parameters
    ----------
    health : table `model_health` with the columns `part, check, status, action`; parts other than
        computation and plausibility concern single numbers, not the whole market.
    """
    failed = health[(health["status"] == "fail") & health["part"].isin(GATING)]
    if failed.empty:
        return ""
    items = "".join(
        f"<li>{escape(str(row.check))}: {escape(as_sentence(str(row.action)))}</li>"
        for row in failed.itertuples()
    )
    return banner(
        "fail",
        "The model of this market failed its health check, so there is no recommendation.",
        f"Its numbers may be wrong in size and in sign. What to do: <ul>{items}</ul>",
    )


def missing_pages_note(missing: Sequence[Missing]) -> str:
    """Box on a market's first page that names the pages which could not be built; empty if none."""
    if not missing:
        return ""
    items = "".join(
        f"<li>{escape(page_title(one) or one.code)}: {escape(as_sentence(one.reason))} "
        f"<code>{escape(one.command)}</code></li>"
        for one in missing
    )
    return banner("preview", "Some pages could not be built:", f"<ul>{items}</ul>")
