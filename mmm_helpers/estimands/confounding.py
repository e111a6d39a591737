"""What speaks against reading a channel's effect off a time series: what is declared about how it is bought.

Spend that follows demand looks as if it had brought what demand brought; no amount of data of the same kind mends
that, only an experiment does. So such a channel's cells are no ground for a decision, however narrow their ranges.
Only a declaration helps: in simulated worlds with a hidden driver the placebo on next month's spend
(`estimands.placebo`) finds nothing, since the model's own noise takes up what foretells.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

CONTRADICTED = "an experiment contradicts the model and nobody has explained why"
FOLLOWS = "its spend follows demand and no experiment has tested it"


def find_doubts(
    channels: Sequence[str],
    settings: Mapping,
    *,
    tested: Collection[str] = (),
    contradicted: Collection[str] = (),
) -> dict[str, str]:
    """Channels whose effect a time series cannot tell, and why.

    Parameters
    ----------
    channels : of the design. settings : the market's specification, with `follows_demand` of each channel.
    tested : channels that an experiment speaks for. contradicted : that an unexplained experiment speaks against.

    Examples
    --------
    >>> find_doubts(["tv", "search"], {"channels": {"tv": {}, "search": {"follows_demand": True}}})
    {'search': 'its spend follows demand and no experiment has tested it'}
    """
    declared = settings["channels"]
    follows = [c for c in channels if declared.get(c, {}).get("follows_demand") and c not in tested]
    return dict.fromkeys(follows, FOLLOWS) | {c: CONTRADICTED for c in channels if c in contradicted}


def doubt(cells: pd.DataFrame, doubts: Mapping[str, str]) -> pd.DataFrame:
    """The table `identification` in which no cell of a doubted channel is identified.

    What the table says already of a cell that is not identified stays.
    """
    reason = cells["channel"].map(lambda channel: doubts.get(channel, ""))
    doubted = (reason != "") & cells["identified"].astype(bool)
    return cells.assign(
        identified=cells["identified"].astype(bool) & ~doubted,
        reason=cells["reason"].mask(doubted, reason),
    )
