"""Sentences and tables of the page about worlds with known truth: how often a verdict is wrong, good and bad alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

import pandas as pd

from mmm_helpers.ladder.scores import ALL, NOMINAL, SILENT_ERROR, compute_scores, mark_rows
from mmm_helpers.ladder.worlds import WORLDS
from mmm_helpers.report.marks import chip
from mmm_helpers.report.words import MISSING, count, is_missing, join, percent, ratio, significant

NOT_YET = "Nothing has been measured yet: `make bench ONLY=ladder` does it."
PICTURE_MEANS = (
    f"Left: how many of a world's decision-grade ranges hold the truth. They promise {percent(NOMINAL)} (dashed); "
    "dot and line are what was counted, with the range that chance leaves to it (95 %, data sets as units). Red: the "
    "line does not reach the promise. Right: the share of channels in regions about which the template commits itself "
    "(decision-grade), and how many of these numbers were silent failures. A world of which it says little is not a "
    "failure; a world of which it says much and wrongly is."
)
"""How to read the picture of the ladder."""
SCATTER_MEANS = (
    "One dot is one channel in one region of one simulated data set: its true return from left to right, the estimated "
    "one from bottom to top. On the line both are the same; the dotted lines are 50 % off. Filled: decision-grade. "
    "Hollow: the template refused to ground a decision on it. Red crosses: silent failures, decision-grade and far off "
    "with the truth outside the range. Dots beyond a panel lie at its edge; channels without effect have their own "
    "section."
)
"""How to read the small multiples."""
METHOD = """\
Each world is a program that draws a company's history with known effects, from wider families of carry-over,
saturation, season and noise than the template's model knows. The template's default pipeline, without any setting of
the model, sees the files that an analyst would have, and its verdicts are set against the truth: the outcome with the
last 52 weeks' spend minus the outcome without it. Nothing on this page is computed from anything but the kept rows,
one per channel, region, world and seed.

A **silent failure** is a decision-grade number whose mean is off by more than 50 % with the truth outside its 90 %
range. A **false alarm** is a refusal, in one of the three worlds in which nothing is hard, of a number that is off by
less than 25 %. Both were defined before the first measurement. Shares have exact binomial ranges
{cite:p}`clopper1934use`, with the number of cells divided by the design effect, because cells of one data set are
alike {cite:p}`korn1998confidence`; without a single failure among $k$ data sets the upper limit is
$1 - 0.05^{1/k}$. The interval score and the CRPS are those of {cite:t}`gneiting2007strictly`, relative to the mean
true contribution; SRMSE is the error of the weekly contribution over its true mean, by draw, averaged over draws.
"""
"""Text of the box "How this was computed"."""
LIMITS = """\
- The worlds are simulated, and we chose them. They are drawn from a wider family than the model fits, but nobody can
  say how often the real world is like one of them: the share of silent failures over all worlds is an average over
  *our* list, and no forecast of yours.
- Real data fail in ways that nobody simulated: wrong exports, redefined channels, competitors, effects on the brand.
- A world can only be scored where a truth exists. What advertising does after a year, or to prices, is in none of them.
- Whoever builds the worlds also builds the template. The tuning seeds and the reported seeds are kept apart, the
  definitions were fixed beforehand, and the rows are here to be scored by others; that limits what can go wrong, and
  does not rule it out.
"""
"""What the ladder cannot show, as a list."""


def label(world: str) -> str:
    """Short name of a world; its code where it is no longer in the ladder."""
    return WORLDS[world].label if world in WORLDS else world


def world_scores(rows: pd.DataFrame) -> pd.DataFrame:
    """Scores of each world, from easy to hard, with its name as `label`; `all` not among them."""
    scores = compute_scores(rows)
    place = {name: i for i, name in enumerate(WORLDS)}
    found = scores[scores["world"] != ALL]
    order = found["world"].map(lambda name: place.get(name, len(place))).sort_values(kind="stable").index
    return found.loc[order].assign(label=found["world"].map(label)).reset_index(drop=True)


def total_scores(rows: pd.DataFrame) -> pd.Series:
    """Scores of all worlds together; empty without rows."""
    scores = compute_scores(rows)
    return scores[scores["world"] == ALL].iloc[0] if len(scores) else pd.Series(dtype=object)


def describe_verdict(rows: pd.DataFrame) -> str:
    """The page's finding: how many decision-grade numbers were silently wrong, and at most which share is."""
    if rows.empty:
        return NOT_YET
    total, seeds = total_scores(rows), rows["seed"].nunique()
    among = f"over {count(seeds, 'seed')} in {count(rows['world'].nunique(), 'world')} with known truth"
    if not total["grade"]:
        return f"**No number** was decision-grade {among}, so no verdict could be wrong."
    head = f"Of **{count(int(total['grade']), 'decision-grade number')}** {among}, "
    wrong = f"{total['silent']} ({percent(total['silent_share'], digits=1)})" if total["silent"] else "none"
    were = "was" if total["silent"] < 2 else "were"
    return (
        f"{head}**{wrong} {were} silently wrong** ({{term}}`silent failure`): off by more than "
        f"{percent(SILENT_ERROR)} with the truth outside the range. With 95 % confidence it is at most "
        f"**{percent(total['silent_upper95'], digits=1)}** of such numbers in worlds like these."
    )


def describe_ladder(rows: pd.DataFrame) -> str:
    """How often decision-grade ranges hold the truth, where they do not, and how often advice is wrong."""
    if rows.empty:
        return NOT_YET
    total, worlds = total_scores(rows), world_scores(rows)
    if not total["grade"]:
        return "No world has decision-grade numbers to be right or wrong about."
    graded = worlds[worlds["grade"] > 0]
    bad = graded.loc[~graded["grade_coverage_holds"].astype(bool), "label"].tolist()
    bounds = (total["grade_coverage"], total["grade_coverage_low"], total["grade_coverage_high"])
    where = f"everywhere but in {join(bad)}" if bad else f"in all {count(len(graded), 'world')} that have any"
    return (
        f"The 90 % range of a decision-grade number held the truth in **{share_text(*bounds)}** of cases; this is "
        f"consistent with 90 % {where}. {describe_advice(total)}"
    )


