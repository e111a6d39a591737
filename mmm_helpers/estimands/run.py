"""Writes every table of a market and of the portfolio from the posterior; the step between fit and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mmm_helpers.estimands.calibration import channels_contradicted, channels_tested, compute_calibration
from mmm_helpers.estimands.confounding import doubt, find_doubts
from mmm_helpers.estimands.curves import compute_carryover, compute_response_curves
from mmm_helpers.estimands.decomposition import (
    compute_contributions,
    compute_decomposition,
    compute_fit_series,
)
from mmm_helpers.estimands.effects import compute_channel_effects, windows
from mmm_helpers.estimands.fitted import Fitted, load_fitted
from mmm_helpers.estimands.flips import compute_flips, expected_refits, held_channels, hold
from mmm_helpers.estimands.grading import TESTED, add_marks, cause_marks, withhold
from mmm_helpers.estimands.groups import compute_channel_groups
from mmm_helpers.estimands.identification import identification, identification_check
from mmm_helpers.estimands.known import known_media
from mmm_helpers.estimands.money import Money, units_of
from mmm_helpers.estimands.pooling import (
    MarketDraws,
    compute_pooling,
    compute_tau_sensitivity,
    compute_threshold_rule,
    join_pooling,
)
from mmm_helpers.estimands.priors import compute_prior_predictive, compute_priors
from mmm_helpers.estimands.quasi import QUASI, channels_quasi
from mmm_helpers.estimands.sensitivity import compute_sensitivity
from mmm_helpers.estimands.summary import compute_scoreboard, compute_summary
from mmm_helpers.estimands.tiers import compute_shrinkage
from mmm_helpers.experiments.tables import measure_pauses
from mmm_helpers.layout import PORTFOLIO, Layout
from mmm_helpers.model.health import computation_checks, plausibility_checks, prediction_check, recommends
from mmm_helpers.model.noise_draws import predictive
from mmm_helpers.model.posterior import load_draws
from mmm_helpers.model.predict import components, flatten
from mmm_helpers.model.profiles import PROFILES
from mmm_helpers.model.replicate import replicate
from mmm_helpers.model.run import SEED, explanations, log_return_offset
from mmm_helpers.model.validation import read_folds, tabulate_scores

if TYPE_CHECKING:
    from mmm_helpers.decisions.prospects import Prospects


def write_market_tables(layout: Layout, code: str, profile: str) -> None:
    """Write all tables of one market (their columns: ARCHITECTURE.md)."""
    from mmm_helpers.attribution.run import attribute
    from mmm_helpers.decisions.prospects import save_prospects
    from mmm_helpers.decisions.run import foresee
    from mmm_helpers.inputs.store import write_table
    from mmm_helpers.pipeline.bayesian_tests import read_bayesian
    from mmm_helpers.pipeline.studies import read_studies

    fit = load_fitted(layout, code, profile)
    prospects = foresee(fit, Money.of(fit.design, fit.settings))
    tables = compute_market_tables(fit, prospects)
    tables |= attribute(layout, code, fit, prospects, tables)
    bayesian = read_bayesian(layout, code, units_of(Money.of(fit.design, fit.settings)))
    if len(bayesian):
        tables["experiment_methods"] = pd.concat([tables["experiment_methods"], bayesian], ignore_index=True)
    held = held_channels(tables["identification"])
    advised = {"sensitivity": tables["sensitivity"], "studies": read_studies(layout, code)}
    tables |= {name: hold(table, held) for name, table in advised.items()}
    tables["flips"] = what_would_flip(fit, tables["sensitivity"], tables["studies"], held=held)
    if not recommends(tables["model_health"], fit.profile):
        tables = withhold(tables)
    for name, table in tables.items():
        write_table(table, layout, code, name)
    save_prospects(prospects, layout.prospects(code))


def write_studies(layout: Layout, code: str, profile: str) -> None:
    """Compute what the market's numbers depend on, where the profile does that and it is not stored."""
    from mmm_helpers.pipeline.studies import run_studies

    if PROFILES[profile].studies:
        run_studies(layout, code)


@dataclass(frozen=True)
class Verdict:
    """What a market's fit is worth: its health, and every cell's return with its marks of evidence.

    Parameters
    ----------
    parts : components (sample, t, r). predicted : predictive draws of the same shape.
    doubts : channels whose effect a time series cannot tell, and why.
    tables : `channel_effects`, `model_health`, `identification`, `shrinkage`, `validation`, `forecasts` by name.
    """

    parts: dict[str, np.ndarray]
    predicted: np.ndarray
    doubts: dict[str, str]
    tables: dict[str, pd.DataFrame]


