"""What was chosen for a market's model, in words: families, noise, options, and the role of every control."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from mmm_helpers.report.words import count, join

DEFAULTS = {"adstock": "geometric", "saturation": "hill"}
FORMS = {
    "geometric": "fades from the spend on (geometric)",
    "delayed": "may be strongest some periods later (delayed)",
    "weibull": "may fade, or rise and fade (Weibull)",
    "hill": "a Hill curve, which may be slightly S-shaped",
    "michaelis_menten": "a Michaelis–Menten curve, steepest at the first unit of money",
    "logistic": "a logistic curve, which reaches a ceiling soon",
    "log": "a logarithm, which never reaches a ceiling",
}
"""Families of carry-over and saturation for readers."""
POOLING = {
    "none": "each region by itself",
    "partial": "regions learn from each other, as far as the data say that they are alike",
    "full": "all regions have one and the same effect",
}
ROLES = {
    "confounder": "moves spend and outcome",
    "precision": "moves the outcome only",
}
REASONS = {
    "confounder": "needed: without it, what it does would be credited to media",
    "precision": "useful: it explains noise, so that ranges are narrower",
}
BUILT_IN = (
    ("Season", "moves spend and outcome", "needed: budgets and demand follow the calendar"),
    ("Growth and drift", "moves spend and outcome", "needed: budgets and sales grow together"),
)
"""Influences that the model has without being asked: name, role, why."""
ROLE_TITLES = {"role": "It", "why": "In the model"}
"""Headings of the table of roles."""
REFUSED = (
    "What media move (visits, brand searches)",
    "lies on the way from media to the outcome (mediator)",
    "refused: as a control it would hide what media do through it",
)


def families(specification: Mapping[str, Any], channels: Iterable[str], kind: str) -> dict[str, list[str]]:
    """Family → the channels that have it, in their order; `kind` is adstock or saturation."""
    model, specs = specification.get("model", {}), specification["channels"]
    found: dict[str, list[str]] = {}
    for channel in channels:
        own = specs.get(channel, {}).get(kind) or model.get(kind) or DEFAULTS[kind]
        found.setdefault(own, []).append(channel)
    return found


def _by_family(found: Mapping[str, list[str]], labels: Mapping[str, str]) -> str:
    """Each family's form with its channels; the family of most channels comes last, as that of all others."""
    if len(found) == 1:
        return FORMS[next(iter(found))]
    rest = max(found, key=lambda family: len(found[family]))
    few = [
        f"{FORMS[f]}, for {join([labels.get(c, c) for c in own])}" for f, own in found.items() if f != rest
    ]
    others = "all others" if len(found[rest]) > 1 else labels.get(found[rest][0], found[rest][0])
    return "; ".join([*few, f"{FORMS[rest]}, for {others}"])


def describe_families(
    specification: Mapping[str, Any], channels: Iterable[str], *, labels: Mapping[str, str], unit: str
) -> str:
    """How effects last and saturate in this model, as one sentence or two.

    Parameters
    ----------
    specification : the market's specification. channels : those in the model. unit : day, week or month.
    """
    channels = list(channels)
    lasts, bends = (families(specification, channels, kind) for kind in DEFAULTS)
    reach = sorted({_reach(specification, c) for c in channels})
    span = count(reach[-1], unit) if len(reach) == 1 else f"{reach[0]} to {count(reach[-1], unit)}"
    last, bend = _by_family(lasts, labels), _by_family(bends, labels)
    if len(lasts) == len(bends) == 1:
        return (
            f"An effect {last}, for up to **{span}** with that of the spend itself, and grows along {bend}."
        )
    return (
        f"An effect, for up to **{span}** with that of the spend itself: {last}. It grows along: {bend} "
        "(families by channel)."
    )


def _reach(specification: Mapping[str, Any], channel: str) -> int:
    return int(specification["channels"].get(channel, {}).get("l_max") or specification["l_max"])


def describe_noise(parameters: Iterable[str]) -> str:
    """How the level moves and what the noise is like, as a sentence.

    Parameters
    ----------
    parameters : names in the table `priors`: the parts that the model has.
    """
    has = set(parameters)
    level = "drifts beside its line of growth" if "drift_sd" in has else "follows a straight line of growth"
    noise = [
        text
        for name, text in (
            ("shock_sd", "regions share a shock each period"),
            ("rho", "what is left of one period may carry over to the next"),
        )
        if name in has
    ]
    return f"The level {level}; {join(noise) if noise else 'the noise of each period and region is its own'}."


