"""Sentences and tables about the gap between two regions and what explains it; every number comes from a frame."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.intervals import interval
from mmm_helpers.regional.chains import RATES
from mmm_helpers.regional.divisia import ALL, GAP, MIX
from mmm_helpers.report.words import (
    MISSING,
    is_missing,
    join,
    money,
    money_interval,
    percent,
    period,
    significant,
)

CLAIMED = (
    "**Conversions on this page are what the advertising platforms claim**, not what advertising caused: two platforms "
    "may claim the same order, and both claim orders that would have come anyway. They say where a platform's cost "
    "comes from. What money truly brought is told by the [model](04_multi_geo_mmm.ipynb), further down, and in the end "
    "by a test."
)
METHOD = """\
Cost per claimed conversion is a product of rates along three chains: per impression, per click, per person reached. The
gap between two regions is split by the logarithmic-mean Divisia index (LMDI-I; Ang 2005, Energy Policy 33), over
channels, so that the parts of all factors and of the channel mix add up to the gap exactly:

$$ y_B - y_A = \\sum_c \\sum_k L(y_{cB}, y_{cA}) \\, \\ln \\frac{f_{kcB}}{f_{kcA}}, \\qquad
L(b, a) = \\frac{b - a}{\\ln b - \\ln a} $$

Intervals leave out four weeks at a time (delete-a-block jackknife; Künsch 1989), so they hold counting error and
whatever moves from month to month. An explanation accounts for the slope of costs on its driver times the regions'
difference in the driver. Slopes compare the same channel in the same period in all regions, with measured confounders
held fixed, and take a region as one observation (CR2 errors, Satterthwaite degrees of freedom; Pustejovsky & Tipton
2018). The proposal and the saturation points take marginal returns draw by draw from the model, and the fall of a
return with more spend from its mean response curve. A test's error is that of the same comparison made in a past
without a test.
"""
"""Text of the box "How this was computed"."""

CHAIN_NAMES = {"impression": "per impression", "click": "per click", "person": "per person reached"}


def find_obstacle(panel: pd.DataFrame, costs: pd.DataFrame) -> str:
    """Why regions cannot be compared, as a sentence; empty if they can.

    Parameters
    ----------
    panel : the market's panel. costs : result of `divisia.compute_costs`.
    """
    regions = panel["region"].nunique()
    if regions < 2:
        return (
            "**There is nothing to compare: this market's data have one region.** Sales and platform reports by region "
            "(a region column in the sources) would show where a conversion is dear, and why."
        )
    if not any(c.startswith("conversions_") for c in panel):
        return (
            "**No platform reports conversions here**, so nothing can be said about what one costs. Clicks, "
            "impressions and conversions by channel and region would make this page."
        )
    if costs["region"].nunique() < 2:
        return (
            f"**No channel reports clicks and conversions in every one of the {regions} regions**, so their costs are "
            "not comparable."
        )
    return ""


def point_up(what: str) -> str:
    """That a section has nothing to show because regions cannot be compared, as a sentence.

    Examples
    --------
    >>> point_up("costs")
    'There are no costs to show where regions cannot be compared; the top of the page says what it would need.'
    """
    return f"There are no {what} to show where regions cannot be compared; the top of the page says what it would need."


def describe_window(rows: pd.DataFrame) -> str:
    """The stretch that delivery is counted in: first and last period.

    Parameters
    ----------
    rows : result of `chains.delivery_rows`.
    """
    return period(rows["date"].min(), rows["date"].max())


def name_factor(factor: str) -> str:
    """A factor's name for readers."""
    return {MIX: "Channel mix", GAP: "Gap"}.get(factor) or RATES[factor].label


def describe_gap(costs: pd.DataFrame, gap: pd.DataFrame, *, currency: str) -> str:
    """The page's finding: what a claimed conversion costs in the dearest and the cheapest region, and mostly why.

    Parameters
    ----------
    costs : result of `divisia.compute_costs`. gap : of `divisia.compute_gap`; without rows nothing is said of why.
    """
    cheap, dear = costs.iloc[0], costs.iloc[-1]
    text = (
        f"By the platforms' count a conversion costs **{_money(dear, 'cpa', currency)} in {dear['region']}** and "
        f"{_money(cheap, 'cpa', currency)} in {cheap['region']}"
    )
    if gap.empty:
        return f"{text}."
    whole = _whole(gap)
    total, parts = whole.loc[GAP], whole.drop(index=GAP)
    text += f", a gap of **{_money(total, 'part', currency, sign=True)}**"
    if total["part_q05"] <= 0 <= total["part_q95"]:
        return f"{text}: regions differ by no more than they do by chance from month to month."
    most = parts.loc[parts["part_mean"].idxmax()]
    what = lower_first(name_factor(most.name))
    return f"{text}. The largest part is {what}: {_money(most, 'part', currency, sign=True)}."