def judge(fit: Fitted, money: Money, *, rng: np.random.Generator) -> Verdict:
    """Check a fit's health, and grade every cell."""
    design, own = fit.design, flatten(fit.own)
    parts = components(design, fit.draws)
    predicted = predictive(design, fit.draws, parts["fitted"], rng=rng)
    validation, forecasts = score_folds(fit, money, rng=rng)
    known, labels = known_media(design, fit.panel), channel_labels(fit.settings)
    tested, contradicted = channels_tested(design), channels_contradicted(design)
    doubts = find_doubts(design.channels, fit.settings, tested=tested, contradicted=contradicted)
    cells = doubt(identification(design, own, known=known, labels=labels), doubts)
    health = check_health(fit, parts, cells, validation, rng=rng)
    shrinkage = compute_shrinkage(design, own, fit.draws, fit.shared, log_return_offset(design))
    effects = compute_channel_effects(design, fit.draws, money, margin=fit.settings.get("margin"))
    market_may = recommends(health, fit.profile)
    pauses = measure_pauses(fit.panel, fit.settings, units_of(money))
    quasi = channels_quasi(pauses, effects, design.dates[-1])
    causes = cause_marks(design.channels, {TESTED: tested, QUASI: quasi})
    effects = add_marks(effects, shrinkage, cells, market_may=market_may, causes=causes, doubts=doubts)
    tables = {"channel_effects": effects, "model_health": health, "identification": cells}
    tables |= {"shrinkage": shrinkage, "validation": validation, "forecasts": forecasts}
    return Verdict(parts, predicted, doubts, tables)


def compute_market_tables(fit: Fitted, prospects: Prospects) -> dict[str, pd.DataFrame]:
    """All tables of one market by name."""
    from mmm_helpers.decisions.run import decide, plan_tests

    rng = np.random.default_rng(SEED)
    design, money = fit.design, Money.of(fit.design, fit.settings)
    verdict = judge(fit, money, rng=rng)
    parts, predicted = verdict.parts, verdict.predicted
    effects, health, cells = (
        verdict.tables[n] for n in ("channel_effects", "model_health", "identification")
    )
    own, known = flatten(fit.own), known_media(design, fit.panel)
    may = {"margin": fit.settings.get("margin"), "market_may": recommends(health, fit.profile)}
    groups = compute_channel_groups(
        design, own, fit.draws, money, cells, effects, doubts=verdict.doubts, **may
    )
    decided = decide(fit, prospects, effects, health, groups=groups)
    chance = np.random.default_rng(SEED)  # of its own, so that what comes after draws as before
    sensitivity = compute_sensitivity(
        design, own, fit.draws, parts, money, margin=may["margin"], known=known, rng=chance
    )
    tables = verdict.tables | {
        "market_summary": compute_summary(design, fit.draws, parts["fitted"], fit.panel, money),
        "carryover": compute_carryover(design, fit.draws),
        "decomposition": compute_decomposition(design, parts, money),
        "contributions": compute_contributions(design, parts, windows(design)[-1], money),
        "response_curves": compute_response_curves(design, fit.draws, money, known=known),
        "pooling_by_channel": compute_pooling(design, fit.draws, fit.shared),
        "fit_series": compute_fit_series(design, parts["fitted"], predicted, money),
        "channel_groups": groups,
        "sensitivity": sensitivity,
        "calibration": calibrate(fit, money),
    }
    tables |= decided | before_the_data(fit, money, tables, predicted) | describe_tests(fit, money)
    return tables | plan_tests(fit, money)


def calibrate(fit: Fitted, money: Money) -> pd.DataFrame:
    """The table `calibration`: what experiments changed."""
    pooling = fit.settings.get("model", {}).get("pooling", {}).get("regions", "partial")
    named = {"explained": explanations(fit.settings), "pooling": pooling, "seed": SEED}
    return compute_calibration(fit.design, fit.draws, fit.lifts, money, **named)


def describe_tests(fit: Fitted, money: Money) -> dict[str, pd.DataFrame]:
    """The tables about experiments that were run, by the panel and by people held out alone."""
    from mmm_helpers.experiments.qini import compute_uplift_tables
    from mmm_helpers.experiments.tables import compute_experiment_tables

    units = units_of(money)
    about = {"market": fit.design.market, "rng": np.random.default_rng(SEED), "rate": money.rate}
    return compute_experiment_tables(fit.panel, fit.settings, units) | compute_uplift_tables(
        fit.holdout, **about
    )


