"""Sentences about studies: what each choice of the model, each control, each channel does to the numbers.

Studies are computed by the full profile only; elsewhere the page shows what is stored, with its date.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.model.studies import TIED
from mmm_helpers.report.model.model_page import amount
from mmm_helpers.report.model.study_rows import (
    REFERENCE,
    RIVALS,
    STACKED,
    add_change,
    compute_build_up,
    compute_changes,
    compute_errors,
    has_advice,
    name_variant,
    of_channels,
    of_variants,
    share_text,
)
from mmm_helpers.report.words import count, interval_text, is_missing, join, percent, significant

COMMAND = "`make report PROFILE=full`"
NOT_HERE = {
    "pooling": "The market has one region, so there is nothing to pool.",
    "between_sd": "The market's regions do not share, so how far they differ has no prior.",
    "spillover": "The market has one region, so nothing can spill over.",
    "comparison": "The history is too short to hide a quarter, so there is nothing to compare on.",
    "controls": "The market has no controls.",
}
"""Why a study has no rows although others have."""
SCORE_TITLES = {
    "variant": "Model",
    "score": "Leave-one-out score, difference ± se",
    "crps": "CRPS, hidden quarter",
    "weight": "Stacking weight",
    "moved": "Largest move",
    "changed": "Advice changes for",
    "note": "Note",
}
SAME = "The advice stays the same."
READ_SHIFTS = (
    "One dot for each channel: how far its return moves against the model as specified, in sds of its own uncertainty "
    "(on the log scale). Grey: within one sd. The outermost are named. Refits are short: a tenth of an sd is chance."
)


def explain_missing(studies: pd.DataFrame, study: str) -> str:
    """Why a block has nothing to show, as one line.

    Parameters
    ----------
    studies : table `studies`, all of it. study : the one that has no rows.
    """
    if studies.empty:
        return (
            "**Not computed for these data:** what each part of the model adds, what other models would say, and how "
            f"stable the numbers are. The full profile finds this out: {COMMAND}."
        )
    return NOT_HERE.get(study, f"**Not computed for these data.** Run {COMMAND} again.")


def dated(rows: pd.DataFrame) -> str:
    """When a study was computed, and with what, as a sentence."""
    day = rows["computed_on"].iloc[0]
    return f"Computed on {pd.Timestamp(day).date()} from the same data and specification, by short refits."


def describe_build_up(rows: pd.DataFrame, *, labels: Mapping[str, str], currency: str, unit: str) -> str:
    """What each step from the bare baseline to the whole model does to the forecast and to what was in before.

    Parameters
    ----------
    currency : of the score: the market's own; empty for counts.
    """
    steps = compute_build_up(rows)
    first, last = steps.iloc[0], steps.iloc[-1]
    text = f"From the baseline alone to the whole model in {len(steps) - 1} steps"
    if not is_missing(first["crps"]):
        verb = "fell" if last["crps"] < first["crps"] else "rose"
        text += (
            f" the error of the forecast of the hidden quarter (CRPS) {verb} from "
            f"**{amount(first['crps'], currency)}** to **{amount(last['crps'], currency)}** a {unit}"
        )
        best = steps.loc[steps["change"].idxmin()]
        if best["change"] < 0:
            text += f", most with {name_variant(best['variant'], labels=labels).removeprefix('+ ')}"
    return f"{text}. {_describe_moves(steps, labels, advised=has_advice(rows))}"


def _describe_moves(steps: pd.DataFrame, labels: Mapping[str, str], *, advised: bool) -> str:
    moved = steps.dropna(subset=["shift_sd"])
    if moved.empty:
        return "There is one channel, so none could move another."
    most = moved.loc[moved["shift_sd"].abs().idxmax()]
    text = (
        f"What came later moved the channels that were in by at most **{significant(abs(most['shift_sd']))} sd** "
        f"({labels.get(most['channel'], most['channel'])}, as {_bare(most['variant'], labels)} came in)."
    )
    if not advised:
        return text
    flips = [
        f"{labels.get(c, c)} (as {_bare(step.variant, labels)} came in)"
        for step in steps.itertuples()
        for c in step.changed
    ]
    return f"{text} {f'The advice changed for {join(flips)}.' if flips else SAME}"


def _bare(variant: str, labels: Mapping[str, str]) -> str:
    return name_variant(variant, labels=labels).removeprefix("+ ")


def describe_refresh(rows: pd.DataFrame, *, labels: Mapping[str, str], unit: str) -> str:
    """How far the returns over the same past moved as the latest weeks came in."""
    parts = [
        f"{name_variant(own['variant'], labels=labels, unit=unit)} by at most "
        f"**{significant(abs(own['shift_sd']))} sd** ({labels.get(own['channel'], own['channel'])})"
        for _, own in compute_changes(rows).iterrows()
    ]
    if not parts:
        return "The history is too short to take any of it away."
    text = f"The returns over the same past differed {join(parts)} from what they are now."
    return text + _describe_changed(rows, labels)


def _describe_changed(rows: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Which advice any variant changes, as a sentence after others; empty where there is no advice."""
    if not has_advice(rows):
        return ""
    channels = sorted(set(compute_changes(rows)["changed"].sum()))
    changed = f"The advice changes for {join([labels.get(c, c) for c in channels])}."
    return f" {changed if channels else SAME}"


