"""Part (c) of the gate: what a market's own data say about a cell, and which channels they cannot tell apart.

Everything here looks at the market's own fit, before the markets inform each other: a number that is sure only
because other markets are is borrowed, and no evidence of this market's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse.csgraph import connected_components

from mmm_helpers.estimands.tiers import area_effect, cell_prior
from mmm_helpers.model.areas import areas
from mmm_helpers.model.design import Design
from mmm_helpers.model.health import check_row

PRIOR_DOMINATED = np.sqrt(0.5)
"""Posterior sd over prior sd of a log effect from which on the prior holds more than half of the information."""
INSEPARABLE = 0.9
"""Two channels cannot be told apart if what one gains in the posterior the other loses, with a correlation
beyond minus this, in their log effects or in what they bring."""
NEVER_APART = 0.95
"""Nor if their spend moved together within regions with at least this correlation, whatever the posterior says: a
variance inflated tenfold (Marquardt 1970). Of two channels in exact proportion a fit may well correlate the effects
by no more than −0.6, because carry-over and saturation differ and the priors bound what each can take."""
NEVER_VARIED = 0.01
"""A channel never varied where its sd over time is below this share of its mean."""
ENOUGH = 0.8
"""Share of the last year's spend on identified cells from which on the health table's line passes."""
COLUMNS = [
    "market", "region", "channel", "prior_sd", "posterior_sd", "sd_ratio", "twin", "group", "identified", "reason"
]  # fmt: skip
NEVER_RAN, CONSTANT, MOSTLY_PRIOR = "never ran here", "never varied", "mostly prior"
"""Reasons why a cell is not identified, beside "cannot be told apart from …"."""


def identification(
    design: Design,
    own: xr.Dataset,
    *,
    known: np.ndarray | None = None,
    labels: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """One row per region (and `all`) and channel: whether the market's own data speak about the cell.

    Parameters
    ----------
    own : flattened draws of the market's own fit, before the portfolio stage, with `log_effect`.
    known : (t, r, c) whether spend is known (`known.known_media`); None if all of it is.
    labels : channel → name, for the reasons.

    Returns
    -------
    Columns market, region, channel, prior_sd and posterior_sd (of the log effect), sd_ratio, twin (the channel
    that it is hardest to tell apart from; empty if none), group (shared by channels that cannot be told apart in
    the market as a whole; empty if none), identified, reason (empty if identified).
    """
    known = np.ones(design.media.shape, bool) if known is None else known
    effects = own["log_effect"].transpose("sample", "region", "channel").to_numpy()
    groups = find_groups(design, effects, known)
    named = {c: (labels or {}).get(c) or c for c in design.channels}
    rows = []
    for region, where in areas(design.regions).items():
        log = _log_effects(design, effects, where)
        exchange = trade_off(log, _level(design, effects, where))
        varied = ran_and_varied(design.media[:, where], known[:, where])
        for c, channel in enumerate(design.channels):
            prior, posterior = prior_sd(design, own, where, c), float(log[:, c].std())
            apart = _twins(design.channels, exchange[c], groups, channel)
            reason = _reason(posterior / prior, apart, varied[c], named)
            rows.append(
                (design.market, region, channel, prior, posterior, posterior / prior, apart[0] if apart else "",
                 groups.get(channel, ""), not reason, reason)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def prior_sd(design: Design, own: xr.Dataset, where: Sequence[int], c: int) -> float:
    """Prior sd of one channel's log effect in the area of the regions `where`, each weighing by its size.

    Where regions share the market's effect, the market's own is that effect, however much they differ.
    """
    if len(where) == len(design.regions) and "region" not in own["log_effect_market"].dims:
        return float(design.effect_sd[c])
    weight = np.ones(1) if len(where) == 1 else design.region_weights[where, c]
    weight = weight / weight.sum()
    return float(np.sqrt(weight @ cell_prior(design, own, c)[np.ix_(where, where)] @ weight))


def _log_effects(design: Design, effects: np.ndarray, where: list[int]) -> np.ndarray:
    """(sample, c) log effect of each channel in the area of these regions."""
    areas_of = (area_effect(design, effects[:, :, c], where, c) for c in range(len(design.channels)))
    return np.column_stack(list(areas_of))


def _level(design: Design, effects: np.ndarray, where: Sequence[int]) -> np.ndarray:
    """(sample, c) what each channel brings in these regions at its mean level, in the outcome's unit."""
    size = design.prior_share[where] * design.outcome_scale[where, None]
    return (size * np.exp(effects[:, where])).sum(axis=1)


