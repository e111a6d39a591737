"""The table `studies`: returns, scores and advice under one change of the model at a time, beside the reference.

A study's refits come from `model.studies`; here they become returns in money. Returns are of the last 52 weeks, as
on every page, or of the history that all refits share where data are taken away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.estimands.effects import STEP, Window, compute_effect, overall_marginal, windows
from mmm_helpers.estimands.grading import advice
from mmm_helpers.estimands.money import Money
from mmm_helpers.intervals import LOWER, SUFFIXES, UPPER, summarize
from mmm_helpers.model.areas import MARKET
from mmm_helpers.model.bench import REFERENCE, Bench, Variant
from mmm_helpers.model.design import Design
from mmm_helpers.model.given import expected_controls
from mmm_helpers.model.rivals import LEARNERS, implied_outcome, rival_forecasts
from mmm_helpers.model.studies import STUDIES

STACKED = "stacked"
"""Variant of the study `family`: the tied families mixed by their stacking weights."""
STUDY_COLUMNS = [
    "market", "study", "variant", "channel",
    *(f"roas_{s}" for s in SUFFIXES), *(f"mroas_{s}" for s in SUFFIXES), "p_above", "advice",
    "crps", "elpd_difference", "elpd_se", "shift_sd", "value", "value_q05", "value_q95", "note", "computed_on",
]  # fmt: skip
"""Columns of the table `studies`; it has no rows until the full profile has run with these data."""


@dataclass(frozen=True)
class Returns:
    """Draws of one channel's return, of its marginal return, and the break-even that the latter is held against.

    `weights` are those of the draws where they come from several models; None for equal ones.
    """

    roas: np.ndarray
    mroas: np.ndarray
    above: np.ndarray
    weights: np.ndarray | None = None


def compute_study(bench: Bench, name: str, money: Money, *, margin: float | None) -> pd.DataFrame:
    """Rows of one study (`STUDY_COLUMNS` without `computed_on`); none where it does not apply to the market.

    Parameters
    ----------
    margin : contribution margin; break-even is 1 / margin, or the market's overall marginal return if unknown.

    Returns
    -------
    A row for each variant, with channel `all` and its scores, and one for each paid channel, with its returns.
    """
    variants = STUDIES[name](bench)
    if name == "comparison":
        rows = compare_rivals(bench, variants, money)
    else:
        rows = tabulate(variants, common_window(variants, name), money, margin=margin, stack=name == "family")
    table = pd.DataFrame(rows, columns=STUDY_COLUMNS[:-1])
    return table.assign(market=bench.design.market, study=name)


def common_window(variants: Sequence[Variant], study: str) -> Window | None:
    """Periods whose returns are compared: the last 52 weeks; in `refresh` all that the oldest refit knew."""
    if not variants:
        return None
    design = variants[0].design
    if study != "refresh":
        return windows(design)[-1]
    known = min(int(np.flatnonzero(v.design.observed.any(axis=1))[-1]) + 1 for v in variants)
    return Window("common history", 0, known)


def compute_returns(
    design: Design, variant: Variant, window: Window | None, money: Money, *, margin: float | None
) -> dict[str, Returns]:
    """Returns of the market's paid channels that run in the window, all regions together."""
    effects = {c: compute_effect(design, variant.draws, c, window) for c in _running(design)}
    even = 1 / margin if margin else overall_marginal(design, effects, money)
    found = {}
    for channel, effect in effects.items():
        spend = float(money.spend(effect.spend).sum())
        if spend > 0:
            roas = money.money(effect.incremental).sum(axis=1) / spend
            mroas = money.money(effect.marginal).sum(axis=1) / (STEP * spend)
            found[channel] = Returns(roas, mroas, mroas > even)
    return found


def _running(design: Design) -> list[str]:
    """Paid channels with media in this view of the data, in the design's order."""
    runs = design.media.any(axis=(0, 1)) & design.paid
    return [c for c, run in zip(design.channels, runs, strict=True) if run]


def tabulate(
    variants: Sequence[Variant],
    window: Window | None,
    money: Money,
    *,
    margin: float | None,
    stack: bool = False,
) -> list[dict]:
    """Rows of a study's variants in their order; with `stack` those of the mixture by `value` at the end."""
    found: dict[str, dict[str, Returns]] = {}
    rows: list[dict] = []
    for variant in variants:
        if variant.name not in found or variant.channels:
            found[variant.name] = compute_returns(variant.design, variant, window, money, margin=margin)
        rows += variant_rows(variant, found[variant.name], found.get(variant.base, {}))
    if stack and variants:
        weights = {v.name: v.value for v in variants}
        mixed = {c: mix({n: r[c] for n, r in found.items()}, weights) for c in found[REFERENCE]}
        rows += [_channel_row(STACKED, c, own, found[REFERENCE][c]) for c, own in mixed.items()]
    return rows


