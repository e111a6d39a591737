"""What a market's own data cannot tell: channels shown as one, under both their names, and numbers that are prior."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.estimands.decomposition import TOTAL
from mmm_helpers.estimands.groups import members
from mmm_helpers.report.marks import evidence_signs
from mmm_helpers.report.returns import last_window, of_total, return_of
from mmm_helpers.report.words import join, money

SUMMARIES = ("mean", "q05", "q50", "q95")
JOINT = "cannot be told apart in these data and count as one"
OPEN = "it is open whether one more unit of money pays there"
"""Why a number that the data do know does not ground a decision."""


def group_labels(labels: Mapping[str, str], groups: pd.DataFrame) -> dict[str, str]:
    """Names of channels and of groups: a group is called by all its channels.

    Parameters
    ----------
    groups : table `channel_groups`.

    Examples
    --------
    >>> group_labels({"tv": "TV", "ooh": "Out-of-home"}, pd.DataFrame({"group": ["tv+ooh"], "channels": ["tv|ooh"]}))
    {'tv': 'TV', 'ooh': 'Out-of-home', 'tv+ooh': 'TV and Out-of-home'}
    """
    named = {
        group: join([labels.get(c, c) for c in channels.split("|")])
        for group, channels in zip(groups["group"], groups["channels"], strict=True)
    }
    return {**labels, **named}


def group_colors(colors: Mapping[str, str], groups: pd.DataFrame) -> dict[str, str]:
    """Colours of channels and of groups: a group has the colour of its first channel."""
    first = {g: c.split("|")[0] for g, c in zip(groups["group"], groups["channels"], strict=True)}
    return {**colors, **{group: colors[channel] for group, channel in first.items() if channel in colors}}


def join_groups(effects: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Effects of a market's total in its last window, one row for each group in place of its channels.

    Parameters
    ----------
    effects : table `channel_effects` of one market. groups : its table `channel_groups`.
    """
    recent = of_total(last_window(effects))
    if groups.empty:
        return recent
    joint = groups.assign(channel=groups["group"], window=recent["window"].iloc[0])
    kept = recent[~recent["channel"].isin(members(groups))]
    return pd.concat([kept, joint.reindex(columns=recent.columns)], ignore_index=True)


def join_contributions(contributions: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """What each part brought to the market's total, one row for each group in place of its channels.

    Parameters
    ----------
    contributions : table `contributions` of one market. groups : its table `channel_groups`.

    Returns
    -------
    Rows of the market's total; a group's shares are its contribution over the modelled outcome's mean.
    """
    total = of_total(contributions)
    kept = total[~total["group"].isin(members(groups))]
    if len(kept) == len(total):
        return total
    outcome = float(total.loc[total["group"] == TOTAL, "value_mean"].iloc[0])
    landed = {f"value_{s}": groups[f"landed_{s}"] for s in SUMMARIES}
    shares = {f"share_{s}": groups[f"landed_{s}"] / outcome for s in SUMMARIES}
    return pd.concat(
        [kept, groups.assign(**landed, **shares).reindex(columns=total.columns)], ignore_index=True
    )


def texts(column: pd.Series) -> list[str]:
    """A column of text as read from a file, where an empty text is a missing value.

    Examples
    --------
    >>> texts(pd.Series(["mostly prior", float("nan")]))
    ['mostly prior', '']
    """
    return [value if isinstance(value, str) else "" for value in column]


def add_reasons(effects: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Effects with `reason`: why a number is not the market's own evidence, empty if it is.

    Parameters
    ----------
    effects : rows of `channel_effects` or of `join_groups`. cells : table `identification`.
    """
    own = dict(zip(zip(cells["region"], cells["channel"], strict=True), texts(cells["reason"]), strict=True))
    keys = zip(effects["region"], effects["channel"], strict=True)
    return effects.assign(reason=[own.get(key, "") for key in keys])


def merge_channels(plan: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """A plan's cells under the name of their group, so that sentences and charts add them up."""
    member = members(groups)
    return plan.assign(channel=[member.get(c, c) for c in plan["channel"]])


def describe_groups(
    groups: pd.DataFrame, *, labels: Mapping[str, str], currency: str, withheld: bool = False
) -> str:
    """Which channels are reported and moved as one, what they return together, and why; empty if none are.

    Parameters
    ----------
    withheld : whether there is no recommendation, so that nothing is said about moving them.
    """
    return " ".join(_describe(row, labels, currency, withheld) for _, row in groups.iterrows())


def _describe(row: pd.Series, labels: Mapping[str, str], currency: str, withheld: bool) -> str:
    names = [labels.get(c, c) for c in row["channels"].split("|")]
    text = f"**{join(names)}** {JOINT}"
    if pd.isna(row["roas_mean"]):
        return f"{text}; {_no_return(row)}, so no return is reported for them."
    text += f": each {money(1, currency, digits=1)} spent on them together brought back **{return_of(row, currency)}** "
    text += evidence_signs(row)
    if withheld:
        return f"{text}."
    if row["decision_grade"]:
        return f"{text}, and a plan moves them in one step."
    return f"{text}, and they stay at today's spend: {_why(row)}."


def _no_return(row: pd.Series) -> str:
    return "nothing was spent on them" if row["spend"] == 0 else "not all of them are paid for"


def _why(row: pd.Series) -> str:
    """Why a group is not moved."""
    reason = row["reason"] if isinstance(row["reason"], str) else ""
    if reason.startswith("cannot"):
        return f"they {reason} either"
    if reason == FOLLOWS:
        return reason.replace("its spend", "the spend on one of them").replace("tested it", "tested them")
    return f"their joint effect is {reason}" if reason else OPEN


UNIDENTIFIED = {
    "mostly prior": "The market's own data say too little about {names}: what is shown is mostly prior or borrowed.",
    "never varied": "Spend on {names} never varied, so what it brings cannot be read from the data.",
    FOLLOWS: "Spend on {names} follows demand: what is shown holds sales that would have come anyway, and only an "
    "experiment can say how many.",
}
"""What a reason in the table `identification` means, with the channels' names."""


def describe_unidentified(cells: pd.DataFrame, *, labels: Mapping[str, str]) -> list[str]:
    """Which channels' numbers are not this market's own evidence and why, one sentence for each reason.

    Parameters
    ----------
    cells : table `identification`; the market's total is looked at. Channels that cannot be told apart are
        told about by `describe_groups`.
    """
    total = cells[cells["region"] == "all"]
    found = {why: total.loc[total["reason"] == why, "channel"] for why in UNIDENTIFIED}
    return [
        UNIDENTIFIED[why].format(names=join([labels.get(c, c) for c in channels]))
        for why, channels in found.items()
        if len(channels)
    ]
