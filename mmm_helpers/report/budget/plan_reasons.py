"""Why each cell of a plan stays or how far it goes, in words: for sentences, and shorter for tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.estimands.groups import members
from mmm_helpers.estimands.identification import MOSTLY_PRIOR
from mmm_helpers.report.advice import SMALL
from mmm_helpers.report.grouped import OPEN, texts

LOCKED = "the portfolio file locks them"
LITTLE = "moving them is not expected to bring more"
LIMIT = "they go as far as allowed"
BALANCED = "one more unit brings as much there as elsewhere"
UNKNOWN = "their return is not known well enough"
PRIOR = "the market's own data say too little about them"
CONSTANT = "their spend never varied"
DEMAND = "their spend follows demand and no experiment has tested them"
FLATTERED = "they return too little even though their spend follows demand, which flatters them"
APART = "they cannot be told apart from another channel"
SHORT = {
    LOCKED: "locked in the file",
    LITTLE: "little to gain",
    LIMIT: "at the limit",
    BALANCED: "balanced",
    OPEN: "open whether it pays",
    UNKNOWN: "return not known",
    PRIOR: "mostly prior",
    CONSTANT: "never varied",
    DEMAND: "follows demand",
    FLATTERED: "too little, though flattered",
    APART: "not told apart",
}
"""Why a cell stays or how far it goes: as it stands in a sentence, and as it stands in a table."""


def explain_cells(
    plan: pd.DataFrame,
    cells: pd.DataFrame,
    groups: pd.DataFrame,
    *,
    locked: Sequence[str] = (),
) -> pd.Series:
    """For each cell of the plan why it stays or how far it may go, as words.

    Parameters
    ----------
    plan : table `budget_plan`.
    cells : table `identification`: `region, channel, reason`.
    groups : table `channel_groups`: `channels, reason, decision_grade`.
    locked : channels that the portfolio file locks.

    Returns
    -------
    Series of text, aligned with `plan`.
    """
    keys = zip(cells["region"], cells["channel"], strict=True)
    own = dict(zip(keys, texts(cells["reason"]), strict=True))
    joint = dict(zip(groups["group"], texts(groups["reason"]), strict=True))
    member = members(groups)
    reasons = []
    for row in plan.to_dict("records"):
        group = member.get(row["channel"])
        reason = joint[group] if group else own.get((row["region"], row["channel"]))
        reasons.append(_explain(row, reason, locked))
    return pd.Series(reasons, index=plan.index, dtype="str")


def _explain(row: Mapping[str, float], reason: str | None, locked: Sequence[str]) -> str:
    change = row["recommended"] / row["current"] - 1
    if row["channel"] in locked:
        return LOCKED
    if row["lower"] == row["upper"]:
        return explain_reason(reason)
    if abs(change) < SMALL:
        return LITTLE
    if reason in (FOLLOWS, MOSTLY_PRIOR):  # such a cell may move only if it is one to be cut
        return FLATTERED
    at_limit = (
        min(row["upper"] - row["recommended"], row["recommended"] - row["lower"]) < SMALL * row["current"]
    )
    return LIMIT if at_limit else BALANCED


def explain_reason(reason: str | None) -> str:
    """Why a cell is fixed, from the reason in the table `identification`: empty means that it is identified.

    Examples
    --------
    >>> explain_reason("mostly prior")
    "the market's own data say too little about them"
    """
    if reason is None:
        return UNKNOWN
    if reason.startswith("cannot be told apart"):
        return APART
    known = {"": OPEN, MOSTLY_PRIOR: PRIOR, "never varied": CONSTANT, FOLLOWS: DEMAND}
    return known.get(reason, UNKNOWN)
