"""The budget that each measurement would recommend: the same total, cells and bounds, other average returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mmm_helpers.decisions.budget import optimize_plan
from mmm_helpers.decisions.responses import TODAY, Cell, response_at
from mmm_helpers.intervals import SUFFIXES, summarize

BUDGET_COLUMNS = [
    "source", "channel", "current", "recommended", *(f"outcome_change_{s}" for s in SUFFIXES), "taken_from_model"
]  # fmt: skip


def scale_cells(
    cells: Sequence[Cell], returns: Mapping[str, float], window: Mapping[str, float]
) -> list[Cell]:
    """Cells whose response curves are moved in proportion, so that a channel brings what a source says it does.

    Parameters
    ----------
    returns : channel → average return by the source. window : channel → the model's average return over the same dates.

    Returns
    -------
    Cells in the same order; the shape of a curve stays the model's. Channels that the source says nothing about keep
    the model's curve. A return below zero counts as zero.
    """
    scaled = []
    for cell in cells:
        own, model = returns.get(cell.channel), window.get(cell.channel, np.nan)
        factor = max(own, 0.0) / model if own is not None and np.isfinite(own) and model > 0 else 1.0
        scaled.append(replace(cell, response=cell.response * factor))
    return scaled


def compute_budgets(
    cells: Sequence[Cell],
    said: Mapping[str, Mapping[str, float]],
    window: Mapping[str, float],
    bounds: tuple[np.ndarray, np.ndarray],
    *,
    judged: Sequence[Cell] | None = None,
    own_cells: Mapping[str, Sequence[Cell]] | None = None,
    steps: np.ndarray | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """One row per source and channel: the plan that would follow if the source were right.

    Parameters
    ----------
    cells : the model's. said : source → channel → average return. window : the model's average returns.
    bounds : lower and upper multiples per cell, the same for all sources.
    judged : cells on which every plan is judged (the unified ones); the model's if None.
    own_cells : source → its own cells, where it has a whole posterior (the unified number).
    steps : see `budget.optimize_plan`.

    Returns
    -------
    Columns `BUDGET_COLUMNS`: current and recommended money over the horizon; `outcome_change_*` of the whole plan by
    the judging cells, the same in all rows of a source; `taken_from_model`: the source is silent on the channel.
    """
    rows, judges = [], list(judged or cells)
    for source, returns in said.items():
        own = (own_cells or {}).get(source)
        believed = list(own) if own is not None else scale_cells(cells, returns, window)
        plan = optimize_plan(believed, *bounds, seed=seed, steps=steps)
        change = sum(response_at(c, m) - c.response[:, TODAY] for c, m in zip(judges, plan, strict=True))
        worth = summarize(change[1::2], "outcome_change")
        for channel in dict.fromkeys(c.channel for c in cells):
            mine = [(c.spend, m) for c, m in zip(cells, plan, strict=True) if c.channel == channel]
            row = {"source": source, "channel": channel, "current": sum(s for s, _ in mine)}
            row |= {"recommended": sum(s * m for s, m in mine), "taken_from_model": channel not in returns}
            rows.append(row | worth)
    return pd.DataFrame(rows, columns=BUDGET_COLUMNS)
