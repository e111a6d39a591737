"""Marks of evidence on every cell, and which cells may ground a decision."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.model.areas import MARKET, areas
from mmm_helpers.model.design import Design
from mmm_helpers.model.priors import LOG_EFFECT_SD

CAUSE_MARK = "observational"
"""What speaks for cause where no experiment has been read in."""
SURE = 0.8
"""Probability that a marginal return lies on one side of break-even, from which on a cell may be moved."""
PRIOR_DOMINATED = 0.8
"""Posterior sd over prior sd of a cell's log effect from which on the number is mostly prior."""
INSEPARABLE = 0.9
"""Absolute posterior correlation of two channels' log effects from which on they cannot be told apart."""


def advice(p_above: float) -> str:
    """Which way a return speaks for moving spend: `more`, `less`, or `hold`, also where it is unknown.

    Parameters
    ----------
    p_above : probability that the marginal return exceeds break-even.

    Examples
    --------
    >>> [advice(p) for p in (0.9, 0.5, 0.1)]
    ['more', 'hold', 'less']
    """
    if p_above >= SURE:
        return "more"
    return "less" if 1 - p_above >= SURE else "hold"


def identification(design: Design, draws: xr.Dataset) -> pd.DataFrame:
    """Part (c) of the gate, one row per region (and `all`) and channel.

    Parameters
    ----------
    draws : flattened final posterior with `log_effect`.

    Returns
    -------
    Columns region, channel, sd_ratio (posterior over prior sd), twin (the channel that it cannot be told apart
    from, empty if none), identified.
    """
    effects = draws["log_effect"].transpose("sample", "region", "channel").to_numpy()
    rows = []
    for region, where in areas(design.regions).items():
        own = effects[:, where].mean(axis=1)
        ratio = own.std(axis=0) / LOG_EFFECT_SD
        twins = _twins(own, design.channels)
        for channel, value, twin in zip(design.channels, ratio, twins, strict=True):
            identified = value < PRIOR_DOMINATED and not twin
            rows.append((region, channel, float(value), twin, identified))
    return pd.DataFrame(rows, columns=["region", "channel", "sd_ratio", "twin", "identified"])


def _twins(own: np.ndarray, channels: list[str]) -> list[str]:
    if len(channels) < 2:
        return [""] * len(channels)
    correlation = np.abs(np.corrcoef(own.T)) - np.eye(len(channels))
    return [channels[row.argmax()] if row.max() > INSEPARABLE else "" for row in correlation]


def identification_check(cells: pd.DataFrame) -> dict:
    """The health table's line on identification: the share of cells that the data speak about."""
    regional = cells[cells["region"] != MARKET]
    share = float((regional if len(regional) else cells)["identified"].mean())
    return {
        "part": "identification",
        "check": "cells that the data speak about",
        "status": "pass" if share == 1 else "review",
        "value": share,
        "threshold": "100 %",
        "action": ""
        if share == 1
        else "the other cells stay at today's spend: vary their spend or test them",
    }


def add_marks(
    effects: pd.DataFrame, shrinkage: pd.DataFrame, cells: pd.DataFrame, *, market_may: bool
) -> pd.DataFrame:
    """Add pooling_factor, data_tier, cause_mark and decision_grade to the effects table.

    Parameters
    ----------
    effects : with column `p_above`, the probability that mROAS exceeds break-even.
    market_may : whether computation and plausibility passed at a decision-grade profile.
    """
    keys = ["region", "channel"]
    marked = effects.merge(shrinkage[[*keys, "pooling_factor", "data_tier"]], on=keys, how="left")
    marked = marked.merge(cells[[*keys, "identified"]], on=keys, how="left")
    sure = np.maximum(marked["p_above"], 1 - marked["p_above"]) >= SURE
    grade = sure & marked["identified"] & market_may
    return marked.assign(cause_mark=CAUSE_MARK, decision_grade=grade.astype(bool)).drop(
        columns=["identified"]
    )