def describe_changes(rows: pd.DataFrame, *, labels: Mapping[str, str], unit: str = "week") -> str:
    """Which change moves a return most, and which advice depends on one.

    Parameters
    ----------
    rows : rows of one or several studies whose reference is the model as specified.
    """
    changes = compute_changes(rows)
    most = changes.loc[changes["shift_sd"].abs().idxmax()]
    flips = [
        f"{labels.get(c, c)} ({name_variant(own['variant'], labels=labels, unit=unit)})"
        for _, own in changes.iterrows()
        for c in own["changed"]
    ]
    name = f"*{name_variant(most['variant'], labels=labels, unit=unit)}*"
    head = (
        f"Of {len(changes)} changes tried, {name} moves a return"
        if len(changes) > 1
        else f"{name} moves a return"
    )
    text = f"{head} most: {labels.get(most['channel'], most['channel'])} by **{significant(most['shift_sd'])} sd**."
    if not has_advice(rows):
        return text
    return f"{text} {f'The advice changes for {join(flips)}.' if flips else SAME}"


def describe_pooling(rows: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """How the market's regions predict best: apart, sharing, or all alike; and what that does to returns."""
    heads = of_variants(rows)
    others = heads[heads["variant"] != REFERENCE]
    verdicts = [
        f"*{name_variant(o.variant, labels=labels)}* {_verdict(o.elpd_difference, o.elpd_se)}"
        for o in others.itertuples()
    ]
    changes = compute_changes(rows)
    most = changes.loc[changes["shift_sd"].abs().idxmax()]
    return (
        f"Judged by periods left out one at a time (leave-one-out score), {join(verdicts)} than the model as "
        f"specified. The largest move is {labels.get(most['channel'], most['channel'])}'s, "
        f"**{significant(most['shift_sd'])} sd**.{_describe_changed(rows, labels)}"
    )


def _verdict(difference: float, error: float) -> str:
    sized = f"({significant(round(difference, 1))} ± {significant(error)})"
    if abs(difference) <= error:
        return f"predicts neither better nor worse {sized}"
    return f"predicts {'better' if difference > 0 else 'worse'} {sized}"


def describe_family(rows: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Which forms of carry-over and saturation are a tie, what their mixture widens, and whether advice changes."""
    heads = of_variants(rows)
    tied = heads.loc[heads["note"].fillna("").str.contains(TIED), "variant"]
    names = [f"*{name_variant(v, labels=labels)}*" for v in tied]
    wide = _widest(of_channels(rows))
    how = (
        "predict equally well within one standard error"
        if len(tied) > 1
        else "predicts best, beyond one standard error"
    )
    text = f"Of {count(len(heads), 'form')} of carry-over and saturation {join(names)} {how}. "
    if REFERENCE not in set(tied):
        text += "**The form as specified is not among them.** "
    return (
        f"{text}Mixed by how well they predict, {labels.get(wide.name, wide.name)}'s return is "
        f"**{interval_text(*wide['stacked'])}** instead of {interval_text(*wide['alone'])}, the largest difference."
        f"{_describe_mixture(rows, labels)}"
    )


def _describe_mixture(rows: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Which advice the mixture of forms changes, as a sentence after others; empty where there is no advice."""
    if not has_advice(rows):
        return ""
    own = add_change(rows)
    flips = own.loc[(own["variant"] == STACKED) & own["changed"], "channel"]
    return (
        f" **The advice changes for {join([labels.get(c, c) for c in flips])}.**"
        if len(flips)
        else f" {SAME}"
    )


def _widest(own: pd.DataFrame) -> pd.Series:
    """The channel whose interval differs most between the specified form and the mixture, relative to its width."""
    columns = ["roas_mean", "roas_q05", "roas_q95"]
    both = {v: own[own["variant"] == v].set_index("channel")[columns] for v in (REFERENCE, STACKED)}
    width = {v: t["roas_q95"] - t["roas_q05"] for v, t in both.items()}
    channel = (width[STACKED] / width[REFERENCE] - 1).abs().idxmax()
    pair = {"stacked": tuple(both[STACKED].loc[channel]), "alone": tuple(both[REFERENCE].loc[channel])}
    return pd.Series(pair, name=channel)


def describe_placebo(rows: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """What a channel is credited with once its spend no longer matches the outcome in time."""
    parts = []
    for channel, own in rows.groupby("channel", sort=False):
        by = own.set_index("variant")
        fake, real, prior = by.loc["shuffled"], by.loc[REFERENCE], by.loc["prior"]
        fooled = fake["value"] > max(real["value"], prior["value"])
        verdict = "**more than it should**" if fooled else "less than the prior alone would"
        if not fooled and fake["value"] > prior["value"]:
            verdict = "more than the prior alone, but less than with its own timing"
        parts.append(
            f"{labels.get(channel, channel)}, shuffled in time, would be credited with **{share_text(fake)}** of the "
            f"outcome, {verdict} ({percent(prior['value'], digits=1)}; as it ran {percent(real['value'], digits=1)})"
        )
    return f"{'; '.join(parts)}. A model that credits noise would give it as much as before."


def describe_spillover(rows: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Whether media work in neighbouring regions, and whether that changes advice."""
    row = spillover_strength(rows)
    clear = row["value_q05"] > 0 or row["value_q95"] < 0
    heads = of_variants(rows)
    other = heads[heads["variant"] != REFERENCE].iloc[0]
    return (
        f"Media in the other regions bring here **{share_text(row)}** of what they bring at home, "
        f"{'which is clear of zero' if clear else 'which may be nothing'}; the model "
        f"*{name_variant(other['variant'], labels=labels)}* "
        f"{_verdict(other['elpd_difference'], other['elpd_se'])}.{_describe_changed(rows, labels)}"
    )


def spillover_strength(rows: pd.DataFrame) -> pd.Series:
    """The row that holds the strength of the spillover with its interval."""
    return of_variants(rows).dropna(subset=["value"]).iloc[0]


def describe_comparison(rows: pd.DataFrame) -> str:
    """Prediction against interpretability: errors on the hidden quarter, and what rivals say about channels."""
    errors = compute_errors(rows)
    parts = [f"{own.name} by {percent(own.error, digits=1)}" for own in errors.itertuples(index=False)]
    point = of_channels(rows)
    absurd = [
        f"{RIVALS[name]} gives {count(int((own['roas_mean'] <= 0).sum()), 'channel')} of {len(own)} a return of "
        "nothing or less"
        for name, own in point[point["variant"] != REFERENCE].groupby("variant", sort=False)
        if (own["roas_mean"] <= 0).any()
    ]
    text = f"The hidden quarter was missed by: {join(parts)} (wMAPE). "
    shown = f"; {join(absurd)}" if absurd else ""
    return f"{text}Predicting is not explaining: none of the rivals gives a return an interval{shown}."
