"""Sentences and a table about explanations of a gap between regions."""

from __future__ import annotations

import pandas as pd

from mmm_helpers.intervals import interval
from mmm_helpers.regional.words import lower_first
from mmm_helpers.report.words import (
    MISSING,
    count,
    is_missing,
    join,
    money,
    money_interval,
    percent,
    significant,
)

LABELS = {
    "competition": "Competition in auctions",
    "saturation": "Audience saturation",
    "purchase_cycle": "Purchase cycle",
    "media_cost": "Media cost beyond competition",
    "mix": "Channel mix",
    "rest": "Not accounted for",
}
"""Explanation → its name."""


def describe_hypotheses(hypotheses: pd.DataFrame, *, region: str, regions: int, currency: str) -> str:
    """Which explanations the data support, as sentences.

    Parameters
    ----------
    hypotheses : result of `hypotheses.compute_hypotheses`.
    region : the dear one. regions : how many the market has.
    """
    rows = hypotheses[hypotheses["hypothesis"] != "rest"]
    groups = {v: rows[rows["verdict"] == v] for v in ("supported", "works against", "open", "not known")}
    named = {
        v: [f"{lower_first(LABELS[r['hypothesis']])} ({_part(r, currency)})" for _, r in g.iterrows()]
        for v, g in groups.items()
    }
    text = (
        f"Of {count(len(rows), 'explanation')} the data support **{join(named['supported'])}**"
        if named["supported"]
        else "**The data support none of the explanations**"
    )
    if named["works against"]:
        text += f"; {join(named['works against'])} {_verb(named['works against'], 'makes', 'make')} {region} cheaper"
    if named["open"]:
        text += f"; {join(named['open'])} could be either"
    if len(groups["not known"]):
        text += f"; nothing is known of {join([lower_first(LABELS[h]) for h in groups['not known']['hypothesis']])}"
    if regions == 2:
        text += (
            ". With two regions every difference between them would seem to explain the gap, so only what moves over "
            "time within them counts: what hardly moves stays open"
        )
    return f"{text}."


def tabulate_hypotheses(
    hypotheses: pd.DataFrame,
    levels: pd.DataFrame,
    *,
    base: str,
    region: str,
    currency: str,
    headroom: pd.Series,
) -> pd.DataFrame:
    """Each explanation with its part of the gap, its verdict and a plain sentence, as text.

    Parameters
    ----------
    levels : result of `drivers.driver_levels`. headroom : of `incremental.compute_headroom`.
    """
    facts = _facts(levels.loc[base], levels.loc[region], base=base, region=region, currency=currency)
    if base in headroom and region in headroom:
        facts["saturation"] += (
            f" By the model, one more unit of money returns {percent(headroom[region])} of the average one in "
            f"{region}, {percent(headroom[base])} in {base}."
        )
    return pd.DataFrame(
        {
            "Explanation": hypotheses["hypothesis"].map(LABELS),
            "Part of the gap (90 %)": [_part(r, currency) for _, r in hypotheses.iterrows()],
            "p": [_p(v) for v in hypotheses["p_value"]],
            "Verdict": hypotheses["verdict"],
            "What is seen": hypotheses["hypothesis"].map(facts),
        }
    )


def _facts(one: pd.Series, other: pd.Series, *, base: str, region: str, currency: str) -> dict[str, str]:
    """What platforms report about each explanation in the two regions."""

    def pair(name: str, text) -> str:
        return f"{text(other[name])} in {region}, {text(one[name])} in {base}"

    shares = [
        f"{label} {pair(name, percent)}"
        for name, label in (("impression_share", "impression share"), ("auction_overlap", "auction overlap"))
        if not is_missing(other[name])
    ]
    return {
        "competition": _upper(f"{'; '.join(shares)}.") if shares else "Not reported.",
        "saturation": f"Impressions per person reached: {pair('frequency', significant)}.",
        "purchase_cycle": f"Days from click to order: {pair('click_to_order_days', significant)}.",
        "media_cost": f"CPM {pair('cpm', lambda v: money(v, currency))}; this is what competition leaves of it.",
        "mix": "Shares of the channels in the conversions; measured, not estimated.",
        "rest": "Viewability, click-through and conversion that no driver accounts for: offer, creative, site, people.",
    }


def _part(row: pd.Series, currency: str) -> str:
    return (
        MISSING
        if is_missing(row["part_mean"])
        else money_interval(*interval(row, "part"), currency, sign=True)
    )


def _p(value: float) -> str:
    if is_missing(value):
        return MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _verb(items: list, one: str, many: str) -> str:
    return one if len(items) == 1 else many
