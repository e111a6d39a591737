"""All markets in one posterior: the hierarchy written out in plain PyMC, apart from the package's own model.

It shares with the package the arrays of a `Design` and the priors of `model.priors`, and nothing else: carry-over,
saturation, mean and likelihood are written again, so that a slip in one does not pass unseen in the other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from mmm_helpers.model.design import Design
from mmm_helpers.model.priors import BETWEEN_SCALE, BETWEEN_SHAPE, LOG_EFFECT_SD, priors_of
from mmm_helpers.model.run import log_return_offset


def joint_model(designs: Mapping[str, Design]) -> pm.Model:
    """Joint model of markets with one or two regions, geometric carry-over and Hill saturation.

    Free variables of a market carry its code as prefix; `mu`, `tau` and `<code>_log_return` are the hierarchy.
    """
    channels = list(dict.fromkeys(c for d in designs.values() for c in d.channels))
    offsets = {code: log_return_offset(d) for code, d in designs.items()}
    centre = [
        np.mean([offsets[k][d.channels.index(c)] for k, d in designs.items() if c in d.channels])
        for c in channels
    ]
    with pm.Model(coords={"channel": channels}) as model:
        mu = pm.Normal("mu", centre, LOG_EFFECT_SD, dims="channel")
        tau = pm.Gamma("tau", BETWEEN_SHAPE, 1 / BETWEEN_SCALE)
        for code, design in designs.items():
            where = [channels.index(c) for c in design.channels]
            raw = pm.Normal(f"{code}_z", 0, 1, shape=len(where))
            log_return = pm.Deterministic(f"{code}_log_return", mu[where] + tau * raw)
            _market(code, design, log_return - offsets[code])
    return model


def _market(code: str, design: Design, log_effect) -> None:
    """Mean and likelihood of one market, given its log effects (c,)."""
    priors, regions = priors_of(design), len(design.regions)

    def draw(name: str, *shape: int):
        return _variable(f"{code}_{name}", priors[name], shape)

    count = len(design.channels)
    alpha, fullness, slope = draw("alpha", count), draw("fullness", count), draw("slope", count)
    effect = log_effect[None, :] + _deviations(code, priors, design)
    mean = draw("intercept", regions)[None, :]
    mean = mean + (draw("trend_mean") + draw("trend_offset", regions))[None, :] * design.time[:, None]
    if "season_effect" in priors:
        mean = mean + pt.dot(design.fourier, draw("season_effect", design.fourier.shape[1]))[:, None]
    if design.control_names:
        mean = mean + (_control_effects(code, draw, priors, design) * design.controls).sum(axis=2)
    for c in range(count):
        carried = _carry(design.media[:, :, c], alpha[c], int(design.lags[c]))
        level = _hill(carried, fullness[c], slope[c]) / _hill(design.mean_media[:, c], fullness[c], slope[c])
        media = design.prior_share[:, c] * pt.exp(effect[:, c]) * level
        mean = mean + media - media.mean(axis=0)
    shock = draw("shock_sd") if "shock_sd" in priors else 0.0
    density = _log_likelihood(design, mean, draw("sigma", regions), draw("rho"), shock)
    pm.Potential(f"{code}_likelihood", density)


def _variable(name: str, prior, shape: tuple[int, ...]):
    """A PyMC variable of a prior of `model.priors`."""
    dist, arguments = prior.dist, prior.dist.args
    size = {"shape": shape} if shape else {}
    match dist.dist.name:
        case "norm":
            made = pm.Normal(name, *arguments, **size)
        case "lognorm":
            made = pm.LogNormal(name, np.log(dist.kwds["scale"]), dist.kwds["s"], **size)
        case "beta":
            made = pm.Beta(name, *arguments, **size)
        case _:
            made = pm.Gamma(name, arguments[0], 1 / dist.kwds["scale"], **size)
    return pt.tanh(made) if prior.transform == "tanh" else made


def _deviations(code: str, priors: dict, design: Design):
    """(r, c) log differences of regions from their market; nothing with one region.

    The market's return is the regions' mean, weighted by spend.
    """
    shape = (len(design.regions), len(design.channels))
    if shape[0] == 1:
        return np.zeros(shape)
    sd = _variable(f"{code}_region_sd", priors["region_sd"], ())
    raw = sd * _apart(pm.Normal(f"{code}_deviation", 0, 1, shape=shape))
    spend = design.mean_spend / design.mean_spend.sum(axis=0)
    return raw - pt.log((spend * pt.exp(raw)).sum(axis=0))


def _apart(raw):
    """Normals over (region, …) that sum to zero over regions, each with variance one."""
    regions = raw.type.shape[0]
    return (raw - raw.mean(axis=0)) * np.sqrt(regions / (regions - 1))


def _control_effects(code: str, draw, priors: dict, design: Design):
    """(r or 1, k) effects of controls; differing between regions where there are several."""
    count = len(design.control_names)
    if "control_sd" not in priors:
        return draw("control_effect", count)[None, :]
    raw = pm.Normal(f"{code}_control", 0, 1, shape=(len(design.regions), count))
    return draw("control_mean", count)[None, :] + draw("control_sd") * _apart(raw)


def _carry(media: np.ndarray, alpha, length: int):
    """(t, r) geometric carry-over, as a sum over lags."""
    weights = [alpha**lag for lag in range(length)]
    lagged = [np.pad(media, ((lag, 0), (0, 0)))[: len(media)] for lag in range(length)]
    return sum(w * x for w, x in zip(weights, lagged, strict=True)) / sum(weights)


def _hill(x, fullness, slope):
    """Hill curve with its half-saturation point at exp(−fullness / slope)."""
    powered = pt.exp(slope * pt.log(x + 1e-9))
    return powered / (powered + pt.exp(-fullness))


def _log_likelihood(design: Design, mean, sigma, rho, shock):
    """Normal innovations of an autoregression, with a shock shared by (at most two) regions of a period."""
    seen = design.observed.astype(float)
    residual = (design.scaled_outcome - mean) * seen
    before = pt.concatenate([pt.zeros((1, len(design.regions))), residual[:-1]])
    known = np.concatenate([np.zeros((1, len(design.regions))), seen[:-1]])
    spread = sigma[None, :] * (known + (1 - known) / pt.sqrt(1 - rho**2))
    innovation = (residual - rho * before) * seen
    if len(design.regions) == 1:
        terms = -pt.log(spread) - innovation**2 / (2 * spread**2)
        return (terms * seen).sum() - 0.5 * np.log(2 * np.pi) * seen.sum()
    # Both regions are seen in the same periods here: a bivariate normal, covariance diagonal plus shock².
    first, second = spread[:, 0] ** 2 + shock**2, spread[:, 1] ** 2 + shock**2
    determinant = first * second - shock**4
    a, b = innovation[:, 0], innovation[:, 1]
    distance = (second * a**2 - 2 * shock**2 * a * b + first * b**2) / determinant
    terms = -np.log(2 * np.pi) - pt.log(determinant) / 2 - distance / 2
    return (terms * seen.prod(axis=1)).sum()
