"""The fitted model as one linear regression at its posterior mean, with noise made independent.

Rows are the known outcomes of all regions, one below the other; columns are what each channel brings (posterior mean,
after carry-over and saturation), region levels and trends, season and controls. Rows are whitened with the model's
own noise, serial correlation and shared shocks included, so that shares of variance are shares of what the model
could not have known a period before, and a slow drift is not counted as many independent witnesses. What is thought of
each channel before the data is one more row (mixed estimation, Theil & Goldberger 1961): where the data say little,
a prior holds the effect in place, and a driver that was left out moves it less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from mmm_helpers.model.design import Design
from mmm_helpers.model.noise_draws import noise_scale

RIDGE = 1e-10
"""Added to the diagonal of unit columns, so that columns that cannot be told apart do not stop the inversion."""


@dataclass(frozen=True)
class Regression:
    """Whitened rows (n,) and those of the priors below them, and which column is what.

    Parameters
    ----------
    outcome : (n + c,) in units of a region's mean outcome and of its noise.
    columns : (n + c, k) channels first, in the order of `channels`, controls last, in the order of `controls`.
    channels : the c of them with any media. controls : those that vary in the rows.
    """

    outcome: np.ndarray
    columns: np.ndarray
    channels: list[str]
    controls: list[str]


def linearise(
    design: Design, draws: xr.Dataset, parts: dict[str, np.ndarray], *, prior_sd: np.ndarray
) -> Regression:
    """The regression of the known outcomes on everything in the model, at the posterior mean.

    Parameters
    ----------
    draws : flattened posterior. parts : components (sample, t, r) of its fitted outcome (`predict.components`).
    prior_sd : (c,) prior sd of the log effect of each channel in the market as a whole.
    """
    whiten, seen = Whitening.of(design, draws), design.observed
    media = {c: mean_part(design, parts, f"channel:{c}") for c in design.channels}
    running = np.flatnonzero(design.media.any(axis=(0, 1)))
    channels = [design.channels[c] for c in running]
    joint = [mean_part(design, parts, n) for n in parts if n.startswith(("interaction:", "spillover"))]
    moving = [k for k in range(len(design.control_names)) if np.ptp(design.controls[..., k][seen]) > 0]
    series = [media[c] for c in channels] + joint + baseline_columns(design)
    series += [design.controls[:, :, k] for k in moving]
    # What columns cannot follow (regions' own effects of a control, ups and downs of the media) is the model's.
    outcome = left_over(design, parts) + sum(media.values()) + _controls_alike(design, draws)
    # A relative change of the effect is a change of its logarithm; the prior is centred where the effect is.
    prior = np.eye(len(channels), len(series)) / prior_sd[running, None]
    return Regression(
        outcome=np.concatenate([whiten(outcome), 1 / prior_sd[running]]),
        columns=np.concatenate([np.stack([whiten(s) for s in series], axis=1), prior]),
        channels=channels,
        controls=[design.control_names[k] for k in moving],
    )


def left_over(design: Design, parts: dict[str, np.ndarray]) -> np.ndarray:
    """(t, r) outcome minus its posterior mean without noise and shock, in units of a region's mean outcome."""
    explained = mean_part(design, parts, "fitted")
    if "shock" in parts:
        explained = explained - mean_part(design, parts, "shock")
    return (design.scaled_outcome - explained) * design.observed


def _controls_alike(design: Design, draws: xr.Dataset) -> np.ndarray | float:
    """(t, r) what the controls bring, with one effect for all regions."""
    if not design.control_names:
        return 0.0
    effect = draws["control_effect"]
    return design.controls @ effect.mean([d for d in effect.dims if d != "control"]).to_numpy()


def mean_part(design: Design, parts: dict[str, np.ndarray], name: str) -> np.ndarray:
    """(t, r) posterior mean of a component, in units of a region's mean outcome."""
    return parts[name].mean(axis=0) / design.outcome_scale


