"""What the scenario explorer computes with: today's spend, marks and posterior draws of every slider, for the browser.

The page is plain HTML, native range inputs and 10 kB of script instead of Vega-Altair: bundled Vega adds 0.8 MB to
every page, and the inputs that it binds have neither labels for a screen reader nor marks on their track. What is left
to a library is then a sum over draws and its quantiles, and those must be the scenario table's to the last digits.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import GRID, TODAY, Cell, response_at
from mmm_helpers.decisions.worth import Worth
from mmm_helpers.estimands.groups import members
from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.report.words import SYMBOLS

REPORTED = slice(1, None, 2)
"""Draws that report; the others choose the plan (`decisions.scenarios`)."""
SMALL = 1e-6
"""A cell whose spend changes by less than this share stays where it is."""


def build_payload(
    prospects: Prospects,
    worth: Worth,
    *,
    groups: pd.DataFrame,
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    currency: str,
    span: str,
    plan: pd.DataFrame,
) -> dict[str, Any]:
    """All that the browser needs to compute any setting of the sliders, ready for JSON.

    Parameters
    ----------
    worth : what outcome leaves before media are paid.
    groups : table `channel_groups`; channels of one group share a slider.
    labels, colors : of channels and of groups (`grouped.group_labels`, `grouped.group_colors`).
    currency : reporting currency, ISO code. span : the plan's length in words, as `13 weeks from 2026-01-05`.
    plan : table `budget_plan`; without rows nothing is recommended.

    Returns
    -------
    currency, span, interval (both bounds), draws, step (of the multiples), worth (None where unknown), noise (packed),
    sliders (see `build_slider`), follow (whether there is a recommendation that moves something).
    """
    cells, moves = prospects.cells, planned_multiples(prospects.cells, plan)
    member = members(groups)
    keys = [member.get(c.channel, c.channel) for c in cells]
    sliders = []
    for key in dict.fromkeys(keys):
        own = [i for i, name in enumerate(keys) if name == key]
        planned = None if moves is None else moves[own]
        about = {"label": labels.get(key, key), "color": colors.get(key, "#5E6B7D")}
        sliders.append({"key": key, **about, **build_slider([cells[i] for i in own], worth, planned)})
        sliders[-1] |= plan_marks(plan, [cells[i] for i in own])
    noise = prospects.noise[REPORTED]
    return {
        "currency": SYMBOLS.get(currency, f"{currency} "),
        "span": span,
        "interval": [LOWER, UPPER],
        "draws": len(noise),
        "step": float(GRID[1] - GRID[0]),
        "worth": worth.market,
        "noise": pack(noise),
        "sliders": sliders,
        "follow": moves is not None and bool((np.abs(moves - 1) > SMALL).any()),
    }


def planned_multiples(cells: Sequence[Cell], plan: pd.DataFrame) -> np.ndarray | None:
    """(cell,) multiples of today's spend that are recommended; None where nothing is."""
    if plan.empty:
        return None
    keys = zip(plan["region"], plan["channel"], strict=True)
    multiple = dict(zip(keys, plan["recommended"] / plan["current"], strict=True))
    return np.array([multiple[c.region, c.channel] for c in cells], float)


def build_slider(cells: Sequence[Cell], worth: Worth, planned: np.ndarray | None) -> dict[str, Any]:
    """What one slider computes with.

    Parameters
    ----------
    cells : all that moves with it, in proportion. planned : (cell,) recommended multiples, or None.

    Returns
    -------
    spend (today's, over the horizon), cells (spend and support of each; support is at least 1, as in the scenario
    table), curves (one per channel: worth, change, planned), above (recommended spend beyond support). `change` holds
    a row per multiple of today's spend, `planned` one row with the plan's own split between regions: in each the
    change of outcome against today, by draw.
    """
    codes = dict.fromkeys(c.channel for c in cells)
    support = np.maximum([c.support for c in cells], 1.0)
    spend = np.array([c.spend for c in cells])
    beyond = None if planned is None else float((np.maximum(planned - support, 0) * spend).sum())
    return {
        "spend": float(spend.sum()),
        "cells": np.column_stack([spend, support]).tolist(),
        "curves": [_curve([c.channel == code for c in cells], cells, worth, planned) for code in codes],
        "above": beyond,
    }


def _curve(
    chosen: Sequence[bool], cells: Sequence[Cell], worth: Worth, planned: np.ndarray | None
) -> dict[str, Any]:
    """The response of one channel, all regions of the slider together."""
    own = [i for i, is_own in enumerate(chosen) if is_own]
    total = sum(cells[i].response for i in own)[REPORTED]
    curve = {
        "worth": None if worth.market is None else float(worth.of_cells([cells[own[0]]])[0]),
        "change": pack((total - total[:, [TODAY]]).T),
        "planned": None,
    }
    if planned is not None:
        then = sum(response_at(cells[i], float(planned[i])) for i in own)[REPORTED]
        curve["planned"] = pack(then - total[:, TODAY])
    return curve


def plan_marks(plan: pd.DataFrame, cells: Sequence[Cell]) -> dict[str, float | None]:
    """Recommended spend of these cells together, and the bounds that the plan kept; None where nothing is."""
    names = ("recommended", "lower", "upper")
    if plan.empty:
        return dict.fromkeys(names)
    keys = {(c.region, c.channel) for c in cells}
    own = [key in keys for key in zip(plan["region"], plan["channel"], strict=True)]
    return {name: float(plan.loc[own, name].sum()) for name in names}


def pack(draws: np.ndarray) -> str:
    """Draws in single precision (little-endian, row by row) in base64, as a browser reads them.

    Coarser numbers would turn a draw's small loss into a gain, and the chance of a loss with it.

    Examples
    --------
    >>> pack(np.array([0.0, -1.0]))
    'AAAAAAAAgL8='
    """
    return base64.b64encode(draws.astype("<f4").tobytes()).decode()
