"""Puts the parts of attribution together: credit, its calibration, the unified number, and who says what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mmm_helpers.attribution.calibration import Calibration, calibrate, compute_lateness
from mmm_helpers.attribution.claims import claims_of_tests, credit_per_spend, rate_spread
from mmm_helpers.attribution.factors import FACTOR_TABLE_COLUMNS, compute_factors, reported_conversions
from mmm_helpers.attribution.kappa import Tests
from mmm_helpers.attribution.loss import LOSS_COLUMNS, compute_loss
from mmm_helpers.attribution.models import compute_windows
from mmm_helpers.attribution.reconcile import (
    MODEL,
    RECONCILIATION_COLUMNS,
    UNIFIED,
    Said,
    add_budgets,
    compute_reconciliation,
)
from mmm_helpers.attribution.sources import Returns, Seen, facts_of, money_of_credit, what_is_said
from mmm_helpers.attribution.tables import ATTRIBUTION_COLUMNS, compute_attribution
from mmm_helpers.attribution.unified import (
    Unified,
    alone,
    lifts_log_likelihood,
    log_density,
    paths_of_tests,
    smooth,
    unify,
)
from mmm_helpers.attribution.windows import REPORTED
from mmm_helpers.estimands.effects import STEP, Window, compute_effect
from mmm_helpers.estimands.money import Money
from mmm_helpers.model.health import recommends
from mmm_helpers.model.lifts import expected_lifts
from mmm_helpers.model.run import SEED

if TYPE_CHECKING:
    from mmm_helpers.decisions.prospects import Prospects
    from mmm_helpers.estimands.fitted import Fitted
    from mmm_helpers.layout import Layout

DRAWS = 1000
"""Draws of the factors per model of credit."""
KEPT = "the model rests on it so much that its draws cannot do without"
COLUMNS = {
    "attribution": ATTRIBUTION_COLUMNS,
    "identity_loss": ["market", *LOSS_COLUMNS],
    "incrementality_factors": FACTOR_TABLE_COLUMNS,
    "reconciliation": RECONCILIATION_COLUMNS,
    "unified_tests": ["market", "experiment", "channel", "path", "reason", "lift", "lift_sd", "claimed", "claim_sd"],
}  # fmt: skip


def no_tables() -> dict[str, pd.DataFrame]:
    """The tables of a market without journeys: headers only."""
    return {name: pd.DataFrame(columns=columns) for name, columns in COLUMNS.items()}


def attribute(
    layout: Layout, code: str, fit: Fitted, prospects: Prospects, tables: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """The tables about credit and the unified measurement of one market; headers only where it has no journeys."""
    return compute_attribution_tables(fit, prospects, tables, load_seen(layout, code))


def load_seen(layout: Layout, code: str) -> Seen | None:
    """What a market's journeys tell, from what the gate wrote; None where it has none."""
    from mmm_helpers.attribution.journeys import from_arrays
    from mmm_helpers.inputs.store import read_journey_arrays, read_table

    path = layout.journeys(code)
    journeys = from_arrays(read_journey_arrays(path)) if path.exists() else None
    if journeys is None or not journeys.conversions.sum():
        return None
    quality = read_table(layout, code, "journey_quality").iloc[0]
    by_window = compute_windows(journeys)
    return Seen(
        credits=by_window[by_window["window"] == REPORTED],
        by_window=by_window,
        start=pd.Timestamp(quality["period_start"]),
        end=pd.Timestamp(quality["period_end"]),
        conversions=float(journeys.conversions.sum()),
        value=float(journeys.value.sum()),
        loss=compute_loss(journeys, seed=SEED),
    )


def compute_attribution_tables(
    fit: Fitted, prospects: Prospects, tables: Mapping[str, pd.DataFrame], seen: Seen | None
) -> dict[str, pd.DataFrame]:
    """The tables about credit and the unified measurement, `COLUMNS`.

    Parameters
    ----------
    tables : the market's `experiments`, `calibration`, `channel_effects`, `channel_groups`, `model_health`.
    seen : None without journeys.
    """
    if seen is None:
        return no_tables()
    design, money = fit.design, Money.of(fit.design, fit.settings)
    model = returns_of_model(fit, money, seen)
    rate = money_of_credit(seen, model)
    claimed = credit_per_spend(seen.credits, model.spend, rate=rate)
    claimed, channels = usable(claimed)
    calibrations, claims, unified = join_credit(fit, model, tables, seen, claimed, channels)
    used = {n for n, u in zip(design.lifts.names, design.lifts.used, strict=True) if u}
    paths = paths_of_tests(claims, used, used=unified.used).merge(claims, on=["experiment", "channel"])
    numbers = {c: draws[unified.rows] for c, draws in model.average.items()}
    returns = what_is_said(tables, seen, claimed, calibrations, model, numbers, rate=rate)
    facts = facts_of(tables, seen, model, calibrations, unified)
    reconciled = compute_reconciliation(design.market, model.window, model.spend, returns, facts)
    budgets = budgets_by_source(fit, prospects, tables, returns, unified)
    return {
        "attribution": compute_attribution(
            design.market, seen.credits, seen.by_window, design.channels, calibrations, rate=rate
        ),
        "identity_loss": seen.loss.assign(market=design.market)[COLUMNS["identity_loss"]],
        "incrementality_factors": _factors(fit, tables, seen, model, unified, money),
        "reconciliation": add_budgets(reconciled, budgets),
        "unified_tests": paths.assign(market=design.market)[COLUMNS["unified_tests"]],
    }


