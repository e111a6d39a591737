"""Frames behind the blocks on studies: what each change of the model does to returns, scores and advice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mmm_helpers.estimands.grading import WITHHELD
from mmm_helpers.report.words import interval_text, is_missing, percent, significant

REFERENCE, STACKED, TOTAL = "reference", "stacked", "all"
NAMES = {
    REFERENCE: "as specified",
    STACKED: "tied forms together",
    "none": "each region by itself",
    "partial": "regions share",
    "full": "all regions alike",
    "adstock: geometric": "carry-over fading from the start",
    "adstock: delayed": "carry-over with a late peak",
    "adstock: weibull": "carry-over of free form (Weibull)",
    "saturation: hill": "saturation, Hill",
    "saturation: logistic": "saturation, logistic",
    "saturation: michaelis_menten": "saturation, Michaelis–Menten",
    "saturation: log": "saturation, logarithmic",
    "twice l_max": "effects may last twice as long",
    "half": "regions expected half as different",
    "double": "regions expected twice as different",
    "with spillover": "media also work next door",
    "without spillover": "media work at home only",
    "baseline": "baseline: level, trend, season",
    "controls": "+ controls",
    "shuffled": "shuffled in time",
    "prior": "before any data",
}
"""Variants of the table in words; those of channels, controls and weeks are put into words by `name_variant`."""
RIVALS = {
    REFERENCE: "this model",
    "ols": "plain regression",
    "ridge": "ridge",
    "boosting": "gradient boosting",
}


def of_study(studies: pd.DataFrame, study: str) -> pd.DataFrame:
    """Rows of one study, in the order in which they were computed."""
    return studies[studies["study"] == study].reset_index(drop=True)


def name_variant(variant: str, *, labels: Mapping[str, str], unit: str = "week") -> str:
    """A variant in words.

    Parameters
    ----------
    labels : of channels and controls. unit : day, week or month.

    Examples
    --------
    >>> name_variant("without price", labels={"price": "Price index"}), name_variant("4 fewer", labels={})
    ('without price index', '4 weeks ago')
    """
    if variant in NAMES:
        return NAMES[variant]
    if variant.startswith("without "):
        control = variant.removeprefix("without ")
        return f"without {labels.get(control, control.removeprefix('event:').replace('_', ' ')).lower()}"
    if variant.endswith(" fewer"):
        number = variant.removesuffix(" fewer")
        return f"{number} {unit}{'' if number == '1' else 's'} ago"
    return f"+ {labels.get(variant, variant)}"


def of_channels(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows about single channels."""
    return rows[rows["channel"] != TOTAL]


def of_variants(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows about variants as a whole: scores and the study's own quantity."""
    return rows[rows["channel"] == TOTAL]


def has_advice(rows: pd.DataFrame) -> bool:
    """Whether the market may be given advice, so that a change of it can be spoken of."""
    return bool((of_channels(rows)["advice"] != WITHHELD).any())


def add_change(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows about channels with `changed`: whether the advice differs from that of the model as specified."""
    rows = of_channels(rows)
    before = rows[rows["variant"] == REFERENCE].drop_duplicates("channel").set_index("channel")["advice"]
    return rows.assign(changed=rows["advice"] != rows["channel"].map(before))


def compute_changes(rows: pd.DataFrame) -> pd.DataFrame:
    """For each variant but the reference: largest shift in sds, its channel, and channels whose advice changes."""
    frames = []
    for variant, own in add_change(rows).groupby("variant", sort=False):
        if variant == REFERENCE:
            continue
        most = own.loc[own["shift_sd"].abs().idxmax()] if own["shift_sd"].notna().any() else own.iloc[0]
        frames.append(
            (variant, most["channel"], most["shift_sd"], own.loc[own["changed"], "channel"].tolist())
        )
    return pd.DataFrame(frames, columns=["variant", "channel", "shift_sd", "changed"])


def compute_build_up(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per step: `variant, crps, change`, the largest `shift_sd` among channels that were in before, its
    `channel`, and `changed`, those of them whose advice is another than in the step before.
    """
    frames, before = [], {}
    steps = of_variants(rows)
    for step in steps.itertuples():
        own = of_channels(rows[rows["variant"] == step.variant]).set_index("channel")
        moved = own["shift_sd"].dropna()
        channel = moved.abs().idxmax() if len(moved) else ""
        changed = [c for c, advice in before.items() if c in own.index and own.at[c, "advice"] != advice]
        shift = moved[channel] if channel else np.nan
        frames.append((step.variant, step.crps, step.value, shift, channel, changed))
        before = own["advice"].to_dict()
    return pd.DataFrame(frames, columns=["variant", "crps", "change", "shift_sd", "channel", "changed"])


def compute_scores(rows: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """Variants beside the reference as text: leave-one-out score, forecast score, largest shift, changed advice."""
    changes, advised = compute_changes(rows).set_index("variant"), has_advice(rows)
    table = []
    for own in of_variants(rows).itertuples():
        change = changes.loc[own.variant] if own.variant in changes.index else None
        table.append(
            {
                "variant": name_variant(own.variant, labels=labels),
                "score": _gap(own.elpd_difference, own.elpd_se) if change is not None else "–",
                "crps": own.crps,
                "weight": own.value,
                "moved": "–" if change is None else _moved(change, labels),
                "changed": _listed(change["changed"], labels) if advised and change is not None else "–",
                "note": own.note if isinstance(own.note, str) else "",
            }
        )
    return pd.DataFrame(table).replace("", np.nan).dropna(axis=1, how="all").fillna({"note": ""})


def _gap(difference: float, error: float) -> str:
    if is_missing(difference):
        return "–"
    rounded = round(difference, 1)
    return f"{'+' if rounded > 0 else ''}{significant(rounded)} ± {significant(error)}"


def _moved(change: pd.Series, labels: Mapping[str, str]) -> str:
    return f"{labels.get(change['channel'], change['channel'])} {significant(change['shift_sd'])} sd"


def _listed(channels: list[str], labels: Mapping[str, str]) -> str:
    return ", ".join(labels.get(c, c) for c in channels) or "none"


def compute_implied(rows: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """What each way of predicting says about a channel's return, as text; only the model has an interval."""
    wide = of_channels(rows)
    own = wide[wide["variant"] == REFERENCE].set_index("channel")
    table = {"channel": [labels.get(c, c) for c in own.index]}
    bounds = own[["roas_mean", "roas_q05", "roas_q95"]].itertuples(index=False)
    table[RIVALS[REFERENCE]] = [interval_text(*values) for values in bounds]
    for name in ("ridge", "boosting"):
        point = wide[wide["variant"] == name].set_index("channel")["roas_mean"]
        table[RIVALS[name]] = [significant(point.get(c, np.nan)) for c in own.index]
    return pd.DataFrame(table)


def compute_errors(rows: pd.DataFrame) -> pd.DataFrame:
    """`name, error` of each way of predicting the hidden quarter, the smallest error first."""
    heads = of_variants(rows).dropna(subset=["value"])
    table = pd.DataFrame(
        {"variant": heads["variant"], "name": heads["variant"].map(RIVALS), "error": heads["value"]}
    )
    return table.sort_values("error", ignore_index=True)


def share_text(row: pd.Series) -> str:
    """A share of the outcome with its interval as text."""
    mean, low, high = (percent(row[c], digits=1) for c in ("value", "value_q05", "value_q95"))
    return f"{mean} ({low} to {high})"
