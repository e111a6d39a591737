"""The health gate: what must hold before a number may ground a decision.

Each check has a value, a threshold and a remedy. A failed computation or plausibility check withdraws every
recommendation of the market.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.model.design import Design
from mmm_helpers.model.noise_draws import innovations, noise_scale
from mmm_helpers.model.profiles import Profile

REPORTED = (
    "log_effect",
    "log_effect_market",
    "alpha",
    "delay",
    "weibull_shape",
    "weibull_scale",
    "fullness",
    "slope",
    "region_sd",
    "shock_sd",
    "sigma",
    "rho",
    "interaction",
    "spillover",
    "lp",
)
FEW_DIVERGENCES = 0.001
"""Share of divergent transitions up to which they may have done no harm."""
GATING = ("computation", "plausibility")
"""Parts of the gate whose failure withdraws the recommendation."""


def check_row(part: str, check: str, status: str, value: float, threshold: str, action: str) -> dict:
    """One line of the health table; `status` is pass, review or fail."""
    return {
        "part": part,
        "check": check,
        "status": status,
        "value": value,
        "threshold": threshold,
        "action": "" if status == "pass" else action,
    }


def _graded(value: float, good: bool, *, review: bool = False) -> str:
    return "pass" if good else "review" if review else "fail"


def computation_checks(draws: xr.Dataset, profile: Profile) -> list[dict]:
    """Part (a): chains, R-hat, effective sample size, divergences (Vehtari et al. 2021).

    Parameters
    ----------
    draws : the market's own fit, dims (chain, draw, …).
    """
    import arviz as az  # takes seconds, which pages that only read tables need not wait for

    reported = draws[[v for v in REPORTED if v in draws]]
    others = draws[[v for v in draws.data_vars if v not in (*REPORTED, "diverging", "steps")]]
    # What is fixed (a national channel's deviations) has no R-hat: 0 / 0.
    with np.errstate(divide="ignore", invalid="ignore"):
        rhat, rest = _worst(az.rhat(reported), "max"), _worst(az.rhat(others), "max")
        bulk = _worst(az.ess(reported, method="bulk"), "min")
        tail = _worst(az.ess(reported, method="tail"), "min")
    diverging = float(draws["diverging"].mean())
    longer = "run PROFILE=standard or full; if it persists, simplify the model or mend the data"
    preview = not profile.decision_grade
    rows = [
        ("chains", draws.sizes["chain"], draws.sizes["chain"] >= 4, "at least 4"),
        ("R-hat of reported quantities", rhat, rhat <= 1.01, "at most 1.01"),
        ("R-hat of all others", rest, rest <= 1.05, "at most 1.05"),
        ("effective draws, bulk", bulk, bulk >= 400, "at least 400"),
        ("effective draws, tail", tail, tail >= 400, "at least 400"),
    ]
    checks = [
        check_row("computation", name, _graded(value, good, review=preview), value, limit, longer)
        for name, value, good, limit in rows
    ]
    # A few divergences are for review only if the refit with smaller steps, which these draws then are, agrees.
    harmless = diverging <= FEW_DIVERGENCES and (preview or draws.attrs.get("agrees") == 1)
    status = _graded(diverging, diverging == 0, review=harmless)
    remedy = "refit at a higher acceptance target (PROFILE=full); if it persists, simplify the model"
    return [*checks, check_row("computation", "divergent transitions", status, diverging, "0", remedy)]


def _worst(stat: xr.Dataset, how: str) -> float:
    values = np.array([float(getattr(stat[v], how)(skipna=True)) for v in stat.data_vars])
    known = values[~np.isnan(values)]
    # Chains stuck at different values have an infinite R-hat, which is not to be passed over.
    return float(getattr(known, how)()) if len(known) else np.nan


def plausibility_checks(
    design: Design, draws: xr.Dataset, parts: dict[str, np.ndarray], predicted: np.ndarray, *, rng
) -> list[dict]:
    """Part (b): baseline, in-sample coverage, and what is left in the residuals.

    Parameters
    ----------
    draws : flattened posterior. parts : components (sample, t, r). predicted : predictive draws (sample, t, r).
    """
    not_base = ("channel:", "interaction:", "spillover", "fitted", "shock")
    own = [v for k, v in parts.items() if not k.startswith(not_base)]
    base = sum(own).mean(axis=1)
    negative = float((base.sum(axis=1) < 0).mean())
    covered = _coverage(design, predicted)
    checks = [
        check_row(
            "plausibility",
            "chance of a negative baseline",
            _graded(negative, negative <= 0.05),
            negative,
            "at most 5 %",
            "media claim more than there is: add the missing driver of demand as a control",
        ),
        check_row(
            "plausibility",
            "in-sample coverage of the 90 % interval",
            _graded(covered, 0.80 <= covered <= 0.97),
            covered,
            "80 % to 97 %",
            "the noise is misjudged: look for outliers or a missing event",
        ),
    ]
    for name, p, remedy in _residual_checks(design, draws, parts["fitted"], rng=rng):
        status = _graded(p, 0.05 <= p <= 0.95)
        checks.append(check_row("plausibility", name, status, p, "p between 0.05 and 0.95", remedy))
    return checks


def _coverage(design: Design, predicted: np.ndarray) -> float:
    low, high = np.quantile(predicted, [LOWER, UPPER], axis=0)
    inside = (design.outcome >= low) & (design.outcome <= high)
    return float(inside[design.observed].mean())


def _residual_checks(design: Design, draws: xr.Dataset, fitted: np.ndarray, *, rng) -> list[tuple]:
    """Posterior predictive p-values of statistics of the innovations, drawn anew under the model."""
    left = innovations(design, draws, fitted)[0][:, 1:]
    use = design.observed[1:] & design.observed[:-1]
    again = rng.normal(size=left.shape) * noise_scale(draws)[0][:, None, :]
    media = (design.media * design.paid).sum(axis=2)[1:]
    tests = [
        (
            "serial correlation of residuals",
            _lag_one,
            "add what moves the outcome slowly: trend, economy, events",
        ),
    ]
    if np.ptp(media, axis=0).any():
        remedy = "spend follows something unseen: add it"
        tests.append(("residuals against spend", lambda e: _with_series(e, media), remedy))
    if len(design.regions) > 1:
        tests.append(("correlation between regions", _between_regions, "a shared driver is missing: add it"))
    return [
        (name, float((stat(np.where(use, again, 0)) >= stat(np.where(use, left, 0))).mean()), remedy)
        for name, stat, remedy in tests
    ]


def _lag_one(e: np.ndarray) -> np.ndarray:
    """(sample,) mean over regions of the lag-one autocorrelation."""
    return ((e[:, 1:] * e[:, :-1]).sum(axis=1) / (e**2).sum(axis=1)).mean(axis=1)


def _with_series(e: np.ndarray, series: np.ndarray) -> np.ndarray:
    """(sample,) mean correlation with a series over the regions in which that series moves."""
    moves = np.ptp(series, axis=0) > 0
    e, centred = e[:, :, moves], (series - series.mean(axis=0))[:, moves]
    return ((e * centred).sum(axis=1) / np.sqrt((e**2).sum(axis=1) * (centred**2).sum(axis=0))).mean(axis=1)


def _between_regions(e: np.ndarray) -> np.ndarray:
    unit = e / np.sqrt((e**2).sum(axis=1, keepdims=True))
    gram = np.einsum("str,stq->srq", unit, unit)
    regions = e.shape[2]
    return (gram.sum(axis=(1, 2)) - regions) / (regions * (regions - 1))


def prediction_check(validation: pd.DataFrame) -> list[dict]:
    """Part (d): the market's forecasts of all folds together against seasonal naive; fails only if clearly worse.

    Clearly worse: the paired 90 % interval of the gain, which allows for errors that hang together over time
    (`validation.paired_interval`), lies wholly below zero.

    Parameters
    ----------
    validation : the scores of the folds; none is "not available" and gives no row.
    """
    if validation.empty:
        return []
    total = validation[validation["region"] == "all"]
    if total["crps_naive"].isna().any():
        return []
    low, high = (float(total[c].iloc[0]) for c in ("crps_gain_q05", "crps_gain_q95"))
    ours, naive = ((total[c] * total["horizon"]).sum() for c in ("crps", "crps_naive"))
    status = "fail" if high < 0 else "pass" if low > 0 else "review"
    remedy = "last year's figures predict no worse: do not use the model for forecasts"
    limit = "not clearly below 0"
    skill = float(1 - ours / naive)
    return [check_row("prediction", "gain in forecast score over last year", status, skill, limit, remedy)]


def recommends(health: pd.DataFrame, profile: Profile) -> bool:
    """Whether this market may be given a recommendation at all."""
    gating = health[health["part"].isin(GATING)]
    return profile.decision_grade and not (gating["status"] == "fail").any()
