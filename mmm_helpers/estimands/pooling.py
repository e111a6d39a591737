"""How much markets and regions share: lambda by channel, other priors of tau, and the rule that we do not follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.estimands.tiers import area_effect
from mmm_helpers.intervals import SUFFIXES, summarize
from mmm_helpers.layout import PORTFOLIO
from mmm_helpers.model.design import Design


def columns_of(*names: str) -> list[str]:
    """Columns of a quantity's mean and quantiles.

    Examples
    --------
    >>> columns_of("tau")
    ['tau_mean', 'tau_q05', 'tau_q50', 'tau_q95']
    """
    return [f"{name}_{suffix}" for name in names for suffix in SUFFIXES]


POOLING_COLUMNS = ["market", "level", "channel", "units", "lambda", *columns_of("sd")]
TAU_COLUMNS = ["market", "channel", "tau_prior", *columns_of("return", "tau")]
THRESHOLD_COLUMNS = [
    *("market", "channel", "volume", "threshold", "rule"),
    *columns_of("return_own", "return_common", "return_rule", "return_partial"),
]
TAU_PRIORS = ("half", "default", "double")
LEAST_SIDE = 3
"""At least one market in so many lies on either side of the threshold."""


@dataclass(frozen=True)
class MarketDraws:
    """What the tables about sharing need of one market.

    Parameters
    ----------
    own, pooled : flattened draws of its own fit and of its final posterior, with `log_effect`.
    offset : (c,) log return = log effect + offset.
    """

    design: Design
    own: xr.Dataset
    pooled: xr.Dataset
    offset: np.ndarray

    def log_return(self, which: str, channel: str) -> np.ndarray:
        """(sample,) log return of the whole market at mean spend; `which` is own or pooled."""
        c = self.design.channels.index(channel)
        draws = self.own if which == "own" else self.pooled
        effect = draws["log_effect"].sel(channel=channel).transpose("sample", "region").to_numpy()
        return area_effect(self.design, effect, list(range(len(self.design.regions))), c) + self.offset[c]

    @property
    def paid_channels(self) -> list[str]:
        return [c for c, paid in zip(self.design.channels, self.design.paid, strict=True) if paid]


def pooling_lambda(errors: np.ndarray) -> float:
    """Gelman & Pardoe's (2006) pooling factor of a level: 1 − Var_k(E[ε_k]) / E[Var_k(ε_k)].

    Zero where each unit's own data decide where it lies, one where the units' mean does.

    Parameters
    ----------
    errors : (sample, unit) draws of the units' distances from their common mean; two units or more.

    Examples
    --------
    >>> round(pooling_lambda(np.array([[1.0, -1.0], [1.0, -1.0]])), 3)
    0.0
    """
    return float(1 - errors.mean(axis=0).var(ddof=1) / errors.var(axis=1, ddof=1).mean())


def compute_pooling(design: Design, pooled: xr.Dataset, shared: xr.Dataset | None) -> pd.DataFrame:
    """One row per level and channel: lambda, and the sd between the units that there are.

    Parameters
    ----------
    pooled : flattened draws of the market's final posterior.
    shared : draws of what markets share; None for a portfolio of one market.

    Returns
    -------
    Columns market (`portfolio` for the level of markets), level (`region` or `market`), channel, units, lambda, sd_*
    (of the log return, over the units at hand: Gelman & Hill 2007, ch. 21). No rows for a level that is not
    partially pooled.
    """
    rows = []
    for c, channel in enumerate(design.channels):
        if "region_deviation" in pooled and not design.national[c]:
            errors = _region_errors(design, pooled, channel)
            rows.append(_level(design.market, "region", channel, errors))
        if shared is not None and float(shared["tau"].max()) > 0:
            errors = (shared["log_return"] - shared["mu"]).sel(channel=channel).dropna("market", how="all")
            if errors.sizes["market"] > 1:
                rows.append(
                    _level(PORTFOLIO, "market", channel, errors.transpose("sample", "market").to_numpy())
                )
    return pd.DataFrame(rows, columns=POOLING_COLUMNS)


def _region_errors(design: Design, pooled: xr.Dataset, channel: str) -> np.ndarray:
    """(sample, region) distances of the regions from what their market and their attributes predict."""
    errors = pooled["region_deviation"].sel(channel=channel).transpose("sample", "region").to_numpy()
    if "predictor_effect" in pooled:
        errors = (
            errors
            - pooled["predictor_effect"].transpose("sample", "predictor").to_numpy() @ design.predictors.T
        )
    return errors - errors.mean(axis=1, keepdims=True)


def _level(market: str, level: str, channel: str, errors: np.ndarray) -> dict:
    keys = {"market": market, "level": level, "channel": channel, "units": errors.shape[1]}
    return keys | {"lambda": pooling_lambda(errors)} | summarize(errors.std(axis=1, ddof=1), "sd")


def join_pooling(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The markets' tables of `compute_pooling` one below the other; the level of markets, which all have, once."""
    return pd.concat(tables, ignore_index=True).drop_duplicates(
        ["market", "level", "channel"], ignore_index=True
    )


