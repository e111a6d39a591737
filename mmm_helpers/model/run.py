"""The two steps that a run calls: fit one market, then let the markets inform each other."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from mmm_helpers.experiments.measure import find_lifts
from mmm_helpers.layout import Layout
from mmm_helpers.model.calibrate import meet_tests, without_tests
from mmm_helpers.model.choose import fit_design
from mmm_helpers.model.design import Design, make_design
from mmm_helpers.model.folds import sample_folds
from mmm_helpers.model.given import unknown_ahead
from mmm_helpers.model.lifts import with_lifts
from mmm_helpers.model.posterior import load_draws, save_draws, with_cell_effects
from mmm_helpers.model.profiles import PROFILES, Profile

SEED = 20260105
FIT_SETTINGS = ("market", "frequency", "outcome", "model", "l_max", "regions", "events")
"""Parts of a market's specification that bear on its fit; a changed exchange rate or label does not refit."""

BUILDERS = (
    "agreement", "baseline_inputs", "build", "calibrate", "choose", "design", "families", "folds", "given", "grids",
    "health", "lift_evidence", "lifts", "mean_effects", "media_inputs", "noise", "noise_draws", "posterior",
    "predict", "priors", "profiles", "programs", "rivals", "run", "sample", "transforms"
)  # fmt: skip
"""Modules whose source is part of a fit's key: what a stored fit and its folds' forecasts come from."""


def load_design(layout: Layout, code: str) -> tuple[Design, dict]:
    """A market's design and specification, from what the gate wrote."""
    from mmm_helpers.inputs.store import read_channel_status, read_panel

    settings = json.loads(layout.specification(code).read_text(encoding="utf-8"))
    panel = read_panel(layout, code)
    design = make_design(panel, read_channel_status(layout, code), settings)
    return with_lifts(design, find_lifts(panel, settings)), settings


def fit_market(layout: Layout, code: str, profile: str, *, validate: bool = True) -> None:
    """Fit one market by itself, or take the stored fit with the same key.

    Parameters
    ----------
    validate : whether to predict hidden quarters as well, where the profile does.

    Raises
    ------
    InputError : too little data to fit at all.
    FitError : the sampler stopped.
    """
    from mmm_helpers.pipeline.keys import cache_lookup, place

    effort = PROFILES[profile] if validate else replace(PROFILES[profile], folds=0)
    design, settings = load_design(layout, code)
    stored = cache_lookup(layout, _key(layout, code, design, settings, effort))
    if not stored.exists():
        model, unknown = settings["model"], unknown_ahead(settings)
        sampled = sample_market(
            design,
            effort,
            pooling=model["pooling"]["regions"],
            auto=model.get("trend", "auto") == "auto",
            unknown=unknown,
            explained=explanations(settings),
        )
        save_draws(sampled.draws, stored, folds=sampled.folds, lifts=sampled.lifts)
    place(stored, layout.market_fit(code))


def _key(layout: Layout, code: str, design: Design, settings: dict, effort: Profile) -> str:
    from mmm_helpers.pipeline.keys import fit_key, hash_files, package_versions

    folder = Path(__file__).parent
    builders = [folder / f"{name}.py" for name in BUILDERS]
    return fit_key(
        layout.panel(code).read_bytes(),
        fit_settings(settings) | {"lifts": lift_facts(design), "explained": explanations(settings)},
        profile=effort.asdict(),
        versions=package_versions(),
        source=hash_files(builders),
    )


CHANNEL_SETTINGS = ("paid", "level", "funnel", "adstock", "saturation", "l_max", "prior")
"""What of a channel's specification bears on its fit; a changed label or column name does not refit."""


def fit_settings(settings: dict) -> dict:
    """What of a market's specification bears on its fit and on the forecasts of its folds."""
    channels = settings["channels"].items()
    media = {code: {k: spec[k] for k in CHANNEL_SETTINGS if k in spec} for code, spec in channels}
    return {k: settings.get(k) for k in FIT_SETTINGS} | {
        "channels": media,
        "unknown_ahead": unknown_ahead(settings),
    }


def lift_facts(design: Design) -> list[list]:
    """What of the measured tests bears on the fit, as JSON holds it: names, channels, rows, results."""
    lifts = design.lifts
    numbers = (lifts.lift, lifts.sd, lifts.spend_change, lifts.test, lifts.period, lifts.region)
    return [list(lifts.names), list(lifts.channels), *(array.tolist() for array in numbers)]


