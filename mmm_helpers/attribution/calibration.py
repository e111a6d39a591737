"""Credit calibrated by experiments: what of each channel's credit is incremental, and how well that transfers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.attribution.kappa import DRAWS, KappaPrior, Tests, draw_kappa
from mmm_helpers.intervals import LOWER, UPPER, summarize

AS_EXPECTED = 2
"""Left-out tests that are taken to have been met as well as expected before any is looked at."""
FACTOR_COLUMNS = [
    "channel", "factor_mean", "factor_q05", "factor_q50", "factor_q95", "evidence", "tests"
]  # fmt: skip
LEFT_OUT_COLUMNS = [
    "experiment", "channel", "lift", "lift_sd", "predicted_mean", "predicted_q05", "predicted_q50", "predicted_q95",
    "surprise",
]  # fmt: skip
TESTED, TRANSFERRED = "tested", "transferred"


@dataclass(frozen=True)
class Calibration:
    """What tests make of one model's credit.

    Parameters
    ----------
    channels : names. draws : (sample, c) factors by which credit is multiplied to become incremental.
    factors : one row per channel, columns `FACTOR_COLUMNS`; `evidence` is tested or transferred.
    left_out : one row per used test, predicted from the others, columns `LEFT_OUT_COLUMNS`.
    transfer : how many times wider than the hierarchy alone a transferred factor is, by the left-out tests.
    """

    channels: tuple[str, ...]
    draws: np.ndarray
    factors: pd.DataFrame
    left_out: pd.DataFrame
    transfer: float


def calibrate(
    claims: pd.DataFrame,
    channels: Sequence[str],
    *,
    stages: Mapping[str, str] | None = None,
    lateness: Mapping[str, float] | None = None,
    prior: KappaPrior | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Calibration:
    """Factors of all channels from the tests that may be used: lift ~ Normal(κ · credit, σ), κ hierarchical.

    Parameters
    ----------
    claims : result of `claims.claims_of_tests`. channels : those that journeys see and money is spent on.
    stages : channel → stage of the funnel, or what else it shares with others. lateness : channel → how late in
        journeys it stands (`compute_lateness`).

    Returns
    -------
    Without a usable test all factors are transferred from the prior, and wide.

    Notes
    -----
    Each test is predicted from all others. Where its channel has no other test, the miss is one of transfer; if such
    misses are larger than the hierarchy expects, transferred factors are widened by their root mean square.
    """
    used = claims[claims["used"] & claims["channel"].isin(channels)].reset_index(drop=True)
    tests = _tests(used, channels)
    named = {"stages": [(stages or {}).get(c, "") for c in channels], "prior": prior, "draws": draws}
    named["lateness"] = np.array([(lateness or {}).get(c, 0.0) for c in channels])
    left_out = leave_out(used, tests, named, seed=seed)
    alone = used["channel"].map(used["channel"].value_counts()) == 1
    transfer = transfer_error(left_out.loc[alone.to_numpy(), "surprise"].to_numpy())
    found = draw_kappa(tests, seed=seed, **named)
    tested = np.isin(np.arange(len(channels)), tests.channel)
    middle = np.median(found, axis=0)
    wide = np.where(tested, found, middle * (found / middle) ** transfer)
    return Calibration(tuple(channels), wide, _factors(wide, channels, used, tested), left_out, transfer)


def leave_out(used: pd.DataFrame, tests: Tests, named: Mapping, *, seed: int) -> pd.DataFrame:
    """Every test predicted from the others.

    Returns
    -------
    Columns `LEFT_OUT_COLUMNS`; `predicted_*` holds the test's own error, `surprise` is the standard normal quantile at
    which the result lies among the predictions.
    """
    from scipy.stats import norm

    rows = []
    for e in range(len(tests)):
        rng = np.random.default_rng([seed, e])
        factor = draw_kappa(tests.without(e), seed=seed, **named)[:, tests.channel[e]]
        claim = tests.claimed[e] * np.exp(tests.claim_sd[e] * rng.standard_normal(len(factor)))
        expected = factor * claim
        below = norm.cdf((tests.lift[e] - expected) / tests.sd[e]).mean()
        row = {"experiment": used["experiment"][e], "channel": used["channel"][e]}
        row |= {"lift": tests.lift[e], "lift_sd": tests.sd[e]}
        row |= summarize(expected + tests.sd[e] * rng.standard_normal(len(expected)), "predicted")
        rows.append(row | {"surprise": float(norm.ppf(np.clip(below, 1e-6, 1 - 1e-6)))})
    return pd.DataFrame(rows, columns=LEFT_OUT_COLUMNS)


def transfer_error(surprise: np.ndarray) -> float:
    """Factor on the sd of transferred log κ: root mean square of left-out tests' surprises, never below 1.

    Examples
    --------
    >>> transfer_error(np.array([])), transfer_error(np.array([3.0, -3.0]))
    (1.0, 2.23606797749979)
    """
    square = (np.sum(np.square(surprise)) + AS_EXPECTED) / (len(surprise) + AS_EXPECTED)
    return float(np.sqrt(max(1.0, square)))


def compute_lateness(credits: pd.DataFrame, *, first: str = "first", last: str = "last") -> dict[str, float]:
    """Channel → last-click minus first-click credit over their sum; empty without both models.

    1 for a channel that only ends journeys, −1 for one that only begins them.
    """
    wide = credits.pivot(index="channel", columns="model", values="credit")
    if not {first, last} <= set(wide):
        return {}
    both = (wide[last] + wide[first]).where(lambda total: total > 0)
    return ((wide[last] - wide[first]) / both).fillna(0.0).to_dict()


def mix(calibrations: Mapping[str, Calibration], claimed: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Incremental returns over all models of credit, each with the same weight.

    Parameters
    ----------
    calibrations : model → its calibration, all of the same channels.
    claimed : `model, channel, claimed_return`.

    Returns
    -------
    Channels, and draws (sample, c) of incremental money per unit of spend; none without a calibration.
    """
    if not calibrations:
        return [], np.empty((0, 0))
    channels = list(next(iter(calibrations.values())).channels)
    wide = claimed.pivot(index="model", columns="channel", values="claimed_return")
    parts = [c.draws * wide.loc[m, channels].to_numpy(float) for m, c in calibrations.items()]
    return channels, np.concatenate(parts)


def _tests(used: pd.DataFrame, channels: Sequence[str]) -> Tests:
    position = used["channel"].map({c: i for i, c in enumerate(channels)})
    columns = [used[name].to_numpy(float) for name in ("lift", "lift_sd", "claimed", "claim_sd")]
    return Tests(position.to_numpy(int), *columns)


def _factors(
    draws: np.ndarray, channels: Sequence[str], used: pd.DataFrame, tested: np.ndarray
) -> pd.DataFrame:
    rows = []
    for c, channel in enumerate(channels):
        own = used.loc[used["channel"] == channel, "experiment"]
        low, middle, high = np.quantile(draws[:, c], [LOWER, 0.5, UPPER])
        row = {"channel": channel, "factor_mean": float(draws[:, c].mean()), "factor_q05": float(low)}
        row |= {"factor_q50": float(middle), "factor_q95": float(high)}
        rows.append(row | {"evidence": TESTED if tested[c] else TRANSFERRED, "tests": "|".join(own)})
    return pd.DataFrame(rows, columns=FACTOR_COLUMNS)
