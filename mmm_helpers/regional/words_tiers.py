"""Sentences and tables about city tiers: saturation points, and a share to test and learn."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.intervals import interval
from mmm_helpers.report.words import (
    MISSING,
    chance,
    interval_text,
    is_missing,
    join,
    money,
    money_interval,
    percent,
)

NO_CELLS = "No channel is bought by region, so no tier has a saturation point."
"""What is said where there is nothing to show."""
READ = (
    "The saturation point is the spend beyond which one more unit of money returns less than break-even, as a multiple "
    "of today's, with its 90 % range; all regions of a tier change in proportion. Left of the dashed line, in the grey "
    "part, less spend would pay. Arrow: beyond twice today's spend. More on curves: "
    "[the model](04_multi_geo_mmm.ipynb)."
)
"""How to read the chart of saturation points."""


def explain_no_tiers(tiers: Mapping[str, int], *, break_even: float | None, withheld: str) -> str:
    """Why there are no saturation points, as a sentence; empty if there may be."""
    if not tiers:
        return (
            "The city tier of the regions is not known: a column `city_tier` in the regions file (1 for metropolitan "
            "regions, 2, 3, …) would set large cities beside small ones."
        )
    if break_even is None:
        return (
            "The contribution margin is unknown, so there is no return at which spending stops to pay; state `margin` "
            "in the portfolio file."
        )
    return f"No saturation point is shown: it says where spend stops to pay. {withheld}" if withheld else ""


def describe_saturation(
    points: pd.DataFrame, penetration: pd.DataFrame, *, currency: str, break_even: float
) -> str:
    """How many channels are spent beyond their saturation point in each tier, as a sentence.

    Parameters
    ----------
    points : result of `tiers.compute_saturation`. penetration : of `tiers.compute_penetration`.
    """
    parts = []
    for row in penetration.itertuples():
        inside = points[points["tier"] == row.tier]
        beyond, sure = (int((inside[f"multiple_{s}"] < 1).sum()) for s in ("mean", "q95"))
        parts.append(
            f"**{beyond} of {len(inside)}** channels in tier {row.tier} ({_names(row.regions)}; {sure} surely)"
        )
    return (
        "Spend lies beyond the point at which one more unit of money pays ({term}`break-even`, *assumed* "
        f"{money(break_even, currency, digits=2)}) for {join(parts)}."
    )


def _names(regions: list[str]) -> str:
    return "the whole market" if regions == ["all"] else join(regions)


def describe_moves(
    moves: pd.DataFrame, points: pd.DataFrame, *, labels: Mapping[str, str], currency: str, unit: str
) -> str:
    """What a test-and-learn share would move from metropolitan regions to cities, and what to expect, as sentences.

    Parameters
    ----------
    moves : result of `tiers.compute_moves`. points : of `tiers.compute_saturation`.
    unit : name of one period.
    """
    metro = points["tier"].min()
    if points["tier"].nunique() < 2:
        return "All regions are of one tier, so there is no other one to move money to."
    if moves.empty:
        return (
            f"No channel is both spent beyond its saturation point in tier {metro} and expected to return more in "
            "smaller cities, so nothing is to be moved between tiers."
        )
    named = "\n".join(f"- {_move(r, labels, currency, unit)}" for r in moves.itertuples())
    text = f"**Test and learn: move from tier {metro} to smaller cities**\n\n{named}\n\n"
    city = points[(points["tier"] > metro) & points["channel"].isin(moves["channel"])]
    if city["multiple_mean"].lt(1).all():
        text += "There, too, spend lies beyond the saturation point: a move loses less, but only spending less pays. "
    return (
        f"{text}The share is one to learn from, not a reallocation: the next unit of money is *expected* to return "
        "more there, and no experiment has said so."
    )


def describe_kept(points: pd.DataFrame, doubted: list[str], *, labels: Mapping[str, str]) -> str:
    """Which channels are never moved here, as a sentence; empty if none is.

    Parameters
    ----------
    points : result of `tiers.compute_saturation`. doubted : of `marginal.doubted_channels`.
    """
    kept = [labels.get(c, c) for c in points["channel"].unique() if c in doubted]
    return f"{join(kept)} stays as it is: no time series can say what it brings." if kept else ""


def _move(row, labels: Mapping[str, str], currency: str, unit: str) -> str:
    change = money_interval(row.change_mean, row.change_q05, row.change_q95, currency, sign=True)
    return (
        f"{labels.get(row.channel, row.channel)}: {money(row.amount, currency, digits=2)} a {unit}, "
        f"{percent(row.share)} of its budget; {change} of outcome a {unit}, {chance(row.p_more)} chance that smaller "
        "cities return more"
    )


def tabulate_saturation(points: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> pd.DataFrame:
    """Saturation point of each channel and tier, as text: money per period, and share of today's spend."""
    rows = [row for _, row in points.iterrows()]
    return pd.DataFrame(
        {
            "Channel": [labels.get(r["channel"], r["channel"]) for r in rows],
            "Tier": [str(int(r["tier"])) for r in rows],
            "Spend": [money(r["spend"], currency) for r in rows],
            "One more unit returns (90 %)": [interval_text(*interval(r, "mroas")) for r in rows],
            "Saturation point": [_point(r["multiple_mean"] * r["spend"], currency) for r in rows],
            "of today's spend (90 %)": [_multiple(r) for r in rows],
        }
    )


def _point(value: float, currency: str) -> str:
    if is_missing(value):
        return "beyond twice today's"
    return money(value, currency) if value > 0 else "not even the first unit pays"


def _multiple(row: pd.Series) -> str:
    mean, low, high = (row[f"multiple_{s}"] for s in ("mean", "q05", "q95"))
    head, bottom, top = ("over 200" if is_missing(v) else f"{100 * v:.0f}" for v in (mean, low, high))
    return f"{head} % ({bottom}–{top})"


def tabulate_penetration(penetration: pd.DataFrame, *, currency: str) -> pd.DataFrame:
    """Spend per head by tier, as text."""
    return pd.DataFrame(
        {
            "Tier": [str(t) for t in penetration["tier"]],
            "Regions": [_names(names) for names in penetration["regions"]],
            "People": [MISSING if is_missing(v) else f"{v:,.0f}" for v in penetration["population"]],
            "Spend": [money(v, currency) for v in penetration["spend"]],
            "per 1,000 people": [money(1000 * v, currency) for v in penetration["per_head"]],
        }
    )
