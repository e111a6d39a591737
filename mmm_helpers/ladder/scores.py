"""From raw rows to scores: how often the verdict on a world with known truth is wrong.

Scored is the incremental contribution of the last 52 weeks' spend. Channels without effect are scored apart. The
definitions were fixed before the first measurement:

silent failure
    a decision-grade cell whose mean is off by more than 50 % of the truth, with the truth outside its 90 % interval;
false alarm
    a cell that is not decision-grade in a world of `CLEAN` although its mean is off by less than 25 %;
null channel
    the 95 % quantile of its share of the outcome is at most 2 %, or the page says it cannot be told from zero: the
    cell is not identified, or the 5 % quantile of that share is below 0.5 %.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.ladder.binomial import Share, clustered_share, upper_limit

TUNING_SEEDS = range(1000, 1100)
"""Seeds that the template may be tuned on; their rows are never reported. All other seeds may be."""
CLEAN = ("clean", "staggered", "heterogeneous")
"""Worlds in which a refusal of a good number counts as a false alarm."""
SILENT_ERROR, ALARM_ERROR = 0.5, 0.25
NULL_UPPER, NULL_LOWER = 0.02, 0.005
SURE = 0.8
NOMINAL = round(UPPER - LOWER, 10)
"""Share of truths that the reported interval should hold."""
ALL = "all"
BLOCK = ["world", "seed"]
"""One simulated data set: its cells have noise and model in common, so they are one cluster."""
FEWEST_RANKED = 3

TARGETS: dict[str, tuple[str, float]] = {
    "ladder.silent_failures": ("at most", 0.0),
    "ladder.false_alarm_rate": ("at most", 0.10),
    "ladder.decision_grade_clean": ("at least", 0.80),
    "ladder.coverage_90": ("at most", 0.0),
    "ladder.null_told_apart": ("at least", 1.0),
}
"""Figure → what it should reach; figures that are not here are only reported."""


def reported(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of all seeds but those that the template was tuned on."""
    return rows[~rows["seed"].isin(TUNING_SEEDS)].reset_index(drop=True)


