"""What every source says of a market's channels, gathered for the reconciliation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.attribution.calibration import TESTED, Calibration, compute_lateness, mix
from mmm_helpers.attribution.claims import AVERAGE, credit_per_spend
from mmm_helpers.attribution.reconcile import (
    CALIBRATED,
    CREDIT,
    EXPERIMENT,
    LAST_CLICK,
    MODEL,
    UNIFIED,
    Facts,
    Said,
    over_models,
)
from mmm_helpers.attribution.unified import Unified
from mmm_helpers.intervals import LOWER, UPPER

LAST = "last"
"""The model that is last click."""
DAYS_PER_MONTH = 30.44


@dataclass(frozen=True)
class Seen:
    """What a market's journeys tell.

    Parameters
    ----------
    credits : `model, channel, credit, credit_value, share` by the window that is reported; value in market currency.
    by_window : the same for windows of several lengths, one below the other.
    start, end : first and last day of the conversions; missing (NaT) where they are not known.
    conversions, value : all that journeys hold, with and without touches; value in market currency.
    loss : `rate, model, channel, share, change` as more identities are lost (`loss.compute_loss`).
    """

    credits: pd.DataFrame
    by_window: pd.DataFrame
    start: pd.Timestamp
    end: pd.Timestamp
    conversions: float
    value: float
    loss: pd.DataFrame


@dataclass(frozen=True)
class Returns:
    """The model's returns over the journeys' dates, draw by draw, in the reporting currency; by channel with spend.

    `outcome` is the market's on these dates, in money.
    """

    outcome: float
    window: tuple[pd.Timestamp, pd.Timestamp]
    spend: dict[str, float]
    average: dict[str, np.ndarray]
    marginal: dict[str, np.ndarray]


def money_of_credit(seen: Seen, model: Returns) -> float:
    """Money of the market's outcome for one unit of credited value, reporting currency.

    Journeys are those of a part of all buyers. Credit therefore divides the market's outcome on their dates, as if the
    others had come by the same ways; what that misses is part of the factor that tests find.
    """
    return model.outcome / seen.value if seen.value > 0 else np.nan


def what_is_said(
    tables: Mapping,
    seen: Seen,
    claimed: pd.DataFrame,
    calibrations: Mapping[str, Calibration],
    model: Returns,
    numbers: Mapping,
    *,
    rate: float,
) -> dict[str, Said]:
    """Every source's returns; those of credit span the models and the windows.

    Parameters
    ----------
    tables : with `experiments`. numbers : channel → draws of the unified return. rate : money of the result for one
        unit of credit (`money_of_credit`).
    """
    spans = credit_per_spend(seen.by_window, model.spend, rate=rate)
    last = spans[spans["model"] == LAST]
    channels, draws = mix(calibrations, claimed)
    latest = tables["experiments"].query("kind == 'experiment'").sort_values("end").groupby("channel").tail(1)
    tested = latest[latest["iroas_mean"].notna() & latest["channel"].isin(list(model.spend))].set_index(
        "channel"
    )
    order = ["iroas_mean", "iroas_q05", "iroas_q50", "iroas_q95"]
    return {
        LAST_CLICK: _over_rows(last),
        CREDIT: _over_rows(spans),
        CALIBRATED: Said({c: _quantiles(draws[:, i]) for i, c in enumerate(channels)}),
        MODEL: Said({c: _quantiles(d) for c, d in model.average.items()}),
        EXPERIMENT: Said({c: tuple(tested.loc[c, order]) for c in tested.index}),
        UNIFIED: Said({c: _quantiles(d) for c, d in numbers.items()}),
    }


def _over_rows(claimed: pd.DataFrame) -> Said:
    """Returns by channel over models and windows."""
    by_channel = claimed.groupby("channel")["claimed_return"]
    return Said({channel: over_models(own.to_numpy()) for channel, own in by_channel})


def _quantiles(draws: np.ndarray) -> tuple[float, float, float, float]:
    return (float(draws.mean()), *map(float, np.quantile(draws, [LOWER, 0.5, UPPER])))


def facts_of(
    tables: Mapping, seen: Seen, model: Returns, calibrations: Mapping[str, Calibration], unified: Unified
) -> dict[str, Facts]:
    """What is known of each channel beside its returns."""
    late, tests = compute_lateness(seen.credits), tables["experiments"].query("kind == 'experiment'")
    evidence = {
        row.channel: row.evidence for own in calibrations.values() for row in own.factors.itertuples()
    }
    latest = tests.sort_values("end").groupby("channel").tail(1).set_index("channel")
    facts = {}
    for channel in model.spend:
        age, marginal = np.nan, False
        if channel in latest.index:
            age = (model.window[1] - pd.Timestamp(latest.loc[channel, "end"])).days / DAYS_PER_MONTH
            marginal = latest.loc[channel, "design"] not in AVERAGE
        is_seen = channel in evidence
        tested = evidence.get(channel) == TESTED
        facts[channel] = Facts(is_seen, late.get(channel, 0.0), tested, age, marginal, unified.used)
    return facts
