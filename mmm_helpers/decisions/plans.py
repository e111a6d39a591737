"""Plans of what-ifs as multiples of today's spend: changes by channel and region, moves, and every report's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.inputs.nearest import nearest
from mmm_helpers.model.areas import MARKET

EVERYTHING = "all"
"""Stands for every channel in a stated change."""
SEARCH, SOCIAL, TELEVISION = {"search", "sem"}, {"social"}, {"tv", "television"}
OFFLINE = TELEVISION | {"radio", "ooh", "outdoor", "print", "newspaper", "magazine", "cinema", "billboard"}
STREAMED = {"connected", "ctv", "streaming", "online"}
"""Words of a channel's code or label by which the report's own scenarios know it."""
TIGHTER, SHIFTED = 0.7, 0.1
"""What digital channels keep where TV doubles; share of search that goes to social."""


def explain_plan(stated: Mapping[str, Any], cells: Sequence[Cell], labels: Mapping[str, str]) -> str:
    """Why a stated plan cannot be followed in this market, as a sentence; empty if it can.

    Parameters
    ----------
    stated : a scenario of the specification: `change, move, regions`. labels : channel → name.
    """
    move, regions = stated.get("move") or {}, stated.get("regions") or []
    named = [c for c in stated.get("change") or {} if c != EVERYTHING]
    named += [*(move.get("from_channel") or []), *(move.get("to_channel") or [])]
    known = {c.region for c in cells}
    for region in (r for r in regions if r not in known):
        return f"There is no region '{region}' here; the nearest is '{nearest(region, known - {MARKET})}'."
    for channel in named:
        own = [c for c in cells if c.channel == channel]
        name = labels.get(channel, channel)
        if not own:
            return f"{name} had no spend here in the last year."
        if regions and all(c.region == MARKET for c in own) and MARKET not in regions:
            return f"{name} is bought for the whole market, so it cannot change in one region."
        if regions and not any(c.region in regions for c in own):
            return f"{name} had no spend there in the last year."
    highest = stated_plan(stated, cells).max(initial=0.0)
    if highest > GRID[-1] + 1e-9:
        most = f"responses are computed up to {GRID[-1]:g} times today's"
        return f"What receives the money would have {highest:.1f} times today's spend; {most}."
    return ""


def stated_plan(stated: Mapping[str, Any], cells: Sequence[Cell]) -> np.ndarray:
    """(cell,) multiples of today's spend of a stated change or move, within its regions if it names any."""
    regions, change = stated.get("regions") or [], stated.get("change") or {}
    inside = np.array([not regions or c.region in regions for c in cells], bool)
    multiples = np.array([change.get(c.channel, change.get(EVERYTHING, 1.0)) for c in cells], float)
    plan = np.where(inside, multiples, 1.0)
    move = stated.get("move") or {}
    if not move:
        return plan
    return plan + move_money(cells, move["from_channel"], move["to_channel"], move["share"], inside=inside)


def move_money(
    cells: Sequence[Cell],
    sources: Sequence[str],
    targets: Sequence[str],
    share: float,
    *,
    inside: np.ndarray | None = None,
) -> np.ndarray:
    """(cell,) change of multiples where a share of some channels' spend goes to others.

    Money stays in its region where a target is there, and is spread over all targets by their spend otherwise; several
    targets in one region share it by their spend.

    Parameters
    ----------
    inside : (cell,) cells that take part; None for all.

    Examples
    --------
    >>> some = [Cell("R1", c, s, 2.0, np.zeros((1, 41))) for c, s in (("search", 100.0), ("social", 50.0))]
    >>> move_money(some, ["search"], ["social"], 0.1).tolist()
    [-0.1, 0.2]
    """
    inside = np.ones(len(cells), bool) if inside is None else inside
    spend = np.array([c.spend for c in cells])
    gives = inside & np.array([c.channel in sources for c in cells], bool)
    takes = inside & np.array([c.channel in targets for c in cells], bool)
    regions, money = np.array([c.region for c in cells]), np.zeros(len(cells))
    for i in np.flatnonzero(gives):
        money[i] -= share * spend[i]
        near = takes & (regions == regions[i])
        where = near if near.any() else takes
        money[where] += share * spend[i] * spend[where] / spend[where].sum()
    return money / spend


def default_moves(cells: Sequence[Cell], labels: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The report's own moves as a portfolio file would state them: search to social, TV against digital.

    A move is left out where the market lacks one of its sides. Channels are known by words of code and label.
    """
    words = {c.channel: _words(c.channel) | _words(labels.get(c.channel, "")) for c in cells}
    search, social = ([c for c, w in words.items() if w & kind] for kind in (SEARCH, SOCIAL))
    offline = [c for c, w in words.items() if w & OFFLINE and not w & STREAMED]
    television = [c for c in offline if words[c] & TELEVISION]
    digital = [c for c in words if c not in offline]
    moves: dict[str, dict[str, Any]] = {}
    if search and social:
        move = {"from_channel": search, "to_channel": social, "share": SHIFTED}
        moves[f"{SHIFTED:.0%} of search to social".replace("%", " %")] = {"move": move}
    if television and digital:
        change = dict.fromkeys(television, 2.0) | dict.fromkeys(digital, TIGHTER)
        moves[f"TV doubles, digital falls by {1 - TIGHTER:.0%}".replace("%", " %")] = {"change": change}
    return moves


def _words(text: str) -> set[str]:
    return set(re.split(r"[\W_]+", text.lower())) - {""}
