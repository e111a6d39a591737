"""Profit before media of what a plan brings: by margin and lifetime value, and after a change of prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mmm_helpers.decisions.responses import Cell


@dataclass(frozen=True)
class Worth:
    """What one unit of outcome in money leaves before media are paid.

    Parameters
    ----------
    market : of all outcome; None where the margin is unknown.
    channels : of what a channel brings, where lifetime values differ between channels.
    margin : the stated margin of one sale, without lifetime value; None if none is stated.
    is_revenue : whether the outcome itself is money, so that a change of prices changes it.
    """

    market: float | None
    channels: dict[str, float] = field(default_factory=dict)
    margin: float | None = None
    is_revenue: bool = True

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Worth:
        """The worth that a market's specification states."""
        decisions, kind = (
            settings.get("decisions") or {},
            (settings.get("outcome") or {}).get("kind", "revenue"),
        )
        stated = decisions.get("stated_margin", settings.get("margin"))
        return cls(settings.get("margin"), settings.get("worth") or {}, stated, kind == "revenue")

    @property
    def overall(self) -> float:
        """Worth of all outcome; NaN where the margin is unknown."""
        return np.nan if self.market is None else self.market

    def of_cells(self, cells: Sequence[Cell]) -> np.ndarray:
        """(cell,) worth of what each cell brings; NaN where the margin is unknown."""
        return np.array([self.channels.get(c.channel, self.overall) for c in cells], float)

    def weigh(self, cells: Sequence[Cell]) -> list[Cell]:
        """The same cells, what each brings counted at its worth relative to the market's, so that more is more profit.

        The cells themselves where all customers are worth the same.
        """
        if self.market is None or not self.channels:
            return list(cells)
        weights = self.of_cells(cells) / self.market
        return [replace(c, response=c.response * w) for c, w in zip(cells, weights, strict=True)]

    def after_price(self, change: float) -> Worth:
        """The worth once prices have changed by a share and the cost of a sale has not.

        Of revenue a sale at 1 + change leaves 1 − (1 − margin) / (1 + change), times any lifetime value; units and
        conversions, counted at the old price, leave `change` more.

        Examples
        --------
        >>> round(Worth(0.4, margin=0.4).after_price(-0.2).market, 9)
        0.25
        """
        if self.market is None or change == 0:
            return self

        def moved(worth: float) -> float:
            if not self.is_revenue:
                return worth + change
            return (1 - (1 - self.margin) / (1 + change)) * worth / self.margin

        return replace(
            self, market=moved(self.market), channels={c: moved(w) for c, w in self.channels.items()}
        )