def baseline_columns(design: Design) -> list[np.ndarray]:
    """(t, r) level and trend of each region, the waves of year and week, and the drift's knots where there is one."""
    shape = (len(design.dates), len(design.regions))
    own = np.eye(len(design.regions))
    levels = [np.broadcast_to(row, shape) for row in own]
    trends = [design.time[:, None] * row for row in own]
    common = list(design.fourier.T) if design.has_season else []
    common += list(design.weekdays.T)
    if design.trend == "varying":
        common += list(design.drift_basis.T[1:-1])
    return levels + trends + [np.broadcast_to(wave[:, None], shape) for wave in common]


@dataclass(frozen=True)
class Whitening:
    """Turns a series (t, r) into rows (n,) whose noise is independent with sd 1, by the model's mean noise."""

    observed: np.ndarray
    follows: np.ndarray
    spread: np.ndarray
    rho: float
    shock_sd: float

    @classmethod
    def of(cls, design: Design, draws: xr.Dataset) -> Whitening:
        """Noise at the posterior mean (of the logarithm for sds)."""
        sigma, rho, shock = noise_scale(draws)
        rho = float(rho.mean())
        follows = design.observed & np.concatenate([np.zeros_like(design.observed[:1]), design.observed[:-1]])
        own = np.exp(np.log(sigma).mean(axis=0))
        spread = np.where(follows, own, own / np.sqrt(1 - rho**2))
        shared = float(np.exp(np.log(shock).mean())) if shock.all() else 0.0
        return cls(design.observed, follows, spread, rho, shared)

    def __call__(self, series: np.ndarray) -> np.ndarray:
        """Innovations of the series divided by the root of their covariance, which is diagonal plus rank one."""
        before = np.concatenate([np.zeros_like(series[:1]), series[:-1]])
        own = (series - self.rho * before * self.follows) / self.spread * self.observed
        pull = self.shock_sd / self.spread * self.observed
        size = (pull**2).sum(axis=1, keepdims=True)
        # (I + u uᵀ)^(-1/2) v = v − u (uᵀ v) / |u|² × (1 − 1 / sqrt(1 + |u|²))
        part = np.where(size > 0, (1 - 1 / np.sqrt(1 + size)) / np.where(size > 0, size, 1.0), 0.0)
        shared = (pull * own).sum(axis=1, keepdims=True) * part
        return (own - pull * shared)[self.observed]


@dataclass(frozen=True)
class Conditional:
    """Columns once all the others are taken out of them.

    Parameters
    ----------
    size : (k,) root sum of squares of each column's residual on all others.
    together : (k, k) partial R² of each pair given the rest.
    data_share : (k,) share of the squared residual that lies in the first rows, the data.
    """

    size: np.ndarray
    together: np.ndarray
    data_share: np.ndarray


def conditional(columns: np.ndarray, *, rows: int | None = None) -> Conditional:
    """How columns (n, k) vary and go together once all the others are taken out; the first `rows` are data."""
    length = _lengths(columns)
    unit = columns / length
    precision = np.linalg.inv(_gram(unit))
    root = np.sqrt(np.diag(precision))
    residuals = unit[:rows] @ precision / root
    return Conditional(
        length / root, (precision / np.outer(root, root)) ** 2, np.minimum(1.0, (residuals**2).sum(axis=0))
    )


def residual(series: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """What of `series` (n,) the columns (n, k) do not explain."""
    unit = columns / _lengths(columns)
    return series - unit @ np.linalg.solve(_gram(unit), unit.T @ series)


def _lengths(columns: np.ndarray) -> np.ndarray:
    length = np.sqrt((columns**2).sum(axis=0))
    return np.where(length > 0, length, 1.0)


def _gram(unit: np.ndarray) -> np.ndarray:
    return unit.T @ unit + RIDGE * np.eye(unit.shape[1])
