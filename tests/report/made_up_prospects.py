"""A made-up market's prospects, a plan for it, and its explorer: concave responses with known draws."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.decisions.budget import BUDGET_COLUMNS
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.decisions.worth import Worth
from mmm_helpers.report.budget.explorer import build_payload

SAMPLES = 400
LABELS = {"tv": "TV", "ooh": "Out-of-home", "search": "Search"}
COLORS = {"tv": "#0072B2", "ooh": "#E69F00", "search": "#009E73"}
PLACES = (("North", "tv", 4e5), ("South", "tv", 3e5), ("North", "ooh", 1e5), ("all", "search", 2e5))
PLANNED = np.array([1.2, 0.9, 0.8, 0.85])
"""Multiples that the made-up plan recommends; it keeps the total."""
SPAN = "13 weeks from 2026-01-05"


def prospects() -> Prospects:
    """Four cells of three channels; each draw has its own return and its own saturation."""
    rng = np.random.default_rng(11)
    cells = []
    for k, (region, channel, spend) in enumerate(PLACES):
        returns, power = rng.lognormal(0.8, 0.3, SAMPLES), rng.uniform(0.4, 0.9, SAMPLES)
        response = spend * returns[:, None] * GRID[None, :] ** power[:, None]
        cells.append(Cell(region, channel, spend, 1.2 + 0.2 * k, response))
    return Prospects("XX", cells, rng.normal(0, 2e5, SAMPLES), 13)


def plan() -> pd.DataFrame:
    """The table `budget_plan` of `PLANNED`."""
    spend = np.array([p[2] for p in PLACES])
    table = pd.DataFrame(PLACES, columns=["region", "channel", "current"]).assign(market="XX")
    return table.assign(recommended=PLANNED * spend, lower=0.8 * spend, upper=1.2 * spend)


NO_PLAN = pd.DataFrame(columns=BUDGET_COLUMNS)
NO_GROUPS = pd.DataFrame({"group": [], "channels": []}, dtype=object)
GROUPS = pd.DataFrame({"group": ["tv+ooh"], "channels": ["tv|ooh"]})


def payload(worth: Worth | None = None, groups: pd.DataFrame = NO_GROUPS, own_plan=NO_PLAN) -> dict:
    """What the browser is given of the made-up market."""
    worth = Worth(0.4, margin=0.4) if worth is None else worth
    about = {"labels": {**LABELS, "tv+ooh": "TV and Out-of-home"}, "colors": COLORS}
    return build_payload(prospects(), worth, groups=groups, plan=own_plan, currency="EUR", span=SPAN, **about)
