"""The noise in numpy: shocks given the data, noise of the future, and what the model deems possible."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mmm_helpers.model.design import Design


def noise_scale(draws: xr.Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sd of a region's innovations (sample, r), serial correlation (sample,), sd of the shared shock (sample,)."""
    sigma = draws["sigma"].transpose("sample", "region").to_numpy()
    none = np.zeros(len(sigma))
    rho, shock = (draws[name].to_numpy() if name in draws else none for name in ("rho", "shock_sd"))
    return sigma, rho, shock


def innovations(design: Design, draws: xr.Dataset, explained: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What of each period the model did not expect given the period before, and its sd.

    Parameters
    ----------
    explained : (sample, t, r) mean without shock and noise, in the outcome's unit.

    Returns
    -------
    innovation, sd : (sample, t, r) in units of the region's mean outcome; the innovation is zero in hidden
        cells, and the sd that of the stationary noise where the period before is hidden.
    """
    sigma, rho, _ = noise_scale(draws)
    rest = (np.nan_to_num(design.outcome) - explained) / design.outcome_scale
    rest *= design.observed
    rho = rho[:, None, None]
    before, known = _previous(rest), _previous(design.observed[None].astype(float))
    spread = known * sigma[:, None, :] + (1 - known) * sigma[:, None, :] / np.sqrt(1 - rho**2)
    return (rest - rho * before) * design.observed, spread


def _previous(series: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros_like(series[:, :1]), series[:, :-1]], axis=1)


def draw_shock(
    design: Design, draws: xr.Dataset, explained: np.ndarray, *, rng: np.random.Generator
) -> np.ndarray:
    """Shocks shared by the regions of a period, drawn from their distribution given data and parameters.

    Returns
    -------
    Shape (sample, t), in units of a region's mean outcome, with what of earlier shocks carries over.
    """
    innovation, spread = innovations(design, draws, explained)
    _, rho, shock_sd = noise_scale(draws)
    precision = design.observed[None] / spread**2
    variance = 1 / (1 / shock_sd[:, None] ** 2 + precision.sum(axis=2))
    mean = variance * (precision * innovation).sum(axis=2)
    return carry_over(mean + np.sqrt(variance) * rng.normal(size=mean.shape), rho)


def carry_over(innovation: np.ndarray, rho: np.ndarray, *, before: np.ndarray | float = 0.0) -> np.ndarray:
    """Noise (sample, t, …) from its innovations: each period keeps `rho` (sample,) of the period before.

    Examples
    --------
    >>> carry_over(np.array([[1.0, 0.0, 0.0]]), np.array([0.5])).tolist()
    [[1.0, 0.5, 0.25]]
    """
    keep = rho.reshape(-1, *[1] * (innovation.ndim - 2))
    noise, last = np.empty_like(innovation), before
    for t in range(innovation.shape[1]):
        noise[:, t] = last = keep * last + innovation[:, t]
    return noise


def future_noise(
    draws: xr.Dataset, periods: int, *, rng: np.random.Generator, before: np.ndarray | None = None
) -> np.ndarray:
    """Noise and shared shocks (sample, periods, r) of periods to come, in units of the scaled outcome.

    Parameters
    ----------
    before : (sample, r) residual of the period before the first; without it the noise starts stationary.
    """
    sigma, rho, shock_sd = noise_scale(draws)
    own = rng.normal(size=(len(sigma), periods, sigma.shape[1])) * sigma[:, None, :]
    shared = rng.normal(size=(len(sigma), periods)) * shock_sd[:, None]
    innovation = own + shared[:, :, None]
    if before is None:
        innovation[:, 0] /= np.sqrt(1 - rho**2)[:, None]
    return carry_over(innovation, rho, before=0.0 if before is None else before)


def predictive(
    design: Design, draws: xr.Dataset, fitted: np.ndarray, *, rng: np.random.Generator
) -> np.ndarray:
    """Outcome draws (sample, t, r) that the model deems possible: `fitted` plus each region's own noise."""
    sigma, rho, _ = noise_scale(draws)
    own = rng.normal(size=(len(sigma), fitted.shape[1], sigma.shape[1])) * sigma[:, None, :]
    own[:, 0] /= np.sqrt(1 - rho**2)[:, None]
    return fitted + carry_over(own, rho) * design.outcome_scale


def forecast(
    design: Design, draws: xr.Dataset, parts: dict[str, np.ndarray], start: int, *, rng: np.random.Generator
) -> np.ndarray:
    """Outcome draws (sample, t − start, r) from period `start` on, given the outcome up to `start`.

    Parameters
    ----------
    parts : components of the fitted outcome, the periods from `start` on hidden from the likelihood.
    """
    explained = parts["fitted"] - parts.get("shock", 0.0)
    last = (design.outcome[start - 1] - explained[:, start - 1]) / design.outcome_scale
    noise = future_noise(draws, explained.shape[1] - start, rng=rng, before=np.nan_to_num(last))
    return explained[:, start:] + noise * design.outcome_scale
