"""What a market's declared tests brought: as stated, or measured from the panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

NORMAL_RANGE = 2 * 1.6448536269514722
"""Width of a 90 % interval of the normal distribution, in sds."""


def find_lifts(panel: pd.DataFrame, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A market's tests, each with the outcome that it brought.

    Parameters
    ----------
    panel : the market's panel.
    settings : the market's specification, with `lift_tests`.

    Returns
    -------
    One dict a test: experiment, channel, regions (tuple), start, end (Timestamps), design, spend_change, and `lift`
    and `sd` in the outcome's unit, summed over regions, test and cool-down.
    """
    return [
        _stated(test) for test in settings.get("lift_tests", []) if test.get("outcome_change") is not None
    ]


def _stated(test: Mapping[str, Any]) -> dict[str, Any]:
    """A test whose result the user brought."""
    width = float(test["outcome_high"]) - float(test["outcome_low"])
    return describe_test(test) | {"lift": float(test["outcome_change"]), "sd": width / NORMAL_RANGE}


def describe_test(test: Mapping[str, Any]) -> dict[str, Any]:
    """A test's cells and dates as Python has them."""
    return {
        "experiment": test["experiment"],
        "channel": test["channel"],
        "regions": tuple(test["region"].split("|")),
        "start": pd.Timestamp(test["start"]),
        "end": pd.Timestamp(test["end"]),
        "design": test["design"],
        "spend_change": float(test["spend_change"]),
    }
