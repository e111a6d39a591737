"""What media truly do in a world: kernels, curves and returns drawn per channel, and the response to any spend."""

from __future__ import annotations

from dataclasses import dataclass
from math import gamma

import numpy as np

from mmm_helpers.ladder.life import Life
from mmm_helpers.ladder.recipe import CHANNELS, CODES, Channel, WorldRecipe
from mmm_helpers.ladder.transforms import (
    Curve,
    carry_over,
    delayed_kernel,
    geometric_kernel,
    negative_binomial_kernel,
    two_speed_kernel,
    weibull_kernel,
)
from mmm_helpers.ladder.waves import wander
from mmm_helpers.simulation.randomness import stream

RETURN_SD = 0.5
"""Sd of the channels' log returns around their common level."""


@dataclass(frozen=True)
class Response:
    """The response function of one market's media.

    ``contribution = size · curve(carry_over(spend / unit))`` for each channel.

    Parameters
    ----------
    kernels, curves : by channel.
    unit : (regions, channels) spend per week that stands for 1: the market's mean per head, times people.
    size : (steps, regions, channels) contribution in EUR per week where carried spend stands at 1; holds what
        channels and regions differ by, the season's part, and how effects wander.
    """

    kernels: tuple[np.ndarray, ...]
    curves: tuple[Curve, ...]
    unit: np.ndarray
    size: np.ndarray

    def contribution(self, spend: np.ndarray, channel: int) -> np.ndarray:
        """(steps, regions) what one channel brings, expected, from spend (steps, regions) in EUR."""
        carried = carry_over(spend / self.unit[:, channel], self.kernels[channel])
        return self.size[:, :, channel] * self.curves[channel](carried)


def draw_kernel(recipe: WorldRecipe, seed: int, channel: Channel) -> tuple[str, np.ndarray]:
    """Family and weights of a channel's carry-over, the same in all markets."""
    rng = stream(seed, "kernel", channel.code)
    family, lag = str(rng.choice(recipe.kernels)), rng.uniform(*channel.lag)
    spread, slow = rng.uniform(), rng.uniform(*recipe.slow_lag)
    late, share = rng.uniform(*recipe.delay), rng.uniform(*recipe.slow_share)
    if family == "geometric":
        return family, geometric_kernel(lag / (1 + lag), reach=recipe.reach)
    if family == "negative_binomial":
        size = 1.5 + 1.5 * spread
        return family, negative_binomial_kernel(size, lag / (lag + size), reach=recipe.reach)
    if family == "delayed":
        return family, delayed_kernel(late, reach=recipe.reach)
    if family == "two_speed":
        return family, two_speed_kernel(0.2, slow / (1 + slow), share, reach=recipe.reach)
    shape = 0.6 + 1.4 * spread
    return family, weibull_kernel(shape, (lag + 0.5) / gamma(1 + 1 / shape), reach=recipe.reach)


def draw_curve(recipe: WorldRecipe, seed: int, channel: Channel) -> Curve:
    """A channel's saturation, the same in all markets; the common ranges give elasticities of 0.4 to 1."""
    rng = stream(seed, "curve", channel.code)
    family = str(rng.choice(recipe.curves))
    slopes, displacements, rates = recipe.steep
    ranges = {
        "hill": ((0.8, 3.0), (0.8, 1.2)),
        "threshold": ((0.7, 1.3), slopes),
        "exponential": ((0.4, 1.5),),
        "power": (recipe.exponent,),
        "log": ((0.8, 6.0),),
        "tanh": ((0.5, 1.2),),
        "gompertz": (displacements, rates),
    }
    return Curve(family, tuple(float(rng.uniform(*bounds)) for bounds in ranges[family]))


def null_channel(recipe: WorldRecipe, seed: int) -> str | None:
    """The channel without effect, if the world has one."""
    return str(stream(seed, "null").choice(CODES)) if recipe.null else None


def draw_response(
    recipe: WorldRecipe, seed: int, market: str, life: Life, spend: np.ndarray, *, brought: float
) -> Response:
    """Draw what media do in a market, so that together they bring a given sum.

    The log return at mean spend of a channel in a region is drawn around a common level: by channel, by market,
    and by region. The common level then follows from `brought`, so that media have the share of the outcome that
    was drawn for the world, whatever else was drawn.

    Parameters
    ----------
    spend : (steps, regions, channels) in EUR.
    brought : expected contribution of all media over the recorded weeks, in EUR.
    """
    recorded = life.calendar.recorded
    live = np.cumsum(spend > 0, axis=0) > 0
    heads = (live * life.people[:, None])[recorded].sum(axis=(0, 1))
    mean = spend[recorded].sum(axis=(0, 1)) / heads
    unit = life.people[:, None] * mean
    kernels = tuple(draw_kernel(recipe, seed, c)[1] for c in CHANNELS)
    curves = tuple(draw_curve(recipe, seed, c) for c in CHANNELS)
    size = unit * np.exp(_log_returns(recipe, seed, market, life)) * _moving(recipe, seed, market, life)
    if recipe.null:
        size[:, :, CODES.index(null_channel(recipe, seed))] = 0.0
    raw = Response(kernels, curves, unit, size)
    total = sum(raw.contribution(spend[:, :, c], c)[recorded].sum() for c in range(len(CHANNELS)))
    return Response(kernels, curves, unit, size * brought / total)


def _log_returns(recipe: WorldRecipe, seed: int, market: str, life: Life) -> np.ndarray:
    """(regions, channels) log return at mean spend, up to the common level."""
    common = stream(seed, "returns").normal(0, RETURN_SD, len(CHANNELS))
    between = stream(seed, "between markets").uniform(*recipe.market_sd)
    own = between * stream(seed, market, "returns").normal(size=len(CHANNELS))
    apart = stream(seed, market, "regions' returns").normal(size=(len(life.regions), len(CHANNELS)))
    return common + own + recipe.region_sd * apart


def _moving(recipe: WorldRecipe, seed: int, market: str, life: Life) -> np.ndarray:
    """(steps, 1, channels) how effects change over time: with the season, and by wandering."""
    power = stream(seed, "modulation").uniform(*recipe.modulation)
    walk = wander(stream(seed, market, "drift"), life.calendar, len(CHANNELS), recipe.drift_sd)
    return (life.season[:, None] ** power * np.exp(walk))[:, None, :]
