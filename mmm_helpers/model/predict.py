"""Contributions and predictions in numpy, recomputed from parameter draws.

A stored fit holds parameters only (megabytes, not gigabytes); everything per date is computed here, channel
by channel. A test holds this against the mean of the sampled model.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mmm_helpers.model.design import Design
from mmm_helpers.model.noise_draws import draw_shock
from mmm_helpers.model.transforms import adstock, lag_weights, saturate

MAX_DRAWS = 1000
KERNEL = ("alpha", "delay", "weibull_shape", "weibull_scale")


def flatten(posterior: xr.Dataset, *, most: int = MAX_DRAWS) -> xr.Dataset:
    """Chains laid end to end as dim `sample`, thinned evenly to at most `most` draws."""
    flat = posterior.stack(sample=("chain", "draw")).reset_index("sample").transpose("sample", ...)
    step = max(1, -(-flat.sizes["sample"] // most))
    return flat.isel(sample=slice(None, None, step))


def channel_weights(design: Design, draws: xr.Dataset, channel: str) -> np.ndarray:
    """Lag weights (sample, l_max of the channel), each row summing to 1."""
    c, own = design.channels.index(channel), draws.sel(channel=channel)
    shape = {name: own[name].to_numpy() for name in KERNEL if name in own}
    return lag_weights(design.adstock[c], int(design.lags[c]), **shape)


def relative_level(
    design: Design, draws: xr.Dataset, channel: str, carried: np.ndarray, *, tide: np.ndarray | None = None
) -> np.ndarray:
    """The channel's effect relative to its effect at the region's mean level, which is 1.

    Parameters
    ----------
    carried : (sample or 1, n, r) media after carry-over.
    tide : (sample, n) log of the media's common ups and downs; None for none.

    Returns
    -------
    Shape (sample, n, r).
    """
    c, own = design.channels.index(channel), draws.sel(channel=channel)
    fullness, slope = (own[v].to_numpy()[:, None, None] for v in ("fullness", "slope"))
    family = design.saturation[c]
    level = saturate(family, carried, fullness, slope)
    level /= saturate(family, design.mean_media[None, None, :, c], fullness, slope)
    return level if tide is None else level * np.exp(tide)[:, :, None]


def effect_at_mean(design: Design, draws: xr.Dataset, channel: str) -> np.ndarray:
    """(sample, 1, r) what the channel brings per period at its mean level, in the outcome's unit."""
    c = design.channels.index(channel)
    log_effect = draws["log_effect"].sel(channel=channel).transpose("sample", "region").to_numpy()
    return (design.prior_share[:, c] * np.exp(log_effect) * design.outcome_scale)[:, None, :]


def media_tide(draws: xr.Dataset, periods: int, first: int = 0) -> np.ndarray | None:
    """(sample, periods) log of the media's ups and downs from period `first` on, kept past the data's end."""
    if "tide" not in draws:
        return None
    tide = draws["tide"].transpose("sample", "date").to_numpy()
    return tide[:, np.minimum(first + np.arange(periods), tide.shape[1] - 1)]


def channel_contribution(
    design: Design, draws: xr.Dataset, channel: str, *, media: np.ndarray | None = None, first: int = 0
) -> np.ndarray:
    """What of the outcome on each date is due to the channel's spend so far (landed contribution).

    Parameters
    ----------
    design : the market's arrays.
    draws : flattened posterior with `log_effect` (sample, region, channel).
    media : (t, r) scaled media to use instead of the observed ones; a counterfactual path.
    first : the data's period that the path starts in; may lie past the end.

    Returns
    -------
    Shape (sample, t, r), in the outcome's unit.
    """
    level = channel_level(design, draws, channel, media=media, first=first)
    return effect_at_mean(design, draws, channel) * level


def channel_level(
    design: Design, draws: xr.Dataset, channel: str, *, media: np.ndarray | None = None, first: int = 0
) -> np.ndarray:
    """(sample, t, r) the channel's effect over time relative to its effect at mean level."""
    x = design.media[:, :, design.channels.index(channel)] if media is None else media
    carried = adstock(x, channel_weights(design, draws, channel))
    return relative_level(design, draws, channel, carried, tide=media_tide(draws, len(x), first))


def media_contributions(design: Design, draws: xr.Dataset) -> dict[str, np.ndarray]:
    """Landed contribution (sample, t, r) of every channel."""
    return {c: channel_contribution(design, draws, c) for c in design.channels}


def pair_contribution(
    design: Design,
    draws: xr.Dataset,
    pair: tuple[str, str],
    *,
    media: dict[str, np.ndarray] | None = None,
    first: int = 0,
) -> np.ndarray:
    """What two channels add together (sample, t, r), in the outcome's unit.

    Parameters
    ----------
    media : counterfactual paths (t, r) by channel, for those that differ from the observed.
    first : the data's period that the paths start in.
    """
    strength = draws["interaction"].sel(pair="*".join(pair)).to_numpy()[:, None, None]
    one, other = (channel_level(design, draws, c, media=(media or {}).get(c), first=first) for c in pair)
    return strength * design.outcome_scale * one * other


