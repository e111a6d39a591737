"""Contributions and predictions in numpy, recomputed from parameter draws.

A stored fit holds parameters only (megabytes, not gigabytes); everything per date is computed here, channel
by channel. A test holds this against the mean of the sampled model.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mmm_helpers.model.design import Design
from mmm_helpers.model.transforms import adstock, geometric_weights

MAX_DRAWS = 1000


def flatten(posterior: xr.Dataset, *, most: int = MAX_DRAWS) -> xr.Dataset:
    """Chains laid end to end as dim `sample`, thinned evenly to at most `most` draws."""
    flat = posterior.stack(sample=("chain", "draw")).reset_index("sample").transpose("sample", ...)
    step = max(1, -(-flat.sizes["sample"] // most))
    return flat.isel(sample=slice(None, None, step))


def saturate(x: np.ndarray, fullness: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Hill curve with log-odds `fullness` at x = 1; the model's `_hill`, in numpy."""
    return 1.0 / (1.0 + np.exp(-fullness - slope * np.log(x + 1e-9)))


def channel_contribution(
    design: Design, draws: xr.Dataset, channel: str, *, media: np.ndarray | None = None
) -> np.ndarray:
    """What of the outcome on each date is due to the channel's spend so far (landed contribution).

    Parameters
    ----------
    design : the market's arrays.
    draws : flattened posterior with `log_effect` (sample, region, channel).
    media : (t, r) scaled media to use instead of the observed ones; a counterfactual path.

    Returns
    -------
    Shape (sample, t, r), in the outcome's unit.
    """
    c = design.channels.index(channel)
    own = draws.sel(channel=channel)
    x = design.media[:, :, c] if media is None else media
    weights = geometric_weights(own["alpha"].to_numpy(), design.l_max)
    carried = adstock(x, weights)
    fullness, slope = (own[v].to_numpy()[:, None, None] for v in ("fullness", "slope"))
    at_mean = saturate(design.mean_media[None, None, :, c], fullness, slope)
    effect = design.prior_share[:, c] * np.exp(own["log_effect"].transpose("sample", "region").to_numpy())
    size = (effect * design.outcome_scale)[:, None, :] / at_mean
    return size * saturate(carried, fullness, slope)


def media_contributions(design: Design, draws: xr.Dataset) -> dict[str, np.ndarray]:
    """Landed contribution (sample, t, r) of every channel."""
    return {c: channel_contribution(design, draws, c) for c in design.channels}


def baseline_parts(design: Design, draws: xr.Dataset, media_mean: np.ndarray) -> dict[str, np.ndarray]:
    """Everything that is not media, by component, each (sample, t, r) in the outcome's unit.

    Parameters
    ----------
    media_mean : (sample, r), the media's total mean over time; the intercept is the region's level with
        media, so this is taken out to leave the baseline.
    """
    scale = design.outcome_scale
    shape = (draws.sizes["sample"], len(design.dates), len(design.regions))
    level = draws["intercept"].transpose("sample", "region").to_numpy() * scale - media_mean
    slope = draws["trend"].transpose("sample", "region").to_numpy() * scale
    parts = {
        "baseline": np.broadcast_to(level[:, None, :], shape),
        "trend": slope[:, None, :] * design.time[None, :, None],
        "seasonality": _season(design, draws)[:, :, None] * scale,
    }
    if "shock" in draws:
        shock = draws["shock"].transpose("sample", "date").to_numpy()
        parts["shock"] = shock[:, :, None] * scale
    for name in design.control_names:
        k = design.control_names.index(name)
        effect = draws["control_effect"].sel(control=name).to_numpy()
        label = "holidays" if name == "holiday" else f"control:{name}"
        parts[label] = effect[:, None, None] * design.controls[None, :, :, k] * scale
    return parts


def _season(design: Design, draws: xr.Dataset) -> np.ndarray:
    if "season_effect" not in draws:
        return np.zeros((draws.sizes["sample"], len(design.dates)))
    return draws["season_effect"].transpose("sample", "fourier_mode").to_numpy() @ design.fourier.T


def components(design: Design, draws: xr.Dataset) -> dict[str, np.ndarray]:
    """All components of the fitted outcome, `fitted` last; the parts add up to it draw by draw."""
    media = media_contributions(design, draws)
    mean = sum(m.mean(axis=1) for m in media.values())
    parts = baseline_parts(design, draws, mean) | {f"channel:{c}": m for c, m in media.items()}
    return parts | {"fitted": sum(parts.values())}


def serial_noise(
    draws: xr.Dataset, periods: int, *, rng: np.random.Generator, before: np.ndarray | None = None
) -> np.ndarray:
    """Noise (sample, periods, r) in units of the scaled outcome, first-order serially correlated.

    Parameters
    ----------
    before : (sample, r) residual of the period before the first; without it the noise starts stationary.
    """
    sigma = draws["sigma"].transpose("sample", "region").to_numpy()
    rho = draws["rho"].to_numpy()[:, None]
    innovation = rng.normal(size=(periods, *sigma.shape)) * sigma
    noise = np.empty_like(innovation)
    noise[0] = innovation[0] / np.sqrt(1 - rho**2) if before is None else rho * before + innovation[0]
    for t in range(1, periods):
        noise[t] = rho * noise[t - 1] + innovation[t]
    return noise.transpose(1, 0, 2)


def predictive(
    design: Design, draws: xr.Dataset, fitted: np.ndarray, *, rng: np.random.Generator
) -> np.ndarray:
    """Outcome draws (sample, t, r) that the model deems possible: `fitted` plus serially correlated noise."""
    return fitted + serial_noise(draws, fitted.shape[1], rng=rng) * design.outcome_scale


def forecast(
    design: Design, draws: xr.Dataset, fitted: np.ndarray, start: int, *, rng: np.random.Generator
) -> np.ndarray:
    """Outcome draws (sample, t − start, r) from period `start` on, given the outcome up to `start`."""
    last = (design.outcome[start - 1] - fitted[:, start - 1]) / design.outcome_scale
    noise = serial_noise(draws, fitted.shape[1] - start, rng=rng, before=np.nan_to_num(last))
    return fitted[:, start:] + noise * design.outcome_scale
