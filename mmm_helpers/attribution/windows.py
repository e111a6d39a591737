"""How long before a conversion a touch still counts."""

from __future__ import annotations

import numpy as np

from mmm_helpers.attribution.journeys import Journeys, keep_touches

WINDOWS = (7, 14, 30)
"""Lengths in days for which credit is computed."""
REPORTED = 30
"""The one that pages report."""


def within(journeys: Journeys, days: float) -> Journeys:
    """The journeys without touches older than `days` before their end; aggregated paths hold no times and stay."""
    if np.isnan(journeys.hours).any():
        return journeys
    near = journeys.hours <= 24 * days
    return journeys if near.all() else keep_touches(journeys, near)


def unattributed(journeys: Journeys) -> float:
    """Share of conversions in journeys without a touch: nobody can be credited with them."""
    total = float(journeys.conversions.sum())
    return float(journeys.conversions[journeys.length == 0].sum()) / total if total else 0.0
