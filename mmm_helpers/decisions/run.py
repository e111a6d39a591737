"""Puts the parts of decisions together: what spend may bring, the plan, the what-ifs, the tests to run next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mmm_helpers.decisions.between import default_market_moves, market_move_table
from mmm_helpers.decisions.bias import bias_by_channel, compute_bias_sd
from mmm_helpers.decisions.budget import BUDGET_COLUMNS, budget_table, plan_bounds, plan_steps
from mmm_helpers.decisions.choice import Choice
from mmm_helpers.decisions.designs import DESIGN_COLUMNS, DURATIONS, compute_designs
from mmm_helpers.decisions.frequency import frequency_limits
from mmm_helpers.decisions.frontier import FRONTIER_COLUMNS, compute_frontier
from mmm_helpers.decisions.future import foresee_baseline
from mmm_helpers.decisions.goals import GOAL_COLUMNS, compute_goals
from mmm_helpers.decisions.inflation import inflate, price_factors
from mmm_helpers.decisions.next_experiment import NEXT_COLUMNS, Terms, compute_next_experiments
from mmm_helpers.decisions.optimality import CHECK_COLUMNS, check_plan, conflict_check
from mmm_helpers.decisions.pacing_table import PACING_COLUMNS, compute_pacing
from mmm_helpers.decisions.portfolio import (
    MARKET_CHANGE,
    Part,
    plan_portfolio,
    portfolio_plan_table,
    portfolio_scenario_table,
)
from mmm_helpers.decisions.prospects import Prospects, load_prospects
from mmm_helpers.decisions.regret import candidate_plans, regret_table
from mmm_helpers.decisions.responses import HORIZON, Cell, marginal_return, plan_cells
from mmm_helpers.decisions.scenarios import (
    default_contexts,
    default_scenarios,
    scenario_table,
    stated_scenarios,
)
from mmm_helpers.decisions.worth import Worth
from mmm_helpers.errors import InputError
from mmm_helpers.estimands.calibration import channels_tested
from mmm_helpers.estimands.groups import members
from mmm_helpers.estimands.known import known_media
from mmm_helpers.estimands.money import Money
from mmm_helpers.experiments.design import compute_test_errors
from mmm_helpers.ladder.rows import read_rows
from mmm_helpers.ladder.scores import reported
from mmm_helpers.layout import SHIPPED_ROWS, Layout
from mmm_helpers.model.given import unknown_ahead
from mmm_helpers.model.health import recommends
from mmm_helpers.model.noise_draws import future_noise
from mmm_helpers.model.run import SEED

if TYPE_CHECKING:
    from mmm_helpers.estimands.fitted import Fitted

PLANNED = {
    "budget_plan": BUDGET_COLUMNS,
    "budget_goals": GOAL_COLUMNS,
    "budget_frontier": FRONTIER_COLUMNS,
    "budget_check": CHECK_COLUMNS,
    "budget_pacing": PACING_COLUMNS,
}
"""Tables about the plan, without rows where nothing may be recommended."""


def foresee(fit: Fitted, money: Money) -> Prospects:
    """What the coming periods' spend may bring, cell by cell, and what chance adds to it."""
    horizon = int(fit.settings.get("decisions", {}).get("budget", {}).get("horizon") or HORIZON)
    known = known_media(fit.design, fit.panel)
    about = {"national": national_channels(fit.settings), "known": known}
    cells = plan_cells(fit.design, fit.draws, money, horizon=horizon, **about)
    cells = inflate(cells, coming_prices(fit, horizon))
    future = foresee_baseline(
        fit.design,
        fit.draws,
        money,
        fit.panel,
        horizon=horizon,
        unknown=unknown_ahead(fit.settings),
        calendar=fit.settings.get("holidays"),
        known=known,
        seed=SEED,
    )
    chance = (
        future_noise(fit.draws, horizon, rng=np.random.default_rng(SEED)).sum(axis=1)
        * fit.design.outcome_scale
    )
    noise = money.money(chance).sum(axis=1)
    return Prospects(fit.design.market, cells, noise, horizon, **vars(future))


def coming_prices(fit: Fitted, horizon: int) -> dict[str, float]:
    """Channel → price of its media over the horizon relative to the last year's, by the stated inflation."""
    rates = fit.settings.get("decisions", {}).get("media_inflation")
    year = fit.design.periods_per_year
    return price_factors(rates, fit.design.channels, horizon=horizon, periods_per_year=year)


