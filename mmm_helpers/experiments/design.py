"""What a coming test could tell: the error of its result, by which regions are treated and for how long.

The error is that of the method that will measure it (`methods.PRIMARY`), on the market's own latest history: a test of
the same regions and length is laid over the last periods, in which there was none, and its error is read off. It
depends on how the regions' outcomes move against each other and not on what the test will bring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.experiments.assignment import donors_of
from mmm_helpers.experiments.gap import measure_gap
from mmm_helpers.experiments.measure import cooldown_of
from mmm_helpers.experiments.methods import caution
from mmm_helpers.experiments.panels import geo_test

MOST_SETS = 60
"""Sets of treated regions that are looked at."""
ERROR_COLUMNS = ["regions", "duration", "periods", "error"]


def candidate_sets(regions: list[str]) -> list[tuple[str, ...]]:
    """Sets of regions that may be treated: small ones first, and never so many that nothing is left alone.

    At most half of the regions are treated, rounded up where there are only two or three.

    Examples
    --------
    >>> candidate_sets(["A", "B", "C"])
    [('A',), ('B',), ('C',), ('A', 'B'), ('A', 'C'), ('B', 'C')]
    """
    most = max(1, min(len(regions) - 1, (len(regions) + 1) // 2))
    sets = (s for size in range(1, most + 1) for s in combinations(regions, size))
    return [s for s, _ in zip(sets, range(MOST_SETS), strict=False)] if len(regions) > 1 else []


def compute_test_errors(
    panel: pd.DataFrame,
    settings: Mapping[str, Any],
    *,
    durations: Iterable[int],
    sets: Iterable[Sequence[str]] | None = None,
    neighbours: Mapping[str, Sequence[str]] | None = None,
    contaminated: Sequence[str] = (),
) -> pd.DataFrame:
    """The error of a test's total, for every set of treated regions and every length.

    Parameters
    ----------
    panel : the market's panel. settings : its specification. durations : lengths of the test in periods.
    sets : of treated regions, say those that were drawn (`assignment`); None for `candidate_sets`.
    neighbours, contaminated : regions that are no controls (`assignment.donors_of`).

    Returns
    -------
    regions (joined by `|`), duration, periods (cool-down included), error (sd of the total over regions and periods,
    in the outcome's unit); without rows where a market has one region, and without sets that cannot be measured.
    """
    dates = pd.DatetimeIndex(sorted(panel["date"].unique()))
    paid = [c for c, spec in settings["channels"].items() if spec.get("paid", True)]
    media = [f"spend_{c}" for c in paid if f"spend_{c}" in panel]
    cooldown = max((cooldown_of(settings, c) for c in paid), default=0)
    names = sorted(panel["region"].unique())
    near = {"neighbours": neighbours, "contaminated": contaminated}
    usable = {
        tuple(s): donors_of(names, s, **near) for s in (candidate_sets(names) if sets is None else sets)
    }
    rows = []
    for duration in durations:
        start, end = -(duration + cooldown), -(cooldown + 1)
        if len(dates) + start < 1:
            continue
        for regions, donors in usable.items():
            imagined = {
                "experiment": "imagined",
                "regions": regions,
                "start": dates[start],
                "end": dates[end],
            }
            known = panel[panel["region"].isin([*regions, *donors])]
            error = _error(known, imagined | {"spend_change": np.nan}, cooldown, media)
            if error is not None:
                rows.append(("|".join(regions), duration, duration + cooldown, error * (duration + cooldown)))
    return pd.DataFrame(rows, columns=ERROR_COLUMNS)


def _error(panel: pd.DataFrame, imagined: Mapping, cooldown: int, media: list[str]) -> float | None:
    """Error of the mean effect per period; None where such a test cannot be measured, or not be trusted."""
    try:
        # Earlier tests count as history: what they disturbed makes the error rather too large than too small.
        test = geo_test(panel, imagined, cooldown=cooldown, media=media)
        if caution(test):
            return None
        gap = test.treated_mean - test.control_outcome.mean(axis=1)
        return measure_gap(gap, test.dates, test.pre, test.during, covariates=test.covariates).error
    except ValueError:
        return None
