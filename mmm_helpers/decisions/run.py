"""Puts the parts of decisions together: what spend may bring, the plan, the what-ifs, the tests to run next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mmm_helpers.decisions.bias import bias_by_channel, compute_bias_sd
from mmm_helpers.decisions.budget import BUDGET_COLUMNS, budget_table, optimize_plan, plan_bounds, plan_steps
from mmm_helpers.decisions.designs import DESIGN_COLUMNS, DURATIONS, compute_designs
from mmm_helpers.decisions.next_experiment import NEXT_COLUMNS, Terms, compute_next_experiments
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import HORIZON, marginal_return, plan_cells
from mmm_helpers.decisions.scenarios import default_scenarios, scenario_table
from mmm_helpers.estimands.calibration import channels_tested
from mmm_helpers.estimands.groups import members
from mmm_helpers.estimands.known import known_media
from mmm_helpers.estimands.money import Money
from mmm_helpers.experiments.design import compute_test_errors
from mmm_helpers.ladder.rows import read_rows
from mmm_helpers.ladder.scores import reported
from mmm_helpers.layout import SHIPPED_ROWS
from mmm_helpers.model.health import recommends
from mmm_helpers.model.noise_draws import future_noise
from mmm_helpers.model.run import SEED

if TYPE_CHECKING:
    from mmm_helpers.estimands.run import Fitted


def foresee(fit: Fitted, money: Money) -> Prospects:
    """What the coming periods' spend may bring, cell by cell, and what chance adds to it."""
    horizon = int(fit.settings.get("decisions", {}).get("budget", {}).get("horizon") or HORIZON)
    known = known_media(fit.design, fit.panel)
    about = {"national": national_channels(fit.settings), "known": known}
    cells = plan_cells(fit.design, fit.draws, money, horizon=horizon, **about)
    chance = (
        future_noise(fit.draws, horizon, rng=np.random.default_rng(SEED)).sum(axis=1)
        * fit.design.outcome_scale
    )
    return Prospects(fit.design.market, cells, money.money(chance).sum(axis=1), horizon)


def decide(
    fit: Fitted,
    prospects: Prospects,
    effects: pd.DataFrame,
    health: pd.DataFrame,
    *,
    groups: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The budget plan and the scenarios; no plan where the gate withholds the recommendation."""
    options = fit.settings.get("decisions", {}).get("budget", {})
    cells, market = prospects.cells, prospects.market
    marks = effects[effects["window"] == effects["window"].iloc[-1]]
    plan, table = None, pd.DataFrame(columns=BUDGET_COLUMNS)
    if recommends(health, fit.profile) and cells:
        bounds = plan_bounds(cells, marks, options, groups)
        plan = optimize_plan(cells, *bounds, seed=SEED, steps=plan_steps(cells, groups))
        table = budget_table(market, cells, plan, bounds, marks)
    scenarios = default_scenarios(cells, plan, {} if groups is None else members(groups))
    margin = fit.settings.get("margin")
    return table, scenario_table(market, cells, scenarios, margin=margin, noise=prospects.noise)


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
        break_even=1 / margin if margin else marginal_return(cells),
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
