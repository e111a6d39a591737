"""Which channels open and help, and which close: what last click leaves out, and how sure a share is by sampling."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.attribution.journeys import Journeys, converting
from mmm_helpers.attribution.shapley import credit_by_place


def compute_assists(journeys: Journeys) -> pd.DataFrame:
    """How often a channel stood last before a conversion, and how often it only helped.

    Returns
    -------
    channel, last (conversions with it as the last touch), assisted (conversions in whose journey it occurs elsewhere
    only), assist_ratio (assisted / last; missing without a last touch), met (share of converting journeys with it),
    first, between, closing (shares of its ordered Shapley value by the place of the touch, `shapley.credit_by_place`).
    """
    bought = converting(journeys)
    size = len(bought.channels)
    last_channel = bought.channel[bought.start[1:] - 1].astype(int)
    last = np.bincount(last_channel, weights=bought.conversions, minlength=size)
    pair = np.unique(bought.journey * size + bought.channel)
    journey, channel = np.divmod(pair, size)
    met = np.bincount(channel, weights=bought.conversions[journey], minlength=size)
    total = float(bought.conversions.sum())
    found = pd.DataFrame({"channel": bought.channels, "last": last, "assisted": met - last})
    found["assist_ratio"] = (found["assisted"] / found["last"]).where(found["last"] > 0)
    found["met"] = met / total if total else 0.0
    earned = credit_by_place(bought)
    found[["first", "between", "closing"]] = earned / np.maximum(earned.sum(axis=1, keepdims=True), 1e-300)
    return found[met > 0].reset_index(drop=True)


def sampling_error(journeys: Journeys, weights: np.ndarray) -> np.ndarray:
    """(channel,) sd of each channel's share of the credit by a rule, over samples of people alone.

    The delta method for a ratio of sums: of a share s the variance is Σ (x − s c)² / C² over converting people, x
    being a person's credit to the channel, c their conversions, C all conversions. It is what a bootstrap over people
    tends to. Neither the choice of the rule nor the window is in it.

    Parameters
    ----------
    journeys : converting ones. weights : (touch,) of a rule, adding up to one in every journey.
    """
    size, rows = len(journeys.channels), len(journeys)
    at = journeys.journey * size + journeys.channel
    per_person = np.bincount(at, weights=weights, minlength=rows * size).reshape(rows, size)
    total = journeys.conversions.sum()
    share = journeys.conversions @ per_person / total
    return np.sqrt(journeys.conversions @ (per_person - share) ** 2) / total
