"""The portfolio file of a world: what its analyst would declare, and nothing that only the simulator knows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mmm_helpers.ladder.recipe import CHANNELS, CODES, WorldRecipe
from mmm_helpers.simulation.randomness import stream

MARGIN = (0.35, 0.60)
"""Range of the contribution margin, drawn before anything is fitted."""
TEST_ERROR = 0.15
"""Sd of an experiment's log estimate of a return."""
NORMAL_Q95 = 1.6448536269514722


def draw_margin(seed: int) -> float:
    """Contribution margin of a seed's worlds; break-even is 1 / margin."""
    return round(float(stream(seed, "margin").uniform(*MARGIN)), 2)


def describe_portfolio(recipe: WorldRecipe, seed: int, markets: Sequence[str], truth: pd.DataFrame) -> dict:
    """The portfolio file as data, in the order in which it is written.

    Parameters
    ----------
    markets : codes.
    truth : from which an experiment's estimate is drawn in the worlds that have one.
    """
    return {
        "name": f"ladder_{recipe.name}",
        "reporting_currency": "EUR",
        "outcome": {"column": "outcome"},
        "channels": _channels(recipe, seed, truth),
        "controls": {
            "price": {"role": "precision"},
            "demand_index": {"role": "confounder", "known_ahead": False},
        },
        "markets": {code: {"label": f"Market {code[1:]}"} for code in markets},
        "margin": draw_margin(seed),
        "regions": "regions.csv",
        "data": {"path": "panel.csv"},
    }


def _channels(recipe: WorldRecipe, seed: int, truth: pd.DataFrame) -> dict[str, dict]:
    channels = {c.code: {"label": c.label, "spend": f"spend_{c.code}", "funnel": c.funnel} for c in CHANNELS}
    for code in CODES if recipe.national else ():
        channels[code]["level"] = "national"
    for code in recipe.follows_demand:
        channels[code]["follows_demand"] = True
    for code in recipe.tested:
        channels[code]["prior"] = measured_return(seed, code, truth)
    return channels


def measured_return(seed: int, channel: str, truth: pd.DataFrame) -> dict:
    """What a go-dark test in some regions says of a channel's return in its market: a 90 % range, and the source.

    The log estimate has sd `TEST_ERROR` around the log of the truth, and the range says so: it covers the truth in
    nine of ten seeds.
    """
    own = truth[truth["channel"] == channel]
    roas = own["incremental"].sum() / own["spend"].sum()
    estimate = roas * np.exp(TEST_ERROR * stream(seed, "experiment", channel).normal())
    low, high = (round(float(estimate * np.exp(s * NORMAL_Q95 * TEST_ERROR)), 3) for s in (-1, 1))
    return {"roas": [low, high], "source": f"Go-dark test in two regions in 2025: ROAS {estimate:.2f}."}