def trade_off(log: np.ndarray, level: np.ndarray) -> np.ndarray:
    """(c, c) how closely one channel loses in the posterior what another gains: the lower of two correlations.

    Where only the sum of two effects is known, what they bring is on a straight line, and their logarithms on a
    bent one: with sure data the first shows it, with weak data the second.

    Parameters
    ----------
    log, level : (sample, c) draws of log effects and of what the channels bring.
    """
    both = np.minimum(*(np.atleast_2d(np.corrcoef(draws.T)) for draws in (log, level)))
    np.fill_diagonal(both, 0.0)
    return both


def moved_together(media: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(c, c) correlation of channels over time within regions, over the periods in which both are known.

    Parameters
    ----------
    media : (t, r, c), per head, so that regions weigh by how much their spend moves. known : the same shape.
    """
    channels = media.shape[2]
    together = np.zeros((channels, channels))
    for i in range(channels):
        for j in range(i):
            both = known[:, :, i] & known[:, :, j]
            x, y = (_centred(media[:, :, k], both) for k in (i, j))
            scale = np.sqrt((x**2).sum() * (y**2).sum())
            together[i, j] = together[j, i] = (x * y).sum() / scale if scale > 0 else 0.0
    return together


def _centred(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    periods = np.maximum(known.sum(axis=0), 1)
    return np.where(known, values - (values * known).sum(axis=0) / periods, 0.0)


def find_groups(design: Design, effects: np.ndarray, known: np.ndarray) -> dict[str, str]:
    """Channel → name of its group, for channels that cannot be told apart in the market as a whole.

    Groups are the connected components of inseparable pairs, named by their channels ("display+social").
    """
    everywhere = list(range(len(design.regions)))
    exchange = trade_off(_log_effects(design, effects, everywhere), _level(design, effects, everywhere))
    pairs = (exchange < -INSEPARABLE) | (moved_together(design.media, known) > NEVER_APART)
    _, component = connected_components(pairs, directed=False)
    members = [[c for c, k in zip(design.channels, component, strict=True) if k == n] for n in set(component)]
    return {c: "+".join(group) for group in members if len(group) > 1 for c in group}


def ran_and_varied(media: np.ndarray, known: np.ndarray) -> list[str]:
    """Per channel why its spend in these regions cannot tell anything: never ran, never varied, or empty.

    Parameters
    ----------
    media, known : (t, r, c).
    """
    periods = np.maximum(known.sum(axis=0), 1)
    mean = (media * known).sum(axis=0) / periods
    sd = np.sqrt((np.where(known, media - mean, 0.0) ** 2).sum(axis=0) / periods)
    ran, varied = (mean > 0).any(axis=0), (sd > NEVER_VARIED * mean).any(axis=0)
    return ["" if v else CONSTANT if r else NEVER_RAN for r, v in zip(ran, varied, strict=True)]


def _twins(
    channels: Sequence[str], exchange: np.ndarray, groups: Mapping[str, str], channel: str
) -> list[str]:
    """Channels that this one cannot be told apart from, the hardest first."""
    order = [channels[i] for i in np.argsort(exchange, kind="stable")]
    close = {c for c, value in zip(channels, exchange, strict=True) if value < -INSEPARABLE}
    close |= {c for c, group in groups.items() if group == groups.get(channel)}
    return [c for c in order if c in close - {channel}]


def _reason(ratio: float, apart: Sequence[str], never: str, named: Mapping[str, str]) -> str:
    """Why a cell is not identified, in plain words; empty if it is."""
    if never:
        return never
    if apart:
        return f"cannot be told apart from {' and '.join(named[c] for c in apart)}"
    return MOSTLY_PRIOR if ratio >= PRIOR_DOMINATED else ""


def identification_check(design: Design, cells: pd.DataFrame) -> dict:
    """The health table's line on identification: the share of the last year's spend that the data speak about.

    Parameters
    ----------
    cells : table `identification`. Cells weigh by their spend, so that a channel that hardly costs anything does
        not put a whole market under review; where nothing was spent, all cells in which a channel ran weigh alike.
    """
    spend = design.spend[-round(design.periods_per_year) :].sum(axis=0).ravel()
    own = cells[cells["region"].isin(design.regions)]
    weight = spend if spend.sum() > 0 else (own["reason"] != NEVER_RAN).to_numpy(float)
    share = float((own["identified"].to_numpy(float) * weight).sum() / max(weight.sum(), 1e-9))
    return check_row(
        "identification",
        "spend that the data speak about",
        "pass" if share >= ENOUGH else "review",
        share,
        f"at least {ENOUGH:.0%}".replace("%", " %"),
        "the others are not moved by themselves: vary their spend or test them",
    )