def describe_chain(gap: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """One chain's parts of the gap, the largest first, as sentences; why there are none, if so.

    Parameters
    ----------
    gap : result of `divisia.compute_gap`.
    """
    if gap.empty:
        return "No channel reports this chain in every region."
    whole = _whole(gap)
    parts = whole.drop(index=GAP).sort_values("part_mean", key=abs, ascending=False)
    named = [
        f"{lower_first(name_factor(f))} {_money(r, 'part', currency, sign=True)}" for f, r in parts.iterrows()
    ]
    channels = [labels.get(c, c) for c in gap["channel"].unique() if c != ALL]
    base, region = gap[["base", "region"]].iloc[0]
    return (
        f"{CHAIN_NAMES[gap['chain'].iloc[0]].capitalize()}, from {base} to {region}: {join(named)}; together "
        f"**{money(whole.loc[GAP, 'part_mean'], currency, sign=True)}** over {join(channels)}."
    )


def describe_left_out(compared: list[str], *, labels: Mapping[str, str], paid: list[str]) -> str:
    """Which paid channels the comparison lacks, as a sentence; empty if it has all."""
    missing = [labels.get(c, c) for c in paid if c not in compared]
    if not missing:
        return ""
    return (
        f"Compared are {join([labels.get(c, c) for c in compared])}. {join(missing)} "
        f"{'does' if len(missing) == 1 else 'do'} not report clicks and conversions in every region and "
        f"{'takes' if len(missing) == 1 else 'take'} no part."
    )


def tabulate_regions(costs: pd.DataFrame, levels: pd.DataFrame, *, currency: str) -> pd.DataFrame:
    """Every region's cost and what lies behind it, as text.

    Parameters
    ----------
    costs : result of `divisia.compute_costs`. levels : of `drivers.driver_levels`.
    """
    seen = levels.reindex(costs["region"])
    frame = {
        "Region": costs["region"].to_numpy(),
        "Spend": [money(v, currency) for v in costs["spend"]],
        "Claimed conversions": [f"{v:,.0f}" for v in costs["conversions"]],
        "Cost per conversion (90 %)": [_money(r, "cpa", currency) for _, r in costs.iterrows()],
        "CPM": [money(v, currency) for v in seen["cpm"]],
        "Frequency": [significant(v) for v in seen["frequency"]],
        "Impression share": [percent(v) for v in seen["impression_share"]],
        "Auction overlap": [percent(v) for v in seen["auction_overlap"]],
        "Days from click to order": [significant(v) for v in seen["click_to_order_days"]],
    }
    return pd.DataFrame({k: v for k, v in frame.items() if any(text != MISSING for text in v)})


def tabulate_parts(gap: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> pd.DataFrame:
    """Parts of a chain by channel, as text: each factor in both regions and what it adds to the gap."""
    if gap.empty:
        return pd.DataFrame()
    base, region = gap[["base", "region"]].iloc[0]
    names = {c: labels.get(c, c) for c in gap["channel"]} | {ALL: "All compared"}
    return pd.DataFrame(
        {
            "Chain": CHAIN_NAMES[gap["chain"].iloc[0]].capitalize(),
            "Channel": gap["channel"].map(names),
            "Factor": gap["factor"].map(name_factor),
            base: [_rate(f, v, currency) for f, v in zip(gap["factor"], gap["base_rate"], strict=True)],
            region: [_rate(f, v, currency) for f, v in zip(gap["factor"], gap["region_rate"], strict=True)],
            "Part of the gap (90 %)": [_money(r, "part", currency, sign=True) for _, r in gap.iterrows()],
        }
    )


def _rate(factor: str, value: float, currency: str) -> str:
    if is_missing(value):
        return ""
    if factor in ("cpm", "cpc"):
        return money(value, currency)
    return significant(value, 3) if factor == "frequency" else f"{significant(100 * value, 3)} %"


def _whole(gap: pd.DataFrame) -> pd.DataFrame:
    return gap[gap["channel"] == ALL].set_index("factor")


def _money(row: pd.Series, name: str, currency: str, *, sign: bool = False) -> str:
    return money_interval(*interval(row, name), currency, sign=sign)


def lower_first(text: str) -> str:
    """A name as it stands within a sentence; abbreviations stay.

    Examples
    --------
    >>> lower_first("Channel mix"), lower_first("CPM")
    ('channel mix', 'CPM')
    """
    return text[:1].lower() + text[1:] if not text[:3].isupper() else text
