"""What of the possible gain the recommended plan captures, in markets with known truth whose budget is off on purpose.

Capture is (plan - today) / (best - today), each valued by the simulator under the same total; the best plan knows the
truth and keeps the bounds that hold before any verdict. Where the gate withholds advice, today's plan is scored: 0.
`SEED` is a seed or a range; seeds from 1000 on are for trying things out and are never reported. Rows that are
there are kept, so a run that was stopped goes on; fits are kept as well, in `results/bench/capture`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import capture_world as worlds
from benchmarks.capture_fit import fit_seed, layout_of, recommended
from benchmarks.figures import Figure, Measurement, Skipped
from benchmarks.ladder import parse_seeds, prepare
from mmm_helpers.decisions.capture_rows import summarise_capture
from mmm_helpers.decisions.prospects import load_prospects
from mmm_helpers.decisions.solver import Task, solve
from mmm_helpers.errors import FitError
from mmm_helpers.layout import Layout

SEEDS = "1-20"
COLUMNS = (
    "seed", "market", "distortion", "gap", "today", "best", "plan", "equal_split", "percent_of_revenue", "optimizer",
    "capture", "capture_equal_split", "capture_percent_of_revenue", "capture_optimizer", "capture_own_bounds",
    "spend_free_to_move", "advice",
    "predicted_gain", "realised_gain", "reason", "seconds", "model", "when",
)  # fmt: skip
"""Columns of the rows, one per seed; money in EUR over the horizon and what carries over from it."""


def capture(plan: float, today: float, best: float) -> float:
    """Part of the possible gain that a plan gets; negative if it is worse than today's.

    Examples
    --------
    >>> capture(103.0, today=100.0, best=106.0)
    0.5
    """
    return (plan - today) / (best - today)


def measure_seed(seed: int) -> dict:
    """One row: distort, export, fit, recommend as a report would, and value all plans by the truth."""
    started = time.monotonic()
    company, strength = worlds.distorted_company(seed)
    truth, layout = worlds.compute_truth(company.markets[worlds.MARKET]), layout_of(seed)
    try:
        if not layout.prospects(worlds.MARKET).exists():
            fit_seed(company, layout)
        plan, reason = recommended(layout)
        unguarded = optimize_regardless(truth, layout)
    except FitError as failure:  # no plan is what a reader would be left with, and scores today's
        plan, reason, unguarded = pd.DataFrame(), str(failure), np.ones(len(truth.cells))
    row = {"seed": seed, "market": worlds.MARKET, "distortion": strength, "gap": worlds.today_gap(truth)}
    row |= score_plans(truth, plan, unguarded)
    row |= {"reason": reason, "seconds": round(time.monotonic() - started, 1)}
    return row | {"model": model_version(), "when": datetime.now(UTC).date().isoformat()}


def model_version() -> str:
    """Hash of the model's source."""
    from mmm_helpers.ladder.rows import hash_model

    return hash_model()


def optimize_regardless(truth: worlds.Truth, layout: Layout) -> np.ndarray:
    """(cell,) multiples of a stock optimizer: the best plan for the mean of the same draws, whatever the marks say.

    pymc-marketing's own optimizer finds the same plan for the same draws and bounds (`budget.vs_library`).
    """
    lower, upper = truth.bounds()
    cells = load_prospects(layout.prospects(worlds.MARKET)).cells
    at = [truth.cells.index((cell.region, cell.channel)) for cell in cells]
    spend, draws = np.array([c.spend for c in cells]), np.stack([c.response for c in cells])
    plan = np.ones(len(truth.cells))
    plan[at] = solve(Task(spend, lower[at], upper[at], draws, float(spend.sum())))[0]
    return plan


def score_plans(truth: worlds.Truth, plan: pd.DataFrame, unguarded: np.ndarray) -> dict:
    """Value the recommended plan, the simple rules and a stock optimizer's plan by the truth.

    Parameters
    ----------
    plan : table `budget_plan`; without rows today's plan is scored. unguarded : result of `optimize_regardless`.
    """
    bounds, now = truth.bounds(), np.ones(len(truth.spend))
    multiples, own = follow(truth, plan)
    wishes = {"equal_split": now, "percent_of_revenue": by_revenue(truth)}
    found = {name: worlds.within(wish, truth.spend, *bounds) for name, wish in wishes.items()}
    found["optimizer"] = unguarded
    value = {name: truth.value(x) for name, x in {"today": now, "plan": multiples, **found}.items()}
    value["best"] = truth.value(worlds.best_plan(truth, *bounds))
    today, best = value["today"], value["best"]
    own_best = truth.value(worlds.best_plan(truth, *own))
    worth_moving = own_best - today > 1e-9 * today
    return value | {
        "capture": capture(value["plan"], today, best),
        **{f"capture_{name}": capture(value[name], today, best) for name in found},
        "capture_own_bounds": capture(value["plan"], today, own_best) if worth_moving else np.nan,
        "spend_free_to_move": float(truth.spend @ (own[1] > own[0]) / truth.spend.sum()),
        "advice": len(plan) > 0,
        "predicted_gain": predicted_gain(plan),
        "realised_gain": value["plan"] - today,
    }


