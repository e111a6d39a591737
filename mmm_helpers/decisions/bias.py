"""How far an effect read off a time series may be wrong beyond what its posterior says, from worlds with known truth.

A posterior knows its own model only. The error of the log return in the ladder's worlds is split into what the
posterior's sd explains and a rest, the bias sd; it is measured about zero, so that a common shift counts as well.
An experiment has no such part.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from mmm_helpers.intervals import LOWER, UPPER

CONFOUNDED, OTHER, ANY = "spend follows a hidden driver", "no hidden driver", "any channel"
"""Kinds of observational cells; the last is the mix of the first two, by their share of the cells."""
OBSERVATIONAL = "observational"
LARGEST = 5.0
"""Bias sds are looked for up to here."""
RESAMPLES = 200
WIDTH = float(norm.ppf(UPPER) - norm.ppf(LOWER))
"""Width of the 90 % interval of a normal distribution, in sds."""
BIAS_COLUMNS = [
    "kind",
    "cells",
    "blocks",
    "share",
    "error",
    "posterior_sd",
    "bias_sd",
    "bias_sd_q05",
    "bias_sd_q95",
]


def compute_bias_sd(rows: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """The bias sd of observational effects on the log scale, by kind of cell.

    Parameters
    ----------
    rows : raw rows of the ladder (`ladder.rows`); used are cells with an effect, an estimate and no test.
    seed : of the bootstrap over simulated data sets.

    Returns
    -------
    One row per kind (`CONFOUNDED`, `OTHER`, `ANY`): cells, blocks (data sets), share (of the cells), error (root mean
    square of log estimate / truth), posterior_sd (root mean square, log scale), bias_sd and its 90 % bootstrap range.
    `ANY` mixes the variances by share: the excess of one kind is not offset by a posterior too wide in the other.

    Raises
    ------
    ValueError : the rows hold no such cell.

    Examples
    --------
    >>> cell = {"world": "a", "seed": 1, "null": False, "tested": False, "cause_mark": "observational"}
    >>> cell |= {"truth_incremental": 1.0, "incremental_q05": 0.9, "incremental_q95": 1 / 0.9}
    >>> found = [{"incremental_q50": 2.0, "confounded": True}, {"incremental_q50": 1.0, "confounded": False}]
    >>> compute_bias_sd(pd.DataFrame([cell | f for f in found]))["bias_sd"].round(2).tolist()
    [0.69, 0.0, 0.49]
    """
    cells = _errors(rows)
    if cells.empty:
        raise ValueError("The ladder's rows hold no untested cell with an effect and an estimate.")
    chance = np.random.default_rng(seed)
    many = [_by_kind(_resample(cells, chance)) for _ in range(RESAMPLES)]
    point = _by_kind(cells)
    masks = {CONFOUNDED: cells["confounded"], OTHER: ~cells["confounded"], ANY: cells["error"].notna()}
    return pd.DataFrame(
        [_row(kind, cells[masks[kind]], len(cells), point, many) for kind in point], columns=BIAS_COLUMNS
    )


def _row(kind: str, cells: pd.DataFrame, total: int, point: Mapping, many: list[Mapping]) -> dict:
    low, high = np.quantile([m[kind] for m in many if kind in m], [LOWER, UPPER])
    return {
        "kind": kind,
        "cells": len(cells),
        "blocks": cells["block"].nunique(),
        "share": len(cells) / total,
        "error": float(np.sqrt((cells["error"] ** 2).mean())),
        "posterior_sd": float(np.sqrt((cells["sd"] ** 2).mean())),
        "bias_sd": point[kind],
        "bias_sd_q05": low,
        "bias_sd_q95": high,
    }


def _errors(rows: pd.DataFrame) -> pd.DataFrame:
    """Cells with their error and posterior sd, both on the log scale."""
    kept = rows[(rows["cause_mark"] == OBSERVATIONAL) & ~rows["tested"] & ~rows["null"]]
    kept = kept[(kept["truth_incremental"] > 0) & (kept["incremental_q05"] > 0)]
    return pd.DataFrame(
        {
            "block": kept["world"].astype(str) + " " + kept["seed"].astype(str),
            "confounded": kept["confounded"].astype(bool),
            "error": np.log(kept["incremental_q50"] / kept["truth_incremental"]),
            "sd": np.log(kept["incremental_q95"] / kept["incremental_q05"]) / WIDTH,
        }
    )


def _resample(cells: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """As many data sets, drawn with replacement: cells of one have their noise in common."""
    groups = list(cells.groupby("block", sort=False).indices.values())
    drawn = rng.integers(len(groups), size=len(groups))
    return cells.iloc[np.concatenate([groups[i] for i in drawn])]


def _by_kind(cells: pd.DataFrame) -> dict[str, float]:
    """Kind → bias sd, for the kinds that have cells."""
    share = float(cells["confounded"].mean())
    parts = {CONFOUNDED: cells[cells["confounded"]], OTHER: cells[~cells["confounded"]]}
    found = {k: excess_sd(p["error"].to_numpy(), p["sd"].to_numpy()) for k, p in parts.items() if len(p)}
    mixed = share * found.get(CONFOUNDED, 0.0) ** 2 + (1 - share) * found.get(OTHER, 0.0) ** 2
    return found | {ANY: float(np.sqrt(mixed))}


def excess_sd(error: np.ndarray, sd: np.ndarray) -> float:
    """The sd that has to be added to each error's own for their squares to be what they are (Paule & Mandel, 1982).

    Parameters
    ----------
    error, sd : (cells,) errors, and the sd that each is said to have. 0 if the stated sds are enough.

    Examples
    --------
    >>> round(excess_sd(np.array([0.5, -0.5]), np.array([0.3, 0.3])), 6)
    0.4
    """

    def lacking(bias: float) -> float:
        return float(np.mean(error**2 / (sd**2 + bias**2))) - 1

    if lacking(0.0) <= 0:
        return 0.0
    return LARGEST if lacking(LARGEST) > 0 else float(brentq(lacking, 0.0, LARGEST))


def bias_by_channel(
    bias: pd.DataFrame,
    channels: Collection[str],
    *,
    follows_demand: Collection[str] = (),
    tested: Collection[str] = (),
) -> dict[str, float]:
    """Channel → bias sd of its log return: none if it was tested, that of confounded cells if its spend is declared
    to follow demand, else that of any channel.

    Parameters
    ----------
    bias : result of `compute_bias_sd`.

    Examples
    --------
    >>> bias = pd.DataFrame({"kind": [CONFOUNDED, ANY], "bias_sd": [0.6, 0.2]})
    >>> bias_by_channel(bias, ["tv", "search", "video"], follows_demand=["search"], tested=["video"])
    {'tv': 0.2, 'search': 0.6, 'video': 0.0}
    """
    of = dict(zip(bias["kind"], bias["bias_sd"].astype(float), strict=True))
    declared = of.get(CONFOUNDED, of[ANY])
    return {c: 0.0 if c in tested else declared if c in follows_demand else of[ANY] for c in channels}


def bias_factors(samples: int, bias_sd: float, *, seed: int) -> np.ndarray:
    """(sample,) factors by which a channel's effect is off in each draw: lognormal with mean 1.

    A doubt without a direction makes no channel look better, so the mean is kept.

    Examples
    --------
    >>> factors = bias_factors(1000, 0.4, seed=1)
    >>> round(float(factors.mean()), 6), round(float(np.log(factors).std()), 2)
    (1.0, 0.4)
    """
    levels = norm.ppf((np.arange(samples) + 0.5) / samples)
    factors = np.exp(bias_sd * np.random.default_rng(seed).permutation(levels))
    return factors / factors.mean()
