"""What a market's numbers depend on: short refits under one change at a time, each set against the same reference.

Most changes are other data for the program that is compiled already: a channel or a control set to zero drops out of
the likelihood, hidden periods likewise. A change of the model itself takes a compilation of its own. The market is
fitted by itself, without what it learns from other markets.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import numpy as np

from mmm_helpers.inputs.history import MIN_PERIODS
from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.model.bench import REFERENCE, Bench, Variant
from mmm_helpers.model.design import Design
from mmm_helpers.model.elpd import difference, in_common, stacking_weights
from mmm_helpers.model.predict import channel_contribution

FAMILIES = {
    "adstock": ("geometric", "delayed", "weibull"),
    "saturation": ("hill", "logistic", "michaelis_menten", "log"),
}
REFRESH_WEEKS = (1, 4, 13)
"""How many weeks fewer of data the refits of `refresh` have."""
TIED = "within one standard error of the best"
"""Note of the forms of carry-over and saturation that predict equally well."""
PLACEBO_CHANNELS = 2
"""Channels, the largest by spend, that are shuffled."""


def order_by_spend(design: Design) -> list[str]:
    """Channels by what was spent on them, most first; those that cost nothing last."""
    spend = design.spend.sum(axis=(0, 1))
    return [design.channels[c] for c in np.argsort(-spend, kind="stable")]


def only_channels(design: Design, kept: list[str]) -> Design:
    """The design with the media of all other channels set to zero."""
    return replace(design, media=design.media * np.isin(design.channels, kept))


def without_control(design: Design, *names: str) -> Design:
    """The design with these controls set to zero, their mean."""
    return replace(design, controls=design.controls * ~np.isin(design.control_names, names))


def shuffled(design: Design, channel: str, *, rng: np.random.Generator) -> Design:
    """The design with a channel's media shuffled in time since its start, in blocks as long as its carry-over.

    Blocks keep how spend hangs together over time, and regions move together; only the match with the outcome goes.
    """
    c, media = design.channels.index(channel), design.media.copy()
    first = int(np.flatnonzero(media[:, :, c].any(axis=1))[0])
    own = media[first:, :, c]
    blocks = np.array_split(own, max(2, len(own) // int(design.lags[c])))
    order = np.roll(rng.permutation(len(blocks)), 1)
    while (order == np.arange(len(blocks))).all():
        order = rng.permutation(len(blocks))
    media[first:, :, c] = np.concatenate([blocks[b] for b in order])
    return replace(design, media=media)


def rebuilt(bench: Bench, name: str, design: Design, **how) -> Variant:
    """A variant whose model differs: compiled anew, fitted to all data and to what came before the hidden quarter.

    Parameters
    ----------
    how : arguments of `Bench.compile`.
    """
    program = bench.compile(design, **how)
    full = bench.compared(bench.refit(name, design, program=program))
    if bench.start is None:
        return full
    before = bench.scored(bench.refit(name, bench.hide(design), program=program))
    return full.having(crps=before.crps)


def _scored_reference(bench: Bench) -> Variant:
    return bench.reference.having(crps=bench.before.crps)


def pooling(bench: Bench) -> list[Variant]:
    """Regions each by themselves, sharing, or all alike."""
    if len(bench.design.regions) == 1:
        return []
    others = [kind for kind in ("none", "partial", "full") if kind != bench.pooling]
    return [_scored_reference(bench), *(rebuilt(bench, k, bench.design, pooling=k) for k in others)]


def family(bench: Bench) -> list[Variant]:
    """Every other form of carry-over, then of saturation, for all channels; `value` is the stacking weight."""
    variants = [_scored_reference(bench)]
    for kind, names in FAMILIES.items():
        for name in names:
            if set(getattr(bench.design, kind)) != {name}:
                changed = replace(bench.design, **{kind: (name,) * len(bench.design.channels)})
                variants.append(rebuilt(bench, f"{kind}: {name}", changed))
    tied = find_ties(bench.design, variants)
    weights = np.zeros(len(variants))
    weights[tied] = stacking_weights(in_common([v.scores for v in variants])[:, tied])
    return [
        v.having(value=w, note="; ".join(n for n in (v.note, TIED if tie else "") if n))
        for v, w, tie in zip(variants, weights, tied, strict=True)
    ]


def find_ties(design: Design, variants: list[Variant]) -> np.ndarray:
    """(variants,) whether each lies within one standard error of the best by its leave-one-out score."""
    totals = in_common([v.scores for v in variants]).sum(axis=0)
    best = variants[totals.argmax()].scores
    behind = [difference(design, best, v.scores) for v in variants]
    return np.array([gap <= error for gap, error in behind])


def carry_over(bench: Bench) -> list[Variant]:
    """Spend allowed to work for twice as long."""
    settings = deepcopy(bench.settings)
    for place in (settings, *settings["channels"].values()):
        if place.get("l_max"):
            place["l_max"] = 2 * int(place["l_max"])
    return [_scored_reference(bench), rebuilt(bench, "twice l_max", bench.remake(settings))]


def between_sd(bench: Bench) -> list[Variant]:
    """Half and twice the prior scale of how far regions differ."""
    if len(bench.design.regions) == 1 or bench.pooling != "partial":
        return []
    variants = [bench.reference]
    for name, scale in (("half", 0.5), ("double", 2.0)):
        program = bench.compile(bench.design, between_scale=scale)
        variants.append(bench.compared(bench.refit(name, bench.design, program=program)))
    return variants


def controls(bench: Bench) -> list[Variant]:
    """Each control left out in turn."""
    left_out = [
        bench.compared(bench.refit(f"without {name}", without_control(bench.design, name)))
        for name in bench.design.control_names
    ]
    return [bench.reference, *left_out] if left_out else []


def build_up(bench: Bench) -> list[Variant]:
    """Baseline, then all controls, then one channel after the other by spend; each step against the one before.

    Fitted to what came before the hidden quarter; `value` is the change of the forecast's score, below zero better.
    """
    whole, order = bench.hide(bench.design), order_by_spend(bench.design)
    bare = only_channels(whole, [])
    stages = [("baseline", without_control(bare, *whole.control_names))]
    stages += [("controls", bare)] if whole.control_names else []
    stages += [(c, only_channels(whole, order[: i + 1])) for i, c in enumerate(order[:-1])]
    steps: list[Variant] = []
    for name, design in stages:
        before = steps[-1] if steps else None
        own = bench.scored(bench.refit(name, design, base=before.name if before else REFERENCE))
        steps.append(own.having(value=own.crps - before.crps) if before else own)
    last = bench.before.having(name=order[-1], base=steps[-1].name, value=bench.before.crps - steps[-1].crps)
    return [*steps, last]


def refresh(bench: Bench) -> list[Variant]:
    """The same market some weeks ago: how far history moves when a quarter's, a month's, a week's data come in."""
    week, total = bench.design.periods_per_year / (365.25 / 7), len(bench.design.dates)
    hidden = sorted({max(1, round(weeks * week)) for weeks in REFRESH_WEEKS})
    variants = [bench.reference]
    for periods in hidden:
        start = total - periods
        if start < MIN_PERIODS + bench.design.l_max:
            continue
        known = start == bench.start
        own = bench.before if known else bench.refit("", bench.design.hide_from(start))
        variants.append(own.having(name=f"{periods} fewer", value=float(periods)))
    return variants