def by_revenue(truth: worlds.Truth) -> np.ndarray:
    """(cell,) money if every region's budget were the same percentage of its revenue, split as today."""
    regions = np.array([region for region, _ in truth.cells])
    spent = {r: truth.spend[regions == r].sum() for r in regions}
    return truth.spend * truth.revenue / np.array([spent[r] for r in regions])


def follow(truth: worlds.Truth, plan: pd.DataFrame) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Multiples of a plan in the truth's cells, and its own bounds; cells that the plan lacks stay as they are."""
    if plan.empty:
        ones = np.ones(len(truth.cells))
        return ones, (ones, ones)
    share = plan.set_index(["region", "channel"])
    columns = [share[name] / share["current"] for name in ("recommended", "lower", "upper")]
    multiples, lower, upper = (c.reindex(truth.cells).fillna(1.0).to_numpy() for c in columns)
    return multiples, (lower, upper)


def predicted_gain(plan: pd.DataFrame) -> float:
    """What the plan's table foretells, on the draws that did not choose it; 0 without a plan."""
    return (
        float((plan["outcome_recommended_mean"] - plan["outcome_current_mean"]).sum()) if len(plan) else 0.0
    )


def append_row(path: Path, row: dict) -> None:
    """Put a seed's row into the file; it replaces the one of the same seed."""
    kept = read_rows(path)
    rows = pd.concat([kept[kept["seed"] != row["seed"]], pd.DataFrame([row])], ignore_index=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_file = path.with_suffix(f".{os.getpid()}.part")
    rows.reindex(columns=COLUMNS).sort_values("seed").to_csv(partial_file, index=False, lineterminator="\n")
    os.replace(partial_file, path)


def read_rows(path: Path) -> pd.DataFrame:
    """All rows of a file; none if there is no file."""
    return pd.read_csv(path) if path.exists() else pd.DataFrame(columns=list(COLUMNS))


@cache
def run_seeds(seeds: str = "") -> pd.DataFrame:
    """Measure the seeds that are not there yet; returns the rows of all that were asked for and may be reported."""
    path, wanted = Layout("bench").bench / "raw" / "capture.csv", parse_seeds(seeds or SEEDS)
    rows = read_rows(path)
    there = set(rows.loc[rows["model"] == model_version(), "seed"])
    todo = [seed for seed in wanted if seed not in there]
    for finished, row in enumerate(_measure_all(todo), start=1):
        append_row(path, row)
        print(f"  {describe(row)}; {finished} of {len(todo)}", flush=True)
    rows = read_rows(path)
    return rows[rows["seed"].isin(wanted)].reset_index(drop=True)


def _measure_all(todo: list[int]) -> Iterable[dict]:
    """Rows of each seed as it is done; two at a time on two cores."""
    if not todo:
        return
    workers = max(1, min(os.cpu_count() or 1, len(todo)))
    compiled = Layout("bench").cache / "compiled"
    environment = {"MMM_CORES": "1", "PYTENSOR_FLAGS": f"base_compiledir={compiled}"}
    environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=prepare, initargs=(environment,)
    ) as pool:
        for job in as_completed([pool.submit(measure_seed, seed) for seed in todo]):
            yield job.result()


def describe(row: dict) -> str:
    """A seed's line of progress."""
    what = f"capture {row['capture']:.2f}" if row["advice"] else row["reason"]
    return f"seed {row['seed']}: today {row['gap']:.1%} behind, {what} ({row['seconds']:.0f} s)"


def measure(name: str) -> Measurement:
    """A figure over the seeds, with their rows; the worst seed is in the rows' least capture."""
    rows = run_seeds(os.environ.get("SEED", ""))
    value = summarise_capture(rows).loc[name, "value"]
    if pd.isna(value):
        raise Skipped("no seed has a plan")
    return Measurement(value, rows.to_dict("records"))


def measure_worse() -> Measurement:
    """Share of seeds in which the plan is worse than today's, with their rows."""
    rows = run_seeds(os.environ.get("SEED", ""))
    return Measurement(float((rows["capture"] < 0).mean()), rows.to_dict("records"))


SHARE = "share of the possible gain"
FIGURES = (
    Figure("budget.capture_mean", SHARE, 0.5, partial(measure, "capture"), at_most=False),
    Figure("budget.share_worse", "share of seeds", 0.1, measure_worse),
    Figure("budget.realised_over_predicted", "", None, partial(measure, "realised_over_predicted")),
    Figure("budget.capture_own_bounds", SHARE, None, partial(measure, "capture_own_bounds")),
    Figure("budget.capture_equal_split", SHARE, None, partial(measure, "capture_equal_split")),
    Figure("budget.capture_percent_of_revenue", SHARE, None, partial(measure, "capture_percent_of_revenue")),
    Figure("budget.capture_optimizer", SHARE, None, partial(measure, "capture_optimizer")),
)
