"""Experiments in a world: what a test of a channel would have measured, with its error."""

from __future__ import annotations

import pandas as pd

from mmm_helpers.ladder.recipe import CODES, WorldRecipe
from mmm_helpers.simulation.randomness import stream

TEST_ERROR = 0.15
"""Sd of a test's result, as a share of the true one."""
WEEKS = 8
ENDS = (13, 34)
"""Weeks from a test's end to the end of the data, for the channels in turn: their effects do not overlap."""
NORMAL_Q95 = 1.6448536269514722
WHY = "bought when people buy anyway, as its buyers say"


def simulate_tests(recipe: WorldRecipe, seed: int, markets: dict) -> pd.DataFrame:
    """The lift tests file of a world: people held out at random in all regions of a market, one channel a test.

    What it measures is the outcome with the weeks' spend minus that without, `TAIL` included, and a normal error of
    sd `TEST_ERROR` × truth, so that its 90 % range covers the truth in nine of ten seeds.

    Parameters
    ----------
    markets : code → `world.MarketWorld`.

    Returns
    -------
    experiment, market, region, channel, design, start, end, spend_change, outcome_change, outcome_low, outcome_high,
    explanation; no rows where nothing is tested.
    """
    rows = [
        _row(seed, market, channel, ENDS[k % len(ENDS)])
        for market in markets.values()
        for k, channel in enumerate(recipe.tested)
    ]
    return pd.DataFrame(rows)


def _row(seed: int, market, channel: str, ends: int) -> dict:
    recorded, c = market.life.calendar.recorded, CODES.index(channel)
    weeks = slice(recorded.stop - ends - WEEKS, recorded.stop - ends)
    dates = market.life.calendar.dates[weeks]
    lift = -float(market.change(weeks, 0.0)[:, c].sum())
    sd = TEST_ERROR * lift
    found = lift + sd * float(stream(seed, market.code, "experiment", channel).normal())
    return {
        "experiment": f"{channel} holdout",
        "market": market.code,
        "region": "|".join(market.life.regions),
        "channel": channel,
        "design": "roas",
        "start": dates[0].date(),
        "end": dates[-1].date(),
        "spend_change": round(float(market.spend[weeks, :, c].sum()), 2),
        "outcome_change": round(found, 2),
        "outcome_low": round(found - NORMAL_Q95 * sd, 2),
        "outcome_high": round(found + NORMAL_Q95 * sd, 2),
        "explanation": WHY,
    }