def placebo(bench: Bench) -> list[Variant]:
    """The largest channels shuffled in time, one at a time; `value` is the channel's share of the outcome.

    A channel without its timing should be credited with less than with it, and with no more than its prior says.
    """
    rng = np.random.default_rng(bench.seed)
    largest = [c for c in order_by_spend(bench.design) if bench.design.paid[bench.design.channels.index(c)]]
    nothing = replace(bench.design, observed=np.zeros_like(bench.design.observed))
    prior = bench.refit("prior", nothing)
    variants = []
    for channel in largest[:PLACEBO_CHANNELS]:
        own = bench.refit("shuffled", shuffled(bench.design, channel, rng=rng))
        variants += [_with_share(v, channel) for v in (bench.reference, prior, own)]
    return variants


def _with_share(variant: Variant, channel: str) -> Variant:
    """The variant with the channel's share of the known outcome."""
    landed = channel_contribution(variant.design, variant.draws, channel)
    known = ~np.isnan(variant.design.outcome)
    share = landed[:, known].sum(axis=1) / variant.design.outcome[known].sum()
    return _with_value(variant, share).having(channels=(channel,))


def _with_value(variant: Variant, draws: np.ndarray) -> Variant:
    low, high = np.quantile(draws, [LOWER, UPPER])
    return variant.having(value=float(draws.mean()), low=float(low), high=float(high))


def spillover(bench: Bench) -> list[Variant]:
    """Media that also work in the other regions of the market (or, where the model has that, no longer do).

    `value` is the strength: what media in other regions bring here, as a share of what they bring at home.
    """
    if len(bench.design.regions) == 1:
        return []
    other = not bench.design.spillover
    changed = replace(bench.design, spillover=other)
    program = bench.compile(changed)
    name = "with spillover" if other else "without spillover"
    variants = [bench.reference, bench.compared(bench.refit(name, changed, program=program))]
    return [
        _with_value(v, v.draws["spillover"].to_numpy()) if "spillover" in v.draws else v for v in variants
    ]


def comparison(bench: Bench) -> list[Variant]:
    """The model before the hidden quarter, for the rivals that see the same (`rivals`)."""
    return [] if bench.start is None else [bench.before]


STUDIES: dict[str, Callable[[Bench], list[Variant]]] = {
    "build_up": build_up,
    "refresh": refresh,
    "comparison": comparison,
    "controls": controls,
    "placebo": placebo,
    "pooling": pooling,
    "family": family,
    "carry_over": carry_over,
    "between_sd": between_sd,
    "spillover": spillover,
}
"""Study → its refits, those that need no compilation first. One that does not apply to a market has none."""


def expected_refits(design: Design) -> dict[str, int]:
    """About how many refits each study takes, for the progress display."""
    return {
        "build_up": len(design.channels) + 2,
        "refresh": 3,
        "comparison": 0,
        "controls": len(design.control_names),
        "placebo": 1 + PLACEBO_CHANNELS,
        "pooling": 4,
        "family": 2 * 5,
        "carry_over": 2,
        "between_sd": 2,
        "spillover": 1,
    }
