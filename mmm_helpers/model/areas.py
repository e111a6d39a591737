"""The areas that tables report on: each region, and the market as a whole."""

from __future__ import annotations

from collections.abc import Sequence

MARKET = "all"
"""Name of the market as a whole; also of the one region of a market without regions."""


def areas(regions: Sequence[str]) -> dict[str, list[int]]:
    """Positions of the regions that make up each area, the market last.

    A market whose one region is called `all` is one area, not two with the same name.

    Examples
    --------
    >>> areas(["East", "West"])
    {'East': [0], 'West': [1], 'all': [0, 1]}
    >>> areas(["all"])
    {'all': [0]}
    """
    return {name: [position] for position, name in enumerate(regions)} | {MARKET: list(range(len(regions)))}