def check_health(
    fit: Fitted,
    parts: dict[str, np.ndarray],
    cells: pd.DataFrame,
    validation: pd.DataFrame,
    *,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The table `model_health`: the gate's four parts, one row a check.

    Parameters
    ----------
    parts : components (sample, t, r).
    cells : table `identification`. validation : table `validation`.
    """
    checks = computation_checks(fit.own, fit.profile)
    again = replicate(fit.design, fit.draws, parts, rng=np.random.default_rng(SEED))
    checks += plausibility_checks(fit.design, fit.draws, parts, again, rng=rng)
    checks += [identification_check(fit.design, cells), *prediction_check(validation)]
    health = pd.DataFrame(checks)
    health.insert(0, "market", fit.design.market)
    return health


def before_the_data(
    fit: Fitted, money: Money, tables: dict[str, pd.DataFrame], predicted: np.ndarray
) -> dict[str, pd.DataFrame]:
    """The priors, and what they mean for shares and returns beside what the posterior's `tables` say."""
    named = {n: tables[t] for n, t in (("summary", "market_summary"), ("effects", "channel_effects"))}
    pooling = fit.settings.get("model", {}).get("pooling", {}).get("regions", "partial")
    named |= {"contributions": tables["contributions"], "predicted": predicted, "pooling": pooling}
    return {
        "prior_predictive": compute_prior_predictive(fit.design, money, seed=SEED, **named),
        "priors": compute_priors(fit.design, fit.settings, money),
    }


def what_would_flip(
    fit: Fitted, sensitivity: pd.DataFrame, studies: pd.DataFrame, *, held: Mapping[str, str]
) -> pd.DataFrame:
    """What would change each piece of advice, by the stored draws and by what refits have found."""
    controls = (fit.settings.get("controls") or {}).items()
    pooling = fit.settings.get("model", {}).get("pooling", {}).get("regions", "partial")
    return compute_flips(
        sensitivity,
        studies,
        pooled=fit.shared is not None,
        refits=expected_refits(fit.design, pooling),
        labels={code: spec.get("label") or code for code, spec in controls} | channel_labels(fit.settings),
        held=held,
    )


def channel_labels(settings: dict) -> dict[str, str]:
    """Channel → name, for the sentences that a table holds."""
    return {code: spec.get("label") or code for code, spec in settings["channels"].items()}


def score_folds(fit: Fitted, money: Money, *, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of the hidden quarters, and their forecasts; both without rows where there are none."""
    from mmm_helpers.estimands.decomposition import FORECAST_COLUMNS, compute_forecasts

    folds = read_folds(fit.design, fit.folds, rng=rng)
    forecasts = [compute_forecasts(fit.design, f.draws, f.start, f.number, money) for f in folds]
    empty = pd.DataFrame(columns=FORECAST_COLUMNS)
    return tabulate_scores(fit.design, folds), pd.concat(forecasts, ignore_index=True) if folds else empty


def write_portfolio_tables(layout: Layout, codes: Sequence[str], profile: str) -> None:
    """Write the tables about all markets: the markets' side by side, and what they share."""
    from mmm_helpers.decisions.run import decide_portfolio
    from mmm_helpers.inputs.store import read_json, read_table, write_table

    names = {
        "channel_effects": "channel_effects",
        "shrinkage": "shrinkage",
        "portfolio_health": "model_health",
        "budget_plan": "budget_plan",
        "response_curves": "response_curves",
    }
    for target, source in names.items():
        joined = join_tables([read_table(layout, c, source) for c in codes])
        write_table(joined, layout, PORTFOLIO, target)
    needed = ("market_summary", "channel_effects", "model_health")
    tables = {c: {n: read_table(layout, c, n) for n in needed} for c in codes}
    labels = {c: read_json(layout.specification(c))["label"] for c in codes}
    write_table(compute_scoreboard(tables, labels), layout, PORTFOLIO, "scoreboard")
    pooling = [read_table(layout, c, "pooling_by_channel") for c in codes]
    write_table(join_pooling(pooling), layout, PORTFOLIO, "pooling_by_channel")
    volumes = {c: float(own["market_summary"].iloc[0]["outcome"]) for c, own in tables.items()}
    decided = decide_portfolio(layout, codes)
    scenarios = [*(read_table(layout, c, "scenarios") for c in codes), decided["portfolio_scenarios"]]
    decided["scenarios"] = join_tables(scenarios).drop_duplicates(["market", "scenario"])
    for name, table in decided.items():
        write_table(table, layout, PORTFOLIO, name)
    for name, table in compute_sharing(layout, codes, profile, volumes).items():
        write_table(table, layout, PORTFOLIO, name)


def join_tables(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables of the same columns one below the other; those without rows only lend their header."""
    return pd.concat([t for t in tables if len(t)] or list(tables), ignore_index=True)


def compute_sharing(
    layout: Layout, codes: Sequence[str], profile: str, volumes: Mapping[str, float]
) -> dict[str, pd.DataFrame]:
    """Tables about how much markets share, and what another rule or prior would show.

    Parameters
    ----------
    volumes : market → outcome of the last year in the reporting currency.
    """
    shared = load_draws(layout.portfolio_fit()) if layout.portfolio_fit().exists() else None
    markets = [_returns_only(load_fitted(layout, code, profile)) for code in codes]
    return {
        "tau_sensitivity": compute_tau_sensitivity(markets, shared),
        "threshold_rule": compute_threshold_rule(markets, shared, volumes),
    }


def _returns_only(fit: Fitted) -> MarketDraws:
    """A market's log effects before and after pooling; everything else can be let go of."""
    names = ["log_effect_market", "log_effect"]
    own, pooled = flatten(fit.own[names]), fit.draws[names]
    return MarketDraws(fit.design, own, pooled, log_return_offset(fit.design))
