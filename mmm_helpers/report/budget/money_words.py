"""What the portfolio file states about money beyond the margin, as sentences: prices of media, customers, caps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmm_helpers.report.words import join, percent, significant

NO_INFLATION = "A unit of spend buys as much as it did in the data; no media inflation is stated."


def describe_stated(specification: Mapping[str, Any], *, labels: Mapping[str, str]) -> list[str]:
    """What is stated about prices of media, lifetime values and frequency, each as a sentence.

    Parameters
    ----------
    specification : of the market. labels : channel → name.
    """
    decisions = specification.get("decisions") or {}
    lines = [describe_inflation(decisions.get("media_inflation"), labels=labels)]
    value = decisions.get("lifetime_value")
    if value is not None:
        revenue = (specification.get("outcome") or {}).get("kind", "revenue") == "revenue"
        margin, currency = decisions.get("stated_margin"), specification.get("currency", "")
        lines.append(_lifetime(value, margin if revenue else None, labels=labels, currency=currency))
    cap = (decisions.get("budget") or {}).get("frequency_cap")
    if cap is not None:
        lines.append(
            f"People are reached {_each(cap, labels, significant)} times a period at most, where reach is known: spend "
            "rises no further, and a cell that is above the cap today does not rise at all."
        )
    return lines


def describe_inflation(rates: float | Mapping[str, float] | None, *, labels: Mapping[str, str]) -> str:
    """What media will cost more, as a sentence.

    Examples
    --------
    >>> describe_inflation({"tv": 0.08, "social": 0.0}, labels={"tv": "TV"})
    'Media get dearer by 8 % (TV) a year, as stated (*assumed*); the same money buys less than in the data.'
    """
    risen = {c: r for c, r in rates.items() if r} if isinstance(rates, Mapping) else rates
    if not risen:
        return NO_INFLATION
    return (
        f"Media get dearer by {_each(risen, labels, percent)} a year, as stated (*assumed*); the same money buys less "
        "than in the data."
    )


def _lifetime(
    value: float | Mapping[str, float], margin: float | None, *, labels: Mapping[str, str], currency: str
) -> str:
    each = _each(value, labels, significant)
    lowest = " Break-even takes the lowest of them." if isinstance(value, Mapping) else ""
    if margin is None:
        return f"One more leaves {currency} {each} of profit before media over a customer's life (*assumed*).{lowest}"
    return (
        f"A sale leaves {percent(margin)} of its revenue (*assumed* margin), and a customer {each} times that over the "
        f"years (*assumed* lifetime value).{lowest}"
    )


def _each(value: float | Mapping[str, float], labels: Mapping[str, str], text) -> str:
    if not isinstance(value, Mapping):
        return text(value)
    return join([f"{text(number)} ({labels.get(channel, channel)})" for channel, number in value.items()])
