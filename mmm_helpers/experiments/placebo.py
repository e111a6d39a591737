"""Looking for effects where there was no test: at earlier times, and in regions that were left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from mmm_helpers.experiments.geo import Estimate, GeoTest

MOST_TIMES = 12
"""Earlier times that a test is moved to, at the most."""
HISTORY = 0.5
"""Share of the periods before the test that every moved test keeps as its history."""
CONTAMINATED = 0.1
"""Chance that any control is flagged where none moved (Bonferroni over the controls)."""
FAR = 0.5
"""Distance from the controls' median effect, relative to the largest one, from which a control is flagged."""
COLUMNS = ["kind", "unit", "effect", "p_value"]

Estimator = Callable[[GeoTest], Estimate]


def compute_placebos(test: GeoTest, estimate: Estimator) -> pd.DataFrame:
    """The method on tests that never were.

    Parameters
    ----------
    estimate : the method.

    Returns
    -------
    kind (`time`, `space`), unit (first period, or region), effect per period, p_value.
    """
    rows = []
    for kind, unit, placebo in (*moved_tests(test), *other_regions(test)):
        try:
            found = estimate(placebo)
        except ValueError:
            continue
        rows.append((kind, unit, found.effect, found.p_value))
    return pd.DataFrame(rows, columns=COLUMNS)


def moved_tests(test: GeoTest) -> Iterator[tuple[str, str, GeoTest]]:
    """The same test at earlier times, from one test's length to the next, none of them in the real one."""
    length = int(test.during.sum())
    history = int(test.pre.sum())
    starts = range(history - length, int(history * HISTORY), -length)
    for first in list(starts)[:MOST_TIMES]:
        start, end = test.dates[first], test.dates[first + length - 1]
        yield "time", str(start.date()), test.first(first + length, start=start, end=end, cooldown=0)


def other_regions(test: GeoTest) -> Iterator[tuple[str, str, GeoTest]]:
    """Each control as if it had been treated, against the other controls."""
    if len(test.donors) < 2:
        return
    outcome = test.outcome.drop(columns=list(test.treated))
    for region in test.donors:
        yield "space", region, replace(test, outcome=outcome, treated=(region,), covariates=None)


def placebo_share(placebos: pd.DataFrame, p_value: float) -> float:
    """Share of the placebos with an effect at least as clear as the test's; NaN without any.

    Parameters
    ----------
    placebos : result of `compute_placebos`. p_value : of the test.
    """
    return float((placebos["p_value"] <= p_value).mean()) if len(placebos) else np.nan


def contaminated_donors(placebos: pd.DataFrame) -> list[str]:
    """Controls that moved by themselves when the test began: they cannot say what would have been.

    One that moved lets all others seem to have moved the other way, all by the same: so only those are named that are
    also far from the median. Of two controls it cannot be told which one moved, and both are named.

    Parameters
    ----------
    placebos : result of `compute_placebos`.
    """
    space = placebos[placebos["kind"] == "space"]
    away = (space["effect"] - space["effect"].median()).abs()
    odd = (space["p_value"] < CONTAMINATED / max(len(space), 1)) & (away > FAR * away.max())
    return space.loc[odd, "unit"].tolist()
