"""What experiments repair: the same worlds with a hidden driver, without and with noisy tests of two channels."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from mmm_helpers.intervals import LOWER, UPPER

WITHOUT, WITH = "hidden_confounder", "confounder_tested"
RESAMPLES = 2000
KEYS = ["seed", "market", "region", "channel"]


def pair_cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Cells of seeds that both worlds were run on, one row each with both errors.

    Parameters
    ----------
    rows : raw rows of the ladder.

    Returns
    -------
    seed, market, region, channel, tested, truth, without, with (returns), error_without, error_with (relative).
    """
    scored = rows[rows["roas_mean"].notna() & rows["truth_roas"].gt(0)]
    one, other = (scored[scored["world"] == world] for world in (WITHOUT, WITH))
    both = one[[*KEYS, "truth_roas", "roas_mean"]].merge(
        other[[*KEYS, "tested", "roas_mean"]], on=KEYS, suffixes=("_without", "_with")
    )
    both = both.rename(
        columns={"truth_roas": "truth", "roas_mean_without": "without", "roas_mean_with": "with"}
    )
    for name in ("without", "with"):
        both[f"error_{name}"] = (both[name] - both["truth"]).abs() / both["truth"]
    return both


def compute_repair(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean relative error of the return without and with tests, for tested and untested channels, and its ratio.

    Returns
    -------
    channels (`tested`, `untested`), seeds, cells, error_without, error_with, ratio, ratio_q05, ratio_q95 (bootstrap
    over seeds); no rows without both worlds.
    """
    both = pair_cells(rows)
    parts = (("tested", both[both["tested"]]), ("untested", both[~both["tested"]]))
    return pd.DataFrame(
        [
            {
                "channels": name,
                "seeds": cells["seed"].nunique(),
                "cells": len(cells),
                "error_without": cells["error_without"].mean(),
                "error_with": cells["error_with"].mean(),
                "ratio": cells["error_with"].mean() / cells["error_without"].mean(),
            }
            | _ratio_interval(cells)
            for name, cells in parts
            if len(cells)
        ]
    )


def _ratio_interval(cells: pd.DataFrame) -> dict[str, float]:
    """Bounds of the ratio of mean errors, whole seeds drawn with replacement: cells of a seed share its luck."""
    sums = cells.groupby("seed")[["error_with", "error_without"]].sum().to_numpy()
    drawn = np.random.default_rng(0).integers(len(sums), size=(RESAMPLES, len(sums)))
    again = sums[drawn].sum(axis=1)
    low, high = np.quantile(again[:, 0] / again[:, 1], [LOWER, UPPER])
    return {"ratio_q05": float(low), "ratio_q95": float(high)}


def compute_ranking(rows: pd.DataFrame) -> pd.DataFrame:
    """How well the order of channels by return agrees with the truth, region by region.

    Returns
    -------
    seed, market, region, rank_without, rank_with (Spearman's correlation), best_without, best_with (whether the
    channel that is estimated best is the best).
    """
    found = []
    for keys, cells in pair_cells(rows).groupby(["seed", "market", "region"]):
        if len(cells) < 3:
            continue
        row = dict(zip(("seed", "market", "region"), keys, strict=True))
        best = cells["truth"].to_numpy().argmax()
        for name in ("without", "with"):
            row[f"rank_{name}"] = float(spearmanr(cells["truth"], cells[name]).statistic)
            row[f"best_{name}"] = bool(cells[name].to_numpy().argmax() == best)
        found.append(row)
    return pd.DataFrame(found)


def error_ratio(rows: pd.DataFrame, channels: str) -> float:
    """Mean error with tests over that without, of `tested` or `untested` channels; NaN where neither was run."""
    repair = compute_repair(rows)
    mine = repair[repair["channels"] == channels] if len(repair) else repair
    return float(mine["ratio"].iloc[0]) if len(mine) else np.nan
