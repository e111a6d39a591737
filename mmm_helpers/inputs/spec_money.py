"""What a sale is worth beyond its margin, and what media will cost: checks of stated numbers."""

from __future__ import annotations

from types import NoneType
from typing import Annotated, Any

from pydantic import BeforeValidator

from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.spec_base import refuse


def _number_or_table(value: Any) -> Any:
    numbers = value.values() if isinstance(value, dict) else [value]
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, (int, float, NoneType)):
            raise refuse(
                f"'{number}' is no number", "a number, or channels with one each", "correct the value"
            )
    return value


PerChannel = Annotated[float | dict[str, float], BeforeValidator(_number_or_table)]
"""A number for all channels, or one for each."""
SECTION = {"frequency_cap": "budget"}
"""Sections of the portfolio file that hold keys which do not stand at its top."""


def check_per_channel(
    key: str, value: PerChannel | None, paid: list[str], *, low: float, high: float
) -> None:
    """Refuse a number outside `low` to `high`, and channels that are unknown or not paid for."""
    stated = value if isinstance(value, dict) else {} if value is None else {"": value}
    for channel, number in stated.items():
        if channel and channel not in paid:
            expected = f"one of {listed(paid)} ({did_you_mean(channel, paid)})"
            mend = "correct the channel, or declare it"
            raise refuse(
                f"'{key}' names '{channel}', which is no paid channel",
                expected,
                mend,
                key=SECTION.get(key, key),
            )
        if not low <= number <= high:
            of = f" of '{channel}'" if channel else ""
            mend = "write a share: 0.05 is 5 %" if key == "media_inflation" else "correct the number"
            raise refuse(
                f"'{key}'{of} is {number}",
                f"a number from {low:g} to {high:g}",
                mend,
                key=SECTION.get(key, key),
            )


def check_lifetime_value(
    value: PerChannel | None, outcome: Any, *, margin: float | None, paid: list[str], where: str, key: str
) -> None:
    """Refuse a lifetime value that cannot be read as profit.

    Of revenue it is a multiple, 1 or more, of the margin; of units and conversions the profit before media that one
    brings over the customer's life, in the market's currency, in place of the margin.

    Parameters
    ----------
    outcome : section `outcome` of the portfolio file. margin : of the market. where : who states it, for the message.
    """
    if value is None:
        return
    if outcome.kind == "revenue":
        if margin is None:
            mend = "state margin, which the lifetime value multiplies"
            raise refuse(
                f"{where} has a lifetime value and no margin", "both for kind revenue", mend, key=key
            )
        check_per_channel("lifetime_value", value, paid, low=1.0, high=100.0)
        return
    if margin is not None:
        mend = "keep lifetime_value, the profit before media that one brings, and remove margin"
        raise refuse(
            f"{where} has both lifetime_value and margin", f"one for kind {outcome.kind}", mend, key=key
        )
    if isinstance(outcome.value_per_unit, str):
        mend = "write value_per_unit as a number"
        raise refuse(f"{where} has a lifetime value beside a column of values", "one of both", mend, key=key)
    check_per_channel("lifetime_value", value, paid, low=1e-9, high=1e12)
    missing = [c for c in paid if isinstance(value, dict) and c not in value]
    if missing:
        mend = "add it, or state one number for all channels"
        raise refuse(
            f"lifetime_value lacks {listed(missing)}", "a value for each paid channel", mend, key=key
        )


def compute_worth(
    outcome: Any, margin: float | None, value: PerChannel | None, paid: list[str]
) -> tuple[float | None, dict[str, float]]:
    """Profit before media of one unit of outcome in money: of all outcome, and of what each channel brings.

    Returns
    -------
    margin : the margin where no lifetime value is stated; else that with the lowest of the channels' values, so that
        no break-even rests on a long life of customers that only some channels win.
    by_channel : where lifetime values differ between channels, each channel's; else empty.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> compute_worth(SimpleNamespace(kind="revenue"), 0.4, {"tv": 1.5}, ["tv", "search"])
    (0.4, {'tv': 0.6000000000000001, 'search': 0.4})
    >>> compute_worth(SimpleNamespace(kind="conversions", value_per_unit=50.0), None, 120.0, ["tv"])
    (2.4, {})
    """
    if value is None:
        return margin, {}
    base = margin if outcome.kind == "revenue" else 1 / outcome.value_per_unit
    if base is None:
        return None, {}
    if not isinstance(value, dict):
        return base * value, {}
    by_channel = {c: base * value.get(c, 1.0) for c in paid}
    return min(by_channel.values()), by_channel
