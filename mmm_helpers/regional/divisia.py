"""The gap in cost per conversion between two regions, split exactly into the factors of a chain.

Logarithmic-mean Divisia index, additive form (LMDI-I; Ang 2005). With channel c's cost per conversion of the region
y_c = mix_c × factor_1c × … × factor_kc, the part of factor k is Σ_c L(y_c of B, y_c of A) × ln(factor ratio), with the
logarithmic mean L(b, a) = (b − a) / ln(b / a). Parts add up to the gap with nothing left over, do not depend on the
order of the factors, and change their sign when the regions change places.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.regional.chains import CHAINS, block_totals, factor_values, shared_channels
from mmm_helpers.regional.jackknife import half_width, jackknife

MIX = "mix"
"""Name of the part that comes from channels' shares of the conversions."""
GAP = "gap"
"""Name of the row that holds the whole gap."""
ALL = "all"


def log_mean(b: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Logarithmic mean of two positive numbers.

    Examples
    --------
    >>> float(log_mean(np.e, 1.0)), float(log_mean(3.0, 3.0))
    (1.71828..., 3.0)
    """
    log = np.log(np.asarray(b, float) / np.asarray(a, float))
    near = np.abs(log) < 1e-12
    return a * np.where(near, 1.0 + log / 2, np.expm1(log) / np.where(near, 1.0, log))


def divisia_parts(base: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Parts of Σ_items Π_factors `other` − Σ_items Π_factors `base`.

    Parameters
    ----------
    base, other : (..., items, factors), above zero.

    Returns
    -------
    (..., items, factors) in the unit of the product; the sum over the last two axes is the difference.

    Examples
    --------
    >>> parts = divisia_parts(np.array([[2.0, 3.0]]), np.array([[4.0, 3.0]]))
    >>> parts.round(6).tolist()
    [[6.0, 0.0]]
    """
    weight = log_mean(other.prod(axis=-1), base.prod(axis=-1))
    return weight[..., None] * np.log(other / base)


def chain_items(totals: dict[str, np.ndarray], chain: str) -> np.ndarray:
    """What a chain multiplies to each channel's cost per conversion of the region: (..., channels, mix and factors).

    Parameters
    ----------
    totals : count → (..., channels).
    """
    factors = CHAINS[chain]
    values = factor_values(totals, factors) ** np.array([f.power for f in factors])
    values = values / np.array([f.scale for f in factors])
    conversions = totals["conversions"]
    mix = conversions / conversions.sum(axis=-1, keepdims=True)
    return np.concatenate([mix[..., None], values], axis=-1)


def compute_gap(rows: pd.DataFrame, *, chain: str, base: str, region: str) -> pd.DataFrame:
    """The gap in cost per claimed conversion, `region` minus `base`, by channel and factor.

    Parameters
    ----------
    rows : result of `chains.delivery_rows`.
    chain : key of `chains.CHAINS`.

    Returns
    -------
    One row per channel (and `all`) and factor (MIX first, then the chain's, last GAP, their sum): `chain, base, region,
    channel, factor, base_rate, region_rate, part_mean, part_q05, part_q95`; money of the rows. Rates are per channel
    only. Empty if no channel reports the chain in every region.
    """
    channels = shared_channels(rows, chain)
    if not channels:
        return pd.DataFrame(columns=["chain", "base", "region", "channel", "factor", *RESULT])
    blocks = block_totals(rows, regions=[base, region], channels=channels)
    value, se = jackknife(blocks, lambda totals: _parts(totals, chain))
    wide = half_width(se, blocks=len(blocks["spend"]))
    names = [MIX, *(f.name for f in CHAINS[chain]), GAP]
    index = pd.MultiIndex.from_product([[*channels, ALL], names], names=["channel", "factor"])
    frame = pd.DataFrame({"part_mean": value.ravel()}, index=index)
    frame["part_q05"], frame["part_q95"] = (value - wide).ravel(), (value + wide).ravel()
    frame = frame.join(_rates(blocks, chain, channels)).reset_index()
    frame.insert(0, "region", region)
    frame.insert(0, "base", base)
    frame.insert(0, "chain", chain)
    return frame[["chain", "base", "region", "channel", "factor", *RESULT]]


RESULT = ["base_rate", "region_rate", "part_mean", "part_q05", "part_q95"]


def _parts(totals: dict[str, np.ndarray], chain: str) -> np.ndarray:
    """(..., channels + 1, factors + 1): parts by channel, with all channels below and all factors to the right."""
    items = chain_items(totals, chain)
    parts = divisia_parts(items[..., 0, :, :], items[..., 1, :, :])
    parts = np.concatenate([parts, parts.sum(axis=-1, keepdims=True)], axis=-1)
    return np.concatenate([parts, parts.sum(axis=-2, keepdims=True)], axis=-2)


def _rates(blocks: dict[str, np.ndarray], chain: str, channels: list[str]) -> pd.DataFrame:
    """Rates of both regions by channel and factor; the mix is the channel's share of the conversions."""
    totals = {name: values.sum(axis=0) for name, values in blocks.items()}
    mix = totals["conversions"] / totals["conversions"].sum(axis=-1, keepdims=True)
    rates = np.concatenate([mix[..., None], factor_values(totals, CHAINS[chain])], axis=-1)
    names = [MIX, *(f.name for f in CHAINS[chain])]
    index = pd.MultiIndex.from_product([channels, names], names=["channel", "factor"])
    return pd.DataFrame({"base_rate": rates[0].ravel(), "region_rate": rates[1].ravel()}, index=index)


def compute_costs(rows: pd.DataFrame) -> pd.DataFrame:
    """Cost per claimed conversion of every region, over the channels that all of them report, the cheapest first.

    Returns
    -------
    `region, spend, conversions, cpa_mean, cpa_q05, cpa_q95`; money of the rows. Empty without a shared channel.
    """
    channels, regions = shared_channels(rows), sorted(rows["region"].unique())
    if not channels:
        return pd.DataFrame(columns=["region", "spend", "conversions", "cpa_mean", "cpa_q05", "cpa_q95"])
    blocks = block_totals(rows, regions=regions, channels=channels)
    blocks = {name: blocks[name].sum(axis=2) for name in ("spend", "conversions")}
    value, se = jackknife(blocks, lambda t: t["spend"] / t["conversions"])
    wide = half_width(se, blocks=len(blocks["spend"]))
    frame = {"region": regions} | {name: values.sum(axis=0) for name, values in blocks.items()}
    frame |= {"cpa_mean": value, "cpa_q05": value - wide, "cpa_q95": value + wide}
    return pd.DataFrame(frame).sort_values("cpa_mean", ignore_index=True)
