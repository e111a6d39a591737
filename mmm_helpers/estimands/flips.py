"""The table `flips`: what would change each piece of advice, from stored draws and from the studies' refits.

A threat is measured on the fit that it changes, the market by itself: the advice flips where the chance of a marginal
return above break-even crosses a bound that it did not cross before. Refits exist once the full profile has run.
A channel whose return is not the market's own evidence is held, before a threat and under it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mmm_helpers.estimands.grading import advice
from mmm_helpers.estimands.sensitivity import OVER
from mmm_helpers.estimands.studies import STACKED
from mmm_helpers.model.areas import MARKET
from mmm_helpers.model.bench import REFERENCE
from mmm_helpers.model.design import Design
from mmm_helpers.model.studies import TIED

YES, NO, OPEN = "yes", "no", "not computed"
"""Whether the advice flips; `not computed` where nothing says."""
HIDDEN, ALONE = "hidden_demand", "other_markets"
SCALED = {
    "prior_half": "With its own priors held half as firmly",
    "prior_double": "With its own priors held twice as firmly",
    "likelihood_less": "With the data counting for a fifth less",
}
"""Threats from reweighted draws, as the beginning of a sentence."""
REFITS = {
    "carry_over": "With effects allowed to last twice as long",
    "family": "With another form of carry-over or saturation that predicts as well",
    "controls": "With one control left out",
    "pooling": "With regions pooled in another way",
    "between_sd": "With regions expected half or twice as different",
}
"""Threats from the studies of the same names."""
THREATS = (*SCALED, HIDDEN, ALONE, *REFITS)
"""All threats in the order in which pages show them."""
VARIANTS = {
    "none": "each region by itself",
    "partial": "regions sharing",
    "full": "all regions alike",
    "half": "half as different",
    "double": "twice as different",
    "twice l_max": "twice as long",
    STACKED: "tied forms together",
}
HOLD = "hold"
OUT_OF_REACH = 0.995
"""A strength beyond this is as good as everything: nothing unseen can do it."""
COMMAND = "make report PROFILE=full"
COLUMNS = [
    "market", "channel", "threat", "advice", "advice_under", "flips", "fragile", "p_before", "p_under", "strength",
    "benchmark", "detail",
]  # fmt: skip


def compute_flips(
    sensitivity: pd.DataFrame,
    studies: pd.DataFrame,
    *,
    pooled: bool,
    refits: Sequence[str],
    labels: Mapping[str, str],
    held: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """One row per channel with advice and threat.

    Parameters
    ----------
    sensitivity, studies : the tables; the latter may have no rows.
    pooled : whether markets inform each other in this portfolio.
    refits : studies that apply to the market (`expected_refits`).
    labels : of channels and controls.
    held : channels that are held whatever their chance, and why (`held_channels`).

    Returns
    -------
    Columns market, channel, threat, advice (now), advice_under (the threat), flips (yes, no, not computed), fragile
    (whether any threat flips the channel's advice), p_before and p_under (chance of a return above break-even, in the
    fit that the threat changes), strength and benchmark (of a hidden driver: what it would take and what the strongest
    control has, as the share explained of both), detail (a sentence).
    """
    rows = []
    for row in sensitivity[sensitivity["p_above"].notna()].to_dict("records"):
        found = [_scaled(row, threat) for threat in SCALED]
        found.append(_hidden(row, labels))
        found += [_alone(row)] if pooled else []
        found += [_refit(row, studies, study, labels) for study in refits]
        keys = {"market": row["market"], "channel": row["channel"], "advice": row["advice"]}
        if reason := (held or {}).get(row["channel"]):
            found = [_held(f, reason) for f in found]
            keys["advice"] = HOLD
        keys["fragile"] = any(f["flips"] == YES for f in found)
        rows += [keys | f for f in found]
    return pd.DataFrame(rows, columns=COLUMNS)


def held_channels(cells: pd.DataFrame) -> dict[str, str]:
    """Channels of which the market's own data cannot say what they bring, and why.

    Parameters
    ----------
    cells : table `identification`; the market's total is looked at.
    """
    open_cells = cells[(cells["region"] == MARKET) & ~cells["identified"].astype(bool)]
    return dict(zip(open_cells["channel"], open_cells["reason"], strict=True))


def hold(table: pd.DataFrame, held: Mapping[str, str]) -> pd.DataFrame:
    """The table with `advice` to hold on the channels `held`, where it has any on them."""
    known = table["advice"].notna() & (table["advice"] != "")
    return table.assign(advice=table["advice"].mask(table["channel"].isin(held) & known, HOLD))


def _held(found: dict, reason: str) -> dict:
    """A threat to a channel that is held anyway: what it does to a chance changes nothing."""
    if found["flips"] == OPEN:
        return found
    return found | {"advice_under": HOLD, "flips": NO, "detail": f"Held whatever its chance: {reason}."}


def expected_refits(design: Design, pooling: str) -> list[str]:
    """Studies that apply to a market; `pooling` over its regions is none, partial or full."""
    several = len(design.regions) > 1
    applies = {
        "controls": bool(design.control_names),
        "pooling": several,
        "between_sd": several and pooling == "partial",
    }
    return [study for study in REFITS if applies.get(study, True)]


def _scaled(row: dict, threat: str) -> dict:
    """A threat from reweighted draws of the market's own fit."""
    before, under = row["p_above_own"], row[f"p_above_{threat}"]
    if pd.isna(under):
        return _open(threat, "Too few draws lie where this would put them; only a refit could tell.")
    return _judged(row, threat, before, under, f"{SCALED[threat]} {_moves(before, under)}.")


