"""What the simulated company knows of its experiments (`lift_tests.csv`), and what they truly brought."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.simulation.experiments import Experiment
from mmm_helpers.simulation.randomness import stream
from mmm_helpers.simulation.truth import window_difference
from mmm_helpers.simulation.world import LEAD_IN, Company, MarketWorld

NORMAL_Q95 = 1.6448536269514722
COLUMNS = [
    "experiment", "market", "region", "channel", "design", "start", "end", "spend_change", "outcome_change",
    "outcome_low", "outcome_high", "explanation",
]  # fmt: skip


def compute_experiments(company: Company) -> pd.DataFrame:
    """The truth of every experiment, in the market's currency.

    Returns
    -------
    DataFrame with `market, experiment, channel, regions` (joined by |), `design, start, end` (first and last week's
    start), `result` (measured: left to be measured from the panel; stated), `spend_change` and `outcome_change`
    (totals over regions and weeks, the outcome's with the 7 weeks after), `iroas` (their ratio). A test of design
    `roas` is about all the weeks' spend: the change against none.
    """
    rows = []
    for code, world in company.markets.items():
        for test in world.experiments:
            spend, outcome = true_change(world, test)
            result = "measured" if test.recipe.error is None else "stated"
            row = {"market": code, "experiment": test.recipe.name, "channel": test.recipe.channel}
            row |= {"regions": _regions(world, test), "design": test.recipe.design, **_dates(world, test)}
            row |= {"result": result, "spend_change": spend, "outcome_change": outcome}
            rows.append(row | {"iroas": outcome / spend})
    return pd.DataFrame(rows)


def true_change(world: MarketWorld, test: Experiment) -> tuple[float, float]:
    """Change of spend by a test and of the outcome by it, totals over its regions, carry-over included."""
    channel, where = test.recipe.channel, list(test.regions)
    run, without = world.amounts[channel], world.plans[channel].copy()
    rows = slice(LEAD_IN + test.weeks.start, LEAD_IN + test.weeks.stop)
    if not test.recipe.changes_spend:
        without[rows, where] = 0.0
    outcome = window_difference(world, channel, run, without, test.weeks.start, test.weeks.stop)
    return float((run - without)[rows, where].sum()), float(outcome[where].sum())


def lift_test_table(company: Company) -> pd.DataFrame:
    """`lift_tests.csv`: what the company knows; the result stands there only where finer data measured it.

    A stated result is the truth and a normal error; its range covers the truth in nine of ten seeds.
    """
    rows = [_row(code, world, test) for code, world in company.markets.items() for test in world.experiments]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(code: str, world: MarketWorld, test: Experiment) -> dict:
    spend, outcome = true_change(world, test)
    recipe, decimals = test.recipe, world.recipe.decimals
    row = {
        "experiment": recipe.name,
        "market": code,
        "region": _regions(world, test),
        "channel": recipe.channel,
    }
    row |= {"design": recipe.design, **_dates(world, test), "spend_change": round(spend, decimals)}
    row |= {"explanation": recipe.explanation}
    if recipe.error is None:
        return row
    sd = recipe.error * abs(spend)
    found = outcome + sd * stream(world.seed, code, "experiments", recipe.name, "result").normal()
    steps = {"outcome_change": 0.0, "outcome_low": -NORMAL_Q95, "outcome_high": NORMAL_Q95}
    return row | {name: round(float(found + step * sd), decimals) for name, step in steps.items()}


def _regions(world: MarketWorld, test: Experiment) -> str:
    return "|".join(np.array(world.regions)[list(test.regions)])


def _dates(world: MarketWorld, test: Experiment) -> dict:
    dates = world.dates[test.weeks]
    return {"start": dates[0].date(), "end": dates[-1].date()}
