"""Experiments that the simulated company ran: what was tested where and when, and what it did to spend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmm_helpers.simulation.randomness import stream
from mmm_helpers.simulation.recipe import MarketRecipe

MIN_BEFORE = 26
"""Weeks that a history needs before an experiment; in a shorter one it was not run."""


@dataclass(frozen=True)
class ExperimentRecipe:
    """One experiment, before chance decides where.

    Attributes
    ----------
    name, channel : what it is called, and what it tests.
    design : `go_dark` (no spend), `scale` (spend times `factor`), or `roas`: a part of the people, drawn at random
        in every region, is not served, and the platform works out what all the weeks' spend brought.
    before_end : weeks from the start of its first week to the end of the data.
    duration : weeks.
    regions : how many regions are treated, drawn at random; `roas` treats all.
    factor : of spend in the treated regions.
    error : sd of a result that was measured on finer data than the exports hold, and is stated: money of outcome per
        money of spend. None: the result is left to be measured.
    explanation : why its result may differ from what the spend of other weeks shows.
    """

    name: str
    channel: str
    design: str
    before_end: int
    duration: int
    regions: int = 0
    factor: float = 0.0
    error: float | None = None
    explanation: str = ""

    @property
    def changes_spend(self) -> bool:
        """Whether the weeks' spend is another than planned; a user-level test moves no region's budget."""
        return self.design != "roas"


@dataclass(frozen=True)
class Experiment:
    """An experiment that was run: its recipe, the treated regions (positions) and weeks of the history."""

    recipe: ExperimentRecipe
    regions: tuple[int, ...]
    weeks: slice


BRAND = "people who search for the brand mostly buy anyway, so weeks of high demand flatter it"

EXPERIMENTS: dict[str, tuple[ExperimentRecipe, ...]] = {
    "US": (
        ExperimentRecipe("Video dark 2024", "online_video", "go_dark", 96, 8, regions=2),
        ExperimentRecipe("Social dark 2025", "social", "go_dark", 46, 10, regions=2),
        ExperimentRecipe("Brand search dark 2025", "search_brand", "go_dark", 24, 8, regions=2, error=0.3,
                         explanation=BRAND),
    ),
    "DE": (
        ExperimentRecipe("Generische Suche aus 2025", "search_generic", "go_dark", 52, 12, regions=2),
        ExperimentRecipe("Online-Video verdreifacht 2025", "online_video", "scale", 32, 8, regions=1, factor=3.0),
        ExperimentRecipe("E-Mail Kontrollgruppe 2025", "email", "roas", 14, 6, error=1.0),
    ),
    "JP": (
        ExperimentRecipe("Display dark 2025", "display", "go_dark", 38, 6, regions=1),
    ),
}  # fmt: skip
"""Tests of the demo by market; within a market they do not meet in time, what they leave behind included. Video in the
United States is too old to count as tested, display in Japan too small to tell anything. Norway has too few regions
to compare with, Portugal too few weeks, Ireland no second region."""


def draw_experiments(
    recipe: MarketRecipe, weeks: int, tests: Sequence[ExperimentRecipe], *, seed: int
) -> tuple[Experiment, ...]:
    """Decide by chance which regions each test treats.

    Parameters
    ----------
    recipe : the market.
    weeks : length of its history; tests that would begin in its first 26 weeks are not run.
    tests : what to run.
    seed : the company's seed.

    Examples
    --------
    >>> from mmm_helpers.simulation.recipe import MARKETS
    >>> [len(test.regions) for test in draw_experiments(MARKETS["DE"], 156, EXPERIMENTS["DE"], seed=1)]
    [2, 1, 4]
    """
    count, run = len(recipe.regions), []
    for test in tests:
        first = weeks - test.before_end
        if first < MIN_BEFORE:
            continue
        rng = stream(seed, recipe.code, "experiments", test.name)
        treated = rng.choice(count, test.regions or count, replace=False)
        where = tuple(sorted(int(r) for r in treated))
        run.append(Experiment(test, where, slice(first, first + test.duration)))
    return tuple(run)


def run_experiments(
    plans: Mapping[str, np.ndarray], experiments: Sequence[Experiment], *, lead_in: int, decimals: int
) -> dict[str, np.ndarray]:
    """Amounts as they came to be: the plans, changed in the experiments' cells.

    Parameters
    ----------
    plans : amounts by channel, (lead-in + weeks, regions).
    lead_in : weeks before the history.
    decimals : of the smallest coin.
    """
    amounts = dict(plans)
    for test in experiments:
        if not test.recipe.changes_spend:
            continue
        changed = amounts[test.recipe.channel].copy()
        rows = slice(lead_in + test.weeks.start, lead_in + test.weeks.stop)
        changed[rows, test.regions] = (changed[rows, test.regions] * test.recipe.factor).round(decimals)
        amounts[test.recipe.channel] = changed
    return amounts
