"""The models of credit, side by side: every one hands out the same conversions, by another rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from mmm_helpers.attribution.heuristics import (
    credit_by_weights,
    weigh_decay,
    weigh_first,
    weigh_last,
    weigh_linear,
    weigh_position,
)
from mmm_helpers.attribution.journeys import Journeys, converting
from mmm_helpers.attribution.markov import fit_chain, most_channels, removal_effects
from mmm_helpers.attribution.shapley import MOST_CHANNELS, credit_by_sets, credit_by_worth
from mmm_helpers.attribution.windows import REPORTED, WINDOWS, within

CREDIT_COLUMNS = ["model", "channel", "credit", "credit_value", "share"]


@dataclass(frozen=True)
class Model:
    """One model of credit.

    Parameters
    ----------
    label : name on a page. credit : journeys → conversions and money by channel. rule : what it does, in words.
    needs_times : whether it needs the time of every touch.
    of_converting : whether it looks at converting journeys only. most_channels : how many it can deal with.
    """

    label: str
    credit: Callable[[Journeys], tuple[np.ndarray, np.ndarray]]
    rule: str
    needs_times: bool = False
    of_converting: bool = False
    most_channels: int = 127

    def fits(self, journeys: Journeys) -> bool:
        """Whether it can be computed for these journeys."""
        timed = not np.isnan(journeys.hours).any()
        return len(journeys.channels) <= self.most_channels and (timed or not self.needs_times)


def credit_by_rule(
    weigh: Callable[[Journeys], np.ndarray], journeys: Journeys
) -> tuple[np.ndarray, np.ndarray]:
    """Credit by a rule about single journeys, which are converting ones."""
    return credit_by_weights(journeys, weigh(journeys))


def credit_by_removal(order: int, journeys: Journeys) -> tuple[np.ndarray, np.ndarray]:
    """All conversions that have a touch, divided in proportion to removal effects; the money likewise."""
    effects = removal_effects(fit_chain(journeys, order))
    touched = journeys.length > 0
    share = effects / effects.sum() if effects.sum() > 0 else effects
    return share * journeys.conversions[touched].sum(), share * journeys.value[touched].sum()


def _rule(label: str, weigh: Callable[[Journeys], np.ndarray], rule: str, **options) -> Model:
    return Model(label, partial(credit_by_rule, weigh), rule, of_converting=True, **options)


def _removal(label: str, order: int, rule: str) -> Model:
    return Model(label, partial(credit_by_removal, order), rule, most_channels=most_channels(order))


MODELS = {
    "last": _rule("Last click", weigh_last, "the last touch gets everything"),
    "first": _rule("First click", weigh_first, "the first touch gets everything"),
    "linear": _rule("Linear", weigh_linear, "every touch gets the same"),
    "position": _rule("Position", weigh_position, "40 % first, 40 % last, the rest between"),
    "decay": _rule("Time decay", weigh_decay, "half as much for every week of age", needs_times=True),
    "markov": _removal("Markov", 1, "what would be lost if every step to the channel led nowhere"),
    "markov_2": _removal("Markov, two steps", 2, "the same, with the last two touches remembered"),
    "markov_3": _removal("Markov, three steps", 3, "the same, with the last three touches remembered"),
    "shapley": Model(
        "Shapley",
        credit_by_sets,
        "each channel that a person met gets the same",
        of_converting=True,
        most_channels=MOST_CHANNELS,
    ),
    "worth": Model(
        "Shapley with baseline",
        credit_by_worth,
        "who met a channel converts more often; the rest is nobody's",
        most_channels=MOST_CHANNELS,
    ),
}
"""Name → model, in the order in which pages show them."""
LAST_CLICK = "last"


def compute_credits(
    journeys: Journeys, *, window_days: float = REPORTED, models: Sequence[str] = tuple(MODELS)
) -> pd.DataFrame:
    """Credit of every channel by every model.

    Parameters
    ----------
    window_days : age of the oldest touch that counts. models : names in `MODELS`; those that need times are left out
        for aggregated paths, and those that cannot deal with so many channels.

    Returns
    -------
    Columns `CREDIT_COLUMNS`, a row per model and channel that occurs: credit (conversions), credit_value (money, market
    currency), share (of the conversions with a touch). The shares of a model add up to one, but for the one with a
    baseline, which keeps the rest.
    """
    near = within(journeys, window_days)
    bought = converting(near)
    met = np.bincount(near.channel, minlength=len(near.channels)) > 0
    total = float(near.conversions[near.length > 0].sum())
    rows = []
    for name in models:
        if not MODELS[name].fits(near):
            continue
        credit, value = MODELS[name].credit(bought if MODELS[name].of_converting else near)
        rows += [
            {
                "model": name,
                "channel": near.channels[c],
                "credit": float(credit[c]),
                "credit_value": float(value[c]),
            }
            | {"share": float(credit[c]) / total if total else 0.0}
            for c in np.flatnonzero(met)
        ]
    return pd.DataFrame(rows, columns=CREDIT_COLUMNS)


def compute_windows(journeys: Journeys, *, windows: Sequence[float] = WINDOWS) -> pd.DataFrame:
    """Credits for windows of several lengths, one below the other, with a column `window` (days)."""
    parts = [compute_credits(journeys, window_days=days).assign(window=days) for days in windows]
    return pd.concat(parts, ignore_index=True)