def compute_tau_sensitivity(markets: Sequence[MarketDraws], shared: xr.Dataset | None) -> pd.DataFrame:
    """Each market's returns at mean spend under half, the default and twice the prior scale of tau.

    Parameters
    ----------
    shared : draws of what markets share; without other priors of tau there are no rows.

    Returns
    -------
    One row per market, paid channel and prior: columns market, channel, tau_prior, return_*, tau_*.
    """
    if shared is None or "other_tau" not in shared:
        return pd.DataFrame(columns=TAU_COLUMNS)
    rows = []
    for market in markets:
        for channel in market.paid_channels:
            for prior in TAU_PRIORS:
                keys = {"market": market.design.market, "channel": channel, "tau_prior": prior}
                draws, tau = _under_prior(market, channel, shared, prior)
                rows.append(keys | summarize(np.exp(draws), "return") | summarize(tau, "tau"))
    return pd.DataFrame(rows, columns=TAU_COLUMNS)


def _under_prior(
    market: MarketDraws, channel: str, shared: xr.Dataset, prior: str
) -> tuple[np.ndarray, np.ndarray]:
    """Draws of a market's log return and of tau under one prior; under the default, those that every page shows."""
    default = market.log_return("pooled", channel)
    if prior == "default":
        return default, shared["tau"].to_numpy()
    other = shared.sel(tau_prior=prior)
    code = market.design.market
    draws = other["other_log_return"].sel(market=code, channel=channel).to_numpy()
    # Regions that are not pooled leave their total a little off the mean that markets share.
    beyond = default.mean() - float(shared["log_return"].sel(market=code, channel=channel).mean())
    return draws + (beyond if "region" in market.own["log_effect_market"].dims else 0.0), other[
        "other_tau"
    ].to_numpy()


def split_by_volume(volumes: Mapping[str, float]) -> tuple[float, tuple[str, str]]:
    """A threshold between the two markets that are nearest in volume, and these two, the smaller one first.

    Nearest is the smallest ratio among neighbours that leave at least a third of the markets on either side.

    Examples
    --------
    >>> split_by_volume({"A": 1.0, "B": 10.0, "C": 11.0, "D": 90.0})
    (10.5, ('B', 'C'))
    """
    order = sorted(volumes, key=volumes.__getitem__)
    least = max(1, len(order) // LEAST_SIDE)
    pairs = [(order[i - 1], order[i]) for i in range(least, len(order) - least + 1)]
    low, high = min(pairs, key=lambda pair: volumes[pair[1]] / volumes[pair[0]])
    return (volumes[low] + volumes[high]) / 2, (low, high)


def compute_threshold_rule(
    markets: Sequence[MarketDraws], shared: xr.Dataset | None, volumes: Mapping[str, float]
) -> pd.DataFrame:
    """What a hard rule would show (own model above a volume, one common return below), beside partial pooling.

    Parameters
    ----------
    volumes : market → outcome of the last year, reporting currency; the threshold is that of `split_by_volume`.

    Returns
    -------
    One row per market and paid channel, smallest market first: columns market, channel, volume, threshold, rule (own
    or pooled), return_own_* (the market's own fit), return_common_* (all markets alike), return_rule_* (whichever of
    the two the rule takes), return_partial_* (the posterior that every page shows). No rows where markets are not
    partially pooled.
    """
    if shared is None or "common" not in shared or len(markets) < 2:
        return pd.DataFrame(columns=THRESHOLD_COLUMNS)
    threshold, _ = split_by_volume({m.design.market: volumes[m.design.market] for m in markets})
    rows = []
    for market in sorted(markets, key=lambda m: volumes[m.design.market]):
        code = market.design.market
        rule = "own" if volumes[code] > threshold else "pooled"
        keys = {"market": code, "volume": volumes[code], "threshold": threshold, "rule": rule}
        for channel in market.paid_channels:
            own = np.exp(market.log_return("own", channel))
            common = np.exp(shared["common"].sel(channel=channel).to_numpy())
            partial = np.exp(market.log_return("pooled", channel))
            shown = {
                "own": own,
                "common": common,
                "rule": own if rule == "own" else common,
                "partial": partial,
            }
            returns = [summarize(draws, f"return_{name}") for name, draws in shown.items()]
            rows.append(keys | {"channel": channel} | {k: v for one in returns for k, v in one.items()})
    return pd.DataFrame(rows, columns=THRESHOLD_COLUMNS)