def explanations(settings: dict) -> dict[str, str]:
    """Experiment → why it may contradict a time series: as stated, or because the channel's spend follows demand."""
    follows = "its spend is declared to follow demand"
    stated = {
        test["experiment"]: test.get("explanation")
        or (follows if settings["channels"].get(test["channel"], {}).get("follows_demand") else "")
        for test in settings.get("lift_tests", [])
    }
    return {name: why for name, why in stated.items() if why}


@dataclass(frozen=True)
class Sampled:
    """What sampling a market gives.

    Parameters
    ----------
    draws : (chain, draw, …). folds : their forecasts; None where the profile has none or the data are short.
    lifts : what became of the experiments (`calibrate.meet_tests`); None without any.
    """

    draws: xr.Dataset
    folds: xr.Dataset | None
    lifts: xr.Dataset | None


def sample_market(
    design: Design,
    effort: Profile,
    *,
    pooling: str = "partial",
    auto: bool = False,
    unknown: Sequence[str] = (),
    explained: Mapping[str, str] | None = None,
    seed: int = SEED,
) -> Sampled:
    """Sample one market's model, with its experiments, and its validation folds.

    Parameters
    ----------
    auto : whether the trend may be chosen (see `choose.fit_design`).
    unknown : names of controls whose future the folds' forecasts are not given (`given.unknown_ahead`).
    explained : experiment → why it may contradict a time series.
    """
    cores = int(os.environ.get("MMM_CORES", "1"))
    first = fit_design(without_tests(design), effort, pooling=pooling, auto=auto, seed=seed, cores=cores)
    fit, lifts = meet_tests(first, effort, explained=explained or {}, seed=seed, cores=cores)
    folds = sample_folds(fit.compiled, fit.design, effort.folds, unknown=unknown, seed=seed, cores=cores)
    return Sampled(fit.draws, folds, lifts)


def fit_portfolio(layout: Layout, codes: Sequence[str], profile: str) -> None:
    """Pool the markets' returns and write every market's final posterior.

    A portfolio of one market, or one with `model.pooling.markets: none`, keeps the market's own fit.
    """
    loaded = {code: load_design(layout, code) for code in codes}
    own = {code: load_draws(layout.market_fit(code)) for code in codes}
    pooling = next(iter(loaded.values()))[1]["model"]["pooling"]["markets"]
    layout.portfolio_fit().unlink(missing_ok=True)
    if len(codes) > 1 and pooling != "none":
        own = _pool_markets(layout, {c: d for c, (d, _) in loaded.items()}, own, pooling)
    for code, (design, _) in loaded.items():
        save_draws(with_cell_effects(own[code], design.regions), layout.posterior(code))


def _pool_markets(
    layout: Layout, designs: dict[str, Design], own: dict[str, xr.Dataset], pooling: str
) -> dict[str, xr.Dataset]:
    from mmm_helpers.model.portfolio_stage import pool_markets

    print(f"pooling {len(own)} markets", flush=True)
    evidences = {code: market_evidence(designs[code], own[code]) for code in own}
    shared, moved = pool_markets(evidences, own, pooling=pooling, seed=SEED)
    save_draws(shared, layout.portfolio_fit())
    return moved


def market_evidence(design: Design, draws: xr.Dataset):
    """What the market's own fit says about its mean log returns (see `model.evidence`)."""
    from mmm_helpers.model.evidence import evidence
    from mmm_helpers.model.portfolio_stage import market_effect

    stacked = draws[["log_effect_market"]].stack(sample=("chain", "draw"))
    # The mean of regions with effects of their own has a narrower prior than each of them.
    units = draws.sizes["region"] if "region" in draws["log_effect_market"].dims else 1
    prior_sd = design.effect_sd / np.sqrt(units)
    effect, offset = market_effect(stacked), log_return_offset(design)
    return evidence(effect, offset, design.channels, prior_sd, effect_sd=design.effect_sd)


def log_return_offset(design: Design) -> np.ndarray:
    """(c,) log return at the prior's centre: log return = log effect + offset; 0 for unpaid channels.

    The same for all paid channels of a market, because the prior splits the media's share by spend.
    """
    income = design.outcome_scale * design.value
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = (design.prior_share * income[:, None]).sum(axis=0) / design.mean_spend.sum(axis=0)
    return np.where(design.paid, np.log(returns), 0.0)
