"""Which channels a natural experiment speaks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from mmm_helpers.estimands.calibration import VALID_MONTHS
from mmm_helpers.experiments.tables import CLEAR

QUASI = "quasi"


def channels_quasi(
    pauses: Iterable[Mapping[str, Any]], effects: pd.DataFrame, last: pd.Timestamp
) -> set[str]:
    """Channels of which a pause that nobody planned confirms what the model says.

    A pause has not been drawn by lot, and the model has seen its weeks. So it counts only if it is told from
    chance, ended at most `VALID_MONTHS` before the data do, and its return agrees with the model's in every region
    where it was.

    Parameters
    ----------
    pauses : rows of the table `experiments` about pauses (`experiments.tables.measure_pauses`).
    effects : table `channel_effects`; returns are read in its last window.
    last : last date of the data.
    """
    window = effects[effects["window"] == effects["window"].iloc[-1]]
    returns = window.set_index(["region", "channel"])["roas_mean"]
    oldest = last - pd.DateOffset(months=VALID_MONTHS)
    agreed: dict[str, list[bool]] = {}
    for pause in pauses:
        cell = (pause["regions"], pause["channel"])
        if pause["p_value"] < CLEAR and pause["end"] >= oldest and cell in returns.index:
            inside = pause["iroas_q05"] <= returns[cell] <= pause["iroas_q95"]
            agreed.setdefault(pause["channel"], []).append(bool(inside))
    return {channel for channel, agree in agreed.items() if all(agree)}
