"""What the template refuses in worlds with known truth, and whether it was right to: null channels, reasons, alarms."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.ladder.scores import ALARM_ERROR, CLEAN, NULL_UPPER, SURE, mark_rows, share_of
from mmm_helpers.report.proof.ladder_page import NOT_YET, label, share_text, total_scores, world_scores
from mmm_helpers.report.words import count, join, percent

REFUSALS_MEANS = (
    "Each number that is not decision-grade is counted once, under the first reason that holds. The last column is how "
    "far off these numbers would have been (median): a refusal is worth the more, the larger it is."
)
"""How to read the table of refusals."""
TITLES = {"What is said": "Why"}
"""Heading of the reasons in the table of refusals."""


def describe_null(rows: pd.DataFrame) -> str:
    """What the template says about a channel that does nothing, as a sentence."""
    marked = mark_rows(rows)
    null = marked[marked["null_cell"]]
    if null.empty:
        return NOT_YET if rows.empty else "No channel without effect was among the worlds that were measured."
    told, told_share = int(null["null_told"].sum()), share_of(marked, "null_told", "null_cell")
    more = int((null["decision_grade"] & (null["p_above"] >= SURE)).sum())
    return (
        f"A channel that does nothing was shown as such in **{told} of {count(len(null), 'cell')}**, "
        f"{share_text(told_share.value, told_share.low, told_share.high)}: at most {percent(NULL_UPPER)} of the "
        f"outcome, or not to be told from zero. Advice to spend more came with {more or 'none'} of them."
    )


def describe_cuts(rows: pd.DataFrame) -> str:
    """Whether spend that follows demand, which a plan may only cut, truly returned too little; empty without such."""
    marked = mark_rows(rows)
    cells = marked[marked["cell"] & (marked["reason"] == FOLLOWS) & (1 - marked["p_above"] >= SURE)]
    cells = cells[(cells["computation"] != "fail") & (cells["plausibility"] != "fail")]
    if cells.empty:
        return ""
    right = int((cells["truth_mroas"] < cells["break_even"]).sum())
    return (
        f"Spend that follows demand may be cut where it returns too little even so: {count(len(cells), 'number')} in "
        f"these worlds, of which **{right}** truly did."
    )


def compute_null_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Cells of channels without effect by what the page says about them, each cell in the first line that fits."""
    marked = mark_rows(rows)
    null = marked[marked["null_cell"]]
    kinds = {
        "At most 2 % of the outcome, with 95 % probability": null["q95_share"] <= NULL_UPPER,
        "The data do not speak about it": ~null["identified"],
        "Cannot be told from zero": null["null_told"],
        "Shown as if it worked": pd.Series(True, index=null.index),
    }
    return _first_kind(null, kinds)[["What is said", "Cells"]]


def _first_kind(cells: pd.DataFrame, kinds: dict[str, pd.Series]) -> pd.DataFrame:
    """Number and typical error of cells by the first kind that fits; kinds without cells are left out."""
    kind = np.select([k.to_numpy(bool) for k in kinds.values()], list(kinds), default="")
    rows = [
        {
            "What is said": name,
            "Cells": int((kind == name).sum()),
            "miss": cells.loc[kind == name, "miss"].median(),
        }
        for name in kinds
    ]
    table = pd.DataFrame(rows, columns=["What is said", "Cells", "miss"])
    return table[table["Cells"] > 0].reset_index(drop=True)


def compute_refusals(rows: pd.DataFrame) -> pd.DataFrame:
    """Cells that are not decision-grade by the first reason that holds, and how far off they would have been.

    Returns
    -------
    Columns `What is said` (the reason), `Cells`, `Share` of all refused, `Would have been off by` (median), as text.
    """
    marked = mark_rows(rows)
    cells = marked[marked["cell"] & ~marked["decision_grade"]]
    twin = cells["reason"].str.startswith("cannot be told apart")
    unsure = cells["p_above"].between(1 - SURE, SURE, inclusive="neither")
    kinds = {
        "The data set could not be estimated": cells["error"] != "",
        "The fit was not computed reliably": cells["computation"] == "fail",
        "The model does not agree with what was observed": cells["plausibility"] == "fail",
        "Cannot be told apart from another channel": twin,
        **{_sentence(r): cells["reason"] == r for r in sorted(set(cells.loc[~twin, "reason"]) - {""})},
        f"Less than {percent(SURE)} sure whether the next unit of money pays": unsure,
        "Another rule": pd.Series(True, index=cells.index),
    }
    table = _first_kind(cells, kinds)
    share = [percent(n / len(cells)) for n in table["Cells"]]
    return table.assign(Share=share, **{"Would have been off by": table["miss"].map(percent)}).drop(
        columns="miss"
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def describe_refusals(rows: pd.DataFrame) -> str:
    """How much is refused and why most of all, as sentences, with what happens where causes are hidden."""
    table = compute_refusals(rows)
    if table.empty:
        return NOT_YET if rows.empty else "Nothing was refused."
    total, first = total_scores(rows), table.sort_values("Cells").iloc[-1]
    return (
        f"Of {count(int(total['cells']), 'number')} **{percent(1 - total['grade_share'])}** were not called "
        f"decision-grade, most often for one reason: *{first['What is said'].lower()}* "
        f"({first['Cells']:,}). {describe_untested(rows)}"
    )


def describe_untested(rows: pd.DataFrame) -> str:
    """Whether numbers were called decision-grade although spend follows something unseen and no test was made."""
    marked = mark_rows(rows)
    hidden = marked[marked["cell"] & marked["confounded"] & ~marked["tested"]]
    if hidden.empty:
        return ""
    parts = [
        f"{int(part['grade'].sum())} of {len(part)} in “{label(str(world))}”"
        for world, part in hidden.groupby("world", sort=False)
    ]
    return (
        "Where spend follows something that the data do not hold and nobody made a test, decision-grade all the same: "
        f"{join(parts)}."
    )


def describe_alarms(rows: pd.DataFrame) -> str:
    """How often a good number is refused where nothing is hard, as a sentence."""
    marked = mark_rows(rows)
    clean = marked[marked["world"].isin(CLEAN)]
    alarms, grades = share_of(clean, "false_alarm", "scored"), share_of(clean, "grade", "cell")
    if not alarms.cases:
        return NOT_YET if rows.empty else "No world in which nothing is hard was measured."
    names = join([label(w) for w in CLEAN if (clean["world"] == w).any()])
    return (
        f"In the worlds that should be no trouble ({names}), **{share_text(grades.value, grades.low, grades.high)}** "
        f"of numbers are decision-grade, and **{share_text(alarms.value, alarms.low, alarms.high)}** are refused "
        f"although they are off by less than {percent(ALARM_ERROR)} ({{term}}`false alarm`)."
    )


def compute_alarm_table(rows: pd.DataFrame) -> pd.DataFrame:
    """False alarms of the worlds in which nothing is hard, as text."""
    worlds = world_scores(rows[rows["world"].isin(CLEAN)])
    return pd.DataFrame(
        {
            "World": row["label"],
            "Numbers": f"{row['cells']:,}",
            "Decision-grade": share_text(row["grade_share"], row["grade_share_low"], row["grade_share_high"]),
            "False alarms": f"{row['false_alarms']:.0f}",
            "Share": share_text(
                row["false_alarm_rate"], row["false_alarm_rate_low"], row["false_alarm_rate_high"]
            ),
        }
        for _, row in worlds.iterrows()
    )