def whole_effect(
    design: Design,
    draws: xr.Dataset,
    paths: dict[str, np.ndarray],
    others: dict[str, np.ndarray],
    *,
    first: int = 0,
) -> np.ndarray:
    """Everything on each date that depends on some channels' paths: their own contributions, what they add
    together with each other and with other channels, and what they bring in other regions.

    Parameters
    ----------
    paths : (t, r) scaled media of the channels. others : the same of their partners in interactions.
    first : the data's period that the paths start in.

    Returns
    -------
    Shape (sample, t, r), in the outcome's unit.
    """
    own = sum(channel_contribution(design, draws, c, media=x, first=first) for c, x in paths.items())
    total = own + spilled(design, draws, own) if "spillover" in draws else own
    pairs = [p for p in design.interactions if set(p) & set(paths)]
    return total + sum(pair_contribution(design, draws, p, media=others | paths, first=first) for p in pairs)


def spilled(design: Design, draws: xr.Dataset, media: np.ndarray) -> np.ndarray:
    """What media contributions (sample, t, r) of the other regions bring in each region.

    Regions are compared in shares of their own outcome, as in the model.
    """
    strength = draws["spillover"].to_numpy()[:, None, None]
    shares = media / design.outcome_scale
    others = (shares.sum(axis=2, keepdims=True) - shares) / (len(design.regions) - 1)
    return strength * others * design.outcome_scale


def baseline_parts(design: Design, draws: xr.Dataset, media_mean: np.ndarray) -> dict[str, np.ndarray]:
    """Everything that is not media or shock, by component, each (sample, t, r) in the outcome's unit.

    Parameters
    ----------
    media_mean : (sample, r), the media's total mean over the region's known periods; the intercept is the
        region's level with media, so this is taken out to leave the baseline.
    """
    scale = design.outcome_scale
    shape = (draws.sizes["sample"], len(design.dates), len(design.regions))
    level = draws["intercept"].transpose("sample", "region").to_numpy() * scale - media_mean
    parts = {
        "baseline": np.broadcast_to(level[:, None, :], shape),
        "trend": _trend(design, draws) * scale,
        "seasonality": _season(design, draws)[:, :, None] * scale,
    }
    for k, name in enumerate(design.control_names):
        label = "holidays" if name == "holiday" else f"control:{name}"
        parts[label] = control_effects(draws)[:, None, :, k] * design.controls[None, :, :, k] * scale
    return parts


def control_effects(draws: xr.Dataset) -> np.ndarray:
    """(sample, r or 1, k) change of a region's outcome for one sd of a control, as a share of its mean."""
    effect = draws["control_effect"]
    effect = effect if "region" in effect.dims else effect.expand_dims("region")
    return effect.transpose("sample", "region", "control").to_numpy()


def _trend(design: Design, draws: xr.Dataset) -> np.ndarray:
    """(sample, t, r) the level's line over time, and its drift where the model has one."""
    slope = draws["trend"].transpose("sample", "region").to_numpy()
    line = slope[:, None, :] * design.time[None, :, None]
    if "drift" not in draws:
        return line
    return line + draws["drift"].transpose("sample", "date").to_numpy()[:, :, None]


def _season(design: Design, draws: xr.Dataset) -> np.ndarray:
    """(sample, t) the yearly cycle, and the weekly one of daily data."""
    season = np.zeros((draws.sizes["sample"], len(design.dates)))
    if "season_effect" in draws:
        season += draws["season_effect"].transpose("sample", "fourier_mode").to_numpy() @ design.fourier.T
    if "weekday_effect" in draws:
        season += draws["weekday_effect"].transpose("sample", "weekday").to_numpy() @ design.weekdays.T
    return season


def components(design: Design, draws: xr.Dataset, *, seed: int = 0) -> dict[str, np.ndarray]:
    """All components of the fitted outcome, `fitted` last; the parts add up to it draw by draw.

    The shock that regions share is drawn from what the data say about it, given the parameters.
    """
    media = media_contributions(design, draws)
    parts = {f"channel:{c}": m for c, m in media.items()}
    parts |= {f"interaction:{'*'.join(p)}": pair_contribution(design, draws, p) for p in design.interactions}
    if "spillover" in draws:
        parts["spillover"] = spilled(design, draws, sum(media.values()))
    mean = sum((m * design.span_weights).sum(axis=1) for m in parts.values())
    base = baseline_parts(design, draws, mean)
    explained = sum(base.values()) + sum(parts.values())
    if "shock_sd" in draws:
        shock = draw_shock(design, draws, explained, rng=np.random.default_rng(seed))
        base["shock"] = shock[:, :, None] * design.outcome_scale
        explained = explained + base["shock"]
    return base | parts | {"fitted": explained}
