"""Whether the mark of a number's own evidence says how far it is to be trusted: the ladder's scores by data tier."""

from __future__ import annotations

import pandas as pd

from mmm_helpers.ladder.scores import mark_rows, share_of
from mmm_helpers.report.marks import TIERS
from mmm_helpers.report.proof.ladder_page import NOT_YET, share_text
from mmm_helpers.report.words import percent

TIERS_MEAN = (
    "A region's number is *local* if it rests on the region's own data, and *transferred* if it rests on what other "
    "regions and markets say. Ranges allow for that; a silent failure is a number whose range does not."
)


def compute_tier_table(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per data tier that occurs: how many numbers are decision-grade, and how right they are, as text."""
    marked = mark_rows(rows)
    own = {tier: marked[marked["data_tier"] == tier] for tier in TIERS}
    return pd.DataFrame([_row(tier, cells) for tier, cells in own.items() if cells["scored"].any()])


def _row(tier: str, cells: pd.DataFrame) -> dict[str, str]:
    mark, word, _ = TIERS[tier]
    shares = [share_of(cells, what, "grade") for what in ("covered", "silent")]
    held, silent = (share_text(s.value, s.low, s.high) for s in shares)
    return {
        "Evidence": f"{mark} {word}",
        "Decision-grade": f"{int(cells['grade'].sum()):,} of {int(cells['scored'].sum()):,}",
        "Ranges that hold the truth": held,
        "Silent failures": f"{int(cells['silent'].sum()):,}",
        "Share": silent,
        "Typical error of all": percent(cells.loc[cells["scored"], "miss"].median()),
    }


def describe_tiers(rows: pd.DataFrame) -> str:
    """How many of the silent failures rest on what others say, and how often each kind fails."""
    marked = mark_rows(rows)
    if not marked["grade"].any():
        return NOT_YET if rows.empty else "No number was decision-grade."
    far = marked[marked["data_tier"] == "transferred"]
    near = marked[marked["data_tier"] != "transferred"]
    silent, total = int(far["silent"].sum()), int(marked["silent"].sum())
    rates = [share_of(cells, "silent", "grade").value for cells in (far, near)]
    theirs, own = (percent(rate, digits=1) if pd.notna(rate) else "none" for rate in rates)
    return (
        f"**{silent:,} of {total:,}** silent failures are *transferred* numbers, which say what other regions say: "
        f"{theirs} of those that are decision-grade failed silently, of all others **{own}**."
    )
