"""Sentences and a table about the proposed test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mmm_helpers.regional.proposal import ENOUGH, NOWHERE, QUARTERS, SHARES
from mmm_helpers.report.words import MISSING, chance, count, is_missing, join, money, money_interval, percent

READ = (
    "*Lost* and *gained*: change of outcome where the money leaves and where it goes, with 90 % ranges. *Power*: "
    "chance that a test sees the harder one of the two, at a false alarm rate of 10 %. The last rows are the "
    "smallest tests that are large enough."
)
"""How to read the table of designs."""


def explain_no_proposal(withheld: str) -> str:
    """Why no test is proposed, as a sentence.

    Parameters
    ----------
    withheld : result of `advice.withheld`; empty if the model may be used.
    """
    if withheld:
        return f"No test is proposed: its size rests on the model's returns. {withheld}"
    return "No test is proposed: the model has no return of these channels in the dear region."


def describe_proposal(
    design: Mapping[str, Any],
    blended: pd.DataFrame,
    *,
    dear: str,
    currency: str,
    unit: str,
    margin: float | None,
) -> str:
    """The proposed test, what to expect of it, and what it would cost, as sentences.

    Parameters
    ----------
    design : a row of `proposal.compute_proposal`. blended : result of `proposal.compute_blended`.
    unit : name of one period. margin : contribution margin; None if unknown.
    """
    receiver = design["receiver"]
    act = "cut" if receiver == NOWHERE else "move"
    to = "" if receiver == NOWHERE else f", to {receiver}"
    text = (
        f"**Test: {act} {percent(design['share'])} of {dear}'s spend on these channels, "
        f"{money(design['moved'], currency)} over {count(int(design['periods']), unit)}{to}; leave "
        f"{join(str(design['controls']).split('|'))} untouched.** The model expects "
        f"{_amount(design, 'loss', currency)} of outcome in {dear}"
    )
    if receiver != NOWHERE:
        gain, net = (_amount(design, name, currency) for name in ("gain", "net"))
        text += f" and {gain} in {receiver}, **{net} together**"
    return (
        f"{text}. {_describe_blended(blended, dear, receiver, currency)} {_price(design, currency, margin)}"
    )


def _describe_blended(blended: pd.DataFrame, dear: str, receiver: str, currency: str) -> str:
    rows = blended.set_index("measure")
    claimed, true = rows.loc["claimed"], rows.loc["incremental"]
    where = dear if receiver == NOWHERE else f"{dear} and {receiver} together"
    text = (
        f"Over {where}, a claimed conversion would cost **{_cost(claimed, currency)}** (now "
        f"{money(claimed['now'], currency)}"
    )
    if receiver != NOWHERE:
        text += f"; the platforms' own averages promise {money(claimed['promised'], currency)}"
    one = money(1, currency, digits=1)
    return (
        f"{text}), and {one} of outcome that would not have come otherwise {_cost(true, currency)} (now "
        f"{money(true['now'], currency)})."
    )


def _cost(row: pd.Series, currency: str) -> str:
    return money_interval(row["after_mean"], row["after_q05"], row["after_q95"], currency)


def _amount(design: Mapping[str, Any], name: str, currency: str) -> str:
    return money_interval(
        *(float(design[f"{name}_{s}"]) for s in ("mean", "q05", "q95")), currency, sign=True
    )


def _price(design: Mapping[str, Any], currency: str, margin: float | None) -> str:
    """What a test costs: the contribution that it loses, less the spend that it saves."""
    if margin is None:
        return "What the test costs in profit is not shown: the contribution margin is unknown."
    saved = design["moved"] if design["receiver"] == NOWHERE else 0.0
    mean, low, high = (margin * design[f"net_{s}"] + saved for s in ("mean", "q05", "q95"))
    return (
        f"At an *assumed* margin of {percent(margin)} the test changes profit by "
        f"{money_interval(mean, low, high, currency, sign=True)}."
    )


def describe_power(
    design: Mapping[str, Any],
    enough: Mapping[str, Mapping[str, Any] | None],
    *,
    dear: str,
    currency: str,
    unit: str,
) -> str:
    """Whether the test would see its effects, and what it would take if not, as sentences.

    Parameters
    ----------
    design : a row of `proposal.compute_proposal`.
    enough : receiver, and NOWHERE for a mere cut → result of `proposal.find_enough`.
    unit : name of one period.
    """
    if is_missing(design["power"]):
        return (
            "Whether the test would see anything is not known: the history is too short to make the same comparison "
            "in a past without a test."
        )
    seen = f"sees the change in {dear} with a probability of {chance(design['power_loss'])}"
    if not is_missing(design["power_gain"]):
        seen += f" and that in {design['receiver']} with {chance(design['power_gain'])}"
    length = count(int(design["periods"]), unit)
    if design["power"] >= ENOUGH:
        return f"**The test is large enough**: in {length} it {seen}, if the model is right."
    text = f"**The test is underpowered**: in {length} it {seen}, if the model is right."
    found, cut = enough[design["receiver"]], enough[NOWHERE]
    if found is not None:
        return f"{text} For {percent(ENOUGH)} it takes {_size(found, currency, unit)}."
    longest = f"{percent(max(SHARES))} of the spend for {count(max(QUARTERS), 'quarter')}"
    text += f" Not even {longest} reaches {percent(ENOUGH)}"
    if design["receiver"] != NOWHERE and cut is not None:
        return f"{text}; to cut alone, with all other regions as control, does with {_size(cut, currency, unit)}."
    return f"{text}: more regions would have to be tested at once."


def _size(design: Mapping[str, Any], currency: str, unit: str) -> str:
    return (
        f"**{percent(design['share'])} of the spend for {count(int(design['periods']), unit)}**, "
        f"{money(design['moved'], currency)} in all"
    )


def describe_basis(
    effects: pd.DataFrame, *, channels: list[str], region: str, doubted: list[str], labels: Mapping[str, str]
) -> str:
    """What the expectations rest on, and which channels are left out, as sentences.

    Parameters
    ----------
    effects : rows of `channel_effects` of regions. channels : those that the test moves.
    doubted : those of the compared channels that no time series can tell (`marginal.doubted_channels`).
    """
    left = (
        f"{join([labels.get(c, c) for c in doubted])} stays as it is: no time series can say what it brings. "
    )
    rows = effects[(effects["region"] == region) & effects["channel"].isin(channels)]
    tested = int((rows["cause_mark"] == "tested").sum())
    basis = (
        "none of these returns has been tested" if not tested else f"{tested} of {len(rows)} have been tested"
    )
    return (
        f"{left if doubted else ''}The expectations rest on the model, and {basis} in an experiment. They assume that "
        "channels add up, and that nothing sold in one region is due to another one's advertising."
    )


def tabulate_proposal(
    designs: pd.DataFrame, enough: Mapping[str, Mapping[str, Any] | None], *, currency: str, unit: str
) -> pd.DataFrame:
    """Designs side by side, as text: the proposal with each receiver, and for each the smallest that is large enough.

    Parameters
    ----------
    designs : result of `proposal.compute_proposal`. enough : receiver → result of `proposal.find_enough`.
    """
    rows = [row for _, row in designs.iterrows()]
    rows += [d for d in enough.values() if d is not None and d["power"] > designs["power"].max()]
    return pd.DataFrame(
        {
            "To": [r["receiver"] or "nowhere (cut)" for r in rows],
            "Share of the spend": [percent(r["share"]) for r in rows],
            "Length": [count(int(r["periods"]), unit) for r in rows],
            "Moved": [money(r["moved"], currency) for r in rows],
            "Lost": [_amount(r, "loss", currency) for r in rows],
            "Gained": [_amount(r, "gain", currency) if r["receiver"] else MISSING for r in rows],
            "Together": [_amount(r, "net", currency) for r in rows],
            "Power": [MISSING if is_missing(r["power"]) else chance(r["power"]) for r in rows],
            "More than ever spent": ["yes" if r["beyond"] else "no" for r in rows],
        }
    )
