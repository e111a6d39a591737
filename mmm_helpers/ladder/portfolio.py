"""The portfolio file of a world: what its analyst would declare, and nothing that only the simulator knows."""

from __future__ import annotations

from collections.abc import Sequence

from mmm_helpers.ladder.recipe import CHANNELS, CODES, WorldRecipe
from mmm_helpers.simulation.randomness import stream

MARGIN = (0.35, 0.60)
"""Range of the contribution margin, drawn before anything is fitted."""


def draw_margin(seed: int) -> float:
    """Contribution margin of a seed's worlds; break-even is 1 / margin."""
    return round(float(stream(seed, "margin").uniform(*MARGIN)), 2)


def describe_portfolio(recipe: WorldRecipe, seed: int, markets: Sequence[str]) -> dict:
    """The portfolio file as data, in the order in which it is written.

    Parameters
    ----------
    markets : codes.
    """
    return {
        "name": f"ladder_{recipe.name}",
        "reporting_currency": "EUR",
        "outcome": {"column": "outcome"},
        "channels": _channels(recipe),
        "controls": {
            "price": {"role": "precision"},
            "demand_index": {"role": "confounder", "known_ahead": False},
        },
        "markets": {code: {"label": f"Market {code[1:]}"} for code in markets},
        "margin": draw_margin(seed),
        "regions": "regions.csv",
        "data": {"path": "panel.csv"},
    } | ({"lift_tests": "lift_tests.csv"} if recipe.tested else {})


def _channels(recipe: WorldRecipe) -> dict[str, dict]:
    channels = {c.code: {"label": c.label, "spend": f"spend_{c.code}", "funnel": c.funnel} for c in CHANNELS}
    for code in CODES if recipe.national else ():
        channels[code]["level"] = "national"
    for code in recipe.follows_demand:
        channels[code]["follows_demand"] = True
    return channels
