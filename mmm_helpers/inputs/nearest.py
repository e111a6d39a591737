"""Naming what the user probably meant, for messages about unknown names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, whatever its case; None if `known` is empty.

    Examples
    --------
    >>> nearest("Umsats", ["Datum", "Umsatz", "Kosten"])
    'Umsatz'
    """
    candidates = sorted({str(k) for k in known})
    if not candidates:
        return None
    return max(candidates, key=lambda k: SequenceMatcher(None, str(name).lower(), k.lower()).ratio())


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """'the nearest is 'Umsatz'' or 'there is none', to be set into a message."""
    best = nearest(name, known)
    return f"the nearest is '{best}'" if best is not None else "there is none"


def listed(names: Iterable[object], *, limit: int = 8) -> str:
    """Names as a short quoted list that says how many it leaves out.

    Examples
    --------
    >>> listed(["a", "b", "c"], limit=2)
    "'a', 'b' and 1 more"
    """
    items = [str(n) for n in names]
    shown = ", ".join(f"'{n}'" for n in items[:limit])
    return shown if len(items) <= limit else f"{shown} and {len(items) - limit} more"
