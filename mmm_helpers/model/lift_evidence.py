"""What measured experiments add to the model's density: the lift that it expects of each test, against its result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc.dims as pmd
from pytensor.xtensor import math as ptx

from mmm_helpers.model.design import Design
from mmm_helpers.model.families import Given
from mmm_helpers.model.mean_effects import OwnEffect

LIFT_EVIDENCE = ("lift_size", "lift_result")
"""Arrays that say which tests inform the fit; the others only where and when they were."""


def lift_arrays(design: Design) -> dict[str, Given]:
    """Data of `LiftEvidence`; lifts in units of their own error, and zero for a test that is not used."""
    lifts, channel = design.lifts, _numbers(design.lifts.channels, design.channels)
    weight = np.where(lifts.used, 1 / lifts.sd, 0.0)
    cell = (lifts.region, channel[lifts.test])
    size = design.prior_share[cell] * design.outcome_scale[lifts.region] * weight[lifts.test]
    row = ("lift_row",)
    arrays = {
        "lift_size": Given(size, row),
        "lift_result": Given(lifts.lift * weight, ("lift",)),
        "lift_actual": Given(lifts.actual, (*row, "lag")),
        "lift_without": Given(lifts.without, (*row, "lag")),
        "lift_mean_media": Given(design.mean_media[cell], row),
        "lift_channel": Given(_indicators(channel[lifts.test], len(design.channels)), (*row, "channel")),
        "lift_region": Given(_indicators(lifts.region, len(design.regions)), (*row, "region")),
        "lift_test": Given(_indicators(lifts.test, len(lifts)), (*row, "lift")),
    }
    if design.varying_media:
        arrays["lift_date"] = Given(_indicators(lifts.period, len(design.dates)), (*row, "date"))
    return arrays


def _numbers(names, axis: list[str]) -> np.ndarray:
    return np.array([axis.index(name) for name in names], int)


def _indicators(where: np.ndarray, size: int) -> np.ndarray:
    """(n, size) one in the column that each row belongs to."""
    return (where[:, None] == np.arange(size)).astype(float)


class LiftEvidence(OwnEffect):
    """The likelihood of measured lifts under the model's forward pass; adds nothing to the mean of the outcome.

    Each row is a treated region's period; its channel's and region's parameters are picked by indicators, which are
    data. What a channel brings together with others or in other regions is not part of the lift.
    """

    prefix: str = "lift"
    adstock: Any
    saturation: Any

    def create_effect(self, mmm):
        model = mmm.model
        axes = {
            d: model[f"lift_{d}"] for d in ("region", "channel", "date") if f"lift_{d}" in model.named_vars
        }

        def pick(value):
            for dim, indicator in axes.items():
                if dim in getattr(value, "dims", ()):
                    value = (indicator * value).sum(dim=dim)
            return value

        def parameter(part, name):
            full = f"{part.prefix}_{name}"
            return model[full] if full in model.named_vars else part.default_priors[name]

        kernel = ("alpha", "delay", "weibull_shape", "weibull_scale")
        weights = pick(self.adstock.weights(*(parameter(self.adstock, name) for name in kernel)))
        log_effect, fullness, slope, deviation, tide = (
            pick(parameter(self.saturation, name))
            for name in ("log_effect", "fullness", "slope", "deviation", "tide")
        )
        actual, without, usual = (
            self.saturation.shape(x, fullness, slope, pick=pick)
            for x in (
                (model["lift_actual"] * weights).sum(dim="lag"),
                (model["lift_without"] * weights).sum(dim="lag"),
                model["lift_mean_media"],
            )
        )
        change = model["lift_size"] * ptx.exp(log_effect + deviation + tide) * (actual - without) / usual
        expected = (model["lift_test"] * change).sum(dim="lift_row")
        pmd.Normal("lift_evidence", mu=expected, sigma=1.0, observed=model["lift_result"], dims=("lift",))
        return 0.0
