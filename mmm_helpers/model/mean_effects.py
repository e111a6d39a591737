"""Parts of the model's mean beside media, controls and season, as additive effects of pymc-marketing."""

from __future__ import annotations

from typing import Any

import pymc.dims as pmd
from pymc_marketing.mmm.additive_effect import MuEffect
from pytensor.xtensor import math as ptx

from mmm_helpers.model.families import random_walk, to_pymc


class OwnEffect(MuEffect):
    """An effect whose predictions are computed from parameter draws (`model.predict`), not by the library."""

    prefix: str = "own"

    def create_data(self, mmm) -> None:
        return None

    def set_data(self, mmm, model, X) -> None:
        raise NotImplementedError("Predictions are computed from parameter draws, see model.predict.")


class Arrays(OwnEffect):
    """Registers the design's arrays as data, and names of axes; adds nothing to the mean."""

    prefix: str = "arrays"
    axes: dict[str, list]
    arrays: dict[str, Any]

    def create_data(self, mmm) -> None:
        mmm.model.add_coords(self.axes)
        for name, given in self.arrays.items():
            given.create_variable(name)

    def create_effect(self, mmm):
        return 0.0


class Trend(OwnEffect):
    """Linear trend in years since the middle of the data, partially pooled over regions.

    The library's own linear trend does not extrapolate; this one has a fixed axis.
    """

    prefix: str = "trend"
    priors: dict[str, Any]

    def create_effect(self, mmm):
        mean = to_pymc(self.priors["trend_mean"]).create_variable("trend_mean", xdist=True)
        offset = to_pymc(self.priors["trend_offset"]).create_variable("trend_offset", xdist=True)
        slope = pmd.Deterministic("trend", mean + offset)
        return slope * mmm.model["time"]


class Season(OwnEffect):
    """The yearly cycle, shared by all regions.

    The library's own computes its sines and cosines anew with every evaluation.
    """

    prefix: str = "season"
    priors: dict[str, Any]

    def create_effect(self, mmm):
        effect = to_pymc(self.priors["season_effect"]).create_variable("season_effect", xdist=True)
        return (mmm.model["fourier"] * effect).sum(dim="fourier_mode")


class Drift(OwnEffect):
    """What the level does beside its trend: a random walk between quarterly knots, shared by all regions.

    It extrapolates: past the last known period the walk goes on with steps of its own sd.
    """

    prefix: str = "drift"
    priors: dict[str, Any]

    def create_effect(self, mmm):
        sd = to_pymc(self.priors["drift_sd"]).create_variable("drift_sd", xdist=True)
        walk = random_walk("drift", sd)
        # Centred, so that the intercept stays the region's level.
        return pmd.Deterministic("drift", walk - walk.mean(dim="date"))


def over_span(mmm, series):
    """(region,) mean of a (date, region) series over each region's known periods."""
    return (series * mmm.model["span"]).sum(dim="date")


class Weekdays(OwnEffect):
    """The weekly cycle of daily data: effects of the days that add up to zero."""

    prefix: str = "weekdays"
    priors: dict[str, Any]

    def create_effect(self, mmm):
        effect = to_pymc(self.priors["weekday_effect"]).create_variable("weekday_effect", xdist=True)
        return (mmm.model["weekday_contrasts"] * effect).sum(dim="weekday")


class CentredMedia(OwnEffect):
    """Takes the media's mean over a region's known periods out, so that the intercept is the region's level.

    Level and media effects then do not trade off against each other; the baseline without media is the level
    minus the media's mean (see `model.predict`).
    """

    prefix: str = "media_mean"

    def create_effect(self, mmm):
        media = mmm.model["channel_contribution"].sum(dim="channel")
        return pmd.Deterministic("media_mean", -over_span(mmm, media))


class Interactions(OwnEffect):
    """Synergy or overlap of two channels: strength × their levels of effect, each 1 at its mean spend.

    The pair adds to (or takes from) the outcome where both run; zero where either is dark.
    """

    prefix: str = "interactions"
    pairs: list
    priors: dict[str, Any]

    def create_effect(self, mmm):
        model = mmm.model
        strength = to_pymc(self.priors["interaction"]).create_variable("interaction", xdist=True)
        size = model["saturation_share"] * ptx.exp(model["saturation_log_effect"] + _deviation(model))
        level = model["channel_contribution"] / size
        channels = list(model.coords["channel"])
        total = 0.0
        for i, (first, second) in enumerate(self.pairs):
            both = level.isel(channel=channels.index(first)) * level.isel(channel=channels.index(second))
            total = total + strength.isel(pair=i) * both
        return total - over_span(mmm, total)


def _deviation(model):
    name = "saturation_deviation"
    return model[name] if name in model.named_vars else 0.0


class Spillover(OwnEffect):
    """What media in the other regions of the market bring here, as a share of what they bring at home."""

    prefix: str = "spillover"
    priors: dict[str, Any]

    def create_effect(self, mmm):
        strength = to_pymc(self.priors["spillover"]).create_variable("spillover", xdist=True)
        media = mmm.model["channel_contribution"].sum(dim="channel")
        regions = len(mmm.model.coords["region"])
        others = (media.sum(dim="region") - media) / (regions - 1)
        return strength * (others - over_span(mmm, others))