def most_often(fit: Fitted, cells: list[Cell], horizon: int) -> np.ndarray:
    """(cell,) largest multiples of today's spend below the stated cap of frequency; infinite where there is none."""
    caps = fit.settings.get("decisions", {}).get("budget", {}).get("frequency_cap")
    year, factors = round(fit.design.periods_per_year), coming_prices(fit, horizon)
    return frequency_limits(fit.panel, cells, caps, year=year, factors=factors)


def decide(
    fit: Fitted,
    prospects: Prospects,
    effects: pd.DataFrame,
    health: pd.DataFrame,
    *,
    groups: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """The tables about budget and scenarios; no plan where the gate withholds the recommendation."""
    options = fit.settings.get("decisions", {}).get("budget", {})
    cells, market = prospects.cells, prospects.market
    marks = effects[effects["window"] == effects["window"].iloc[-1]]
    plan, bounds, tables = None, None, {n: pd.DataFrame(columns=c) for n, c in PLANNED.items()}
    if recommends(health, fit.profile) and cells:
        limits = most_often(fit, cells, prospects.horizon)
        bounds = plan_bounds(cells, marks, options, groups, limits=limits)
        worth, decisions = Worth.of(fit.settings), fit.settings.get("decisions", {})
        choice = Choice.of(cells, bounds, plan_steps(cells, groups), worth, decisions, seed=SEED)
        try:
            plan = choice.plan()
        except InputError as error:
            tables["budget_check"] = conflict_check(market, error.problems[0].what)
            plan, bounds = None, None
    if plan is not None:
        tables["budget_pacing"] = spread_over_periods(fit, prospects, plan)
        tables |= explain_plan_choice(market, choice, plan, target=options.get("target_return"))
        tables["budget_plan"] = budget_table(market, cells, plan, bounds, marks)
    return tables | what_if(fit, prospects, plan, bounds, groups)


def spread_over_periods(fit: Fitted, prospects: Prospects, plan: np.ndarray) -> pd.DataFrame:
    """The table `budget_pacing`: when to spend what the plan, (cell,) multiples, gives each channel."""
    return compute_pacing(
        fit.design,
        fit.draws,
        Money.of(fit.design, fit.settings),
        prospects.cells,
        plan,
        horizon=prospects.horizon,
        known=known_media(fit.design, fit.panel),
        prices=coming_prices(fit, prospects.horizon),
        seed=SEED,
    )


def explain_plan_choice(
    market: str, choice: Choice, plan: np.ndarray, *, target: float | None
) -> dict[str, pd.DataFrame]:
    """The tables beside a recommendation: other goals, more or less risk, and whether it is the best there is."""
    return {
        "budget_goals": compute_goals(market, choice, target=target),
        "budget_frontier": compute_frontier(market, choice),
        "budget_check": check_plan(market, choice, plan),
    }


def what_if(
    fit: Fitted,
    prospects: Prospects,
    plan: np.ndarray | None,
    bounds: tuple[np.ndarray, np.ndarray] | None,
    groups: pd.DataFrame | None,
) -> dict[str, pd.DataFrame]:
    """The tables `scenarios` and `scenario_regret`.

    Parameters
    ----------
    plan, bounds : the recommendation and its bounds as multiples; None where nothing may be recommended.
    """
    settings, cells, worth = fit.settings, prospects.cells, Worth.of(fit.settings)
    labels = {code: spec.get("label") or code for code, spec in settings["channels"].items()}
    about = {
        "labels": labels,
        "is_revenue": worth.is_revenue,
        "periods_per_year": fit.design.periods_per_year,
    }
    member = {} if groups is None else members(groups)
    contexts = default_contexts(prospects, **about)
    stated = settings.get("decisions", {}).get("scenarios", {}) if cells else {}
    own = stated_scenarios(stated, prospects, **about)
    plans = default_scenarios(cells, plan, member, labels=labels)
    around = {n: s.context for n, s in {**contexts, **own}.items() if s.kind == "context" and not s.reason}
    candidates = candidate_plans(cells, plan, worth, bounds=bounds, steps=plan_steps(cells, groups))
    return {
        "scenarios": scenario_table(prospects, own | plans | contexts, worth=worth),
        "scenario_regret": regret_table(prospects, candidates, around, worth, may_choose=bounds is not None),
    }


def move_between_markets(layout: Layout, codes: Sequence[str]) -> pd.DataFrame:
    """The portfolio's table `scenarios`: money that goes from one market to another; no rows with one market only."""
    from mmm_helpers.inputs.store import read_json

    settings = {c: read_json(layout.specification(c)) for c in codes}
    prospects = {c: load_prospects(layout.prospects(c)) for c in codes}
    labels = {c: own["label"] for c, own in settings.items()}
    stated = next(iter(settings.values()), {}).get("decisions", {}).get("market_moves", {})
    moves = {**stated, **default_market_moves(prospects, labels)}
    return market_move_table(prospects, moves, {c: Worth.of(s) for c, s in settings.items()}, labels)


def decide_portfolio(layout: Layout, codes: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The tables `portfolio_plan` and `portfolio_scenarios`: one budget over all markets, and moves between them.

    Bounds are those of each market's own `budget_plan`; a market without one keeps today's spend.
    """
    parts = {code: part_of(layout, code) for code in codes}
    plans = plan_portfolio(parts, seed=SEED)
    moves, table = move_between_markets(layout, codes), portfolio_scenario_table(parts, plans)
    return {
        "portfolio_plan": portfolio_plan_table(parts, plans),
        "portfolio_scenarios": pd.concat([t for t in (table, moves) if len(t)] or [table], ignore_index=True),
    }


def part_of(layout: Layout, code: str) -> Part:
    """What a market brings into the portfolio's budget, from what is stored about it."""
    from mmm_helpers.inputs.store import read_json, read_table

    prospects = load_prospects(layout.prospects(code))
    settings = read_json(layout.specification(code))
    plan, effects, groups = (
        read_table(layout, code, n) for n in ("budget_plan", "channel_effects", "channel_groups")
    )
    evidence = effects[effects["window"] == effects["window"].iloc[-1]]
    bounds = None
    if len(plan):
        own = plan.set_index(["region", "channel"])
        keys = [(c.region, c.channel) for c in prospects.cells]
        bounds = tuple((own[limit] / own["current"]).loc[keys].to_numpy() for limit in ("lower", "upper"))
    steps = plan_steps(prospects.cells, groups)
    options = settings.get("decisions", {}).get("budget", {})
    most, seeks_profit = options.get("max_market_change"), options.get("objective") != "revenue"
    change = MARKET_CHANGE if most is None else float(most)
    return Part(prospects, Worth.of(settings), bounds, steps, evidence, change, seeks_profit)


def national_channels(settings: dict) -> set[str]:
    """Channels that are bought for the whole market."""
    return {c for c, spec in settings["channels"].items() if spec.get("level") == "national"}


def plan_tests(fit: Fitted, money: Money) -> dict[str, pd.DataFrame]:
    """The tables about tests that could be run next, and what each is worth."""
    design, settings = fit.design, fit.settings
    options, specs = settings.get("decisions", {}), settings["channels"]
    durations = DURATIONS[settings["frequency"]]
    about = {"national": national_channels(settings), "known": known_media(design, fit.panel)}
    cells, *own = (plan_cells(design, fit.draws, money, horizon=h, **about) for h in (HORIZON, *durations))
    planned = {"experiment_designs": DESIGN_COLUMNS, "next_experiments": NEXT_COLUMNS}
    if not cells:
        return {name: pd.DataFrame(columns=columns) for name, columns in planned.items()}
    by_duration = dict(zip(durations, own, strict=True))
    designs = compute_designs(
        compute_test_errors(fit.panel, settings, durations=durations),
        cells,
        market=design.market,
        plan_periods=HORIZON,
        worth=float(money.value.mean()) * money.rate,
        by_duration=by_duration,
        locked=options.get("budget", {}).get("locked", ()),
    )
    margin = settings.get("margin")
    terms = Terms(
        horizon=round(design.periods_per_year),
        plan_periods=HORIZON,
        break_even=marginal_return(cells),
        margin=margin,
    )
    follows = [c for c, spec in specs.items() if spec.get("follows_demand")]
    doubt_sd = bias_by_channel(
        compute_bias_sd(reported(read_rows(SHIPPED_ROWS))),
        design.channels,
        follows_demand=follows,
        tested=channels_tested(design),
    )
    valued = compute_next_experiments(
        designs, cells, terms=terms, bias_sd=doubt_sd, by_duration=by_duration, seed=SEED
    )
    return {"experiment_designs": designs, "next_experiments": valued}
