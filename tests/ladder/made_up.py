"""Rows by hand: one cell at a time, and a whole ladder drawn at random."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.ladder.rows import COLUMNS, NUMBER

CELL = {
    "world": "clean", "seed": 1, "profile": "standard", "market": "A", "region": "North", "channel": "tv",
    "null": False, "confounded": False, "tested": False, "spend": 100.0, "outcome": 10_000.0,
    "truth_incremental": 200.0, "truth_roas": 2.0, "truth_mroas": 3.0, "truth_landed": 200.0,
    "incremental_mean": 210.0, "incremental_q05": 150.0, "incremental_q50": 205.0, "incremental_q95": 280.0,
    "landed_mean": 210.0, "landed_q05": 150.0, "landed_q95": 280.0, "roas_mean": 2.1,
    "mroas_mean": 2.8, "mroas_q05": 2.2, "mroas_q95": 3.5, "p_above": 0.9, "break_even": 2.5,
    "crps": 20.0, "srmse": 0.3, "q95_share": 0.028, "identified": True, "reason": "", "data_tier": "local",
    "cause_mark": "observational", "decision_grade": True, "computation": "pass", "plausibility": "pass",
    "failed_checks": "", "seconds": 60.0, "error": "", "model": "abc", "versions": "python 3.12; pymc 6",
}  # fmt: skip
"""A good cell: estimated 5 % too high, truth in the interval, and "more" is right."""

SILENT = {"incremental_mean": 320.0, "incremental_q05": 250.0, "incremental_q95": 400.0}
"""60 % too high and sure of it."""
ESTIMATES = [
    c for c, (kind, _) in COLUMNS.items()
    if kind == NUMBER and c.startswith(("incremental", "landed", "roas", "mroas", "p_", "crps", "srmse", "q95"))
]  # fmt: skip


def rows(*changes: dict) -> pd.DataFrame:
    """Raw rows, each the good cell with some values changed."""
    return pd.DataFrame([CELL | change for change in changes], columns=list(COLUMNS)[:-1])


def failed(world: str, seed: int, error: str = "FitError: the sampler stopped") -> dict:
    """What is left of a world that the pipeline could not estimate."""
    empty = dict.fromkeys([*ESTIMATES, "seconds"], np.nan)
    nothing = {"identified": False, "decision_grade": False, "computation": "", "plausibility": ""}
    return {"world": world, "seed": seed, "error": error} | empty | nothing


HARD = {
    "clean": 0.1, "staggered": 0.12, "heterogeneous": 0.15, "thin": 0.35, "always_on": 0.3, "collinear": 0.35,
    "null_channel": 0.15, "wrong_saturation": 0.25, "outliers": 0.18, "chases_demand": 0.4, "hidden_confounder": 0.5,
}  # fmt: skip
"""World → sd of the estimate's log error in a ladder drawn at random."""


def ladder(seeds: int = 12, worlds: dict[str, float] = HARD) -> pd.DataFrame:
    """A whole ladder: three regions, four channels; bolder claims than the errors allow in the hardest worlds."""
    rng = np.random.default_rng(5)
    drawn = [
        _cell(rng, world, seed, region, channel, sd)
        for world, sd in worlds.items()
        for seed in range(1, seeds + 1)
        for region in ("East", "North", "South")
        for channel in ("tv", "video", "social", "search")
    ]
    table = rows(*drawn)
    gone = (table["world"] == "outliers") & (table["seed"] == 2)
    kept = table[~gone]
    return pd.concat([kept, rows(failed("outliers", 2))], ignore_index=True).assign(when="2026-12-01")


def _cell(rng, world: str, seed: int, region: str, channel: str, sd: float) -> dict:
    null = world == "null_channel" and channel == "video"
    spend, truth_roas = float(rng.lognormal(4.5, 0.4)), float(rng.lognormal(0.9, 0.5))
    claimed, bias = min(sd, 0.3), 0.4 if world == "hidden_confounder" and channel == "search" else 0.0
    truth = 0.0 if null else spend * truth_roas
    centre = (5.0 if null else truth) * float(np.exp(bias + sd * rng.standard_normal()))
    low, high = centre * np.exp(-1.645 * claimed), centre * np.exp(1.645 * claimed)
    moving = {f"mroas_{s}": 0.8 * v / spend for s, v in (("mean", centre), ("q05", low), ("q95", high))}
    sure = abs(np.log(moving["mroas_mean"] / 2.0)) / claimed
    p_above = float(np.clip(0.5 + np.sign(moving["mroas_mean"] - 2.0) * min(sure, 1.6) * 0.31, 0.01, 0.99))
    known = not (
        world in ("collinear", "always_on") and channel in ("video", "social") and rng.random() < 0.8
    )
    known &= world != "thin" or rng.random() < 0.4
    confounded = world in ("chases_demand", "hidden_confounder") and channel in ("search", "social")
    known &= not (world == "chases_demand" and confounded)
    refused = world == "wrong_saturation" and seed in (3, 7)
    others = {"social": "Online video", "video": "Paid social"}
    reason = "" if known else f"cannot be told apart from {others.get(channel, 'TV')}"
    reason = "mostly prior" if world in ("thin", "always_on") and not known else reason
    return {
        "world": world, "seed": seed, "region": region, "channel": channel, "null": null,
        "confounded": confounded, "spend": spend, "truth_incremental": truth, "truth_landed": truth,
        "truth_roas": truth / spend, "truth_mroas": 0.8 * truth / spend, "incremental_mean": centre,
        "incremental_q05": low, "incremental_q50": centre, "incremental_q95": high, "landed_mean": centre,
        "landed_q05": low, "landed_q95": high, "roas_mean": centre / spend, "p_above": p_above,
        "break_even": 2.0, "crps": 0.3 * abs(centre - truth) + 0.1 * truth, "srmse": np.nan if null else sd + 0.1,
        "q95_share": high / 10_000, "identified": known, "reason": reason,
        "decision_grade": bool(known and not refused and max(p_above, 1 - p_above) >= 0.8),
        "computation": "fail" if refused else "pass", "failed_checks": "R-hat" if refused else "",
    } | moving  # fmt: skip
