"""Where the page about worlds with known truth has its numbers from, and how they stand against targets and peers."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from html import escape
from typing import Any

import pandas as pd

from mmm_helpers.ladder.rows import Measurement
from mmm_helpers.ladder.scores import TARGETS, TUNING_SEEDS, compute_figures
from mmm_helpers.report.marks import chip
from mmm_helpers.report.proof.ladder_page import NOT_YET
from mmm_helpers.report.words import MISSING, count, day, is_missing, join, percent, significant

AGAIN = "`make bench ONLY=ladder`"

FIGURE_WORDS = {
    "ladder.silent_failures": "Silent failures",
    "ladder.silent_upper95": "Silent failures are at most, of decision-grade numbers (95 % confidence)",
    "ladder.false_alarm_rate": "False alarms, of numbers in the worlds where nothing is hard",
    "ladder.decision_grade_clean": "Decision-grade, of numbers in these worlds",
    "ladder.decision_grade_clean_lowest": "The same in the worst of them",
    "ladder.coverage_90": "Worlds whose decision-grade ranges are not consistent with 90 %",
    "ladder.coverage_90_pooled": "Decision-grade ranges that hold the truth, all worlds",
    "ladder.null_told_apart": "Channels without effect that are shown as such",
}
"""Figures that are computed from the rows → what they are."""
COUNTS = ("ladder.silent_failures", "ladder.coverage_90")


def spans(numbers: Iterable[int]) -> str:
    """Whole numbers with runs written as ranges.

    Examples
    --------
    >>> spans([1, 2, 3, 7, 9, 10])
    '1–3, 7 and 9–10'
    """
    runs: list[list[int]] = []
    for n in sorted(set(numbers)):
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return join([str(a) if a == b else f"{a}–{b}" for a, b in runs])


def describe_source(measured: Measurement, model: str) -> str:
    """When and where the rows were measured, and whether the model is still the same, as sentences.

    Parameters
    ----------
    model : hash of the model's source as it is now.
    """
    rows = measured.rows
    if rows.empty:
        return NOT_YET
    where = "once, and shipped with the repository" if measured.shipped else "on this machine"
    same = set(rows["model"]) == {model}
    now = (
        "The model's source is the same now."
        if same
        else f"The model's source has changed since; {AGAIN} measures it as it is now."
    )
    return f"Measured {where}, {_days(rows)}. {now}"


def _days(rows: pd.DataFrame) -> str:
    days = sorted({d for d in rows["when"] if d})
    if not days:
        return "on a day that was not recorded"
    return f"on {day(days[0])}" if len(days) == 1 else f"from {day(days[0])} to {day(days[-1])}"


def compute_seed_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Which seeds the template was tuned on and which are reported."""
    lines = [
        (
            "Tuning",
            spans(TUNING_SEEDS),
            "looked at while defaults were chosen; none of their rows is on this page",
        ),
        ("Reported", spans(rows["seed"]), "everything on this page"),
    ]
    return pd.DataFrame(lines, columns=["Use", "Seeds", "What for"])


def describe_seeds(rows: pd.DataFrame) -> str:
    """That what is tuned on is not reported, and whether every world has all reported seeds."""
    if rows.empty:
        return NOT_YET
    by_world = rows.groupby("world")["seed"].nunique()
    each = f"{by_world.min()} to {by_world.max()}" if by_world.min() < by_world.max() else str(by_world.max())
    both = set(rows["seed"]) & set(TUNING_SEEDS)
    return (
        f"**{count(rows['seed'].nunique(), 'seed')}** are reported, {each} in each world; "
        f"{'none' if not both else len(both)} of them was among the {len(TUNING_SEEDS)} that the template may be "
        "tuned on."
    )


