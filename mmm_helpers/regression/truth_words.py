"""Sentences and tables about what the regression gets wrong against the truth of a simulated company."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.regression.design import RegressionData
from mmm_helpers.regression.grid import RetentionSearch
from mmm_helpers.regression.truth import (
    BOTH,
    NEITHER,
    NO_CARRY_OVER,
    NO_DEMAND,
    OPEN,
    compute_shift,
    find_chaser,
    find_clearest,
    summarize_variants,
)
from mmm_helpers.report.words import count, interval_text, ratio


def explain_no_truth(known: pd.DataFrame | None) -> str:
    """Why there is nothing to compare with the truth, as a sentence.

    Parameters
    ----------
    known : result of `find_truth`; None where the truth is not known.
    """
    if known is not None:
        return "The truth of this simulated market is known, but there is no regression to hold against it."
    return (
        "What a regression gets wrong can only be shown where the truth is known, which real data never tell. It "
        "is shown for the simulated company of the demo, whose truth its simulation computed."
    )


def describe_verdict(variants: pd.DataFrame, known: pd.DataFrame) -> str:
    """How the page's own regression does against the truth, in one sentence.

    Parameters
    ----------
    variants : result of `compute_variants`; known : result of `find_truth`.
    """
    true = float((known["truth"] * known["true_spend"]).sum() / known["true_spend"].sum())
    channels, holds, *_ = _counts(variants)
    return (
        f"This market is simulated, so the truth is known: {ratio(true)} for all spend together, and the 90 % "
        f"intervals hold **{holds} of {channels}** channels' true returns, where about {_expected(channels)} should."
    )


def describe_truth(
    variants: pd.DataFrame, data: RegressionData, search: RetentionSearch, *, labels: Mapping[str, str]
) -> str:
    """What goes wrong and why, as a list: demand, carry-over, the straight line.

    Parameters
    ----------
    variants : result of `compute_variants`.
    data, search : the regression of the page and its carry-over.
    labels : channel → name.
    """
    channels, holds, marginal, low = _counts(variants)
    line = (
        "**The straight line.** Responses saturate, a line does not: it mixes what all of the money brought with "
        f"what one more unit would bring. {low} of {channels} estimates lie below the true return; the intervals "
        f"hold {holds} of {channels} true returns and {marginal} of {channels} true *marginal* returns."
    )
    parts = [_about_demand(variants, data, labels), _about_carry_over(variants, search, labels), line]
    return "\n".join(f"- {p}" for p in parts if p)


def _counts(variants: pd.DataFrame) -> tuple[int, int, int, int]:
    """Channels, true returns held, true marginal returns held, estimates too low, of the page's regression."""
    own = summarize_variants(variants[variants["variant"] == BOTH]).iloc[0]
    return tuple(int(own[c]) for c in ("channels", "holds", "holds_marginal", "too_low"))


def _about_demand(variants: pd.DataFrame, data: RegressionData, labels: Mapping[str, str]) -> str:
    found = find_chaser(data)
    if found is None:
        return ""
    channel, follows = found
    return (
        f"**Demand.** {labels.get(channel, channel)} is bought when demand is high (correlation of its spend with "
        f"the demand control {follows:.2f}). {_shift(variants, channel, NO_DEMAND, 'that control')} The control "
        "itself sees demand only in part, so some of the error stays."
    )


def _about_carry_over(variants: pd.DataFrame, search: RetentionSearch, labels: Mapping[str, str]) -> str:
    channel, worse = find_clearest(search)
    return (
        f"**Carry-over.** It shows most clearly for {labels.get(channel, channel)} (AIC worse by {worse:.1f} "
        f"without it). {_shift(variants, channel, NO_CARRY_OVER, 'carry-over in the regression')}"
    )


def _shift(variants: pd.DataFrame, channel: str, without: str, what: str) -> str:
    found = {k: ratio(v) for k, v in compute_shift(variants, channel=channel, without=without).items()}
    return (
        f"With {what}, its return comes out at {found['with']}, without at {found['without']}; the truth is "
        f"{found['truth']}."
    )


def tabulate_variants(variants: pd.DataFrame) -> pd.DataFrame:
    """How many intervals of each variant hold the truth, as text."""
    rows = summarize_variants(variants)
    return pd.DataFrame(
        {
            "Regression": [v[:1].upper() + v[1:] for v in rows["variant"]],
            "True return held": [f"{h} of {n}" for h, n in zip(rows["holds"], rows["channels"], strict=True)],
            "True marginal return held": [
                f"{h} of {n}" for h, n in zip(rows["holds_marginal"], rows["channels"], strict=True)
            ],
            "Typical miss (median)": [ratio(m) for m in rows["miss"]],
        }
    )


def tabulate_truth(variants: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """True return of each channel beside every variant's interval; ✓ where it holds the truth."""
    first = variants[variants["variant"] == BOTH]
    frame = {
        "Channel": [labels.get(c, c) for c in first["channel"]],
        "True return": [ratio(v) for v in first["truth"]],
        "True marginal return": [ratio(v) for v in first["marginal"]],
    }
    for name, own in variants.groupby("variant", sort=False):
        texts = [
            interval_text(r.roas_mean, r.roas_q05, r.roas_q95) + (" ✓" if r.holds else "")
            for r in own.itertuples()
        ]
        frame[name[:1].upper() + name[1:]] = texts
    return pd.DataFrame(frame)


def describe_hits(variants: pd.DataFrame) -> str:
    """How many intervals hold the truth at best, and which regression misses least, as sentences."""
    rows = summarize_variants(variants)
    best, least = rows.loc[rows["holds"].idxmax()], rows.loc[rows["miss"].idxmin()]
    channels = int(best["channels"])
    return (
        f"Of {count(channels, 'interval')} that each claim 90 %, about {_expected(channels)} should hold the "
        f"truth; the most that any of these regressions reaches is {int(best['holds'])} ({best['variant']}). The "
        f"smallest typical miss, {ratio(least['miss'])}, is that of the one with {_with(least['variant'])}."
    )


def _with(variant: str) -> str:
    return {BOTH: "both", OPEN: "both", NEITHER: "neither"}.get(variant, variant)


def _expected(channels: int) -> int:
    return round((UPPER - LOWER) * channels)
