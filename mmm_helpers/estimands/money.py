"""One place for units: outcome to market money to the reporting currency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmm_helpers.experiments.tables import Units
from mmm_helpers.model.design import Design


@dataclass(frozen=True)
class Money:
    """Factors of one market.

    Parameters
    ----------
    rate : reporting currency for one unit of market currency (the stated budget rate).
    value : (r,) market money for one unit of outcome.
    is_revenue : whether the outcome itself is money.
    """

    rate: float
    value: np.ndarray
    is_revenue: bool

    @classmethod
    def of(cls, design: Design, settings: dict) -> Money:
        return cls(float(settings["budget_rate"]), design.value, settings["outcome"]["kind"] == "revenue")

    def spend(self, amount: np.ndarray) -> np.ndarray:
        """Market spend to the reporting currency."""
        return amount * self.rate

    def money(self, outcome: np.ndarray) -> np.ndarray:
        """Outcome (…, r) to money in the reporting currency."""
        return outcome * self.value * self.rate

    def shown(self, outcome: np.ndarray) -> np.ndarray:
        """Outcome (…, r) as tables show it: reporting money for revenue, else counts."""
        return self.money(outcome) if self.is_revenue else outcome


def units_of(money: Money) -> Units:
    """What a unit of a market's outcome and spend is worth in the tables about its experiments."""
    worth = float(money.value.mean()) * money.rate
    return Units(shown=worth if money.is_revenue else 1.0, money=worth, spend=money.rate)
