"""How much of a cell's number is its own: pooling factor, data tier, and the estimate before pooling."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.model.areas import MARKET, areas
from mmm_helpers.model.design import Design

LOCAL, TRANSFERRED = 0.3, 0.7
"""Cuts of the pooling factor: below is `local`, above `transferred`, between `partially_pooled`."""
NORMAL_QUANTILE = 1.6448536269514722
"""The 95 % quantile of the standard normal."""
WIDEST = 3.0
"""A cell's own sd on the log scale is shown as at most this: beyond, its data say nothing."""


def data_tier(pooling_factor: float) -> str:
    """Name of the tier that a pooling factor falls into.

    Examples
    --------
    >>> [data_tier(x) for x in (0.1, 0.5, 0.9)]
    ['local', 'partially_pooled', 'transferred']
    """
    if pooling_factor < LOCAL:
        return "local"
    return "partially_pooled" if pooling_factor <= TRANSFERRED else "transferred"


def pooling_factor(own_variance: np.ndarray, between_variance: float) -> np.ndarray:
    """s² / (s² + τ²): 0 where the cell's own data decide, 1 where the other units do."""
    return own_variance / (own_variance + between_variance)


def cell_prior(design: Design, own: xr.Dataset, c: int) -> np.ndarray:
    """(r, r) covariance of one channel's log effects over regions before the data, by how regions were pooled.

    A channel bought for the whole market has one effect, whatever the pooling.
    """
    regions, variance = len(design.regions), float(design.effect_sd[c]) ** 2
    if "region" in own["log_effect_market"].dims:
        return variance * np.eye(regions)
    shared = np.full((regions, regions), variance)
    if "region_sd" not in own or design.national[c]:
        return shared
    deviations = (np.eye(regions) - 1 / regions) * regions / (regions - 1)
    return shared + float((own["region_sd"] ** 2).mean()) * deviations


def area_effect(design: Design, log_effect: np.ndarray, where: list[int], c: int) -> np.ndarray:
    """(sample,) log effect of one channel in an area: of what its regions bring together at their mean levels.

    Parameters
    ----------
    log_effect : (sample, r). where : positions of the area's regions.
    """
    if len(where) == 1:
        return log_effect[:, where[0]]
    weight = design.region_weights[where, c]
    return np.log(np.exp(log_effect[:, where]) @ (weight / weight.sum()))


def own_evidence(log_effect: np.ndarray, prior: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each region's data alone say about its log effect: mean and sd with the prior taken out.

    Parameters
    ----------
    log_effect : (sample, r) draws of one channel from the market's own fit.
    prior : (r, r) covariance of the log effects before the data; their prior mean is zero.

    Returns
    -------
    mean, sd : (r,). From the precision of the posterior minus that of the prior, region by region: with the
    other regions held fixed, what is left on the diagonal is the region's own likelihood.
    """
    centre = log_effect.mean(axis=0)
    posterior = np.linalg.inv(np.atleast_2d(np.cov(log_effect.T)))
    likelihood = posterior - np.linalg.inv(prior)
    precision = np.maximum(np.diag(likelihood), WIDEST**-2)
    # The likelihood's pull beyond what the other regions' values explain, seen from the region itself.
    pull = posterior @ centre - (likelihood - np.diag(np.diag(likelihood))) @ centre
    return np.clip(pull / precision, centre - WIDEST, centre + WIDEST), 1 / np.sqrt(precision)


def _cell_evidence(
    design: Design, before: np.ndarray, prior: np.ndarray, c: int
) -> dict[str, tuple[float, float, list[int]]]:
    """Own mean and sd of each area, and its regions; all the same where regions share one effect."""
    places = areas(design.regions)
    market = area_effect(design, before, places[MARKET], c)
    mean, sd = own_evidence(market[:, None], prior.mean(keepdims=True))
    cells = {name: (mean[0], sd[0], where) for name, where in places.items()}
    if np.linalg.matrix_rank(prior) == len(design.regions) > 1:
        evidence = zip(*own_evidence(before, prior), strict=True)
        cells |= {r: (m, s, places[r]) for r, (m, s) in zip(design.regions, evidence, strict=True)}
    return cells


def between_sd(design: Design, own: xr.Dataset, shared: xr.Dataset | None) -> tuple[float, float]:
    """Sd between regions and between markets (root of the posterior mean variance); 0 without such a level."""
    region = float(np.sqrt((own["region_sd"] ** 2).mean())) if "region_sd" in own else 0.0
    market = 0.0 if shared is None else float(np.sqrt((shared["tau"] ** 2).mean()))
    return region, market


def compute_shrinkage(
    design: Design, own: xr.Dataset, pooled: xr.Dataset, shared: xr.Dataset | None, offset: np.ndarray
) -> pd.DataFrame:
    """One row per region (and `all`) and channel: own estimate, pooled one, pooling factor, tier.

    Parameters
    ----------
    own, pooled : flattened draws of the market's own fit and of the final posterior, with `log_effect`.
    shared : draws of the portfolio's hyper-parameters, None for a portfolio of one market.
    offset : (c,) log return = log effect + offset.

    Returns
    -------
    Columns market, region, channel, own_*, pooled_* (return at mean spend; share of outcome relative to its
    prior for unpaid channels; mean is the median's exponential for `own`), pooling_factor, data_tier.
    """
    region_sd, market_sd = between_sd(design, own, shared)
    rows = []
    for c, channel in enumerate(design.channels):
        before, after = (
            d["log_effect"].sel(channel=channel).transpose("sample", "region").to_numpy()
            for d in (own, pooled)
        )
        cells = _cell_evidence(design, before, cell_prior(design, own, c), c)
        for region, (mean, sd, where) in cells.items():
            draws = area_effect(design, after, where, c)
            alike = region == MARKET or design.national[c]
            between = market_sd if alike else np.hypot(region_sd, market_sd)
            # A market by itself shares nothing; markets that are all alike share everything (a sd of zero).
            between = np.inf if shared is None and between == 0 else between
            keys = {"market": design.market, "region": region, "channel": channel}
            rows.append(keys | _row(mean + offset[c], sd, np.exp(draws + offset[c]), between))
    return pd.DataFrame(rows)


def _row(mean: float, sd: float, pooled: np.ndarray, between: float) -> dict:
    factor = float(pooling_factor(np.array(sd**2), between**2))
    low, high = np.quantile(pooled, [LOWER, UPPER])
    return {
        "own_mean": np.exp(mean),
        "own_q05": np.exp(mean - NORMAL_QUANTILE * sd),
        "own_q95": np.exp(mean + NORMAL_QUANTILE * sd),
        "pooled_mean": pooled.mean(),
        "pooled_q05": low,
        "pooled_q95": high,
        "pooling_factor": factor,
        "data_tier": data_tier(factor),
    }