def compute_figure_table(rows: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """Figures with their targets and peers: the ladder's from the rows, all others as the benchmarks kept them.

    Parameters
    ----------
    figures : table of figures, as text.

    Returns
    -------
    Cells as HTML: Figure, Here, Target, Reached, Compared with, Measured.
    """
    own = [] if rows.empty else [_own_figure(*item, rows) for item in compute_figures(rows).items()]
    kept = figures[~figures["figure"].isin(FIGURE_WORDS)]
    return pd.DataFrame([*own, *(_kept_figure(row) for _, row in kept.iterrows())])


def _own_figure(name: str, value: float, rows: pd.DataFrame) -> dict[str, str]:
    kind, target = TARGETS.get(name, ("", float("nan")))
    met = "" if not kind or is_missing(value) else (value <= target if kind == "at most" else value >= target)
    days = [d for d in rows["when"] if d]
    return {
        "Figure": escape(FIGURE_WORDS[name]),
        "Here": _figure(name, value),
        "Target": f"{kind} {_figure(name, target)}" if kind else MISSING,
        "Reached": MISSING if met == "" else _reached("yes" if met else "no"),
        "Compared with": MISSING,
        "Measured": day(max(days)) if days else MISSING,
    }


def _figure(name: str, value: float) -> str:
    if is_missing(value):
        return MISSING
    return f"{value:.0f}" if name in COUNTS else percent(value, digits=1).replace(".0 %", " %")


def _reached(met: str, reason: str = "") -> str:
    words = {"yes": ("pass", "reached"), "no": ("fail", "missed"), "skipped": ("missing", "not measured")}
    status, text = words.get(met, ("", ""))
    mark = chip(status, text=text) if status else MISSING
    return f"{mark} {escape(reason.replace('`', ''))}".strip()


def _kept_figure(row: pd.Series) -> dict[str, str]:
    unit = f" {row['unit']}" if row["unit"] else ""
    return {
        "Figure": f"<code>{escape(row['figure'])}</code>",
        "Here": _with_unit(row["value"], unit),
        "Target": _with_unit(row["target"], unit),
        "Reached": _reached(row["met"], row["reason"]),
        "Compared with": _peer(row, unit),
        "Measured": day(row["when"]) if row["when"] else MISSING,
    }


def _peer(row: pd.Series, unit: str) -> str:
    """The peer, its value, and how many times better ours is."""
    if not row["peer"]:
        return MISSING
    times = f"; {escape(row['ratio'])} times as good here" if row["ratio"] else ""
    return f"{escape(row['peer'])}: {_with_unit(row['peer_value'], unit)}{times}"


def _with_unit(text: str, unit: str) -> str:
    if not text:
        return MISSING
    with suppress(ValueError):  # a target such as "≤ 15" is no number
        text = significant(float(text), 3)
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return escape(text + unit)


def describe_figures(table: pd.DataFrame) -> str:
    """How many targets are reached and how many are missed, as a sentence."""
    if table.empty:
        return NOT_YET
    reached, missed = (int(table["Reached"].str.contains(word).sum()) for word in ("reached", "missed"))
    open_ = int(table["Reached"].str.contains("not measured").sum())
    rest = f"; {count(open_, 'figure')} could not be measured here" if open_ else ""
    targets = count(reached + missed, "figure")
    return f"Of {targets} with a target, **{reached} reached it and {missed} missed it**{rest}."


def summarize_measurement(measured: Measurement, model: str) -> dict[str, Any]:
    """The record for the page's provenance."""
    rows = measured.rows
    return {
        "rows": f"{len(rows):,} in {measured.path.name}, "
        + ("shipped with the repository" if measured.shipped else "measured on this machine"),
        "measured": _days(rows) if len(rows) else MISSING,
        "worlds": join(list(dict.fromkeys(rows["world"]))),
        "reported seeds": spans(rows["seed"]),
        "tuning seeds": spans(TUNING_SEEDS),
        "profile": join(sorted(set(rows["profile"]))),
        "versions": sorted(set(rows["versions"])),
        "model's source at the measurement": sorted(set(rows["model"])),
        "model's source now": model,
    }