def mark_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Add to raw rows what each cell's verdict was worth.

    Returns
    -------
    The rows with `cell` (a cell with an effect), `scored` (one with an estimate), `grade` (a scored decision-grade
    one), `miss` (error of the mean, relative to the truth), `covered`, `silent`, `false_alarm`, `advised` and
    `wrong_way` (any decision-grade cell, null ones as well, whose chance of paying speaks for more or for less, and
    for the wrong one of them), `null_cell`, `null_told`, `grade_untested` (decision-grade although confounded and
    not tested).
    """
    truth, mean = rows["truth_incremental"], rows["incremental_mean"]
    cell = (rows["channel"] != "") & ~rows["null"]
    scored = cell & mean.notna() & truth.notna()
    off, grade = (mean - truth).abs(), scored & rows["decision_grade"]
    covered = scored & truth.between(rows["incremental_q05"], rows["incremental_q95"])
    alarm = scored & ~rows["decision_grade"] & rows["world"].isin(CLEAN) & (off < ALARM_ERROR * truth.abs())
    return rows.assign(
        cell=cell,
        scored=scored,
        grade=grade,
        miss=(off / truth.abs().where(truth != 0)).where(scored),
        covered=covered,
        silent=grade & (off > SILENT_ERROR * truth.abs()) & ~covered,
        false_alarm=alarm,
        grade_untested=grade & rows["confounded"] & ~rows["tested"],
        **_advice(rows),
        **_null(rows),
    )


def _advice(rows: pd.DataFrame) -> dict[str, pd.Series]:
    more, less = rows["p_above"] >= SURE, rows["p_above"] <= 1 - SURE + 1e-9
    pays, wastes = rows["truth_mroas"] > rows["break_even"], rows["truth_mroas"] < rows["break_even"]
    advised = rows["decision_grade"] & (more | less)
    return {"advised": advised, "wrong_way": advised & ((more & wastes) | (less & pays))}


def _null(rows: pd.DataFrame) -> dict[str, pd.Series]:
    cell = rows["null"] & rows["q95_share"].notna()
    unclear = ~rows["identified"] | (rows["landed_q05"] / rows["outcome"] < NULL_LOWER)
    return {"null_cell": cell, "null_told": cell & ((rows["q95_share"] <= NULL_UPPER) | unclear)}


def share_of(marked: pd.DataFrame, what: str, among: str) -> Share:
    """Share of the cells marked `among` that are marked `what`, with its 95 % interval clustered by seed.

    Parameters
    ----------
    marked : result of `mark_rows`. A cluster is a world and seed, so that rows of several worlds can be pooled.
    """
    blocks = _by_block(marked, what, among)
    return clustered_share(blocks[what], blocks[among])


def upper_share(marked: pd.DataFrame, what: str, among: str) -> float:
    """One-sided upper 95 % limit of the share that `share_of` gives."""
    blocks = _by_block(marked, what, among)
    return upper_limit(blocks[what], blocks[among])


def _by_block(marked: pd.DataFrame, what: str, among: str) -> pd.DataFrame:
    cells = pd.DataFrame({what: marked[what] & marked[among], among: marked[among]})
    return cells.groupby([marked[b] for b in BLOCK]).sum()


def compute_scores(rows: pd.DataFrame) -> pd.DataFrame:
    """Scores of each world, in the rows' order, and of `all` together.

    Parameters
    ----------
    rows : raw rows; those with an `error` have no estimate, and count as not decision-grade.

    Returns
    -------
    One row per world. Shares come as `x, x_low, x_high` with a 95 % interval clustered by seed, missing where there
    is no case.

    - seeds, cells (with an effect), errors and refused (data sets without an estimate; fits that failed the health
      check), fits;
    - grade (number of decision-grade cells), grade_share*, coverage* and grade_coverage* (truths in the 90 %
      interval; of decision-grade cells), coverage_holds, grade_coverage_holds (90 % lies in its interval; missing
      without cells);
    - interval_score, crps: means over cells relative to the mean truth; srmse: mean; rank_correlation: Spearman's,
      of estimated and true ROAS within a data set, averaged; miss_q50, miss_q90: error of the mean, relative to
      the truth;
    - silent, silent_share, silent_upper95; false_alarms, false_alarm_rate (worlds of `CLEAN` only; among cells
      with an estimate); advised, wrong_way, wrong_way_share; null_cells, null_told; grade_untested.
    """
    marked = mark_rows(rows)
    parts = [(str(world), part) for world, part in marked.groupby("world", sort=False)]
    parts += [(ALL, marked)] if parts else []
    table = pd.DataFrame([{"world": name} | _score(part) for name, part in parts])
    return table if len(table) else pd.DataFrame({"world": pd.Series(dtype=str)})


def _score(marked: pd.DataFrame) -> dict[str, object]:
    return _counts(marked) | _verdicts(marked) | _accuracy(marked) | _mistakes(marked)


def _counts(marked: pd.DataFrame) -> dict[str, object]:
    fits = marked[marked["incremental_mean"].notna()].drop_duplicates([*BLOCK, "market"])
    return {
        "seeds": int(marked["seed"].nunique()),
        "cells": int(marked["cell"].sum()),
        "errors": len(failed_blocks(marked)),
        "fits": len(fits),
        "refused": int(refused(fits).sum()),
    }


def failed_blocks(rows: pd.DataFrame) -> pd.DataFrame:
    """World, seed and reason of the data sets that there is no estimate of: the pipeline refused or failed."""
    return rows[rows["error"] != ""].drop_duplicates(BLOCK)[[*BLOCK, "error"]]


def refused(rows: pd.DataFrame) -> pd.Series:
    """Whether the market of each row failed the part of the health check that withdraws all recommendations."""
    return (rows["computation"] == "fail") | (rows["plausibility"] == "fail")


def _spread(name: str, share: Share) -> dict[str, float]:
    return {name: share.value, f"{name}_low": share.low, f"{name}_high": share.high}


def _verdicts(marked: pd.DataFrame) -> dict[str, object]:
    coverage, grade_coverage = (share_of(marked, "covered", among) for among in ("scored", "grade"))
    return (
        {"grade": int(marked["grade"].sum())}
        | _spread("grade_share", share_of(marked, "grade", "cell"))
        | _spread("coverage", coverage)
        | _spread("grade_coverage", grade_coverage)
        | {"coverage_holds": coverage.holds(NOMINAL) if coverage.cases else None}
        | {"grade_coverage_holds": grade_coverage.holds(NOMINAL) if grade_coverage.cases else None}
    )


def _accuracy(marked: pd.DataFrame) -> dict[str, float]:
    scored = marked[marked["scored"]]
    truth = scored["truth_incremental"].mean()
    return {
        "interval_score": interval_score(scored).mean() / truth,
        "crps": scored["crps"].mean() / truth,
        "srmse": scored["srmse"].mean(),
        "rank_correlation": rank_correlation(scored),
        "miss_q50": scored["miss"].quantile(0.5),
        "miss_q90": scored["miss"].quantile(0.9),
    }


def _mistakes(marked: pd.DataFrame) -> dict[str, object]:
    clean = marked[marked["world"].isin(CLEAN)]
    alarms = share_of(clean, "false_alarm", "scored")
    return {
        "silent": int(marked["silent"].sum()),
        "silent_share": share_of(marked, "silent", "grade").value,
        "silent_upper95": upper_share(marked, "silent", "grade"),
        "false_alarms": int(clean["false_alarm"].sum()) if len(clean) else np.nan,
        **_spread("false_alarm_rate", alarms),
        "advised": int(marked["advised"].sum()),
        "wrong_way": int(marked["wrong_way"].sum()),
        "wrong_way_share": share_of(marked, "wrong_way", "advised").value,
        "null_cells": int(marked["null_cell"].sum()),
        "null_told": int(marked["null_told"].sum()),
        "grade_untested": int(marked["grade_untested"].sum()),
    }


def interval_score(scored: pd.DataFrame) -> pd.Series:
    """Interval score of the 90 % interval (Gneiting and Raftery 2007, eq. 43): width, and 20 x the miss; in money."""
    truth, low, high = (scored[c] for c in ("truth_incremental", "incremental_q05", "incremental_q95"))
    miss = (low - truth).clip(lower=0) + (truth - high).clip(lower=0)
    return (high - low) + 2 / (1 - NOMINAL) * miss


def rank_correlation(scored: pd.DataFrame) -> float:
    """Spearman's correlation of estimated and true ROAS over the cells of a data set, averaged over data sets.

    Data sets with fewer than `FEWEST_RANKED` paid cells, or with all alike, are left out; missing if none is left.
    """
    paid = scored.dropna(subset=["roas_mean", "truth_roas"])
    ranks = paid.groupby(BLOCK)[["roas_mean", "truth_roas"]].rank()
    found = []
    for _, part in ranks.groupby([paid[b] for b in BLOCK]):
        values = part.to_numpy().T
        if values.shape[1] >= FEWEST_RANKED and (values.std(axis=1) > 0).all():
            found.append(np.corrcoef(values)[0, 1])
    return float(np.mean(found)) if found else float("nan")


def compute_figures(rows: pd.DataFrame) -> dict[str, float]:
    """The ladder's figures; missing where the rows hold no case.

    Parameters
    ----------
    rows : raw rows; pass `reported(rows)` for what is to be reported.

    Returns
    -------
    silent_failures (cells), silent_upper95 (share of decision-grade cells), false_alarm_rate (share of cells),
    decision_grade_clean (share, the three worlds of `CLEAN` together; `_lowest`: the worst of them), coverage_90
    (worlds with decision-grade cells whose coverage's interval excludes 90 %; `_pooled`: of all of them together),
    null_told_apart (share of null cells).
    """
    scores = compute_scores(rows)
    worlds = scores[scores["world"] != ALL]
    total = scores[scores["world"] == ALL].squeeze(axis=0) if len(scores) else pd.Series(dtype=float)
    graded = worlds[worlds["grade"] > 0] if len(worlds) else worlds
    clean = mark_rows(rows[rows["world"].isin(CLEAN)])
    shares = worlds.loc[worlds["world"].isin(CLEAN), "grade_share"] if len(worlds) else pd.Series(dtype=float)
    figures = {
        "silent_failures": total.get("silent"),
        "silent_upper95": total.get("silent_upper95"),
        "false_alarm_rate": total.get("false_alarm_rate"),
        "decision_grade_clean": share_of(clean, "grade", "cell").value,
        "decision_grade_clean_lowest": shares.min(),
        "coverage_90": (~graded["grade_coverage_holds"].astype(bool)).sum() if len(graded) else None,
        "coverage_90_pooled": total.get("grade_coverage"),
        "null_told_apart": _ratio(total.get("null_told"), total.get("null_cells")),
    }
    return {f"ladder.{name}": np.nan if v is None else float(v) for name, v in figures.items()}


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if whole else None