def _alone(row: dict) -> dict:
    """The market without what it learns from the others."""
    before, under = row["p_above"], row["p_above_own"]
    return _judged(row, ALONE, before, under, f"Without the other markets {_moves(before, under)}.")


def _hidden(row: dict, labels: Mapping[str, str]) -> dict:
    """A driver that nobody measured, as strong as the strongest one that somebody did."""
    needed, observed = row["hidden_demand_needed"], row["strongest_control_strength"]
    if pd.isna(needed):
        return _open(HIDDEN, "The channel did not move in the periods that the model learns from.")
    would = _would(needed, row["hidden_demand_direction"], row["data_share"])
    strengths = {"strength": needed, "benchmark": observed}
    if pd.isna(observed):
        return _open(HIDDEN, f"{would}; there is no observed control to hold that against.") | strengths
    name = _label(row["strongest_control"], labels)
    text = f"{would}; the strongest observed control, {name}, has a strength of {_share(observed)}."
    return _judged(row, HIDDEN, row["p_above"], row["p_above_hidden_demand"], text) | strengths


def _would(needed: float, direction: str, data_share: float) -> str:
    if needed > OUT_OF_REACH:
        why = ", which rests on what was thought before the data" if data_share < 0.5 else ""
        return f"No unseen driver, however strong, would change the advice{why}"
    lifts = "spend and sales" if direction == OVER else "one of spend and sales and lowers the other"
    return (
        f"An unseen driver that lifts {lifts} changes the advice if it explains {_share(needed)} of what is "
        "unexplained in both"
    )


def _refit(row: dict, studies: pd.DataFrame, study: str, labels: Mapping[str, str]) -> dict:
    """The variants of a study, of which the one that flips the advice furthest is named."""
    own = studies[(studies["study"] == study) & (studies["channel"] == row["channel"])]
    own = own.dropna(subset="p_above").set_index("variant")["p_above"].to_dict()
    before = own.pop(REFERENCE, np.nan)
    if study == "family":
        own = {v: p for v, p in own.items() if v in _tied(studies)}
    if pd.isna(before) or not own:
        return _open(study, *_why_open(studies, study, before))
    name, under = max(
        own.items(), key=lambda item: (advice(item[1]) != advice(before), abs(item[1] - before))
    )
    text, more = REFITS[study], ""
    if len(own) > 1:
        text += f", most {_named(name, labels)},"
        flipped = sum(advice(p) != advice(before) for p in own.values())
        more = f"; the advice changes in {flipped} of {len(own)} refits"
    return _judged(row, study, before, under, f"{text} {_moves(before, under)}{more}.")


def _tied(studies: pd.DataFrame) -> set[str]:
    """Families that predict as well as the best, and their mixture."""
    whole = studies[(studies["study"] == "family") & (studies["channel"] == "all")]
    tied = whole["note"].fillna("").astype(str).str.contains(TIED, regex=False)
    return {*whole.loc[tied, "variant"], STACKED}


def _why_open(studies: pd.DataFrame, study: str, before: float) -> tuple[str]:
    if studies.empty or study not in set(studies["study"]):
        return (f"Not computed for these data: run {COMMAND}.",)
    if study == "family" and not pd.isna(before):
        return ("No other form predicts as well.",)
    return ("The refits have no return of this channel.",)


def _judged(row: dict, threat: str, before: float, under: float, detail: str) -> dict:
    """A row whose threat has an answer: the new advice where it differs from that before, else the present one."""
    new = advice(under)
    new = new if new != advice(before) else row["advice"]
    flips = YES if new != row["advice"] else NO
    return {
        "threat": threat,
        "advice_under": new,
        "flips": flips,
        "p_before": before,
        "p_under": under,
        "detail": detail,
    }


def _open(threat: str, detail: str) -> dict:
    return {"threat": threat, "advice_under": "", "flips": OPEN, "detail": detail}


def _named(variant: str, labels: Mapping[str, str]) -> str:
    if variant.startswith("without "):
        return f"without {_label(variant.removeprefix('without '), labels)}"
    return VARIANTS.get(variant, variant.replace("adstock", "carry-over").replace("_", " "))


def _label(control: str, labels: Mapping[str, str]) -> str:
    return labels.get(control) or control.removeprefix("event:").replace("_", " ")


def _moves(before: float, under: float) -> str:
    first, then = _chance(before), _chance(under)
    if first == then:
        return f"the chance of a marginal return above break-even stays at {first}"
    return f"the chance of a marginal return above break-even goes from {first} to {then}"


def _chance(p: float) -> str:
    """A probability that never claims certainty."""
    return "less than 1 %" if p < 0.01 else "more than 99 %" if p > 0.99 else f"{100 * p:.0f} %"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %" if value >= 0.01 else "less than 1 %"