def describe_advice(total: pd.Series) -> str:
    """How often a decision-grade number spoke for the wrong direction."""
    if not total["advised"]:
        return "No number spoke for spending more or less."
    wrong, share = int(total["wrong_way"]), percent(total["wrong_way_share"], digits=1)
    return f"Advice to spend more or less pointed the wrong way in **{wrong:,} of {total['advised']:,}** ({share})."


def share_text(value: float, low: float, high: float) -> str:
    """A share with its range, to a tenth of a per cent near the ends.

    Examples
    --------
    >>> share_text(0.912, 0.884, 0.934), share_text(float("nan"), 0.0, 1.0)
    ('91 % (88–93)', '–')
    """
    if is_missing(value):
        return MISSING
    return f"{percent(value)} ({low * 100:.0f}–{high * 100:.0f})"


WORLD_COLUMNS = ("World, and what is hard about it", "Ranges that hold the truth", "Silent failures")
"""Columns of the worlds' table that hold HTML."""


def as_html(columns: Iterable[str]) -> dict[str, Callable[[Any], str]]:
    """Formats that keep cells which are HTML already."""
    return dict.fromkeys(columns, str)


def compute_world_table(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a world: what is hard, how much the template says about it, and how right it is; cells are HTML."""
    return pd.DataFrame([_world_row(row) for _, row in world_scores(rows).iterrows()])


def _world_row(row: pd.Series) -> dict[str, str]:
    world = row["world"]
    bounds = [row[f"grade_coverage{end}"] for end in ("", "_low", "_high")]
    says = WORLDS[world].says if world in WORLDS else ""
    silent = chip("pass", text="none") if not row["silent"] else chip("fail", text=str(row["silent"]))
    wrong = f"{row['wrong_way']} of {row['advised']}" if row["advised"] else MISSING
    return {
        WORLD_COLUMNS[0]: f"<strong>{escape(row['label'])}.</strong> {escape(says)}",
        "Decision-grade": f"{row['grade']} of {row['cells']}",
        "Ranges that hold the truth": _held(bounds, row["grade_coverage_holds"]),
        "Silent failures": silent if row["grade"] else MISSING,
        "Advice the wrong way": wrong,
        "Typical error of all": percent(row["miss_q50"]),
    }


def _held(bounds: Sequence[float], holds: object) -> str:
    if is_missing(bounds[0]):
        return MISSING
    return share_text(*bounds) + ("" if holds else " " + chip("fail", text="not 90 %"))


ALL_SCORES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "seeds": ("Seeds", str),
    "cells": ("Numbers", "{:,}".format),
    "errors": ("Data sets without an estimate", str),
    "refused": ("Fits that failed the health check", str),
    "grade_share": ("Decision-grade", percent),
    "coverage": ("Ranges that hold the truth, all", percent),
    "grade_coverage": ("Same, decision-grade", percent),
    "interval_score": ("Interval score / truth", significant),
    "crps": ("CRPS / truth", significant),
    "srmse": ("SRMSE", significant),
    "rank_correlation": ("Rank correlation of returns", significant),
    "miss_q50": ("Median error", percent),
    "miss_q90": ("Error that 10 % exceed", percent),
    "silent_upper95": ("Silent failures at most", percent),
}
"""Column of the scores → heading and format in the table of all scores."""


def compute_score_table(rows: pd.DataFrame) -> pd.DataFrame:
    """All scores of all worlds, one row each, as text."""
    scores = pd.concat([world_scores(rows), total_scores(rows).to_frame().T.assign(label="All together")])
    named = {"World": scores["label"]}
    return pd.DataFrame(
        named | {title: [write(v) for v in scores[c]] for c, (title, write) in ALL_SCORES.items()}
    )


def describe_scatter(rows: pd.DataFrame) -> str:
    """How far off decision-grade and refused numbers typically are."""
    if rows.empty:
        return NOT_YET
    marked = mark_rows(rows)
    grade, rest = (
        marked.loc[where, "miss"].median() for where in (marked["grade"], marked["scored"] & ~marked["grade"])
    )
    if is_missing(grade) or is_missing(rest):
        return f"A number is typically off by **{percent(marked['miss'].median())}** of the truth."
    return (
        f"A decision-grade number is typically off by **{percent(grade)}** of the truth (median), a refused one by "
        f"**{percent(rest)}**."
    )


def describe_picture(worlds: pd.DataFrame) -> str:
    """The picture of the ladder in words."""
    parts = [
        f"{row.label}: {share_text(row.grade_coverage, row.grade_coverage_low, row.grade_coverage_high)} held, "
        f"{percent(row.grade_share)} decision-grade, {count(int(row.silent), 'silent failure')}"
        for row in worlds.itertuples()
    ]
    return f"Decision-grade ranges that hold the truth, by world. {'; '.join(parts)}."


def describe_dots(rows: pd.DataFrame) -> str:
    """The small multiples in words."""
    marked = mark_rows(rows)
    parts = [
        f"{label(str(world))}: median error {percent(part['miss'].median())}, rank correlation "
        f"{ratio(score) if not is_missing(score) else MISSING}"
        for (world, part), score in zip(
            marked.groupby("world", sort=False), compute_scores(rows)["rank_correlation"], strict=False
        )
    ]
    return f"Estimated against true return by world. {'; '.join(parts)}."