def compute_choices(
    specification: Mapping[str, Any],
    parameters: Iterable[str],
    channels: Iterable[str],
    *,
    labels: Mapping[str, str],
    unit: str,
) -> pd.DataFrame:
    """What was chosen where the model leaves a choice: `choice, here`.

    Parameters
    ----------
    specification : the market's specification. parameters : names in the table `priors`.
    channels : those in the model. unit : day, week or month.
    """
    has, channels = set(parameters), list(channels)
    lasts, bends = (families(specification, channels, kind) for kind in DEFAULTS)
    reach = {c: _reach(specification, c) for c in channels}
    rows = {
        "Carry-over": _by_family(lasts, labels),
        "It lasts at most": _reaches(reach, labels, unit),
        "Saturation": _by_family(bends, labels),
        "Regions": _regions(specification, has),
        "Bought for the whole market": _national(specification, channels, labels),
        "Growth": _growth(specification, has),
        "Season": _season(has),
        "Shock shared by regions": _yes("shock_sd" in has),
        "Noise that carries over": _yes("rho" in has),
        "Channels that add together": _pairs(specification, has, labels),
        "Media work in other regions": _yes("spillover" in has),
        "Media's strength changes over time": _yes("tide_sd" in has),
    }
    return pd.DataFrame({"choice": list(rows), "here": list(rows.values())})


def _season(has: set[str]) -> str:
    yearly = "yearly, three waves" if "season_effect" in has else "not yearly: less than a year of data"
    return yearly + ("; and by day of the week" if "weekday_effect" in has else "")


def _growth(specification: Mapping[str, Any], has: set[str]) -> str:
    chosen = specification.get("model", {}).get("trend", "auto") == "auto"
    if "drift_sd" in has:
        why = ": with a straight line alone more checks of plausibility failed" if chosen else ""
        return f"a straight line and a drift around it{why}"
    return "a straight line" + (
        "; a drift would be added only where it mends a failed check" if chosen else ""
    )


def _reaches(reach: Mapping[str, int], labels: Mapping[str, str], unit: str) -> str:
    spans: dict[int, list[str]] = {}
    for channel, periods in reach.items():
        spans.setdefault(periods, []).append(labels.get(channel, channel))
    if len(spans) == 1:
        return count(next(iter(spans)), unit)
    return "; ".join(f"{join(own)}: {count(periods, unit)}" for periods, own in spans.items())


def _regions(specification: Mapping[str, Any], has: set[str]) -> str:
    kind = specification.get("model", {}).get("pooling", {}).get("regions", "partial")
    if kind == "partial" and "region_sd" not in has:
        return "there is one"
    text = POOLING[kind]
    return text + ("; their attributes bear on it" if "predictor_effect" in has else "")


def _national(specification: Mapping[str, Any], channels: list[str], labels: Mapping[str, str]) -> str:
    national = [c for c in channels if specification["channels"].get(c, {}).get("level") == "national"]
    return join([labels.get(c, c) for c in national])


def _pairs(specification: Mapping[str, Any], has: set[str], labels: Mapping[str, str]) -> str:
    if "interaction" not in has:
        return "no"
    pairs = specification.get("model", {}).get("interactions", [])
    return join([" with ".join(labels.get(c, c) for c in pair) for pair in pairs])


def _yes(on: bool) -> str:
    return "yes" if on else "no"


def compute_roles(specification: Mapping[str, Any], *, has_holidays: bool) -> pd.DataFrame:
    """Which influence plays which part in the assumed graph of causes: `influence, role, why`.

    Parameters
    ----------
    has_holidays : whether the market's calendar of holidays is known.
    """
    rows = [
        (spec.get("label") or name, ROLES[spec["role"]], REASONS[spec["role"]])
        for name, spec in (specification.get("controls") or {}).items()
    ]
    rows.sort(key=lambda row: row[1] != ROLES["confounder"])
    if has_holidays:
        rows.append(("Holidays", *BUILT_IN[0][1:]))
    events = [e["name"] for e in specification.get("events") or []]
    rows += [(name, ROLES["precision"], "declared: a shock with known dates") for name in events]
    return pd.DataFrame([*rows, *BUILT_IN, REFUSED], columns=["influence", "role", "why"])


def describe_roles(specification: Mapping[str, Any]) -> str:
    """How many controls guard against false credit, and what remains assumed, as a sentence."""
    roles = [spec["role"] for spec in (specification.get("controls") or {}).values()]
    confounders = [
        (spec.get("label") or name).lower()
        for name, spec in (specification.get("controls") or {}).items()
        if spec["role"] == "confounder"
    ]
    guard = (
        f"**{count(len(confounders), 'control')}** ({join(confounders)}) stand for what moves both spend and outcome"
        if confounders
        else "**No control** stands for what moves both spend and outcome"
    )
    rest = len(roles) - len(confounders)
    others = f"; {count(rest, 'other')} only sharpen{'s' if rest == 1 else ''} the estimate" if rest else ""
    return (
        f"{guard}{others}. *Assumed*: nothing else drives both ({{term}}`hidden demand`); that cannot be checked "
        "from these data."
    )
