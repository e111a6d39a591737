"""Section `budget` of the portfolio file, what a plan may do, and section `risk`, how much it shuns a bad outcome."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.spec_base import Section, refuse
from mmm_helpers.inputs.spec_money import PerChannel

Amount = Annotated[float, Field(gt=0)]
"""Money over the horizon, reporting currency."""


class Budget(Section):
    """What a plan may do.

    Parameters
    ----------
    horizon : periods. bounds : multiples of today's spend by channel. locked : channels that stay.
    minimum, capacity : least and most money over the horizon by channel, all regions together, reporting currency.
    diversification : largest share of the total for one channel.
    max_change : share by which a cell may move, for all or by channel. max_market_change : the same of a market.
    reserve : share of the total kept back for tests and new formats.
    objective : what a plan seeks to raise; where channels' lifetime values differ the two differ at one total.
    target_return : outcome per unit of spend that the target goals look for.
    """

    horizon: int | None = Field(None, ge=1)
    bounds: dict[str, tuple[float, float]] = Field({})
    locked: list[str] = Field([])
    minimum: dict[str, Amount] = Field({})
    capacity: dict[str, Amount] = Field({})
    diversification: float | None = Field(None, gt=0, le=1)
    max_change: float | dict[str, float] | None = None
    max_market_change: float | None = Field(None, ge=0, le=1)
    frequency_cap: PerChannel | None = None
    reserve: float = Field(0.0, ge=0, le=0.5)
    objective: Literal["revenue", "profit"] | None = None
    target_return: Amount | None = None


class Risk(Section):
    """Weight of the bad tail beside the mean (0 to 1), and the share of draws that is the bad tail."""

    preference: float = Field(0.0, ge=0, le=1)
    level: float = Field(0.1, gt=0, le=0.5)


def merge_budgets(whole: Budget, own: Budget | None) -> Budget:
    """The portfolio's budget section with the keys that a market states for itself in their place.

    Examples
    --------
    >>> merge_budgets(Budget(horizon=13, reserve=0.05), Budget(reserve=0.1)).model_dump(exclude_unset=True)
    {'horizon': 13, 'reserve': 0.1}
    """
    if own is None:
        return whole
    return whole.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})


def check_budget(budget: Budget, paid: list[str], *, margin: float | None, where: str, key: str) -> None:
    """Refuse channels that cost nothing or are unknown, and limits that no plan can keep.

    Parameters
    ----------
    margin : profit before media of one unit of outcome; None if unknown. where : who states it, for the message.
    """
    for name in ("bounds", "locked", "minimum", "capacity"):
        for channel in getattr(budget, name):
            if channel not in paid and name in ("minimum", "capacity"):
                expected = f"one of {listed(paid)} ({did_you_mean(channel, paid)})"
                what = f"'{name}' of {where} names '{channel}', which is no paid channel"
                raise refuse(what, expected, "correct the channel", key=key)
    for channel, least in budget.minimum.items():
        most = budget.capacity.get(channel, float("inf"))
        if least > most:
            what = f"in {where} the minimum of '{channel}', {least:,.0f}, is above its capacity, {most:,.0f}"
            raise refuse(what, "a minimum up to the capacity", "change one of the two", key=key)
    if budget.diversification is not None and budget.diversification * len(paid) < 1:
        what = (
            f"in {where} {len(paid)} channels with {budget.diversification:.0%} each cannot spend the total"
        )
        expected = f"a share of 1 / {len(paid)} or more"
        raise refuse(what, expected, "raise diversification, or remove it", key=key)
    if budget.objective == "profit" and margin is None:
        raise refuse(f"{where} seeks profit and has no margin", "a margin", "state margin", key=key)