def variant_rows(variant: Variant, own: dict[str, Returns], base: dict[str, Returns]) -> list[dict]:
    """The variant's own row (unless it is about single channels), then one for each channel."""
    scores = {"elpd_difference": variant.elpd, "elpd_se": variant.elpd_se, "crps": variant.crps}
    value = {
        "value": variant.value,
        "value_q05": variant.low,
        "value_q95": variant.high,
        "note": variant.note,
    }
    if variant.channels:
        return [
            _channel_row(variant.name, c, own[c], base.get(c)) | value for c in variant.channels if c in own
        ]
    head = {"variant": variant.name, "channel": MARKET} | scores | value
    return [head, *(_channel_row(variant.name, c, own[c], base.get(c)) for c in own)]


def _channel_row(variant: str, channel: str, own: Returns, base: Returns | None) -> dict:
    above = float(np.average(own.above, weights=own.weights))
    return (
        {"variant": variant, "channel": channel}
        | _summary(own.roas, "roas", own.weights)
        | _summary(own.mroas, "mroas", own.weights)
        | {"p_above": above, "advice": advice(above)}
        | {"shift_sd": np.nan if base is None else shift_in_sd(own, base)}
    )


def _summary(draws: np.ndarray, name: str, weights: np.ndarray | None) -> dict[str, float]:
    if weights is None:
        return summarize(draws, name)
    points = np.quantile(draws, [LOWER, 0.5, UPPER], weights=weights, method="inverted_cdf")
    values = [np.average(draws, weights=weights), *points]
    return dict(zip([f"{name}_{s}" for s in SUFFIXES], values, strict=True))


def shift_in_sd(own: Returns, base: Returns) -> float:
    """How far a return moved, in sds of the base; on the log scale, on which returns are roughly normal."""
    new, old = own.roas, base.roas
    if new.min() > 0 and old.min() > 0:
        new, old = np.log(new), np.log(old)
    return float((np.average(new, weights=own.weights) - old.mean()) / old.std())


def mix(returns: dict[str, Returns], weights: dict[str, float]) -> Returns:
    """Draws of several variants as one, each variant with its weight."""
    used = {name: r for name, r in returns.items() if weights.get(name, 0) > 0}
    share = [np.full(len(r.roas), weights[name] / len(r.roas)) for name, r in used.items()]
    joined = (np.concatenate([getattr(r, f) for r in used.values()]) for f in ("roas", "mroas", "above"))
    return Returns(*joined, weights=np.concatenate(share))


def compare_rivals(bench: Bench, variants: Sequence[Variant], money: Money) -> list[dict]:
    """Errors on the hidden quarter (`value`: wMAPE of the market), and what each rival implies for a channel.

    Ridge and boosting have no return of their own; theirs is what they predict with a channel's media minus without,
    per unit of money. They have neither an interval nor a rule that media do not harm.
    """
    if not variants:
        return []
    before, start = variants[0], bench.start
    ahead = bench.forecast(before)
    length = ahead.shape[1]
    truth = bench.design.outcome[start : start + length].sum(axis=1)
    given = expected_controls(before.design, start, length, bench.unknown)
    points = {REFERENCE: ahead.mean(axis=0)} | rival_forecasts(given, before.draws, start, length)
    rows = [
        {"variant": name, "channel": MARKET, "value": _wmape(truth, point.sum(axis=1))}
        for name, point in points.items()
    ]
    window = windows(before.design)[-1]
    own = compute_returns(before.design, before, window, money, margin=None)
    rows += [_channel_row(REFERENCE, c, r, None) for c, r in own.items()]
    for name in LEARNERS:
        gain = implied_outcome(name, given, before.draws, start, slice(window.start, window.stop))
        rows += [
            {"variant": name, "channel": c, "roas_mean": _return(bench.design, c, gain[c], window, money)}
            for c in own
        ]
    return rows


def _return(design: Design, channel: str, gain: np.ndarray, window: Window, money: Money) -> float:
    spend = design.spend[window.start : window.stop, :, design.channels.index(channel)].sum(axis=0)
    return float(money.money(gain).sum() / money.spend(spend).sum())


def _wmape(truth: np.ndarray, point: np.ndarray) -> float:
    known = ~np.isnan(truth)
    return float(np.abs(point - truth)[known].sum() / np.abs(truth[known]).sum())
