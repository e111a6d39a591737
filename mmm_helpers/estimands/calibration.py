"""What experiments changed: the return of each test's own spend before the data, without the test, and with it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm

from mmm_helpers.estimands.money import Money
from mmm_helpers.intervals import LOWER, SUFFIXES, UPPER, summarize
from mmm_helpers.model.design import Design
from mmm_helpers.model.lifts import CONFLICT, expected_lifts
from mmm_helpers.model.prior_draws import draw_priors

PRIOR_DRAWS = 1000
VALID_MONTHS = 18
"""Age in months up to which an experiment speaks for cause."""
STAGES = ("prior", "before", "after", "experiment")
CALIBRATION_COLUMNS = [
    "market", "experiment", "channel", "regions", *(f"{stage}_{s}" for stage in STAGES for s in SUFFIXES),
    "conflict_probability", "used", "reason",
]  # fmt: skip


def compute_calibration(
    design: Design,
    draws: xr.Dataset,
    found: xr.Dataset | None,
    money: Money,
    *,
    explained: Mapping[str, str],
    pooling: str = "partial",
    seed: int = 0,
) -> pd.DataFrame:
    """One row per experiment: the return of the tested spend, money of outcome per unit of spend.

    Parameters
    ----------
    design : with its experiments. draws : flattened final posterior.
    found : what became of the experiments (`model.calibrate.meet_tests`); None without any.
    explained : experiment → why it may contradict a time series.

    Returns
    -------
    Columns market, experiment, channel, regions; prior_*, before_* (the fit that does not know the test), after_*,
    experiment_*; conflict_probability, used, reason (why used or not, in words).
    """
    if found is None:
        return pd.DataFrame(columns=CALIBRATION_COLUMNS)
    lifts = design.lifts
    prior = expected_lifts(design, draw_priors(design, PRIOR_DRAWS, seed, pooling=pooling))
    stages = {"prior": prior, "before": found["before"].to_numpy(), "after": expected_lifts(design, draws)}
    rows = []
    for e, name in enumerate(lifts.names):
        row = {"market": design.market, "experiment": name, "channel": lifts.channels[e]}
        row |= {"regions": "|".join(regions_of(design, e))}
        worth = money_of_outcome(design, e, money) / lifts.spend_change[e]
        for stage, values in stages.items():
            row |= summarize(values[:, e] * worth, stage)
        conflict, used = float(found["conflict"][e]), bool(found["used"][e])
        row |= {"conflict_probability": conflict, "used": used, "reason": why(conflict, explained.get(name))}
        rows.append(row | _normal(lifts.lift[e] * worth, lifts.sd[e] * worth))
    return pd.DataFrame(rows)[CALIBRATION_COLUMNS]


def regions_of(design: Design, e: int) -> list[str]:
    """Regions of one test."""
    return [design.regions[r] for r in np.unique(design.lifts.region[design.lifts.test == e])]


def money_of_outcome(design: Design, e: int, money: Money) -> float:
    """Money in market currency for one unit of a test's outcome: the mean over its regions' cells."""
    return float(money.value[design.lifts.region[design.lifts.test == e]].mean())


def _normal(mean: float, sd: float) -> dict[str, float]:
    """An experiment's own interval."""
    values = (mean, *norm.ppf([LOWER, 0.5, UPPER], mean, abs(sd)))
    return {f"experiment_{s}": float(v) for s, v in zip(SUFFIXES, values, strict=True)}


def why(conflict: float, explanation: str | None) -> str:
    """Why a test is used or not, in words.

    Examples
    --------
    >>> why(0.4, None)
    'agrees with what the model expects'
    >>> why(0.01, None)
    'contradicts the model and nobody has explained why'
    """
    if conflict >= CONFLICT:
        return "agrees with what the model expects"
    if explanation:
        return f"contradicts the model; explained: {explanation}"
    return "contradicts the model and nobody has explained why"


def channels_tested(design: Design) -> set[str]:
    """Channels with a test that informs the fit and is recent enough to speak for cause."""
    lifts = design.lifts
    return {lifts.channels[e] for e in range(len(lifts)) if lifts.used[e] and is_recent(design, e)}


def channels_contradicted(design: Design) -> set[str]:
    """Channels with a test that contradicts the fit and therefore does not inform it."""
    return {
        channel for channel, used in zip(design.lifts.channels, design.lifts.used, strict=True) if not used
    }


def is_recent(design: Design, e: int) -> bool:
    """Whether a test ended at most `VALID_MONTHS` before the end of the data: markets and media change."""
    oldest = design.dates[-1] - pd.DateOffset(months=VALID_MONTHS)
    return bool(design.dates[design.lifts.last[e]] >= oldest)
