"""What a market's tests brought: as stated, or measured from the panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.experiments.geo import Estimate, GeoTest
from mmm_helpers.experiments.methods import PRIMARY, estimate_primary
from mmm_helpers.experiments.panels import geo_test

NORMAL_RANGE = 2 * 1.6448536269514722
"""Width of a 90 % interval of the normal distribution, in sds."""
METHOD_NAMES = {
    "difference": "difference in differences",
    "synthetic_control": "synthetic control",
    "ridge": "ridge-augmented synthetic control",
    "synthetic_difference": "synthetic difference in differences",
    "time_regression": "time-based regression",
    "interrupted": "interrupted time series",
    "bayesian": "Bayesian synthetic control",
    "stated": "as stated",
}
"""Method → what a sentence calls it."""


def declared_tests(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A market's declared tests with their cells and dates as Python has them.

    Parameters
    ----------
    settings : the market's specification, with `lift_tests`.

    Returns
    -------
    One dict a test: experiment, channel, regions (tuple), start, end (Timestamps), design, spend_change, and
    outcome_change, outcome_low, outcome_high where stated.
    """
    tests = []
    for test in settings.get("lift_tests", []):
        stated = {k: v for k, v in test.items() if k not in ("region", "start", "end")}
        cells = {"regions": tuple(test["region"].split("|"))}
        tests.append(stated | cells | {name: pd.Timestamp(test[name]) for name in ("start", "end")})
    return tests


def is_stated(test: Mapping[str, Any]) -> bool:
    """Whether the test's result was brought by the user."""
    return test.get("outcome_change") is not None


def disturbs(test: Mapping[str, Any]) -> bool:
    """Whether a test changed what regions spent; people held out at random leave regions comparable."""
    return test["design"] != "roas"


def cooldown_of(settings: Mapping[str, Any], channel: str) -> int:
    """Periods after a test in which its effect still lands: the channel's carry-over but the first period."""
    return int(settings["channels"].get(channel, {}).get("l_max") or settings["l_max"]) - 1


def to_geo_test(panel: pd.DataFrame, test: Mapping[str, Any], settings: Mapping[str, Any]) -> GeoTest:
    """One test's matrix, beside the market's other tests.

    Raises
    ------
    ValueError : it cannot be measured from the panel (see `panels.geo_test`).
    """
    others = [t for t in declared_tests(settings) if t["experiment"] != test["experiment"] and disturbs(t)]
    paid = [f"spend_{c}" for c, spec in settings["channels"].items() if spec.get("paid", True)]
    media = [column for column in paid if column in panel and column != f"spend_{test['channel']}"]
    reach = cooldown_of(settings, test["channel"])
    return geo_test(panel, test, cooldown=reach, others=others, media=media)


def find_lifts(panel: pd.DataFrame, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each of a market's tests brought; tests that cannot be measured are left out.

    Parameters
    ----------
    panel : the market's panel. settings : its specification, with `lift_tests`.

    Returns
    -------
    The declared tests with `lift` and `sd` in the outcome's unit, summed over regions, test and cool-down, and
    `method`.
    """
    found = []
    for test in declared_tests(settings):
        if is_stated(test):
            found.append(test | stated_lift(test))
            continue
        try:
            estimate = estimate_primary(to_geo_test(panel, test, settings))
        except ValueError:  # the table of experiments says why
            continue
        if np.isfinite(estimate.low) and np.isfinite(estimate.high):
            found.append(test | {"lift": estimate.total, "sd": spread(estimate), "method": PRIMARY})
    return found


def stated_lift(test: Mapping[str, Any]) -> dict[str, Any]:
    """Lift and error of a test whose result the user brought."""
    sd = (float(test["outcome_high"]) - float(test["outcome_low"])) / NORMAL_RANGE
    return {"lift": float(test["outcome_change"]), "sd": sd, "method": "stated"}


def spread(estimate: Estimate) -> float:
    """Sd of the total that a 90 % interval of this width stands for."""
    low, high = estimate.total_interval
    return (high - low) / NORMAL_RANGE