def returns_of_model(fit: Fitted, money: Money, seen: Seen) -> Returns:
    """What the model says of each paid channel over the journeys' dates, in whole periods of the data.

    Paths that were counted beforehand hold no dates: they are taken for the last year's.
    """
    design = fit.design
    start, stop = len(design.dates) - round(design.periods_per_year), len(design.dates)
    if pd.notna(seen.start):
        start = int(design.dates.searchsorted(seen.start, side="right")) - 1
        stop = int(design.dates.searchsorted(seen.end, side="right"))
    window = Window("journeys", max(start, 0), max(stop, start + 1))
    spend, average, marginal = {}, {}, {}
    for channel, paid in zip(design.channels, design.paid, strict=True):
        effect = compute_effect(design, fit.draws, channel, window)
        total = float(money.spend(effect.spend).sum())
        if paid and total > 0:
            spend[channel] = total
            average[channel] = money.money(effect.incremental).sum(axis=1) / total
            marginal[channel] = money.money(effect.marginal).sum(axis=1) / (STEP * total)
    dates = design.dates[window.start], design.dates[window.stop - 1]
    outcome = float(np.nansum(money.money(design.outcome[window.start : window.stop])))
    return Returns(outcome, dates, spend, average, marginal)


def usable(claimed: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Credit that can be calibrated: a model that gives a channel nothing has nothing to multiply.

    Returns
    -------
    The rows of the models that give something to every channel kept, and these channels: those to which most models
    give something.
    """
    positive = claimed.assign(positive=claimed["claimed_return"] > 0)
    mostly = positive.groupby("channel", sort=False)["positive"].mean() > 0.5
    channels = mostly.index[mostly].tolist()
    own = positive[positive["channel"].isin(channels)]
    good = own.groupby("model", sort=False)["positive"].sum() == len(channels)
    return own[own["model"].isin(good.index[good])].drop(columns="positive"), channels


def join_credit(
    fit: Fitted, model: Returns, tables: Mapping, seen: Seen, claimed: pd.DataFrame, channels: list[str]
) -> tuple[dict[str, Calibration], pd.DataFrame, Unified]:
    """Calibrate credit and join it with the model; a test that the model's draws cannot do without stays with them.

    Taking a test out that decides what the model says leaves too few draws to go by. Such tests are given back to the
    model one by one, and what joins the model is calibrated without them.

    Returns
    -------
    Calibrations by all tests (credit as a source of its own); what the tests claim, and whether they calibrate what
    joins the model; the joined draws.
    """
    kept, whole = {}, None
    while True:
        calibrations, claims = calibrate_models(fit, tables, seen, claimed, channels, kept)
        whole = calibrations if whole is None else whole
        unified, shapes = unify_market(fit, model, seen, calibrations, claimed, claims)
        if unified.used or not shapes:
            return whole, claims, unified
        kept[max(shapes, key=shapes.get)] = KEPT


def calibrate_models(
    fit: Fitted,
    tables: Mapping,
    seen: Seen,
    claimed: pd.DataFrame,
    channels: list[str],
    kept: Mapping[str, str],
) -> tuple[dict[str, Calibration], pd.DataFrame]:
    """Every model of credit calibrated by the same tests; the tests' claims by the first of them."""
    stages = stages_of(fit.settings, channels)
    spread = {t["experiment"]: _spread(fit, t) for t in tables["experiments"].to_dict("records")}
    known = tables["calibration"]
    contradicts = known[~known["used"].astype(bool)].set_index("experiment")["reason"].to_dict()
    late, found, claims = compute_lateness(seen.credits), {}, []
    left_out = contradicts | kept
    for model, own in claimed.groupby("model", sort=False):
        per_spend = own.set_index("channel")["claimed_return"].to_dict()
        claims.append(claims_of_tests(tables["experiments"], per_spend, spread, left_out=left_out))
        named = {"stages": stages, "lateness": late, "draws": DRAWS, "seed": SEED}
        found[model] = calibrate(claims[-1], channels, **named)
    unseen = claims_of_tests(tables["experiments"], {}, spread, left_out=left_out)
    return found, claims[0] if claims else unseen


def stages_of(settings: Mapping, channels: Sequence[str]) -> dict[str, str]:
    """Channel → its stage of the funnel; channels that follow demand are a stage of their own."""
    specs = settings["channels"]
    return {
        c: "follows demand" if specs[c].get("follows_demand") else specs[c].get("funnel") or ""
        for c in channels
    }


def _spread(fit: Fitted, test: Mapping) -> float:
    """Sd of the log of a channel's credit rate between places and stretches as long as a test."""
    days = (pd.Timestamp(test["end"]) - pd.Timestamp(test["start"])).days
    per_period = 365.25 / fit.design.periods_per_year
    return rate_spread(fit.panel, test["channel"], periods=int(days // per_period) + 1)


def unify_market(
    fit: Fitted,
    model: Returns,
    seen: Seen,
    calibrations: Mapping[str, Calibration],
    claimed: pd.DataFrame,
    claims: pd.DataFrame,
) -> tuple[Unified, dict[str, float]]:
    """The model's draws weighted by calibrated credit, without the tests that credit knows.

    Returns
    -------
    Also, for each test that was taken out: how far the draws are from doing without it (Pareto shape).
    """
    if not calibrations:
        return alone(fit.draws.sizes["sample"], "journeys see no channel with spend"), {}
    lifts, used = fit.design.lifts, claims[claims["used"].astype(bool)]
    twice = [e for e, name in enumerate(lifts.names) if lifts.used[e] and name in set(used["experiment"])]
    expected = expected_lifts(fit.design, fit.draws) if twice else None
    known = {e: lifts_log_likelihood(expected[:, [e]], lifts.lift[[e]], lifts.sd[[e]]) for e in twice}
    shapes = {lifts.names[e]: smooth(-own)[1] for e, own in known.items()}
    channels = list(next(iter(calibrations.values())).channels)
    wide = claimed.pivot(index="model", columns="channel", values="claimed_return").loc[
        list(calibrations), channels
    ]
    columns = [used[name].to_numpy(float) for name in ("lift", "lift_sd", "spend_moved", "claim_sd")]
    late = compute_lateness(seen.credits)
    density = log_density(
        np.stack([model.average[c] for c in channels], axis=1),
        wide.to_numpy(float),
        list(stages_of(fit.settings, channels).values()),
        Tests(used["channel"].map(channels.index).to_numpy(int), *columns),
        lateness=np.array([late.get(c, 0.0) for c in channels]),
        widen=float(np.median([own.transfer for own in calibrations.values()])),
    )
    return unify(density, sum(known.values()), seed=SEED), shapes


def _factors(
    fit: Fitted, tables: Mapping, seen: Seen, model: Returns, unified: Unified, money: Money
) -> pd.DataFrame:
    """The table `incrementality_factors` by the unified draws."""
    ends = tables["experiments"].query("kind == 'experiment'").groupby("channel")["end"].max()
    value = seen.value / seen.conversions * money.rate if seen.conversions else np.nan
    return compute_factors(
        fit.design.market,
        model.window,
        model.spend,
        {c: reported_conversions(fit.panel, c, *model.window) * value for c in model.spend},
        {c: d[unified.rows] * model.spend[c] for c, d in model.average.items()},
        marginal={c: d[unified.rows] for c, d in model.marginal.items()},
        margin=fit.settings.get("margin"),
        tested_until={c: pd.Timestamp(end) for c, end in ends.items()},
        source="unified" if unified.used else "model",
    )


def budgets_by_source(
    fit: Fitted, prospects: Prospects, tables: Mapping, said: Mapping[str, Said], unified: Unified
) -> pd.DataFrame:
    """What each source would make of today's budget; no rows where nothing may be recommended."""
    from mmm_helpers.decisions.budget import plan_bounds, plan_steps
    from mmm_helpers.decisions.by_source import BUDGET_COLUMNS, compute_budgets
    from mmm_helpers.decisions.run import most_often

    cells, effects = prospects.cells, tables["channel_effects"]
    if not cells or not recommends(tables["model_health"], fit.profile):
        return pd.DataFrame(columns=BUDGET_COLUMNS)
    marks, groups = effects[effects["window"] == effects["window"].iloc[-1]], tables["channel_groups"]
    options = fit.settings.get("decisions", {}).get("budget", {})
    limits = most_often(fit, cells, prospects.horizon)
    own = [replace(c, response=c.response[unified.rows]) for c in cells]
    means = {source: {c: v[0] for c, v in s.returns.items()} for source, s in said.items()}
    return compute_budgets(
        cells,
        means,
        means[MODEL],
        plan_bounds(cells, marks, options, groups, limits=limits),
        judged=own,
        own_cells={MODEL: cells, UNIFIED: own},
        steps=plan_steps(cells, groups),
        seed=SEED,
    )
